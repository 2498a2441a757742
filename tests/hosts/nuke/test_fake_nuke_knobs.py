"""The stand-in's knobs: values, animation, flags, and everything that must raise."""

from __future__ import annotations

from typing import Any

import pytest


def test_unknown_knobs(fake: Any) -> None:
    import nuke

    read = nuke.nodes.Read()
    with pytest.raises(NameError, match="knob nosuch does not exist"):
        read["nosuch"]
    assert read.knob("nosuch") is None
    with pytest.raises(NameError, match="bogus"):
        nuke.nodes.Read(bogus=1)
    with pytest.raises(NameError, match="bogus"):
        nuke.createNode("Read", "bogus 1")


def test_unknown_attributes(fake: Any) -> None:
    import nuke

    node = nuke.nodes.NoOp()
    with pytest.raises(AttributeError):
        node.nosuch()
    with pytest.raises(AttributeError):
        node.note = "made up"
    with pytest.raises(AttributeError):
        node["label"].text = "made up"
    with pytest.raises(AttributeError):
        nuke.bogus()  # type: ignore[attr-defined]
    with pytest.raises(KeyError):
        nuke.env["nosuch"]


def test_wrong_values(fake: Any) -> None:
    import nuke

    read = nuke.nodes.Read()
    with pytest.raises(ValueError, match="start_at"):
        read["frame_mode"].setValue("start_at")
    with pytest.raises(ValueError, match="9"):
        read["on_error"].setValue(9)
    with pytest.raises(TypeError):
        read["first"].setValue("1001")
    with pytest.raises(TypeError):
        read["first"].setValue(10.5)
    with pytest.raises(TypeError):
        read["file"].setValue(1001)
    with pytest.raises(ValueError, match=r"matte\.red"):
        nuke.nodes.Copy()["from0"].setValue("matte.red")


def test_enumeration(fake: Any) -> None:
    import nuke

    knob = nuke.nodes.Read()["on_error"]
    assert knob.values() == ["error", "black", "checkerboard", "nearest frame"]
    knob.setValue("nearest frame")
    assert (knob.value(), knob.getValue()) == ("nearest frame", 3.0)
    knob.setValue(1)
    assert knob.value() == "black"
    knob.setValues(["white", "black"])
    assert knob.value() == "black"


def test_a_color_that_is_even_is_one_number(fake: Any) -> None:
    import nuke

    white = nuke.nodes.Grade()["white"]
    assert white.value() == 1.0
    white.setValue([1, 2, 3, 1])
    assert white.value() == [1.0, 2.0, 3.0, 1.0]
    white.setValue(2, 0)
    assert white.value(0) == 2.0
    with pytest.raises(IndexError):
        white.value(4)


def test_keys_need_animation_first(fake: Any) -> None:
    import nuke

    point = nuke.XY_Knob("point")
    node = nuke.nodes.NoOp()
    node.addKnob(point)
    point.setValueAt(10.5, 1001, 0)
    assert (point.isAnimated(), point.getKeyList(), point.value()) == (False, [], [10.5, 0.0])
    point.setAnimated()
    point.setValueAt(10.5, 1001, 0)
    point.setValueAt(20.5, 1011, 0)
    assert point.isAnimated(0)
    assert point.getKeyList() == [1001, 1011]
    assert (point.valueAt(1001, 0), point.valueAt(1011, 0)) == (10.5, 20.5)
    assert 10.5 < point.valueAt(1006, 0) < 20.5
    assert point.isKeyAt(1011, 0)
    assert not point.isKeyAt(1011, 1)
    point.removeKeyAt(1011)
    assert point.getKeyList() == [1001]
    point.clearAnimated()
    assert not point.isAnimated()


def test_setting_an_animated_knob_keys_the_current_frame(fake: Any) -> None:
    import nuke

    node = nuke.nodes.NoOp()
    knob = nuke.Double_Knob("mix")
    node.addKnob(knob)
    knob.setAnimated()
    nuke.frame(1005)
    knob.setValue(0.25)
    assert knob.getKeyList() == [1005]


@pytest.mark.parametrize(("kind", "between"), [("LINEAR", 5.0), ("CONSTANT", 0.0)])
def test_interpolation(fake: Any, kind: str, between: float) -> None:
    import nuke

    node = nuke.nodes.NoOp()
    knob = nuke.Double_Knob("mix")
    node.addKnob(knob)
    knob.setAnimated()
    knob.setValueAt(0, 1)
    knob.setValueAt(10, 11)
    curve = knob.animation(0)
    keys = curve.keys()
    curve.changeInterpolation(keys, getattr(nuke, kind))
    assert knob.valueAt(6) == between
    assert [(key.x, key.y) for key in keys] == [(1.0, 0.0), (11.0, 10.0)]


def test_expressions(fake: Any) -> None:
    import nuke

    group = nuke.nodes.Group(name="MaskSubject1")
    group.addKnob(nuke.Int_Knob("first"))
    group["first"].setValue(1001)
    with group:
        inner = nuke.nodes.TimeOffset()
    offset = inner["time_offset"]
    offset.setExpression("parent.first > 1000 ? frame*2 - (parent.first - 1) : -1")
    assert offset.hasExpression()
    assert offset.valueAt(510) == 20
    offset.setExpression("parent.morph")
    with pytest.raises(RuntimeError, match=r'Nothing is named "parent\.morph"'):
        offset.valueAt(1)
    offset.setValue(3)
    assert not offset.hasExpression()


