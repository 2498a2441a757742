"""Contact sheets: plate, matte, and the cut-out over a checkerboard, frame by frame, in one small picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mattewire_protocol.errors import BadField

from ..color import ColorTransform, transform_for
from ..color.curves import linear_to_srgb, srgb_to_linear
from ..durable import make_writable_folder, whole_file, write_bytes
from ..plates.model import Plate, PlateInfo

Picture = NDArray[np.uint8]
Mattes = Callable[[int], NDArray[np.float32] | None]

ROWS = ("plate", "matte", "cut-out")
GROUND, EMPTY = (27, 25, 24), (38, 36, 34)
TEXT, FAINT, TITLE = (206, 202, 200), (138, 134, 132), (236, 233, 231)
"""Colors of the sheet, sRGB codes in the order B, G, R: a warm near-black, and three grays for text."""
CHECKS = (0.30, 0.42)
"""The two squares of the checkerboard, sRGB-encoded."""
FONT = cv2.FONT_HERSHEY_SIMPLEX
MARGIN, GAP, CAPTION, GUTTER, HEADER = 14, 4, 32, 22, 34
"""Pixels: around the sheet, between cells, under a frame, left of the rows, above the first band."""


def pick_frames(first: int, last: int, count: int) -> list[int]:
    """``count`` frames spread evenly over ``first``..``last``, both included; all of them when there are fewer."""
    if last < first or count < 1:
        raise BadField(f"cannot pick {count} frames from {first}-{last}.", field="frames")
    if count >= last - first + 1:
        return list(range(first, last + 1))
    if count == 1:
        return [(first + last) // 2]
    return [first + round(k * (last - first) / (count - 1)) for k in range(count)]


def contact_sheet(
    plate: Plate,
    mattes: Mattes,
    frames: Sequence[int],
    out: Path,
    *,
    columns: int = 6,
    cell_width: int = 320,
    title: str = "",
    notes: Mapping[int, str] | None = None,
    max_bytes: int | None = None,
) -> Path:
    """Draws ``frames`` in bands of ``columns``, three rows a band, and writes the sheet to ``out``.

    ``mattes(frame)``: float32 (canvas height, canvas width) or (display height, display width), 0..1, or None where
    there is no matte. ``notes``: a few words under a frame. ``out``: ``.jpg`` or ``.png``. ``max_bytes``: JPEG
    quality is lowered, then the sheet made smaller (a PNG only smaller), until it fits.

    Cells show the display window with square pixels. The cut-out is laid over the checkerboard in linear light.
    Raises ``BadField``, what the plate raises, ``NotWritable`` or ``DiskFull``.
    """
    if not frames:
        raise BadField("is empty: a contact sheet needs at least one frame.", field="frames")
    if out.suffix.lower() not in (".jpg", ".jpeg", ".png"):
        raise BadField(f"{out.name} is neither .jpg nor .png.", field="out")
    sheet = draw_sheet(plate, mattes, frames, columns=columns, cell_width=cell_width, title=title, notes=notes or {})
    data = _encode(sheet, out, max_bytes)
    out = out.absolute()
    make_writable_folder(str(out.parent), token="sheet", subject="The contact sheet")
    with whole_file(str(out), token="sheet", subject="The contact sheet") as temporary:
        write_bytes(temporary, data)
    return out


def draw_sheet(
    plate: Plate,
    mattes: Mattes,
    frames: Sequence[int],
    *,
    columns: int = 6,
    cell_width: int = 320,
    title: str = "",
    notes: Mapping[int, str],
) -> Picture:
    """The sheet as uint8 (height, width, 3), sRGB codes in the order B, G, R."""
    info = plate.info
    shape = info.display.height / (info.display.width * info.pixel_aspect)
    size = (cell_width, max(round(cell_width * shape), 1))
    columns = min(max(columns, 1), len(frames))
    bands = -(-len(frames) // columns)
    header = HEADER if title else MARGIN
    band_height = 3 * (size[1] + GAP) + CAPTION
    width = MARGIN + GUTTER + columns * (size[0] + GAP) - GAP + MARGIN
    sheet = np.full((header + bands * band_height + MARGIN - 14, width, 3), GROUND, np.uint8)
    if title:
        _write(sheet, title, (MARGIN + GUTTER, 23), 0.50, TITLE, width - 2 * MARGIN - GUTTER)
    transform = transform_for(info.colorspace)
    for place, frame in enumerate(frames):
        band, column = divmod(place, columns)
        x = MARGIN + GUTTER + column * (size[0] + GAP)
        y = header + band * band_height
        if column == 0:
            for row, name in enumerate(ROWS):
                _write_upward(sheet, name, (MARGIN, y + row * (size[1] + GAP)), size[1])
        for row, cell in enumerate(_cells(plate, transform, mattes(frame), frame, size)):
            top = y + row * (size[1] + GAP)
            sheet[top : top + size[1], x : x + size[0]] = cell
        baseline = y + 3 * (size[1] + GAP) + 12
        end = _write(sheet, str(frame), (x, baseline), 0.42, TEXT, size[0])
        _write(sheet, notes.get(frame, ""), (end + 10, baseline), 0.42, FAINT, x + size[0] - end - 10)
    return sheet


def _cells(
    plate: Plate, transform: ColorTransform, matte: NDArray[np.float32] | None, frame: int, size: tuple[int, int]
) -> list[Picture]:
    shown = _display_window(transform.to_display(plate.read(frame).rgb), plate.info)
    linear = np.asarray(srgb_to_linear(shown), np.float32)
    cells = [_codes(_shrink(linear, size))]
    if matte is None:
        empty: Picture = np.full((size[1], size[0], 3), EMPTY, np.uint8)
        words = "no matte"
        wide = cv2.getTextSize(words, FONT, 0.42, 1)[0][0]
        _write(empty, words, ((size[0] - wide) // 2, size[1] // 2 + 5), 0.42, FAINT, size[0])
        return [*cells, empty, empty]
    alpha = _display_window(np.asarray(matte, np.float32), plate.info)
    small = np.clip(_shrink(alpha, size), 0, 1)
    gray = np.rint(small * 255).astype(np.uint8)
    over = _shrink(linear * alpha[..., None], size) + _checkerboard(size) * (1 - small)[..., None]
    return [*cells, np.repeat(gray[..., None], 3, axis=2), _codes(over)]


def _display_window(raster: NDArray[np.float32], info: PlateInfo) -> NDArray[np.float32]:
    """Crops a canvas raster to the display window; one that has the display window's size is right already."""
    height, width = raster.shape[:2]
    if (height, width) == (info.display.height, info.display.width):
        return raster
    if (height, width) != (info.canvas.height, info.canvas.width):
        message = f"is {width}x{height}; the plate is {info.display.width}x{info.display.height}."
        raise BadField(message, field="matte")
    x, y = info.display.x0 - info.canvas.x0, info.display.y0 - info.canvas.y0
    return raster[y : y + info.display.height, x : x + info.display.width]


