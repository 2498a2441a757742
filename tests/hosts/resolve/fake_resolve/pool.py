"""The media pool: bins, clips, imports, mattes. Where a clip lands on a timeline is in ``placing.py``."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from . import otio, placing
from .api import ApiObject
from .markers import Colored
from .media import IMAGES, LISTED, NUMBERED, Media, consolidated, open_images, open_movie
from .timing import rate, shown_rate, timecode

ALPHA_MODES = ("None", "Straight", "Premultiplied")
SETTABLE = ("Clip Name", "Alpha mode", "Input Color Space", "Comments", "Start TC", "Data Level")


class MediaPoolItem(Colored):
    """A clip in a bin. ``_media``: its file; None for a timeline or compound, which ``_nested`` holds.

    At import an EXR's alpha is taken as premultiplied, as OpenEXR defines it, anything else's as straight. What a real
    Resolve takes was not measured: whoever writes straight alpha sets the "Alpha mode" property.
    """

    def __init__(self, app: Any, name: str, media: Media | None, kind: str, project_rate: Fraction) -> None:
        super().__init__(app)
        self._media = media
        self._nested: Any = None
        self._rate = (media.rate if media else None) or project_rate  # images freeze the project's rate at import
        self._mattes: list[str] = []
        premultiplied = media is not None and media.codec == "EXR"
        self._own = {
            "Clip Name": name,
            "Alpha mode": "None" if media and not media.alpha else "Premultiplied" if premultiplied else "Straight",
            "Input Color Space": "Project",
            "Comments": "",
            "Data Level": "Auto",
            "Type": kind,
        }

    def _frames(self) -> int:
        if self._nested is not None:
            return int(self._nested._end() - self._nested._start)
        if self._media is None:
            return 0
        return self._media.frames or math.floor(self._media.seconds * self._rate)

    def _first(self) -> int:
        """What the first frame is called in calls that count source frames."""
        numbered = self._media is not None and self._app.sequence_frames == "file numbers"
        return self._media.first if numbered and self._media else 0

    def _has_picture(self) -> bool:
        return self._own["Type"] != "Audio"

    def GetName(self) -> str:
        """The clip's name, at first its file's."""
        return self._own["Clip Name"]

    def SetName(self, name: str, /) -> bool:
        """False for an empty name."""
        return self.SetClipProperty("Clip Name", name)

    def GetMediaId(self) -> str:
        """Unique."""
        return f"media {self._id}"

    def GetUniqueId(self) -> str:
        """Unique."""
        return self._id

    def GetClipProperty(self, propertyName: str | None = None, /) -> Any:
        """One property, or a dict of all. An unknown name gives an empty string. Counts are text, FPS is a number."""
        media, count = self._media, self._frames()
        start = media.start if media else 0
        first = media.first if media else 0
        known: dict[str, Any] = {
            **self._own,
            "File Path": media.path if media else "",
            "File Name": os.path.basename(media.path) if media else "",
            "FPS": shown_rate(self._rate),
            "Frames": str(count) if count else "",
            "Start": str(first),
            "End": str(first + count - 1) if count else "",
            "Start TC": timecode(start, self._rate),
            "End TC": timecode(start + count, self._rate),
            "Duration": timecode(count, self._rate),
            "Resolution": f"{media.width}x{media.height}" if media and media.width else "",
            "Video Codec": media.codec if media else "",
            "Format": Path(media.pattern).suffix[1:] if media else "",
            "PAR": "Square",
            "Drop frame": "0",
            "Online Status": "Online" if media is None or media.online() else "Offline",
        }
        return known if propertyName is None else known.get(propertyName, "")

    def SetClipProperty(self, propertyName: str, propertyValue: Any, /) -> bool:
        """False for what cannot be set, and for an alpha mode that Resolve does not have."""
        if propertyName not in SETTABLE or not isinstance(propertyValue, str) or not propertyValue:
            return False
        if propertyName == "Alpha mode" and propertyValue not in ALPHA_MODES:
            return False
        self._own[propertyName] = propertyValue
        return True

    def TranscribeAudio(self, useSpeakerDetection: bool = False, /) -> bool:
        """Studio only: in the free edition False, and the dialog is up (the ledger)."""
        return self._app.studio_only()


class Folder(ApiObject):
    """A bin."""

    def __init__(self, app: Any, name: str) -> None:
        super().__init__(app)
        self._name = name
        self._clips: list[MediaPoolItem] = []
        self._folders: list[Folder] = []

    def _all(self) -> Iterator[Folder]:
        yield self
        for folder in self._folders:
            yield from folder._all()

    def GetName(self) -> str:
        """The bin's name; the root is called Master."""
        return self._name

    def GetClipList(self) -> list[MediaPoolItem]:
        """Clips, timelines and compounds in this bin, not in the bins below."""
        return list(self._clips)

    def GetSubFolderList(self) -> list[Folder]:
        """The bins directly below."""
        return list(self._folders)

    def GetUniqueId(self) -> str:
        """Unique."""
        return self._id


