"""From a plate's files to a cut-out's, through the plate reader: nothing of the plate is lost on the way.

An ACEScg plate with values of -0.1 to 60, anamorphic, overscanned, its display window away from zero, two views, with
timecode, frames 1001 to 1010, whose data window changes from frame to frame.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio
import pytest
from numpy.typing import NDArray

from mattewire_protocol.deliver import Deliverable
from mattewire_server.mattes import FrameMattes, MatteWriter, NamedObject
from mattewire_server.plates import open_plate
from mattewire_server.plates.model import Window
from server.mattes.written import bits, facts_of, read_channels

FIRST, LAST = 1001, 1010
DISPLAY = (100, -50, 96, 40)
ACESCG = (0.713, 0.293, 0.165, 0.83, 0.128, 0.044, 0.32168, 0.33767)


def window_of(frame: int) -> tuple[int, int, int, int]:
    """x, y, width and height of a frame's data window, in the file's own numbers: overscan that moves."""
    return 100 - 8 - frame % 3, -50 - 4, 96 + 16 + frame % 2, 40 + 8 + frame % 4


def plate_pixels(frame: int, kind: str) -> NDArray[Any]:
    _, _, width, height = window_of(frame)
    random = np.random.default_rng(frame)
    values = random.uniform(-0.1, 1, (height, width, 3)) * random.choice([1, 60], (height, width, 3))
    values[3, 5] = [np.nan, np.inf, -np.inf]
    return values.astype(np.float16 if kind == "half" else np.float32)


def write_plate(folder: Path, kind: str, views: tuple[str, ...] = ("left", "right")) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    for frame in range(FIRST, LAST + 1):
        specs = []
        for view in views:
            x, y, width, height = window_of(frame)
            spec = oiio.ImageSpec(width, height, 3, kind)
            spec.x, spec.y = x, y
            spec.full_x, spec.full_y, spec.full_width, spec.full_height = DISPLAY
            spec.attribute("PixelAspectRatio", 2.0)
            spec.attribute("framesPerSecond", "rational", (24000, 1001))
            spec.attribute("smpte:TimeCode", "timecode", (0x01020300 | frame - FIRST, 0x89ABCDEF))
            spec.attribute("chromaticities", "float[8]", ACESCG)
            spec.attribute("colorInteropID", "lin_ap1_scene")
            if len(views) > 1:
                spec.attribute("view", view)
                spec.attribute("oiio:subimagename", view)
            specs.append(spec)
        path = str(folder / f"sh010.{frame}.exr")
        output = oiio.ImageOutput.create("openexr")
        assert output.open(path, tuple(specs)) if len(specs) > 1 else output.open(path, specs[0]), output.geterror()
        for index, spec in enumerate(specs):
            if index:
                assert output.open(path, spec, "AppendSubimage"), output.geterror()
            pixels = plate_pixels(frame, kind) + (np.float16(0.5) if index else np.float16(0))
            assert output.write_image(np.ascontiguousarray(pixels)), output.geterror()
        assert output.close()
    return str(folder / "sh010.####.exr")


def disc(canvas: Window, x: float, y: float, radius: float = 12.3) -> NDArray[np.float32]:
    """A disc's coverage by 8 x 8 samples a pixel; its center at a fraction of a pixel."""
    across = (np.arange(canvas.x0 * 8, canvas.x1 * 8) + 0.5) / 8 - x
    down = (np.arange(canvas.y0 * 8, canvas.y1 * 8) + 0.5) / 8 - y
    inside = (across[None] ** 2 + down[:, None] ** 2 <= radius**2).astype(np.float32)
    return inside.reshape(canvas.height, 8, canvas.width, 8).mean(axis=(1, 3), dtype=np.float32)


def centroid(alpha: NDArray[Any], corner: NDArray[Any]) -> tuple[float, float]:
    weights = alpha.astype(np.float64)
    rows, columns = np.indices(alpha.shape)
    total = weights.sum()
    return (
        float((weights * (columns + 0.5)).sum() / total + corner[0]),
        float((weights * (rows + 0.5)).sum() / total + corner[1]),
    )


