from __future__ import annotations

import functools
from typing import Any

import pytest

from mattewire_protocol import messages
from mattewire_protocol.deliver import (
    CHANNELS,
    CONTENTS,
    FORMATS,
    MOVIES,
    CleanUp,
    Deliverable,
    Depth,
    Edges,
    ObjectName,
    Shape,
    Vertex,
    check_finish,
)
from mattewire_protocol.errors import BadField
from mattewire_protocol.request import MatteRequest, Plate

CORNERS = [Vertex(0.0, 0.0), Vertex(4.0, 0.0), Vertex(4.0, 4.0)]
OUT = [Deliverable("m.####.exr")]


def refused(field: str, **changes: Any) -> str:
    with pytest.raises(BadField) as caught:
        Deliverable("m", **changes)
    assert caught.value.field == field
    assert caught.value.advice
    return caught.value.message


def test_every_format_carries_a_matte_and_a_cutout() -> None:
    for format in FORMATS:
        for content in ("matte",) if format == "splines" else ("matte", "cutout"):
            assert Deliverable("m", format, content).format == format


@pytest.mark.parametrize("content", ["layers", "cryptomatte"])
@pytest.mark.parametrize("format", [format for format in FORMATS if format != "exr"])
def test_layers_need_exr(content: str, format: str) -> None:
    assert format in refused("content", format=format, content=content)


@pytest.mark.parametrize("content", ["layers", "cryptomatte"])
def test_what_holds_every_object_is_not_for_one(content: str) -> None:
    refused("object", content=content, object=2)
    assert Deliverable("m", content="matte", object=2).object == 2


@pytest.mark.parametrize("content", [content for content in CONTENTS if content != "matte"])
def test_channels_are_a_choice_for_mattes(content: str) -> None:
    refused("channels", content=content, channels="RGBA")


def test_channels_by_format() -> None:
    for channels in CHANNELS:
        assert Deliverable("m", "exr", channels=channels).channels == channels
    refused("channels", format="png8", channels="A")
    for movie in MOVIES:
        refused("channels", format=movie, channels="Y")
        refused("channels", format=movie, channels="RGB")
        assert Deliverable("m", movie, channels="RGBA").channels == "RGBA"


def test_depth_and_compression_are_choices_for_exr() -> None:
    refused("depth", format="tiff16", depth="half")
    refused("compression", format="png8", compression="zip")
    assert Deliverable("m", depth="float", compression="piz").depth == "float"


def test_a_rate_is_a_choice_for_movies() -> None:
    refused("fps", format="png8", fps=25.0)
    assert Deliverable("m.mov", "prores4444", fps=23.976).fps == 23.976


def test_splines_follow_the_matte() -> None:
    assert Deliverable("m.json", "splines", tolerance=0.5).tolerance == 0.5
    refused("content", format="splines", content="cutout")
    refused("channels", format="splines", channels="RGBA")
    refused("tolerance", format="exr", tolerance=1.0)
    for tolerance in (0.05, 20.5):
        with pytest.raises(BadField):
            Deliverable("m.json", "splines", tolerance=tolerance)


def test_cryptomatte_is_never_lossy() -> None:
    refused("depth", content="cryptomatte", depth="half")
    refused("compression", content="cryptomatte", compression="dwaa")
    assert Deliverable("m", content="cryptomatte", depth="float", compression="zips").content == "cryptomatte"


def test_only_cutouts_are_premultiplied() -> None:
    refused("premultiplied", premultiplied=True)
    assert Deliverable("m", content="cutout", premultiplied=True).premultiplied


def test_only_cutouts_have_colors() -> None:
    refused("colors", colors="foreground")
    assert Deliverable("m", content="cutout", colors="foreground").colors == "foreground"


