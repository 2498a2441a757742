"""Splines of a matte as a Roto node: the shapes that Nuke draws are the shapes of the document."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import stage

from mattewire_protocol.errors import BadField

pytestmark = pytest.mark.usefixtures("nuke16")
KAPPA = 0.5522847498
"""Handle length of a quarter circle of radius 1 (Riškus 2006 and others)."""


def circle(x: float, y: float, radius: float) -> list[list[float]]:
    """Four points, clockwise on the screen, y down."""
    handle = KAPPA * radius
    return [
        [x + radius, y, 0, -handle, 0, handle],
        [x, y + radius, handle, 0, -handle, 0],
        [x - radius, y, 0, handle, 0, -handle],
        [x, y - radius, -handle, 0, handle, 0],
    ]


def document(*splines: dict[str, Any]) -> str:
    return json.dumps({"schema": "mattewire.splines.1", "splines": list(splines)})


def moving(number: int = 1, hole: bool = False, radius: float = 11.0) -> dict[str, Any]:
    keys = [{"frame": frame, "points": circle(*stage.center(frame), radius)} for frame in (1001, 1006)]
    return {"object": number, "hole": hole, "first": 1001, "last": 1006, "keys": keys}


def raster() -> Any:
    from mattewire_panel.pixels import Raster

    return Raster(stage.WIDTH, stage.HEIGHT)


def set_format() -> None:
    import nuke

    nuke.root()["format"].setValue(nuke.addFormat(f"{stage.WIDTH} {stage.HEIGHT} 1 small"))


def test_the_shape_is_where_the_ball_is_on_keys_and_between_them(fake: Any) -> None:
    from mattewire_nuke import roto

    set_format()
    node = roto.make(roto.read(document(moving())), raster())
    for frame in (1001, 1003, 1006):
        assert stage.overlap(stage.alpha(fake, node, frame), *stage.center(frame)) > 0.98
    assert stage.alpha(fake, node, 1000).max() == 0
    assert stage.alpha(fake, node, 1007).max() == 0
    shape = node["curves"].rootLayer[0][0]
    assert (len(shape), shape.name) == (4, "shape 1001-1006")
    assert shape[0].center.getControlPointKeyTimes() == [1001, 1006]


def test_a_hole_is_cut_out_of_what_was_drawn_before_it(fake: Any) -> None:
    from mattewire_nuke import roto

    set_format()
    node = roto.make(roto.read(document(moving(), moving(hole=True, radius=5.0))), raster())
    alpha = stage.alpha(fake, node, 1001)
    x, y = stage.center(1001)
    assert alpha[int(y), int(x)] == 0
    assert alpha[int(y), int(x + 8)] == 1
    assert abs(alpha.sum() - np.pi * (11**2 - 5**2)) < 3


def test_each_object_has_a_layer_and_all_is_one_undo_step(fake: Any) -> None:
    import nuke

    from mattewire_nuke import roto

    before = nuke.Undo.undoSize()
    node = roto.make(roto.read(document(moving(1), moving(2))), raster())
    assert [layer.name for layer in node["curves"].rootLayer] == ["object 1", "object 2"]
    assert nuke.Undo.undoSize() == before + 1
    nuke.undo()
    assert nuke.allNodes() == []


@pytest.mark.parametrize(
    ("frames", "host_of"),
    [
        ({"first": 1, "last": 6, "offset": 1000, "step": 1}, lambda plate: plate - 1000),
        ({"first": 1, "last": 6, "offset": 1007, "step": -1}, lambda plate: 1007 - plate),
    ],
)
def test_the_scripts_frames_are_the_mattes_own(fake: Any, frames: dict[str, int], host_of: Any) -> None:
    from mattewire_nuke import roto
    from mattewire_panel.frames import FrameMap

    set_format()
    node = roto.make(roto.read(document(moving())), raster(), FrameMap.from_wire(frames))
    for plate in (1001, 1004, 1006):
        assert stage.overlap(stage.alpha(fake, node, host_of(plate)), *stage.center(plate)) > 0.98
    assert stage.alpha(fake, node, 7).max() == 0


def test_a_retime_is_keyed_on_every_frame(fake: Any) -> None:
    from mattewire_nuke import roto
    from mattewire_panel.frames import FrameMap

    set_format()
    held = FrameMap.of_pairs({1: 1001, 2: 1001, 3: 1005, 4: 1006})
    node = roto.make(roto.read(document(moving())), raster(), held)
    for host, plate in ((1, 1001), (2, 1001), (3, 1005), (4, 1006)):
        assert stage.overlap(stage.alpha(fake, node, host), *stage.center(plate)) > 0.98


def test_loaded_for_a_mask_subject_it_takes_its_format(fake: Any, tmp_path: Path) -> None:
    from mattewire_nuke import roto

    path = tmp_path / "a.splines.json"
    path.write_text(document(moving()))
    stage.mask_subject(fake, stage.read_node(stage.write_plate(tmp_path / "plate")))
    node = roto.load(str(path))
    assert stage.alpha(fake, node, 1003).shape == (stage.HEIGHT, stage.WIDTH)
    assert stage.overlap(stage.alpha(fake, node, 1003), *stage.center(1003)) > 0.98


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("not json", "cannot be read"),
        ('{"schema": "other.1"}', "it is a other.1"),
        (document({**moving(), "keys": []}), "needs a key"),
        (document({**moving(), "last": 1}), "comes before"),
        (document({**moving(), "keys": [{"frame": 1, "points": [[1, 2, 3]]}]}), "6 numbers"),
        ('{"schema": "mattewire.splines.1"}', "splines"),
        ("[]", "cannot be read"),
    ],
)
def test_a_document_that_is_none_is_refused_in_words(text: str, words: str) -> None:
    from mattewire_nuke import roto

    with pytest.raises(BadField, match=words) as refused:
        roto.read(text)
    assert refused.value.advice == "Make them again from the mattes."


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    from mattewire_nuke import roto

    with pytest.raises(BadField, match=r"nowhere\.json cannot be read"):
        roto.load(str(tmp_path / "nowhere.json"))


@pytest.mark.usefixtures("nuke16", "house")
def test_the_button_makes_a_roto_of_the_mattes(fake: Any, tmp_path: Path) -> None:
    """From a real matte: the daemon fits the splines, and what Nuke draws of them is the matte."""
    import nuke

    read = stage.read_node(stage.write_plate(tmp_path / "plate"))
    read["frame_mode"].setValue("offset")
    read["frame"].setValue("1000")
    subject = stage.mask_subject(fake, read)
    fake.click(subject, "roto")
    assert "has no finished mattes" in fake.dialogs.pop().text
    copy = stage.masked(fake, subject)
    fake.click(subject, "roto")
    stage.wait(fake, lambda: nuke.allNodes("Roto") or fake.dialogs)
    assert fake.dialogs == []
    node = nuke.allNodes("Roto")[0]
    assert [layer.name for layer in node["curves"].rootLayer] == ["red ball"]
    for host in (1, 3, 6):
        drawn, matte = stage.alpha(fake, node, host), stage.alpha(fake, copy, host)
        assert np.minimum(drawn, matte).sum() / np.maximum(drawn, matte).sum() > 0.95
    assert (tmp_path / "plate" / "mattes" / "plate_matte_v001.splines.json").is_file()
