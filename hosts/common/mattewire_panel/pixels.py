"""Host coordinates to the protocol's and back, in one place.

The protocol counts continuous plate pixels from the display window's top left corner, y down; pixel (0, 0) covers
[0, 1) x [0, 1). Pixel aspect is not applied. Hosts that count from the bottom left with pixel edges at whole numbers
(Nuke, Blender) differ by a flip; a proxy or a preview picture by a scale.
"""

from __future__ import annotations

from dataclasses import dataclass

Point = tuple[float, float]
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Raster:
    """A host's view of a plate ``width`` x ``height`` pixels large.

    ``y_up``: counted from the bottom. ``scale``: host pixels for each plate pixel, below 1 in proxy mode.
    ``left``, ``top``: the display window's corner in the host's own y-down pixels, for formats that do not start at 0.
    """

    width: int
    height: int
    y_up: bool = True
    scale: float = 1.0
    left: float = 0.0
    top: float = 0.0

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1 or not self.scale > 0:
            raise ValueError(f"A plate of {self.width} x {self.height} at scale {self.scale} cannot be.")

    def point(self, x: float, y: float) -> Point:
        """A host's point in plate pixels."""
        x, y = x / self.scale - self.left, y / self.scale
        return x, (self.height - y if self.y_up else y) - self.top

    def box(self, x0: float, y0: float, x1: float, y1: float) -> Box:
        """A host's box by two opposite corners, as x0 < x1, y0 < y1 in plate pixels."""
        (ax, ay), (bx, by) = self.point(x0, y0), self.point(x1, y1)
        return min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)

    def host_point(self, x: float, y: float) -> Point:
        """A plate point in the host's pixels."""
        x, y = x + self.left, y + self.top
        return x * self.scale, (self.height - y if self.y_up else y) * self.scale

    def host_box(self, x0: float, y0: float, x1: float, y1: float) -> Box:
        """A plate box in the host's pixels, again with the lower corner first."""
        (ax, ay), (bx, by) = self.host_point(x0, y0), self.host_point(x1, y1)
        return min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)
