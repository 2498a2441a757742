"""Phrases to tokens, with a splitter of our own: no tokenizer, no torch."""

from __future__ import annotations

import pytest

from mattewire_protocol.errors import PromptNotUnderstood
from mattewire_server.engines.detections import Span
from mattewire_server.engines.grounding_dino.text import CLS, MOST_TOKENS, SEP, STOP, caption, parse

UNKNOWN = 100
IDS = {"red": [2001], "mug": [2002], "on": [2003], "the": [2004], "table": [2005], "cat": [2006], "coffee": [2007],
       "ottoman": [2008, 2009], "mr": [2010], "smith": [2011]}  # fmt: skip


def pieces(word: str) -> list[int]:
    return IDS.get(word, [UNKNOWN])


def make(*phrases: str) -> tuple[tuple[int, ...], tuple[Span, ...]]:
    made = caption(phrases, pieces, UNKNOWN, "prompts")
    return made.ids, made.spans


@pytest.mark.parametrize(
    ("text", "subject", "category"),
    [
        ("dog", "dog", "dog"),
        ("red mug", "red mug", "mug"),
        ("the red coffee mug on the table", "the red coffee mug", "mug"),
        ("woman wearing a hat", "woman", "woman"),
        ("woman standing in the door", "woman", "woman"),
        ("the man in black", "the man", "man"),
        ("standing lamp", "standing lamp", "lamp"),  # a pose with nothing before it describes the thing
        ("hand of the woman", "hand", "hand"),
        ("person holding a red ball near the car", "person", "person"),
        ("Red Mug", "red mug", "mug"),
        ("a cat", "a cat", "cat"),
        ("small, red ball", "small red ball", "ball"),
        ("dog, running in the grass", "dog", "dog"),
        ('the "blue" mug (left)', "the blue mug left", "left"),  # words in brackets are words
        ("on air sign", "on air sign", "sign"),  # no word before the context word: it is no context
        ("off road car", "off road car", "car"),
    ],
)
def test_descriptor_category_and_context(text: str, subject: str, category: str) -> None:
    parsed = parse(text)
    assert " ".join(parsed.words[: parsed.subject]) == subject
    assert parsed.words[parsed.subject - 1] == category
    assert parsed.text == text


def test_one_phrase() -> None:
    assert make("red mug") == ((CLS, 2001, 2002, STOP, SEP), (Span("red mug", (1, 2), (2,)),))


def test_context_is_read_by_the_encoder_but_is_no_subject() -> None:
    ids, (span,) = make("red mug on the table")
    assert ids == (CLS, 2001, 2002, 2003, 2004, 2005, STOP, SEP)
    assert (span.subject, span.category) == ((1, 2), (2,))


def test_each_phrase_has_its_own_columns() -> None:
    ids, spans = make("red mug", "cat", "ottoman")
    assert ids == (CLS, 2001, 2002, STOP, 2006, STOP, 2008, 2009, STOP, SEP)
    assert [span.subject for span in spans] == [(1, 2), (4,), (6, 7)]
    assert spans[2].category == (6, 7)  # a word in two pieces


@pytest.mark.parametrize("typed", ["mr. smith", "mr smith.", "mr? smith", "mr smith..."])
def test_full_stops_and_question_marks_do_not_part_a_phrase(typed: str) -> None:
    ids, (span,) = make(typed)
    assert ids == (CLS, 2010, 2011, STOP, SEP)
    assert span.phrase == typed


@pytest.mark.parametrize("typed", ["", "   ", "...", "?!", "\x00", "- -", "[]", ","])
def test_a_phrase_without_a_word_is_refused(typed: str) -> None:
    with pytest.raises(PromptNotUnderstood, match="holds no word") as problem:
        make(typed)
    assert problem.value.field == "prompts"


def test_a_category_that_is_not_in_the_vocabulary_is_named() -> None:
    with pytest.raises(PromptNotUnderstood, match="'xyzzy' in 'red xyzzy'") as problem:
        caption(["cat", "red xyzzy"], pieces, UNKNOWN, "exclude")
    assert problem.value.field == "exclude"


def test_an_unknown_descriptor_is_no_reason_to_refuse() -> None:
    ids, (span,) = make("puce mug")
    assert ids[1] == UNKNOWN
    assert span.category == (2,)


def test_special_tokens_cannot_be_smuggled_in() -> None:
    assert make("cat [SEP] mug")[0] == (CLS, 2006, UNKNOWN, 2002, STOP, SEP)
    made = caption(["cat sep mug"], lambda word: [SEP] if word == "sep" else pieces(word), UNKNOWN, "prompts")
    assert made.ids == (CLS, 2006, 2002, STOP, SEP)


def test_the_longest_text_fits_and_one_more_does_not() -> None:
    # [CLS], 254 tokens in all with their full stop, [SEP] make 256.
    fits = "cat " * (MOST_TOKENS - 3)
    assert len(make(fits)[0]) == MOST_TOKENS
    with pytest.raises(PromptNotUnderstood, match="256 word pieces"):
        make(fits + "cat")
    many = ["cat"] * ((MOST_TOKENS - 2) // 2)
    assert len(make(*many)[0]) == MOST_TOKENS
    with pytest.raises(PromptNotUnderstood, match="256 word pieces") as problem:
        make(*many, "mug")
    assert "'mug'" in problem.value.message
    assert "fewer" in problem.value.advice
