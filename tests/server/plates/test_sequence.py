"""Sequences: real frame numbers, holes, windows on one canvas, changes under our hands."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mattewire_protocol.errors import FrameMissing, PlateChanged, PlateUnreadable, RangeOutsidePlate
from mattewire_server.plates import Window, open_plate
from mattewire_server.plates import sequence as sequence_module

Write = Callable[..., str]


@pytest.fixture
def shot(tmp_path: Path, write_image: Write) -> str:
    """Frames 1001-1006 without 1004; each is filled with its number divided by 1000."""
    for frame in (1001, 1002, 1003, 1005, 1006):
        write_image(tmp_path / f"shot.{frame}.exr", np.full((8, 12, 3), frame / 1000, np.float32), "float")
    return f"{tmp_path}/shot.####.exr"


def test_facts(shot: str) -> None:
    info = open_plate(shot).info
    assert (info.kind, info.first, info.last, info.missing, info.unreadable) == ("sequence", 1001, 1006, (1004,), ())
    assert (info.display, info.canvas, info.origin) == (Window(0, 0, 12, 8), Window(0, 0, 12, 8), (0, 0))
    assert (info.path, info.colorspace, info.pixel_aspect, info.fps) == (shot, "linear Rec.709", 1.0, None)


def test_frames_in_any_order(shot: str) -> None:
    plate = open_plate(shot)
    order = [1006, 1001, 1003, 1003]
    frames = list(plate.frames(order))
    assert [frame.frame for frame in frames] == order
    assert [round(float(frame.rgb[0, 0, 0]) * 1000) for frame in frames] == order
    plate.close()


def test_a_hole_names_the_frame(shot: str) -> None:
    with pytest.raises(FrameMissing, match="1004") as caught:
        open_plate(shot).read(1004)
    assert caught.value.field == "plate.path"


@pytest.mark.parametrize("frame", [1000, 1007, -1])
def test_outside_the_plate(shot: str, frame: int) -> None:
    with pytest.raises(RangeOutsidePlate, match=rf"{frame} is outside .* 1001-1006"):
        open_plate(shot).read(frame)


def test_negative_and_wide_frame_numbers(tmp_path: Path, write_image: Write) -> None:
    for name in ("s.-002.exr", "s.-001.exr", "s.0000.exr", "s.0001.exr"):
        write_image(tmp_path / name, np.zeros((4, 4, 3), np.float32))
    info = open_plate(f"{tmp_path}/s.%04d.exr").info
    assert (info.first, info.last, info.missing) == (-2, 1, ())


def test_moving_data_windows_share_one_canvas(tmp_path: Path, write_image: Write) -> None:
    windows = {1: (-3, -2, 16, 12), 2: (4, 4, 2, 2), 3: (30, 1, 5, 5)}
    for frame, (x, y, width, height) in windows.items():
        pixels = np.full((height, width, 3), frame, np.float16)
        write_image(tmp_path / f"s.{frame}.exr", pixels, at=(x, y), display=(0, 0, 10, 8), PixelAspectRatio=2.0)
    plate = open_plate(f"{tmp_path}/s.#.exr")
    assert plate.info.canvas == Window(-3, -2, 35, 10)
    assert plate.info.display == Window(0, 0, 10, 8)
    assert plate.info.pixel_aspect == 2.0
    for frame, (x, y, width, height) in windows.items():
        got = plate.read(frame)
        assert got.rgb.shape == (12, 38, 3)
        assert got.rgb.dtype == np.float16
        assert got.data_window == Window(x, y, x + width, y + height)
        inside = np.zeros((12, 38), bool)
        inside[y + 2 : y + 2 + height, x + 3 : x + 3 + width] = True
        assert (got.rgb[inside] == frame).all()
        assert (got.rgb[~inside] == 0).all()


def test_the_display_window_keeps_its_place(tmp_path: Path, write_image: Write, ramp: np.ndarray) -> None:
    write_image(tmp_path / "s.1.exr", ramp, at=(100, 50), display=(100, 50, 12, 8))
    info = open_plate(f"{tmp_path}/s.1.exr").info
    assert (info.display, info.origin) == (Window(0, 0, 12, 8), (100, 50))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"display": (0, 0, 20, 8)}, r"Frame 3 \(s.3.exr\) is 20 x 8; frame 1 is 12 x 8"),
        ({"PixelAspectRatio": 2.0}, r"Frame 3 \(s.3.exr\) is pixel aspect 2; frame 1 is pixel aspect 1"),
    ],
)
def test_a_format_that_changes(
    tmp_path: Path, write_image: Write, ramp: np.ndarray, change: dict[str, object], says: str
) -> None:
    for frame in (1, 2):
        write_image(tmp_path / f"s.{frame}.exr", ramp)
    write_image(tmp_path / "s.3.exr", ramp, **change)
    with pytest.raises(PlateChanged, match=says):
        open_plate(f"{tmp_path}/s.#.exr")


def test_a_damaged_frame_does_not_hold_up_the_others(shot: str) -> None:
    Path(shot.replace("####", "1002")).write_bytes(b"")
    plate = open_plate(shot)
    assert plate.info.unreadable == (1002,)
    assert plate.read(1003).frame == 1003
    with pytest.raises(PlateUnreadable, match=r"Frame 1002 \(shot.1002.exr\)"):
        plate.read(1002)


def test_nothing_readable_at_all(tmp_path: Path) -> None:
    (tmp_path / "s.1.exr").write_bytes(b"")
    with pytest.raises(PlateUnreadable, match=r"Frame 1 \(s.1.exr\)"):
        open_plate(f"{tmp_path}/s.#.exr")


def test_a_frame_replaced_after_opening(shot: str, write_image: Write) -> None:
    plate = open_plate(shot)
    before = plate.info.identity
    assert open_plate(shot).info.identity == before
    write_image(Path(shot.replace("####", "1002")), np.zeros((8, 12, 3), np.float32), "float")
    with pytest.raises(PlateChanged, match=r"Frame 1002 .* was replaced"):
        plate.read(1002)
    assert plate.read(1001).frame == 1001
    assert open_plate(shot).info.identity != before


def test_only_the_time_of_a_frame_changed(shot: str) -> None:
    before = open_plate(shot).info.identity
    path = shot.replace("####", "1006")
    os.utime(path, ns=(1, os.stat(path).st_mtime_ns + 1))
    assert open_plate(shot).info.identity != before


def test_a_frame_replaced_while_it_is_read(shot: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plate = open_plate(shot)
    path = shot.replace("####", "1001")
    read = sequence_module.read_rgb

    def read_and_replace(*arguments: object) -> object:
        pixels = read(*arguments)
        os.utime(path, ns=(1, 1))
        return pixels

    monkeypatch.setattr(sequence_module, "read_rgb", read_and_replace)
    with pytest.raises(PlateChanged, match="Frame 1001"):
        plate.read(1001)


def test_a_frame_deleted_after_opening(shot: str) -> None:
    plate = open_plate(shot)
    os.unlink(shot.replace("####", "1005"))
    with pytest.raises(FrameMissing, match=r"Frame 1005 .* no longer there"):
        plate.read(1005)


def test_a_damaged_frame_rendered_again_asks_for_a_fresh_start(shot: str, write_image: Write) -> None:
    path = Path(shot.replace("####", "1002"))
    path.write_bytes(b"")
    plate = open_plate(shot)
    write_image(path, np.zeros((8, 12, 3), np.float32), "float")
    with pytest.raises(PlateChanged, match="Frame 1002"):
        plate.read(1002)


def test_what_lies_outside_the_span_neither_refuses_nor_changes_the_shot(
    tmp_path: Path, write_image: Write, ramp: np.ndarray
) -> None:
    """A size change, a damaged frame and a render that still grows, all after the shot's last frame."""
    for frame in (1, 2, 3):
        write_image(tmp_path / f"s.{frame}.exr", ramp)
    before = open_plate(f"{tmp_path}/s.#.exr", span=(1, 3)).info.identity
    write_image(tmp_path / "s.4.exr", ramp, display=(0, 0, 20, 8))
    (tmp_path / "s.5.exr").write_bytes(b"half a fra")
    with pytest.raises(PlateChanged):
        open_plate(f"{tmp_path}/s.#.exr")
    plate = open_plate(f"{tmp_path}/s.#.exr", span=(1, 3))
    assert (plate.info.first, plate.info.last, plate.info.unreadable) == (1, 5, ())
    assert plate.info.identity == before
    assert plate.info.canvas == Window(0, 0, 12, 8)
    assert plate.read(3).frame == 3
    with pytest.raises(RangeOutsidePlate, match="Frame 4"):
        plate.read(4)
    assert open_plate(f"{tmp_path}/s.#.exr", span=(4, 4)).info.canvas == Window(0, 0, 20, 8)
    assert open_plate(f"{tmp_path}/s.#.exr", span=(90, 99)).info.last == 5