def test_text_is_evaluated(fake: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import nuke

    monkeypatch.setenv("SHOT", "ab_010")
    nuke.root()["name"].setValue("/jobs/ab/comp_v003.nk")
    read = nuke.nodes.Read()
    read["file"].setValue("[file dirname [value root.name]]/[getenv SHOT].%04d.exr")
    assert read["file"].evaluate() == "/jobs/ab/ab_010.%04d.exr"
    assert nuke.filename(read) == "/jobs/ab/ab_010.%04d.exr"
    read["file"].setValue("C:\\shots\\new.exr")
    assert read["file"].evaluate() == "C:shotsnew.exr"  # the trap: backslashes are escapes
    read["file"].setValue("[python {1}]")
    with pytest.raises(RuntimeError, match="TCL"):
        read["file"].evaluate()


def test_from_user_text_sets_ranges_and_stretches_the_root(fake: Any) -> None:
    import nuke

    read = nuke.nodes.Read()
    read["file"].setValue("/p/plate.####.exr")
    assert (read["first"].value(), read["last"].value()) == (1, 1)
    read["file"].fromUserText("/p/my plate.####.exr 1001-1050")
    assert read["file"].value() == "/p/my plate.####.exr"
    values = {name: read[name].value() for name in ("first", "last", "origfirst", "origlast", "origset")}
    assert values == {"first": 1001, "last": 1050, "origfirst": 1001, "origlast": 1050, "origset": True}
    assert (nuke.root().firstFrame(), nuke.root().lastFrame()) == (1, 1050)
    nuke.root()["lock_range"].setValue(True)
    read["file"].fromUserText("/p/other.####.exr 2000-2001")
    assert nuke.root().lastFrame() == 1050


def test_box(fake: Any) -> None:
    import nuke

    node = nuke.nodes.NoOp()
    box = nuke.BBox_Knob("box", "Box")
    node.addKnob(box)
    box.fromDict({"x": 0.5, "y": 1, "r": 20.5, "t": 30})
    assert box.toDict() == {"x": 0.5, "y": 1.0, "r": 20.5, "t": 30.0}
    box.setT(40)
    assert (box.x(), box.t(), box.value()) == (0.5, 40.0, [0.5, 1.0, 20.5, 40.0])


def test_user_knobs(fake: Any) -> None:
    import nuke

    node = nuke.nodes.NoOp()
    job = nuke.String_Knob("job", "", "abc")
    job.setFlag(nuke.INVISIBLE)
    node.addKnob(job)
    assert list(node.knobs())[-2:] == ["User", "job"]
    assert not job.visible()
    with pytest.raises(ValueError, match="job already"):
        node.addKnob(nuke.String_Knob("job"))
    with pytest.raises(TypeError):
        node.addKnob("job")
    node.addKnob(nuke.Text_Knob("", ""))
    node.addKnob(nuke.Text_Knob("", ""))  # dividers have no names
    node.removeKnob(job)
    assert node.knob("job") is None
    with pytest.raises(ValueError, match="no user knob"):
        node.removeKnob(node["label"])


def test_buttons_run_in_main_with_this_node(fake: Any) -> None:
    import nuke

    import __main__

    node = nuke.nodes.NoOp(name="Masker")
    node.addKnob(nuke.PyScript_Knob("go", "Go", "seen = (nuke.thisNode().name(), nuke.thisKnob().name())"))
    fake.click(node, "go")
    assert vars(__main__).pop("seen") == ("Masker", "go")
    node["go"].setEnabled(False)
    with pytest.raises(RuntimeError, match="cannot be pressed"):
        fake.click(node, "go")


def test_knob_changed(fake: Any) -> None:
    import nuke

    seen: list[str] = []

    def changed() -> None:
        seen.append(f"{nuke.thisNode().name()}.{nuke.thisKnob().name()}")
        nuke.thisNode()["label"].setValue("again")  # does not call again

    nuke.addKnobChanged(changed, nodeClass="Grade")
    grade, blur = nuke.nodes.Grade(), nuke.nodes.NoOp()
    seen.clear()
    grade["mix"].setValue(0.5)
    grade["mix"].setValue(0.5)  # no change
    blur["label"].setValue("x")
    grade.setInput(0, blur)
    assert seen == ["Grade1.mix", "Grade1.inputChange"]
    nuke.removeKnobChanged(changed)
    grade["mix"].setValue(1)
    assert len(seen) == 2


def test_links(fake: Any) -> None:
    import nuke

    group = nuke.nodes.Group()
    with group:
        nuke.nodes.Grade(name="G")
    link = nuke.Link_Knob("gain")
    group.addKnob(link)
    link.setLink("G.multiply")
    link.setValue(2)
    assert group.node("G")["multiply"].value() == 2
    link.setLink("Gone.multiply")
    with pytest.raises(RuntimeError, match="Nothing is named"):
        link.value()


def test_write_grows_the_knobs_of_its_file_type(fake: Any) -> None:
    import nuke

    write = nuke.nodes.Write()
    with pytest.raises(NameError):
        write["datatype"]
    write["file_type"].setValue("exr")
    assert write["datatype"].value() == "16 bit half"
    write["file_type"].setValue("png")
    assert write["datatype"].value() == "8 bit"
    assert write.knob("compression") is None


def test_formats(fake: Any) -> None:
    import nuke

    nuke.addFormat("64 36 2 small wide")
    nuke.root()["format"].setValue("small wide")
    chosen = nuke.root()["format"].value()
    assert (chosen.width(), chosen.height(), chosen.pixelAspect(), chosen.name()) == (64, 36, 2.0, "small wide")
    with pytest.raises(ValueError, match="no format"):
        nuke.root()["format"].setValue("nosuch")
    with pytest.raises(RuntimeError, match="Bad format"):
        nuke.addFormat("wide")