@pytest.mark.parametrize("view", ["", "right"])
@pytest.mark.parametrize("kind", ["half", "float"])
def test_a_cutout_of_an_acescg_plate(tmp_path: Path, kind: str, view: str) -> None:
    plate = open_plate(write_plate(tmp_path / "plate", kind), view=view)
    info = plate.info
    assert (info.precision, info.view, info.color_id) == (kind, view or "left", "lin_ap1_scene")
    cutout = MatteWriter(
        Deliverable(str(tmp_path / "out" / "sh010.####.exr"), content="cutout"),
        plate=info,
        objects=[NamedObject(1, "ball", "ball")],
        provenance={},
        token="job-00001",
    )
    for frame in range(FIRST, LAST + 1):
        center = (40.25 + frame - FIRST, 21.6)
        given = plate.read(frame)
        matte = disc(info.canvas, *center)
        path = cutout.write(FrameMattes(frame, given.data_window, matte, {1: matte}, given, given.timecode))
        source, copy = (_header_of(each, part) for each, part in ((_file(info.path, frame), bool(view)), (path, 0)))
        assert copy == source
        _, read = read_channels(path)
        original = plate_pixels(frame, kind) + (np.float16(0.5) if view else np.float16(0))
        for index, name in enumerate("RGB"):
            assert bits(read[name]) == bits(original[..., index])
        x, y, _, _ = window_of(frame)
        found = centroid(read["A"], np.array([x - DISPLAY[0], y - DISPLAY[1]]))
        assert found == pytest.approx(center, abs=0.02)
    plate.close()
    assert cutout.existing(FIRST, LAST) == list(range(FIRST, LAST + 1))


def _file(pattern: str, frame: int) -> str:
    return pattern.replace("####", str(frame))


def _header_of(path: str, part: int) -> dict[str, Any]:
    source = oiio.ImageInput.open(path)
    assert source.seek_subimage(int(part), 0)
    spec = source.spec()
    names = ("PixelAspectRatio", "framesPerSecond", "smpte:TimeCode", "chromaticities", "colorInteropID", "view")
    found = {name: spec.getattribute(name) for name in names}
    source.close()
    assert None not in found.values()
    return {
        **found,
        "data": (spec.x, spec.y, spec.width, spec.height),
        "display": (spec.full_x, spec.full_y, spec.full_width, spec.full_height),
    }


def test_a_view_that_only_the_file_names_say(tmp_path: Path) -> None:
    for view in ("left", "right"):
        write_plate(tmp_path / view, "half", views=("only",))
    plate = open_plate(str(tmp_path / "%V" / "sh010.####.exr"), view="right")
    assert plate.info.view == "right"
    deliverable = Deliverable(str(tmp_path / "out" / "m.####.exr"))
    matte = np.zeros((plate.info.canvas.height, plate.info.canvas.width), np.float32)
    given = plate.read(FIRST)
    path = MatteWriter(deliverable, plate=plate.info, provenance={}, token="job-00001").write(
        FrameMattes(FIRST, given.data_window, matte, timecode=given.timecode)
    )
    assert facts_of(path)["view"] == "right"
    assert open_plate(str(tmp_path / "left" / "sh010.####.exr")).info.view == ""


def test_a_plate_of_mixed_precision_is_cut_out_in_float(tmp_path: Path) -> None:
    pattern = write_plate(tmp_path, "half", views=("only",))
    other = write_plate(tmp_path / "b", "float", views=("only",))
    Path(_file(other, 1004)).rename(_file(pattern, 1004))
    plate = open_plate(pattern)
    assert plate.info.precision == "float"
    cutout = MatteWriter(
        Deliverable(str(tmp_path / "out" / "m.####.exr"), content="cutout"),
        plate=plate.info,
        provenance={},
        token="job-00001",
    )
    matte = np.ones((plate.info.canvas.height, plate.info.canvas.width), np.float32)
    for frame, kind in ((1003, "half"), (1004, "float")):
        given = plate.read(frame)
        _, read = read_channels(cutout.write(FrameMattes(frame, given.data_window, matte, plate=given)))
        for index, name in enumerate("RGB"):
            assert bits(read[name]) == bits(plate_pixels(frame, kind)[..., index].astype(np.float32))


def test_a_shot_of_one_frame(tmp_path: Path) -> None:
    pattern = write_plate(tmp_path / "plate", "half", views=("only",))
    plate = open_plate(_file(pattern, 1005), span=(1005, 1005))
    given = plate.read(1005)
    matte = disc(plate.info.canvas, 30, 20)
    for content in ("matte", "cutout", "layers", "cryptomatte"):
        writer = MatteWriter(
            Deliverable(str(tmp_path / content / "m.####.exr"), content=content),
            plate=plate.info,
            objects=[NamedObject(1, "ball", "ball")],
            provenance={},
            token="job-00001",
        )
        path = writer.write(FrameMattes(1005, given.data_window, matte, {1: matte}, given, given.timecode))
        assert facts_of(path)["smpte:TimeCode"] == (0x01020304, 0x89ABCDEF)
