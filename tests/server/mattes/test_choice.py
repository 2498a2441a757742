"""What is refused before an engine runs, with the field at fault and the way out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mattewire_protocol.deliver import Deliverable
from mattewire_protocol.errors import BadField, InternalError, UnknownFormat
from mattewire_server.mattes import MatteWriter, NamedObject
from server.mattes.written import OBJECTS, frame_of, plate, plate_frame, scene_rgb, writer


@pytest.mark.parametrize("format", ["webm", "prores4444"])
def test_movies_are_not_written_here(tmp_path: Path, format: str) -> None:
    with pytest.raises(UnknownFormat, match="a movie, not an image sequence") as caught:
        MatteWriter(Deliverable(str(tmp_path / "ball.mov"), format), plate=plate(), provenance={}, token="job-00001")
    assert caught.value.field == "out[0].format"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("wanted", [{"object": 3}, {"content": "cutout", "object": 3}])
def test_an_object_that_is_not_there_lists_those_that_are(tmp_path: Path, wanted: dict[str, Any]) -> None:
    with pytest.raises(BadField, match=r"1 \(founder \(left\)\), 2 \(1\), 7 \(été\)") as caught:
        writer(tmp_path, wanted=wanted, field="out[4]")
    assert caught.value.field == "out[4].object"


def test_with_many_objects_the_list_stays_short(tmp_path: Path) -> None:
    many = [NamedObject(number, f"extra {number}", f"extra_{number}") for number in range(1, 21)]
    with pytest.raises(BadField, match=r"8 \(extra 8\) and 12 more\."):
        writer(tmp_path, wanted={"object": 99}, objects=many)
    with pytest.raises(BadField, match="Leave it 0"):
        writer(tmp_path, wanted={"object": 99}, objects=[])


@pytest.mark.parametrize("twin", [NamedObject(1, "another", "another"), NamedObject(9, "été (2)", "ete")])
def test_two_objects_never_share_a_number_or_a_layer(tmp_path: Path, twin: NamedObject) -> None:
    with pytest.raises(InternalError, match="same number or the same layer"):
        writer(tmp_path, wanted={"content": "layers"}, objects=[*OBJECTS, twin])


@pytest.mark.parametrize("content", ["layers", "cryptomatte"])
def test_what_holds_every_object_is_not_one_objects(tmp_path: Path, content: str) -> None:
    with pytest.raises(InternalError, match="every object"):
        writer(tmp_path, wanted={"content": content}, object=7)


@pytest.mark.parametrize(
    ("value", "told"), [(65505.0, "65505"), (-7e4, "-70000"), (np.inf, "inf"), (3.4e38, "3.4e\\+38")]
)
@pytest.mark.parametrize(
    ("wanted", "name", "advice"),
    [
        ({"depth": "half"}, "depth", "depth float"),
        ({"depth": "half", "premultiplied": True}, "depth", "depth float"),
        ({"compression": "dwaa"}, "compression", "zip"),
    ],
)
def test_numbers_that_half_cannot_hold_are_told(
    tmp_path: Path, wanted: dict[str, Any], name: str, advice: str, value: float, told: str
) -> None:
    rgb = scene_rgb("float")
    cutout = writer(tmp_path, wanted={"content": "cutout", **wanted}, plate=plate(precision="float"), field="out[2]")
    fine = cutout.write(frame_of(1001, plate=plate_frame(rgb)))
    rgb[12, 40, 1] = value
    with pytest.raises(BadField, match=rf"frame 1002 of the plate has the value {told}, .*{advice}") as caught:
        cutout.write(frame_of(1002, plate=plate_frame(rgb, 1002)))
    assert caught.value.field == f"out[2].{name}"
    assert list(tmp_path.iterdir()) == [Path(fine)]


def test_a_cutout_needs_the_plate_of_its_frame(tmp_path: Path) -> None:
    cutout = writer(tmp_path, wanted={"content": "cutout"})
    assert cutout.needs_plate
    assert not writer(tmp_path / "a").needs_plate
    wrong = [None, plate_frame(scene_rgb(), 1002), plate_frame(scene_rgb()[..., :2])]
    for given in wrong:
        with pytest.raises(InternalError, match="Frame 1001: a cut-out needs the plate"):
            cutout.write(frame_of(plate=given))
    assert list(tmp_path.glob("*.exr")) == []


def test_an_objects_matte_is_checked_as_the_whole_is(tmp_path: Path) -> None:
    bad = np.full((44, 78), 1.5, np.float32)
    for content in ("layers", "cryptomatte"):
        with pytest.raises(InternalError, match=r"Frame 1001: the matte has values from 1\.5"):
            writer(tmp_path, wanted={"content": content}).write(frame_of(objects={2: bad}))
