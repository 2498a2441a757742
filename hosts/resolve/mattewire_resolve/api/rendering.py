"""Resolve's render queue, and the scratch timeline on which one clip is alone.

Measured on running Resolves (see ``api.reading``): the settings given are laid over whatever the Deliver page holds,
there is no call that reads them, and a job's own account of itself proves nothing about its files. So the page is kept
as a preset of ours and loaded again, and what was rendered is looked for on disk.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Tuple

from mattewire_protocol.errors import BadField

from .connection import Host
from .reading import Spot, spots

SCRATCH = "Mattewire render"
"""Name of the scratch timeline, and of the preset that keeps the Deliver page."""
SINGLE_CLIP = 1
FREE_SIZE = (3840, 2160)
"""The largest picture that the free edition renders: Blackmagic Design, DaVinci Resolve, comparison of editions."""
_NEUTRAL = {
    "Pan": 0.0, "Tilt": 0.0, "ZoomX": 1.0, "ZoomY": 1.0, "RotationAngle": 0.0, "AnchorPointX": 0.0, "AnchorPointY": 0.0,
    "Pitch": 0.0, "Yaw": 0.0, "FlipX": False, "FlipY": False, "CropLeft": 0.0, "CropRight": 0.0, "CropTop": 0.0,
    "CropBottom": 0.0, "CropSoftness": 0.0, "Opacity": 100.0, "Distortion": 0.0, "CompositeMode": 0,
    "DynamicZoomEase": 0, "Scaling": 0,
}  # fmt: skip
"""A clip as it is, filling the frame: README, "Looking up Timeline item properties". Its grade and speed stay."""


@dataclass(frozen=True)
class Job:
    """A job in the queue that is ours, the scratch timeline that it renders, and the timeline that was open before.

    The project is kept: another one may be opened while it renders, and then its queue is another, too.
    """

    project: Any
    before: Any
    job_id: str
    scratch: Any
    suffix: str


@dataclass(frozen=True)
class Status:
    """``state``: Resolve's own word, empty when the job is gone; ``percent`` 0 to 100; ``said``: its error, if any."""

    state: str
    percent: int
    said: str


def is_rendering(project: Any) -> bool:
    """Whether Resolve renders, ours or not."""
    return bool(project.IsRenderingInProgress())


def queue(host: Host, spot: Spot, size: Tuple[int, int], folder: str, name: str) -> Job:
    """Puts the clip alone on a scratch timeline of ``size`` and queues its record frames, into ``folder``.

    The open timeline, the page and what the Deliver page holds are afterwards as they were. Raises ``BadField`` with
    everything taken back where Resolve does not follow.
    """
    project, before = host.project(), host.timeline()
    page = host.resolve.GetCurrentPage()
    host.resolve.OpenPage("edit")  # clips are deleted on the Edit page only (measured)
    scratch, deliver = None, _keep_deliver(project)
    try:
        scratch = _alone(project, before, spot, size)
        suffix = _choose_format(project)
        project.SetCurrentRenderMode(SINGLE_CLIP)
        wanted = {
            "SelectAllFrames": False, "MarkIn": spot.start, "MarkOut": spot.end, "TargetDir": folder,
            "CustomName": name, "ExportVideo": True, "ExportAudio": False, "ExportAlpha": False,
            "FormatWidth": size[0], "FormatHeight": size[1],
        }  # fmt: skip
        job_id = project.AddRenderJob() if project.SetRenderSettings(wanted) else ""
        if not job_id:
            raise _refused("did not queue the clip")
    except BaseException:
        _discard(project, scratch)
        raise
    finally:
        _restore_deliver(project, deliver)
        project.SetCurrentTimeline(before)
        host.resolve.OpenPage(page)
    return Job(project, before, str(job_id), scratch, suffix)


def start(job: Job) -> None:
    """Renders the one job; others in the queue stay as they are."""
    if not job.project.StartRendering([job.job_id], False):
        raise _refused("did not start to render")


def status(job: Job) -> Status:
    """How far it is."""
    told: Dict[str, Any] = job.project.GetRenderJobStatus(job.job_id) or {}
    return Status(
        str(told.get("JobStatus", "")), int(told.get("CompletionPercentage") or 0), str(told.get("Error", ""))
    )


def stop(job: Job) -> None:
    """Stops what renders."""
    job.project.StopRendering()


def clear(job: Job) -> None:
    """Takes the job out of the queue and the scratch timeline out of the project, and out of sight."""
    job.project.DeleteRenderJob(job.job_id)
    shown = job.project.GetCurrentTimeline()
    if shown and shown.GetUniqueId() == job.scratch.GetUniqueId():
        job.project.SetCurrentTimeline(job.before)
    _discard(job.project, job.scratch)


def _discard(project: Any, scratch: Any) -> None:
    pool = project.GetMediaPool()
    if pool and scratch:
        pool.DeleteTimelines([scratch])


# --- the scratch timeline ------------------------------------------------------------------------------------


