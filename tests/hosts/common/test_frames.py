"""Host frames and plate frames: plain, shifted, reversed, held, skipped."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mattewire_panel.frames import FrameMap

NUMBERS = st.integers(-100_000, 100_000)


@given(st.integers(-1000, 1000), st.integers(0, 50), NUMBERS, st.sampled_from([1, -1]))
def test_a_plain_map_and_its_way_back(first: int, length: int, offset: int, step: int) -> None:
    frames = FrameMap(first, first + length, offset, step)
    shown = [frames.plate(host) for host in frames.host_frames]
    assert shown == [step * host + offset for host in range(first, first + length + 1)]
    assert [frames.hosts(plate) for plate in shown] == [[host] for host in frames.host_frames]
    assert frames.plate_range == (min(shown), max(shown))
    assert frames.hosts(max(shown) + 1) == []
    assert frames.host(min(shown) - 1) is None


@given(st.integers(-50, 50), st.lists(st.integers(1001, 1010), min_size=1, max_size=30))
def test_any_retime_survives_a_scene_file(first: int, shown: list[int]) -> None:
    pairs = dict(enumerate(shown, first))
    frames = FrameMap.of_pairs(pairs)
    assert {host: frames.plate(host) for host in frames.host_frames} == pairs
    for plate in set(shown):
        assert frames.hosts(plate) == [host for host, each in pairs.items() if each == plate]
    assert FrameMap.from_wire(json.loads(json.dumps(frames.to_wire()))) == frames


def test_the_simplest_map_is_chosen() -> None:
    assert FrameMap.of_pairs({1: 1001, 2: 1002, 3: 1003}) == FrameMap(1, 3, 1000)
    assert FrameMap.of_pairs({1: 1003, 2: 1002, 3: 1001}) == FrameMap(1, 3, 1004, -1)
    held = FrameMap.of_pairs({1: 1001, 2: 1001, 3: 1002})
    assert held.explicit == {1: 1001, 2: 1001, 3: 1002}
    assert held.hosts(1001) == [1, 2]
    assert held.host(1001) == 1
    assert held.plate_range == (1001, 1002)


def test_is_plain_only_when_the_host_counts_as_the_plate_does() -> None:
    assert FrameMap(1001, 1010).is_plain
    assert not FrameMap(1, 10, 1000).is_plain
    assert not FrameMap(1001, 1002, explicit={1001: 1001, 1002: 1001}).is_plain


def test_a_shorter_range_of_the_same_map() -> None:
    assert FrameMap(1, 10, 1000).within(3, 50) == FrameMap(3, 10, 1000)
    held = FrameMap.of_pairs({1: 5, 2: 5, 3: 6}).within(2, 3)
    assert held.explicit == {2: 5, 3: 6}
    with pytest.raises(ValueError, match="1-10"):
        FrameMap(1, 10).within(11, 20)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: FrameMap(5, 4), "comes before"),
        (lambda: FrameMap(1, 2, step=2), "explicit one"),
        (lambda: FrameMap(1, 3, explicit={1: 1, 3: 3}), "every frame"),
        (lambda: FrameMap.of_pairs({}), "no frame"),
        (lambda: FrameMap.of_pairs({1: 1, 3: 3}), "gap"),
        (lambda: FrameMap(1, 3).plate(4), "outside 1-3"),
    ],
)
def test_what_cannot_be(wrong: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        wrong()  # type: ignore[operator]


@pytest.mark.parametrize(
    "tree",
    [
        {},
        [],
        "frames",
        {"first": 1, "last": 2, "offset": 0, "step": 3},
        {"first": "x", "last": 2, "offset": 0, "step": 1},
        {"first": 1, "last": 2, "offset": 0, "step": 1, "explicit": [1, 2]},
        {"first": 1, "last": 2, "offset": 0, "step": 1, "explicit": [[1, 2, 3]]},
        {"first": 1, "last": 2, "offset": 0, "step": 1, "explicit": 7},
    ],
)
def test_a_map_that_was_edited_by_hand_is_refused(tree: object) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        FrameMap.from_wire(tree)  # type: ignore[arg-type]
