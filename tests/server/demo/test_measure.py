"""Intersection over union, false frames and missing frames, on mattes drawn by hand."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import OpenImageIO as oiio
import pytest

from mattewire_protocol.errors import FrameMissing, PlateUnreadable
from mattewire_server.demo.exr import write_exr
from mattewire_server.demo.measure import measure, read_matte

SIZE = (20, 30)


def _block(x0: int, x1: int, value: float = 1.0) -> np.ndarray:
    matte = np.zeros(SIZE, np.float32)
    matte[5:15, x0:x1] = value
    return matte


def _truth(folder: Path, mattes: dict[int, np.ndarray]) -> str:
    folder.mkdir(exist_ok=True)
    for frame, matte in mattes.items():
        write_exr(folder / f"truth.{frame:04d}.exr", frame, matte.astype(np.float16)[..., None], ("A",), 24.0)
    return str(folder / "truth.####.exr")


def _png(folder: Path, mattes: dict[int, np.ndarray], bits: int = 8) -> str:
    folder.mkdir(exist_ok=True)
    for frame, matte in mattes.items():
        codes = np.rint(matte * (2**bits - 1)).astype(np.uint8 if bits == 8 else np.uint16)
        assert cv2.imwrite(str(folder / f"matte.{frame:04d}.png"), codes)
    return str(folder / "matte.####.png")


def test_iou_counts_frames_where_half_is_visible(tmp_path: Path) -> None:
    truth = _truth(tmp_path, {1: _block(0, 10), 2: _block(0, 10), 3: _block(0, 10)})
    matte = _png(tmp_path, {1: _block(0, 10), 2: _block(5, 10), 3: _block(20, 25)})
    result = measure(truth, matte, {1: 1.0, 2: 0.5, 3: 0.49})
    assert [one.iou for one in result.frames] == [1.0, 0.5, 0.0]
    assert result.mean_iou == 0.75
    assert result.min_iou == 0.5
    assert result.worst is not None
    assert result.worst.frame == 2
    assert [(one.truth_pixels, one.matte_pixels) for one in result.frames] == [(100, 100), (100, 50), (100, 50)]


def test_a_matte_where_nothing_is_seen_is_false(tmp_path: Path) -> None:
    nothing = _block(0, 0)
    truth = _truth(tmp_path, {1: nothing, 2: nothing, 3: nothing, 4: _block(0, 2)})
    matte = _png(tmp_path, {1: nothing, 2: _block(3, 4), 3: _block(0, 30, 0.49), 4: _block(9, 11)})
    result = measure(truth, matte, {1: 0.0, 2: 0.0, 3: 0.0, 4: 0.1})
    assert result.false_frames == (2,)
    assert result.frames[0].iou is None
    assert (result.mean_iou, result.min_iou, result.worst) == (0.0, 0.0, None)


def test_a_missing_matte_is_named_and_counts_zero(tmp_path: Path) -> None:
    truth = _truth(tmp_path, {1: _block(0, 10), 2: _block(0, 10), 3: _block(0, 0)})
    matte = _png(tmp_path, {1: _block(0, 10)})
    result = measure(truth, matte, {1: 1.0, 2: 1.0, 3: 0.0})
    assert result.missing == (2, 3)
    assert (result.mean_iou, result.min_iou) == (0.5, 0.0)
    assert result.false_frames == ()


@pytest.mark.parametrize("bits", [8, 16])
def test_half_gray_is_inside_and_just_below_is_not(tmp_path: Path, bits: int) -> None:
    truth = _truth(tmp_path, {1: _block(0, 10, 0.5)})
    step = 1 / (2**bits - 1)
    made = _block(0, 5, 0.5 + step) + _block(5, 10, 0.5 - step)
    result = measure(truth, _png(tmp_path, {1: made}, bits), {1: 1.0})
    assert result.frames[0].matte_pixels == 50
    assert result.mean_iou == 0.5


def test_a_data_window_is_placed_in_the_display_window(tmp_path: Path) -> None:
    path = tmp_path / "window.0001.exr"
    spec = oiio.ImageSpec(20, 16, 1, oiio.HALF)
    spec.channelnames = ("A",)
    spec.alpha_channel = 0
    spec.x, spec.y, spec.full_width, spec.full_height = -4, 6, 30, 20
    output = oiio.ImageOutput.create(str(path))
    assert output.open(str(path), spec)
    ramp = np.tile(np.arange(20, dtype=np.float32) / 32, (16, 1))
    assert output.write_image(np.ascontiguousarray(ramp[..., None]))
    assert output.close()
    matte = read_matte(str(path), 1)
    assert matte.shape == SIZE
    expected = np.zeros(SIZE, np.float32)
    expected[6:20, 0:16] = ramp[:14, 4:]
    np.testing.assert_array_equal(matte, expected)


def test_an_rgba_files_alpha_is_read(tmp_path: Path) -> None:
    rgba = np.zeros((*SIZE, 4), np.uint8)
    rgba[..., :3], rgba[..., 3] = 255, 51
    assert cv2.imwrite(str(tmp_path / "cut.png"), rgba)
    np.testing.assert_allclose(read_matte(str(tmp_path / "cut.png"), 1), 0.2, atol=1e-6)


def test_another_size_is_refused_with_the_frame(tmp_path: Path) -> None:
    truth = _truth(tmp_path, {7: _block(0, 10)})
    matte = _png(tmp_path, {7: np.zeros((10, 15), np.float32)})
    with pytest.raises(PlateUnreadable, match=r"Frame 7: .*15x10, not 30x20"):
        measure(truth, matte, {7: 1.0})


def test_a_hole_in_the_truth_is_an_error(tmp_path: Path) -> None:
    truth = _truth(tmp_path, {1: _block(0, 10)})
    with pytest.raises(FrameMissing, match="Frame 2"):
        measure(truth, truth, {1: 1.0, 2: 1.0})


@pytest.mark.parametrize("keep", [0, 40, 300])
def test_a_damaged_matte_is_an_error_with_the_frame(tmp_path: Path, keep: int) -> None:
    noise = np.random.default_rng(1).uniform(size=SIZE).astype(np.float32)
    truth = _truth(tmp_path, {5: noise})
    whole = (tmp_path / "truth.0005.exr").read_bytes()
    assert len(whole) > 600
    (tmp_path / "matte.0005.exr").write_bytes(whole[:keep] if keep < 300 else whole[:-200])
    with pytest.raises(PlateUnreadable, match="Frame 5"):
        measure(truth, str(tmp_path / "matte.####.exr"), {5: 1.0})
