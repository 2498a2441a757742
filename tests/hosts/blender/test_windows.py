"""The windows that an EXR's header tells of; whatever cannot be read is taken as Blender shows it."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import OpenImageIO as oiio
import pytest

from hosts.blender.plates import write_exr
from mattewire_blender.windows import Corner, corner_of

PIXELS = np.zeros((7, 11, 3), np.float32)


@pytest.mark.parametrize("window", [(0, 0), (4, 6), (-3, -2), (100, -50)])
def test_where_the_data_begins(tmp_path: Path, window: tuple[int, int]) -> None:
    write_exr(tmp_path / "a.exr", PIXELS, window=window, display=(64, 36))
    assert corner_of(str(tmp_path / "a.exr")) == Corner(*window, 11, 7)


def test_a_display_window_that_does_not_begin_at_nought(tmp_path: Path) -> None:
    spec = oiio.ImageSpec(11, 7, 3, "half")
    spec.x, spec.y, spec.full_x, spec.full_y, spec.full_width, spec.full_height = 14, 26, 10, 20, 64, 36
    out = oiio.ImageOutput.create("a.exr")
    assert out.open(str(tmp_path / "a.exr"), spec)
    assert out.write_image(PIXELS)
    out.close()
    assert corner_of(str(tmp_path / "a.exr")) == Corner(4, 6, 11, 7)


def test_what_is_no_exr(tmp_path: Path) -> None:
    write_exr(tmp_path / "a.exr", PIXELS)
    whole = (tmp_path / "a.exr").read_bytes()
    path = tmp_path / "b.exr"
    for cut in (0, 3, 8, 9, 20, 60, 120):
        path.write_bytes(whole[:cut])
        assert corner_of(str(path)) is None, cut
    path.write_bytes(b"\x89PNG" + whole[4:])
    assert corner_of(str(path)) is None
    path.write_bytes(whole[:8] + b"name\0type\0" + struct.pack("<i", -5) + whole[8:])
    assert corner_of(str(path)) is None
    assert corner_of(str(tmp_path / "nowhere.exr")) is None
    assert corner_of(str(tmp_path)) is None
