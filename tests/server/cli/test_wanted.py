"""What people type for names, clean-up, garbage mattes and holdouts, and which paths are made absolute."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from mattewire_protocol.deliver import CleanUp, Deliverable, Edges, ObjectName, Shape, Vertex
from mattewire_protocol.errors import BadField
from mattewire_server.cli import wanted

NOTHING = (0.0, 0.0, 0.0, 0.0, 0, 0.0, 0.0)


def test_names() -> None:
    assert wanted.object_name("1=founder (left)") == ObjectName(1, "founder (left)")
    assert wanted.object_name(" 12 = été = summer ") == ObjectName(12, "été = summer")


@pytest.mark.parametrize("text", ["founder", "=founder", "one=founder", "-1=founder", "1.5=founder", ""])
def test_what_names_no_object(text: str) -> None:
    with pytest.raises(BadField, match=r'as in "1=founder"') as caught:
        wanted.object_name(text)
    assert caught.value.field == "--name"


@pytest.mark.parametrize(("text", "said"), [("1=", "name is empty"), ("0=a", "object must lie between 1 and 999")])
def test_names_that_cannot_be(text: str, said: str) -> None:
    with pytest.raises(BadField, match=said) as caught:
        wanted.object_name(text)
    assert caught.value.field == "--name"


def test_one_objects_clean_up_begins_with_everyones() -> None:
    every = wanted.every_object(4.0, 0.0, 0.0, 0.0, 2, 1.5, 0.0)
    assert every == CleanUp(0, remove_specks=4.0, temporal=2, dilate=1.5)
    assert wanted.clean_up("2:dilate=-1, feather = 3", every) == CleanUp(2, 4.0, 0.0, 0.0, 0.0, 2, -1.0, 3.0)
    assert wanted.clean_up("3:remove-specks=0,temporal=1", every) == CleanUp(3, temporal=1, dilate=1.5)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("dilate=1", "'dilate=1' is for no object"),
        ("x:dilate=1", "is for no object"),
        ("2:widen=1", "'widen' is no step.*remove_specks"),
        ("2:", "'' is no step"),
        ("2:dilate", "dilate in '2:dilate' is no number"),
        ("2:temporal=1.5", "temporal in '2:temporal=1.5' is no number"),
        ("2:dilate=500", "in '2:dilate=500', dilate must lie between -100 and 100 pixels"),
        ("1000:dilate=1", "object must lie between 0 and 999"),
    ],
)
def test_clean_up_that_cannot_be(text: str, said: str) -> None:
    with pytest.raises(BadField, match=said) as caught:
        wanted.clean_up(text, CleanUp())
    assert caught.value.field == "--clean-up"


def test_a_step_out_of_range_names_its_option() -> None:
    with pytest.raises(BadField, match="between 0 and 2000 pixels") as caught:
        wanted.every_object(-1.0, 0.0, 0.0, 0.0, 0, 0.0, 0.0)
    assert caught.value.field == "--remove-specks"


def test_all_of_it_together() -> None:
    nothing = wanted.after_the_engine(None, wanted.every_object(*NOTHING), None, None, None)
    assert nothing == wanted.AfterTheEngine([], [], [])
    every = CleanUp(feather=2.0)
    box = Shape("garbage", [Vertex(0, 0), Vertex(9, 0), Vertex(9, 9), Vertex(0, 9)])
    after = wanted.after_the_engine(["1=a"], every, ["2:dilate=1"], ["0,0,9,9"], ["/roto/h.####.exr"])
    assert after.names == [ObjectName(1, "a")]
    assert after.clean_up == [every, CleanUp(2, dilate=1.0, feather=2.0)]
    assert after.shapes == [box, Shape("holdout", path="/roto/h.####.exr")]
    only = wanted.after_the_engine(None, CleanUp(), ["2:dilate=1"], None, None)
    assert only.clean_up == [CleanUp(2, dilate=1.0)], "no clean-up of nothing for the others"


CORNERS = [Vertex(-1.5, 0), Vertex(20, 0.5), Vertex(7, 30)]


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("-1.5,0 20,0.5 7,30", Shape("garbage", CORNERS)),
        ("-1.5,0 20,0.5 7,30@1001-1010", Shape("garbage", CORNERS, first=1001, last=1010)),
        ("-1.5,0 20,0.5 7,30@1001:outside:2", Shape("garbage", CORNERS, "", 1001, 1001, True, 2)),
        ("/roto/g.####.exr:outside", Shape("garbage", path="/roto/g.####.exr", outside=True)),
        ("/roto/still.png@-5-7:3", Shape("garbage", path="/roto/still.png", first=-5, last=7, object=3)),
        ("/roto/me@home.####.exr", Shape("garbage", path="/roto/me@home.####.exr")),
    ],
)
def test_shapes(text: str, shape: Shape) -> None:
    assert wanted.shape(text, "garbage") == shape


def test_a_box_is_four_corners() -> None:
    assert wanted.shape("10, 20, 30.5, 40", "holdout").polygon == [
        Vertex(10, 20),
        Vertex(30.5, 20),
        Vertex(30.5, 40),
        Vertex(10, 40),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("1,2 3,4", "polygon has 2 corners"),
        ("0,0,9,9@10-1", "'10-1' ends before it begins"),
        ("0,0,2000000,9", "in '0,0,2000000,9', x must lie between"),
    ],
)
def test_shapes_that_cannot_be(text: str, said: str) -> None:
    with pytest.raises(BadField, match=said) as caught:
        wanted.shape(text, "holdout")
    assert caught.value.field == "--holdout"


def test_paths_are_the_callers_and_built_in_configs_are_no_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    assert wanted.path_of("~/a.exr") == "/home/ada/a.exr"
    assert wanted.config_of("show/config.ocio") == os.path.join(os.getcwd(), "show", "config.ocio")
    assert wanted.config_of("ocio://studio-config-v4.0.0_aces-v2.0_ocio-v2.5").startswith("ocio://")
    assert wanted.config_of("") == ""
    assert wanted.shape("~/g.####.exr", "garbage").path == "/home/ada/g.####.exr"


@pytest.mark.parametrize(
    ("asked", "edges", "frames"),
    [(None, "guided", 0), (None, "matting", 1), (None, " matting:vitmatte", 1), (0, "matting", 0), (3, "plain", 3)],
)
def test_a_matting_models_edges_are_steadied_unless_something_else_is_asked_for(
    asked: int | None, edges: str, frames: int
) -> None:
    assert wanted.temporal_of(asked, edges) == frames


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("guided", Edges()),
        ("plain", Edges("plain")),
        ("closed-form", Edges("closed_form")),
        ("closed_form", Edges("closed_form")),
        (" matting:vitmatte", Edges("matting", "vitmatte")),
    ],
)
def test_edges(text: str, made: Edges) -> None:
    assert wanted.edges(text, 0.0, False) == made
    assert wanted.edges(text, 12.5, True) == replace(made, band=12.5, motion_blur=True)


@pytest.mark.parametrize(
    ("text", "band", "option", "said"),
    [
        ("sharp", 0.0, "--edges", "'sharp' is no method.*guided, plain, closed-form, matting"),
        ("", 0.0, "--edges", "is no method"),
        ("guided:vitmatte", 0.0, "--edges", "names a model, but the method is guided"),
        ("guided", 500.0, "--band", "must lie between 0 and 200 pixels"),
    ],
)
def test_edges_that_cannot_be(text: str, band: float, option: str, said: str) -> None:
    with pytest.raises(BadField, match=said) as caught:
        wanted.edges(text, band, False)
    assert caught.value.field == option


def test_colors_are_for_the_cutouts_that_do_not_say_their_own() -> None:
    out = [
        Deliverable("/m.####.exr"),
        Deliverable("/c.####.exr", content="cutout"),
        Deliverable("/p.####.exr", content="cutout", colors="plate"),
    ]
    assert [each.colors for each in wanted.with_colors(out, "foreground")] == ["", "foreground", "plate"]
    assert wanted.with_colors(out, "") == out


@pytest.mark.parametrize(("colors", "said"), [("foreground", "none is asked for"), ("mine", "not plate or foreground")])
def test_colors_that_cannot_be(colors: str, said: str) -> None:
    with pytest.raises(BadField, match=said) as caught:
        wanted.with_colors([Deliverable("/m.####.exr")], colors)
    assert caught.value.field == "--colors"
