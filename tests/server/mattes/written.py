"""A small plate, its mattes, a writer for them, and other libraries to read its files with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import OpenImageIO as oiio
from numpy.typing import NDArray

from mattewire_protocol.deliver import Deliverable
from mattewire_server.mattes import SUFFIX, FrameMattes, MatteWriter, NamedObject
from mattewire_server.plates.model import PlateFrame, PlateInfo, Window

DISPLAY = Window(0, 0, 64, 36)
CANVAS = Window(-6, -4, 72, 40)
DATA = Window(-6, -4, 70, 38)
INSIDE = Window(10, 5, 40, 30)
PROVENANCE = {
    "version": "0.1.0",
    "engine": "preview",
    "prompt": "süße rote Kugel",
    "a-name-of-more-than-31-letters": "x",
}
OBJECTS = (
    NamedObject(1, "founder (left)", "founder_left"),
    NamedObject(2, "1", "object_1"),
    NamedObject(7, "été", "ete"),
)


def plate(**changes: Any) -> PlateInfo:
    facts: dict[str, Any] = {
        "path": "/plates/shot.####.exr",
        "kind": "sequence",
        "first": 1001,
        "last": 1010,
        "missing": (),
        "display": DISPLAY,
        "canvas": CANVAS,
        "pixel_aspect": 2.0,
        "fps": 24000 / 1001,
        "colorspace": "linear Rec.709",
        "identity": "0",
        "precision": "half",
    }
    return PlateInfo(**{**facts, **changes})


def writer(folder: Path, format: str = "exr", wanted: Mapping[str, Any] | None = None, **settings: Any) -> MatteWriter:
    """A writer of ``ball.####`` in ``folder``. ``wanted``: more fields of the deliverable."""
    deliverable = Deliverable(str(folder / f"ball.####{SUFFIX.get(format, '.png')}"), format, **(wanted or {}))
    given = {"plate": plate(), "objects": OBJECTS, "provenance": PROVENANCE, "token": "job-00001", **settings}
    return MatteWriter(deliverable, **given)


def soft_matte(seed: int = 0, canvas: Window = CANVAS) -> NDArray[np.float32]:
    values = np.random.default_rng(seed).uniform(-0.5, 1.5, (canvas.height, canvas.width))
    return np.clip(values, 0, 1).astype(np.float32)


def frame_of(number: int = 1001, whole: NDArray[Any] | None = None, window: Window = DATA, **more: Any) -> FrameMattes:
    return FrameMattes(number, window, soft_matte() if whole is None else whole, **more)


def plate_frame(rgb: NDArray[Any], number: int = 1001, window: Window = DATA, **more: Any) -> PlateFrame:
    """The plate's frame as it is read: 0 outside the data window."""
    placed = np.zeros_like(rgb)
    crop(placed, window)[...] = crop(rgb, window)
    return PlateFrame(number, placed, window, **more)


def scene_rgb(kind: str = "half", seed: int = 3, canvas: Window = CANVAS) -> NDArray[Any]:
    """Scene values of -0.1 to 60, or codes over the whole range, of a plate of precision ``kind``."""
    random = np.random.default_rng(seed)
    shape = (canvas.height, canvas.width, 3)
    if kind in ("uint8", "uint16"):
        return random.integers(0, np.iinfo(kind).max + 1, shape, dtype=kind)
    values = random.uniform(-0.1, 1, shape) * random.choice([1, 60], shape)
    return values.astype(np.float16 if kind == "half" else np.float32)


def crop(raster: NDArray[Any], window: Window, canvas: Window = CANVAS) -> NDArray[Any]:
    return raster[window.y0 - canvas.y0 : window.y1 - canvas.y0, window.x0 - canvas.x0 : window.x1 - canvas.x0]


def read_exr(path: str) -> tuple[dict[str, Any], NDArray[np.float16]]:
    header, channels = read_channels(path)
    return header, channels["A"]


def read_channels(path: str) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Header and channels of an EXR by OpenEXR, which did not write it."""
    with OpenEXR.File(path, separate_channels=True) as file:
        return dict(file.header()), {name: np.array(channel.pixels) for name, channel in file.channels().items()}


def facts_of(path: str) -> dict[str, Any]:
    """The header's entries as OpenImageIO lists them."""
    source = oiio.ImageInput.open(path)
    assert source, oiio.geterror()
    facts = {fact.name: fact.value for fact in source.spec().extra_attribs}
    source.close()
    return facts


def bits(numbers: NDArray[Any]) -> bytes:
    """What equality must hold for where NaN counts."""
    return np.ascontiguousarray(numbers).tobytes()
