"""Script files of the stand-in: written, read back, copied, pasted, and Nuke's own way of writing them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest


def build(nuke: Any) -> None:
    """A script with everything that has to survive: groups, hidden knobs, keys, odd texts, gaps in inputs."""
    root = nuke.root()
    root["first_frame"].setValue(1001)
    root["last_frame"].setValue(1050)
    root["views"].setValue("left #ff0000\nright #00ff00")
    plate = nuke.nodes.Read(name="plate", file="/p/my plate.####.exr", first=1001, last=1050)
    plate["on_error"].setValue("nearest frame")
    plate["raw"].setValue(True)
    group = nuke.nodes.Group(name="MaskSubject1")
    group.setInput(0, plate)
    group.addKnob(nuke.Tab_Knob("mask", "Mask Subject"))
    group.addKnob(nuke.String_Knob("prompt", "Prompt", 'the "red" ball {1} [x] $y \\ ü'))
    hidden = nuke.String_Knob("job", "", '{"id": "a-1", "frames": [1, 2]}\nline')
    hidden.setFlag(nuke.INVISIBLE)
    group.addKnob(hidden)
    group.addKnob(nuke.Enumeration_Knob("quality", "Quality", ["fast", "very good"]))
    group["quality"].setValue("very good")
    group.addKnob(nuke.Boolean_Knob("grow", "Grow", True))
    group.addKnob(nuke.Int_Knob("keyframe"))
    group["keyframe"].setValue(-7)
    amount = nuke.Double_Knob("amount")
    amount.setRange(0, 20)
    group.addKnob(amount)
    amount.setValue(0.1)
    point = nuke.XY_Knob("keep1", "keep 1")
    group.addKnob(point)
    point.setAnimated(0)
    point.setValueAt(10.5, 1001, 0)
    point.setValueAt(20.25, 1010, 0)
    point.setValue(7, 1)
    group.addKnob(nuke.BBox_Knob("box1"))
    group["box1"].setValue([0.5, 1, 20.5, 30])
    group["box1"].setExpression("parent.width/2", 2)
    group.addKnob(nuke.PyScript_Knob("go", "Go", "print('{')\nprint(\"}\")"))
    group.addKnob(nuke.Text_Knob("note", "", "two\nlines"))
    group.addKnob(nuke.Link_Knob("gain"))
    group["gain"].setLink("G.multiply")
    with group:
        source = nuke.nodes.Input()
        grade = nuke.nodes.Grade(name="G", inputs=[source], multiply=2)
        nuke.nodes.Output(inputs=[grade])
    merge = nuke.nodes.Merge2(name="over")
    merge.setInput(1, group)
    shuffle = nuke.nodes.Shuffle2(inputs=[plate])
    shuffle["mappings"].setValue([(0, "rgba.alpha", "rgba.red"), (0, "white", "rgba.alpha")])
    nuke.nodes.Copy(inputs=[plate, group])
    nuke.nodes.BackdropNode(label="Mattes", bdwidth=300)


def contents(nuke: Any) -> dict[str, Any]:
    """Per node: class, inputs by name, and the values of all knobs."""
    found = {}
    for node in [nuke.root(), *nuke.allNodes(recurseGroups=True)]:
        knobs = {
            name: (knob.Class(), knob.toScript() if hasattr(knob, "toScript") else "", knob.visible())
            for name, knob in node.knobs().items()
            if knob.Class() not in ("Tab_Knob",) and not (node.Class() == "Root" and name == "name")
        }
        wires = [above.fullName() if above else None for above in (node.input(at) for at in range(node.inputs()))]
        found[node.fullName()] = (node.Class(), wires, knobs)
    return found


def test_round_trip(fake: Any, tmp_path: Path) -> None:
    import nuke

    build(nuke)
    before = contents(nuke)
    path = str(tmp_path / "comp v1.nk")
    nuke.scriptSaveAs(path)
    old = nuke.toNode("plate")
    nuke.scriptClear()
    assert nuke.allNodes() == []
    nuke.scriptOpen(path)
    assert contents(nuke) == before
    group = nuke.toNode("MaskSubject1")
    assert group["prompt"].value() == 'the "red" ball {1} [x] $y \\ ü'
    assert group["job"].value() == '{"id": "a-1", "frames": [1, 2]}\nline'
    assert not group["job"].visible()
    assert group["keep1"].getKeyList() == [1001, 1010]
    assert group["keep1"].valueAt(1010) == [20.25, 7.0]
    assert group["box1"].hasExpression(2)
    assert group["amount"].max() == 20
    assert group["go"].command() == "print('{')\nprint(\"}\")"
    assert group["keep1"].label() == "keep 1"
    assert nuke.toNode("over").input(0) is None
    assert nuke.scriptName() == path
    assert not nuke.modified()
    assert nuke.Undo.undoSize() == 0
    with pytest.raises(ValueError, match="attached"):
        old.name()
    first = Path(path).read_text()
    nuke.scriptSave()
    name = re.compile(r"\bN[0-9a-f]+")  # what stands for a node in one file
    assert name.sub("N", Path(path).read_text()) == name.sub("N", first)


def test_a_script_as_nuke_writes_it(fake: Any) -> None:
    import nuke
    from fake_nuke.script_reader import read_script

    text = """#! /usr/local/Nuke16.0v4/nuke-16.0.4 -nx
