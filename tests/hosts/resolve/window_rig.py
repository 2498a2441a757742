"""The panel's window in the stand-in for Resolve: plates of a red ball on its timeline, and an artist who works there.

def masks(artist):
    artist.types("prompt", "red ball")
    artist.presses("mask")
    yield lambda: artist.says("headline").endswith("finished.")     # the loop goes on until this is true

artist.works(masks)
"""

from __future__ import annotations

import functools
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import av
import numpy as np
import OpenImageIO as oiio
import pytest
from fake_resolve import ui
from resolve_rig import opened

from e2e.house import House
from mattewire_panel import selftest as plates

WIDTH, HEIGHT = plates.WIDTH, plates.HEIGHT
FIRST, LAST = plates.FIRST, plates.LAST
COUNT = LAST - FIRST + 1
HOUR = 86400
PATIENCE_S = 40.0
WAIT_S = 0.005

Script = Callable[["Artist"], Iterator[Callable[[], Any]]]


def daemons(folder: Path) -> Iterator[House]:
    """A daemon for all tests of a module, as a fixture yields it: starting one takes longer than most jobs here."""
    made = House(folder, MATTEWIRE_STOP_GRACE_S="0.2")
    try:
        yield made.start()
    finally:
        made.end()


def beside(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """That daemon as the local one of this process, for a panel that was never opened before."""
    monkeypatch.setenv("MATTEWIRE_HOME", str(house.home))
    monkeypatch.setenv("MATTEWIRE_PYTHON", sys.executable)
    for kept in house.home.glob("panel-resolve*"):
        kept.unlink()
    return house


def alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No daemon, and none may be started; the data folder."""
    monkeypatch.setenv("MATTEWIRE_HOME", str(folder / "home"))
    monkeypatch.setenv("MATTEWIRE_PANEL_START_DAEMON", "no")
    return folder / "home"


def resolve_with_ball(folder: Path, name: str = "founder", **started: Any) -> Any:
    """A fake with a ball's eight frames from 1001 on its timeline at 01:00:00:00, in the folder ``name``."""
    running = opened(size=(WIDTH, HEIGHT), **started)
    lay_ball(running, folder, name)
    return running


def lay_ball(fake: Any, folder: Path, name: str = "founder", at: int = HOUR, track: int = 1) -> Any:
    """The timeline item of a plate of its own."""
    pattern = write_plate(folder / name)
    pool = fake.project.GetMediaPool()
    (media,) = pool.ImportMedia([{"FilePath": pattern, "StartIndex": FIRST, "EndIndex": LAST}])
    info = {"mediaPoolItem": media, "startFrame": 0, "endFrame": COUNT, "mediaType": 1}
    (item,) = pool.AppendToTimeline([{**info, "trackIndex": track, "recordFrame": at}])
    return item


def write_plate(folder: Path) -> str:
    """The ball's frames; the pattern with %04d."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in _frames().items():
        (folder / name).write_bytes(data)
    return str(folder / "selftest.%04d.exr")


@functools.lru_cache(maxsize=1)
def _frames() -> dict[str, bytes]:
    """Written once: in pure Python that takes a third of a second."""
    with tempfile.TemporaryDirectory() as folder:
        plates.write_plate(Path(folder))
        return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


def lay_shot(fake: Any, folder: Path, radii: Mapping[int, float], *, first: int = FIRST, count: int = 24) -> Any:
    """The timeline item of such a shot; ``count`` frames of it from ``first``."""
    pattern = write_shot(folder, radii)
    pool = fake.project.GetMediaPool()
    (media,) = pool.ImportMedia([{"FilePath": pattern, "StartIndex": FIRST, "EndIndex": FIRST + 23}])
    start = first - FIRST
    info = {"mediaPoolItem": media, "startFrame": start, "endFrame": start + count, "mediaType": 1}
    (item,) = pool.AppendToTimeline([{**info, "trackIndex": 1, "recordFrame": HOUR}])
    return item


def write_shot(folder: Path, radii: Mapping[int, float]) -> str:
    """24 frames from 1001, the ball of another size on some of them; the pattern with %04d."""
    folder.mkdir(parents=True, exist_ok=True)
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH] + 0.5
    for frame in range(FIRST, FIRST + 24):
        radius = radii.get(frame, plates.RADIUS)
        away = np.hypot(columns - 20 - 2.2 * (frame - FIRST), rows - HEIGHT / 2)
        part = np.clip(radius + 0.5 - away, 0, 1)[..., None]
        picture = (0.18 * (1 - part) + np.array((0.6, 0.012, 0.012)) * part).astype(np.float32)
        out = oiio.ImageOutput.create(str(folder / f"shot.{frame}.exr"))
        assert out.open(str(folder / f"shot.{frame}.exr"), oiio.ImageSpec(WIDTH, HEIGHT, 3, "half"))
        assert out.write_image(np.ascontiguousarray(picture))
        out.close()
    return str(folder / "shot.%04d.exr")


def tracks(fake: Any) -> list[tuple[str, list[tuple[int, int]]]]:
    """Each video track of the open timeline: its name, and [first record frame, frames] of what lies on it."""
    edit = fake.project.GetCurrentTimeline()
    return [
        (edit.GetTrackName("video", n), [(i.GetStart(), i.GetDuration()) for i in edit.GetItemListInTrack("video", n)])
        for n in range(1, edit.GetTrackCount("video") + 1)
    ]


def overlaps(fake: Any, track: int, first: int = HOUR) -> list[float]:
    """Intersection over union of what a track shows with the ball, for each of its eight record frames."""
    edit = fake.project.GetCurrentTimeline()
    return [plates.judge(FIRST + at, fake.picture(edit, first + at, track)[..., 3].tolist()).iou for at in range(COUNT)]


def window_in(fake: Any) -> Any:
    """The panel's window as ``scripts/Mattewire.py`` opens it."""
    from mattewire_resolve.api import connection, window

    return window.opened(connection.connect(fake.resolve, fake.fusion, fake.bmd))


class Artist:
    """Sees and touches only what a window shows: a hidden or disabled part does nothing."""

    def __init__(self, fake: Any, window: Any) -> None:
        self.fake, self.window = fake, window
        self.desk = window.desk

    def part(self, name: str) -> Any:
        return self.window._items[name]

    def says(self, name: str) -> str:
        """What a part shows; empty for a hidden one."""
        part = self.part(name)
        return str(part.Text) if part.Visible else ""

    def can_press(self, name: str) -> bool:
        part = self.part(name)
        return bool(part.Enabled and part.Visible)

    def presses(self, name: str) -> None:
        assert self.can_press(name), f"{name} cannot be pressed now"
        ui.fire(self.part(name), "Clicked")

    def types(self, name: str, text: str) -> None:
        self.part(name).Text = text
        ui.fire(self.part(name), "TextChanged")

    def turns(self, name: str, value: int) -> None:
        self.part(name).Value = value
        ui.fire(self.part(name), "ValueChanged")

    def chooses(self, name: str, line: str) -> None:
        """One of a drop-down list's lines, by its words."""
        part = self.part(name)
        part.CurrentIndex = part._items.index(line)
        ui.fire(part, "CurrentIndexChanged")

    def closes(self) -> None:
        ui.fire(self.window._window, "Close")

    def works(self, script: Script, seconds: float = PATIENCE_S) -> None:
        """Opens the window, does what ``script`` says, waiting for what it yields, and closes the window."""
        going = script(self)
        until = time.monotonic() + seconds
        waits: list[Callable[[], Any]] = [lambda: True]

        def step() -> None:
            try:
                if waits[0]():
                    waits[0] = next(going)
                assert time.monotonic() < until, f"it did not happen in time: {self.told()}"
            except StopIteration:
                self.closes()
                return
            except BaseException:
                self.window._dispatcher.ExitLoop()
                raise
            time.sleep(WAIT_S)
            self.fake.dispatcher._posted.append(step)

        self.fake.dispatcher._posted.append(step)
        self.window.run()

    def told(self) -> str:
        """Everything that can be read in the window."""
        return " | ".join(
            filter(None, (self.says(name) for name, part in self.window._items.items() if part._kind != "ComboBox"))
        )


def lay_movie(fake: Any, path: Path) -> Any:
    """The timeline item of a movie of the ball, its eight frames at the timeline's rate, under any name."""
    made = path.with_suffix(".mov")
    with av.open(str(made), "w") as container:
        stream: Any = container.add_stream("png", rate=24)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "rgb24"
        for frame in range(FIRST, LAST + 1):
            part = np.array([[plates.coverage(frame, x, y) for x in range(WIDTH)] for y in range(HEIGHT)])[..., None]
            picture = np.array((118, 118, 118)) * (1 - part) + np.array((200, 27, 27)) * part
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture.astype(np.uint8), format="rgb24")))
        container.mux(stream.encode())
    made.rename(path)
    pool = fake.project.GetMediaPool()
    (media,) = pool.ImportMedia([str(path)])
    info = {"mediaPoolItem": media, "startFrame": 0, "endFrame": COUNT, "mediaType": 1}
    (item,) = pool.AppendToTimeline([{**info, "trackIndex": 1, "recordFrame": HOUR}])
    return item
