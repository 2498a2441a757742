"""From a plate's pixels through color, engine and finish to files, and back, with numbers.

An ACEScg plate with values of -0.1 to 60, anamorphic, overscanned, its display window away from zero, two views, with
timecode, frames 1001 to 1010. A gray disc moves by fractions of a pixel in front of black; the engine sees nothing but
the picture that the pipeline shows it, and takes linear light in the disc's lane for coverage. So a shift of half a
pixel, a mixed-up window or a wrong curve anywhere on the way would show in where the disc comes back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio
import pytest
from numpy.typing import NDArray

from mattewire_protocol.deliver import Deliverable
from mattewire_protocol.messages import FrameEvent
from mattewire_protocol.request import Box, MatteRequest, Plate
from mattewire_server.engines import preview
from mattewire_server.engines.seams import Engine, Hint, Picture, Segment, ShotInfo
from mattewire_server.kept import KeptStore
from mattewire_server.shots import pull_matte
from mattewire_server.shots.shot import Ticket
from server.finish.movies.reading import read_movie_with_alpha
from server.mattes.written import bits, read_channels
from server.shots.soft import light, log_odds

FIRST, LAST = 1001, 1010
FRAMES = range(FIRST, LAST + 1)
DISPLAY = (100, -50, 96, 40)
"""x, y, width, height: where the files put their display window."""
ACESCG = (0.713, 0.293, 0.165, 0.83, 0.128, 0.044, 0.32168, 0.33767)
RADIUS, GRAY = 12.3, 0.5
LANE = 30
"""Rows of the display window, from its top, that hold the disc on black; everything else holds scene values."""
VIEWS = ("left", "right")
PARALLAX = {"left": 0.0, "right": 3.4}


def window_of(frame: int) -> tuple[int, int, int, int]:
    """A frame's data window in the file's own numbers: overscan that changes from frame to frame."""
    return 100 - 8 - frame % 3, -50 - 4, 96 + 16 + frame % 2, 40 + 8 + frame % 4


def center(frame: int, view: str) -> tuple[float, float]:
    """Plate pixels, from the display window's corner."""
    step = frame - FIRST
    return 30.3 + 3.17 * step + PARALLAX[view], 15.1 + 0.137 * step


def disc(width: int, height: int, x: float, y: float) -> NDArray[np.float64]:
    """A disc's coverage by 16 x 16 samples a pixel."""
    across = (np.arange(width * 16) + 0.5) / 16 - x
    down = (np.arange(height * 16) + 0.5) / 16 - y
    inside = across[None] ** 2 + down[:, None] ** 2 <= RADIUS**2
    return inside.reshape(height, 16, width, 16).mean(axis=(1, 3))


def plate_pixels(frame: int, view: str, kind: str) -> NDArray[Any]:
    x, y, width, height = window_of(frame)
    left, top = DISPLAY[0] - x, DISPLAY[1] - y
    random = np.random.default_rng(10 * frame + len(view))
    values = random.uniform(-0.1, 1, (height, width, 3)) * random.choice([1, 60], (height, width, 3))
    values[0, :4] = [[-0.1, 60, 0], [60, 60, 60], [-0.1, -0.1, -0.1], [0, 0, 0]]
    across, down = center(frame, view)
    values[top : top + LANE] = (GRAY * disc(width, LANE, across + left, down))[..., None]
    return values.astype(np.float16 if kind == "half" else np.float32)


def write_plate(folder: Path, kind: str) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    for frame in FRAMES:
        specs = []
        for view in VIEWS:
            x, y, width, height = window_of(frame)
            spec = oiio.ImageSpec(width, height, 3, kind)
            spec.x, spec.y = x, y
            spec.full_x, spec.full_y, spec.full_width, spec.full_height = DISPLAY
            spec.attribute("PixelAspectRatio", 2.0)
            spec.attribute("framesPerSecond", "rational", (24000, 1001))
            spec.attribute("smpte:TimeCode", "timecode", (0x01020300 | frame - FIRST, 0x89ABCDEF))
            spec.attribute("chromaticities", "float[8]", ACESCG)
            spec.attribute("view", view)
            spec.attribute("oiio:subimagename", view)
            specs.append(spec)
        path = str(folder / f"sh010.{frame}.exr")
        output = oiio.ImageOutput.create("openexr")
        assert output.open(path, tuple(specs)), output.geterror()
        for index, (view, spec) in enumerate(zip(VIEWS, specs, strict=True)):
            if index:
                assert output.open(path, spec, "AppendSubimage"), output.geterror()
            assert output.write_image(np.ascontiguousarray(plate_pixels(frame, view, kind))), output.geterror()
        assert output.close()
    return str(folder / "sh010.####.exr")


@dataclass
class Lane:
    """An engine that takes linear light for coverage, in the rows of the picture that it is told."""

    top: int
    steps: list[int] = field(default_factory=list)

    def begin(self, shot: ShotInfo) -> Lane:
        return self

    def step(self, picture: Picture, hints: Sequence[Hint] = ()) -> dict[int, Segment]:
        self.steps.append(picture.frame)
        assert picture.rgb.min() >= 0
        assert picture.rgb.max() <= 1
        seen = light(picture.rgb[..., 1]) / GRAY
        seen[: self.top] = seen[self.top + LANE :] = 0
        return {1: Segment(log_odds(np.clip(seen, 0, 1)), 0.9)}

    def close(self) -> None:
        """It holds nothing."""

    def engine(self) -> Engine:
        return Engine("lane", "Lane", None, self, provenance={"weights": "none"})


