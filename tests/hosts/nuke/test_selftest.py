"""The self-test itself: it passes with a sound daemon, finds a fault, and leaves nothing behind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import stage


@pytest.mark.usefixtures("nuke16", "house")
def test_it_passes_undoes_and_writes_a_report(fake: Any, tmp_path: Path) -> None:
    import nuke

    from mattewire_nuke import selftest

    ended: list[Any] = []
    running = fake.call(lambda: selftest.start(ended.append, tmp_path / "report.json"))
    stage.wait(fake, lambda: ended)
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["ok"], report["steps"]
    assert (report["schema"], report["host"], report["host_version"]) == ("mattewire.selftest.1", "Nuke", "Nuke 16.0v4")
    assert [step["name"] for step in report["steps"]][-2:] == ["Undo in one step", "Clean up"]
    assert len(report["frames"]) == 8
    assert min(frame["iou"] for frame in report["frames"]) > 0.95
    assert nuke.allNodes() == []
    assert not running.folder.exists()
    assert fake.dialogs[-1].text.startswith("The self-test passed.")


@pytest.mark.usefixtures("nuke16", "house")
def test_it_finds_a_matte_that_nuke_shows_wrongly(fake: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import nuke

    from mattewire_nuke import graph, selftest

    placed = graph.place

    def wrongly(node: Any, *rest: Any) -> Any:
        made = placed(node, *rest)
        graph.part(node, "copy")["from0"].setValue("rgba.red")
        return made

    monkeypatch.setattr(graph, "place", wrongly)
    ended: list[Any] = []
    fake.call(lambda: selftest.start(ended.append, tmp_path / "report.json"))
    stage.wait(fake, lambda: ended)
    report = json.loads((tmp_path / "report.json").read_text())
    assert not report["ok"]
    assert [step["name"] for step in report["steps"] if step["ok"] is False] == ["Compare Nuke's pixels"]
    assert fake.dialogs[-1].text.startswith("The self-test found a fault.")
    assert nuke.allNodes() == []


@pytest.mark.usefixtures("nuke_t", "house")
def test_it_runs_in_terminal_mode(terminal: Any, tmp_path: Path) -> None:
    from mattewire_nuke import selftest

    selftest.start(report=tmp_path / "report.json")
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["ok"], report["steps"]
    assert report["facts"] == {"qt": "none", "windows": "False"}


@pytest.mark.usefixtures("nuke16")
def test_without_a_daemon_it_says_so(fake: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mattewire_nuke import selftest

    monkeypatch.setenv("MATTEWIRE_PANEL_START_DAEMON", "no")
    ended: list[Any] = []
    fake.call(lambda: selftest.start(ended.append, tmp_path / "report.json"))
    stage.wait(fake, lambda: ended)
    steps = {step["name"]: step for step in json.loads((tmp_path / "report.json").read_text())["steps"]}
    assert "mattewire serve" in steps["Meet the daemon"]["words"]
    assert steps["Mask the red ball"]["words"] == "Not run."
