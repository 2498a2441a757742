"""A clip that cannot be read, rendered through Resolve's own queue: camera raw, compound clips, speed ramps.

What is rendered is the clip alone, one picture for each record frame, as large as its file: without the tracks above
and below, without its transform and crop, with its grade and its speed. So the matte fits over the clip by the same
rules as any other, and shows what the editor sees. The timeline itself is not touched; see ``api.rendering``.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import time
from dataclasses import dataclass
from fractions import Fraction
from typing import List, Optional, Tuple

from mattewire_panel.frames import FrameMap
from mattewire_protocol.errors import BadField, FrameMissing, MattewireError, NotWritable

from . import clips, colorspaces
from .api import reading, rendering
from .api.connection import Host
from .api.reading import Spot
from .clips import Clip

FOLDER = "mattewire_renders"
PATIENCE_S = 20.0
"""Seconds that a job may wait before Resolve has begun it."""

_DONE, _WAITING, _RUNNING = "Complete", "Ready", "Rendering"
_NUMBERED = re.compile(r"(.*?)(\d+)(\.[A-Za-z]+)$")


@dataclass(frozen=True)
class _Target:
    spot: Spot
    size: Tuple[int, int]
    folder: str
    rate: Fraction
    colorspace: str


class Rendering:
    """One render of the clip at ``spot``, or under the playhead, from the press to the clip that stands for it.

    ``poll`` is called by the panel's timer and never waits. ``percent``: how far Resolve is, 0 to 100. ``folder``: the
    files go into a new folder in there; empty: beside the clip's file where that may be written, else in the home
    folder.
    """

    def __init__(self, host: Host, spot: Optional[Spot] = None, folder: str = "") -> None:
        """Queues and starts it. Raises ``BadField`` or ``NotWritable``, with nothing left behind."""
        self.percent = 0
        spot = spot or clips.spot_under_playhead(host)
        if rendering.is_rendering(host.project()):
            raise BadField(
                "Resolve is rendering.", field="plate", advice="Wait until it has finished, or stop it, then try again."
            )
        media = reading.media_of(spot)
        own = _new_folder(folder, media.path if media else "", spot.name)
        rate, colorspace = reading.rate_of(host.timeline()), reading.output_colorspace(host.project())
        self._target = _Target(spot, _size(host, media), own, rate, colorspace)
        self._begun = time.monotonic()
        job = None
        try:
            job = rendering.queue(host, spot, self._target.size, own, _plain(spot.name))
            rendering.start(job)
        except MattewireError:
            if job is not None:
                rendering.clear(job)
            _throw_away(own)
            raise
        self._job: Optional[rendering.Job] = job

    def poll(self) -> Optional[Clip]:
        """The clip that reads the rendered files, once they are there; None until then.

        Raises ``BadField`` when Resolve gave up or was stopped, ``FrameMissing`` when it says that it is done and
        frames are not there. The queue is then as it was before, and so is the disk.
        """
        if self._job is None:
            return None
        status = rendering.status(self._job)
        self.percent = max(self.percent, min(status.percent, 100))
        if status.state == _DONE:
            return self._finished(self._job)
        waiting = status.state == _WAITING and time.monotonic() - self._begun < PATIENCE_S
        if status.state == _RUNNING or waiting:
            return None
        self.cancel()
        said = f": {status.said}" if status.said else "."
        raise BadField(
            f"Resolve did not render {self._target.spot.name}{said}",
            field="plate",
            advice="Look for the reason on the Deliver page, or use Render in Place and mask the clip that it makes.",
        )

    def cancel(self) -> None:
        """Stops it, takes it out of the queue and throws away what was rendered. Harmless when it has ended."""
        job, self._job = self._job, None
        if job is None:
            return
        if rendering.status(job).state == _RUNNING:
            rendering.stop(job)
        rendering.clear(job)
        _throw_away(self._target.folder)

    def _finished(self, job: rendering.Job) -> Clip:
        self._job = None
        self.percent = 100
        rendering.clear(job)
        try:
            return self._clip(job.suffix)
        except MattewireError:
            _throw_away(self._target.folder)
            raise

    def _clip(self, suffix: str) -> Clip:
        spot, (width, height) = self._target.spot, self._target.size
        names = sorted(name for name in os.listdir(self._target.folder) if name.lower().endswith(f".{suffix}"))
        count = spot.end - spot.start + 1
        if suffix == "exr":
            file, first = _sequence(names, count)
        else:
            file, first = (names[0] if len(names) == 1 else ""), 1
        if not file:
            raise FrameMissing(
                f"Resolve says that {spot.name} is rendered, but there are {len(names)} files for {count} frames.",
                field="plate",
                advice="Choose a preset with video on the Deliver page, free some disk space, then try again.",
            )
        rate = self._target.rate
        return Clip(
            spot.item_id, spot.name, spot.track, spot.start, spot.end, os.path.join(self._target.folder, file),
            suffix == "exr", first, first + count - 1, FrameMap(spot.start, spot.end, first - spot.start), rate, rate,
            width, height, colorspace=self._target.colorspace,
            plate_colorspace=colorspaces.known(self._target.colorspace) or colorspaces.DISPLAY, rendered=True,
        )  # fmt: skip


def _sequence(names: List[str], count: int) -> Tuple[str, int]:
    """Pattern and first number of ``names`` when they are ``count`` frames without a gap; else an empty pattern.

    How Resolve numbers them, from the timecode or from 0 and with how many digits, is a choice on the Deliver page.
    """
    found = [_NUMBERED.fullmatch(name) for name in names]
    parts = [(each.group(1), int(each.group(2)), len(each.group(2)), each.group(3)) for each in found if each]
    if len(parts) != count or count != len(names) or len({(p[0], p[3]) for p in parts}) != 1:
        return "", 0
    numbers = sorted(part[1] for part in parts)
    if numbers[-1] - numbers[0] + 1 != count:
        return "", 0
    head, _, digits, tail = min(parts, key=lambda part: part[1])
    return f"{head}%0{digits}d{tail}" if digits > 1 else f"{head}%d{tail}", numbers[0]


def _size(host: Host, media: Optional[reading.Media]) -> Tuple[int, int]:
    """Of the clip's picture in square pixels; of the timeline where Resolve does not say it.

    The free edition renders no more than ultra HD: halved until it fits.
    """
    width, height = reading.size_of(host.timeline())
    if media is not None and media.width > 0 and media.height > 0:
        width, height = round(media.width * media.pixel_aspect), media.height
    most_wide, most_high = rendering.FREE_SIZE
    while not host.studio and (width > most_wide or height > most_high):
        width, height = width // 2, height // 2
    return width, height


def _new_folder(wanted: str, path: str, name: str) -> str:
    beside = os.path.dirname(path)
    if not wanted:
        writable = os.path.isabs(path) and os.access(beside, os.W_OK)
        wanted = os.path.join(beside if writable else os.path.expanduser("~"), FOLDER)
    try:
        os.makedirs(wanted, exist_ok=True)
        return tempfile.mkdtemp(prefix=f"{_plain(name)}_", dir=wanted)
    except OSError as problem:
        raise NotWritable(
            f"The folder for the rendered frames cannot be made: {problem}.",
            field="plate",
            advice="Choose another output folder, or free some disk space.",
        ) from None


def _throw_away(folder: str) -> None:
    """Our own folder with what was rendered, and the one above it when nothing else is in there."""
    shutil.rmtree(folder, ignore_errors=True)
    above = os.path.dirname(folder)
    if os.path.basename(above) == FOLDER:
        try:
            os.rmdir(above)
        except OSError:
            pass  # other renders are in there


def _plain(name: str) -> str:
    """A clip's name as part of a file's: letters, digits, hyphens, without its ending."""
    stem = re.sub(r"\[\d+-\d+\]", "", os.path.splitext(name)[0])
    return re.sub(r"[^A-Za-z0-9-]+", "_", stem).strip("_")[:40] or "clip"
