"""The stand-in's graph: making, naming, connecting, selecting, deleting, groups, views."""

from __future__ import annotations

from typing import Any

import pytest


def test_unknown_classes(fake: Any) -> None:
    import nuke

    with pytest.raises(RuntimeError, match="Aton: Unknown command"):
        nuke.createNode("Aton")
    with pytest.raises(AttributeError):
        nuke.nodes.Aton()
    with pytest.raises(TypeError):
        nuke.Node()


def test_names_are_numbered(fake: Any) -> None:
    import nuke

    names = [nuke.nodes.Read().name(), nuke.nodes.Read().name(), nuke.nodes.Merge2().name()]
    assert names == ["Read1", "Read2", "Merge1"]
    node = nuke.nodes.NoOp(name="plate")
    other = nuke.nodes.NoOp(name="plate")
    assert other.name() == "plate1"
    other["name"].setValue("plate")
    assert other.name() == "plate1"
    with pytest.raises(ValueError, match="taken"):
        other.setName("plate", uncollide=False)
    with pytest.raises(ValueError, match="legal"):
        node.setName("my plate")
    assert nuke.toNode("plate") is node
    assert nuke.toNode("nosuch") is None


def test_create_node_goes_into_the_stream(fake: Any) -> None:
    import nuke

    read = nuke.createNode("Read")
    grade = nuke.createNode("Grade")
    assert grade.input(0) is read
    fake.select(read)
    dot = nuke.createNode("Dot")
    assert dot.input(0) is read
    assert grade.input(0) is dot  # the trap: what hung below the selected node moved
    assert nuke.selectedNodes() == [dot]
    assert nuke.createNode("Read").inputs() == 0
    loose = nuke.nodes.Grade()
    assert loose.input(0) is None
    assert not loose.isSelected()


def test_inputs(fake: Any) -> None:
    import nuke

    a, b, copy = nuke.nodes.Constant(), nuke.nodes.Constant(), nuke.nodes.Copy()
    assert copy.setInput(1, a)
    assert copy.inputs() == 2
    assert copy.input(0) is None
    assert copy.connectInput(0, b)
    assert copy.dependencies() == [b, a]
    assert a.dependent() == [copy]
    assert not copy.setInput(3, a)
    assert not nuke.nodes.Read().setInput(0, a)
    dot = nuke.nodes.Dot(inputs=[copy])
    assert not copy.setInput(0, dot)  # a loop
    assert not dot.setInput(0, nuke.nodes.Viewer())  # a Viewer has no output
    with pytest.raises(TypeError):
        dot.setInput(0, "Constant1")
    group = nuke.nodes.Group()
    with group:
        inside = nuke.nodes.Dot()
    assert not inside.setInput(0, a)  # another group


def test_selection(fake: Any) -> None:
    import nuke

    with pytest.raises(ValueError, match="no node selected"):
        nuke.selectedNode()
    a, b = nuke.nodes.Read(), nuke.nodes.Dot()
    a.setSelected(True)
    b.setSelected(True)
    assert nuke.selectedNodes() == [b, a]
    assert nuke.selectedNodes("Read") == [a]
    a.selectOnly()
    assert nuke.selectedNode() is a


def test_deleted_nodes_are_of_no_use(fake: Any) -> None:
    import nuke

    read = nuke.nodes.Read()
    dot = nuke.nodes.Dot(inputs=[read])
    grade = nuke.nodes.Grade(inputs=[dot])
    knob = dot["label"]
    nuke.delete(dot)
    assert grade.input(0) is read  # healed
    assert nuke.toNode("Dot1") is None
    for use in (dot.name, dot.Class, lambda: dot["label"], lambda: knob.setValue("x"), lambda: nuke.delete(dot)):
        with pytest.raises(ValueError, match="A PythonObject is not attached to a node"):
            use()
    with pytest.raises(ValueError, match="attached"):
        grade.setInput(0, dot)


def test_groups(fake: Any) -> None:
    import nuke

    group = nuke.createNode("Group", "name Mask")
    group.begin()
    inner = nuke.nodes.Read()
    assert nuke.thisGroup() is group
    group.end()
    assert inner.fullName() == "Mask.Read1"
    assert nuke.toNode("Mask.Read1") is inner
    assert nuke.toNode("root.Mask.Read1") is inner
    assert nuke.allNodes() == [group]
    assert nuke.allNodes("Read", recurseGroups=True) == [inner]
    assert group.nodes() == [inner]
    with pytest.raises(RuntimeError, match="without begin"):
        group.end()
    with pytest.raises(ValueError, match="boom"), group:
        raise ValueError("boom")
    assert fake.open_groups == []
    group.begin()
    assert fake.open_groups == [group]


def test_callbacks(fake: Any) -> None:
    import nuke
    import nuke.callbacks

    seen: list[str] = []
    nuke.addOnCreate(lambda: seen.append(f"create {nuke.thisNode().name()}"), nodeClass="Dot")
    nuke.addOnUserCreate(lambda: seen.append("user"), nodeClass="Dot")
    nuke.callbacks.addOnDestroy(lambda: seen.append(f"destroy {nuke.thisNode().name()}"))
    nuke.nodes.Dot()
    nuke.createNode("Dot")
    nuke.delete(nuke.toNode("Dot1"))
    assert seen == ["create Dot1", "user", "create Dot2", "destroy Dot1"]


def test_place(fake: Any) -> None:
    import nuke

    node = nuke.nodes.NoOp()
    node.setXYpos(100, -40)
    assert (node.xpos(), node.ypos(), node["xpos"].value()) == (100, -40, 100)
    backdrop = nuke.nodes.BackdropNode(bdwidth=200, bdheight=200, xpos=50, ypos=-100)
    assert backdrop.getNodes() == [node]
    node["tile_color"].setValue(0x4488FFFF)
    assert node["tile_color"].value() == 0x4488FFFF


def test_terminal_has_no_screen(terminal: Any) -> None:
    import nuke

    assert nuke.nodes.NoOp().screenWidth() == 0
    assert not nuke.GUI
    with pytest.raises(RuntimeError, match="terminal"):
        nuke.menu("Nuke")


def test_views(fake: Any) -> None:
    import nuke

    assert nuke.views() == ["main"]
    nuke.root()["views"].setValue("left #ff0000\nright #00ff00")
    assert nuke.views() == ["left", "right"]
    assert nuke.nodes.OneView()["view"].values() == ["left", "right"]
    nuke.root().deleteView("left")
    assert nuke.views() == ["right"]


def test_the_fake_starts_empty_each_time(fake: Any) -> None:
    import fake_nuke
    import nuke

    old = nuke.nodes.Read()
    again = fake_nuke.install(version=(14, 0, 5))
    assert nuke.NUKE_VERSION_STRING == "14.0v5"  # a module imported earlier is the new one
    assert nuke.allNodes() == []
    assert again.dialogs == []
    with pytest.raises(ValueError, match="attached"):
        old.setInput(0, None)
