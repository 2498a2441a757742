"""The refiner, with a look that is given as data."""

from __future__ import annotations

import numpy as np
import pytest

from mattewire_server.engines.seams import Found, Picture
from mattewire_server.engines.second_look import MOST_LOOKS, crop_around, fuse, look_at, refine


def picture(width: int = 1000, height: int = 500) -> Picture:
    """Red holds the column, green the row, so that a crop shows where it is from."""
    rgb = np.zeros((height, width, 3), np.float32)
    rgb[..., 0] = np.arange(width) / width
    rgb[..., 1] = np.arange(height)[:, None] / height
    return Picture(1001, rgb)


def nothing(part: Picture, phrase: str) -> list[Found]:
    return []


def test_sure_boxes_are_left_alone() -> None:
    sure = Found((100, 100, 140, 140), 0.45, "ball")

    def look(part: Picture, phrase: str) -> list[Found]:
        raise AssertionError("nothing needs a second look")

    assert refine(picture(), [sure], look, box_threshold=0.3) == ([sure], [])


def test_the_crop_is_twice_the_box_and_inside_the_picture() -> None:
    assert crop_around((400, 200, 500, 260), 1000, 500) == (350, 170, 550, 290)
    assert crop_around((0, 0, 100, 100), 1000, 500) == (0, 0, 150, 150)
    assert crop_around((500, 250, 510, 260), 1000, 500) == (473, 223, 537, 287)  # the smallest crop
    assert crop_around((100, 50, 900, 450), 1000, 500) is None  # no closer than the picture itself


def test_the_look_gets_the_crop_and_its_boxes_come_back_to_the_picture() -> None:
    parts = []

    def look(part: Picture, phrase: str) -> list[Found]:
        parts.append(part)
        return [Found((10, 20, 30, 40), 0.5, phrase)]

    (found,) = look_at(picture(), (350, 170, 550, 290), "ball", look)
    assert found.box == (360, 190, 380, 210)
    assert parts[0].rgb.shape == (120, 200, 3)
    assert parts[0].rgb[0, 0] == pytest.approx([0.35, 0.34, 0])
    assert parts[0].rgb.flags["C_CONTIGUOUS"]


def test_a_confirmed_box_is_the_mean_of_both_views() -> None:
    # First (100, 100, 200, 200) at 0.3, closer (110, 100, 200, 200) at 0.6: x0 = (0.3 * 100 + 0.6 * 110) / 0.9.
    def look(part: Picture, phrase: str) -> list[Found]:
        return [Found((60, 50, 150, 150), 0.6, phrase)]  # the crop starts at (50, 50)

    kept, looks = refine(picture(), [Found((100, 100, 200, 200), 0.3, "ball")], look, box_threshold=0.3)
    assert kept[0].box == pytest.approx((960 / 9, 100, 200, 200))
    assert kept[0].score == pytest.approx(0.45)
    assert looks[0].crop == (50, 50, 250, 250)
    assert looks[0].closer is not None
    assert looks[0].closer.box == (110, 100, 200, 200)
    assert (looks[0].frame, looks[0].first.score) == (1001, 0.3)


def test_an_unconfirmed_weak_box_falls_below_the_threshold_and_is_reported() -> None:
    kept, looks = refine(picture(), [Found((100, 100, 200, 200), 0.4, "ball")], nothing, box_threshold=0.3)
    assert kept == []
    assert looks[0].closer is None
    assert looks[0].fused.score == pytest.approx(0.2)


def test_what_the_crop_finds_elsewhere_confirms_nothing() -> None:
    def look(part: Picture, phrase: str) -> list[Found]:
        return [Found((0, 0, 60, 60), 0.9, phrase)]

    kept, looks = refine(picture(), [Found((100, 100, 200, 200), 0.4, "ball")], look, box_threshold=0.3)
    assert kept == []
    assert looks[0].closer is None


def test_a_faint_candidate_is_raised_by_a_sure_second_look() -> None:
    def look(part: Picture, phrase: str) -> list[Found]:
        return [Found((50, 50, 150, 150), 0.7, phrase)]

    kept, _ = refine(picture(), [Found((100, 100, 200, 200), 0.22, "ball")], look, box_threshold=0.3)
    assert [item.score for item in kept] == [pytest.approx(0.46)]


def test_faint_candidates_that_nobody_looks_at_are_dropped() -> None:
    faint = [Found((x, 100, x + 50, 150), 0.25 + x / 1e5, "ball") for x in range(0, 600, 100)]
    weak = [Found((x, 300, x + 50, 350), 0.4, "ball") for x in range(0, 600, 100)]
    kept, looks = refine(picture(), [*faint, *weak], nothing, box_threshold=0.3)
    assert len(looks) == MOST_LOOKS
    assert all(item.first.score == 0.4 for item in looks)  # the best candidates first
    assert [item.score for item in kept] == [0.4, 0.4]  # as found: there was no time for them


def test_a_large_weak_box_stays_as_it_is() -> None:
    large = Found((0, 0, 900, 450), 0.35, "ball")
    assert refine(picture(), [large], nothing, box_threshold=0.3) == ([large], [])


def test_two_candidates_that_turn_out_to_be_one_thing_become_one() -> None:
    def look(part: Picture, phrase: str) -> list[Found]:
        x, y = 1000 * float(part.rgb[0, 0, 0]), 500 * float(part.rgb[0, 0, 1])
        return [Found((100 - x, 100 - y, 200 - x, 200 - y), 0.8, phrase)]

    candidates = [Found((100, 100, 200, 200), 0.4, "ball"), Found((100, 100, 165, 200), 0.39, "ball")]
    kept, looks = refine(picture(), candidates, look, box_threshold=0.3)
    assert len(looks) == 2
    assert len(kept) == 1


def test_fusion_of_one_and_of_two_views() -> None:
    one = Found((0, 0, 10, 10), 0.6, "ball")
    assert fuse([one]).score == pytest.approx(0.3)
    assert fuse([one]).box == pytest.approx(one.box)
    assert fuse([one, one]).score == pytest.approx(0.6)
