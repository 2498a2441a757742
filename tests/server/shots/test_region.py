"""Region of interest: crops that follow, whole pixels, and mattes that are those of the whole picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from mattewire_protocol.request import Box, Point
from mattewire_server.engines.seams import Hint, Mark, Picture, Segment, ShotInfo
from mattewire_server.shots.region import Crop, Regions
from server.shots.staged import Many, Stage, expected, read_exr, request, run
from server.shots.test_again import Eyes

WIDTH, HEIGHT, SIDE = 1600, 900, 80


def scene(frame: int, seen: bool = True, side: int = SIDE) -> Picture:
    """A bright square that moves 30 pixels right in each frame."""
    rgb = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    if seen:
        x = 100 + 30 * frame
        rgb[400 : 400 + side, x : x + side] = 1.0
    return Picture(frame, rgb)


@dataclass
class Bright:
    """A segmenter that takes what is bright, and notes the sizes it is shown and the hints it is given."""

    shots: list[ShotInfo] = field(default_factory=list)
    shown: list[tuple[int, int, int]] = field(default_factory=list)
    hints: list[Hint] = field(default_factory=list)
    bright: list[int] = field(default_factory=list)
    closed: int = 0

    def begin(self, shot: ShotInfo) -> Bright:
        self.shots.append(shot)
        return self

    def step(self, picture: Picture, hints: Sequence[Hint] = ()) -> dict[int, Segment]:
        assert (picture.width, picture.height) == (self.shots[0].width, self.shots[0].height)
        assert picture.rgb.flags.c_contiguous
        self.hints += hints
        mask = picture.rgb[..., 0] > 0.5
        self.shown.append((picture.frame, picture.width, picture.height))
        self.bright.append(int(mask.sum()))
        return {1: Segment(np.where(mask, 9.0, -9.0).astype(np.float32), 0.9, bool(mask.any()))}

    def close(self) -> None:
        self.closed += 1


def box(frame: int) -> tuple[float, float, float, float]:
    x = 100.0 + 30 * frame
    return (x, 400.0, x + SIDE, 400.0 + SIDE)


def solid(segment: Segment) -> tuple[int, int, int, int]:
    rows, columns = np.nonzero(segment.logits >= 0)
    return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1


def test_the_crop_follows_forward_and_back_from_the_start() -> None:
    inner = Bright()
    track = Regions(inner).begin(ShotInfo(0, 40, WIDTH, HEIGHT))
    track.step(scene(20), [Hint(1, box(20))])
    for frame in [*range(20, 41), *range(19, -1, -1)]:
        (segment,) = track.step(scene(frame)).values()
        assert segment.logits.shape == (HEIGHT, WIDTH)
        assert solid(segment) == tuple(int(edge) for edge in box(frame))
        assert segment.logits.min() == -32.0
    assert (inner.shots[0].width, inner.shots[0].height) == (256, 256)
    assert set(inner.bright) == {SIDE * SIDE}, "every crop shows the whole subject at the plate's scale"
    track.close()
    assert inner.closed == 1


def test_what_the_engine_resolved_is_told_in_the_pictures_pixels() -> None:
    """A crop of 200 x 120 pixels, shown at 100 x 60, of which the engine knows 25 x 20 cells and enlarges them by 2."""
    inner = Segment(np.zeros((40, 50), np.float32), 0.9, cell=(2.0, 2.0))
    segment = Crop(10, 20, 200, 120, (100, 60)).outward(inner, WIDTH, HEIGHT)
    assert segment.logits.shape == (HEIGHT, WIDTH)
    assert segment.cell == (200 / 25, 120 / 20)


def test_while_it_is_out_of_sight_the_whole_picture_is_searched() -> None:
    inner = Bright()
    track = Regions(inner).begin(ShotInfo(0, 40, WIDTH, HEIGHT))
    track.step(scene(0), [Hint(1, box(0))])
    for frame in range(6):
        track.step(scene(frame, seen=frame != 3))
    segment = track.step(scene(35))[1]  # further than any crop around the last place reaches
    assert not segment.present
    back = track.step(scene(36))[1]
    assert back.present
    assert np.abs(np.array(solid(back)) - box(36)).max() <= 8, "one pixel of the small picture"
    assert solid(track.step(scene(37))[1]) == tuple(int(edge) for edge in box(37))


def test_a_subject_that_grows_gets_a_larger_crop_shown_at_the_same_size() -> None:
    inner = Bright()
    track = Regions(inner).begin(ShotInfo(0, 40, WIDTH, HEIGHT))
    track.step(scene(0), [Hint(1, box(0))])
    for frame, side in enumerate(range(80, 400, 20)):
        segment = track.step(scene(frame, side=side))[1]
        x0, y0, x1, y1 = solid(segment)
        assert abs((x1 - x0) - side) <= 4
        assert abs((y1 - y0) - side) <= 4
    assert {shown[1:] for shown in inner.shown} == {(256, 256)}


def test_hints_are_in_the_crops_pixels() -> None:
    crop = Crop(100, 50, 400, 200, (200, 100))
    hint = Hint(1, (120, 60, 140, 80), (Mark(130, 70), Mark(90, 70, keep=False)), "dog")
    assert crop.inward(hint) == Hint(1, (10, 5, 20, 15), (Mark(15, 10),), "dog")


def test_a_point_alone_says_nothing_of_the_size() -> None:
    inner = Bright()
    Regions(inner).begin(ShotInfo(0, 9, WIDTH, HEIGHT)).step(scene(0), [Hint(1, None, (Mark(110, 410),))])
    assert (inner.shots[0].width, inner.shots[0].height) == (WIDTH, HEIGHT)
    assert inner.hints[0].marks == (Mark(110, 410),)


def test_a_correction_in_mid_shot_is_shown_on_the_crop_that_tracking_uses() -> None:
    inner = Bright()
    track = Regions(inner).begin(ShotInfo(0, 9, WIDTH, HEIGHT))
    track.step(scene(0), [Hint(1, box(0))])
    track.step(scene(4), [Hint(1, None, (Mark(230.0, 410.0),))])
    for frame in range(6):
        segment = track.step(scene(frame))[1]
        assert solid(segment) == tuple(int(edge) for edge in box(frame))
    assert inner.hints[1].marks == (Mark(128.0, 128.0),)


@pytest.mark.parametrize("roi", [False, True])
def test_the_pipeline_gives_the_same_mattes_with_and_without(plate: str, tmp_path: Path, roi: bool) -> None:
    wanted = request(
        plate,
        str(tmp_path / "out" / "m.####.exr"),
        prompts=["square"],
        keyframe=1006,
        roi=roi,
        points=[Point(1008, *(edge + 2 for edge in (12.0, 5.0)), True, 1)],
    )
    stage = Stage(detector=Eyes(always=("red",)))
    run(wanted, stage)
    for frame in range(1001, 1013):
        matte = read_exr(tmp_path / "out" / f"m.{frame}.exr")[1]
        assert np.array_equal(matte, expected(["red"], frame, (0, 0, 64, 36)))


def test_each_object_has_a_track_of_its_own(plate: str, tmp_path: Path) -> None:
    stage = Many(detector=Eyes(on={1001: ["red"]}))
    boxes = [Box(1001, 49, 22, 57, 30, object=5)]
    run(
        request(
            plate,
            str(tmp_path / "out" / "m.####.exr"),
            prompts=["square"],
            boxes=boxes,
            roi=True,
        ),
        stage,
    )
    assert [each.closed for each in stage.each] == [1, 1]
    matte = read_exr(tmp_path / "out" / "m.1010.exr")[1]
    assert np.array_equal(matte, expected(["red", "green"], 1010, (0, 0, 64, 36)))


def test_a_newcomer_is_carried_on_from_where_it_appears(plate: str, tmp_path: Path) -> None:
    stage = Many(detector=Eyes(on={1004: ["red"]}))
    out = str(tmp_path / "out" / "m.####.exr")
    run(request(plate, out, prompts=["square"], pick="all", redetect_every=4, keyframe=1004, roi=True), stage)
    first, second = stage.each
    assert first.stepped == [*range(1004, 1013), 1003, 1002, 1001]
    assert second.stepped == list(range(1008, 1013))
    for frame in range(1001, 1013):
        matte = read_exr(tmp_path / "out" / f"m.{frame}.exr")[1]
        names = ["red", "green"] if frame >= 1008 else ["red"]
        assert np.array_equal(matte, expected(names, frame, (0, 0, 64, 36)))
