"""A plate in Blender's compositor, the real daemon, and the composite that Blender renders, against the exact matte."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hosts.blender.plates import HEIGHT, WIDTH, center_of, exact, iou, picture, write_sequence
from hosts.blender.rig import Blender
from mattewire_server.demo.measure import LEVEL, read_matte
from mattewire_server.demo.shot import DemoShot, render_shot
from mattewire_server.patterns import parse_pattern

FIRST, LAST = 1001, 1024
LEAST_IOU, MOST_CENTROID = 0.95, 0.5
MOST_BLOCKED_S = 0.05


def composite(blender: Blender, plate: str, last: int = LAST, **changes: Any) -> dict[str, Any]:
    asked = {"plate": plate, "first": FIRST, "last": last, "width": WIDTH, "height": HEIGHT, "prompt": "red ball"}
    return blender.run("composite", **{**asked, **changes})


def test_the_rendered_composite_has_the_right_alpha(blender: Blender) -> None:
    plate = write_sequence(blender.folder / "plate", FIRST, LAST)
    assert composite(blender, plate)["state"] == "done"
    for frame in range(FIRST, LAST + 1):
        rendered, truth = np.load(blender.folder / f"composite.{frame}.npy"), exact(frame)
        alpha = rendered[..., 3]
        assert iou(alpha >= LEVEL, truth >= LEVEL) >= LEAST_IOU, frame
        assert np.hypot(*np.subtract(center_of(alpha), center_of(truth))) < MOST_CENTROID, frame
        # Premultiplied, and from the plate's own numbers (half float: 11 bits).
        assert np.allclose(rendered[..., :3], picture(frame) * alpha[..., None], atol=1e-3), frame


def test_blender_goes_on_while_the_job_runs(blender: Blender) -> None:
    told = composite(blender, write_sequence(blender.folder / "plate", FIRST, LAST))
    assert told["loop"]["rounds"] > 10
    assert told["loop"]["longest"] < MOST_BLOCKED_S, told["loop"]
    assert told["placed_while"] == ["running"]  # the first matte is in the tree before the last one is made


def test_the_plate_is_read_in_the_colorspace_that_blender_reads_it_in(blender: Blender) -> None:
    told = composite(blender, write_sequence(blender.folder / "plate", FIRST, FIRST + 1), last=FIRST + 1)
    assert told["colorspace"] == "Linear Rec.709"
    assert Path(told["ocio"]).name == "config.ocio"
    assert Path(told["ocio"]).is_file()
    assert told["label"] == "red ball (preview)"


@pytest.fixture(scope="module")
def shot(tmp_path_factory: pytest.TempPathFactory) -> DemoShot:
    """A rendered shot with grain and motion blur."""
    return render_shot(tmp_path_factory.mktemp("shot"), frames=4, width=480, height=270)


def test_a_soft_matte_arrives_as_the_daemon_wrote_it(blender: Blender, shot: DemoShot) -> None:
    plate = parse_pattern(shot.plate).path(FIRST)
    told = composite(blender, plate, last=shot.last, width=shot.width, height=shot.height)
    for frame in range(FIRST, shot.last + 1):
        alpha = np.load(blender.folder / f"composite.{frame}.npy")[..., 3]
        written = read_matte(parse_pattern(told["pattern"]).path(frame), frame)
        assert np.count_nonzero((written > 0) & (written < 1)) > 0
        assert np.abs(alpha - written).max() < 1e-6, frame