def test_z_lies_in_an_exr_and_needs_an_estimator() -> None:
    refused("z", format="png16", z=True)
    refused("z", content="cryptomatte", z=True)
    out = [Deliverable("m", z=True)]
    with pytest.raises(BadField) as caught:
        check_finish(out, [], [], [], Depth())
    assert caught.value.field == "out[0].z"
    check_finish(out, [], [], [], Depth("some"))


def test_a_holdout_by_depth_needs_an_estimator() -> None:
    with pytest.raises(BadField) as caught:
        Depth(holdout=True)
    assert caught.value.field == "holdout"
    assert Depth("some", holdout=True).margin == 0.05


def test_a_matting_model_is_named_for_matting_only() -> None:
    with pytest.raises(BadField) as caught:
        Edges("guided", "vitmatte-s")
    assert caught.value.field == "matting"
    assert Edges("matting", "vitmatte-s", 200.0).band == 200.0
    with pytest.raises(BadField):
        Edges(band=200.5)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("remove_specks", 2001.0), ("fill_holes", -1.0), ("close", 101.0), ("smooth", float("nan"))),
        *(("dilate", -100.5), ("dilate", float("inf")), ("feather", -0.5), ("temporal", 6), ("object", 1000)),
    ],
)
def test_clean_up_is_bounded(field: str, value: Any) -> None:
    with pytest.raises(BadField) as caught:
        CleanUp(**{field: value})
    assert caught.value.field == field


def test_a_shape_is_drawn_or_a_sequence() -> None:
    assert Shape("garbage", CORNERS).polygon == CORNERS
    assert Shape("holdout", path="pillar.####.exr").path
    for field, arguments in (
        ("use", {"use": "mask", "polygon": CORNERS}),
        ("path", {"use": "garbage", "polygon": CORNERS, "path": "p"}),
        ("polygon", {"use": "garbage", "polygon": CORNERS[:2]}),
        ("polygon", {"use": "garbage"}),
        ("last", {"use": "garbage", "path": "p", "first": 5, "last": 4}),
    ):
        with pytest.raises(BadField) as caught:
            Shape(**arguments)  # type: ignore[arg-type]
        assert caught.value.field == field


@pytest.mark.parametrize("message", ["submit", "finish"])
@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("out", {"out": []}),
        ("names[1].name", {"names": [ObjectName(1, "ball"), ObjectName(2, "ball ")]}),
        ("names[1].object", {"names": [ObjectName(1, "ball"), ObjectName(1, "hand")]}),
        ("clean_up[2].object", {"clean_up": [CleanUp(), CleanUp(1), CleanUp(0, dilate=1.0)]}),
        ("clean_up[1].object", {"clean_up": [CleanUp(3), CleanUp(3)]}),
    ],
)
def test_nothing_is_said_twice(message: str, field: str, changes: dict[str, Any]) -> None:
    make: Any = {
        "submit": functools.partial(MatteRequest, Plate("p"), prompts=["ball"]),
        "finish": functools.partial(messages.Finish, "job-finish", "job-track"),
    }[message]
    with pytest.raises(BadField) as caught:
        make(**{"out": OUT, **changes})
    assert caught.value.field == field


def test_names_differ_by_case_and_accent() -> None:
    """They may: what a file can hold is the daemon's to make out of them."""
    names = [ObjectName(1, "été"), ObjectName(2, "ete"), ObjectName(3, "Ete")]
    assert MatteRequest(Plate("p"), OUT, prompts=["ball"], names=names).names == names


def test_a_plates_exposure_is_bounded() -> None:
    assert Plate("p", exposure=-20.0).exposure == -20.0
    assert Plate("p").exposure is None
    with pytest.raises(BadField) as caught:
        Plate("p", exposure=20.5)
    assert caught.value.field == "exposure"


def test_finish_of_is_a_job_id() -> None:
    with pytest.raises(BadField) as caught:
        MatteRequest(Plate("p"), OUT, prompts=["ball"], finish_of="short")
    assert caught.value.field == "finish_of"
