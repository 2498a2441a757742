"""Select a plate, press Mask subject: the alpha that comes out of the graph is the matte's file, frame by frame.

With the real daemon over real ZeroMQ, the preview engine and real EXR files; only Nuke is a stand-in.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import stage

pytestmark = pytest.mark.usefixtures("nuke16", "house")
HALF = 2**-11
"""Relative step of a half float."""


def matte_at(copy: Any, plate_frame: int) -> np.ndarray:
    return stage.matte_file(copy.input(1)["file"].value().replace("####", str(plate_frame)))


def test_the_alpha_is_the_matte_file_frame_by_frame(fake: Any, tmp_path: Path) -> None:
    read = stage.read_node(stage.write_plate(tmp_path / "plate"))
    subject = stage.mask_subject(fake, read)
    copy = stage.masked(fake, subject)
    for frame in range(stage.FIRST, stage.LAST + 1):
        alpha = stage.alpha(fake, copy, frame)
        assert np.array_equal(alpha, matte_at(copy, frame))
        assert stage.overlap(alpha, *stage.center(frame)) > 0.95
        rgb = fake.evaluate(read, frame)
        assert np.array_equal(fake.evaluate(copy, frame).over_format("rgba.red"), rgb.over_format("rgba.red"))
    matte = copy.input(1)
    assert (matte["raw"].value(), matte["on_error"].value()) == (True, "error")
    assert (matte["first"].value(), matte["last"].value()) == (stage.FIRST, stage.LAST)
    assert matte["label"].value() == "red ball\nv001"
    assert fake.dialogs == []
    assert [bar.open for bar in fake.bars] == [False]


def test_what_hung_below_the_subject_gets_the_alpha_and_the_viewer_stays(fake: Any, tmp_path: Path) -> None:
    import nuke

    read = stage.read_node(stage.write_plate(tmp_path / "plate"))
    grade, viewer = nuke.nodes.Grade(inputs=[read]), nuke.nodes.Viewer(inputs=[read])
    other = nuke.nodes.Grade(inputs=[read])
    subject = stage.mask_subject(fake, read)
    assert [node.input(0).name() for node in (grade, other, viewer)] == [subject.name(), subject.name(), read.name()]
    copy = stage.masked(fake, subject)
    assert grade.input(0).name() == copy.name()
    assert viewer.input(0).name() == read.name()
    assert [node.name() for node in nuke.selectedNodes()] == [subject.name()]


def test_an_offset_a_start_and_a_reversed_read(fake: Any, tmp_path: Path) -> None:
    pattern = stage.write_plate(tmp_path / "plate")
    for mode, text, host_of in (
        ("offset", "1000", lambda plate: plate - 1000),
        ("start at", "101", lambda plate: plate - 900),
        ("expression", "2007 - frame", lambda plate: 2007 - plate),
    ):
        read = stage.read_node(pattern)
        read["frame_mode"].setValue(mode)
        read["frame"].setValue(text)
        hosts = sorted(host_of(plate) for plate in (stage.FIRST, stage.LAST))
        values = {"range": "custom", "first": hosts[0], "last": hosts[1], "use_keyframe": False}
        copy = stage.masked(fake, stage.mask_subject(fake, read, **values))
        for plate in range(stage.FIRST, stage.LAST + 1):
            assert np.array_equal(stage.alpha(fake, copy, host_of(plate)), matte_at(copy, plate)), (mode, plate)
            assert stage.overlap(matte_at(copy, plate), *stage.center(plate)) > 0.95


def test_a_part_of_an_offset_plate_is_black_outside_of_it(fake: Any, tmp_path: Path) -> None:
    read = stage.read_node(stage.write_plate(tmp_path / "plate"))
    read["frame_mode"].setValue("start at")
    read["frame"].setValue("1")
    values = {"range": "custom", "first": 2, "last": 4, "use_keyframe": False}
    copy = stage.masked(fake, stage.mask_subject(fake, read, **values))
    assert np.array_equal(stage.alpha(fake, copy, 3), matte_at(copy, 1003))
    assert (stage.alpha(fake, copy, 1).max(), stage.alpha(fake, copy, 5).max()) == (0.0, 0.0)


def test_a_whole_retime_is_said_as_an_explicit_map(fake: Any, tmp_path: Path) -> None:
    import nuke

    read = stage.read_node(stage.write_plate(tmp_path / "plate"))
    retime = nuke.nodes.Retime(inputs=[read], filter="nearest")
    for name, value in (("input.first", 1001), ("output.first", 1), ("output.last", 3), ("speed", 2)):
        retime[name].setValue(value)
    copy = stage.masked(fake, stage.mask_subject(fake, retime, use_keyframe=False))
    assert "temp" not in copy.input(1)["file"].value()
    for host, plate in ((1, 1001), (2, 1003), (3, 1005)):
        assert np.array_equal(stage.alpha(fake, copy, host), matte_at(copy, plate))
        assert stage.overlap(stage.alpha(fake, copy, host), *stage.center(plate)) > 0.95


def test_pixel_aspect_2_and_a_data_window_beyond_the_format(fake: Any, tmp_path: Path) -> None:
    read = stage.read_node(stage.write_plate(tmp_path / "plate", aspect=2.0, margin=7))
    copy = stage.masked(fake, stage.mask_subject(fake, read))
    picture = fake.evaluate(copy, 1003)
    assert picture.size.aspect == 2.0
    assert picture.bbox == (-7, -7, stage.WIDTH + 7, stage.HEIGHT + 7)
    assert np.array_equal(stage.alpha(fake, copy, 1003), matte_at(copy, 1003))
    assert stage.overlap(stage.alpha(fake, copy, 1003), *stage.center(1003)) > 0.95


def test_proxy_mode_masks_the_full_plate_and_shows_it_small(fake: Any, tmp_path: Path) -> None:
    import nuke

    read = stage.read_node(stage.write_plate(tmp_path / "plate"))
    read["proxy"].setValue(stage.write_plate(tmp_path / "proxy", color=(0.1, 0.1, 0.6), scale=2))
    nuke.root()["proxy"].setValue(True)
    copy = stage.masked(fake, stage.mask_subject(fake, read))
    assert matte_at(copy, 1003).shape == (stage.HEIGHT, stage.WIDTH)
    assert stage.overlap(matte_at(copy, 1003), *stage.center(1003)) > 0.95
    small = stage.alpha(fake, copy, 1003)
    blocks = matte_at(copy, 1003).reshape(stage.HEIGHT // 2, 2, stage.WIDTH // 2, 2).mean(axis=(1, 3))
    assert np.allclose(small, blocks, atol=1e-3)


def test_a_grade_in_between_is_rendered_and_counts(fake: Any, tmp_path: Path) -> None:
    """The ball is yellow; only the Grade makes a red one of it."""
    import nuke

    read = stage.read_node(stage.write_plate(tmp_path / "plate", color=(0.6, 0.6, 0.012)))
    grade = nuke.nodes.Grade(inputs=[read])
    grade["multiply"].setValue([1.0, 0.02, 1.0, 1.0])
    before = nuke.Undo.undoSize()
    subject = stage.mask_subject(fake, grade)
    copy = stage.masked(fake, subject)
    rendered = subject["mattewire_ticket"].value()
    assert str(tmp_path / "temp").replace("\\", "/") in rendered
    assert copy.input(1)["file"].value() == str(tmp_path / "plate" / "mattes" / "plate_matte_v001.####.exr")
    for frame in (stage.FIRST, stage.LAST):
        assert np.array_equal(stage.alpha(fake, copy, frame), matte_at(copy, frame))
        assert stage.overlap(stage.alpha(fake, copy, frame), *stage.center(frame)) > 0.95
    written = next((tmp_path / "temp").rglob("plate.1001.exr"))
    expected = fake.evaluate(grade, 1001).over_format("rgba.red")
    import OpenImageIO as oiio

    red = np.asarray(oiio.ImageBuf(str(written)).get_pixels(oiio.FLOAT))[..., 0]
    assert np.allclose(red, expected, rtol=HALF)
    assert nuke.allNodes("Write") == []
    assert nuke.Undo.undoSize() - before == 3  # the node, its prompt, the mattes


def test_a_rendered_plate_is_full_size_in_proxy_mode(fake: Any, tmp_path: Path) -> None:
    import nuke

    read = stage.read_node(stage.write_plate(tmp_path / "plate"))
    nuke.root()["proxy"].setValue(True)
    copy = stage.masked(fake, stage.mask_subject(fake, nuke.nodes.Grade(inputs=[read])))
    assert matte_at(copy, 1003).shape == (stage.HEIGHT, stage.WIDTH)
    assert nuke.root()["proxy"].value()


def test_canceling_the_render_is_no_error(fake: Any, tmp_path: Path) -> None:
    import nuke

    read = stage.read_node(stage.write_plate(tmp_path / "plate"))
    subject = stage.mask_subject(fake, nuke.nodes.Grade(inputs=[read]))
    fake.cancel_render_after(2)
    fake.click(subject, "mask")
    assert fake.dialogs == []
    assert nuke.allNodes("Write") == []


def test_two_views_each_get_the_mattes_of_their_own_plate(fake: Any, tmp_path: Path) -> None:
    import nuke

    nuke.root()["views"].setValue("left #ff0000\nright #00ff00")
    stage.write_plate(tmp_path / "left", "p")
    stage.write_plate(tmp_path / "right", "p", at=lambda frame: (80.0 - 3 * (frame - 1001), 30.0))
    read = stage.read_node(str(tmp_path / "%V" / "p.####.exr"))
    out = str(tmp_path / "mattes" / "{shot}_{view}.####.exr")
    right = stage.masked(fake, stage.mask_subject(fake, read, view="right", out=out))
    assert right.input(1)["file"].value().endswith("p_right.####.exr")
    assert stage.overlap(stage.alpha(fake, right, 1003, view="right"), 74.0, 30.0) > 0.95
    left = stage.masked(fake, stage.mask_subject(fake, read, view="left", out=out))
    assert left.input(1)["file"].value().endswith("p_left.####.exr")
    assert stage.overlap(stage.alpha(fake, left, 1003, view="left"), *stage.center(1003)) > 0.95


def test_a_second_subject_below_the_first_is_masked_on_the_same_plate(fake: Any, tmp_path: Path) -> None:
    read = stage.read_node(stage.write_plate(tmp_path / "plate"))
    first = stage.masked(fake, stage.mask_subject(fake, read, out="a/{shot}.####.exr"))
    second = stage.mask_subject(fake, first, out="b/{shot}.####.exr")
    copy = stage.masked(fake, second)
    assert not (tmp_path / "temp").exists()
    assert copy.input(1)["file"].value() == str(tmp_path / "plate" / "b" / "plate.####.exr")
    assert np.array_equal(stage.alpha(fake, copy, 1004), matte_at(copy, 1004))


@pytest.mark.parametrize("word", ["EXR layers", "Cryptomatte", "EXR cut-out", "PNG matte"])
def test_every_format_is_wired(fake: Any, tmp_path: Path, word: str) -> None:
    import nuke

    from mattewire_nuke import graph

    read = stage.read_node(stage.write_plate(tmp_path / "plate"))
    subject = stage.mask_subject(fake, read, format=word)
    copy = stage.masked(fake, subject)
    assert fake.dialogs == []
    alpha = stage.alpha(fake, copy, 1003)
    assert stage.overlap(alpha, *stage.center(1003)) > 0.95
    if word == "EXR layers":
        shuffle = graph.part(subject, "object red_ball")
        assert np.array_equal(stage.alpha(fake, shuffle, 1003), alpha)
        assert graph.part(subject, "read1")["file"].value().endswith("plate_matte_v001_layers.####.exr")
    elif word == "Cryptomatte":
        assert graph.part(subject, "cryptomatte").input(0).name() == graph.part(subject, "read1").name()
    elif word == "EXR cut-out":
        cut = fake.evaluate(graph.part(subject, "read0"), 1003).over_format("rgba.red")
        plate = fake.evaluate(read, 1003).over_format("rgba.red")
        assert np.array_equal(cut[alpha > 0], plate[alpha > 0])
    else:
        assert copy["from0"].value() == "rgba.red"
    size = nuke.Undo.undoSize()
    nuke.undo()
    assert graph.parts(subject) == []
    assert nuke.Undo.undoSize() == size - 1


def test_several_objects_have_a_shuffle_each(fake: Any, tmp_path: Path) -> None:
    from mattewire_nuke import graph

    read = stage.read_node(stage.write_plate(tmp_path / "plate", blue=(78.0, 40.0)))
    subject = stage.mask_subject(fake, read, "red ball, blue ball", format="EXR layers")
    copy = stage.masked(fake, subject)
    red, blue = (graph.part(subject, f"object {color}_ball") for color in ("red", "blue"))
    assert stage.overlap(stage.alpha(fake, red, 1002), *stage.center(1002)) > 0.95
    assert stage.overlap(stage.alpha(fake, blue, 1002), 78.0, 40.0) > 0.95
    together = np.maximum(stage.alpha(fake, red, 1002), stage.alpha(fake, blue, 1002))
    assert np.allclose(stage.alpha(fake, copy, 1002), together, atol=2 * HALF)
    subject["prompt"].setValue("blue ball")
    stage.masked(fake, subject)
    assert graph.part(subject, "object red_ball") is None
    assert stage.overlap(stage.alpha(fake, graph.part(subject, "object blue_ball"), 1002), 78.0, 40.0) > 0.95
