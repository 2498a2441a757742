"""One frame's pictures for the page: the plate as a JPEG, each matte as an 8-bit PNG, both at the page's size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mattewire_protocol.errors import InternalError, MattewireError

from ..color import ColorTransform, open_config, transform_for
from ..plates import open_plate
from ..plates.model import Plate, PlateInfo, Window

QUALITY = 70
"""JPEG quality of the plate. Measured on three photographed plates: 0.08-0.13 MB a frame of 960 x 540, where 82 takes
0.10-0.18. A matte takes 0.002-0.01. On the page, as base64, all are a third larger."""

Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Size:
    """The size of the page's pictures, in square pixels."""

    width: int
    height: int


def page_size(display: Window, pixel_aspect: float, long_edge: int) -> Size:
    """``display`` with square pixels, its long edge ``long_edge`` or as long as the plate's: nothing is enlarged."""
    width, height = display.width * pixel_aspect, float(display.height)
    scale = min(1.0, long_edge / max(width, height))
    return Size(max(round(width * scale), 1), max(round(height * scale), 1))


def matte_png(matte: NDArray[np.float32], size: Size) -> bytes:
    """A matte of the display window, 0..1, as a gray PNG: area-averaged, 255 for 1."""
    codes = np.rint(np.clip(_resized(matte, size), 0, 1) * 255).astype(np.uint8)
    return _encoded(".png", codes, [cv2.IMWRITE_PNG_COMPRESSION, 6])


def plate_jpeg(shown: NDArray[np.float32], size: Size) -> bytes:
    """A picture of the display window, float32 (h, w, 3), sRGB-encoded R, G, B of 0..1, as a JPEG."""
    small = np.clip(_resized(shown, size), 0, 1)
    codes = np.ascontiguousarray(np.rint(small[..., ::-1] * 255).astype(np.uint8))
    # Without IMWRITE_JPEG_OPTIMIZE, which saves 2 % and takes three times as long. Full color resolution:
    # whether an edge has a fringe is what one looks for.
    options = [cv2.IMWRITE_JPEG_QUALITY, QUALITY]
    options += [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    return _encoded(".jpg", codes, options)


class Photographs:
    """The plate as the page shows it: on the display window, as a display shows it, without the models' exposure.

    ``gone``: why there is no plate; empty when there is one. Nothing is raised for a plate that has moved, changed its
    size or cannot be read: the mattes can be reviewed without it.
    """

    def __init__(
        self,
        path: str,
        *,
        colorspace: str,
        view: str,
        ocio: str,
        span: tuple[int | None, int | None],
        display: Window,
    ) -> None:
        self._plate: Plate | None = None
        self.gone = ""
        try:
            config = open_config(ocio) if ocio else None
            plate = open_plate(path, colorspace=colorspace, view=view, span=span, config=config)
            self._plate, self._transform = plate, transform_for(plate.info.colorspace, config=config)
        except MattewireError as problem:
            self.gone = problem.message
            self.close()
            return
        own = plate.info.display
        if (own.width, own.height) != (display.width, display.height):
            self.gone = f"{path} is {own.width} x {own.height}, the mattes are {display.width} x {display.height}."
            self.close()

    @property
    def info(self) -> PlateInfo | None:
        return self._plate.info if self._plate is not None else None

    def read(self, frame: int) -> NDArray[np.float32]:
        """Float32 (display height, display width, 3), sRGB-encoded, 0..1.

        Raises what the plate raises for a frame that is missing or damaged.
        """
        if self._plate is None:
            raise InternalError("There is no plate to read from.")
        return on_display(shown(self._plate, self._transform, frame), self._plate.info)

    def close(self) -> None:
        if self._plate is not None:
            self._plate.close()
            self._plate = None


def shown(plate: Plate, transform: ColorTransform, frame: int) -> NDArray[np.float32]:
    """The frame on the plate's canvas as a display shows it, float32 (h, w, 3), 0..1."""
    return transform.to_display(plate.read(frame).rgb)


def on_display(raster: NDArray[Any], info: PlateInfo) -> NDArray[Any]:
    """The display window of a raster that covers the plate's canvas."""
    x, y = info.display.x0 - info.canvas.x0, info.display.y0 - info.canvas.y0
    return raster[y : y + info.display.height, x : x + info.display.width]


def _resized(raster: NDArray[np.float32], size: Size) -> NDArray[np.float32]:
    """Averaged where it gets smaller. An anamorphic plate gets wider while it gets lower: then it is interpolated."""
    height, width = raster.shape[:2]
    if (width, height) == (size.width, size.height):
        return raster
    smaller = size.width <= width and size.height <= height
    method = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(raster, (size.width, size.height), interpolation=method), np.float32)


def _encoded(suffix: str, picture: Picture, options: list[int]) -> bytes:
    done, data = cv2.imencode(suffix, picture, options)
    if not done:
        raise InternalError(f"OpenCV could not encode a {suffix} of {picture.shape[1]} x {picture.shape[0]} pixels.")
    return bytes(data)