def centroid(alpha: NDArray[Any], corner: tuple[int, int]) -> tuple[float, float]:
    weights = alpha.astype(np.float64)
    rows, columns = np.indices(alpha.shape) + 0.5
    return float((weights * columns).sum() / weights.sum() + corner[0]), float(
        (weights * rows).sum() / weights.sum() + corner[1]
    )


def request(plate: str, view: str, *out: Deliverable) -> MatteRequest:
    return MatteRequest(Plate(plate, view=view), list(out), boxes=[Box(1004, 20.0, 1.0, 60.0, 29.0)])


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("kind", ["half", "float"])
def test_a_disc_comes_back_where_it_was(tmp_path: Path, kind: str, view: str) -> None:
    plate = write_plate(tmp_path / "plate", kind)
    out = tmp_path / "out"
    files = [
        Deliverable(str(out / "{view}" / "matte.####.exr")),
        Deliverable(str(out / "{view}" / "cut.####.exr"), content="cutout"),
        Deliverable(str(out / "{view}" / "crypto.####.exr"), content="cryptomatte"),
        Deliverable(str(out / "{view}" / "matte.mov"), "prores4444"),
    ]
    engine = Lane(top=4)  # the overscan above the display window
    events = list(
        pull_matte(request(plate, view, *files), engine.engine(), Ticket("job-00001"), keep=KeptStore(tmp_path, 10**9))
    )
    assert [(events[0].colorspace, events[0].colorspace_from)] == [("ACEScg", "metadata")]
    assert engine.steps == [1004, *range(1004, 1011), 1003, 1002, 1001]
    farthest = 0.0
    for frame in FRAMES:
        x, y, width, height = window_of(frame)
        corner = (x - DISPLAY[0], y - DISPLAY[1])
        original = plate_pixels(frame, view, kind)
        source = _facts(plate.replace("####", str(frame)), VIEWS.index(view))
        truth = disc(width, height, center(frame, view)[0] - corner[0], center(frame, view)[1] - corner[1])
        for name in ("matte", "cut", "crypto"):
            path = str(out / view / f"{name}.{frame}.exr")
            assert _facts(path) == source, "windows, pixel aspect, timecode, fps"
            _, pixels = read_channels(path)
            alpha = pixels["CryptoObject00.G" if name == "crypto" else "A"]
            assert alpha.shape == (height, width)
            found = centroid(alpha, corner)
            farthest = max(farthest, *(abs(a - b) for a, b in zip(found, center(frame, view), strict=True)))
            assert np.abs(alpha - truth).max() < 0.01
            if name == "cut":
                for index, channel in enumerate("RGB"):
                    assert bits(pixels[channel]) == bits(original[..., index]), "not one bit of the plate differs"
                assert original.min() < -0.09
                assert original.max() == 60
    assert farthest < 0.02
    _check_movie(out / view / "matte.mov", view)


def _facts(path: str, part: int = 0) -> dict[str, Any]:
    source = oiio.ImageInput.open(path)
    assert source, oiio.geterror()
    assert source.seek_subimage(part, 0)
    spec = source.spec()
    facts = {
        "data window": (spec.x, spec.y, spec.width, spec.height),
        "display window": (spec.full_x, spec.full_y, spec.full_width, spec.full_height),
        "pixel aspect": spec.getattribute("PixelAspectRatio"),
        "fps": spec.getattribute("framesPerSecond"),
        "timecode": spec.getattribute("smpte:TimeCode"),
    }
    source.close()
    assert None not in facts.values()
    return facts


def _check_movie(path: Path, view: str) -> None:
    """A movie shows the display window, and has no other."""
    read = list(read_movie_with_alpha(str(path)))
    assert len(read) == len(FRAMES)
    for frame, (_, alpha) in zip(FRAMES, read, strict=True):
        assert alpha.shape == (40, 96)
        assert centroid(alpha, (0, 0)) == pytest.approx(center(frame, view), abs=0.02)


def test_the_preview_engine_brings_it_back_to_a_pixel(tmp_path: Path) -> None:
    """What a fresh machine does with a box alone: no model, but the same windows and colors."""
    plate = write_plate(tmp_path / "plate", "half")
    wanted = request(plate, "left", Deliverable(str(tmp_path / "out" / "m.####.exr")))
    events = list(pull_matte(wanted, preview.engine({}), Ticket("job-00001")))
    assert sorted(event.frame for event in events if isinstance(event, FrameEvent)) == list(FRAMES)
    for frame in FRAMES:
        x, y, _, _ = window_of(frame)
        alpha = read_channels(str(tmp_path / "out" / f"m.{frame}.exr"))[1]["A"]
        found = centroid(alpha, (x - DISPLAY[0], y - DISPLAY[1]))
        assert found == pytest.approx(center(frame, "left"), abs=1.0)
