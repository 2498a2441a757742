"""Every kind of file from one job: layers, Cryptomatte, cut-outs, names, and plates that make it hard."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import OpenImageIO as oiio
import pytest

import cryptomatte_reader
from mattewire_protocol.deliver import CleanUp, Deliverable, ObjectName
from mattewire_protocol.errors import BadField, ColorConfigUnreadable, UnknownColorspace
from mattewire_protocol.messages import FrameEvent, JobEvent
from mattewire_protocol.request import Plate
from mattewire_server.finish.cryptomatte import channel_names
from mattewire_server.plates.model import Window
from mattewire_server.shots import pull_matte
from mattewire_server.shots.shot import Ticket
from server.shots.soft import DISPLAY, THREE, Disc, Soft, channels, made, write_discs
from server.shots.staged import JOB, frames_of, request, run, run_until

FRAMES = range(1001, 1013)
CHOSEN = [ObjectName(1, "founder (left)"), ObjectName(2, "1"), ObjectName(3, "été")]
LAYERS = {1: "founder_left", 2: "object_1", 3: "ete"}
ALL: dict[str, Any] = {"prompts": ["disc"], "pick": "all", "names": CHOSEN}
HALF_STEP = 2.0**-11
"""Half the distance of neighboring halves below 1."""
KEPT_ERROR = 2e-4
"""What half-precision logits and the snap to exact 0 and 1 may change beside the file's own rounding."""


@pytest.fixture
def discs(tmp_path: Path) -> str:
    return write_discs(tmp_path / "plate")


def layered(out: Path, **changes: Any) -> list[Deliverable]:
    return [
        Deliverable(str(out / "layers.####.exr"), content="layers", **changes),
        Deliverable(str(out / "crypto.####.exr"), content="cryptomatte"),
    ]


# --- three objects, one absent half of the time, two overlapping softly ------------------------------------------


def test_every_frame_has_the_same_channels_under_names_that_nuke_accepts(discs: str, out: Path) -> None:
    events = run(request(discs, deliverables=layered(out), **ALL), Soft())
    for frame in FRAMES:
        header, layers = channels(out / f"layers.{frame}.exr")
        assert sorted(layers) == ["A", "ete.A", "founder_left.A", "object_1.A"]
        assert json.loads(header["mattewire/objects"]) == {LAYERS[each.object]: each.name for each in CHOSEN}
        assert sorted(channels(out / f"crypto.{frame}.exr")[1]) == sorted(channel_names())
    assert events[-1].names == CHOSEN
    facts = json.loads((out / "layers.mattewire.json").read_text())
    assert facts["objects"] == [
        {"object": each.object, "name": each.name, "layer": LAYERS[each.object]} for each in CHOSEN
    ]
    assert facts["outputs"] == [
        {"deliverable": 0, "name": "layers.####.exr", "object": 0},
        {"deliverable": 1, "name": "crypto.####.exr", "object": 0},
    ]


def test_each_layer_is_its_own_object_and_the_union_is_in_alpha(discs: str, out: Path) -> None:
    run(request(discs, deliverables=layered(out, depth="float"), **ALL), Soft())
    for frame in FRAMES:
        truth = [disc.coverage(frame) for disc in THREE]
        _, layers = channels(out / f"layers.{frame}.exr")
        for number, expected in enumerate(truth, 1):
            found = layers[f"{LAYERS[number]}.A"]
            assert np.abs(found - expected).max() <= 1 / 512 + KEPT_ERROR
            assert (found[expected == 0] == 0).all()
            assert (found[expected == 1] == 1).all()
        union = 1 - np.prod([1 - layers[f"{layer}.A"] for layer in LAYERS.values()], axis=0)
        assert np.abs(layers["A"] - union).max() <= 1 / 512
    assert not channels(out / "layers.1009.exr")[1]["ete.A"].any(), "out of sight"


