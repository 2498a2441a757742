"""Phrase mapping, thresholds, suppression, exclusion: cases worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from mattewire_server.engines.detections import Span, exclude, matches, overlap, suppress
from mattewire_server.engines.seams import Found, Mark

# "red mug on the table. cat." as tokens: 0 [CLS]  1 red  2 mug  3 on  4 the  5 table  6 .  7 cat  8 .  9 [SEP]
MUG = Span("red mug on the table", subject=(1, 2), category=(2,))
CAT = Span("cat", subject=(7,), category=(7,))
BOX = (10.0, 10.0, 20.0, 20.0)


def scored(**tokens: float) -> np.ndarray:
    """One row of token scores; what is not named scores 0.01."""
    columns = {"red": 1, "mug": 2, "on": 3, "the": 4, "table": 5, "cat": 7, "stop": 8}
    row = np.full(10, 0.01, np.float32)
    for word, score in tokens.items():
        row[columns[word]] = score
    return row


def found_in(*rows: np.ndarray, **thresholds: float) -> list[tuple[str, float]]:
    boxes = np.tile(np.array(BOX, np.float32), (len(rows), 1))
    found = matches(np.stack(rows), boxes, [MUG, CAT], **thresholds)
    return [(item.phrase, round(item.score, 3)) for item in found]


def test_the_phrase_with_the_best_token_names_the_box() -> None:
    assert found_in(scored(red=0.4, mug=0.6, cat=0.5)) == [("red mug on the table", 0.6)]
    assert found_in(scored(red=0.3, mug=0.3, cat=0.5)) == [("cat", 0.5)]


def test_tokens_of_neighboring_phrases_are_not_added_up() -> None:
    # Each phrase alone is below the threshold; together they would not be.
    assert found_in(scored(mug=0.29, cat=0.29)) == []


def test_context_words_do_not_make_a_match() -> None:
    # The box of the table itself: only a context word is sure.
    assert found_in(scored(table=0.9, on=0.5, mug=0.1)) == []


def test_a_descriptor_alone_does_not_make_a_match() -> None:
    assert found_in(scored(red=0.8, mug=0.24)) == []
    assert found_in(scored(red=0.8, mug=0.25)) == [("red mug on the table", 0.8)]


def test_a_phrase_without_its_category_leaves_the_box_to_the_next_best() -> None:
    assert found_in(scored(red=0.8, mug=0.1, cat=0.35)) == [("cat", 0.35)]


def test_full_stops_and_special_tokens_never_count() -> None:
    row = scored()
    row[[0, 6, 8, 9]] = 0.99
    assert found_in(row) == []


def test_thresholds_include_their_value_and_can_be_set() -> None:
    half = np.float32(0.5)
    assert found_in(scored(cat=half), box_threshold=0.5) == [("cat", 0.5)]
    assert found_in(scored(cat=0.49), box_threshold=0.5) == []
    assert found_in(scored(cat=0.6), text_threshold=0.7) == []


def test_best_first_and_equal_scores_keep_their_order() -> None:
    boxes = np.array([[0, 0, 1, 1], [0, 0, 2, 2], [0, 0, 3, 3]], np.float32)
    rows = np.stack([scored(cat=0.5), scored(cat=0.7), scored(cat=0.5)])
    assert [item.box[2] for item in matches(rows, boxes, [CAT])] == [2, 1, 3]


def test_boxes_without_area_and_empty_input_give_nothing() -> None:
    flat = np.array([[5, 5, 5, 9]], np.float32)
    assert matches(scored(cat=0.9)[None], flat, [CAT]) == []
    assert matches(np.zeros((0, 10), np.float32), np.zeros((0, 4), np.float32), [CAT]) == []
    assert matches(scored(cat=0.9)[None], np.array([BOX], np.float32), []) == []


def test_overlap_by_hand() -> None:
    assert overlap((0, 0, 10, 10), (0, 0, 10, 10)) == 1
    assert overlap((0, 0, 10, 10), (5, 0, 15, 10)) == pytest.approx(1 / 3)
    assert overlap((0, 0, 10, 10), (10, 0, 20, 10)) == 0
    assert overlap((0, 0, 10, 10), (2, 2, 4, 4)) == pytest.approx(0.04)


def test_suppression_is_stricter_within_a_phrase() -> None:
    person = Found((0, 0, 100, 100), 0.6, "person")
    near = Found((0, 0, 100, 80), 0.5, "person")  # IoU 0.8
    bicycle = Found((0, 0, 100, 80), 0.55, "bicycle")  # IoU 0.8 with the person
    same_thing = Found((0, 0, 100, 95), 0.4, "pedestrian")  # IoU 0.95
    assert suppress([near, person]) == [person]
    assert suppress([bicycle, person]) == [person, bicycle]
    assert suppress([same_thing, person]) == [person]


def test_suppressed_boxes_suppress_nothing() -> None:
    # a beats b; c overlaps b but not a (IoU 0.6), so it stays.
    a, b, c = (Found((0, 0, right, 100), score, "dog") for right, score in ((100, 0.9), (75, 0.8), (60, 0.7)))
    assert suppress([a, b, c]) == [a, c]


DOG = Found((100, 100, 200, 200), 0.6, "dog")


def test_nothing_excluded_changes_nothing() -> None:
    assert exclude([DOG], []) == [DOG]


def test_an_excluded_thing_elsewhere_changes_nothing() -> None:
    assert exclude([DOG], [Found((300, 100, 400, 200), 0.9, "cat")]) == [DOG]


def test_a_better_scored_excluded_thing_takes_the_match_away() -> None:
    assert exclude([DOG], [Found((100, 100, 200, 190), 0.7, "cat")]) == []


def test_equal_scores_go_to_the_excluded_phrase() -> None:
    assert exclude([DOG], [Found(DOG.box, 0.6, "dog")]) == []


def test_a_worse_scored_excluded_thing_on_the_same_spot_is_ignored() -> None:
    # The model calls the dog a cat too, less surely. A drop mark here would sit on the dog.
    assert exclude([DOG], [Found((100, 100, 200, 190), 0.5, "cat")]) == [DOG]


def test_the_limit_of_the_overlap_is_a_half() -> None:
    half = Found((100, 100, 200, 150), 0.9, "cat")  # IoU exactly 0.5
    less = Found((100, 100, 200, 149), 0.9, "cat")  # IoU 0.49
    assert exclude([DOG], [half]) == []
    assert [item.box for item in exclude([DOG], [less])] == [DOG.box]


def test_an_excluded_thing_that_touches_becomes_a_drop_mark_on_it() -> None:
    bag = Found((180, 150, 220, 190), 0.5, "bag")
    (kept,) = exclude([DOG], [bag])
    assert kept.avoid == (Mark(200, 170, keep=False),)
    assert (kept.box, kept.score, kept.phrase) == (DOG.box, DOG.score, DOG.phrase)


def test_an_excluded_thing_around_the_subjects_middle_is_marked_outside_the_subject() -> None:
    # A sofa below and around the dog's middle, reaching 100 pixels to the right of the dog.
    sofa = Found((140, 140, 300, 260), 0.9, "sofa")
    (kept,) = exclude([DOG], [sofa])
    assert kept.avoid == (Mark(250, 200, keep=False),)


def test_an_excluded_thing_inside_the_subject_is_marked_in_its_own_middle() -> None:
    logo = Found((140, 140, 160, 160), 0.9, "logo")
    (kept,) = exclude([DOG], [logo])
    assert kept.avoid == (Mark(150, 150, keep=False),)


def test_several_subjects_get_their_own_marks() -> None:
    far = Found((400, 100, 500, 200), 0.5, "dog")
    leash = Found((195, 100, 205, 120), 0.4, "leash")
    kept = exclude([DOG, far], [leash])
    assert [len(item.avoid) for item in kept] == [1, 0]


def test_touching_edges_without_shared_area_are_not_touching() -> None:
    assert exclude([DOG], [Found((200, 100, 250, 200), 0.9, "cat")]) == [DOG]
