"""A matte strip in the sequencer: where it lies, that its numbers arrive unbent, and that it is updated in place."""

from __future__ import annotations

import numpy as np
import pytest

from hosts.blender.rig import Blender
from mattewire_server.demo.measure import read_matte
from mattewire_server.demo.shot import DemoShot, render_shot
from mattewire_server.patterns import parse_pattern


@pytest.fixture(scope="module")
def shot(tmp_path_factory: pytest.TempPathFactory) -> DemoShot:
    """A rendered shot with grain and motion blur: its mattes have soft edges."""
    return render_shot(tmp_path_factory.mktemp("shot"), frames=3, width=480, height=270)


@pytest.mark.parametrize("space", ["sRGB", "Linear Rec.709"])
def test_a_matte_strip(blender: Blender, shot: DemoShot, space: str) -> None:
    told = blender.run(
        "sequencer",
        plate=parse_pattern(shot.plate).path(shot.first),
        width=shot.width,
        height=shot.height,
        last=shot.last,
        space=space,
    )
    once, twice = told["once"], told["twice"]
    assert once["names"] == sorted([*told["before"], "Matte: red ball (preview)"])
    assert once["channel"] == 4, "above the plate, on the first channel that is free there"
    assert (once["span"], once["mute"], once["content"]) == ([101, 104], True, "matte")
    assert once["modifiers"] == [["MASK", "Matte: red ball (preview)"]]
    assert once["files"] == [f"ball_v001.{frame}.exr" for frame in (1001, 1002, 1003)]
    for frame in (1001, 1002, 1003):
        alpha = np.load(blender.folder / f"strip.{frame - 900}.npy")[..., 3]
        written = read_matte(str(blender.folder / "mattes" / f"ball_v001.{frame}.exr"), frame)
        assert np.count_nonzero((written > 0.1) & (written < 0.9)) > 20
        assert np.abs(alpha - written).max() < 2e-3, frame
    assert twice["files"] == [name.replace("v001", "v002") for name in once["files"]]
    assert {**twice, "files": None} == {**once, "files": None}
    assert told["gone"] == [told["before"], 0]