def _alone(project: Any, before: Any, spot: Spot, size: Tuple[int, int]) -> Any:
    """A copy of the timeline that shows this one clip, as large as its file and moved nowhere."""
    _sweep(project)
    scratch = before.DuplicateTimeline(SCRATCH)
    if not scratch:
        raise _refused("did not copy the timeline")
    try:
        if not project.SetCurrentTimeline(scratch):
            raise _refused("did not open a copy of the timeline")
        for track in range(1, int(scratch.GetTrackCount("video")) + 1):
            scratch.SetTrackLock("video", track, False)
            scratch.SetTrackEnable("video", track, track == spot.track)
        standing = scratch.GetItemListInTrack("video", spot.track) or []
        length = spot.end - spot.start + 1
        others = [each for each in standing if (int(each.GetStart()), int(each.GetDuration())) != (spot.start, length)]
        if others:
            scratch.DeleteClips(others, False)
        left = spots(scratch, spot.track)
        if [(each.start, each.end) for each in left] != [(spot.start, spot.end)]:
            raise _refused("did not clear a copy of the timeline")
        _neutral(left[0].item)
        _resize(scratch, size)
    except BaseException:
        project.SetCurrentTimeline(before)
        _discard(project, scratch)
        raise
    return scratch


def _neutral(item: Any) -> None:
    """Takes transform, crop and opacity off. What has no such properties, such as a generator, stays as it is."""
    there = item.GetProperty() or {}
    if not there:
        return
    wanted = {key: value for key, value in _NEUTRAL.items() if key in there}
    for key, value in wanted.items():
        item.SetProperty(key, value)
    now = item.GetProperty() or {}
    stuck = [key for key, value in wanted.items() if now.get(key) != value]
    if stuck:
        raise _refused(f"did not reset {', '.join(stuck)} of a copy of the clip")


def _resize(scratch: Any, size: Tuple[int, int]) -> None:
    names = ("timelineResolutionWidth", "timelineResolutionHeight")
    if tuple(int(float(scratch.GetSetting(name) or 0)) for name in names) == size:
        return
    scratch.SetSetting("useCustomSettings", "1")
    for name, number in zip(names, size):
        scratch.SetSetting(name, str(number))
    if tuple(int(float(scratch.GetSetting(name) or 0)) for name in names) != size:
        raise _refused(f"did not make a copy of the timeline {size[0]}x{size[1]}, the size of the clip")


def _sweep(project: Any) -> None:
    """Scratch timelines of a session that ended in the middle."""
    every = [project.GetTimelineByIndex(number) for number in range(1, int(project.GetTimelineCount()) + 1)]
    stale = [timeline for timeline in every if timeline and timeline.GetName() == SCRATCH]
    if stale:
        project.GetMediaPool().DeleteTimelines(stale)


# --- the Deliver page ----------------------------------------------------------------------------------------


def _keep_deliver(project: Any) -> Tuple[Dict[str, str], Any]:
    project.DeleteRenderPreset(SCRATCH)
    project.SaveAsNewRenderPreset(SCRATCH)
    return project.GetCurrentRenderFormatAndCodec() or {}, project.GetCurrentRenderMode()


def _restore_deliver(project: Any, kept: Tuple[Dict[str, str], Any]) -> None:
    chosen, mode = kept
    project.LoadRenderPreset(SCRATCH)
    project.DeleteRenderPreset(SCRATCH)
    if chosen.get("format") and chosen.get("codec"):
        project.SetCurrentRenderFormatAndCodec(chosen["format"], chosen["codec"])
    if mode in (0, 1):
        project.SetCurrentRenderMode(mode)


def _choose_format(project: Any) -> str:
    """Half-float EXR, else ProRes; the ending of its files.

    ``GetRenderFormats`` gives {name: ending}, ``GetRenderCodecs`` {description: id}, and the calls that set them take
    the ending and the id; a pair that is listed may still be refused (all measured).
    """
    endings = {str(ending).lower() for ending in (project.GetRenderFormats() or {}).values()}
    for ending, choose in (("exr", _half_float), ("mov", _prores)):
        if ending not in endings:
            continue
        for codec in choose(project.GetRenderCodecs(ending) or {}):
            if project.SetCurrentRenderFormatAndCodec(ending, codec):
                return ending
    raise _refused("offers neither half-float EXR nor ProRes")


def _half_float(codecs: Dict[str, str]) -> List[str]:
    """RGB before RGBA, lossless before lossy (DWA, B44) compression."""
    found = [(f"{said} {codec}".lower(), codec) for said, codec in codecs.items()]
    half = [(words, codec) for words, codec in found if "half" in words]
    return [codec for words, codec in sorted(half, key=lambda each: _least_wanted(each[0]))]


def _least_wanted(words: str) -> Tuple[bool, bool, str]:
    return any(lossy in words for lossy in ("dwa", "b44", "pxr24")), "rgba" in words, words


def _prores(codecs: Dict[str, str]) -> List[str]:
    wanted = ["ProRes4444XQ", "ProRes4444", "ProRes422HQ", "ProRes422"]
    return [codec for codec in wanted if codec in codecs.values()]


def _refused(what: str) -> BadField:
    return BadField(
        f"Resolve {what}.",
        field="plate",
        advice="Use Render in Place on the clip (right-click it), then mask the clip that it makes.",
    )