version 16.0 v4
define_window_layout_xml {<?xml version="1.0" encoding="UTF-8"?>
<layout version="1.0">
</layout>
}
Root {
 inputs 0
 name /p/comp.nk
 frame 1001
 first_frame 1001
 format "2048 1556 0 0 2048 1556 1 2K_Super_35(full-ap)"
 colorManagement OCIO
 OCIO_config aces_1.2
}
add_layer {ball ball.red ball.alpha}
Read {
 inputs 0
 file "IMG DIR/frame_%06d.png"
 format "1920 1080 0 0 1920 1080 1.0 HD"
 frame_mode "start at"
 frame 1001
 name Plate_Footage
 xpos -180
}
set N98086400 [stack 0]
Shuffle2 {
 fromInput1 {{0} B}
 fromInput2 {{0} B}
 mappings "3 rgba.red 0 0 rgba.red 0 0 rgba.green 0 1 rgba.green 0 1 white -1 -1 rgba.alpha 0 3"
 name Shuffle7
}
push $N98086400
Merge2 {
 inputs 2
 operation multiply
 name Merge1
}
NoOp {
 name Control
 addUserKnob {20 User}
 addUserKnob {12 center l "the center" t "a tip"}
 center {{curve i x1007 5 x1013 10 15 20} 30}
 addUserKnob {3 hidden l INVISIBLE +INVISIBLE}
 addUserKnob {4 mode l "" -STARTLINE M {Colors "Edges too" None}}
 mode "Edges too"
}
push 0
Copy {
 inputs 2
 from0 ball.alpha
 name Copy1
}
Group {
 inputs 0
 name Inner
}
 Dot {
  inputs 0
  name Dot1
 }
 Output {
  name Output1
 }
