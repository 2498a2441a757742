"""What a Read shows: the right file, missing frames, colorspace, alpha, proxy files.

A Read remembers what it has read, **also that a file was missing**, until its ``reload`` button is pressed or its file
changes: Nuke caches by node, not by what is on disk. (How soon a real Nuke notices a new file was not measured; code
that presses ``reload`` is right either way.)
"""

from __future__ import annotations

import os
from typing import Any, Dict, List, Optional, Tuple

from . import session
from .formats import Format
from .picture import Header, Picture, Size, read_header, read_picture
from .timing import file_frame, path_at

CHECKER = 32
"""Pixels of one square of the checkerboard. Nuke's own was not measured."""


def read_picture_at(node: Any, frame: float, view: str, scale: float) -> Optional[Tuple[Picture, bool]]:
    """The picture, and whether a proxy file gave it; None for black. Raises ``RuntimeError`` as ``on_error`` says."""
    number = file_frame(node, frame)
    if number is None:
        return None
    knob = node._knob("proxy") if scale < 1 and node._knob("proxy")._string else node._knob("file")
    if not knob._string:
        raise RuntimeError(f"{node._full_name()}: no file")
    path = path_at(knob, number, view, frame)
    try:
        picture = _remembered(node, path, view)
    except RuntimeError as error:
        return _instead(node, knob, number, view, frame, error)
    return _finished(node, picture, path), knob._name == "proxy"


def _instead(
    node: Any, knob: Any, number: int, view: str, frame: float, error: RuntimeError
) -> Optional[Tuple[Picture, bool]]:
    manner = node._knob("on_error").value()
    if manner == "black":
        return None
    if manner == "checkerboard":
        form = read_format(node)
        return _checkerboard(Size(form._width, form._height, form._aspect)), False
    if manner == "nearest frame":
        for other in sorted(_numbers(node), key=lambda other: (abs(other - number), other)):
            path = path_at(knob, other, view, frame)
            if os.path.exists(path):
                return _finished(node, _remembered(node, path, view), path), knob._name == "proxy"
    raise RuntimeError(f"{node._full_name()}: {error}") from error


def _remembered(node: Any, path: str, view: str) -> Picture:
    if (path, view) not in node._read_before:
        try:
            node._read_before[path, view] = read_picture(path, view)
        except RuntimeError as error:
            node._read_before[path, view] = error
    known = node._read_before[path, view]
    if isinstance(known, RuntimeError):
        raise RuntimeError(str(known))
    return Picture(known.size, known.bbox, dict(known.channels), known.metadata)


def _numbers(node: Any) -> range:
    return range(node._knob("first").value(), node._knob("last").value() + 1)


def _checkerboard(size: Size) -> Picture:
    import numpy as np

    rows, columns = np.indices((size.height, size.width)) // CHECKER
    squares = ((rows + columns) % 2).astype(np.float32)
    return Picture(size, size.box, {f"rgba.{part}": squares.copy() for part in ("red", "green", "blue", "alpha")})


def _finished(node: Any, picture: Picture, path: str) -> Picture:
    """Colorspace to linear unless raw; a full alpha where asked for."""
    import numpy as np

    session.current().learn(list(picture.channels))
    if not node._knob("raw").value():
        space = node._knob("colorspace").value()
        if space == "default":
            space = "linear" if path.lower().endswith(".exr") else "sRGB"
        alpha = picture.channels.get("rgba.alpha") if node._knob("premultiplied").value() else None
        for name in ("rgba.red", "rgba.green", "rgba.blue"):
            if name in picture.channels:
                picture.channels[name] = _linear(picture.channels[name], space, alpha)
    if node._knob("auto_alpha").value() and "rgba.alpha" not in picture.channels:
        x, y, r, t = picture.bbox
        picture.channels["rgba.alpha"] = np.ones((t - y, r - x), np.float32)
    return picture


def _linear(values: Any, space: str, alpha: Any) -> Any:
    """``values`` in linear light. Only sRGB (IEC 61966-2-1) is modeled besides linear."""
    import numpy as np

    if space == "linear":
        return values
    if space != "sRGB":
        raise RuntimeError(f"the fake does not model the colorspace {space}")
    if alpha is not None:
        whole = np.where(alpha > 0, alpha, 1)
        return (_linear(values / whole, space, None) * whole).astype(np.float32)
    low = values <= 0.04045
    curved = ((np.maximum(values, 0.04045) + 0.055) / 1.055) ** 2.4
    return np.where(low, values / 12.92, curved).astype(np.float32)


def header_of(node: Any, frame: Optional[float] = None) -> Optional[Header]:
    """The header of the file at ``frame``, or of the first one in the range that is there."""
    knob = node._knob("file")
    if not knob._string:
        return None
    numbers = list(_numbers(node))
    shown = file_frame(node, frame) if frame is not None else None
    for number in ([shown] if shown is not None else []) + numbers:
        path = path_at(knob, number, session.current().root._views()[0], number)
        if os.path.exists(path):
            try:
                return read_header(path, session.current().root._views()[0])
            except RuntimeError:
                continue
    return None


def read_format(node: Any) -> Format:
    """The Read's format: the file's own, under the name that the script has for it; the script's without a file."""
    if node._knob("format")._format is not None:
        return node._knob("format")._format
    header = header_of(node)
    if header is None:
        return session.current().root._knob("format").value()
    made = Format(header.size.width, header.size.height, pixelAspect=header.size.aspect)
    return next((known for known in session.current().formats if known._same(made)), made)


def read_channels(node: Any) -> List[str]:
    header = header_of(node)
    return sorted(header.channels) if header is not None else []


def read_metadata(node: Any, frame: float) -> Dict[str, Any]:
    header = header_of(node, frame)
    return dict(header.metadata) if header is not None else {}
