"""Markers, flags and the clip color: the same methods on media pool items, timelines and timeline items."""

from __future__ import annotations

from typing import Any

from .api import ApiObject

MARKER_COLORS = (
    "Blue Cyan Green Yellow Red Pink Purple Fuchsia Rose Lavender Sky Mint Lemon Sand Cocoa Cream".split()  # README
)
CLIP_COLORS = (
    "Orange Apricot Yellow Lime Olive Green Teal Navy Blue Purple Violet Pink Tan Beige Brown Chocolate".split()
)


class Marked(ApiObject):
    """Markers by frame, counted from the start of the clip or timeline (not from its timecode)."""

    def __init__(self, app: Any) -> None:
        super().__init__(app)
        self._markers: dict[float, dict[str, Any]] = {}

    def AddMarker(
        self, frameId: float, color: str, name: str, note: str, duration: float, customData: str = "", /
    ) -> bool:
        """False where a marker stands already, or for a color that Resolve does not have."""
        if frameId in self._markers or color not in MARKER_COLORS or duration < 1:
            return False
        self._markers[float(frameId)] = {
            "color": color,
            "duration": float(duration),
            "note": note,
            "name": name,
            "customData": customData,
        }
        return True

    def GetMarkers(self) -> dict[float, dict[str, Any]]:
        """Copies: changing what comes back changes nothing."""
        return {frame: dict(marker) for frame, marker in self._markers.items()}

    def GetMarkerByCustomData(self, customData: str, /) -> dict[float, dict[str, Any]]:
        """The first match only."""
        return next(({at: dict(m)} for at, m in self._markers.items() if m["customData"] == customData), {})

    def UpdateMarkerCustomData(self, frameId: float, customData: str, /) -> bool:
        """False where there is no marker."""
        if frameId not in self._markers:
            return False
        self._markers[frameId]["customData"] = customData
        return True

    def GetMarkerCustomData(self, frameId: float, /) -> str:
        """Empty where there is no marker."""
        return str(self._markers.get(frameId, {}).get("customData", ""))

    def DeleteMarkerAtFrame(self, frameNum: float, /) -> bool:
        """False where there is no marker."""
        return self._markers.pop(frameNum, None) is not None

    def DeleteMarkerByCustomData(self, customData: str, /) -> bool:
        """The first match only."""
        found = next((at for at, m in self._markers.items() if m["customData"] == customData), None)
        return found is not None and self._markers.pop(found) is not None

    def DeleteMarkersByColor(self, color: str, /) -> bool:
        """ "All" deletes every one."""
        kept = {at: m for at, m in self._markers.items() if color not in ("All", m["color"])}
        changed = len(kept) < len(self._markers)
        self._markers = kept
        return changed


class Colored(Marked):
    """A clip, in the pool or on a timeline: it has a color as well."""

    def __init__(self, app: Any) -> None:
        super().__init__(app)
        self._color = ""

    def GetClipColor(self) -> str:
        """Empty when none was set."""
        return self._color

    def SetClipColor(self, colorName: str, /) -> bool:
        """False for a color that Resolve does not have."""
        if colorName not in CLIP_COLORS:
            return False
        self._color = colorName
        return True

    def ClearClipColor(self) -> bool:
        """Always True."""
        self._color = ""
        return True
