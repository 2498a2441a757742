"""Keeping a shot while it is tracked, so that its files can be made again without an engine."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mattewire_protocol.codec import to_wire
from mattewire_protocol.messages import Detection

from ..engines.seams import Segment
from ..kept import KeptFrame, KeptStore, KeptWriter, quantized
from .finishing import Tracked
from .paths import SCRATCH
from .shot import Judged, Maker, Shot

UNLIMITED = 1 << 62
"""Bytes. For what is kept only while a job runs: that job needs it."""


class Keeping:
    """Puts every frame's segments into ``writer``, if there is one, on their way to the files.

    The first mattes are made from what is kept, not from what the engine said: a later redraw gives the same bytes. So
    they are where nothing is kept: how much room a machine has for kept shots must not show in a matte.
    """

    def __init__(self, writer: KeptWriter | None, again: set[int]) -> None:
        self.writer, self._again = writer, again

    def __call__(self, tracked: Tracked) -> Mapping[int, Segment]:
        segments = {number: quantized(segment) for number, segment in tracked.segments.items()}
        if self.writer is not None:
            again = tracked.frame in self._again
            self.writer.add(KeptFrame(tracked.frame, segments, tracked.window, tracked.timecode, again))
        return segments


def remove_scratch(home: Path) -> None:
    """Removes what ``scratch`` left in ``home`` when its process was killed."""
    for folder in home.glob(f"{SCRATCH}*"):
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def scratch(home: Path | None) -> Iterator[KeptStore]:
    """A store for one job alone, in ``home`` or the system's temporary folder; gone at the end."""
    folder = tempfile.mkdtemp(prefix=SCRATCH, dir=home)
    try:
        yield KeptStore(Path(folder), UNLIMITED)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def facts_of(shot: Shot, start: int, found: list[Detection], labels: Mapping[int, str]) -> dict[str, Any]:
    """What a redraw needs beside the frames themselves."""
    return {
        "plate": shot.info.path,
        "identity": shot.info.identity,
        "prompts": list(shot.request.prompts),
        "first": shot.first,
        "last": shot.last,
        "keyframe": shot.keyframe,
        "start": start,
        "quality": shot.quality,
        "colorspace": shot.transform.colorspace,
        "exposure": shot.transform.exposure,
        "maker": {
            "name": shot.maker.name,
            "label": shot.maker.label,
            "preview": shot.maker.preview,
            "provenance": dict(shot.maker.provenance),
        },
        "found": [to_wire(each) for each in found],
        "labels": {str(number): phrase for number, phrase in labels.items()},
        "frames": {str(frame): asdict(judged) for frame, judged in sorted(shot.judged.items())},
    }


def maker_of(facts: Mapping[str, Any]) -> Maker:
    """The engine that tracked a kept shot."""
    return Maker(**facts["maker"])


def judged_of(facts: Mapping[str, Any], frame: int) -> Judged:
    """What was said of a kept shot's frame when it was tracked."""
    told = facts["frames"][str(frame)]
    by_object = {name: {int(number): value for number, value in told[name].items()} for name in ("colors", "agreement")}
    return Judged(told["score"], told["flags"], **by_object)
