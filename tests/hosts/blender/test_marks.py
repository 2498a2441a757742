"""Marks in Blender's Image Editor become plate pixels exactly, and what they mark is masked."""

from __future__ import annotations

import numpy as np
import pytest

from hosts.blender.plates import HEIGHT, WIDTH, center, picture, write_exr, write_sequence
from hosts.blender.rig import Blender

FRAME = 1005
"""Scene frame 5 of plates that begin at scene frame 1 with frame 1001."""

LEFT, TOP = 9, 4
"""Where the smaller data window begins."""


def test_whole_pictures(blender: Blender) -> None:
    plate = write_sequence(blender.folder / "plate", 1001, 1012)
    x, y = center(FRAME)
    up = HEIGHT - y
    told = blender.run(
        "marking", plate=plate, size=[WIDTH, HEIGHT], box=[x + 13, up - 13, x - 13, up + 13], point=[x, up]
    )
    assert told["events"] == [
        ["RUNNING_MODAL", "PASS_THROUGH", "RUNNING_MODAL", "FINISHED"],
        ["RUNNING_MODAL", "FINISHED"],
        ["RUNNING_MODAL", "PASS_THROUGH", "CANCELLED"],
        ["RUNNING_MODAL", "RUNNING_MODAL", "CANCELLED"],
    ]
    box, point = told["marks"]
    assert box[:2] == ["BOX", FRAME]
    assert box[2:] == pytest.approx([x - 13, y - 13, x + 13, y + 13], abs=1e-4)
    assert point[:2] == ["KEEP", FRAME]
    assert point[2:4] == pytest.approx([x, y], abs=1e-4)
    assert told["request"][0] == [[FRAME, *box[2:]]]
    assert told["request"][1] == [[FRAME, *point[2:4], True]]
    # The ball is found without a word being said, two frames on.
    assert told["center"] == pytest.approx(center(FRAME + 2), abs=0.5)
    # The overlay draws the marks where they were clicked, and on their own frame only.
    sides, cross = told["lines"]
    scale = 400 / WIDTH
    corners = [[50 + (x - 13) * scale, 30 + (up + 13) * scale], [50 + (x + 13) * scale, 30 + (up + 13) * scale]]
    assert np.allclose(sides[:2], corners, atol=1e-3)
    assert len(sides) == 8
    assert np.allclose(np.mean(cross, axis=0), [50 + x * scale, 30 + up * scale], atol=1e-3)
    assert told["elsewhere"] == 0


def test_a_data_window_that_begins_elsewhere(blender: Blender) -> None:
    """Blender shows the data window alone; the mark must be told in the display window's pixels."""
    width, height = 130, 70
    for frame in range(1001, 1013):
        cut = picture(frame)[TOP : TOP + height, LEFT : LEFT + width]
        path = blender.folder / f"cut.{frame}.exr"
        write_exr(path, np.ascontiguousarray(cut), window=(LEFT, TOP), display=(WIDTH, HEIGHT))
    x, y = center(FRAME)
    across, up = x - LEFT, height - (y - TOP)
    told = blender.run(
        "marking",
        plate=str(blender.folder / "cut.1001.exr"),
        size=[width, height],
        box=[across - 13, up - 13, across + 13, up + 13],
        point=[across, up],
    )
    box, point = told["marks"]
    assert box[2:] == pytest.approx([x - 13, y - 13, x + 13, y + 13], abs=1e-4)
    assert point[2:4] == pytest.approx([x, y], abs=1e-4)
    # Blender puts the smaller picture in the middle of the frame, and the matte, which has the same windows, with it.
    later = center(FRAME + 2)
    middle = (later[0] - LEFT + (WIDTH - width) / 2, later[1] - TOP + (HEIGHT - height) / 2)
    assert told["center"] == pytest.approx(middle, abs=0.5)
