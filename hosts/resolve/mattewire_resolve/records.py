"""Jobs that this panel has handed in, kept from one opening of the window to the next: to go on, to place again, to
remove. One JSON file in Mattewire's data folder; the mattes themselves stay where they are, whatever happens to it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Tuple

from mattewire_panel.frames import FrameMap
from mattewire_panel.tickets import Ticket
from mattewire_protocol.connection import data_folder, write_private
from mattewire_protocol.errors import MattewireError

from .clips import Clip

MOST = 20
"""How many jobs are remembered: the newest ones."""
_FILE = "panel-resolve-jobs.json"
_SCHEMA = "mattewire.resolve.jobs.1"
_FRACTIONS = ("fps", "timeline_fps", "speed")


@dataclass(frozen=True)
class Record:
    """``ticket``: the job, and its request. ``clips``: the uses that it is for, as they were then. ``kind``: of
    ``placing.Kind``. ``timeline``: unique id. ``state``: empty while it runs, then how it ended.

    ``first``, ``last``: the source frames that were asked for, once it has ended with any of them finished.
    ``placed``: what was put on the timeline, as ``placing.Placed`` writes itself; empty for nothing.
    """

    ticket: Ticket
    clips: Tuple[Clip, ...]
    kind: str
    timeline: str
    state: str = ""
    first: Optional[int] = None
    last: Optional[int] = None
    names: Tuple[str, ...] = ()
    version: int = 0
    placed: str = ""

    @property
    def job_id(self) -> str:
        return self.ticket.job_id

    @property
    def label(self) -> str:
        """What was asked for, and over which clip."""
        first = self.clips[0].name if self.clips else ""
        more = f" and {len(self.clips) - 1} more" if len(self.clips) > 1 else ""
        return f"{self.ticket.request.label or 'matte'}: {first}{more}"

    @property
    def uses(self) -> Tuple[str, ...]:
        """Unique ids of the timeline items that it is for."""
        return tuple(clip.item_id for clip in self.clips)

    @property
    def has_mattes(self) -> bool:
        """Whether there is something to place."""
        return self.first is not None and bool(self.ticket.outputs)


class Drawer:
    """The records, newest first. ``note``: a sentence when some could not be read."""

    def __init__(self) -> None:
        self.note = ""
        self._records: List[Record] = []
        self._read()

    def __iter__(self) -> Iterator[Record]:
        return iter(list(self._records))

    def find(self, job_id: str) -> Optional[Record]:
        return next((each for each in self._records if each.job_id == job_id), None)

    def alike(self, clips: Tuple[Clip, ...], label: str, kind: str, timeline: str) -> str:
        """The job whose result on that timeline a new one of the same subject supersedes: none lies over another."""
        uses = tuple(clip.item_id for clip in clips)
        for each in self._records:
            same = (each.uses, each.ticket.request.label, each.kind, each.timeline) == (uses, label, kind, timeline)
            if same and each.placed:
                return each.job_id
        return ""

    def put(self, record: Record) -> Record:
        """Keeps a new record on top, or the new state of an old one in its place."""
        for at, old in enumerate(self._records):
            if old.job_id == record.job_id:
                self._records[at] = record
                break
        else:
            self._records.insert(0, record)
        self._write()
        return record

    def drop(self, job_id: str) -> None:
        """As of a job that the daemon refused."""
        self._records = [each for each in self._records if each.job_id != job_id]
        self._write()

    def _read(self) -> None:
        try:
            tree = json.loads(_path().read_text(encoding="utf-8"))
            if tree["schema"] != _SCHEMA:
                raise ValueError(f"it is a {tree['schema']}")
            self._records = [_from_wire(each) for each in tree["jobs"]][:MOST]
        except FileNotFoundError:
            return
        except (OSError, ValueError, KeyError, TypeError, AttributeError, MattewireError) as problem:
            self.note = f"Earlier jobs cannot be listed: {_path()} cannot be read ({problem})."

    def _write(self) -> None:
        self._records = self._records[:MOST]
        tree = {"schema": _SCHEMA, "jobs": [_to_wire(each) for each in self._records]}
        try:
            write_private(_path(), json.dumps(tree, indent=1, sort_keys=True) + "\n")
        except OSError as problem:
            self.note = f"Jobs cannot be remembered: {_path()} cannot be written ({problem.strerror})."


def _path() -> Path:
    return data_folder() / _FILE


def _to_wire(record: Record) -> Dict[str, Any]:
    return {
        **{name: getattr(record, name) for name in ("kind", "timeline", "state", "first", "last", "version", "placed")},
        "names": list(record.names),
        "ticket": record.ticket.to_text(),
        "clips": [clip_to_wire(clip) for clip in record.clips],
    }


def _from_wire(tree: Dict[str, Any]) -> Record:
    given = dict(tree)
    ticket, clips = Ticket.from_text(given.pop("ticket")), given.pop("clips")
    names = tuple(str(name) for name in given.pop("names"))
    return Record(ticket, tuple(clip_from_wire(clip) for clip in clips), names=names, **given)


def clip_to_wire(clip: Clip) -> Dict[str, Any]:
    """Plain data."""
    tree = dict(vars(clip))
    for name, value in tree.items():
        if isinstance(value, Fraction):
            tree[name] = str(value)
    return {**tree, "frames": clip.frames.to_wire()}


def clip_from_wire(tree: Dict[str, Any]) -> Clip:
    """``ValueError``, ``KeyError`` or ``TypeError`` for what ``clip_to_wire`` did not write."""
    given = {**tree, "frames": FrameMap.from_wire(tree["frames"])}
    for name in _FRACTIONS:
        given[name] = Fraction(given[name])
    return Clip(**given)


def with_outputs(record: Record, outputs: List[str]) -> Record:
    """The same record, its sequences or movies known."""
    return replace(record, ticket=replace(record.ticket, outputs=outputs))
