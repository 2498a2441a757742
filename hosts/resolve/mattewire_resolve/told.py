"""A clip as the Lua script tells it: its answers, written down in Resolve and read here by the panel's own code.

The free edition's script can ask Resolve but cannot map frames, and the command line can map frames but cannot ask. So
the script sends what the calls of ``api.reading`` answered for the one clip under the playhead, and what is made from
it here answers the same calls again. Nothing of a Resolve is needed to read it.
"""

# ruff: noqa: N802  (the names are Resolve's)

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Mapping, Optional

from mattewire_protocol.errors import BadField

from .api.connection import Host, connect

SCHEMA = "mattewire.told.1"
LARGEST = 1_000_000
"""Characters of a message: far more than a clip needs."""


@dataclass(frozen=True)
class Told:
    """``item_id``: the clip's unique id. ``run``: a word of the script's, to know its answer by. ``stamp``: what the
    answer depends on, in one text. ``settings``: the artist's file. ``host``: reads like the Resolve that told it."""

    item_id: str
    run: str
    stamp: str
    settings: Mapping[str, Any]
    host: Host


def read(text: str) -> Told:
    """What a script sent: JSON in base64, since a command line has its own ideas of quotes. ``BadField`` for others."""
    try:
        if len(text) > LARGEST:
            raise ValueError("it is too long")
        facts = json.loads(base64.b64decode(text.encode("ascii"), validate=True).decode("utf-8"))
        if facts["schema"] != SCHEMA:
            raise ValueError(f"it is a {facts['schema']}")
        words = [facts["item"]["id"], facts["run"], facts["stamp"]]
        if not all(isinstance(word, str) and word for word in words) or not isinstance(facts["settings"], dict):
            raise ValueError("something is missing")
        return Told(words[0], words[1], words[2], facts["settings"], connect(_Resolve(facts)))
    except BadField:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, binascii.Error) as problem:
        raise BadField(
            f"is not what the Lua script sends: {problem}.",
            field="FACTS",
            advice="Run: mattewire install-host resolve; then start the script again from Workspace > Scripts.",
        ) from None


class _Quiet:
    """Calls that were not told answer nothing, as Resolve's own do when they have no answer."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *_: None


class _Resolve(_Quiet):
    def __init__(self, facts: Mapping[str, Any]) -> None:
        self._facts = facts

    def GetProductName(self) -> str:
        return str(self._facts["product"])

    def GetVersion(self) -> List[int]:
        return [int(number) for number in re.findall(r"\d+", str(self._facts["version"]))]

    def GetProjectManager(self) -> _Resolve:
        return self

    def GetCurrentProject(self) -> _Project:
        return _Project(self._facts)


class _Project(_Quiet):
    def __init__(self, facts: Mapping[str, Any]) -> None:
        self._facts = facts

    def GetSetting(self, name: str) -> str:
        return str(self._facts["project"].get(name, ""))

    def GetCurrentTimeline(self) -> _Timeline:
        return _Timeline(self._facts)


class _Timeline(_Quiet):
    """It has the clip's track and those below, and nothing on it but the clip."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        self._told = facts["timeline"]
        self._item = _Item(facts["item"])

    def GetSetting(self, name: str) -> str:
        return str(self._told["settings"].get(name, ""))

    def GetStartFrame(self) -> int:
        return int(self._told["start"])

    def GetStartTimecode(self) -> str:
        return str(self._told["start_timecode"])

    def GetCurrentTimecode(self) -> str:
        return str(self._told["timecode"])

    def GetTrackCount(self, kind: str) -> int:
        return int(self._told["track"]) if kind == "video" else 0

    def GetTrackName(self, kind: str, index: int) -> str:
        return ""

    def GetIsTrackEnabled(self, kind: str, index: int) -> bool:
        return True

    def GetItemListInTrack(self, kind: str, index: int) -> List[_Item]:
        return [self._item] if (kind, index) == ("video", int(self._told["track"])) else []


class _Item(_Quiet):
    def __init__(self, told: Mapping[str, Any]) -> None:
        self._told = told

    def __dir__(self) -> List[str]:
        """The names of the calls that answered, as with Resolve's own objects."""
        always = [name for name in dir(type(self)) if not name.startswith("_")]
        silent = {name for name in _PLAYED if name not in self._told["played"]}
        return sorted(set(always) - silent)

    def GetUniqueId(self) -> str:
        return str(self._told["id"])

    def GetName(self) -> str:
        return str(self._told["name"])

    def GetStart(self) -> int:
        return int(self._told["start"])

    def GetDuration(self) -> int:
        return int(self._told["duration"])

    def GetClipEnabled(self) -> bool:
        return True

    def GetFusionCompCount(self) -> int:
        return int(self._told.get("comps", 0))

    def GetMediaPoolItem(self) -> Optional[_Media]:
        media = self._told.get("media")
        return _Media(media) if media else None

    def GetSourceStartFrame(self) -> Any:
        return self._told["played"].get("GetSourceStartFrame")

    def GetSourceEndFrame(self) -> Any:
        return self._told["played"].get("GetSourceEndFrame")

    def GetSourceStartTime(self) -> Any:
        return self._told["played"].get("GetSourceStartTime")

    def GetSourceEndTime(self) -> Any:
        return self._told["played"].get("GetSourceEndTime")

    def GetLeftOffset(self, subframe_precision: bool = False) -> Any:
        return self._told["played"].get("GetLeftOffset")


_PLAYED = ("GetSourceStartFrame", "GetSourceEndFrame", "GetSourceStartTime", "GetSourceEndTime", "GetLeftOffset")


class _Media(_Quiet):
    def __init__(self, told: Mapping[str, Any]) -> None:
        self._told = told

    def GetUniqueId(self) -> str:
        return str(self._told["id"])

    def GetClipProperty(self) -> Dict[str, Any]:
        return dict(self._told["properties"])
