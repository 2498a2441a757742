"""Rates as editors mean them, and shots whose media are long enough."""

from __future__ import annotations

from fractions import Fraction

import pytest

from mattewire_protocol.errors import BadField
from mattewire_server.timeline.shot import GRAY, Media, TimelineShot, exact_rate

PLATE = Media("/show/plate.####.exr", 991, 1040)
MATTE = Media("/show/matte.####.png", 1001, 1024)


def shot(**changes: object) -> TimelineShot:
    told: dict[str, object] = {
        "name": "sh010", "first": 1001, "last": 1024, "rate": Fraction(24), "width": 320, "height": 180,
        "plate": PLATE, "matte": MATTE, "lies_in": GRAY,
    }  # fmt: skip
    return TimelineShot(**{**told, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fps", "exact"),
    [
        (24, Fraction(24)),
        (24.0000004, Fraction(24)),
        (23.976, Fraction(24000, 1001)),
        (23.98, Fraction(24000, 1001)),
        (29.97, Fraction(30000, 1001)),
        (59.94, Fraction(60000, 1001)),
        (12.5, Fraction(25, 2)),
        (1, Fraction(1)),
    ],
)
def test_rates(fps: float, exact: Fraction) -> None:
    assert exact_rate(fps) == exact


@pytest.mark.parametrize("fps", [0, -24, 1001, float("nan")])
def test_what_is_no_rate(fps: float) -> None:
    with pytest.raises(BadField, match="is no rate") as told:
        exact_rate(fps)
    assert told.value.field == "--fps"


def test_counts_include_both_ends() -> None:
    made = shot()
    assert (made.count, PLATE.count, MATTE.count) == (24, 50, 24)


@pytest.mark.parametrize(
    "changes",
    [
        {"plate": Media("/show/plate.####.exr", 1002, 1040)},
        {"matte": Media("/show/matte.####.png", 1001, 1023)},
        {"proxy": Media("/show/proxy.mov", 1001, 1010)},
    ],
)
def test_media_that_is_too_short(changes: dict[str, Media]) -> None:
    (media,) = changes.values()
    with pytest.raises(BadField, match=rf"{media.name} has the frames .* not all of 1001-1024") as told:
        shot(**changes)
    assert "as long as the mattes" in told.value.advice


def test_a_name_with_a_counter_is_a_sequence() -> None:
    assert MATTE.is_sequence
    assert not Media("/show/v.mov", 1, 9).is_sequence
    assert not Media("/show/####/v.mov", 1, 9).is_sequence