end_group
"""
    made = read_script(text, nuke.root())
    assert [node.name() for node in made] == ["Plate_Footage", "Shuffle7", "Merge1", "Control", "Copy1", "Inner"]
    assert nuke.root()["OCIO_config"].value() == "aces_1.2"
    assert nuke.toNode("Plate_Footage")["file"].value() == "IMG DIR/frame_%06d.png"
    assert nuke.toNode("Plate_Footage").width() == 1920
    assert nuke.toNode("Merge1").input(0).name() == "Plate_Footage"
    assert nuke.toNode("Merge1").input(1).name() == "Shuffle7"
    assert (-1, "white", "rgba.alpha") in nuke.toNode("Shuffle7")["mappings"].value()
    assert nuke.toNode("Shuffle7")["fromInput1"].value() == "B"
    center = nuke.toNode("Control")["center"]
    assert center.valueAt(1014) == [15.0, 30.0]  # values without x of their own are on the following frames
    assert center.label() == "the center"
    assert not nuke.toNode("Control")["hidden"].visible()
    assert nuke.toNode("Control")["mode"].value() == "Edges too"
    assert nuke.toNode("Copy1").input(0) is None
    assert nuke.toNode("Copy1").input(1).name() == "Control"
    assert nuke.toNode("Inner.Output1").input(0).name() == "Dot1"


@pytest.mark.parametrize(
    ("text", "error", "says"),
    [
        ("Bogus {\n name B1\n}\n", RuntimeError, "Bogus: Unknown command"),
        ("Read {\n bogus 1\n}\n", NameError, "bogus"),
        ("push $N1\n", RuntimeError, "no such variable"),
        ("Read {\n file x\n", RuntimeError, "close-brace"),
        ("Group {\n}\n", RuntimeError, "never ended"),
        ("NoOp {\n addUserKnob {99 x}\n}\n", RuntimeError, "kind 99"),
        ("Read {\n on_error sometimes\n}\n", ValueError, "sometimes"),
        ("make coffee\n", RuntimeError, "Unknown command"),
    ],
)
def test_broken_scripts(fake: Any, tmp_path: Path, text: str, error: type[Exception], says: str) -> None:
    import nuke

    path = tmp_path / "broken.nk"
    path.write_text(text)
    with pytest.raises(error, match=says):
        nuke.nodePaste(str(path))


def test_copy_and_paste(fake: Any, tmp_path: Path) -> None:
    import nuke

    read = nuke.createNode("Read", "name plate file /p.####.exr", inpanel=False)
    grade = nuke.nodes.Grade(inputs=[read], white=3)
    dot = nuke.nodes.Dot(inputs=[grade])
    assert nuke.nodeCopy("%clipboard%")
    assert fake.clipboard.startswith("set cut_paste_input [stack 0]\nversion 16.0 v4\n")
    fake.select(grade, dot)
    path = str(tmp_path / "snippet.nk")
    nuke.nodeCopy(path)
    other = nuke.nodes.Read(name="other")
    fake.select(other)
    nuke.nodePaste(path)
    pasted = {node.name(): node for node in nuke.selectedNodes()}
    assert set(pasted) == {"Grade2", "Dot2"}
    assert pasted["Grade2"].input(0) is other  # outer wires hang on the selected node
    assert pasted["Grade2"]["white"].value() == 3
    assert pasted["Dot2"].input(0) is pasted["Grade2"]
    nuke.undo()
    assert nuke.toNode("Grade2") is None
    fake.select()
    assert not nuke.nodeCopy("%clipboard%")
    nuke.nodePaste("%clipboard%")
    assert nuke.toNode("plate1") is not None
    with pytest.raises(RuntimeError, match="No such file"):
        nuke.nodePaste("/nosuch.nk")


def test_terminal_mode_has_no_clipboard(terminal: Any) -> None:
    import nuke

    terminal.select(nuke.nodes.Read())
    with pytest.raises(RuntimeError, match="Cannot copy to clipboard in non-GUI mode"):
        nuke.nodeCopy("%clipboard%")


def test_saving(fake: Any, tmp_path: Path) -> None:
    import nuke

    with pytest.raises(RuntimeError, match="no filename"):
        nuke.scriptName()
    with pytest.raises(RuntimeError, match="No filename"):
        nuke.scriptSave()
    path = str(tmp_path / "a.nk")
    nuke.scriptSaveAs(path)
    nuke.nodes.Read()
    assert nuke.root().modified()
    with pytest.raises(RuntimeError, match="file exists"):
        nuke.scriptSaveAs(path)
    nuke.scriptSave()
    with pytest.raises(RuntimeError, match="nosuch"):
        nuke.scriptSaveAs(str(tmp_path / "nosuch" / "a.nk"))
    with pytest.raises(RuntimeError, match="No such file"):
        nuke.scriptOpen(str(tmp_path / "none.nk"))


def test_script_callbacks(fake: Any, tmp_path: Path) -> None:
    import nuke

    seen: list[str] = []
    nuke.addOnScriptSave(seen.append, "save")
    nuke.addOnScriptClose(seen.append, "close")
    nuke.addOnScriptLoad(lambda: seen.append(f"load {len(nuke.allNodes())}"))
    nuke.nodes.Read()
    path = str(tmp_path / "a.nk")
    nuke.scriptSaveAs(path)
    nuke.scriptOpen(path)
    nuke.scriptClose()
    assert seen == ["save", "close", "load 1", "close"]


def test_read_and_write_knobs(fake: Any) -> None:
    import nuke

    node = nuke.nodes.Read(file="/a b.exr", raw=True)
    other = nuke.nodes.Read()
    other.readKnobs("\n".join(line for line in node.writeKnobs().splitlines() if not line.startswith("name")))
    assert (other["file"].value(), other["raw"].value(), other.name()) == ("/a b.exr", True, "Read2")
    other.resetKnobsToDefault()
    assert not other["raw"].value()


def test_roto_curves_survive(fake: Any, tmp_path: Path) -> None:
    import nuke
    import nuke.rotopaint as rp

    roto = nuke.nodes.Roto()
    shape = rp.Shape(roto["curves"], (1, 2), (3, 4.5))
    shape.name = 'ball "1" {x}'
    shape[0].center.addPositionKey(1001, (5, 6))
    roto["curves"].rootLayer.append(shape)
    roto["curves"].changed()
    path = str(tmp_path / "roto.nk")
    nuke.scriptSaveAs(path)
    nuke.scriptOpen(path)
    again = nuke.toNode("Roto1")["curves"].toElement('ball "1" {x}')
    assert len(again) == 2
    assert list(again[0].center.getPosition(1001))[:2] == [5.0, 6.0]
    assert list(again[1].center.getPosition(1001))[:2] == [3.0, 4.5]
