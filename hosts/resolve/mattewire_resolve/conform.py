"""Mattes in the order of the timeline: one file for each record frame, where a clip does not play plainly.

Resolve's scripts cannot set a speed. So a clip that runs at 50 %, backward, frozen, or at another rate than its
timeline gets a sequence of its own, whose first file belongs to the clip's first record frame and so on. The files are
hard links of the finished mattes, which take no room on disk; where a disk refuses links they are copies.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
from dataclasses import dataclass
from typing import Callable, List, Optional, Sequence, Tuple, Type

from mattewire_panel.files import file_of
from mattewire_panel.words import size
from mattewire_protocol.errors import DiskFull, FrameMissing, NotWritable, OutputError

FIRST = 1
"""The number of the first file of a conformed sequence."""
DIGITS = 4
OURS = "conformed.mattewire.json"
"""In each folder that we make: what we may delete again."""
_COUNTER = re.compile(r"%0(\d+)d|#+")


@dataclass(frozen=True)
class Run:
    """Record frames in a row, from ``start`` on, each with the source frame whose matte it shows."""

    start: int
    sources: Tuple[int, ...]

    @property
    def end(self) -> int:
        """Last record frame, included."""
        return self.start + len(self.sources) - 1

    @property
    def in_order(self) -> bool:
        """Whether each record frame shows the next source frame, so that finished files fit as they are.

        Resolve has no way to say a negative file number; those are conformed too.
        """
        first = self.sources[0]
        return first >= 0 and all(source == first + index for index, source in enumerate(self.sources))


@dataclass(frozen=True)
class Conformed:
    """``pattern`` (``####``) of the new sequence, numbered from 1; ``copied``: bytes, 0 where links were made."""

    folder: str
    pattern: str
    count: int
    copied: int


def runs(shown: Callable[[int], int], start: int, end: int, there: Callable[[int], bool]) -> List[Run]:
    """The record frames ``start`` to ``end``, both included, that have a matte, as runs without a gap.

    ``shown``: record frame to source frame. ``there``: whether the matte of a source frame is finished.
    """
    found: List[Run] = []
    row: List[int] = []
    for record in range(start, end + 2):
        source = shown(record) if record <= end else None
        if source is not None and there(source):
            row.append(source)
        elif row:
            found.append(Run(record - len(row), tuple(row)))
            row = []
    return found


def counter_of(pattern: str) -> Optional[int]:
    """How many digits the counter of a ``####`` or ``%04d`` pattern has; None for a movie."""
    found = _COUNTER.search(os.path.basename(pattern))
    if found is None:
        return None
    return int(found[1]) if found[1] else len(found[0])


def hashes(pattern: str) -> str:
    """A pattern with ``####``. A movie's path comes back as it is."""
    return _with_counter(pattern, lambda digits: "#" * digits)


def printf(pattern: str) -> str:
    """A pattern with ``%04d``, as Resolve's ImportMedia wants it. A movie's path comes back as it is."""
    return _with_counter(pattern, lambda digits: f"%0{digits}d")


def file_at(pattern: str, frame: int) -> str:
    """One frame's file of a ``####`` or ``%04d`` pattern."""
    return file_of(hashes(pattern), frame)


def conform(pattern: str, sources: Sequence[int], name: str) -> Conformed:
    """Lays the mattes of ``sources`` in a row, as ``name.0001.exr`` and on, in a new folder beside them.

    Raises ``FrameMissing`` when a matte is not on disk, ``NotWritable``, and ``DiskFull`` where copies have no room.
    Whatever was made until then is deleted.
    """
    pattern = hashes(pattern)
    files = [file_of(pattern, source) for source in sources]
    for source, path in zip(sources, files):
        if not os.path.isfile(path):
            raise FrameMissing(
                f"The matte of frame {source} is not there: {path}.",
                field="out",
                advice="Press Mask subject again, then place the result.",
            )
    folder = _new_folder(os.path.dirname(pattern), name)
    suffix = os.path.splitext(pattern)[1]
    made = os.path.join(folder, f"{_plain(name)}.{'#' * DIGITS}{suffix}")
    try:
        copied = _fill(files, made)
        with open(os.path.join(folder, OURS), "w", encoding="utf-8") as document:
            json.dump({"files": [os.path.basename(file_of(made, FIRST + i)) for i in range(len(files))]}, document)
    except OSError as problem:
        _delete(folder, [file_of(made, FIRST + index) for index in range(len(files))])
        kind: Type[OutputError] = NotWritable
        advice = "Allow writing beside the mattes, or choose another output folder, then place again."
        if problem.errno == errno.ENOSPC:
            kind, advice = DiskFull, "Free space, then place the result again."
        why = problem.strerror or problem
        raise kind(f"{folder} cannot be filled ({why}).", field="out", advice=advice) from None
    except DiskFull:
        _delete(folder, [])
        raise
    return Conformed(folder, made, len(files), copied)


def said(conformed: Conformed) -> str:
    """The sentence about copies; empty where links were made."""
    if not conformed.copied:
        return ""
    return f"This disk refuses hard links, so {size(conformed.copied)} were copied to {conformed.folder}."


def delete(folder: str) -> bool:
    """Deletes a conformed sequence; True when the folder is gone. Files that are not ours stay, and so does it."""
    try:
        with open(os.path.join(folder, OURS), encoding="utf-8") as document:
            names = json.load(document)["files"]
        paths = [os.path.join(folder, os.path.basename(str(name))) for name in names]
    except (OSError, ValueError, KeyError, TypeError):
        return not os.path.isdir(folder)
    return _delete(folder, paths)


# --- inside ------------------------------------------------------------------------------------------------


def _with_counter(pattern: str, written: Callable[[int], str]) -> str:
    folder, name = os.path.split(pattern)
    found = _COUNTER.search(name)
    digits = counter_of(pattern)
    if found is None or digits is None:
        return pattern
    return os.path.join(folder, name[: found.start()] + written(digits) + name[found.end() :])


def _plain(name: str) -> str:
    """A name without what a pattern, a shell or Windows would stumble over."""
    return re.sub(r'[\s%#\[\]\\/:*?"<>|.]+', "_", name).strip("_")[:60] or "clip"


def _new_folder(beside: str, name: str) -> str:
    for number in range(1, 10_000):
        folder = os.path.join(beside, f"{_plain(name)}.conformed.{number:02d}")
        try:
            os.mkdir(folder)
            return folder
        except FileExistsError:
            continue
        except OSError as problem:
            raise NotWritable(
                f"{beside} cannot be written ({problem.strerror or problem}).",
                field="out",
                advice="Allow writing beside the mattes, or choose another output folder, then mask again.",
            ) from None
    raise NotWritable(f"{beside} is full of conformed sequences.", field="out", advice="Delete the old ones.")


def _fill(files: Sequence[str], made: str) -> int:
    """Links or copies; the bytes that were copied."""
    copied = 0
    linked = True
    for index, path in enumerate(files):
        target = file_of(made, FIRST + index)
        if linked:
            try:
                os.link(path, target)
                continue
            except OSError:  # another file system, or one without links: from here on copies
                linked = False
                _check_room(files[index:], os.path.dirname(made))
        shutil.copyfile(path, target)
        copied += os.path.getsize(target)
    return copied


def _check_room(files: Sequence[str], folder: str) -> None:
    needed, free = sum(os.path.getsize(path) for path in files), shutil.disk_usage(folder).free
    if needed > free:
        raise DiskFull(
            f"{folder} has {size(free)} free, and the mattes in the clip's order need {size(needed)}.",
            field="out",
            advice="Free space, or render the clip in place in Resolve and mask that: it needs no copies.",
        )


def _delete(folder: str, paths: Sequence[str]) -> bool:
    for path in (*paths, os.path.join(folder, OURS)):
        try:
            os.remove(path)
        except OSError:
            pass  # gone already, or not ours to delete: the folder then stays
    try:
        os.rmdir(folder)
    except OSError:
        return not os.path.isdir(folder)
    return True
