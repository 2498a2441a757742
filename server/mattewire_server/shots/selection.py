"""From phrases, boxes and points to numbered objects and the hints the segmenter starts from.

The rules stand in ``protocol/SPEC.md``: boxes claim their object numbers; what text finds takes the lowest free
numbers, best first; points refine the object of their number, and make it where nothing else does. ``pick`` chooses
among what text found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from mattewire_protocol.errors import BadField, NothingFound
from mattewire_protocol.messages import Detection
from mattewire_protocol.request import MatteRequest

from ..engines.seams import Found, Hint, Mark
from ..plates.model import Window

Hints = dict[int, list[Hint]]
"""Frame number to the hints on that frame, one per object, in object order."""


def number_objects(found: Sequence[Found], taken: Iterable[int], canvas: Window, most: int) -> list[Detection]:
    """The ``most`` best detections in plate pixels with their object numbers, best first.

    ``found`` is in picture pixels. ``taken``: numbers that drawn boxes have claimed.
    """
    numbered: list[Detection] = []
    for number, item in by_number(found, taken, most).items():
        x0, y0, x1, y1 = item.box
        numbered.append(
            Detection(
                number,
                x0 + canvas.x0,
                y0 + canvas.y0,
                x1 + canvas.x0,
                y1 + canvas.y0,
                item.phrase,
                min(max(float(item.score), 0.0), 1.0),
                picked=False,
            )
        )
    return numbered


def by_number(found: Sequence[Found], taken: Iterable[int], most: int) -> dict[int, Found]:
    """The ``most`` best of what was found by object number, best first; ``taken`` as in ``number_objects``."""
    used = set(taken)
    numbered: dict[int, Found] = {}
    for item in sorted(found, key=lambda each: -each.score)[:most]:
        number = next(number for number in range(1, len(used) + 2) if number not in used)
        used.add(number)
        numbered[number] = item
    return numbered


def pick(detections: Sequence[Detection], rule: str) -> list[Detection]:
    """The same list with ``picked`` set: ``best`` of each phrase, ``all``, or the object numbers in ``rule``.

    ``BadField`` when a number is asked for that was not found.
    """
    if rule == "all":
        chosen = {item.object for item in detections}
    elif rule == "best":
        best: dict[str, int] = {}
        for item in detections:
            best.setdefault(item.phrase, item.object)
        chosen = set(best.values())
    else:
        chosen = {int(number) for number in rule.split(",")}
        there = {item.object for item in detections}
        if chosen - there:
            raise BadField(
                f"object {min(chosen - there)} was not found; there are {_listed(there)}.",
                field="pick",
                advice="Detect again, and pick among the numbers shown.",
            )
    return [
        Detection(i.object, i.x0, i.y0, i.x1, i.y1, i.phrase, i.score, picked=i.object in chosen) for i in detections
    ]


def hints_of(
    request: MatteRequest,
    detections: Sequence[Detection],
    keyframe: int,
    canvas: Window,
    avoid: Mapping[int, Sequence[Mark]] = MappingProxyType({}),
) -> Hints:
    """Every hint by frame, in picture pixels. ``NothingFound`` when there is nothing to track.

    ``avoid``: by object number, drop marks in picture pixels on excluded things that touch it on the keyframe.
    """
    boxes: dict[tuple[int, int], tuple[float, float, float, float]] = {}
    phrases: dict[int, str] = {}
    marks: dict[tuple[int, int], list[Mark]] = {}
    for box in request.boxes:
        boxes[box.frame, box.object] = _shift((box.x0, box.y0, box.x1, box.y1), canvas)
    for item in detections:
        if item.picked:
            boxes[keyframe, item.object] = _shift((item.x0, item.y0, item.x1, item.y1), canvas)
            phrases[item.object] = item.phrase
            if avoid.get(item.object):
                marks[keyframe, item.object] = list(avoid[item.object])
    for point in request.points:
        marks.setdefault((point.frame, point.object), []).append(
            Mark(point.x - canvas.x0, point.y - canvas.y0, point.keep)
        )
    known = {number for _, number in boxes}
    known |= {number for (_, number), clicked in marks.items() if any(mark.keep for mark in clicked)}
    hints: Hints = {}
    for frame, number in sorted(set(boxes) | set(marks)):
        if number in known:
            hint = Hint(
                number, boxes.get((frame, number)), tuple(marks.get((frame, number), ())), phrases.get(number, "")
            )
            hints.setdefault(frame, []).append(hint)
    if not hints:
        raise NothingFound(
            f"Nothing on frame {keyframe} matches {_quoted(request.prompts)}.", field="prompts", advice=_WAY_OUT
        )
    return hints


_WAY_OUT = "Choose a keyframe where the subject is in plain sight, use other words, or draw a box."


def _shift(box: tuple[float, float, float, float], canvas: Window) -> tuple[float, float, float, float]:
    return (box[0] - canvas.x0, box[1] - canvas.y0, box[2] - canvas.x0, box[3] - canvas.y0)


def _listed(numbers: set[int]) -> str:
    return ", ".join(str(number) for number in sorted(numbers)) or "none"


def _quoted(phrases: Sequence[str]) -> str:
    return " or ".join(f"“{phrase}”" for phrase in phrases)
