"""The rendered demo shot: files, story, grain, and the same bytes every time."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import OpenImageIO as oiio
import pytest

from mattewire_protocol.errors import BadField, NotWritable
from mattewire_server.demo.measure import measure, read_matte
from mattewire_server.demo.shot import READ_NOISE, SHOT_NOISE, DemoShot, add_grain, render_shot
from mattewire_server.patterns import parse_pattern
from mattewire_server.plates import open_plate

WIDTH, HEIGHT = 320, 180


@pytest.fixture(scope="module")
def shot(tmp_path_factory: pytest.TempPathFactory) -> DemoShot:
    return render_shot(tmp_path_factory.mktemp("demo"), width=WIDTH, height=HEIGHT)


def _bytes(pattern: str, frame: int) -> bytes:
    return Path(parse_pattern(pattern).path(frame)).read_bytes()


def test_it_tells_its_story(shot: DemoShot) -> None:
    """Seen, hidden by the pillar, seen, out of frame, back."""
    assert (shot.first, shot.last, shot.keyframe, shot.fps) == (1001, 1096, 1001, 24)
    assert sorted(shot.visible) == list(range(1001, 1097))
    letters = "".join("o" if share >= 0.5 else "-" if share == 0 else "." for share in shot.visible.values())
    assert re.fullmatch(r"o+\.*-{4,}\.*o+\.*-{8,}\.*o+", letters), letters
    assert shot.visible[1001] == pytest.approx(1, abs=1e-3)
    assert letters.count("o") > 60


def test_the_plate_opens_as_a_scene_linear_half_sequence(shot: DemoShot) -> None:
    plate = open_plate(shot.plate)
    try:
        info = plate.info
        assert (info.first, info.last, info.missing) == (1001, 1096, ())
        assert (info.display.width, info.display.height, info.pixel_aspect) == (WIDTH, HEIGHT, 1.0)
        assert (info.colorspace, info.fps) == ("linear Rec.709", 24.0)
        rgb = plate.read(1001).rgb
    finally:
        plate.close()
    assert rgb.dtype == np.float16
    assert rgb.max() > 5
    assert np.isfinite(rgb).all()


def test_the_truth_has_an_alpha_and_nothing_else(shot: DemoShot) -> None:
    source = oiio.ImageInput.open(parse_pattern(shot.truth).path(1001))
    spec = source.spec()
    source.close()
    assert tuple(spec.channelnames) == ("A",)
    assert spec.format == oiio.TypeHalf
    assert spec.getattribute("compression").startswith("zip")


def test_the_truth_is_zero_exactly_where_nothing_is_seen(shot: DemoShot) -> None:
    truth = parse_pattern(shot.truth)
    for frame, share in shot.visible.items():
        alpha = read_matte(truth.path(frame), frame)
        assert bool(alpha.any()) == (share > 0), frame
        assert alpha.min() >= 0
        assert alpha.max() <= 1
        if share > 0.98:
            assert alpha.max() == 1, frame


def test_the_truth_lies_on_red_pixels(shot: DemoShot) -> None:
    plate = open_plate(shot.plate)
    for frame in (1001, 1020, 1050, 1085):
        rgb = plate.read(frame).rgb.astype(np.float32)
        inside = read_matte(parse_pattern(shot.truth).path(frame), frame) == 1
        red, green, blue = np.median(rgb[inside], axis=0)
        assert red > 5 * max(green, blue), frame
    plate.close()


def test_the_truth_measures_as_itself(shot: DemoShot) -> None:
    result = measure(shot.truth, shot.truth, shot.visible)
    assert (result.mean_iou, result.min_iou, result.false_frames, result.missing) == (1, 1, (), ())


def test_the_same_arguments_give_the_same_bytes(shot: DemoShot, tmp_path: Path) -> None:
    again = render_shot(tmp_path, frames=14, width=WIDTH, height=HEIGHT)
    for frame in (1001, 1013):
        assert _bytes(again.plate, frame) == _bytes(shot.plate, frame)
        assert _bytes(again.truth, frame) == _bytes(shot.truth, frame)


def test_another_seed_is_another_grain_and_the_same_truth(shot: DemoShot, tmp_path: Path) -> None:
    other = render_shot(tmp_path, frames=1, width=WIDTH, height=HEIGHT, seed=8)
    assert _bytes(other.plate, 1001) != _bytes(shot.plate, 1001)
    assert _bytes(other.truth, 1001) == _bytes(shot.truth, 1001)


def test_frame_numbers_are_free(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    shot = render_shot(
        tmp_path, first=-1, frames=3, width=64, height=36, progress=lambda done, total: seen.append((done, total))
    )
    assert (shot.first, shot.last) == (-1, 1)
    assert parse_pattern(shot.plate).frames_on_disk() == [-1, 0, 1]
    assert seen == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize("level", [0.02, 0.18, 1.5])
def test_grain_has_the_stated_variance(level: float) -> None:
    flat = np.full((3, 256, 256), level, np.float32)
    grain = add_grain(flat, 7, 1001).astype(np.float64) - level
    sigma = math.sqrt(SHOT_NOISE * level + READ_NOISE)
    assert grain.shape == (256, 256, 3)
    assert grain.std() == pytest.approx(sigma, rel=0.03)
    assert abs(grain.mean()) < 0.1 * sigma
    neighbors = np.corrcoef(grain[:, 1:, 0].ravel(), grain[:, :-1, 0].ravel())[0, 1]
    assert 0.15 < neighbors < 0.4, "soft, as after a debayer"
    assert abs(np.corrcoef(grain[..., 0].ravel(), grain[..., 1].ravel())[0, 1]) < 0.02


def test_grain_differs_from_frame_to_frame() -> None:
    flat = np.full((3, 64, 64), 0.18, np.float32)
    one, two = (add_grain(flat, 7, frame).astype(np.float64).ravel() for frame in (1001, 1002))
    assert abs(np.corrcoef(one, two)[0, 1]) < 0.05


def test_no_frames_and_tiny_pictures_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadField, match="frames"):
        render_shot(tmp_path, frames=0)
    with pytest.raises(BadField, match="16x9"):
        render_shot(tmp_path, width=16, height=9)


def test_a_file_in_the_folders_place_is_not_writable(tmp_path: Path) -> None:
    (tmp_path / "plate").write_text("not a folder")
    with pytest.raises(NotWritable, match="demo shot"):
        render_shot(tmp_path, frames=1, width=64, height=36)


def test_a_fault_in_a_frame_reaches_the_caller(tmp_path: Path) -> None:
    (tmp_path / "truth" / "demo.1002.exr").mkdir(parents=True)
    with pytest.raises(NotWritable, match="Frame 1002"):
        render_shot(tmp_path, frames=40, width=64, height=36)
