"""Assignment and object numbers, on detections given as data."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mattewire_server.engines.identity import Roster, assign
from mattewire_server.engines.seams import Found, Hint, Mark

WHOLE = st.integers(-20, 20)


def box(x: float, y: float = 100, size: float = 100) -> tuple[float, float, float, float]:
    return (x, y, x + size, y + size)


def ball(x: float, score: float = 0.6, phrase: str = "ball") -> Found:
    return Found(box(x), score, phrase)


def numbers(sightings: list) -> dict[float, tuple[int, str]]:
    return {sighting.found.box[0]: (sighting.object, sighting.kind) for sighting in sightings}


def test_assignment_by_hand() -> None:
    # Greedy would take 1 for the first row and pay 10 for the second; the best is 2 + 2.
    assert assign([[1, 2], [2, 10]]) == [(0, 1), (1, 0)]
    assert assign([]) == []
    assert assign([[5.0]]) == [(0, 0)]


@given(
    st.integers(1, 5).flatmap(
        lambda wide: st.lists(st.lists(WHOLE, min_size=wide, max_size=wide), min_size=1, max_size=5)
    )
)
def test_assignment_is_the_cheapest_of_all(costs: list[list[int]]) -> None:
    pairs = assign(costs)
    rows, columns = len(costs), len(costs[0])
    few = min(rows, columns)
    assert len(pairs) == len({row for row, _ in pairs}) == len({column for _, column in pairs}) == few
    if rows <= columns:
        cheapest = min(sum(costs[r][c] for r, c in enumerate(order)) for order in permutations(range(columns), rows))
    else:
        cheapest = min(sum(costs[r][c] for c, r in enumerate(order)) for order in permutations(range(rows), columns))
    assert sum(costs[row][column] for row, column in pairs) == cheapest


def test_the_keyframe_numbers_best_first() -> None:
    roster = Roster()
    assert numbers(roster.see(1001, [ball(300, 0.5), ball(0, 0.9)])) == {0: (1, "new"), 300: (2, "new")}


def test_the_hint_of_a_newcomer_holds_its_box_and_what_to_keep_out() -> None:
    leash = Mark(90, 110, keep=False)
    (seen,) = Roster().see(1001, [Found(box(0), 0.9, "dog", (leash,))])
    assert seen.hint == Hint(1, box(0), (leash,), "dog")


def test_numbers_of_drawn_boxes_are_left_to_them() -> None:
    roster = Roster(taken=[1, 3])
    assert [s.object for s in roster.see(1001, [ball(0, 0.9), ball(300, 0.8)])] == [2, 4]


def test_a_detection_on_a_drawn_box_is_not_a_second_object() -> None:
    roster = Roster(taken=[1])
    assert roster.see(1001, [ball(10)], tracked={1: box(0)}) == []


def test_an_object_that_moved_keeps_its_number() -> None:
    roster = Roster()
    roster.see(1001, [ball(0), ball(300, 0.5)])
    # The second one scores better now: the order of the scores must not matter.
    seen = roster.see(1011, [ball(340, 0.9), ball(30, 0.4)])
    assert numbers(seen) == {30: (1, "same"), 340: (2, "same")}


def test_where_the_tracker_has_it_counts_more_than_where_it_was() -> None:
    roster = Roster()
    roster.see(1001, [ball(0)])
    assert numbers(roster.see(1011, [ball(505)], tracked={1: box(500)})) == {505: (1, "same")}


def test_two_identical_subjects_that_cross_keep_their_numbers() -> None:
    # 1 runs right, 2 runs left, 10 pixels a frame; looked at every 5 frames. They pass each other at 1011.
    roster = Roster()
    for frame in range(1001, 1022, 5):
        one, two = 10.0 * (frame - 1001), 200 - 10.0 * (frame - 1001)
        crossing = frame == 1011
        found = [ball(one)] if crossing else [ball(one, 0.5), ball(two, 0.6)]  # one box where both are at 100
        seen = {s.object: s.found.box[0] for s in roster.see(frame, found)}
        if frame == 1001:
            swap = seen[1] == two
        if not crossing:
            assert seen == ({1: two, 2: one} if swap else {1: one, 2: two}), frame


def test_two_identical_subjects_that_cross_under_the_tracker() -> None:
    roster = Roster()
    roster.see(1001, [ball(0, 0.9), ball(200, 0.8)])
    # The tracker carried 1 to the right of 2; without its boxes the nearest would be taken.
    seen = roster.see(1021, [ball(0), ball(200)], tracked={1: box(205), 2: box(-5)})
    assert numbers(seen) == {200: (1, "same"), 0: (2, "same")}


def test_out_and_in_again_is_the_same_object() -> None:
    roster = Roster()
    roster.see(1001, [ball(0)])
    assert roster.see(1011, [], tracked={1: None}) == []
    assert numbers(roster.see(1021, [ball(900)], tracked={1: None})) == {900: (1, "back")}
    assert numbers(roster.see(1031, [ball(920)])) == {920: (1, "same")}


def test_out_without_a_tracker_and_in_again_is_the_same_object() -> None:
    roster = Roster()
    roster.see(1001, [ball(0)])
    assert roster.see(1011, []) == []
    assert numbers(roster.see(1021, [ball(700)])) == {700: (1, "back")}


def test_one_stays_while_the_other_leaves_and_returns() -> None:
    roster = Roster()
    roster.see(1001, [ball(0, 0.9), ball(500, 0.8)])
    assert numbers(roster.see(1011, [ball(0)], tracked={1: box(0), 2: None})) == {0: (1, "same")}
    seen = roster.see(1021, [ball(300, 0.99), ball(5)], tracked={1: box(3), 2: None})
    assert numbers(seen) == {5: (1, "same"), 300: (2, "back")}


def test_of_two_that_are_away_the_nearer_comes_back() -> None:
    roster = Roster()
    roster.see(1001, [ball(0, 0.9), ball(1000, 0.8)])
    roster.see(1011, [], tracked={1: None, 2: None})
    assert numbers(roster.see(1021, [ball(900)], tracked={1: None, 2: None})) == {900: (2, "back")}


def test_a_newcomer_in_mid_shot_gets_a_new_number() -> None:
    roster = Roster()
    roster.see(1001, [ball(0)])
    seen = roster.see(1011, [ball(0), ball(600)], tracked={1: box(0)})
    assert numbers(seen) == {0: (1, "same"), 600: (2, "new")}


def test_nothing_on_the_keyframe_then_something() -> None:
    roster = Roster()
    assert roster.see(1001, []) == []
    assert numbers(roster.see(1011, [ball(50)])) == {50: (1, "new")}


def test_phrases_never_mix() -> None:
    roster = Roster()
    roster.see(1001, [ball(0, phrase="dog")])
    roster.see(1011, [], tracked={1: None})
    seen = roster.see(1021, [ball(0, phrase="cat")], tracked={1: None})
    assert numbers(seen) == {0: (2, "new")}


def test_a_second_box_on_an_object_is_not_a_newcomer() -> None:
    roster = Roster()
    roster.see(1001, [ball(0)])
    wide = Found((0, 100, 100, 170), 0.4, "ball")  # IoU 0.7 with the object
    assert len(roster.see(1011, [ball(0), wide], tracked={1: box(0)})) == 1


def test_a_newcomer_of_another_phrase_may_overlap_more() -> None:
    roster = Roster()
    roster.see(1001, [Found((0, 0, 100, 100), 0.9, "bicycle")])
    rider = Found((0, 0, 100, 60), 0.5, "rider")  # IoU 0.6
    tricycle = Found((0, 0, 100, 90), 0.5, "tricycle")  # IoU 0.9: the same thing under another name
    held = {1: (0.0, 0.0, 100.0, 100.0)}
    assert [(s.object, s.found.phrase) for s in roster.see(1011, [rider, tricycle], tracked=held)] == [(2, "rider")]


def test_what_the_tracker_finds_again_is_in_sight_again() -> None:
    roster = Roster()
    roster.see(1001, [ball(0)])
    roster.see(1011, [], tracked={1: None})
    assert numbers(roster.see(1021, [ball(405)], tracked={1: box(400)})) == {405: (1, "same")}


@given(
    st.lists(
        st.tuples(
            st.lists(st.tuples(st.integers(0, 900), st.sampled_from(["dog", "cat"])), max_size=5),
            st.dictionaries(st.integers(1, 5), st.one_of(st.none(), st.integers(0, 900)), max_size=4),
        ),
        max_size=6,
    )
)
def test_numbers_are_given_once_and_never_change_their_phrase(looks: list) -> None:
    roster, phrases = Roster(most=4), {}
    for step, (things, held) in enumerate(looks):
        found = [ball(x, 0.3 + x / 2000, phrase) for x, phrase in things]
        tracked = {number: None if x is None else box(x) for number, x in held.items()}
        seen = roster.see(1001 + 10 * step, found, tracked)
        assert len({s.object for s in seen}) == len(seen)
        assert len({id(s.found) for s in seen}) == len(seen)
        for sighting in seen:
            assert (sighting.object not in phrases) == (sighting.kind == "new")
            assert phrases.setdefault(sighting.object, sighting.found.phrase) == sighting.found.phrase
        assert len(phrases) <= 4


def test_the_detector_missing_one_does_not_put_it_out_of_sight() -> None:
    roster = Roster()
    roster.see(1001, [ball(0)])
    roster.see(1011, [], tracked={1: box(400)})
    seen = roster.see(1021, [ball(450), ball(0, 0.3)], tracked={1: box(440)})
    assert numbers(seen) == {450: (1, "same"), 0: (2, "new")}


def test_no_more_objects_than_asked_for() -> None:
    roster = Roster(most=1)
    assert len(roster.see(1001, [ball(0, 0.5), ball(400, 0.9)])) == 1
    assert numbers(roster.see(1011, [ball(405), ball(0)])) == {405: (1, "same")}


def test_backward_from_the_keyframe() -> None:
    roster = Roster()
    roster.see(1050, [ball(300)])
    assert numbers(roster.see(1040, [ball(280)])) == {280: (1, "same")}
    # It moves 2 pixels a frame, so at 1020 it is expected at 240; a still expectation would not overlap enough.
    assert numbers(roster.see(1000, [ball(195)])) == {195: (1, "same")}


@pytest.mark.parametrize("turn", range(4))
def test_the_order_of_the_detections_does_not_matter(turn: int) -> None:
    roster = Roster()
    roster.see(1001, [ball(x, 0.5 + x / 1000) for x in (0, 120, 240, 360)])
    found = [ball(x + 20, 0.5) for x in (0, 120, 240, 360)]
    seen = roster.see(1006, found[turn:] + found[:turn])
    assert {s.found.box[0]: s.object for s in seen} == {20: 4, 140: 3, 260: 2, 380: 1}
