"""Names of what a job writes, as a host wants them. The daemon fills in tokens; a panel only reads what it is told."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from mattewire_protocol import JobView
from mattewire_protocol.messages import FrameEvent

DOCUMENTS = (".mattewire.json", ".boxes.json")
_NUMBER = re.compile(r"(?:(?<![A-Za-z0-9])-)?[0-9]+")


def pattern_of(path: str, frame: int) -> str:
    """The sequence that one frame's file belongs to: ``a/ball.1003.exr``, 1003 -> ``a/ball.####.exr``.

    A path without that number is a file of its own and comes back as it is. A hyphen after a letter or a digit
    separates, as in ``ball-1003.exr``; elsewhere it makes the frame a negative one.
    """
    folder, name = os.path.split(path)
    stem, suffix = os.path.splitext(name)  # the 4 of .mp4 is no frame
    wanted = [found for found in _NUMBER.finditer(stem) if int(found.group()) == frame]
    if not wanted:
        return path
    last = wanted[-1]
    return os.path.join(folder, stem[: last.start()] + "#" * len(last.group()) + stem[last.end() :] + suffix)


def file_of(pattern: str, frame: int) -> str:
    """One frame's file of a ``####`` pattern."""
    found = re.search(r"#+", os.path.basename(pattern))
    if found is None:
        return pattern
    folder, name = os.path.split(pattern)
    return os.path.join(folder, f"{name[: found.start()]}{frame:0{len(found.group())}d}{name[found.end() :]}")


def patterns_so_far(event: FrameEvent) -> list[str]:
    """The sequences of a running job, from its first finished frame, in the order of the request's outputs."""
    return [pattern_of(path, event.frame) for path in event.paths]


def outputs_of(view: JobView) -> list[str]:
    """The sequences and movies of a job that is done, without the documents beside them."""
    return [path for path in view.outputs if not path.endswith(DOCUMENTS)]


def sidecar_of(view: JobView) -> str | None:
    """The document that says how a finished job's mattes were made, and from which they can be made again."""
    return next((path for path in view.outputs if path.endswith(DOCUMENTS[0])), None)


def missing_of(pattern: str, frames: Sequence[int]) -> list[int]:
    """Those of ``frames`` whose file is not on disk."""
    return [frame for frame in frames if not os.path.isfile(file_of(pattern, frame))]
