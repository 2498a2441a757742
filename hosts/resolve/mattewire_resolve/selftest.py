"""Mattewire's self-test inside Resolve: a small plate on a timeline of its own, masked, placed, looked at, removed.

The report is what a line of the support table is made of. It holds no names, no paths of footage and no keys.
"""

from __future__ import annotations

import datetime
import shutil
import tempfile
import threading
from dataclasses import replace
from pathlib import Path
from typing import Dict, List, Mapping, Optional

from mattewire_panel import selftest as common
from mattewire_panel.files import file_of, outputs_of
from mattewire_panel.session import Session
from mattewire_protocol import JobView
from mattewire_protocol.connection import data_folder
from mattewire_protocol.errors import BadField, MattewireError

from . import clips, placing
from .api.connection import Host
from .api.scratch import Scratch
from .still import brightness

REPORT = "selftest-resolve.json"
SEEN_AT = 4
"""Frames after the first at which the viewer is looked at: any but the first, which hides being one off."""
LEAST_SEEN = 0.85
"""Overlap that the viewer's picture must reach, half brightness and above: it is scaled and color managed."""
COUNT = common.LAST - common.FIRST + 1


class Test:
    """``tick`` runs the next step, from the window's timer. ``longest``: the window's longest events so far, in
    seconds, for the report.

    ``report``: where the JSON goes; absent: ``selftest-resolve.json`` in Mattewire's data folder.
    """

    def __init__(
        self,
        host: Host,
        session: Session,
        longest: Optional[Mapping[str, float]] = None,
        report: Optional[Path] = None,
    ) -> None:
        self.host, self.session, self.longest = host, session, longest or {}
        self.path = report or data_folder() / REPORT
        self.folder = Path(tempfile.mkdtemp(prefix="mattewire-selftest-"))
        self.scratch = Scratch(host)
        self.test = common.SelfTest("DaVinci Resolve", self._version(), datetime.date.today().isoformat())
        self.note = ""
        self._clip: Optional[clips.Clip] = None
        self._view: Optional[JobView] = None
        self._refused: Optional[MattewireError] = None
        self._placed: Optional[placing.Placed] = None
        self._looking: Optional[_Look] = None
        add = self.test.add
        add("Write a plate", self._write)
        add("Meet the daemon", self._meet)
        add("Open it on a timeline", self._open)
        add("Read the clip", self._read)
        add("Mask the red ball", self._mask)
        add("Compare the files", self._compare)
        add("Place it on the timeline", self._place)
        add("Look at the viewer", self._look)
        add("Remove the result", self._remove)
        add("Clean up", self._clean, always=True)

    def tick(self) -> bool:
        """False when all steps have run; the report is written then. Raises nothing."""
        if self.test.tick():
            return True
        self.test.welcome = self.session.welcome
        try:
            self.test.write_report(self.path, self.facts())
            self.note = f"Report: {self.path}"
        except MattewireError as problem:
            self.note = problem.message
        return False

    @property
    def verdict(self) -> str:
        return "The self-test passed." if self.test.ok else "The self-test found a fault."

    @property
    def lines(self) -> List[str]:
        """A line for each step, then where the report is."""
        return [*self.test.lines(), self.note]

    def facts(self) -> Dict[str, str]:
        times = {f"longest {event}": f"{1000 * seconds:.0f} ms" for event, seconds in sorted(self.longest.items())}
        return {"edition": self.host.product, **times}

    # --- steps ---------------------------------------------------------------------------------------------

    def _write(self) -> str:
        common.write_plate(self.folder / "plate")
        return f"{COUNT} frames of {common.WIDTH} x {common.HEIGHT}, from {common.FIRST}."

    def _meet(self) -> Optional[str]:
        if self.session.state == "on":
            return f"{self.session.welcome.server} answers."
        if self.session.state == "off" and self.session.problem is not None:
            raise self.session.problem
        return None

    def _open(self) -> str:
        pattern = str(self.folder / "plate" / "selftest.%04d.exr")
        return self.scratch.open(pattern, common.FIRST, common.LAST)

    def _read(self) -> str:
        clip = self._clip = clips.under_playhead(self.host)
        shown = [clip.frames.plate(frame) for frame in (clip.start, clip.end)]
        if shown != [common.FIRST, common.LAST]:
            raise BadField(f"The clip seems to show {shown[0]}-{shown[1]}.", field="frames", advice="Send the report.")
        return f"Source frames {common.FIRST}-{common.LAST} at record frames {clip.start}-{clip.end}."

    def _mask(self) -> Optional[str]:
        if self._view is None:
            assert self._clip is not None
            out = placing.deliverables(placing.Kind.CUT_OUT, False, str(self.folder / "mattes"))
            wanted = replace(common.request(self._clip.file, out[0].path), out=out)
            self._view = self.session.submit(wanted, self._answered)
        if self._refused is not None:
            raise self._refused
        if not self._view.ended:
            return None
        if self._view.state != "done":
            raise BadField(self._view.line(), field="job")
        return self._view.line()

    def _answered(self, result: object, error: Optional[MattewireError]) -> None:
        self._refused = error

    def _compare(self) -> str:
        assert self._view is not None
        pattern = outputs_of(self._view)[0]
        for frame in range(common.FIRST, common.LAST + 1):
            self.test.judged(common.judge_file(file_of(pattern, frame), frame))
        return self.test.expect_good()

    def _place(self) -> str:
        assert self._view is not None
        assert self._clip is not None
        results = placing.Results.of_view(self._view, common.PROMPT)
        before = self.scratch.laid()
        self._placed = placing.place(self.host, [self._clip], results, placing.Kind.CUT_OUT, placing.Choices())
        new = [each for each in self.scratch.laid() if each not in before]
        if len(new) != 1 or new[0][1:] != [self.scratch.start, COUNT]:
            raise BadField(f"The timeline has {new or 'nothing new'}.", field="timeline", advice="Send the report.")
        return " ".join([f"Track {new[0][0]}, record frame {new[0][1]}, {COUNT} frames.", *self._placed.notes])

    def _look(self) -> Optional[str]:
        if self._looking is None:
            path = self.folder / "still.png"
            self.scratch.show_plate(False)
            self.scratch.go_to(SEEN_AT)
            if not self.scratch.still(str(path)) or not path.is_file():
                return "This Resolve writes no stills for scripts: not looked at."
            self._looking = _Look(path)
        verdict = self._looking.verdict()
        if verdict is None:
            return None
        if verdict.iou < LEAST_SEEN:
            words = f"The viewer shows something else: {verdict.words}"
            raise BadField(words, field="timeline", advice="Send the report.")
        return verdict.words

    def _remove(self) -> str:
        assert self._placed is not None
        removed = placing.remove(self.host, self._placed)
        left = self.scratch.laid()
        if left != [[1, self.scratch.start, COUNT]]:
            raise BadField(f"The timeline has {left}.", field="timeline", advice="Send the report.")
        return " ".join(["The timeline is as before.", *removed.notes])

    def _clean(self) -> str:
        try:
            return self.scratch.close()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _version(self) -> str:
        return f"{self.host.product} {'.'.join(str(number) for number in self.host.version)}"


