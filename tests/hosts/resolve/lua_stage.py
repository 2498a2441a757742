"""What the tests of the Lua script share: clips of a red ball with their frame number in bars, a fake Resolve of the
free edition with the script as `install-host` writes it, and the real `mattewire` command."""

from __future__ import annotations

import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import fake_resolve
import footage
import numpy as np
from numpy.typing import NDArray

from mattewire_server.hosts import resolve

WIDTH, HEIGHT = 128, 96
BARS = 48
"""Rows of bars at the top; the ball rolls below them."""
RADIUS = 14.0
BIT = WIDTH // footage.BITS
START = 86400


def picture(number: int) -> NDArray[np.float32]:
    """(HEIGHT, WIDTH, 3), codes in 0..1: frame ``number`` in bars, and a red ball on gray below them."""
    made = np.full((HEIGHT, WIDTH, 3), 0.45, np.float32)
    made[:BARS] = footage.numbered(number % 256, WIDTH, BARS)
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH] + 0.5
    x, y = 24.0 + 2.0 * (number % 40), BARS + 24.0
    part = np.clip(RADIUS + 0.5 - np.hypot(columns - x, rows - y), 0, 1)[..., None]
    return (made * (1 - part) + np.array((0.8, 0.1, 0.1), np.float32) * part).astype(np.float32)


def write_movie(path: Path, frames: int, fps: str = "24", timecode: str = "") -> str:
    """Frames 0 to ``frames`` - 1 in H.264."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        if timecode:
            container.metadata["timecode"] = timecode
        stream: Any = container.add_stream("libx264", rate=footage.RATES.get(fps) or Fraction(fps))
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.options = {"crf": "10"}
        for number in range(frames):
            codes = (picture(number) * 255).round().astype(np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(codes, format="rgb24")))
        container.mux(stream.encode())
    return str(path)


def write_sequence(folder: Path, first: int, last: int) -> str:
    """Half-float EXR; the pattern with %04d."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(first, last + 1):
        footage.write_image(folder / f"plate.{number:04}.exr", picture(number))
    return str(folder / "plate.%04d.exr")


def number_in(pixels: NDArray[np.float32]) -> int:
    """The number in the bars."""
    return sum(int(pixels[BARS // 2, int((bit + 0.5) * BIT), 0] > 0.4) << bit for bit in range(footage.BITS))


class Stage:
    """A fake Resolve with one timeline, and the scripts of its menu. ``home``: Mattewire's data folder."""

    def __init__(self, home: Path, program: Path | None = None, version: Any = (21, 1, 0), **started: Any) -> None:
        self.fake = fake_resolve.start(**{"edition": "free", "version": version, "size": (WIDTH, HEIGHT), **started})
        self.project = self.fake.project
        self.pool = self.project.GetMediaPool()
        self.home = home
        self.scripts = Path(resolve.__file__).parents[3] / "hosts" / "resolve" / "mattewire_resolve" / "scripts"
        self.recorded = resolve.Recorded(self.scripts.parents[1], program or resolve.command_path(), home)
        self.said: list[str] = []

    def open_timeline(self) -> Any:
        """One called Edit."""
        return self.pool.CreateEmptyTimeline("Edit")

    @property
    def timeline(self) -> Any:
        return self.project.GetCurrentTimeline()

    def settings(self, **values: Any) -> None:
        """The artist's file, with some lines changed."""
        text = (self.scripts.parent / "lua" / resolve.SETTINGS).read_text(encoding="utf-8")
        for name, value in values.items():
            written = (
                str(value).lower() if isinstance(value, bool) else f'"{value}"' if isinstance(value, str) else value
            )
            before, found, rest = text.partition(f"    {name} = ")
            assert found, name
            text = f"{before}{found}{written},{rest[rest.index(chr(10)) :]}"
        path = resolve.settings_path(self.home)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def lay(self, path: str, first: int, count: int, at: int = START, sequence: tuple[int, int] | None = None) -> Any:
        """A clip of the media pool on track 1, ``count`` source frames from ``first`` (from 0) at a record frame."""
        given: Any = (
            path if sequence is None else {"FilePath": path, "StartIndex": sequence[0], "EndIndex": sequence[1]}
        )
        media = self.pool.ImportMedia([given])[0]
        info = {
            "mediaPoolItem": media,
            "startFrame": first,
            "endFrame": first + count,
            "recordFrame": at,
            "mediaType": 1,
        }
        self.pool.AppendToTimeline([{**info, "trackIndex": 1}])
        return next(item for item in self.timeline.GetItemListInTrack("video", 1) if item.GetStart() == at)

    def script(self, name: str = "Mattewire") -> str:
        """The text of a menu entry as it stands in Resolve's folder."""
        source = self.scripts / f"{name}.lua"
        return resolve.with_block(source.read_bytes(), self.recorded, ".lua").decode("utf-8")

    def run(self, name: str = "Mattewire", before: str = "") -> str:
        """Chooses the entry in the menu; what it says, line by line. ``before``: Lua that runs first."""
        self.fake.lua(before + self.script(name))
        self.said = [*self.said, *self.fake.printed]
        return "\n".join(self.fake.printed)

    def remove(self) -> str:
        return self.run("Mattewire remove last result")

    def run_until(self, word: str, seconds: float = 60.0) -> str:
        """Chooses the entry again and again, as an impatient editor does, until it says ``word``."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            said = self.run()
            if word in said:
                return said
            assert "cannot be started" not in said, said
            time.sleep(0.3)
        raise AssertionError(f"it never said {word!r}, but: {self.said[-3:]}")

    def record(self) -> str:
        """The record of the only clip on track 1, as text."""
        (item,) = self.timeline.GetItemListInTrack("video", 1)
        return (self.home / "resolve" / "clips" / f"{item.GetUniqueId()}.lua").read_text()

    def mattes(self, track: int = 2) -> list[Any]:
        """What lies on a track of ours."""
        assert self.timeline.GetTrackName("video", track) == "Mattewire mattes - red ball"
        return list(self.timeline.GetItemListInTrack("video", track))

    def shown(self, item: Any) -> dict[int, int]:
        """By record frame, the number in the picture that a clip plays there, read from its file."""
        frames = range(item.GetStart(), item.GetEnd())
        return {at: number_in(item._clip._media.read(self.fake.source_frame(item, at))) for at in frames}
