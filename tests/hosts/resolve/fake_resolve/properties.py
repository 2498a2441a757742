"""The properties of a timeline item, their defaults and limits: README, "Looking up Timeline item properties"."""

from __future__ import annotations

from typing import Any

from .api import constants

CONSTANTS: dict[str, int] = {
    **constants("DYNAMIC_ZOOM_EASE_LINEAR DYNAMIC_ZOOM_EASE_IN DYNAMIC_ZOOM_EASE_OUT DYNAMIC_ZOOM_EASE_IN_AND_OUT"),
    **constants(
        "COMPOSITE_NORMAL COMPOSITE_ADD COMPOSITE_SUBTRACT COMPOSITE_DIFF COMPOSITE_MULTIPLY COMPOSITE_SCREEN "
        "COMPOSITE_OVERLAY COMPOSITE_HARDLIGHT COMPOSITE_SOFTLIGHT COMPOSITE_DARKEN COMPOSITE_LIGHTEN "
        "COMPOSITE_COLOR_DODGE COMPOSITE_COLOR_BURN COMPOSITE_EXCLUSION COMPOSITE_HUE COMPOSITE_SATURATE "
        "COMPOSITE_COLORIZE COMPOSITE_LUMA_MASK COMPOSITE_DIVIDE COMPOSITE_LINEAR_DODGE COMPOSITE_LINEAR_BURN "
        "COMPOSITE_LINEAR_LIGHT COMPOSITE_VIVID_LIGHT COMPOSITE_PIN_LIGHT COMPOSITE_HARD_MIX COMPOSITE_LIGHTER_COLOR "
        "COMPOSITE_DARKER_COLOR COMPOSITE_FOREGROUND COMPOSITE_ALPHA COMPOSITE_INVERTED_ALPHA COMPOSITE_LUM "
        "COMPOSITE_INVERTED_LUM"
    ),
    **constants("RETIME_USE_PROJECT RETIME_NEAREST RETIME_FRAME_BLEND RETIME_OPTICAL_FLOW"),
    **constants("SCALE_USE_PROJECT SCALE_CROP SCALE_FIT SCALE_FILL SCALE_STRETCH"),
}
"""Their numbers: each list counts up from 0 in the README's order. Only the zeros are printed there."""

FLAGS = {"ZoomGang": True, "FlipX": False, "FlipY": False, "CropRetain": False}
CHOICES = {
    "DynamicZoomEase": 3,
    "CompositeMode": 31,
    "RetimeProcess": 3,
    "MotionEstimation": 6,
    "Scaling": 4,
    "ResizeFilter": 15,
}


def limits(width: int, height: int) -> dict[str, tuple[float, float, float]]:
    """Lowest, highest and default of each number. The README's "UI max limits" are taken as the timeline's size."""
    return {
        "Pan": (-4.0 * width, 4.0 * width, 0.0),
        "Tilt": (-4.0 * height, 4.0 * height, 0.0),
        "ZoomX": (0.0, 100.0, 1.0),
        "ZoomY": (0.0, 100.0, 1.0),
        "RotationAngle": (-360.0, 360.0, 0.0),
        "AnchorPointX": (-4.0 * width, 4.0 * width, 0.0),
        "AnchorPointY": (-4.0 * height, 4.0 * height, 0.0),
        "Pitch": (-1.5, 1.5, 0.0),
        "Yaw": (-1.5, 1.5, 0.0),
        "CropLeft": (0.0, float(width), 0.0),
        "CropRight": (0.0, float(width), 0.0),
        "CropTop": (0.0, float(height), 0.0),
        "CropBottom": (0.0, float(height), 0.0),
        "CropSoftness": (-100.0, 100.0, 0.0),
        "Opacity": (0.0, 100.0, 100.0),
        "Distortion": (-1.0, 1.0, 0.0),
    }


class Properties:
    """The values of one item. ``get`` of the whole is a copy."""

    def __init__(self, width: int, height: int) -> None:
        self._limits = limits(width, height)
        self.values: dict[str, Any] = {
            **{key: default for key, (_, _, default) in self._limits.items()},
            **FLAGS,
            **dict.fromkeys(CHOICES, 0),
        }

    def set(self, key: str, value: Any) -> bool:
        """False for a key or a kind of value that Resolve does not take (the ledger: "Speed" is such a key).

        Numbers beyond the range are clipped (README). With ZoomGang on, as it is at first, one zoom sets both: a guess,
        from how the chain link in the inspector works. So whoever copies uneven zooms sets ZoomGang first.
        """
        if key in FLAGS and isinstance(value, (bool, int)):
            self.values[key] = bool(value)
        elif isinstance(value, bool) or not isinstance(value, (int, float)):
            return False
        elif key in CHOICES and int(value) == value and 0 <= value <= CHOICES[key]:
            self.values[key] = int(value)
        elif key in self._limits:
            low, high, _ = self._limits[key]
            keys = ("ZoomX", "ZoomY") if key.startswith("Zoom") and self.values["ZoomGang"] else (key,)
            self.values.update(dict.fromkeys(keys, min(max(float(value), low), high)))
        else:
            return False
        return True