def test_an_independent_cryptomatte_reader_gets_the_layers_back(discs: str, out: Path) -> None:
    run(request(discs, deliverables=layered(out, depth="float"), **ALL), Soft())
    overlapping = 0
    for frame in FRAMES:
        _, layers = channels(out / f"layers.{frame}.exr")
        found = cryptomatte_reader.read(out / f"crypto.{frame}.exr")["CryptoObject"]
        assert found.faults() == []
        assert set(found.manifest) == {each.name for each in CHOSEN}, "absent ones too"
        coverage = {each.name: layers[f"{LAYERS[each.object]}.A"] for each in CHOSEN}
        total = np.sum(list(coverage.values()), axis=0)
        over = total > 1
        overlapping += int(over.sum())
        for name, matte in coverage.items():
            expected = np.where(over, matte / np.maximum(total, 1), matte)
            assert np.abs(found.matte(name) - expected).max() <= 1 / 255
            assert np.abs(found.matte(name) - matte)[~over].max() == 0, "bit for bit where they sum to at most 1"
    assert overlapping > 1000, "else nothing was tried"


def test_names_that_are_one_but_for_their_spelling_are_refused_before_anything_is_written(
    discs: str, out: Path
) -> None:
    twice = [ObjectName(1, "été"), ObjectName(2, "e\u0301te\u0301")]
    with pytest.raises(BadField, match="'été' is the name of objects 1 and 2") as caught:
        run(request(discs, deliverables=layered(out), **{**ALL, "names": twice}), Soft())
    assert caught.value.field == "names[1].name"
    assert made(out) == {}


def test_an_object_is_never_called_like_a_view(tmp_path: Path, out: Path) -> None:
    """Nuke would take the layer for the view."""
    plate = write_discs(tmp_path / "plate", frames=[1001], attributes={"view": ("string", "port")})
    wanted = request(plate, deliverables=layered(out), **{**ALL, "names": [ObjectName(1, "port")]})
    run(wanted, Soft())
    assert "object_port.A" in channels(out / "layers.1001.exr")[1]
    assert "port" in cryptomatte_reader.read(out / "crypto.1001.exr")["CryptoObject"].manifest


# --- one of several objects, and cut-outs ------------------------------------------------------------------------


def test_one_deliverable_can_be_one_object_alone(discs: str, out: Path) -> None:
    wanted = [Deliverable(str(out / "green.####.exr"), object=2), Deliverable(str(out / "all.####.exr"))]
    run(request(discs, deliverables=wanted, last=1003, **ALL), Soft())
    header, alone = channels(out / "green.1002.exr")
    assert header["mattewire/object"] == "1"
    assert np.abs(alone["A"] - THREE[1].coverage(1002)).max() <= 1 / 512 + HALF_STEP + KEPT_ERROR
    assert channels(out / "all.1002.exr")[1]["A"].sum() > 2 * alone["A"].sum()


@pytest.mark.parametrize(("name", "format"), [("m.####.exr", "exr"), ("m.webm", "webm")])
def test_an_object_that_is_not_there_is_refused_before_tracking(discs: str, out: Path, name: str, format: str) -> None:
    stage = Soft()
    wanted = request(discs, deliverables=[Deliverable(str(out / name), format, object=7, fps=24.0 * (format != "exr"))])
    with pytest.raises(BadField, match="no object 7") as caught:
        run(wanted, stage)
    assert caught.value.field == "out[0].object"
    assert "1 (red)" in caught.value.advice
    assert stage.qualities == []
    assert made(out) == {}


def test_what_the_hosts_expect_in_one_job(discs: str, out: Path) -> None:
    """A alone for Nuke, white with straight alpha for After Effects, gray without alpha for Resolve."""
    wanted = [
        Deliverable(str(out / "nuke.####.exr")),
        Deliverable(str(out / "ae.####.png"), "png16", channels="RGBA"),
        Deliverable(str(out / "resolve.####.tif"), "tiff16", channels="RGB"),
    ]
    run(request(discs, deliverables=wanted, last=1001), Soft())
    alpha = channels(out / "nuke.1001.exr")[1]
    assert list(alpha) == ["A"]
    codes = np.rint(THREE[0].coverage(1001) * 65535)
    white = cv2.imread(str(out / "ae.1001.png"), cv2.IMREAD_UNCHANGED)
    assert (white[..., :3] == 65535).all()
    assert np.abs(white[..., 3] - codes).max() <= 65535 / 512 + 65535 * KEPT_ERROR
    gray = cv2.imread(str(out / "resolve.1001.tif"), cv2.IMREAD_UNCHANGED)
    assert gray.shape[2] == 3
    assert (gray == white[..., 3:]).all()


