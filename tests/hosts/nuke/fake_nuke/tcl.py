"""The words of a script file: bare, in quotes, or in nested braces, as TCL splits them."""

from __future__ import annotations

from typing import List, NamedTuple

_ESCAPES = {"n": "\n", "t": "\t"}


class Word(NamedTuple):
    """``text`` without its quotes or braces, its escapes undone unless it was braced."""

    text: str
    braced: bool


def words_of(text: str, lines: bool = False) -> List[Word]:
    """The words of ``text``. With ``lines``, a newline outside words ends the text and the rest is ignored."""
    return read_words(text, 0, lines)[0]


def read_words(text: str, at: int, lines: bool) -> "tuple[List[Word], int]":
    """The words from position ``at`` on, and the position after them.

    Raises ``RuntimeError`` on a brace or quote that is never closed.
    """
    words: List[Word] = []
    while at < len(text):
        letter = text[at]
        if letter == "\n" and lines:
            return words, at + 1
        if letter.isspace():
            at += 1
        elif letter == "{":
            inner, at = _braced(text, at)
            words.append(Word(inner, True))
        elif letter == '"':
            inner, at = _escaped(text, at + 1, '"')
            words.append(Word(inner, False))
        else:
            inner, at = _escaped(text, at, "")
            words.append(Word(inner, False))
    return words, at


def _braced(text: str, at: int) -> "tuple[str, int]":
    depth, start = 0, at
    while at < len(text):
        if text[at] == "\\":
            at += 1
        elif text[at] in "{}":
            depth += 1 if text[at] == "{" else -1
            if depth == 0:
                return text[start + 1 : at], at + 1
        at += 1
    raise RuntimeError("missing close-brace")


def _escaped(text: str, at: int, end: str) -> "tuple[str, int]":
    out = ""
    while at < len(text):
        letter = text[at]
        if letter == end or (not end and letter.isspace()):
            return out, at + (1 if end else 0)
        if letter == "\\" and at + 1 < len(text):
            at += 1
            letter = _ESCAPES.get(text[at], text[at])
        out += letter
        at += 1
    if end:
        raise RuntimeError('missing "')
    return out, at