class _Look:
    """Reads a still in a thread of its own: of a large timeline that takes seconds, and Resolve must not wait."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._verdict: Optional[common.Verdict] = None
        self._problem: Optional[Exception] = None
        self._thread = threading.Thread(target=self._run, name="mattewire still", daemon=True)
        self._thread.start()

    def verdict(self) -> Optional[common.Verdict]:
        """None while it is being read. Raises what went wrong."""
        if self._thread.is_alive():
            return None
        if self._problem is not None:
            raise self._problem
        return self._verdict

    def _run(self) -> None:
        try:
            self._verdict = seen(self._path)
        except Exception as problem:  # told by the step
            self._problem = problem


def seen(path: Path) -> common.Verdict:
    """What a still of the cut-out alone shows, over black, beside the disc: half its greatest brightness and above.

    The plate is taken to fill the viewer's width or height, centered, as Resolve scales clips to fit.
    """
    width, height, rows = brightness(path)
    scale = min(width / common.WIDTH, height / common.HEIGHT)
    left, top = (width - scale * common.WIDTH) / 2, (height - scale * common.HEIGHT) / 2
    most = max(max(row) for row in rows)
    alpha = [
        [
            float(rows[int(top + (y + 0.5) * scale)][int(left + (x + 0.5) * scale)] > most / 2 > 0)
            for x in range(common.WIDTH)
        ]
        for y in range(common.HEIGHT)
    ]
    return common.judge(common.FIRST + SEEN_AT, alpha)
