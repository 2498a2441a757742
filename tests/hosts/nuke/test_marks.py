"""Points and boxes: knobs in Nuke's pixels (y up, edges at whole numbers) to the plate's, exactly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import stage

from mattewire_protocol import Box, Point
from mattewire_protocol.errors import BadField

pytestmark = pytest.mark.usefixtures("nuke16")
W, H = float(stage.WIDTH), float(stage.HEIGHT)


@pytest.fixture
def subject(nuke16: Any, tmp_path: Path) -> Any:
    return stage.mask_subject(nuke16, stage.read_node(stage.write_plate(tmp_path / "plate")))


def request_of(subject: Any) -> Any:
    from mattewire_nuke import node

    return node.asked(subject, fresh=True)[0]


@pytest.mark.parametrize(
    ("nuke_pixel", "plate_pixel"),
    [
        ((0.0, 0.0), (0.0, H)),
        ((0.0, H), (0.0, 0.0)),
        ((W, H), (W, 0.0)),
        ((0.5, H - 0.5), (0.5, 0.5)),
        ((W - 0.5, 0.5), (W - 0.5, H - 0.5)),
        ((-12.25, H + 3.75), (-12.25, -3.75)),
        ((48.0, 27.0), (48.0, 27.0)),
    ],
)
def test_a_point_keeps_its_place(subject: Any, nuke_pixel: Any, plate_pixel: Any) -> None:
    from mattewire_nuke import knobs

    subject["use_keyframe"].setValue(False)
    knobs.add_point(subject, *nuke_pixel)
    assert request_of(subject).points == [Point(stage.FIRST, *plate_pixel)]


def test_a_box_at_the_corners_and_at_half_pixels(subject: Any) -> None:
    from mattewire_nuke import knobs

    knobs.add_box(subject, 0, 0, W, H)
    knobs.add_box(subject, 10.5, 20.5, 30.0, 40.25, number=2)
    subject["keyframe"].setValue(1004)
    assert request_of(subject).boxes == [Box(1004, 0, 0, W, H), Box(1004, 10.5, H - 40.25, 30.0, H - 20.5, 2)]


def test_proxy_mode_moves_no_mark(subject: Any) -> None:
    import nuke

    from mattewire_nuke import knobs

    knobs.add_point(subject, 20.5, 33.5)
    nuke.root()["proxy"].setValue(True)
    assert (request_of(subject).points[0].x, request_of(subject).points[0].y) == (20.5, H - 33.5)


def test_keys_are_sent_for_the_frames_that_they_stand_on(subject: Any) -> None:
    from mattewire_nuke import knobs

    point = knobs.add_point(subject, 0, 0, keep=False, number=2)
    point.setAnimated()
    for host, x, y in ((1002, 10.0, 11.0), (1005, 20.0, 21.0), (1200, 1.0, 1.0)):
        point.setValueAt(x, host, 0)
        point.setValueAt(y, host, 1)
    assert request_of(subject).points == [
        Point(1002, 10.0, H - 11.0, False, 2),
        Point(1005, 20.0, H - 21.0, False, 2),
    ]


def test_marks_on_an_offset_read_carry_the_plates_frames(subject: Any) -> None:
    from mattewire_nuke import knobs

    read = subject.input(0)
    read["frame_mode"].setValue("offset")
    read["frame"].setValue("1000")
    point = knobs.add_point(subject, 0, 0)
    point.setAnimated()
    point.setValueAt(5.0, 3, 0)
    knobs.add_box(subject, 1, 1, 5, 5)
    subject["keyframe"].setValue(4)
    wanted = request_of(subject)
    assert ([p.frame for p in wanted.points], [b.frame for b in wanted.boxes], wanted.keyframe) == (
        [1003],
        [1004],
        1004,
    )


def test_a_mark_that_is_off_is_not_sent_and_a_flat_box_is_refused(subject: Any) -> None:
    from mattewire_nuke import knobs

    knobs.add_point(subject, 1, 1)
    subject["point1_use"].setValue("off")
    knobs.add_box(subject, 5, 5, 5, 9)
    with pytest.raises(BadField, match="box1 has no inside"):
        request_of(subject)
    subject["box1_use"].setValue("off")
    assert (request_of(subject).points, request_of(subject).boxes) == ([], [])


def test_the_buttons_add_marks_in_one_undo_step_and_in_the_middle(fake: Any, subject: Any) -> None:
    import nuke

    fake.click(subject, "add_point")
    fake.click(subject, "add_box")
    assert subject["point1"].value() == [W / 2, H / 2]
    assert subject["box1"].value() == [W / 4, H / 4, W * 3 / 4, H * 3 / 4]
    nuke.undo()
    assert subject.knob("box1") is None
    assert subject.knob("point1") is not None


def test_all_knobs_reach_the_request(fake: Any, subject: Any) -> None:
    values = {
        "prompt": "red ball, blue mug",
        "exclude": "shadow",
        "pick": "all",
        "quality": "draft",
        "engine": "sam2",
        "box_threshold": 0.3,
        "text_threshold": 0.2,
        "refine_below": 0.5,
        "redetect_every": 12,
        "roi": True,
        "dilate": -1.5,
        "feather": 3.0,
        "temporal": 2,
        "remove_specks": 20.0,
    }
    for name, value in values.items():
        subject[name].setValue(value)
    wanted = request_of(subject)
    assert (wanted.prompts, wanted.exclude, wanted.pick) == (["red ball", "blue mug"], ["shadow"], "all")
    assert (wanted.quality, wanted.engine, wanted.roi, wanted.redetect_every) == ("draft", "sam2", True, 12)
    assert (wanted.box_threshold, wanted.text_threshold, wanted.refine_below) == (0.3, 0.2, 0.5)
    clean = wanted.clean_up[0]
    assert (clean.dilate, clean.feather, clean.temporal, clean.remove_specks) == (-1.5, 3.0, 2, 20.0)


def test_at_rest_the_engine_decides_and_nothing_is_cleaned(subject: Any) -> None:
    wanted = request_of(subject)
    assert (wanted.box_threshold, wanted.refine_below, wanted.clean_up) == (None, None, [])
    assert wanted.out[0].path.endswith("plate/mattes/{shot}_matte_{version}.####.exr")


def test_kept_boxes_are_picked_by_number(subject: Any) -> None:
    from mattewire_nuke import node

    node.keep(subject, [3, 1])
    assert request_of(subject).pick == "1,3"
    assert json.loads(subject["mattewire_kept"].value()) == [1, 3]
    node.keep(subject, [])
    assert request_of(subject).pick == "best"


def test_the_ocio_config_and_the_working_space_travel(subject: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import nuke

    assert request_of(subject).ocio == ""
    nuke.root()["colorManagement"].setValue("OCIO")
    nuke.root()["OCIO_config"].setValue("custom")
    nuke.root()["customOCIOConfigPath"].setValue("/studio/config.ocio")
    assert request_of(subject).ocio == "/studio/config.ocio"
    monkeypatch.setenv("OCIO", "/show/config.ocio")
    assert request_of(subject).ocio == "/show/config.ocio"


@pytest.mark.parametrize(
    ("word", "paths", "contents"),
    [
        ("EXR matte", ["a_{version}.####.exr"], ["matte"]),
        ("PNG matte", ["a_{version}.####.png"], ["matte"]),
        ("EXR cut-out", ["a_{version}.####.exr"], ["cutout"]),
        ("EXR layers", ["a_{version}.####.exr", "a_{version}_layers.####.exr"], ["matte", "layers"]),
        ("Cryptomatte", ["a_{version}.####.exr", "a_{version}_cryptomatte.####.exr"], ["matte", "cryptomatte"]),
    ],
)
def test_a_format_is_one_or_two_deliverables(word: str, paths: list[str], contents: list[str]) -> None:
    from mattewire_nuke import knobs

    found = knobs.deliverables(word, "/m/a_{version}.####.exr")
    assert [each.path for each in found] == [f"/m/{path}" for path in paths]
    assert [each.content for each in found] == contents


def test_a_version_is_put_before_the_counter() -> None:
    from mattewire_nuke import knobs

    assert knobs.with_version("a/ball.####.exr") == "a/ball_{version}.####.exr"
    assert knobs.with_version("ball_%04d.exr") == "ball_{version}_%04d.exr"
