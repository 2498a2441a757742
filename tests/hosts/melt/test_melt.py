"""A shot is masked through the real daemon and laid on a timeline; melt plays it, and its frames are looked at."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import opentimelineio as otio
import pytest
from numpy.typing import NDArray

from e2e.house import House

WIDTH, HEIGHT, RADIUS = 320, 180, 30.0
FIRST, LAST = 1001, 1024
BACKGROUND = (0x66, 0x80, 0x99)
"""Red, green and blue behind the matte: far from the ball's red and the plate's gray."""
MOST_CENTROID = 1.0
LIMIT_S = 60


def center(frame: int) -> tuple[float, float]:
    return 45.5 + 9.0 * (frame - FIRST), 90.25


def exact(frame: int) -> NDArray[np.float64]:
    ys, xs = np.mgrid[0:HEIGHT, 0:WIDTH] + 0.5
    x, y = center(frame)
    return np.clip(RADIUS + 0.5 - np.hypot(xs - x, ys - y), 0, 1)


@pytest.fixture(scope="module")
def shot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a plate, its mattes and cut-outs, and the timelines that the command line wrote."""
    folder = tmp_path_factory.mktemp("a shot, 100 ü")
    (folder / "plate").mkdir()
    for frame in range(FIRST - 2, LAST + 3):
        alpha = exact(frame)[..., None]
        picture = np.full(3, 46) * (1 - alpha) + np.array([20, 20, 200]) * alpha
        assert cv2.imwrite(str(folder / "plate" / f"p.{frame:04d}.png"), picture.round().astype(np.uint8))
    house = House(tmp_path_factory.mktemp("house"))
    try:
        house.start()
        plate, frames = folder / "plate" / "p.####.png", f"{FIRST}-{LAST}"
        for kind, content in (("gray", "matte"), ("cut", "cutout")):
            out = f"{folder}/{kind}/m.####.png,content={content}"
            mattewire(house, "mask", plate, "--prompt", "red ball", "--range", frames, "--out", out)
            written = ["--otio", folder / f"{kind}.otio", "--mlt", folder / f"{kind}.mlt"]
            color = "#{:02x}{:02x}{:02x}".format(*BACKGROUND)
            sidecar = folder / kind / "m.mattewire.json"
            mattewire(house, "timeline", sidecar, *written, "--fps", 24, "--background", color)
        yield folder
    finally:
        house.end()


def mattewire(house: House, *words: object) -> None:
    command = [sys.executable, "-c", "from mattewire_server.cli import main; main()", *map(str, words)]
    done = subprocess.run(
        command, env={**os.environ, **house.variables}, capture_output=True, text=True, timeout=LIMIT_S, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def play(document: Path, out: Path) -> list[NDArray[np.uint8]]:
    """Every frame that melt shows, (height, width, 3), blue first as OpenCV has it."""
    out.mkdir()
    consumer = ["-consumer", f"avformat:{out}/o.%04d.png", "f=image2", "vcodec=png", "real_time=-1"]
    done = subprocess.run(
        ["melt", str(document), *consumer],
        env={**os.environ, "SDL_VIDEODRIVER": "dummy", "QT_QPA_PLATFORM": "offscreen"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return [np.asarray(cv2.imread(str(path)), np.uint8) for path in sorted(out.glob("*.png"))]


@pytest.mark.parametrize("kind", ["gray", "cut"])
def test_melt_shows_the_subject_over_the_background(shot: Path, tmp_path: Path, kind: str) -> None:
    """A gray matte that the plate is seen through, or the plate cut out."""
    pictures = play(shot / f"{kind}.mlt", tmp_path / "frames")
    assert len(pictures) == LAST - FIRST + 1
    for frame, picture in enumerate(pictures, FIRST):
        assert picture.shape == (HEIGHT, WIDTH, 3)
        truth, numbers = exact(frame), picture.astype(float)
        # The ball keeps its color, the gray plate around it is gone, and what shows is the background.
        # (melt 7.12 shows the first picture of any sequence a little too blue: 19 of 255 in green were seen.)
        assert np.allclose(np.median(numbers[truth == 1], axis=0), [20, 20, 200], atol=24), frame
        assert np.allclose(np.median(numbers[truth == 0], axis=0), BACKGROUND[::-1], atol=10), frame
        red = numbers[..., 2] - numbers[..., 0] > 30
        ys, xs = np.nonzero(red)
        middle = (xs.mean() + 0.5, ys.mean() + 0.5)
        assert np.hypot(*np.subtract(middle, center(frame))) < MOST_CENTROID, frame
        assert red.sum() == pytest.approx(np.pi * RADIUS**2, rel=0.1), frame


def test_the_otio_beside_it_names_the_same_frames(shot: Path) -> None:
    timeline = otio.adapters.read_from_file(str(shot / "gray.otio"))
    for track, folder, name in zip(timeline.tracks, ("plate", "gray"), ("p", "m"), strict=True):
        (clip,) = track
        shown = clip.source_range
        assert (shown.start_time.value, shown.duration.value, shown.start_time.rate) == (FIRST, 24, 24)
        media = clip.media_reference
        files = [media.target_url_for_image_number(frame - media.start_frame) for frame in range(FIRST, LAST + 1)]
        assert files == [str(shot / folder / f"{name}.{frame}.png") for frame in range(FIRST, LAST + 1)]
        assert all(os.path.isfile(path) for path in files)
    handles = timeline.tracks[0][0].available_range()
    assert (handles.start_time.value, handles.end_time_inclusive().value) == (FIRST - 2, LAST + 2)
