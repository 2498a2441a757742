"""The nodes of the mattes by themselves: the text for the clipboard, the fallback, looks and identity."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import stage

pytestmark = pytest.mark.usefixtures("nuke16")


def mattes_of(pattern: str) -> Any:
    from mattewire_nuke import graph
    from mattewire_protocol import Deliverable

    return graph.Mattes([Deliverable(pattern)], [pattern], stage.FIRST, stage.LAST, "error", "red [ball]")


def source_of(read: Any) -> Any:
    from mattewire_nuke import plate

    return plate.on_disk(read, plate.lead(read, "main"), plate.Span())


@pytest.fixture
def read(nuke16: Any, tmp_path: Path) -> Any:
    return stage.read_node(stage.write_plate(tmp_path / "my plate"))


def write_mattes(folder: Path) -> str:
    """A-only half EXR files: a different value on each frame."""
    import OpenImageIO as oiio

    folder.mkdir()
    for frame in range(stage.FIRST, stage.LAST + 1):
        spec = oiio.ImageSpec(stage.WIDTH, stage.HEIGHT, 1, "half")
        spec.channelnames = ("A",)
        out = oiio.ImageOutput.create(str(folder / f"m.{frame}.exr"))
        assert out.open(str(folder / f"m.{frame}.exr"), spec)
        assert out.write_image(np.full((stage.HEIGHT, stage.WIDTH, 1), (frame - 1000) / 8, np.float32))
        out.close()
    return str(folder / "m.####.exr")


@pytest.mark.parametrize(
    ("mode", "text", "host"), [("expression", "", 1003), ("offset", "1000", 3), ("expression", "2007 - frame", 1004)]
)
def test_the_snippet_pastes_as_the_same_nodes(
    fake: Any, read: Any, tmp_path: Path, mode: str, text: str, host: int
) -> None:
    import nuke

    from mattewire_nuke import graph

    read["frame_mode"].setValue(mode)
    read["frame"].setValue(text)
    pattern = write_mattes(tmp_path / "mattes é")
    snippet = tmp_path / "nodes.nk"
    snippet.write_text(graph.snippet(source_of(read), mattes_of(pattern)), encoding="utf-8")
    fake.select(read)
    copy = nuke.nodePaste(str(snippet))
    assert copy.Class() == "Copy"
    assert copy.input(0).name() == read.name()
    assert stage.alpha(fake, copy, host).max() == 3 / 8
    assert copy.input(1)["label"].value() == "red [ball]"


def test_when_the_nodes_cannot_be_made_the_text_is_offered(
    fake: Any, read: Any, house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mattewire_nuke import api, loop

    monkeypatch.setattr(loop, "qt", lambda: None)  # whether or not another test has started Qt
    subject = stage.mask_subject(fake, read)
    make = api.make

    def broken(name: str, *arguments: Any, **knobs: Any) -> Any:
        if name == "Copy":
            raise RuntimeError("Copy: Unknown command")
        return make(name, *arguments, **knobs)

    monkeypatch.setattr(api, "make", broken)
    fake.click(subject, "mask")
    stage.idle(fake)
    text = fake.dialogs[-1].text
    assert "The nodes could not be made: Copy: Unknown command." in text
    path = Path(text.split("import the nodes from ")[1].rstrip("."))
    try:
        assert "to0 rgba.alpha" in path.read_text(encoding="utf-8")
    finally:
        path.unlink()


def test_the_menu_offers_the_text_of_a_masked_subject(
    fake: Any, read: Any, house: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from mattewire_nuke import loop, menu

    monkeypatch.setattr(loop, "qt", lambda: None)  # whether or not another test has started Qt
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    menu.add()
    subject = stage.mask_subject(fake, read)
    fake.choose("Mattewire/Copy Mattes as Nodes")
    assert "has no mattes" in fake.dialogs[-1].text
    stage.masked(fake, subject)
    fake.choose("Mattewire/Copy Mattes as Nodes")
    (written,) = tmp_path.glob("mattewire-*.nk")
    assert f"import the nodes from {written.as_posix()}." in fake.dialogs[-1].text
    assert "plate_matte" in written.read_text(encoding="utf-8")
    fake.select(read)
    fake.choose("Mattewire/Copy Mattes as Nodes")
    assert "No MaskSubject is selected." in fake.dialogs[-1].text


def test_placing_twice_makes_nothing_new_and_one_step_each(fake: Any, read: Any, tmp_path: Path) -> None:
    import nuke

    from mattewire_nuke import graph

    subject = stage.mask_subject(fake, read)
    pattern = write_mattes(tmp_path / "mattes")
    before = nuke.Undo.undoSize()
    first = graph.place(subject, source_of(read), mattes_of(pattern))
    assert nuke.Undo.undoSize() == before + 1
    again = graph.place(subject, source_of(read), mattes_of(pattern))
    assert [node.name() for node in first] == [node.name() for node in again]
    assert nuke.Undo.undoSize() == before + 1  # nothing differed
    assert (first[0].xpos() - subject.xpos(), first[1].ypos() - subject.ypos()) == (graph.COLUMN, graph.ROW)
    assert {node["tile_color"].value() for node in first} == {graph.GREEN}


def test_inside_a_group_the_nodes_stay_inside(fake: Any, read: Any, tmp_path: Path) -> None:
    import nuke

    from mattewire_nuke import graph, node

    group = nuke.nodes.Group()
    with group:
        inner = nuke.nodes.Input()
        nuke.nodes.Output(inputs=[inner])
    group.setInput(0, read)
    subject = node.below(inner)
    graph.place(subject, source_of(read), mattes_of(write_mattes(tmp_path / "mattes")))
    assert {each.Class() for each in group.nodes()} == {"Input", "Output", "Group", "Read", "Copy"}
    assert group.output().input(0).Class() == "Copy"
    assert [each.Class() for each in nuke.allNodes()] == ["Read", "Group"]
    assert stage.alpha(fake, group, 1003).max() == 3 / 8