@pytest.mark.parametrize("premultiplied", [False, True])
def test_a_cutout_holds_the_plates_own_numbers(discs: str, out: Path, premultiplied: bool) -> None:
    wanted = Deliverable(str(out / "c.####.exr"), content="cutout", premultiplied=premultiplied)
    run(request(discs, deliverables=[wanted], last=1002), Soft())
    _, cutout = channels(out / "c.1002.exr")
    for name, disc in zip("RGB", THREE, strict=True):
        expected = disc.coverage(1002)
        if premultiplied:
            expected = expected * cutout["A"]
        assert cutout[name].dtype == np.float32
        assert np.array_equal(cutout[name], expected)


def test_exposure_is_for_the_models_alone(tmp_path: Path, out: Path) -> None:
    """A plate five stops down: found, told, and its numbers in the cut-out untouched."""
    plate = write_discs(tmp_path / "plate", frames=[1001], gain=2.0**-5)
    wanted = request(plate, deliverables=[Deliverable(str(out / "c.####.exr"), content="cutout")])
    events = run(wanted, Soft())
    assert events[0].exposure > 3
    header, cutout = channels(out / "c.1001.exr")
    assert np.array_equal(cutout["R"], THREE[0].coverage(1001) * np.float32(2.0**-5))
    assert header["mattewire/exposure"] == f"{events[0].exposure:+g} stops"
    facts = json.loads((out / "c.mattewire.json").read_text())
    assert facts["colorspace"] == {"name": "linear Rec.709", "from": "file kind", "exposure": events[0].exposure}


# --- bad input ---------------------------------------------------------------------------------------------------


def test_an_unknown_colorspace_and_a_config_that_is_not_there(discs: str, out: Path, tmp_path: Path) -> None:
    stage = Soft()
    wanted = request(discs, str(out / "m.####.exr"))
    with pytest.raises(UnknownColorspace) as unknown:
        run(replaced(wanted, plate=Plate(discs, colorspace="Linear P3 of a studio")), stage)
    assert unknown.value.field == "plate.colorspace"
    with pytest.raises(ColorConfigUnreadable) as missing:
        run(request(discs, str(out / "m.####.exr"), ocio=str(tmp_path / "gone" / "config.ocio")), stage)
    assert missing.value.field == "ocio"
    assert not stage.was_asked
    assert not out.exists()


def replaced(wanted: Any, **changes: Any) -> Any:
    return type(wanted)(**{**wanted.__dict__, **changes})


def test_half_overflow_names_frame_and_field_and_what_is_finished_stays(tmp_path: Path, out: Path) -> None:
    write_discs(tmp_path / "plate")
    plate = write_discs(tmp_path / "plate", frames=[1006], gain=70_000.0)
    wanted = request(plate, deliverables=[Deliverable(str(out / "c.####.exr"), content="cutout", depth="half")])
    seen, problem = run_until(BadField, pull_matte(wanted, Soft().engine(), Ticket(JOB)))
    assert problem.field == "out[0].depth"
    assert "frame 1006 of the plate has the value 70000" in str(problem)
    assert set(frames_of(seen)) >= set(range(1001, 1006))
    assert sorted(made(out)) == sorted(f"c.{frame}.exr" for frame in frames_of(seen))
    run(request(plate, deliverables=[Deliverable(str(out / "d.####.exr"), content="cutout")], last=1007), Soft())
    assert channels(out / "d.1006.exr")[1]["R"].max() == np.float32(70_000)


def test_mattes_that_are_empty_on_every_frame(discs: str, out: Path) -> None:
    wanted = [*layered(out), Deliverable(str(out / "m.####.exr"))]
    events = run(request(discs, deliverables=wanted, **ALL), Soft(gone=frozenset(FRAMES)))
    told = [event for event in events if isinstance(event, FrameEvent)]
    assert [(event.frame, event.state, event.flags) for event in told] == [
        (frame, "done", ["out of sight"]) for frame in FRAMES
    ]
    for frame in FRAMES:
        layers = channels(out / f"layers.{frame}.exr")[1]
        assert len(layers) == 4
        assert not any(layer.any() for layer in layers.values())
        found = cryptomatte_reader.read(out / f"crypto.{frame}.exr")["CryptoObject"]
        assert found.faults() == []
        assert not found.coverage.any()
        assert not channels(out / f"m.{frame}.exr")[1]["A"].any()
    assert events[-1].state == "done"


