"""Phrases as the text encoder reads them: "red mug. cat." as token ids, with each phrase's tokens known.

The tokens are made word by word, so that every token's phrase and word are known and none has to be guessed from
the joined text. BERT's tokenizer splits at white space first, so the ids are those of the joined text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mattewire_protocol.errors import PromptNotUnderstood

from ..detections import Span

CLS, SEP, STOP, QUESTION = 101, 102, 1012, 1029
"""[CLS], [SEP], "." and "?" in BERT's uncased vocabulary. GroundingDINO parts phrases at these very ids."""

MOST_TOKENS = 256
"""GroundingDINO's text length; its own code cuts longer texts off without a word."""

_CONTEXT = frozenset(
    "about above across against along amid among around at behind below beneath beside between beyond by down from in"
    " inside into near next of off on onto opposite out outside over past through toward towards under underneath up"
    " upon with within without wearing holding carrying riding who that which whose".split()
)
"""Words that begin the context of a phrase: where the thing is, what it wears or holds."""

_POSES = frozenset("crouching dancing hanging jumping kneeling leaning looking lying parked running seated sitting"
                   " sleeping standing walking".split())  # fmt: skip
"""Words that belong to the context when it begins right after them ("woman standing in the door")."""

_ARTICLES = frozenset("a an the this that these those my his her its our their some".split())


@dataclass(frozen=True)
class Phrase:
    """A phrase in its three parts: descriptor ("red"), category ("mug"), context ("on the table").

    ``text`` is the phrase as typed, ``words`` as the encoder reads it. ``subject``: how many words come before the
    context; the last of them is the category.
    """

    text: str
    words: tuple[str, ...]
    subject: int


def parse(text: str) -> Phrase:
    """Splits a phrase. Punctuation between words becomes a space: a full stop would part the phrase in two for the
    model, and a comma is no word of a thing.

    ``PromptNotUnderstood`` where no word is left.
    """
    words = tuple(re.sub(r"[.,;:?!()\[\]\"\x00]", " ", text).lower().split())
    if not any(any(letter.isalnum() for letter in word) for word in words):
        raise PromptNotUnderstood(f"{text!r} holds no word.", advice='Type what the thing is, such as "red mug".')
    lead = next((index for index, word in enumerate(words) if word not in _ARTICLES), 0)
    subject = next((index for index in range(lead + 1, len(words)) if words[index] in _CONTEXT), len(words))
    while subject < len(words) and subject > lead + 1 and words[subject - 1] in _POSES:
        subject -= 1
    return Phrase(text, words, subject)


@dataclass(frozen=True)
class Caption:
    """Token ids of all phrases, [CLS] first and [SEP] last, and where each phrase stands among them."""

    ids: tuple[int, ...]
    spans: tuple[Span, ...]


def caption(phrases: Sequence[str], pieces: Callable[[str], Sequence[int]], unknown: int, field: str) -> Caption:
    """The caption of ``phrases``; ``pieces`` gives a word's token ids and ``unknown`` is the id of no known piece.

    ``PromptNotUnderstood`` (with ``field``) for a phrase whose category is not in the vocabulary, and for more than
    256 tokens.
    """
    ids, spans = [CLS], []
    for phrase in phrases:
        try:
            parsed = parse(phrase)
        except PromptNotUnderstood as problem:
            raise PromptNotUnderstood(problem.message, field=field, advice=problem.advice) from None
        columns: list[tuple[int, ...]] = []
        for word in parsed.words:
            tokens = [piece for piece in pieces(word) if piece not in (CLS, SEP, STOP, QUESTION)]
            columns.append(tuple(range(len(ids), len(ids) + len(tokens))))
            ids += tokens
        subject = columns[: parsed.subject]
        category = next((part for part in reversed(subject) if part), ())
        known = [column for column in category if ids[column] != unknown]
        if not known:
            word = parsed.words[parsed.subject - 1]
            raise PromptNotUnderstood(f"{word!r} in {phrase!r} is not in the model's vocabulary.", field=field,
                                      advice="Use an English word, or draw a box.")  # fmt: skip
        ids.append(STOP)
        if len(ids) >= MOST_TOKENS:
            raise PromptNotUnderstood(
                f"{phrase[:80]!r} goes past the {MOST_TOKENS} word pieces that the model reads at once.",
                field=field,
                advice="Use fewer or shorter phrases.",
            )
        spans.append(Span(phrase, tuple(column for part in subject for column in part), tuple(known)))
    return Caption((*ids, SEP), tuple(spans))
