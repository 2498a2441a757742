"""The application and its projects: ``Resolve``, ``ProjectManager``, ``Project``."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import OpenImageIO as oiio

from .api import ApiObject
from .groups import ColorGroup
from .picture import picture
from .pool import MediaPool
from .properties import CONSTANTS
from .rendering import CODECS, FORMATS, RenderQueue
from .timeline import Timeline
from .timing import NTSC

PAGES = ("media", "cut", "edit", "fusion", "color", "fairlight", "deliver")
RATES = {"16", "18", "23.976", "24", "25", "29.97", "30", "47.952", "48", "50", "59.94", "60", *NTSC}
FITTING = ("centerCrop", "scaleToCrop", "scaleToFit", "stretch")


class Project(ApiObject):
    """One project; the current timeline is the last one made or chosen."""

    def __init__(self, app: Any, name: str, settings: dict[str, str]) -> None:
        super().__init__(app)
        self._name = name
        self._settings = {
            "timelineInputResMismatchBehavior": "scaleToFit",
            "colorScienceMode": "davinciYRGB",
            **settings,
        }
        self._timelines: list[Timeline] = []
        self._current: Timeline | None = None
        self._pool = MediaPool(app, self)
        self._groups: list[ColorGroup] = []
        self._queue = RenderQueue()

    def _new_timeline(self, name: str) -> Timeline | None:
        if not name or any(each._name == name for each in self._timelines):
            return None
        made = Timeline(self, name)
        made._pool_item = self._pool._add(name, None, "Timeline")
        made._pool_item._nested = made
        self._timelines.append(made)
        self._current = made
        return made

    def _delete_timelines(self, timelines: list[Timeline]) -> bool:
        if not timelines or any(each not in self._timelines for each in timelines):
            return False
        for each in timelines:
            self._timelines.remove(each)
            each._gone = True
            holder = self._pool._holder(each._pool_item)
            if holder is not None:
                holder._clips.remove(each._pool_item)
        if self._current not in self._timelines:
            self._current = self._timelines[0] if self._timelines else None
        return True

    def _save(self) -> None:
        """The ledger: placements of an append that answered with an error are gone after a save."""
        for track in [track for each in self._timelines for track in each._all_tracks()]:
            for item in [item for item in track.items if item._lost_at_save]:
                track.items.remove(item)
                item._gone = True

    def GetName(self) -> str:
        """The project's name."""
        return self._name

    def GetUniqueId(self) -> str:
        """Unique."""
        return self._id

    def GetMediaPool(self) -> MediaPool:
        """The one media pool."""
        return self._pool

    def GetTimelineCount(self) -> int:
        """How many timelines there are."""
        return len(self._timelines)

    def GetTimelineByIndex(self, idx: int, /) -> Timeline | None:
        """Counted from 1; None where there is none."""
        return self._timelines[int(idx) - 1] if 1 <= idx <= len(self._timelines) else None

    def GetCurrentTimeline(self) -> Timeline | None:
        """None without one."""
        return self._current

    def SetCurrentTimeline(self, timeline: Timeline, /) -> bool:
        """False for a timeline of another project, or a deleted one."""
        if timeline not in self._timelines:
            return False
        self._current = timeline
        return True

    def GetColorGroupsList(self) -> list[ColorGroup]:
        """All of them."""
        return list(self._groups)

    def AddColorGroup(self, groupName: str, /) -> ColorGroup | None:
        """None where the name is taken."""
        if not groupName or any(group._name == groupName for group in self._groups):
            return None
        self._groups.append(ColorGroup(self._app, groupName))
        return self._groups[-1]

    def GetSetting(self, settingName: str = "", /) -> Any:
        """Text; a dict of all without a name; empty for an unknown one."""
        return self._settings.get(settingName, "") if settingName else dict(self._settings)

    def SetSetting(self, settingName: str, settingValue: str, /) -> bool:
        """Text only. False for what is unknown, and for the frame rate once there is a timeline."""
        if settingName not in self._settings or not isinstance(settingValue, str):
            return False
        if settingName == "timelineFrameRate" and (self._timelines or settingValue not in RATES):
            return False
        if settingName.startswith("timelineResolution") and not settingValue.isdigit():
            return False
        if settingName == "timelineInputResMismatchBehavior" and settingValue not in FITTING:
            return False
        self._settings[settingName] = settingValue
        return True

    def GetRenderFormats(self) -> dict[str, str]:
        """{name in the menu: ending}."""
        return dict(FORMATS)

    def GetRenderCodecs(self, renderFormat: str, /) -> dict[str, str]:
        """{description: id} by the format's ending; {} for one that offers none (the ledger: Wave is such a one)."""
        return dict(CODECS.get(renderFormat, {}))

    def GetCurrentRenderFormatAndCodec(self) -> dict[str, str]:
        """The ending and the codec's id."""
        return {"format": self._queue.page.format, "codec": self._queue.page.codec}

    def SetCurrentRenderFormatAndCodec(self, format: str, codec: str, /) -> bool:
        """By ending and id; the words of the menu are refused (the ledger)."""
        return self._queue.choose(format, codec)

    def GetCurrentRenderMode(self) -> int:
        """0 individual clips, 1 single clip."""
        return self._queue.page.mode

    def SetCurrentRenderMode(self, renderMode: int, /) -> bool:
        """False for other numbers."""
        if renderMode not in (0, 1):
            return False
        self._queue.page.mode = renderMode
        return True

    def SetRenderSettings(self, settings: dict[str, Any], /) -> bool:
        """On top of what the Deliver page holds (the ledger); no call reads them."""
        return self._queue.set(settings)

    def SaveAsNewRenderPreset(self, presetName: str, /) -> bool:
        """What the page holds; False where the name is taken."""
        if not presetName or presetName in self._queue.presets:
            return False
        self._queue.presets[presetName] = self._queue.page.copy()
        return True

    def LoadRenderPreset(self, presetName: str, /) -> bool:
        """False where there is none."""
        found = self._queue.presets.get(presetName)
        self._queue.page = found.copy() if found else self._queue.page
        return found is not None

    def DeleteRenderPreset(self, presetName: str, /) -> bool:
        """False where there is none."""
        return self._queue.presets.pop(presetName, None) is not None

    def AddRenderJob(self) -> str:
        """Of the current timeline; its id, empty where it was not added."""
        return self._queue.add(self._current)

    def DeleteRenderJob(self, jobId: str, /) -> bool:
        """False for an unknown one, and for one that renders."""
        job = self._queue.jobs.get(jobId)
        if job is None or job in self._queue.running:
            return False
        del self._queue.jobs[jobId]
        return True

    def GetRenderJobList(self) -> list[dict[str, Any]]:
        """In the order of the queue."""
        return [
            {"JobId": job.job_id, "TimelineName": job.timeline._name, "TargetDir": job.page.settings["TargetDir"]}
            for job in self._queue.jobs.values()
        ]

    def StartRendering(self, *jobs: Any) -> bool:
        """Job ids, or a list of them and whether errors are shown in the UI; without any, all."""
        named = [job for job in jobs if not isinstance(job, bool)]
        ids = named[0] if named and isinstance(named[0], list) else named
        return self._queue.begin([str(each) for each in ids] or list(self._queue.jobs))

    def StopRendering(self) -> None:
        """Whatever renders."""
        self._queue.stop()

    def IsRenderingInProgress(self) -> bool:
        """Also of what someone else has started."""
        self._queue.go_on()
        return bool(self._queue.running)

    def GetRenderJobStatus(self, jobId: str, /) -> dict[str, Any]:
        """JobStatus, CompletionPercentage and, of a failed one, Error; {} for an unknown job."""
        return self._queue.status(jobId)

    def ExportCurrentFrameAsStill(self, filePath: str, /) -> bool:
        """The timeline's picture at the playhead, all tracks: also titles and grades. PNG, TIFF and JPEG here."""
        if self._current is None or not os.path.isdir(os.path.dirname(filePath)):
            return False
        pixels = picture(self._current, self._current._playhead)[..., :3]
        out = oiio.ImageOutput.create(filePath)
        if out is None or not out.open(filePath, oiio.ImageSpec(pixels.shape[1], pixels.shape[0], 3, "uint8")):
            oiio.geterror()
            return False
        return bool(out.write_image(np.ascontiguousarray(pixels)) and out.close())


