"""The media pool as Mattewire changes it: one bin, clips imported into it, mattes attached to clips.

Imports land in the bin that is open, so ``editing.open_timeline`` keeps and restores that. What a call answers is not
believed: the bin is read again.
"""

from __future__ import annotations

import math
import os
import re
from fractions import Fraction
from typing import Any, Dict, List, Mapping, Optional, Tuple

from mattewire_protocol.errors import NotWritable

from ..timecode import exact_rate
from .connection import Host
from .reading import OWN_TRACKS

BIN = OWN_TRACKS
"""The bin that everything of ours lands in."""
STRAIGHT, WITHOUT_ALPHA = "Straight", "None"
INPUT_COLOR_SPACE = "Input Color Space"
BYPASS = "Bypass"
"""As the menu of that property calls data that is not to be color managed."""


_COUNTER = re.compile(r"%0(\d+)d")


def pool_of(host: Host) -> Any:
    """The media pool of the open project."""
    return host.project().GetMediaPool()


def open_bin(host: Host) -> Tuple[Any, bool]:
    """Our bin, open, so that imports land in it; and whether it was made just now."""
    pool = pool_of(host)
    root = pool.GetRootFolder()
    found = _our_bin(root)
    made = found is None
    if found is None:
        pool.AddSubFolder(root, BIN)
        found = _our_bin(root)
    if found is None:
        raise NotWritable(
            f"Resolve made no bin called {BIN}.",
            field="bin",
            advice="Make it by hand in the media pool, then place the result again.",
        )
    pool.SetCurrentFolder(found)
    if pool.GetCurrentFolder().GetUniqueId() != found.GetUniqueId():
        raise NotWritable(
            f"Resolve does not open the bin {BIN}.", field="bin", advice="Open it by hand, then place the result again."
        )
    return found, made


def is_empty(folder: Any) -> bool:
    """Whether a bin holds nothing."""
    return not folder.GetClipList() and not folder.GetSubFolderList()


def import_sequence(host: Host, pattern: str, first: int, last: int) -> Any:
    """The media pool item of exactly the files ``first`` to ``last``, both included, of a ``%04d`` pattern.

    An import that is cut to what is used has no first frame to be mistaken about: whether Resolve counts the frames of
    a sequence from zero or by its files was not measured.
    """
    return _imported(host, {"FilePath": pattern, "StartIndex": first, "EndIndex": last}, pattern, last - first + 1)


def import_movie(host: Host, path: str) -> Any:
    """The media pool item of a movie."""
    return _imported(host, path, path, 0)


def _imported(host: Host, wanted: Any, path: str, count: int) -> Any:
    pool = pool_of(host)
    before = {each.GetUniqueId() for each in pool.GetCurrentFolder().GetClipList() or []}
    pool.ImportMedia([wanted])
    new = [each for each in pool.GetCurrentFolder().GetClipList() or [] if each.GetUniqueId() not in before]
    says = [_whole(each.GetClipProperty("Frames")) for each in new]
    if len(new) == 1 and (not count or says[0] == count or (count == 1 and not says[0])):  # a still says nothing
        return new[0]
    if new:
        pool.DeleteClips(new)
    name = os.path.basename(path)
    told = f"only {says[0]} of its {count} frames" if len(new) == 1 else "nothing"
    raise NotWritable(
        f"Resolve imported {told} of {name}.",
        field="out",
        advice=f"See in Resolve's Media page that it can read {os.path.dirname(path)}, then place the result again.",
    )


def describe(media: Any, properties: Mapping[str, str], color: str) -> List[str]:
    """Sets clip properties, read back; the names of those that Resolve did not take."""
    refused = []
    for name, value in properties.items():
        if str(media.GetClipProperty(name)) != value:
            media.SetClipProperty(name, value)
        if str(media.GetClipProperty(name)) != value:
            refused.append(name)
    media.SetClipColor(color)
    return refused


def run_at(media: Any, rate: Fraction) -> bool:
    """Sees to it that ``media`` runs at ``rate`` frames per second. False where Resolve does not let it.

    Sequences are imported at the project's rate, and a timeline may have one of its own.
    """
    if exact_rate(media.GetClipProperty("FPS")) == rate:
        return True
    shown = f"{float(rate):.3f}".rstrip("0").rstrip(".")
    media.SetClipProperty("FPS", shown)
    return exact_rate(media.GetClipProperty("FPS")) == rate


def color_of(media: Any) -> Dict[str, str]:
    """What decides how the pixels of a clip are read: to be given to its cut-out as well."""
    names = (INPUT_COLOR_SPACE, "PAR")
    said = {name: str(media.GetClipProperty(name) or "") for name in names}
    return {name: value for name, value in said.items() if value}


def by_ids(host: Host, ids: List[str]) -> List[Any]:
    """Clips of the media pool, wherever an artist has moved them."""
    wanted, found = set(ids), []
    folders = [pool_of(host).GetRootFolder()]
    while folders:
        folder = folders.pop()
        folders += list(folder.GetSubFolderList() or [])
        found += [each for each in folder.GetClipList() or [] if each.GetUniqueId() in wanted]
    return found


def delete(host: Host, media: List[Any]) -> int:
    """Deletes clips from the media pool; how many are gone."""
    ids = [each.GetUniqueId() for each in media]
    if media:
        pool_of(host).DeleteClips(media)
    return len(ids) - len(by_ids(host, ids))


def delete_empty_bin(host: Host) -> bool:
    """Our bin goes when nothing is in it; True when it is not there any more."""
    pool = pool_of(host)
    found = _our_bin(pool.GetRootFolder())
    if found is not None and is_empty(found):
        pool.DeleteFolders([found])
    return _our_bin(pool.GetRootFolder()) is None


def attach_matte(host: Host, media: Any, path: str) -> bool:
    """A clip matte of ``media``; whether it is listed."""
    host.resolve.GetMediaStorage().AddClipMattesToMediaPool(media, [path])
    return _is_listed(host, media, path)


def detach_matte(host: Host, media: Any, path: str) -> bool:
    """Whether the clip matte is gone."""
    if _is_listed(host, media, path):
        pool_of(host).DeleteClipMattes(media, [path])
    return not _is_listed(host, media, path)


def mattes_of(host: Host, media: Any) -> List[str]:
    """Paths of the clip mattes."""
    return [str(path) for path in pool_of(host).GetClipMatteList(media) or []]


def listed_as(host: Host, pattern: str, first: int, last: int) -> str:
    """How Resolve's own list of a folder calls a sequence, ``name.[0001-0010].exr``; else its first file."""
    file = _COUNTER.sub(lambda found: f"{first:0{int(found[1])}d}", pattern)
    before, counter, after = _COUNTER.split(os.path.basename(pattern))
    digits = int(counter)
    name = f"{before}[{first:0{digits}d}-{last:0{digits}d}]{after}"
    listed = host.resolve.GetMediaStorage().GetFileList(os.path.dirname(pattern)) or []
    return next((str(path) for path in listed if os.path.basename(str(path)) == name), file)


# --- inside ------------------------------------------------------------------------------------------------


def _our_bin(root: Any) -> Optional[Any]:
    return next((each for each in root.GetSubFolderList() or [] if each.GetName() == BIN), None)


def _is_listed(host: Host, media: Any, path: str) -> bool:
    return path in mattes_of(host, media)


def _whole(value: Any) -> int:
    try:
        return math.floor(float(value))
    except (TypeError, ValueError):
        return 0
