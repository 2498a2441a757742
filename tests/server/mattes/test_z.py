"""The Z channel: float32 beside whatever the file holds, which keeps its bits; read back by the OpenEXR library."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import pytest

from mattewire_protocol.deliver import Deliverable
from mattewire_protocol.errors import InternalError
from mattewire_server.mattes import FrameMattes, MatteWriter
from mattewire_server.plates.model import PlateFrame
from server.mattes.written import CANVAS, INSIDE, OBJECTS, plate

SHAPE = (CANVAS.height, CANVAS.width)
ROWS = slice(INSIDE.y0 - CANVAS.y0, INSIDE.y1 - CANVAS.y0)
COLUMNS = slice(INSIDE.x0 - CANVAS.x0, INSIDE.x1 - CANVAS.x0)


@pytest.fixture
def frame() -> FrameMattes:
    random = np.random.default_rng(1)
    one, two = (random.random(SHAPE).astype(np.float32) for _ in range(2))
    rgb = random.normal(0, 3, (*SHAPE, 3)).astype(np.float16)
    z = random.normal(0.5, 2, SHAPE).astype(np.float32)
    return FrameMattes(1001, INSIDE, np.maximum(one, two), {1: one, 2: two}, PlateFrame(1001, rgb, INSIDE), None, z)


def writer(folder: Path, **choices: Any) -> MatteWriter:
    deliverable = Deliverable(str(folder / "m.####.exr"), **choices)
    return MatteWriter(deliverable, plate=plate(), provenance={"version": "0"}, token="job-1", objects=OBJECTS)


def written(folder: Path, frame: FrameMattes, **choices: Any) -> dict[str, np.ndarray]:
    with OpenEXR.File(writer(folder, **choices).write(frame), separate_channels=True) as file:
        return {name: np.array(channel.pixels) for name, channel in file.channels().items()}


@pytest.mark.parametrize("compression", ["", "zips", "piz", "none"])
@pytest.mark.parametrize("content", ["matte", "cutout", "layers"])
def test_the_rest_of_the_file_keeps_its_bits(
    content: str, compression: str, tmp_path: Path, frame: FrameMattes
) -> None:
    without = written(tmp_path / "without", frame, content=content, compression=compression)
    with_z = written(tmp_path / "with", frame, content=content, compression=compression, z=True)
    z = with_z.pop("Z")
    assert z.dtype == np.float32
    assert frame.z is not None
    assert np.array_equal(z, frame.z[ROWS, COLUMNS])
    assert with_z.keys() == without.keys()
    for name, pixels in without.items():
        assert with_z[name].dtype == pixels.dtype == np.float16
        assert with_z[name].tobytes() == pixels.tobytes()


def test_infinity_and_the_smallest_halves_of_a_plate_stay(tmp_path: Path, frame: FrameMattes) -> None:
    assert frame.plate is not None
    frame.plate.rgb[ROWS, COLUMNS][1, 1] = (np.inf, -np.inf, np.float16(6e-8))
    held = written(tmp_path / "out", frame, content="cutout", z=True)
    assert [held[name][1, 1] for name in "RGB"] == [np.inf, -np.inf, np.float16(6e-8)]


def test_a_writer_says_that_it_needs_distances_and_refuses_to_go_without(tmp_path: Path, frame: FrameMattes) -> None:
    assert not writer(tmp_path / "out").needs_z
    needing = writer(tmp_path / "out", z=True)
    assert needing.needs_z
    for z in (None, frame.whole[:4], frame.whole.astype(np.float64)):
        with pytest.raises(InternalError, match="Frame 1001: a Z channel needs distances"):
            needing.write(FrameMattes(1001, INSIDE, frame.whole, frame.objects, frame.plate, None, z))