def test_a_clean_up_that_leaves_nothing_flags_the_frame(discs: str, out: Path) -> None:
    wanted = request(discs, str(out / "m.####.exr"), last=1002, clean_up=[CleanUp(dilate=-50)])
    events = run(wanted, Soft())
    told = [(event.state, event.flags) for event in events if isinstance(event, FrameEvent)]
    assert told == [("flagged", ["empty matte"])] * 2


def test_a_shot_of_one_frame(tmp_path: Path, out: Path) -> None:
    plate = write_discs(tmp_path / "plate", frames=[1001])
    cutout = Deliverable(str(out / "c.####.exr"), content="cutout")
    movie = Deliverable(str(out / "m.mov"), "prores4444", fps=24.0)
    events = run(request(plate, deliverables=[*layered(out), cutout, movie], **ALL), Soft())
    assert frames_of(events) == [1001]
    assert [Path(path).name for path in events[-1].outputs] == [
        *("layers.####.exr", "layers.mattewire.json", "layers.boxes.json"),
        *("crypto.####.exr", "crypto.mattewire.json", "crypto.boxes.json"),
        *("c.####.exr", "c.mattewire.json", "c.boxes.json"),
        *("m.mov", "m.mattewire.json", "m.boxes.json"),
    ]


def test_mixed_data_windows(tmp_path: Path, out: Path) -> None:
    """Overscan on one frame, a small bounding box on another, none of the picture inside the box on a third."""
    windows = {1002: Window(-8, -4, 104, 58), 1003: Window(20, 20, 50, 40), 1004: Window(90, 50, 100, 60)}
    plate = write_discs(tmp_path / "plate", frames=range(1001, 1006), windows=windows)
    cutout = Deliverable(str(out / "c.####.exr"), content="cutout")
    run(request(plate, deliverables=[*layered(out), cutout], **ALL), Soft())
    for frame in range(1001, 1006):
        window = windows.get(frame, DISPLAY)
        for name in ("layers", "crypto", "c"):
            spec = _spec(out / f"{name}.{frame}.exr")
            assert (spec.x, spec.y, spec.width, spec.height) == (window.x0, window.y0, window.width, window.height)
            assert (spec.full_x, spec.full_y, spec.full_width, spec.full_height) == (0, 0, 96, 54)
        _, layers = channels(out / f"layers.{frame}.exr")
        expected = THREE[0].coverage(frame, window)
        assert np.abs(layers["founder_left.A"] - expected).max() <= 1 / 512 + HALF_STEP + KEPT_ERROR
        assert np.array_equal(channels(out / f"c.{frame}.exr")[1]["R"], expected)


def _spec(path: Path) -> Any:
    source = oiio.ImageInput.open(str(path))
    assert source, oiio.geterror()
    try:
        return source.spec()
    finally:
        source.close()


def test_the_job_says_how_the_plate_was_read(discs: str, out: Path) -> None:
    wanted = request(discs, str(out / "m.####.exr"), last=1001)
    events = [event for event in run(wanted, Soft()) if isinstance(event, JobEvent)]
    assert [(event.colorspace, event.colorspace_from, event.exposure) for event in events] == [
        ("linear Rec.709", "file kind", 0.0)
    ] * 2


def test_a_disc_that_leaves_the_picture_is_cut_at_its_edge(tmp_path: Path, out: Path) -> None:
    plate = write_discs(tmp_path / "plate", [Disc(90, 27, 13, dx=3)], range(1001, 1011))
    run(request(plate, str(out / "m.####.exr")), Soft())
    assert channels(out / "m.1004.exr")[1]["A"][:, -1].max() == 1
    assert not channels(out / "m.1010.exr")[1]["A"].any()
