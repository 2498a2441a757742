"""The whole way: mattes in, splines out. The full table of shapes is printed by tests/benchmarks/splines.py."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.spline_shapes import CANVAS, SHAPES, Parts, around, drawn, mattes, polar
from benchmarks.splines import measured
from mattewire_protocol.errors import BadField, InternalError
from mattewire_server.finish.splines import Spline, draw, fit_splines
from mattewire_server.finish.splines.crossing import crosses_itself
from mattewire_server.plates.model import Window

SMALL = Window(0, 0, 160, 120)


def disc(x: float, y: float, radius: float) -> Parts:
    return [(polar(np.full(300, radius), around(300)) + np.array([x, y]), False)]


def share(splines: list[Spline], frame: int, alpha: NDArray[np.float32], canvas: Window = SMALL) -> float:
    shown = draw(splines, frame, canvas)
    return float(np.minimum(shown, alpha).sum() / np.maximum(shown, alpha).sum())


@pytest.mark.parametrize(
    ("name", "most_points"),
    [("disc", 4), ("star", 12), ("ring", 10), ("crescent", 12), ("limb", 18)],
)
def test_shapes_in_motion_need_few_points_and_keys(name: str, most_points: int) -> None:
    result = measured(SHAPES[name], frames=36)
    assert result.share >= 0.98
    assert result.points <= min(most_points, result.outline / 10)
    assert result.spacing >= 5
    assert result.deviation <= 0.75


def test_every_key_has_the_same_points_in_order_and_nothing_crosses() -> None:
    splines = fit_splines(mattes(SHAPES["person"], 8), CANVAS)
    (spline,) = splines
    assert {len(key.points) for key in spline.keys} == {len(spline.keys[0].points)}
    frames = [key.frame for key in spline.keys]
    assert (frames[0], frames[-1]) == (spline.first, spline.last) == (1001, 1008)
    assert frames == sorted(frames)
    shown = [spline.controls(frame) for frame in range(1001, 1009)]
    assert not any(crosses_itself(controls) for controls in shown)
    # A point never jumps to another place: no frame moves one by more than the arms swing.
    assert max(np.hypot(*(b[:, 0] - a[:, 0]).T).max() for a, b in pairwise(shown)) < 30
    for frame, alpha in mattes(SHAPES["person"], 8):
        assert share(splines, frame, alpha, CANVAS) >= 0.98


def test_empty_mattes_give_no_splines() -> None:
    assert fit_splines([], SMALL) == []
    assert fit_splines([(f, np.zeros((120, 160), np.float32)) for f in range(3)], SMALL) == []


def test_a_shot_of_one_frame() -> None:
    alpha = drawn(disc(80, 60, 30), SMALL)
    (spline,) = fit_splines([(1001, alpha)], SMALL, object=7)
    assert (spline.first, spline.last, len(spline.keys), len(spline.keys[0].points)) == (1001, 1001, 1, 4)
    assert (spline.object, spline.closed, spline.hole, spline.tolerance) == (7, True, False, 0.75)
    assert share([spline], 1001, alpha) > 0.985


def test_positions_are_plate_pixels_whatever_the_canvas() -> None:
    canvas = Window(-50, 30, 110, 150)
    (spline,) = fit_splines([(1, drawn(disc(20.5, 80.25, 30), canvas))], canvas)
    middle = np.mean([(point.x, point.y) for point in spline.keys[0].points], axis=0)
    assert middle == pytest.approx([20.5, 80.25], abs=0.3)


def test_a_shape_that_walks_out_of_the_picture() -> None:
    shot = [(f, drawn(disc(130 + 6 * f, 60, 30), SMALL)) for f in range(12)]
    splines = fit_splines(shot, SMALL)
    assert splines[0].first == 0
    for frame, alpha in shot:
        if alpha.sum() > 300:
            assert share(splines, frame, alpha) >= 0.96
    assert max(point.x for spline in splines for key in spline.keys for point in key.points) <= 161.5


def test_a_piece_that_comes_and_goes_has_a_lifetime() -> None:
    both = [*disc(50, 60, 25), *disc(120, 60, 20)]
    shot = [(f, drawn(both if 4 <= f <= 8 else disc(50, 60, 25), SMALL)) for f in range(13)]
    splines = fit_splines(shot, SMALL)
    assert sorted((spline.first, spline.last) for spline in splines) == [(0, 12), (4, 8)]


def test_a_split_ends_one_spline_and_begins_two() -> None:
    def blobs(f: int) -> Parts:
        apart = 18 + 2 * f
        return [*disc(80 - apart, 60, 24), *disc(80 + apart, 60, 24)]

    shot = [(f, drawn(blobs(f), SMALL)) for f in range(12)]
    splines = fit_splines(shot, SMALL)
    lifetimes = sorted((spline.first, spline.last) for spline in splines)
    assert len(lifetimes) == 3
    assert lifetimes[0] == (0, lifetimes[1][0] - 1)
    assert lifetimes[1] == lifetimes[2]
    assert lifetimes[2][1] == 11
    for frame, alpha in shot:
        assert share(splines, frame, alpha) >= 0.97


def test_a_hole_opens_and_is_drawn_after_its_outline() -> None:
    def opening(f: int) -> Parts:
        return [*disc(80, 60, 45), *([(disc(80, 60, 3.0 * f)[0][0], True)] if f > 2 else [])]

    shot = [(f, drawn(opening(f), SMALL)) for f in range(10)]
    splines = fit_splines(shot, SMALL)
    assert (splines[0].hole, splines[0].first, splines[0].last) == (False, 0, 9)
    assert all(spline.hole for spline in splines[1:])
    assert splines[1].first == 3
    for frame, alpha in shot:
        assert share(splines, frame, alpha) >= 0.97


def test_a_ball_faster_than_its_own_width_is_one_spline() -> None:
    shot = [(f, drawn(disc(20 + 20 * f, 60, 9), SMALL)) for f in range(7)]
    (spline,) = fit_splines(shot, SMALL)
    assert (spline.first, spline.last, len(spline.keys)) == (0, 6, 2)


def test_a_rough_edge_takes_few_points_and_says_its_tolerance() -> None:
    rng = np.random.default_rng(3)
    shot = []
    for frame in range(8):
        grain = cv2.GaussianBlur(rng.normal(0, 1, (360, 640)).astype(np.float32), (0, 0), 1.0)
        soft = cv2.GaussianBlur(drawn(SHAPES["disc"](0.1 * frame)), (0, 0), 1.5)
        rough = soft + 0.25 * grain / grain.std() * ((soft > 0.02) & (soft < 0.98))
        shot.append((frame, np.clip(rough, 0, 1).astype(np.float32)))
    (spline,) = fit_splines(shot, CANVAS)
    assert len(spline.keys[0].points) <= 16
    assert 0.75 < spline.tolerance < 4
    assert spline.deviation <= spline.tolerance
    clean = drawn(SHAPES["disc"](0.4))
    assert share([spline], 4, clean, CANVAS) > 0.96


def test_what_needs_too_many_points_gets_a_coarser_tolerance() -> None:
    (spline,) = fit_splines([(1, drawn(SHAPES["blob"](0.0)))], CANVAS, most_points=12)
    assert len(spline.keys[0].points) <= 12
    assert spline.tolerance > 0.75
    assert spline.deviation > 0.3


def test_frames_that_are_not_given_are_bridged() -> None:
    shot = [(f, drawn(disc(60 + 2 * f, 60, 30), SMALL)) for f in (1001, 1002, 1005, 1011)]
    shot = [(f, drawn(disc(40 + 2 * (f - 1001), 60, 30), SMALL)) for f, _ in shot]
    (spline,) = fit_splines(shot, SMALL)
    assert [key.frame for key in spline.keys] == [1001, 1011]
    middle = spline.controls(1008)[:, 0].mean(axis=0)
    assert middle == pytest.approx([54, 60], abs=0.5)


def test_specks_and_lines_of_one_pixel_are_dropped() -> None:
    alpha = drawn(disc(80, 60, 30), SMALL)
    alpha[5, 5:150] = 1.0
    alpha[110:115, 10:15] = 1.0
    assert len(fit_splines([(1, alpha)], SMALL)) == 1
    assert len(fit_splines([(1, alpha)], SMALL, smallest_area=10)) == 2


@pytest.mark.parametrize(
    ("field", "value"), [("tolerance", 0.0), ("tolerance", float("nan")), ("longest_gap", 0), ("most_points", 3)]
)
def test_numbers_out_of_range_name_their_field(field: str, value: float) -> None:
    with pytest.raises(BadField) as failed:
        fit_splines([], SMALL, **{field: value})  # type: ignore[arg-type]
    assert failed.value.field == field


def test_mattes_of_the_wrong_kind_name_their_frame() -> None:
    good = drawn(disc(80, 60, 30), SMALL)
    for mattes_given, said in (
        ([(5, good), (5, good)], "Frame 5 after frame 5"),
        ([(7, good[:50])], "Frame 7"),
        ([(7, good.astype(np.float64))], "float64"),
        ([(9, np.full_like(good, np.nan))], "Frame 9"),
    ):
        with pytest.raises(InternalError, match=said):
            fit_splines(mattes_given, SMALL)  # type: ignore[arg-type]