class ProjectManager(ApiObject):
    """One database with its projects, all in one folder."""

    def __init__(self, app: Any) -> None:
        super().__init__(app)
        self._projects: dict[str, Project] = {}

    def GetCurrentProject(self) -> Project:
        """There always is one."""
        return self._app.project

    def GetProjectListInCurrentFolder(self) -> list[str]:
        """Names."""
        return list(self._projects)

    def CreateProject(self, projectName: str, mediaLocationPath: str | None = None, /) -> Project | None:
        """It becomes the current one. None where the name is taken."""
        if not projectName or projectName in self._projects:
            return None
        made = Project(self._app, projectName, self._app.settings())
        self._projects[projectName] = self._app.project = made
        return made

    def LoadProject(self, projectName: str, /) -> Project | None:
        """None where there is none."""
        found = self._projects.get(projectName)
        self._app.project = found or self._app.project
        return found

    def SaveProject(self) -> bool:
        """What an append with an error placed is lost here."""
        self._app.project._save()
        return True


class Resolve(ApiObject):
    """The global ``resolve``, with the constants of the README as attributes."""

    def __init__(self, app: Any) -> None:
        super().__init__(app)
        for name, number in CONSTANTS.items():
            setattr(self, name, number)

    def GetProductName(self) -> str:
        """Tells the editions apart: "DaVinci Resolve" or "DaVinci Resolve Studio"."""
        return self._app.edition.product

    def GetVersion(self) -> list[Any]:
        """[major, minor, patch, build, suffix]."""
        return [*self._app.edition.version, 7, ""]

    def GetVersionString(self) -> str:
        """major.minor.patch.build."""
        return ".".join(map(str, [*self._app.edition.version, 7]))

    def GetCurrentPage(self) -> str:
        """One of the seven."""
        return self._app.page

    def OpenPage(self, pageName: str, /) -> bool:
        """False for a page that does not exist."""
        if pageName not in PAGES:
            return False
        self._app.page = pageName
        return True

    def GetProjectManager(self) -> ProjectManager:
        """The one project manager."""
        return self._app.manager

    def GetMediaStorage(self) -> Any:
        """The disks."""
        return self._app.storage

    def Fusion(self) -> Any:
        """The global ``fusion``."""
        return self._app.fusion
