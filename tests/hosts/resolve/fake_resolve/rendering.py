"""The Deliver page: its settings, presets, and the queue, which renders real files with ``fake.picture``.

Names are the README's, except the three fields of a job's status, which it does not list: JobStatus and
CompletionPercentage are as scripts of Resolve's users read them. From the ledger: settings lie on top of what the page
holds; formats and codecs are set by ending and id, not by the words of the menu; a listed pair may be refused
(``queue.refuses``); a preset without video renders none, whatever ExportVideo says (``queue.without_video``). A job
keeps the timeline and the settings that it was made with. How files of a sequence are numbered is a choice on the page:
``queue.numbering``, of {name}, {record}, {index} and {ending}. These are guesses: that StartRendering refuses while
rendering, that rendering goes on at each call that asks how far it is (``queue.frames_at_a_time``), that a stopped job
reads Cancelled.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import av
import numpy as np
import OpenImageIO as oiio

from .picture import picture

FORMATS = {"EXR": "exr", "QuickTime": "mov", "Wave": "wav"}
CODECS = {
    "exr": {"RGB float": "RGBFloat", "RGB half": "RGBHalf", "RGB half (DWAA)": "RGBHalfDWAA", "RGBA half": "RGBAHalf"},
    "mov": {"Apple ProRes 422 HQ": "ProRes422HQ", "Apple ProRes 4444": "ProRes4444", "H.264": "H264"},
    "wav": {},
}
SETTINGS = {
    "SelectAllFrames": bool,
    "MarkIn": int,
    "MarkOut": int,
    "TargetDir": str,
    "CustomName": str,
    "ExportVideo": bool,
    "ExportAudio": bool,
    "ExportAlpha": bool,
    "FormatWidth": int,
    "FormatHeight": int,
}
"""Of the README's, those that are modeled."""


@dataclass
class Page:
    """What the Deliver page holds."""

    format: str = "mov"
    codec: str = "H264"
    mode: int = 1
    settings: dict[str, Any] = field(
        default_factory=lambda: {"SelectAllFrames": True, "TargetDir": "", "CustomName": ""}
    )

    def copy(self) -> Page:
        """A copy that keeps its own settings."""
        return Page(self.format, self.codec, self.mode, dict(self.settings))


@dataclass
class RenderJob:
    """``state``: Ready, Rendering, Complete, Failed or Cancelled."""

    job_id: str
    timeline: Any
    page: Page
    state: str = "Ready"
    done: int = 0
    error: str = ""

    @property
    def frames(self) -> range:
        """The record frames that it renders."""
        if self.page.settings.get("SelectAllFrames"):
            return range(self.timeline._start, self.timeline._end())
        return range(self.page.settings["MarkIn"], self.page.settings["MarkOut"] + 1)


class RenderQueue:
    """One per project."""

    def __init__(self) -> None:
        self.page = Page()
        self.presets: dict[str, Page] = {}
        self.jobs: dict[str, RenderJob] = {}
        self.running: list[RenderJob] = []
        self.frames_at_a_time = 4
        self.numbering = "{name}_{record:08}.{ending}"
        self.refuses: set[tuple[str, str]] = set()
        self.without_video = False
        self.fails_at = -1
        self._made = 0

    def set(self, given: dict[str, Any]) -> bool:
        """On top of what is there; False, and nothing set, for a key or kind of value that the README does not have."""
        if any(not isinstance(value, SETTINGS.get(key, type(None))) for key, value in given.items()):
            return False
        self.page.settings.update(given)
        return True

    def choose(self, ending: str, codec: str) -> bool:
        """By ending and id."""
        if codec not in CODECS.get(ending, {}).values() or (ending, codec) in self.refuses:
            return False
        self.page.format, self.page.codec = ending, codec
        return True

    def add(self, timeline: Any) -> str:
        """The new job's id; empty without a folder or a timeline."""
        if timeline is None or not os.path.isdir(self.page.settings["TargetDir"]):
            return ""
        self._made += 1
        job = RenderJob(f"render {self._made}", timeline, self.page.copy())
        self.jobs[job.job_id] = job
        return job.job_id

    def begin(self, job_ids: list[str]) -> bool:
        """False for an unknown job, and while something renders."""
        if self.running or not job_ids or any(job_id not in self.jobs for job_id in job_ids):
            return False
        self.running = [self.jobs[job_id] for job_id in job_ids]
        for job in self.running:
            job.state, job.done = "Ready", 0
        self.running[0].state = "Rendering"
        return True

    def stop(self) -> None:
        """What runs or waits to run is canceled; files stay."""
        for job in self.running:
            job.state = "Cancelled"
        self.running = []

    def go_on(self) -> None:
        """A few frames of the job that runs."""
        if not self.running:
            return
        job = self.running[0]
        job.state = "Rendering"
        try:
            for record in job.frames[job.done : job.done + self.frames_at_a_time]:
                if job.timeline._gone:
                    raise OSError("The timeline of the job is gone")
                if job.done == self.fails_at:
                    raise OSError("The Blackmagic RAW decoder failed")
                self._render(job, record)
                job.done += 1
        except OSError as problem:
            job.state, job.error = "Failed", str(problem)
            self.running.pop(0)
            return
        if job.done >= len(job.frames):
            job.state = "Complete"
            self.running.pop(0)

    def status(self, job_id: str) -> dict[str, Any]:
        """{} for an unknown job."""
        self.go_on()
        job = self.jobs.get(job_id)
        if job is None:
            return {}
        told = {"JobStatus": job.state, "CompletionPercentage": 100 * job.done // max(len(job.frames), 1)}
        return {**told, "Error": job.error} if job.error else told

    def _render(self, job: RenderJob, record: int) -> None:
        settings, index = job.page.settings, record - job.frames.start
        if self.without_video or not settings.get("ExportVideo", True):
            return
        shown = picture(job.timeline, record)
        pixels = np.ascontiguousarray(shown[..., :3] * shown[..., 3:])  # over black
        size = (settings.get("FormatWidth", pixels.shape[1]), settings.get("FormatHeight", pixels.shape[0]))
        if size != (pixels.shape[1], pixels.shape[0]):
            raise OSError("a render of another size than the timeline's is not modeled")
        ending = job.page.format
        if ending == "exr":
            name = self.numbering.format(name=settings["CustomName"], record=record, index=index, ending=ending)
            _write_exr(os.path.join(settings["TargetDir"], name), pixels)
        elif index == len(job.frames) - 1:
            path = os.path.join(settings["TargetDir"], f"{settings['CustomName']}.{ending}")
            _write_movie(path, [picture(job.timeline, each)[..., :3] for each in job.frames], job.timeline._rate)


def _write_exr(path: str, pixels: Any) -> None:
    out = oiio.ImageOutput.create(path)
    spec = oiio.ImageSpec(pixels.shape[1], pixels.shape[0], 3, "half")
    if out is None or not out.open(path, spec) or not out.write_image(pixels) or not out.close():
        raise OSError(oiio.geterror() or "the file could not be written")


def _write_movie(path: str, pictures: list[Any], fps: Fraction) -> None:
    with av.open(path, "w") as container:
        stream: Any = container.add_stream("prores_ks", rate=fps)
        stream.width, stream.height, stream.pix_fmt = pictures[0].shape[1], pictures[0].shape[0], "yuv444p10le"
        for pixels in pictures:
            codes = (np.clip(pixels, 0, 1) * 65535).astype(np.uint16)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(codes), format="rgb48le")))
        container.mux(stream.encode())
