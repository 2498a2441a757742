"""What the tiny detector is asked about a picture, and which things answer to which words.

Three kinds of phrase: "red star", "star" and "red thing", some with an article. Half of them name nothing that is
there, and most of those miss by one word: the right color with the wrong outline, or the other way round.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mattewire_server.engines.grounding_dino.text import Caption, caption

from .outlines import COLORS, OUTLINES
from .pool import Clip

ANYTHING = "thing"
ARTICLES = ("a", "the")
VOCABULARY_SIZE = 1200
FIRST_WORD = 1040
FIXED = {0: "[PAD]", 100: "[UNK]", 101: "[CLS]", 102: "[SEP]", 103: "[MASK]", 1010: ",", 1012: ".", 1029: "?"}
"""Where BERT's uncased vocabulary has them; GroundingDINO parts phrases at these ids."""

WORDS = [*COLORS, *OUTLINES, ANYTHING, *ARTICLES]
IDS = {word: number for number, word in enumerate(WORDS, FIRST_WORD)}
UNKNOWN = 100

SEEN_FROM, SURE_FROM = 12, 40
"""Pixels: below the first a thing is not there, from the second on it is what its matte says; between them nobody asks
for it."""

ASKED_FROM = 80
"""Pixels in sight from which the detector is asked for a thing: of less, no outline can be told."""

PRESENT, MISSED_BY_A_WORD, WHOLE, ONLY_OUTLINE = 0.5, 0.85, 0.7, 0.17
"""Shares: phrases of what is there; of the others, those that share a word with something that is; phrases of both
words, and of an outline alone. The rest say "red thing"."""


@dataclass(frozen=True)
class Question:
    """A picture's caption, and for each thing that answers to some of it: its number and the columns of those words."""

    caption: Caption
    answers: list[tuple[int, list[int]]]


def vocabulary() -> list[str]:
    """The lines of ``vocab.txt``."""
    listed = [f"[unused{number}]" for number in range(VOCABULARY_SIZE)]
    for number, word in {**FIXED, **dict(enumerate(WORDS, FIRST_WORD))}.items():
        listed[number] = word
    return listed


def write_vocabulary(folder: Path) -> None:
    """``vocab.txt`` in ``folder``."""
    (folder / "vocab.txt").write_text("\n".join(vocabulary()) + "\n", encoding="utf-8")


def pieces(word: str) -> list[int]:
    """The one token of a word."""
    return [IDS.get(word, UNKNOWN)]


def answers_to(name: tuple[str, str], phrase: tuple[str, str]) -> bool:
    """Whether a thing of that color and outline answers to a phrase's; an empty word fits all."""
    return all(not wanted or wanted == is_it for is_it, wanted in zip(name, phrase, strict=True))


def ask(random: np.random.Generator, clip: Clip, phrases: int) -> Question:
    """``phrases`` different phrases about the clip's first frame, about half of them of absent things."""
    sure, unsure = in_sight(clip)
    names = [clip.names[number] for number in sure]
    asked: list[tuple[str, str]] = []
    for _ in range(12 * phrases):
        phrase = present(random, names) if names and random.random() < PRESENT else absent(random, names)
        known = phrase in asked or any(answers_to(name, phrase) for name in unsure)
        if not known and len(asked) < phrases:
            asked.append(phrase)
    return put(random, clip, asked)


def in_sight(clip: Clip) -> tuple[list[int], list[tuple[str, str]]]:
    """Numbers of the things on the first frame that may be asked for, and names of those that nobody may ask for."""
    counts = np.bincount(clip.seen[0].ravel(), minlength=1 + len(clip.names))[1:]
    sure = [number for number, count in enumerate(counts) if count >= ASKED_FROM]
    return sure, [clip.names[number] for number, count in enumerate(counts) if SEEN_FROM <= count < ASKED_FROM]


def put(random: np.random.Generator, clip: Clip, asked: list[tuple[str, str]]) -> Question:
    """Those phrases about the clip's first frame, written with or without an article."""
    told = caption([written(random, phrase) for phrase in asked], pieces, UNKNOWN, "prompts")
    found = []
    for number in in_sight(clip)[0]:
        columns = [
            column
            for phrase, span in zip(asked, told.spans, strict=True)
            if answers_to(clip.names[number], phrase)
            for column in span.subject
        ]
        if columns:
            found.append((number, columns))
    return Question(told, found)


def present(random: np.random.Generator, names: list[tuple[str, str]]) -> tuple[str, str]:
    """Words that one of ``names`` answers to."""
    return _shortened(random, names[int(random.integers(len(names)))])


def absent(random: np.random.Generator, names: list[tuple[str, str]]) -> tuple[str, str]:
    """Words that none of ``names`` answers to, as far as twenty attempts find some."""
    phrase = ("", "")
    for _ in range(20):
        color, outline = str(random.choice(list(COLORS))), str(random.choice(list(OUTLINES)))
        if names and random.random() < MISSED_BY_A_WORD:
            there = names[int(random.integers(len(names)))]
            color, outline = (there[0], outline) if random.random() < 0.5 else (color, there[1])
        phrase = _shortened(random, (color, outline))
        if not any(answers_to(name, phrase) for name in names):
            break
    return phrase


def _shortened(random: np.random.Generator, name: tuple[str, str]) -> tuple[str, str]:
    kind = random.random()
    if kind < WHOLE:
        return name
    return ("", name[1]) if kind < WHOLE + ONLY_OUTLINE else (name[0], "")


def written(random: np.random.Generator, phrase: tuple[str, str]) -> str:
    """As an artist types it."""
    words = [phrase[0], phrase[1] or ANYTHING]
    if random.random() < 0.15:
        words.insert(0, str(random.choice(ARTICLES)))
    return " ".join(word for word in words if word)


def boxes(clip: Clip) -> NDArray[np.float32]:
    """(things, 4): center x, center y, width, height of what is seen of each on the first frame, 0..1, or zeros."""
    high, wide = clip.seen.shape[-2:]
    told = np.zeros((len(clip.names), 4), np.float32)
    for number in range(len(clip.names)):
        solid = clip.seen[0] == number + 1
        if solid.any():
            rows, columns = np.flatnonzero(solid.any(1)), np.flatnonzero(solid.any(0))
            x0, x1, y0, y1 = columns[0], columns[-1] + 1, rows[0], rows[-1] + 1
            told[number] = np.array([(x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0])
            told[number] /= (wide, high, wide, high)
    return told
