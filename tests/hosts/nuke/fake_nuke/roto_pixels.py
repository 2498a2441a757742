"""Roto shapes to pixels: exact horizontal coverage on 16 scan lines per pixel, even-odd fill.

A feathered edge is the mean of nine outlines between the main one and the feather one, which makes a linear ramp.
"""

from __future__ import annotations

from typing import Any, List, Tuple

from .picture import Size
from .roto import Layer, Shape

_LINES = 16
_FEATHER_STEPS = 9
_SPAN_POINTS = 32


def matte(root: Layer, size: Size, frame: float) -> Any:
    """All shapes, the lowest first, each painted over those below with its own color's alpha: (height, width), rows
    from the top. A shape that paints 0 cuts a hole.
    """
    import numpy as np

    out = np.zeros((size.height, size.width), np.float32)
    for shape in reversed(_shapes(root, frame)):
        attributes = shape.getAttributes()
        if attributes.getValue(frame, "bm") != 0 or attributes.getValue(frame, "ltt") != 0:
            raise RuntimeError(f"{shape.name}: the fake models blending mode over and lifetime all only")
        covered = coverage(shape, size, frame)
        if attributes.getValue(frame, "inv") > 0:
            covered = 1 - covered
        covered = covered * np.float32(attributes.getValue(frame, "opc"))
        out = covered * np.float32(attributes.getValue(frame, "a")) + out * (1 - covered)
    return out


def _shapes(layer: Layer, frame: float) -> List[Shape]:
    found: List[Shape] = []
    for element in layer:
        if not element.getVisible(frame):
            continue
        found += _shapes(element, frame) if isinstance(element, Layer) else [element]
    return found


def coverage(shape: Shape, size: Size, frame: float) -> Any:
    """How much of each pixel the shape covers, 0 to 1."""
    import numpy as np

    main, feather = outline(shape, frame, 0.0), outline(shape, frame, 1.0)
    if len(main) == 0:
        return np.zeros((size.height, size.width), np.float32)
    if np.abs(main - feather).max() < 1e-6:
        return fill(main, size)
    steps = np.linspace(0, 1, _FEATHER_STEPS)
    return np.mean([fill(outline(shape, frame, step), size) for step in steps], axis=0).astype(np.float32)


def outline(shape: Shape, frame: float, feather: float) -> Any:
    """Points (n, 2) along the closed curve at ``feather`` of the way from the main outline to the feather one."""
    import numpy as np

    points = [_blended(point, frame, feather) for point in shape]
    t = np.linspace(0, 1, _SPAN_POINTS, endpoint=False)[:, None]
    spans = []
    for at, (center, _, right) in enumerate(points):
        after, left, _ = points[(at + 1) % len(points)]
        p0, p1, p2, p3 = (np.array(p) for p in (center, _plus(center, right), _plus(after, left), after))
        spans.append((1 - t) ** 3 * p0 + 3 * (1 - t) ** 2 * t * p1 + 3 * (1 - t) * t**2 * p2 + t**3 * p3)
    return np.concatenate(spans) if spans else np.zeros((0, 2))


def _blended(point: Any, frame: float, feather: float) -> Tuple[Any, Any, Any]:
    main = [_at(point._points[part], frame) for part in ("center", "leftTangent", "rightTangent")]
    soft = [_at(point._points[f"feather{part}"], frame) for part in ("Center", "LeftTangent", "RightTangent")]
    offset = (soft[0][0] * feather, soft[0][1] * feather)
    mixed = [
        ((1 - feather) * hard[0] + feather * gentle[0], (1 - feather) * hard[1] + feather * gentle[1])
        for hard, gentle in zip(main[1:], soft[1:])
    ]
    return _plus(main[0], offset), mixed[0], mixed[1]


def _at(point: Any, frame: float) -> Tuple[float, float]:
    return point._curves[0].evaluate(frame), point._curves[1].evaluate(frame)


def _plus(a: Tuple[float, float], b: Tuple[float, float]) -> Tuple[float, float]:
    return a[0] + b[0], a[1] + b[1]


def fill(points: Any, size: Size) -> Any:
    """Coverage of the closed polygon ``points`` (n, 2), y up; rows from the top."""
    import numpy as np

    x0, y0 = points[:, 0], points[:, 1]
    x1, y1 = np.roll(x0, -1), np.roll(y0, -1)
    lines = np.zeros((size.height * _LINES, size.width), np.float64)
    low = max(0, int(np.floor(y0.min() * _LINES)))
    high = min(size.height * _LINES, int(np.ceil(y0.max() * _LINES)) + 1)
    for line in range(low, high):
        y = (line + 0.5) / _LINES
        crossed = (y0 <= y) != (y1 <= y)
        with np.errstate(divide="ignore", invalid="ignore"):
            at = np.sort((x0 + (y - y0) / (y1 - y0) * (x1 - x0))[crossed])
        for left, right in zip(at[::2], at[1::2]):
            _span(lines[line], max(0.0, left), min(float(size.width), right))
    return lines.reshape(size.height, _LINES, size.width).mean(axis=1)[::-1].astype(np.float32)


def _span(row: Any, left: float, right: float) -> None:
    """Adds the part of each pixel between ``left`` and ``right``."""
    if right <= left:
        return
    first, last = int(left), min(int(right), len(row) - 1)
    if first == last:
        row[first] += right - left
        return
    row[first] += first + 1 - left
    row[first + 1 : last] += 1
    row[last] += right - last
