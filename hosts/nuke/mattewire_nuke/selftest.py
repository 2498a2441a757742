"""Mattewire's self-test inside Nuke: a small plate, a matte, Nuke's own pixels, one undo, and a report.

The report is what a line of the support table is made of. It holds no names, no paths of footage and no keys.
"""

from __future__ import annotations

import datetime
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mattewire_panel import selftest as common
from mattewire_panel import tiny_exr
from mattewire_protocol.connection import data_folder
from mattewire_protocol.errors import BadField

from . import api, graph, job, loop
from . import node as buttons

REPORT = "selftest-nuke.json"


class Test:
    """The steps, and the nodes that they make in the open script."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="mattewire-selftest-"))
        self.test = common.SelfTest("Nuke", api.host(), datetime.date.today().isoformat())
        self.read: Any = None
        self.subject: Any = None
        self.task: job.Task | None = None
        add = self.test.add
        add("Write a plate", self._plate)
        add("Meet the daemon", self._meet)
        add("Make the nodes", self._nodes)
        add("Mask the red ball", self._mask)
        add("Compare Nuke's pixels", self._compare)
        add("Undo in one step", self._undo)
        add("Clean up", self._clean, always=True)

    def facts(self) -> dict[str, str]:
        found = loop.qt()
        return {"qt": found.binding() if found is not None else "none", "windows": str(api.has_windows())}

    def _plate(self) -> str:
        common.write_plate(self.folder / "plate")
        return f"{common.LAST - common.FIRST + 1} frames of {common.WIDTH} x {common.HEIGHT}."

    def _meet(self) -> str | None:
        desk = job.desk()
        if desk.session.state == "on":
            self.test.welcome = desk.session.welcome
            return f"{desk.session.welcome.server} answers."
        if desk.session.state == "off" and desk.session.problem is not None:
            raise desk.session.problem
        if not self.test.welcome.server:
            desk.session.open(lambda welcome, error: None)
            desk.watch()
            self.test.welcome = type(self.test.welcome)(0, "asked")
        return None

    def _nodes(self) -> str:
        file = (self.folder / "plate" / "selftest.####.exr").as_posix()
        first, last = common.FIRST, common.LAST
        self.read = api.make("Read", file=file, first=first, last=last, origfirst=first, origlast=last)
        self.subject = buttons.below(self.read)
        values = {
            "prompt": common.PROMPT,
            "engine": "preview",
            "out": (self.folder / "mattes" / "m.####.exr").as_posix(),
        }
        for name, value in values.items():
            self.subject[name].setValue(value)
        return "A Read and a MaskSubject."

    def _mask(self) -> str | None:
        desk = job.desk()
        if self.task is None:
            quiet, desk.quiet = desk.quiet, True
            try:
                self.task = buttons.mask(self.subject)
            finally:
                desk.quiet = quiet
        if self.task.ticket.job_id in desk.tasks:
            return None
        if self.task.view.state != "done":
            raise BadField(self.task.view.line(), field="job")
        return self.task.view.line()

    def _compare(self) -> str:
        copy = graph.part(self.subject, "copy")
        if copy is None:
            raise BadField("No Copy was placed.", field="nodes")
        pattern = (self.folder / "seen" / "alpha.####.exr").as_posix()
        (self.folder / "seen").mkdir()
        with api.unrecorded(), copy.parent():
            write = api.make("Write", [copy], file=pattern, file_type="exr", channels="alpha")
            try:
                write["raw"].setValue(True)
                api.render(write, common.FIRST, common.LAST, api.views()[0])
            finally:
                api.delete(write)
        for frame in range(common.FIRST, common.LAST + 1):
            self.test.judged(common.judge_file(pattern.replace("####", str(frame)), frame))
            self._same_as_file(pattern.replace("####", str(frame)), frame)
        return self.test.expect_good()

    def _same_as_file(self, path: str, frame: int) -> None:
        """What came through Read, Copy and Write is what the daemon wrote, bit for bit."""
        written = str(self.folder / "mattes" / f"m.{frame}.exr")
        if tiny_exr.read_channel(path, "A") != tiny_exr.read_channel(written, "A"):
            raise BadField(f"Frame {frame}: Nuke's alpha differs from the matte's file.", field="mattes")

    def _undo(self) -> str:
        if not api.has_windows():
            return "nuke -t keeps no undo: not tried."
        api.undo()
        left = graph.parts(self.subject)
        if left:
            raise BadField(f"After one undo {len(left)} nodes are still there.", field="undo")
        return "One undo took all nodes of the matte away."

    def _clean(self) -> str:
        for made in (self.subject, self.read):
            if made is not None and api.is_there(made):
                if made is self.subject:
                    graph.remove(made)
                api.delete(made)
        shutil.rmtree(self.folder, ignore_errors=True)
        return "The nodes and files of the test are gone."


def start(done: Callable[[common.SelfTest], None] | None = None, report: Path | None = None) -> Test:
    """Begins the self-test. With windows it runs from the timer and ends in a dialog; in ``nuke -t`` it runs at once.

    ``report``: where the JSON goes; absent: ``selftest-nuke.json`` in Mattewire's data folder.
    """
    running = Test()
    path = report or data_folder() / REPORT
    if not api.has_windows():
        running.test.run(job.desk().pump)
        _ended(running, path, done)
        return running
    pump: list[loop.Pump] = []

    def tick() -> None:
        job.desk().pump()
        if not running.test.tick():
            pump.pop().stop()
            _ended(running, path, done)

    pump.append(loop.Pump(tick, job.desk().preferences.poll_s))
    return running


def _ended(running: Test, path: Path, done: Callable[[common.SelfTest], None] | None) -> None:
    running.test.write_report(path, running.facts())
    verdict = "The self-test passed." if running.test.ok else "The self-test found a fault."
    api.message("\n".join([verdict, "", *running.test.lines(), "", f"Report: {path}"]))
    if done is not None:
        done(running.test)
