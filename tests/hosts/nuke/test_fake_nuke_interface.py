"""The stand-in's windows: dialogs, bars, menus, panels; and how it starts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


def test_dialogs_are_recorded(fake: Any, capsys: pytest.CaptureFixture[str]) -> None:
    import nuke

    nuke.message("Select a plate.")
    fake.answer(True, None, "/p/a.exr")
    assert nuke.ask("Mask it?")
    with pytest.raises(nuke.CancelledError):
        nuke.askWithCancel("Really?")
    assert nuke.getFilename("Which?") == "/p/a.exr"
    assert [(dialog.kind, dialog.text) for dialog in fake.dialogs[:2]] == [
        ("message", "Select a plate."),
        ("ask", "Mask it?"),
    ]
    with pytest.raises(AssertionError, match="unexpected question"):
        nuke.ask("Again?")
    nuke.tprint("a", "b")
    assert capsys.readouterr().out == "a b\n"


def test_progress_bars(fake: Any) -> None:
    import nuke

    task = nuke.ProgressTask("Masking")
    task.setMessage("frame 1001")
    task.setProgress(10)
    assert not task.isCancelled()
    bar = fake.bars[0]
    assert (bar.title, bar.messages, bar.progress, bar.open) == ("Masking", ["frame 1001"], [10], True)
    fake.cancel_bars()
    assert task.isCancelled()
    with pytest.raises(TypeError):
        task.setProgress(0.5)
    with pytest.raises(TypeError, match="17"):
        nuke.ProgressTask("Masking", 50)
    holder = [task]
    del task, holder[0]
    assert not bar.open
    with pytest.raises(AttributeError):
        nuke.ProgressTask("x").title = "y"


def test_progress_bars_of_17(fake: Any) -> None:
    import fake_nuke
    import nuke

    again = fake_nuke.install(version=(17, 1, 1))
    task = nuke.ProgressTask("Masking", 50, nuke.ProgressTask.kUserCanCancel)
    assert again.bars[0].maximum == 50
    del task


def test_menus(fake: Any) -> None:
    import nuke

    called: list[str] = []
    menu = nuke.menu("Nuke").addMenu("Mattewire")
    menu.addCommand("Mask Subject", lambda: called.append("mask"), "")
    menu.addCommand("Tools/Self-test…", "print('self-test')")
    menu.addSeparator()
    fake.choose("Mattewire/Mask Subject")
    assert called == ["mask"]
    item = nuke.menu("Nuke").findItem("Mattewire/Tools/Self-test…")
    assert (item.script(), item.shortcut()) == ("print('self-test')", "")
    item.setEnabled(False)
    with pytest.raises(RuntimeError, match="disabled"):
        item.invoke()
    assert nuke.menu("Nuke").menu("Mattewire") is menu
    assert nuke.menu("Nuke").addMenu("Mattewire") is menu  # found, not made twice
    menu.addCommand("Mask Subject", lambda: called.append("other"))
    assert [entry.name() for entry in menu.items()] == ["Tools", "", "Mask Subject"]
    assert nuke.menu("Nuke").findItem("Nosuch/x") is None
    with pytest.raises(LookupError):
        fake.choose("Mattewire/Nosuch")
    with pytest.raises(RuntimeError, match="Bogus"):
        nuke.menu("Bogus")


def test_widgets_are_named_by_text(fake: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import nukescripts
    from nukescripts import panels

    import __main__

    made: list[str] = []

    class Widget:
        def __init__(self) -> None:
            made.append("widget")

    monkeypatch.setattr(__main__, "Widget", Widget, raising=False)
    assert panels.registerWidgetAsPanel("__main__.Widget", "Mattewire", "com.example.mattewire") is None
    monkeypatch.setattr(__main__, "__main__", __main__, raising=False)
    assert made == []
    fake.choose("Mattewire", menu="Pane")
    assert made == ["widget"]
    panels.restorePanel("com.example.mattewire")
    assert made == ["widget", "widget"]
    assert panels.restorePanel("com.example.nosuch") is None
    with pytest.raises(TypeError, match="string"):
        nukescripts.registerWidgetAsPanel(Widget, "Mattewire", "com.example.mattewire")


def test_panel_knobs_need_make_ui(fake: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import nuke

    import __main__

    class Bare:
        pass

    monkeypatch.setattr(__main__, "Bare", Bare, raising=False)
    node = nuke.nodes.NoOp()
    node.addKnob(nuke.PyCustom_Knob("strip", "", "Bare()"))
    with pytest.raises(AttributeError, match="makeUI"):
        node.showControlPanel()


def test_start_up(fake: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import nuke

    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "more").mkdir()
    (tmp_path / "init.py").write_text("import nuke\nnuke.pluginAddPath(__file__.replace('init.py', 'more'))\n")
    (tmp_path / "menu.py").write_text("import nuke\nnuke.menu('Nuke').addCommand('Main', '')\n")
    (tmp_path / "more" / "menu.py").write_text("nuke.menu('Nuke').addCommand('More', '')\n")
    fake.start_up([str(tmp_path)])
    assert {item.name() for item in nuke.menu("Nuke").items()} == {"Main", "More"}
    assert nuke.pluginPath() == [str(tmp_path / "more"), str(tmp_path)]


def test_terminal_start_up_reads_no_menu(terminal: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "menu.py").write_text("raise RuntimeError('menu.py was run')\n")
    terminal.start_up([str(tmp_path)])
    assert terminal.dialogs == []


def test_environment(fake: Any) -> None:
    import nuke

    assert (nuke.NUKE_VERSION_MAJOR, nuke.NUKE_VERSION_STRING) == (16, "16.0v4")
    assert nuke.env["NukeVersionMajor"] == 16
    assert nuke.env["gui"] is True
    assert "nosuch" not in nuke.env


def test_it_runs_without_anything_installed() -> None:
    """The package must not need numpy to be imported: it also serves Pythons that have only the standard library."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import fake_nuke; fake_nuke.install(); import nuke.rotopaint;"
        "import nuke; nuke.createNode('Read'); nuke.createNode('Roto');"
        "assert not {'numpy', 'OpenImageIO'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-I", "-S", "-c", code, str(Path(__file__).parent)], check=True, timeout=60)
