"""What was laid on a timeline for one result: all that is needed to take it out again, also after a restart."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Dict, List

from mattewire_protocol.errors import BadField

SCHEMA = "mattewire.placed.1"


@dataclass
class LaidTrack:
    """A track that got ``items`` (unique ids). ``to_go``: it was made for them, or held others of ours: it goes when
    it is empty."""

    name: str
    items: List[str] = field(default_factory=list)
    to_go: bool = True


@dataclass
class Placed:
    """One result on a timeline. It grows while it is placed, so that a placement that fails is taken out by it.

    ``job_id``: the job's; ``kind`` is one of ``Kind``; ``label`` what an artist reads. ``turn`` counts the results that
    a timeline has got: the highest is the last.
    ``timeline_id``, ``timeline_name``: where it is. ``tracks``: what was laid. ``media``: unique ids of the media pool
    items. ``bin_to_go``: the bin was made for them. ``comps``: [item id, composition name]. ``clip_mattes``: [media
    pool item id, path]. ``folders``: conformed sequences; ``files``: documents; both are ours to delete. ``job_files``:
    what the job wrote, which stays. ``notes``: sentences to tell the artist; they are not kept.
    """

    job_id: str
    kind: str
    label: str
    timeline_id: str
    timeline_name: str
    turn: int = 1
    tracks: List[LaidTrack] = field(default_factory=list)
    media: List[str] = field(default_factory=list)
    bin_to_go: bool = False
    comps: List[List[str]] = field(default_factory=list)
    clip_mattes: List[List[str]] = field(default_factory=list)
    folders: List[str] = field(default_factory=list)
    files: List[str] = field(default_factory=list)
    job_files: List[str] = field(default_factory=list)
    notes: List[str] = field(default_factory=list)

    @property
    def item_ids(self) -> List[str]:
        """Of all timeline items that were laid."""
        return [each for track in self.tracks for each in track.items]

    def to_text(self) -> str:
        """One line of JSON in ASCII, for a marker's customData and for the panel's preferences."""
        tree: Dict[str, Any] = {"schema": SCHEMA, **asdict(self)}
        del tree["notes"]
        return json.dumps(tree, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str) -> Placed:
        """``BadField`` for what ``to_text`` did not write: an older version, or another tool's marker."""
        try:
            tree = json.loads(text)
            if not isinstance(tree, dict) or tree.pop("schema", None) != SCHEMA:
                raise ValueError("it is of another kind")
            known = {each.name for each in fields(cls)}
            values = {name: value for name, value in tree.items() if name in known}
            _check(values)
            values["tracks"] = [_track(each) for each in values.get("tracks", [])]
            return cls(**values)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as problem:
            raise BadField(
                f"What the timeline keeps of the mattes cannot be read ({problem}).",
                field="placed",
                advice="Delete the Mattewire track and its clips in the bin Mattewire by hand.",
            ) from None


@dataclass(frozen=True)
class Removed:
    """What ``remove`` took away. ``items``, ``tracks``, ``media``: how many. ``notes``: what was left, and why."""

    items: int = 0
    tracks: int = 0
    media: int = 0
    notes: List[str] = field(default_factory=list)


# --- inside ------------------------------------------------------------------------------------------------


def _check(values: Dict[str, Any]) -> None:
    for name in ("job_id", "kind", "label", "timeline_id", "timeline_name"):
        if not isinstance(values[name], str):
            raise ValueError(f"{name} is no text")
    for name in ("media", "folders", "files", "job_files"):
        _texts(name, values.get(name, []))
    for name in ("comps", "clip_mattes"):
        pairs = values.get(name, [])
        if not isinstance(pairs, list) or any(len(_texts(name, pair)) != 2 for pair in pairs):
            raise ValueError(f"{name} has no pairs")
    if isinstance(values.get("turn", 1), bool) or not isinstance(values.get("turn", 1), int):
        raise ValueError("turn is no number")
    if not isinstance(values.get("bin_to_go", False), bool):
        raise ValueError("bin_to_go is neither true nor false")


def _track(tree: Dict[str, Any]) -> LaidTrack:
    if not isinstance(tree["name"], str) or not isinstance(tree["to_go"], bool):
        raise ValueError("a track is damaged")
    return LaidTrack(tree["name"], _texts("items", tree["items"]), tree["to_go"])


def _texts(name: str, found: Any) -> List[str]:
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise ValueError(f"{name} is no list of texts")
    return found
