"""A timeline for the self-test: made, looked at, and taken away again, the artist's own open as before."""

from __future__ import annotations

from typing import Any, List, Optional

from mattewire_protocol.errors import BadField

from .connection import Host
from .pool import by_ids, delete, delete_empty_bin, import_sequence, open_bin, pool_of

NAME = "Mattewire self-test"


class Scratch:
    """``timeline``: open while this lives. ``start``: the record frame of the plate's first frame.

    ``close`` takes everything away, also after a failure half way; nothing else of the project is touched.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        project = host.project()
        self._page = host.resolve.GetCurrentPage()
        self._before = project.GetCurrentTimeline()
        self._timecode = self._before.GetCurrentTimecode() if self._before else None
        self._bin = pool_of(host).GetCurrentFolder()
        self._bin_made = False
        self._media: List[str] = []
        self.timeline: Optional[Any] = None
        self.start = 0

    def open(self, pattern: str, first: int, last: int) -> str:
        """A timeline with the sequence ``pattern`` (``%04d``) on its first video track; what is on it, in words."""
        host = self._host
        project, pool = host.project(), pool_of(host)
        host.resolve.OpenPage("edit")
        _, self._bin_made = open_bin(host)
        media = import_sequence(host, pattern, first, last)
        self._media = [media.GetUniqueId()]
        name = _free_name(project)
        pool.CreateEmptyTimeline(name)
        made = project.GetCurrentTimeline()
        if not made or made.GetName() != name:
            raise BadField("Resolve made no timeline.", field="timeline", advice="Close any dialog, then try again.")
        self.timeline = made
        pool.AppendToTimeline([{"mediaPoolItem": media, "mediaType": 1}])
        items = list(made.GetItemListInTrack("video", 1) or [])
        if len(items) != 1 or int(items[0].GetDuration()) != last - first + 1:
            raise BadField("Resolve did not lay the plate on the timeline.", field="timeline")
        self.start = int(items[0].GetStart())
        self.go_to(0)
        return f"{name}: {int(items[0].GetDuration())} frames at record frame {self.start}."

    def go_to(self, offset: int) -> None:
        """Puts the playhead so many frames after the plate's first, fewer than a second."""
        assert self.timeline is not None
        begin = str(self.timeline.GetStartTimecode())
        self.timeline.SetCurrentTimecode(f"{begin[:-2]}{offset:02d}")

    def laid(self) -> List[List[int]]:
        """[track, first record frame, frames] of everything on the video tracks."""
        assert self.timeline is not None
        return [
            [track, int(item.GetStart()), int(item.GetDuration())]
            for track in range(1, int(self.timeline.GetTrackCount("video")) + 1)
            for item in self.timeline.GetItemListInTrack("video", track) or []
        ]

    def show_plate(self, shown: bool) -> None:
        """Switches the plate's track, so that the result is seen alone."""
        assert self.timeline is not None
        self.timeline.SetTrackEnable("video", 1, shown)

    def still(self, path: str) -> bool:
        """Writes what the viewer shows, where this version of Resolve can; False where it did not."""
        project = self._host.project()
        return "ExportCurrentFrameAsStill" in dir(project) and bool(project.ExportCurrentFrameAsStill(path))

    def close(self) -> str:
        """Takes away what was made, and opens what was open."""
        host = self._host
        project, pool = host.project(), pool_of(host)
        if self.timeline is not None:
            pool.DeleteTimelines([self.timeline])
            self.timeline = None
        delete(host, by_ids(host, self._media))
        if self._before:
            project.SetCurrentTimeline(self._before)
            if self._timecode:
                self._before.SetCurrentTimecode(self._timecode)
        if self._bin:
            pool.SetCurrentFolder(self._bin)
        if self._bin_made:
            delete_empty_bin(host)
        if self._page:
            host.resolve.OpenPage(self._page)
        left = [each for each in _timelines(project) if each.GetName().startswith(NAME)]
        if left:
            raise BadField(
                f"The timeline {left[0].GetName()} could not be deleted.", field="timeline", advice="Delete it by hand."
            )
        return "The timeline and its clips are gone."


def _free_name(project: Any) -> str:
    taken = {each.GetName() for each in _timelines(project)}
    number = 1
    while (name := f"{NAME} {number}") in taken:
        number += 1
    return name


def _timelines(project: Any) -> List[Any]:
    found = [project.GetTimelineByIndex(at) for at in range(1, int(project.GetTimelineCount() or 0) + 1)]
    return [each for each in found if each]