class MediaPool(ApiObject):
    """One per project."""

    def __init__(self, app: Any, project: Any) -> None:
        super().__init__(app)
        self._project = project
        self._root = Folder(app, "Master")
        self._current = self._root

    def _holder(self, item: ApiObject) -> Folder | None:
        return next((f for f in self._root._all() if item in f._clips or item in f._folders), None)

    def _add(self, name: str, media: Media | None, kind: str) -> MediaPoolItem:
        item = MediaPoolItem(self._app, name, media, kind, rate(self._project._settings["timelineFrameRate"]))
        self._current._clips.append(item)
        return item

    def GetRootFolder(self) -> Folder:
        """The bin called Master."""
        return self._root

    def GetCurrentFolder(self) -> Folder:
        """The bin that imports land in."""
        return self._current

    def SetCurrentFolder(self, folder: Folder, /) -> bool:
        """False for a bin of another project, or a deleted one."""
        if folder not in self._root._all():
            return False
        self._current = folder
        return True

    def AddSubFolder(self, folder: Folder, name: str, /) -> Folder | None:
        """None where a bin of that name is there already. It becomes the current bin, so that imports land in it."""
        if folder not in self._root._all() or any(each._name == name for each in folder._folders):
            return None
        made = Folder(self._app, name)
        folder._folders.append(made)
        self._current = made
        return made

    def DeleteFolders(self, subfolders: list[Folder], /) -> bool:
        """With everything in them; the root cannot go."""
        if not subfolders or any(self._holder(folder) is None for folder in subfolders):
            return False
        for folder in subfolders:
            holder = self._holder(folder)
            if holder is not None:
                holder._folders.remove(folder)
                folder._gone = True
        if self._current not in self._root._all():
            self._current = self._root
        return True

    def MoveClips(self, clips: list[MediaPoolItem], targetFolder: Folder, /) -> bool:
        """False if one of them is not in this pool."""
        if targetFolder not in self._root._all() or any(self._holder(clip) is None for clip in clips):
            return False
        for clip in clips:
            holder = self._holder(clip)
            if holder is not None:
                holder._clips.remove(clip)
            targetFolder._clips.append(clip)
        return True

    def DeleteClips(self, clips: list[MediaPoolItem], /) -> bool:
        """What was cut from them stays on the timelines, offline."""
        if not clips or any(self._holder(clip) is None for clip in clips):
            return False
        for clip in clips:
            holder = self._holder(clip)
            if holder is not None:
                holder._clips.remove(clip)
            clip._gone = True
        return True

    def ImportMedia(self, items: list[Any], /) -> list[MediaPoolItem]:
        """Files, or dicts of FilePath (with %04d), StartIndex and EndIndex. **Lands in the current bin.** [] on error.

        One numbered picture given as a plain path comes in as a still. Importing twice makes two clips.
        """
        opened = [_open(item) for item in items] if isinstance(items, list) else []
        made = [media for media in opened if media is not None]
        if not made or len(made) < len(opened):
            return []
        return [self._add(os.path.basename(media.path), media, media.kind) for media in made]

    def AppendToTimeline(self, clips: Any, /, *more: Any) -> list[Any] | None:
        """See ``placing.append``."""
        return placing.append(self._project, clips, more)

    def CreateEmptyTimeline(self, name: str, /) -> Any:
        """It becomes the current one, with one video and one audio track. None where the name is taken."""
        return self._project._new_timeline(name)

    def DeleteTimelines(self, timeline: list[Any], /) -> bool:
        """False if one of them is not this project's."""
        return bool(self._project._delete_timelines(timeline))

    def ImportTimelineFromFile(self, filePath: str, importOptions: dict[str, Any] | None = None, /) -> Any:
        """See ``otio.read``: None for almost everything."""
        return otio.read(self._project, filePath, importOptions or {})

    def GetClipMatteList(self, mediaPoolItem: MediaPoolItem, /) -> list[str]:
        """Paths of the clip mattes."""
        return list(mediaPoolItem._mattes)

    def DeleteClipMattes(self, mediaPoolItem: MediaPoolItem, paths: list[str], /) -> bool:
        """False if one of them is not there."""
        if not paths or any(path not in mediaPoolItem._mattes for path in paths):
            return False
        mediaPoolItem._mattes = [path for path in mediaPoolItem._mattes if path not in paths]
        return True

    def GetUniqueId(self) -> str:
        """Unique."""
        return self._id


