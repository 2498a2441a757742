"""Object numbers, pick, and hints, as the specification has them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mattewire_protocol.deliver import Deliverable
from mattewire_protocol.errors import BadField, NothingFound
from mattewire_protocol.messages import Detection
from mattewire_protocol.request import Box, MatteRequest, Plate, Point
from mattewire_server.engines.seams import Found, Mark
from mattewire_server.plates.model import Window
from mattewire_server.shots.selection import hints_of, number_objects, pick

CANVAS = Window(-10, -5, 110, 55)
SCORES = st.lists(st.floats(0, 1), max_size=30)


def found(score: float, phrase: str = "ball") -> Found:
    return Found((1.0, 2.0, 30.0, 40.0), score, phrase)


def detected(number: int, phrase: str = "ball", picked: bool = True) -> Detection:
    return Detection(number, 0.0, 1.0, 20.0, 30.0, phrase, 0.5, picked)


def wanted(**changes: Any) -> MatteRequest:
    return MatteRequest(
        Plate("/plates/a.####.exr"), [Deliverable("/out/a.####.exr")], **{"prompts": ["ball"], **changes}
    )


# --- numbers -------------------------------------------------------------------------------------------------


def test_the_best_match_is_number_one_and_boxes_move_to_plate_pixels() -> None:
    first, second = number_objects([found(0.2), found(0.7)], (), CANVAS, 16)
    assert (first.object, first.score, second.object, second.score) == (1, 0.7, 2, 0.2)
    assert (first.x0, first.y0, first.x1, first.y1) == (-9.0, -3.0, 20.0, 35.0)


@given(SCORES, st.sets(st.integers(1, 20)), st.integers(1, 40))
def test_matches_take_the_lowest_free_numbers_best_first(scores: list[float], taken: set[int], most: int) -> None:
    numbered = number_objects([found(score) for score in scores], taken, CANVAS, most)
    free = [number for number in range(1, 100) if number not in taken]
    assert [item.object for item in numbered] == free[: min(len(scores), most)]
    assert [item.score for item in numbered] == sorted(scores, reverse=True)[:most]


def test_the_bound_keeps_the_best_and_not_the_first() -> None:
    assert [item.score for item in number_objects([found(0.1), found(0.9), found(0.5)], (), CANVAS, 2)] == [0.9, 0.5]


# --- pick ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "picked"), [("all", [1, 2, 3]), ("best", [1, 3]), ("2", [2]), ("3,1", [1, 3]), ("1,1", [1])]
)
def test_pick(rule: str, picked: list[int]) -> None:
    matches = [detected(1, "ball"), detected(2, "ball"), detected(3, "dog")]
    assert [item.object for item in pick(matches, rule) if item.picked] == picked
    assert len(pick(matches, rule)) == 3, "what was not picked is still listed"


def test_a_number_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(BadField, match=r"object 4 was not found; there are 1, 2") as caught:
        pick([detected(1), detected(2)], "2,7,4")
    assert caught.value.field == "pick"
    assert "Detect again" in caught.value.advice


# --- hints ---------------------------------------------------------------------------------------------------


def test_picked_matches_boxes_and_points_become_hints_in_picture_pixels() -> None:
    request = wanted(
        boxes=[Box(1005, 10, 10, 20, 20, object=1)],
        points=[Point(1003, 0.5, 0.5, True, 2), Point(1003, 3.0, 4.0, False, 2)],
    )
    hints = hints_of(request, [detected(2), detected(3, picked=False)], 1001, CANVAS)
    assert sorted(hints) == [1001, 1003, 1005]
    (text,), (clicked,), (drawn,) = hints[1001], hints[1003], hints[1005]
    assert (text.object, text.box, text.phrase) == (2, (10.0, 6.0, 30.0, 35.0), "ball")
    assert (clicked.object, clicked.box, clicked.marks) == (2, None, (Mark(10.5, 5.5, True), Mark(13.0, 9.0, False)))
    assert (drawn.object, drawn.box, drawn.phrase) == (1, (20.0, 15.0, 30.0, 25.0), "")


def test_several_objects_on_one_frame_come_in_object_order() -> None:
    request = wanted(boxes=[Box(1001, 0, 0, 9, 9, object=5), Box(1001, 0, 0, 9, 9, object=3)])
    hints = hints_of(request, [detected(1), detected(2)], 1001, CANVAS)
    assert [hint.object for hint in hints[1001]] == [1, 2, 3, 5]


def test_keep_points_make_an_object_and_drop_points_alone_do_not() -> None:
    points = [Point(1001, 1, 1, True, 4), Point(1002, 1, 1, False, 4), Point(1001, 1, 1, False, 9)]
    hints = hints_of(wanted(points=points), [], 1001, CANVAS)
    assert {frame: [hint.object for hint in each] for frame, each in hints.items()} == {1001: [4], 1002: [4]}


def test_nothing_to_track_says_what_was_looked_for_and_where() -> None:
    request = wanted(prompts=["red ball", "dog"], points=[Point(1001, 1, 1, False, 1)])
    with pytest.raises(NothingFound, match="frame 1001 matches “red ball” or “dog”") as caught:
        hints_of(request, [detected(1, picked=False)], 1001, CANVAS)
    assert caught.value.field == "prompts"
    assert "draw a box" in caught.value.advice
