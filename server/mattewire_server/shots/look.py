"""One look at one frame: what the words find there, and a small picture to draw the boxes on."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from mattewire_protocol.codec import MAX_BINARY_BYTES
from mattewire_protocol.errors import InternalError, RangeOutsidePlate, UnknownEngine
from mattewire_protocol.messages import Detected
from mattewire_protocol.request import Search

from ..color import automatic_exposure, open_config, transform_for
from ..engines.seams import Engine, Picture
from ..plates import open_plate
from ..plates.model import PlateInfo
from .paths import absolute
from .selection import number_objects, pick

JPEG_QUALITIES = (88, 75, 60, 40)


def look(search: Search, engine: Engine) -> tuple[Detected, bytes]:
    """What ``engine`` finds, as ``pick=best`` would choose, and the preview JPEG (empty when none was asked for).

    Numbers and picks are those that ``pull_matte`` gives the same phrases on the same frame with nothing drawn.
    """
    absolute("plate.path", search.plate.path)
    wanted = search.plate
    span = (search.frame, search.frame)
    config = open_config(search.ocio) if search.ocio else None
    plate = open_plate(wanted.path, colorspace=wanted.colorspace, view=wanted.view, span=span, config=config)
    try:
        info = plate.info
        if not info.first <= search.frame <= info.last:
            raise RangeOutsidePlate(
                f"frame {search.frame} is not in the plate ({info.first}-{info.last}).", field="frame"
            )
        rgb = plate.read(search.frame).rgb
        transform = transform_for(info.colorspace, config=config)
        exposure = automatic_exposure(rgb, transform) if wanted.exposure is None else wanted.exposure
        transform = replace(transform, exposure=exposure)
        picture = Picture(search.frame, transform.to_display(rgb))
    finally:
        plate.close()
    found = []
    if search.prompts:
        if engine.detector is None:
            raise UnknownEngine(f"{engine.label} cannot find things by words.", field="engine", advice="Draw a box.")
        found = engine.detector.find(picture, search.prompts, search.exclude)
    preview, scale = _jpeg(picture, info, search.preview_edge) if search.preview_edge else (b"", 1.0)
    detected = Detected(
        search.frame,
        info.display.width,
        info.display.height,
        engine=engine.name,
        colorspace=transform.colorspace,
        objects=pick(number_objects(found, (), info.canvas, search.max_objects), "best"),
        preview="image/jpeg" if preview else "",
        preview_scale=scale,
        colorspace_from=info.colorspace_from,
        exposure=exposure,
    )
    return detected, preview


def _jpeg(picture: Picture, info: PlateInfo, edge: int) -> tuple[bytes, float]:
    """The display window as JPEG, long edge at most ``edge`` pixels, and its scale against the plate.

    Where grain makes it too large for a message, quality gives way first, then size.
    """
    x, y = info.display.x0 - info.canvas.x0, info.display.y0 - info.canvas.y0
    shown = picture.rgb[y : y + info.display.height, x : x + info.display.width]
    scale = min(1.0, edge / max(shown.shape[:2]))
    while True:
        size = (max(1, round(shown.shape[1] * scale)), max(1, round(shown.shape[0] * scale)))
        small = cv2.resize(shown, size, interpolation=cv2.INTER_AREA)
        codes = (np.clip(small[..., ::-1], 0, 1) * 255 + 0.5).astype(np.uint8)
        for quality in JPEG_QUALITIES:
            fine, packed = cv2.imencode(".jpg", codes, [cv2.IMWRITE_JPEG_QUALITY, quality])
            if not fine:
                raise InternalError(f"OpenCV could not make a JPEG of {size[0]} x {size[1]} pixels.")
            if packed.size <= MAX_BINARY_BYTES:
                return packed.tobytes(), scale
        scale *= 0.75
