"""Which frames a request means, checked against the plate before anything is read or written."""

from __future__ import annotations

from mattewire_protocol.errors import BadField, FrameMissing, RangeOutsidePlate
from mattewire_protocol.request import MatteRequest

from ..plates.model import Plate, PlateInfo


def frame_range(request: MatteRequest, info: PlateInfo) -> tuple[int, int, int]:
    """``first``, ``last`` and ``keyframe`` of the shot, checked against the plate and every mark.

    ``RangeOutsidePlate``, ``FrameMissing`` (a hole inside the range) or ``BadField`` name the field and the frame.
    """
    first = info.first if request.first is None else request.first
    last = info.last if request.last is None else request.last
    for field, frame in (("first", first), ("last", last)):
        if not info.first <= frame <= info.last:
            raise RangeOutsidePlate(f"frame {frame} is not in the plate ({info.first}-{info.last}).", field=field)
    if last < first:
        raise BadField(f"{last} comes before first ({first}).", field="last")
    holes = [frame for frame in info.missing if first <= frame <= last]
    if holes:
        more = f" and {len(holes) - 1} more" if len(holes) > 1 else ""
        raise FrameMissing(f"Frame {holes[0]}{more} of {info.path} is missing.", field="plate.path")
    marks = [(f"boxes[{index}].frame", box.frame) for index, box in enumerate(request.boxes)]
    marks += [(f"points[{index}].frame", point.frame) for index, point in enumerate(request.points)]
    for field, frame in [*marks, *([("keyframe", request.keyframe)] if request.keyframe is not None else [])]:
        if not first <= frame <= last:
            raise RangeOutsidePlate(f"frame {frame} is outside the range {first}-{last}.", field=field)
    marked = min((frame for _, frame in marks), default=first)
    return first, last, marked if request.keyframe is None else request.keyframe


def refuse_damaged(plate: Plate, first: int, last: int) -> None:
    """Raises what the plate says of its first damaged frame in the range, before an engine runs up to it."""
    for frame in plate.info.unreadable:
        if first <= frame <= last:
            plate.read(frame)
