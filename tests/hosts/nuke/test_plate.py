"""The walk from a node to its Read: what passes the picture on, what is rendered, and what goes to the daemon."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import stage

from mattewire_protocol.errors import BadField, FrameMissing, PlateNotFound

pytestmark = pytest.mark.usefixtures("nuke16")


def lead_of(node: Any, view: str = "main") -> Any:
    from mattewire_nuke import plate

    return plate.lead(node, view)


def disk_plate(node: Any, view: str = "main", **span: Any) -> Any:
    from mattewire_nuke import plate

    return plate.on_disk(node, plate.lead(node, view), plate.Span(**span))


def chain(above: Any, *classes: str) -> Any:
    import nuke

    for name in classes:
        above = getattr(nuke.nodes, name)(inputs=[above])
    return above


def test_what_passes_the_picture_on_leads_to_the_read(read: Any) -> None:
    found = lead_of(chain(read, "Dot", "NoOp", "Write", "Dot"))
    assert found.read.name() == read.name()
    assert found.expression == "frame"


@pytest.mark.parametrize("name", ["Grade", "Reformat", "Crop", "Premult", "Transform", "Shuffle2", "Constant"])
def test_what_changes_the_picture_has_to_be_rendered(read: Any, name: str) -> None:
    assert lead_of(chain(read, "Dot", name, "Dot")) is None


def test_a_disabled_node_passes_on_unless_that_is_animated(read: Any) -> None:
    grade = chain(read, "Grade")
    grade["disable"].setValue(True)
    assert lead_of(grade).read.name() == read.name()
    grade["disable"].setExpression("frame > 5")
    assert lead_of(grade) is None


def test_a_disabled_read_is_black_and_not_its_files(read: Any) -> None:
    read["disable"].setValue(True)
    assert lead_of(chain(read, "Dot")) is None


def test_a_copy_of_alpha_alone_passes_on_and_one_of_red_does_not(read: Any) -> None:
    import nuke

    copy = nuke.nodes.Copy(inputs=[read, read], from0="rgba.red", to0="rgba.alpha")
    assert lead_of(copy).read.name() == read.name()
    copy["to0"].setValue("rgba.red")
    assert lead_of(copy) is None


def test_groups_are_walked_through_from_outside_and_from_inside(read: Any) -> None:
    import nuke

    group = nuke.nodes.Group()
    with group:
        inside = nuke.nodes.Dot(inputs=[nuke.nodes.Input()])
        nuke.nodes.Output(inputs=[inside])
    group.setInput(0, read)
    assert lead_of(group).read.name() == read.name()
    assert lead_of(inside).read.name() == read.name()


def test_a_missing_input_is_told_by_name(read: Any) -> None:
    import nuke

    dot = nuke.nodes.Dot(name="Lost")
    with pytest.raises(BadField, match="Lost has no input") as refused:
        lead_of(chain(dot, "NoOp"))
    assert "Connect" in refused.value.advice


def test_a_time_offset_a_hold_and_a_whole_retime_are_said(read: Any) -> None:
    offset = chain(read, "TimeOffset")
    offset["time_offset"].setValue(-1000)
    assert disk_plate(offset).frames.offset == 1000
    hold = chain(read, "FrameHold")
    hold["first_frame"].setValue(1003)
    held = disk_plate(hold, kind="custom", first=1, last=4).frames
    assert [held.plate(frame) for frame in held.host_frames] == [1003] * 4
    retime = chain(read, "Retime")
    for name, value in (("input.first", 1001), ("output.first", 1), ("output.last", 3), ("speed", 2)):
        retime[name].setValue(value)
    twice = disk_plate(retime).frames
    assert dict(twice.explicit) == {1: 1001, 2: 1003, 3: 1005}


def test_a_retime_that_falls_between_frames_has_to_be_rendered(read: Any) -> None:
    retime = chain(read, "Retime")
    for name, value in (("input.first", 1001), ("output.first", 1), ("output.last", 6), ("speed", 0.5)):
        retime[name].setValue(value)
    with pytest.raises(ValueError, match="between two files"):
        disk_plate(retime)


def test_an_animated_retime_or_offset_has_to_be_rendered(read: Any) -> None:
    retime = chain(read, "Retime")
    retime["speed"].setAnimated()
    assert lead_of(retime) is None


def test_views_choose_the_branch_and_the_file(read: Any, tmp_path: Path) -> None:
    import nuke

    nuke.root()["views"].setValue("left #ff0000\nright #00ff00")
    for view in ("left", "right"):
        stage.write_plate(tmp_path / "stereo" / view, "p")
    stereo = stage.read_node(str(tmp_path / "stereo" / "%V" / "p.####.exr"))
    joined = nuke.nodes.JoinViews(inputs=[stereo, read])
    assert lead_of(joined, "left").read.name() == stereo.name()
    assert lead_of(joined, "right").read.name() == read.name()
    right = nuke.nodes.OneView(inputs=[stereo])
    right["view"].setValue("right")
    found = disk_plate(right, "left")
    assert found.plate.view == "right"
    assert "%V" in found.plate.path
    assert found.folder == str(tmp_path / "stereo" / "right")


def test_the_views_inside_an_exr_are_read_from_its_header(tmp_path: Path) -> None:
    import numpy as np
    import OpenEXR

    from mattewire_nuke import plate

    pixels = np.zeros((4, 4), np.float16)
    parts = [
        OpenEXR.Part({"type": OpenEXR.scanlineimage, "view": view}, {"R": pixels}, name=view)
        for view in ("left", "right")
    ]
    OpenEXR.File(parts).write(str(tmp_path / "two.exr"))
    assert plate.views_in(str(tmp_path / "two.exr")) == ["left", "right"]
    header = {"type": OpenEXR.scanlineimage, "multiView": ["main", "other"]}
    OpenEXR.File(header, {"R": pixels}).write(str(tmp_path / "multi.exr"))
    assert plate.views_in(str(tmp_path / "multi.exr")) == ["main", "other"]
    (tmp_path / "a.png").write_bytes(b"no exr")
    assert plate.views_in(str(tmp_path / "a.png")) == []


def test_what_goes_to_the_daemon_is_the_reads_own_file(read: Any, tmp_path: Path) -> None:
    found = disk_plate(read)
    assert found.plate.path == str(tmp_path / "plate" / "plate.####.exr")
    assert (found.plate.colorspace, found.plate.view) == ("", "")
    assert (found.raster.width, found.raster.height) == (stage.WIDTH, stage.HEIGHT)
    assert found.frames.plate_range == (stage.FIRST, stage.LAST)
    read["colorspace"].setValue("AlexaV3LogC")
    assert disk_plate(read).plate.colorspace == "AlexaV3LogC"
    read["raw"].setValue(True)
    assert disk_plate(read).plate.colorspace == "linear"


def test_proxy_mode_never_sends_the_proxy(read: Any, tmp_path: Path) -> None:
    import nuke

    read["proxy"].setValue(str(tmp_path / "proxy.####.exr"))
    nuke.root()["proxy"].setValue(True)
    found = disk_plate(read)
    assert found.plate.path.endswith("plate.####.exr")
    assert (found.raster.height, found.raster.scale) == (stage.HEIGHT, 1.0)
    assert nuke.root()["proxy"].value()


def test_a_file_name_with_tcl_is_filled_in(read: Any, tmp_path: Path) -> None:
    import nuke

    nuke.root()["project_directory"].setValue(str(tmp_path))
    read["file"].setValue("[value root.project_directory]/plate/plate.####.exr")
    assert disk_plate(read).plate.path == str(tmp_path / "plate" / "plate.####.exr")
    read["file"].setValue("plate/plate.%04d.exr")
    assert disk_plate(read).plate.path == str(tmp_path / "plate" / "plate.%04d.exr")


def test_a_missing_file_or_frame_is_told_with_its_path(read: Any, tmp_path: Path) -> None:
    (tmp_path / "plate" / "plate.1001.exr").unlink()
    with pytest.raises(FrameMissing, match=r"Frame 1001 .*plate\.1001\.exr"):
        disk_plate(read)
    read["file"].setValue(str(tmp_path / "nowhere" / "plate.####.exr"))
    with pytest.raises(PlateNotFound, match="nowhere"):
        disk_plate(read)
    read["file"].setValue("")
    with pytest.raises(PlateNotFound, match="has no file"):
        disk_plate(read)


def test_the_range_is_the_inputs_the_scripts_or_ones_own(read: Any) -> None:
    import nuke

    nuke.root()["first_frame"].setValue(1003)
    nuke.root()["last_frame"].setValue(2000)
    assert disk_plate(read).frames.plate_range == (1001, 1006)
    assert disk_plate(read, kind="global").frames.plate_range == (1003, 1006)
    assert disk_plate(read, kind="custom", first=1002, last=1004).frames.plate_range == (1002, 1004)
    with pytest.raises(BadField, match="comes before"):
        disk_plate(read, kind="custom", first=1004, last=1002)
