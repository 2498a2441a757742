"""Compositions are read by Lua; windows play what an artist does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

COMPOSITION = """Composition {
    CurrentTime = 0,
    Tools = ordered() {
        MediaIn1 = MediaIn { ViewInfo = OperatorInfo { Pos = { 0, 0 } } },
        Matte = Loader {
            Clips = { Clip { ID = "Clip1", Filename = "/mattes/founder.1001.exr", Length = 10 } },
            Inputs = { Loop = Input { Value = 0 } },
        },
        MatteControl1 = MatteControl {
            Inputs = {
                Background = Input { SourceOp = "MediaIn1", Source = "Output" },
                GarbageMatte = Input { SourceOp = "Matte", Source = "Output" },
            },
        },
    },
}"""


def clip_on(fake: Any, path: str) -> Any:
    pool = fake.project.GetMediaPool()
    return pool.AppendToTimeline(pool.ImportMedia([path]))[0]


def test_a_composition_is_read(fake: Any, movie: Callable[..., str], tmp_path: Path) -> None:
    item = clip_on(fake, movie())
    path = tmp_path / "matte.comp"
    path.write_text(COMPOSITION)
    comp = item.ImportFusionComp(str(path))
    tools = fake.tools(comp)
    assert {name: tool.kind for name, tool in tools.items()} == {
        "MediaIn1": "MediaIn",
        "Matte": "Loader",
        "MatteControl1": "MatteControl",
    }
    assert tools["MatteControl1"].inputs["GarbageMatte"] == ("Matte", "Output")
    assert tools["Matte"].inputs == {"Loop": 0}
    assert tools["Matte"].settings["Clips"][0]["Filename"] == "/mattes/founder.1001.exr"
    assert comp.FindTool("Matte").GetAttrs() == {"TOOLS_Name": "Matte", "TOOLS_RegID": "Loader"}
    assert comp.FindTool("Mate") is None
    assert len(comp.GetToolList(False, "Loader")) == 1
    assert item.GetFusionCompCount() == 1
    assert item.GetFusionCompByIndex(1) is comp


@pytest.mark.parametrize("text", ["", "Composition {", "Comp { Tools = ordered() {} }", "os.exit(1)", "Composition {}"])
def test_what_is_no_composition_is_none(fake: Any, movie: Callable[..., str], tmp_path: Path, text: str) -> None:
    item = clip_on(fake, movie())
    (tmp_path / "wrong.comp").write_text(text)
    assert item.ImportFusionComp(str(tmp_path / "wrong.comp")) is None
    assert item.ImportFusionComp(str(tmp_path / "missing.comp")) is None
    assert item.GetFusionCompCount() == 0


def test_add_and_delete(fake: Any, movie: Callable[..., str]) -> None:
    item = clip_on(fake, movie())
    comp = item.AddFusionComp()
    assert [tool.GetAttrs()["TOOLS_Name"] for tool in comp.GetToolList().values()] == ["MediaIn1", "MediaOut1"]
    assert item.GetFusionCompNameList() == ["Composition 1"]
    assert item.DeleteFusionCompByName("Composition 2") is False
    assert item.DeleteFusionCompByName("Composition 1") is True
    assert comp.GetToolList() is None


def window_in(fake: Any) -> tuple[Any, Any]:
    ui = fake.fusion.UIManager()
    dispatcher = fake.bmd.UIDispatcher(ui)
    row = ui.HGroup([ui.LineEdit({"ID": "prompt"}), ui.Button({"ID": "go", "Text": "Mask subject"})])
    window = dispatcher.AddWindow({"ID": "main", "WindowTitle": "Mattewire"}, [ui.VGroup({"Spacing": 4}, [row])])
    window.On.main.Close = lambda _event: dispatcher.ExitLoop()
    return dispatcher, window


def test_a_window_plays_what_was_posted(fake: Any) -> None:
    dispatcher, window = window_in(fake)
    asked: list[str] = []
    window.On.go.Clicked = lambda _event: asked.append(window.Find("prompt").Text)
    window.Show()
    fake.post(window, "prompt", "TextChanged", Text="founder speaking")
    fake.post(window, "go", "Clicked")
    fake.post(window, "main", "Close")
    dispatcher.RunLoop()
    assert asked == ["founder speaking"]
    window.GetItems()["go"].Enabled = False
    fake.post(window, "go", "Clicked")
    fake.post(window, "main", "Close")
    dispatcher.RunLoop()
    assert asked == ["founder speaking"]


def test_timers_poll(fake: Any) -> None:
    dispatcher, ui = fake.dispatcher, fake.fusion.UIManager()
    timer = ui.Timer({"ID": "poll", "Interval": 100})
    window = dispatcher.AddWindow({"ID": "main"}, [ui.Button({"ID": "stop"})])
    ticks: list[str] = []
    window.On.stop.Clicked = lambda event: ticks.append(event["who"])
    fake.post(window, "stop", "Clicked")

    def tick(event: dict[str, Any]) -> None:
        ticks.append(event["who"])
        if len(ticks) == 4:
            timer.Stop()
            dispatcher.ExitLoop()

    window.On.poll.Timeout = tick
    timer.Start()
    dispatcher.RunLoop()
    assert ticks == ["stop", "poll", "poll", "poll"]


def test_windows_are_strict(fake: Any) -> None:
    dispatcher, window = window_in(fake)
    ui = fake.fusion.UIManager()
    with pytest.raises(AttributeError, match="Gauge"):
        ui.Gauge({})
    with pytest.raises(AttributeError, match="Label has no attribute Checked"):
        ui.Label({"Checked": True})
    with pytest.raises(AttributeError, match="nothing called stop"):
        window.On.stop.Clicked = print
    with pytest.raises(AttributeError, match="no event Toggled"):
        window.On.go.Toggled = print
    with pytest.raises(RuntimeError, match="never come back"):
        dispatcher.RunLoop()
    combo = ui.ComboBox({"ID": "quality"})
    combo.AddItem("Preview")
    assert combo.CurrentText == "Preview"
