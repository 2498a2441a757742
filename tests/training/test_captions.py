from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from training.captions import (
    IDS,
    VOCABULARY_SIZE,
    absent,
    answers_to,
    ask,
    boxes,
    pieces,
    present,
    vocabulary,
    write_vocabulary,
    written,
)
from training.pool import Clip
from training.views import SIDE


@pytest.fixture
def clip() -> Clip:
    """A red star, a blue star, and a red ball of 20 pixels, about which nobody may ask."""
    seen = np.zeros((1, SIDE, SIDE), np.uint8)
    seen[0, 10:30, 10:30] = 1
    seen[0, 60:80, 60:90] = 2
    seen[0, 100:104, 100:105] = 3
    return Clip(np.zeros((1, SIDE, SIDE, 3), np.uint8), seen, [("red", "star"), ("blue", "star"), ("red", "ball")])


@pytest.mark.parametrize(
    ("phrase", "answers"),
    [
        (("red", "star"), True),
        (("red", ""), True),
        (("", "star"), True),
        (("blue", "star"), False),
        (("", "ball"), False),
    ],
)
def test_which_things_answer(phrase: tuple[str, str], answers: bool) -> None:
    assert answers_to(("red", "star"), phrase) is answers


def test_answers_name_all_words_of_their_phrases(clip: Clip) -> None:
    there = absent = 0
    for seed in range(200):
        question = ask(np.random.default_rng(seed), clip, 3)
        columns_of = dict(question.answers)
        assert 1 <= len(question.caption.spans) <= 3
        for span in question.caption.spans:
            words = span.phrase.split()
            color = next((word for word in words if word in ("red", "blue")), "")
            outline = next((word for word in words if word in ("star", "ball")), "")
            assert span.phrase not in ("red ball", "red thing", "ball"), "too little of the red ball is in sight to ask"
            for number, name in enumerate(clip.names[:2]):
                named = answers_to(name, (color, outline)) and len(color + outline) > 0
                plain = set(words) <= {"a", "the", "thing", "red", "blue", "star"}
                assert set(span.subject) <= set(columns_of.get(number, ())) or not (named and plain)
            answered = any(span.subject[0] in columns for columns in columns_of.values())
            there, absent = there + answered, absent + (not answered)
        assert 2 not in columns_of
    assert there > 100
    assert absent > 100


def test_absent_phrases_differ_by_one_word_more_often_than_not(clip: Clip) -> None:
    names = clip.names[:2]
    told = [absent(np.random.default_rng(seed), names) for seed in range(300)]
    assert not any(answers_to(name, phrase) for phrase in told for name in names)
    whole = [phrase for phrase in told if all(phrase)]
    assert np.mean([phrase[0] in ("red", "blue") or phrase[1] == "star" for phrase in whole]) > 0.75


def test_half_of_all_phrases_name_something_that_is_there(clip: Clip) -> None:
    asked = [ask(np.random.default_rng(seed), clip, 1) for seed in range(300)]
    share = np.mean([bool(question.answers) for question in asked])
    assert 0.33 < share < 0.6, "a little fewer: nobody may ask for the red ball, and so for red things"


def test_of_an_empty_frame_every_phrase_is_absent(clip: Clip) -> None:
    nothing = Clip(clip.pictures, np.zeros_like(clip.seen), clip.names)
    question = ask(np.random.default_rng(1), nothing, 3)
    assert len(question.caption.spans) == 3
    assert question.answers == []


def test_present_phrases_are_whole_or_half_a_name() -> None:
    told = {present(np.random.default_rng(seed), [("red", "star")]) for seed in range(60)}
    assert told == {("red", "star"), ("", "star"), ("red", "")}


def test_a_phrase_is_written_as_it_is_typed() -> None:
    typed = {written(np.random.default_rng(seed), ("red", "")) for seed in range(60)}
    assert typed == {"red thing", "a red thing", "the red thing"}
    assert "star" in {written(np.random.default_rng(seed), ("", "star")) for seed in range(9)}


def test_the_vocabulary_has_berts_fixed_ids(tmp_path: Path) -> None:
    from mattewire_server.engines.grounding_dino.text import CLS, QUESTION, SEP, STOP

    words = vocabulary()
    assert len(words) == len(set(words)) == VOCABULARY_SIZE
    assert [words[number] for number in (CLS, SEP, STOP, QUESTION)] == ["[CLS]", "[SEP]", ".", "?"]
    assert pieces("mug") == [IDS["mug"]] == [words.index("mug")]
    assert pieces("zebra") == [words.index("[UNK]")]
    write_vocabulary(tmp_path)
    assert (tmp_path / "vocab.txt").read_text(encoding="utf-8").splitlines() == words


def test_boxes_are_centers_and_sizes(clip: Clip) -> None:
    told = boxes(clip)
    np.testing.assert_allclose(told[1] * SIDE, [75, 70, 30, 20])
    clip.seen[clip.seen == 1] = 0
    assert boxes(clip)[0].tolist() == [0, 0, 0, 0]
    wide = Clip(clip.pictures[:, :64], clip.seen[:, :64], clip.names)
    np.testing.assert_allclose(boxes(wide)[1] * (SIDE, 64, SIDE, 64), [75, 62, 30, 4])