class MediaStorage(ApiObject):
    """The disks, as Resolve's Media page shows them."""

    def GetFileList(self, folderPath: str, /) -> list[str]:
        """Absolute paths of the files in a folder; [] when there is none. Numbered pictures are one entry (README:
        "media listings may be logically consolidated entries"), written as the File Path property has it."""
        folder = Path(folderPath)
        return consolidated(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []

    def GetSubFolderList(self, folderPath: str, /) -> list[str]:
        """Absolute paths of the folders in a folder."""
        folder = Path(folderPath)
        return sorted(str(path) for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []

    def AddItemListToMediaPool(self, items: Any, /, *more: Any) -> list[MediaPoolItem]:
        """Into the current bin: paths, a list of them, or dicts of media, startFrame and endFrame. [] on error."""
        given = list(items) if isinstance(items, (list, tuple)) else [items, *more]
        named = [
            {"FilePath": item["media"], "StartIndex": item["startFrame"], "EndIndex": item["endFrame"]}
            if isinstance(item, dict)
            else item
            for item in given
        ]
        return self._app.project._pool.ImportMedia(named)

    def AddClipMattesToMediaPool(
        self, mediaPoolItem: MediaPoolItem, paths: list[str], stereoEye: str | None = None, /
    ) -> bool:
        """Files as clip mattes of a clip, for the Color page; False if one does not open."""
        if not paths or any(_open(path) is None for path in paths) or stereoEye not in (None, "left", "right"):
            return False
        mediaPoolItem._mattes += paths
        return True


def _open(item: Any) -> Media | None:
    listed = LISTED.fullmatch(item) if isinstance(item, str) else None
    if listed:
        head, first, last, tail = listed.groups()
        item = {"FilePath": f"{head}%0{len(first)}d{tail}", "StartIndex": int(first), "EndIndex": int(last)}
    if isinstance(item, dict):
        pattern, first, last = item.get("FilePath", ""), item.get("StartIndex", 0), item.get("EndIndex", -1)
        return open_images(pattern, first, last) if NUMBERED.search(pattern) else None
    if not isinstance(item, str) or not os.path.isfile(item):
        return None
    return open_images(item, 0, 0) if Path(item).suffix.lower() in IMAGES else open_movie(item)
