"""The stand-in's undo: what is one step, and that it really takes everything back."""

from __future__ import annotations

from typing import Any

import pytest


def state(nuke: Any) -> dict[str, Any]:
    """All that a script file would say, per node."""
    return {node.fullName(): (node.writeKnobs(), node.dependencies()) for node in nuke.allNodes(recurseGroups=True)}


def test_one_step_takes_all_back(fake: Any) -> None:
    import nuke

    plate = nuke.createNode("Read")
    below = nuke.createNode("Grade")
    before = state(nuke)
    size = nuke.Undo.undoSize()
    nuke.Undo.begin()
    nuke.Undo.name("Mask subject")
    matte = nuke.nodes.Read(file="/m.####.exr", first=1001, last=1010)
    copy = nuke.nodes.Copy(inputs=[plate, matte])
    below.setInput(0, copy)
    group = nuke.nodes.Group()
    with group:
        nuke.nodes.Input()
    group.addKnob(nuke.String_Knob("job", "", "1"))
    group["job"].setValue("2")
    plate["label"].setValue("masked")
    nuke.Undo.end()
    after = state(nuke)
    assert nuke.Undo.undoSize() == size + 1
    assert nuke.Undo.undoDescribe() == "Mask subject"
    nuke.undo()
    assert state(nuke) == before
    assert below.input(0) is plate
    with pytest.raises(ValueError, match="attached"):
        copy.name()
    nuke.redo()
    assert state(nuke) == after
    assert below.input(0) is copy
    assert group["job"].value() == "2"


def test_each_call_alone_is_a_step(fake: Any) -> None:
    import nuke

    nuke.createNode("Read")
    nuke.createNode("Grade", "white 2")
    assert nuke.Undo.undoSize() == 2
    nuke.toNode("Grade1")["white"].setValue(3)
    nuke.Undo.undo()
    assert nuke.toNode("Grade1")["white"].value() == 2
    nuke.Undo.undo()
    assert nuke.toNode("Grade1") is None
    nuke.createNode("Dot")
    assert nuke.Undo.redoSize() == 0  # a new change forgets what was undone


def test_deleting_comes_back_with_its_wires(fake: Any) -> None:
    import nuke

    read = nuke.nodes.Read()
    dot = nuke.nodes.Dot(inputs=[read])
    grade = nuke.nodes.Grade(inputs=[dot])
    nuke.delete(dot)
    nuke.undo()
    assert (dot.input(0), grade.input(0)) == (read, dot)


def test_changes_go_back_in_order(fake: Any) -> None:
    import nuke

    node = nuke.nodes.NoOp(label="first")
    with nuke.Undo():
        node["label"].setValue("second")
        node["label"].setValue("third")
    nuke.undo()
    assert node["label"].value() == "first"
    nuke.redo()
    assert node["label"].value() == "third"


def test_cancel_and_disable(fake: Any) -> None:
    import nuke

    nuke.Undo.begin()
    nuke.nodes.Read()
    nuke.Undo.cancel()
    assert nuke.allNodes() == []
    assert nuke.Undo.undoSize() == 0
    nuke.Undo.cancel()  # nothing open: nothing happens
    nuke.Undo.disable()
    nuke.nodes.Read()
    nuke.Undo.enable()
    assert nuke.Undo.undoSize() == 0
    with nuke.Undo():
        nuke.nodes.Dot()
        nuke.nodes.Dot()
    assert nuke.Undo.undoSize() == 1


def test_animation_is_undone(fake: Any) -> None:
    import nuke

    node = nuke.nodes.NoOp()
    point = nuke.XY_Knob("point")
    node.addKnob(point)
    point.setAnimated()
    point.setValueAt(5, 1001, 0)
    point.animation(0).keys()[0].y = 6
    nuke.undo()
    assert point.valueAt(1001, 0) == 5
    nuke.undo()
    assert point.getKeyList() == []


def test_begin_takes_a_name_from_17_on(fake: Any) -> None:
    import fake_nuke
    import nuke

    with pytest.raises(TypeError):
        nuke.Undo.begin("Mask subject")
    fake_nuke.install(version=(17, 0, 2))
    nuke.Undo.begin("Mask subject")
    nuke.nodes.Read()
    nuke.Undo.end()
    assert nuke.Undo.undoDescribe(0) == "Mask subject"


def test_terminal_mode_keeps_no_undo(terminal: Any) -> None:
    import nuke

    nuke.nodes.Read()
    assert nuke.Undo.undoSize() == 0
