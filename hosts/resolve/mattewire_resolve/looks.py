"""Looking right over the original: what is copied from a clip to its cut-out, in which order, and what cannot be."""

from __future__ import annotations

import math
from typing import Any, Dict, List, Mapping, Sequence, Tuple

from .api import compositing, editing, pool
from .api.connection import Host

FIRST = ("ZoomGang",)
"""While the zooms are chained, setting one sets both, so uneven zooms arrive only after the chain is off."""

GEOMETRY = (
    "ZoomX ZoomY Pan Tilt RotationAngle AnchorPointX AnchorPointY Pitch Yaw FlipX FlipY "
    "CropLeft CropRight CropTop CropBottom CropSoftness CropRetain Distortion Scaling ResizeFilter"
).split()
"""Where pixels land: the cut-out and the gray matte need it. Names: README, "Looking up Timeline item properties"."""

MIXING = "CompositeMode Opacity".split()
TIME = "RetimeProcess MotionEstimation DynamicZoomEase".split()
_CLOSE = 1e-4
"""Resolve may keep its numbers as floats of 32 bit."""


def wanted(properties: Mapping[str, Any], mixing: Mapping[str, Any]) -> List[Tuple[str, Any]]:
    """(property, value) in the order in which they are to be set, of a clip's own ``properties``.

    ``mixing``: composite mode and opacity in place of the clip's.
    """
    values = {**properties, **mixing}
    order = [*FIRST, *GEOMETRY, *MIXING, *TIME]
    known = [key for key in order if key in values]
    return [(key, values[key]) for key in [*known, *sorted(set(values) - set(order))]]


def differing(wanted_values: Sequence[Tuple[str, Any]], properties: Mapping[str, Any]) -> List[str]:
    """The properties that are not as wanted."""
    return [key for key, value in wanted_values if not _alike(value, properties.get(key))]


def copy(item: Any, matte: Any, mixing: Mapping[str, Any]) -> List[str]:
    """Gives ``matte`` the transform, crop, scaling, retime process and mixing of ``item``; sentences about the rest.

    The retime process has no effect on a conformed sequence, which plays at 100 %; it is copied so that a later retime
    by hand looks like the clip's.
    """
    values = wanted(compositing.properties(item), mixing)
    left = differing(values, compositing.set_properties(matte, values))
    notes = _see_through(dict(values))
    if left:
        notes.insert(0, f"Resolve did not take {', '.join(left)} for the mattes: set them by hand in the Inspector.")
    return notes


def copy_grade(host: Host, item: Any, matte: Any) -> List[str]:
    """Copies the grade; sentences about what no script can copy."""
    notes = []
    if not compositing.copy_grade(item, matte):
        notes.append("Resolve did not copy the grade: do it with a middle click on the Color page.")
    if not compositing.join_group(item, matte):
        notes.append("The clip is in a color group, and the mattes could not be put into it: their grade lacks it.")
    media = editing.media_of(item)
    if media and pool.mattes_of(host, media):
        notes.append("The clip has clip mattes. A grade that uses them was copied without them: attach them by hand.")
    return notes


def uncopied(item: Any) -> List[str]:
    """Sentences about what changes the clip's picture and stays behind."""
    if not compositing.compositions(item):
        return []
    return ["The clip has a Fusion composition, which works on it alone: the mattes are of the file as it was shot."]


# --- inside ------------------------------------------------------------------------------------------------


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, (bool, int, float)) and isinstance(other, (bool, int, float)):
        return math.isclose(float(one), float(other), rel_tol=_CLOSE, abs_tol=_CLOSE)
    return bool(one == other)


def _see_through(values: Dict[str, Any]) -> List[str]:
    opacity, mode = values.get("Opacity", 100.0), values.get("CompositeMode", 0)
    if _alike(opacity, 100.0) and _alike(mode, 0):
        return []
    return ["The clip is mixed with what lies below it, and so are the mattes above it: there it counts twice."]
