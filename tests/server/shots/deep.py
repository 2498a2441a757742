"""A stage for depth: plates of the rendered shot whose depth is known, an engine that runs over what stands before its
subject, and a package with an estimator, found through the entry points as a studio's own would be."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import pytest

from mattewire_server.engines.seams import Engine, Found, Hint, Picture, Segment, ShotInfo
from occluded_shot import Moment, moment

WIDTH, HEIGHT, FRAMES, FIRST = 192, 108, 12, 1001
ENGINE = "studio-depth"

CODE = '''
"""An estimator that says what is true, with noise, and another scale and shift on every frame."""

import numpy as np
from mattewire_server.engines.seams import Engine
from occluded_shot import estimate
from server.shots.deep import FIRST, now

class Estimator:
    metric = False

    def __init__(self):
        self.seen, self.closed, self.spoil = [], 0, None

    def estimate(self, picture):
        self.seen.append(picture.frame)
        said = estimate(now(picture.frame).meters, picture.frame - FIRST)
        return said if self.spoil is None else self.spoil(picture.frame, said)

    def close(self):
        self.closed += 1

def engine(settings):
    return Engine("studio-depth", "Studio Depth", None, None, provenance={"model": "d1"}, depth=Estimator())
'''

_MOMENTS: dict[int, Moment] = {}


def now(frame: int) -> Moment:
    if frame not in _MOMENTS:
        _MOMENTS[frame] = moment(frame - FIRST, FRAMES, WIDTH, HEIGHT)
    return _MOMENTS[frame]


def write_plates(folder: Path) -> str:
    folder.mkdir()
    for frame in range(FIRST, FIRST + FRAMES):
        codes = np.rint(now(frame).rgb[..., ::-1] * 255).astype(np.uint8)
        assert cv2.imwrite(str(folder / f"shot.{frame}.png"), codes)
    return str(folder / "shot.####.png")


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, code: str = CODE) -> None:
    """Puts a package with the engine ``studio-depth`` on the path, as pip would."""
    (folder / "studio_depth.py").write_text(code)
    facts = folder / "studio_depth-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: studio-depth\nVersion: 1.0\n")
    (facts / "entry_points.txt").write_text("[mattewire.engines]\nstudio-depth = studio_depth:engine\n")
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, "studio_depth", raising=False)


@dataclass
class Leaky:
    """A segmenter whose matte is the whole ball, whatever stands before it, and a detector that finds it."""

    steps: list[int] = field(default_factory=list)

    def engine(self) -> Engine:
        return Engine("leaky", "Leaky", self, self, provenance={"weights": "none"})

    def find(self, picture: Picture, phrases: Sequence[str], exclude: Sequence[str] = ()) -> list[Found]:
        rows, columns = np.nonzero(now(picture.frame).whole > 0.5)
        box = (float(columns.min()), float(rows.min()), float(columns.max() + 1), float(rows.max() + 1))
        return [Found(box, 0.9, phrase) for phrase in phrases]

    def begin(self, shot: ShotInfo) -> Leaky:
        return self

    def step(self, picture: Picture, hints: Sequence[Hint] = ()) -> dict[int, Segment]:
        if not hints:
            self.steps.append(picture.frame)
        whole = np.clip(now(picture.frame).whole, 1e-9, 1 - 1e-7)
        return {1: Segment(np.asarray(np.log(whole / (1 - whole)), np.float32), 0.9)}

    def close(self) -> None:
        """Nothing is held."""