def _shrink(raster: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    smaller = size[0] < raster.shape[1]
    return np.asarray(cv2.resize(raster, size, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR))


def _codes(linear: NDArray[np.float32]) -> Picture:
    """Linear Rec.709 RGB as sRGB codes, B, G, R."""
    shown = np.clip(linear_to_srgb(np.maximum(linear, 0)), 0, 1)
    return np.ascontiguousarray(np.rint(shown[..., ::-1] * 255).astype(np.uint8))


def _checkerboard(size: tuple[int, int]) -> NDArray[np.float32]:
    side = max(size[0] // 32, 4)
    rows, columns = np.mgrid[0 : size[1], 0 : size[0]] // side
    board = np.where((rows + columns) % 2 == 0, *CHECKS)
    return np.repeat(srgb_to_linear(board).astype(np.float32)[..., None], 3, axis=2)


def _write(sheet: Picture, words: str, at: tuple[int, int], scale: float, color: Any, room: int) -> int:
    """Writes words from ``at`` (left end of the baseline), cut short to ``room``; returns where they end."""
    while words and cv2.getTextSize(words, FONT, scale, 1)[0][0] > room:
        words = words[:-4].rstrip() + "..." if len(words) > 4 else ""
    if not words:
        return at[0]
    cv2.putText(sheet, words, at, FONT, scale, color, 1, cv2.LINE_AA)
    return at[0] + int(cv2.getTextSize(words, FONT, scale, 1)[0][0])


def _write_upward(sheet: Picture, words: str, at: tuple[int, int], height: int) -> None:
    """Writes a row's name, reading upward, in the middle of ``height`` pixels of the gutter that starts at ``at``."""
    strip: Picture = np.full((GUTTER - 4, height, 3), GROUND, np.uint8)
    wide = cv2.getTextSize(words, FONT, 0.42, 1)[0][0]
    _write(strip, words, (max((height - wide) // 2, 0), GUTTER - 10), 0.42, FAINT, height)
    turned = cv2.rotate(strip, cv2.ROTATE_90_COUNTERCLOCKWISE)
    sheet[at[1] : at[1] + height, at[0] : at[0] + GUTTER - 4] = turned


def _encode(sheet: Picture, out: Path, max_bytes: int | None) -> bytes:
    """The file's bytes. JPEG keeps full color resolution, so that a red subject's edge stays clean."""
    jpeg = out.suffix.lower() != ".png"
    while True:
        for quality in range(92, 50, -6) if jpeg else (9,):
            if jpeg:
                options = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_OPTIMIZE, 1]
                options += [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
            else:
                options = [cv2.IMWRITE_PNG_COMPRESSION, quality]
            done, data = cv2.imencode(".jpg" if jpeg else ".png", sheet, options)
            if done and (max_bytes is None or len(data) <= max_bytes):
                return bytes(data)
        height, width = sheet.shape[:2]
        if min(height, width) < 64:
            raise BadField(f"a contact sheet of {max_bytes} bytes cannot be made.", field="max_bytes")
        smaller = cv2.resize(sheet, (width * 7 // 8, height * 7 // 8), interpolation=cv2.INTER_AREA)
        sheet = np.asarray(smaller, np.uint8)
