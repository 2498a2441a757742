"""Starting Nuke with Mattewire on NUKE_PATH: quick, quiet, and never in the way."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import stage

PACKAGE = Path(__file__).parents[3] / "hosts" / "nuke" / "mattewire_nuke"
STARTUP = PACKAGE / "startup"
FORBIDDEN = {"numpy", "torch", "OpenEXR", "OpenImageIO", "cv2", "PyOpenColorIO"}


def imports_of(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.name)
def test_only_one_file_talks_to_nuke_and_only_one_chooses_a_qt(path: Path) -> None:
    imported = imports_of(path)
    assert not imported & FORBIDDEN
    assert not imported & {"nuke", "nukescripts"} or path.name == "api.py"
    assert not imported & {"PySide2", "PySide6", "shiboken2", "shiboken6"} or path.name == "qt.py"


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.name)
def test_every_file_is_python_39(path: Path) -> None:
    ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 9))


def test_the_menu_is_there_and_has_no_shortcuts(nuke16: Any, fake: Any) -> None:
    import nuke

    fake.start_up([str(STARTUP)])
    menu = nuke.menu("Nuke").findItem("Mattewire")
    names = [item.name() for item in menu.items() if item.name()]
    assert names == [
        "Mask Subject",
        "Open Panel",
        "Roto from Mattes…",
        "Copy Mattes as Nodes",
        "Start Daemon",
        "Preferences…",
        "Run Self-Test…",
    ]
    assert {item.shortcut() for item in menu.items()} == {""}
    assert nuke.menu("Nodes").findItem("Keyer/Mask Subject") is not None
    assert nuke.menu("Pane").findItem("Mattewire") is not None


def test_the_menu_makes_a_node_with_its_panel_open(nuke16: Any, fake: Any, tmp_path: Path) -> None:
    import nuke

    fake.start_up([str(STARTUP)])
    fake.select(stage.read_node(stage.write_plate(tmp_path / "plate")))
    fake.choose("Mattewire/Mask Subject")
    assert nuke.toNode("MaskSubject1").shown()
    fake.choose("Mattewire/Mask Subject")
    assert len(nuke.allNodes("Group")) == 1


def test_starting_a_render_node_loads_nothing(nuke_t: Any, terminal: Any) -> None:
    before = set(sys.modules)
    terminal.start_up([str(STARTUP)])
    assert not {name for name in set(sys.modules) - before if name.startswith(("mattewire", "zmq", "PySide"))}


def test_a_broken_package_cannot_keep_nuke_from_starting(
    nuke16: Any, fake: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import mattewire_nuke

    del mattewire_nuke
    monkeypatch.setitem(sys.modules, "mattewire_nuke.menu", None)
    fake.start_up([str(STARTUP)])
    assert "Nuke goes on without it" in capsys.readouterr().err


def test_missing_pyzmq_is_one_clear_line(nuke16: Any, fake: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import mattewire_nuke
    from mattewire_nuke import menu

    def fails() -> None:
        raise ImportError("Mattewire needs zmq for cp313-linux_x86_64; this bundle has none.")

    menu.add()
    monkeypatch.setattr(menu, "ready", fails)
    fake.choose("Mattewire/Mask Subject")
    assert fake.dialogs[-1].text == "Mattewire needs zmq for cp313-linux_x86_64; this bundle has none."
    assert callable(mattewire_nuke.mask)


def test_buttons_of_a_saved_script_explain_themselves_without_mattewire(
    nuke16: Any, fake: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import nuke

    import __main__

    subject = stage.mask_subject(fake, stage.read_node(stage.write_plate(tmp_path / "plate")))
    stage.forget_adapter()
    monkeypatch.setattr(__main__, "nuke", nuke, raising=False)  # as in Nuke's own __main__
    monkeypatch.setitem(sys.modules, "mattewire_nuke", None)
    fake.click(subject, "mask")
    assert fake.dialogs[-1].text.startswith("Mattewire is not installed here")
    monkeypatch.delitem(sys.modules, "mattewire_nuke")


def test_opening_a_script_without_mask_subjects_loads_nothing(nuke16: Any, fake: Any, tmp_path: Path) -> None:
    import nuke

    fake.start_up([str(STARTUP)])
    stage.read_node(stage.write_plate(tmp_path / "plate"))
    nuke.scriptSaveAs(str(tmp_path / "a.nk"))
    nuke.scriptOpen(str(tmp_path / "a.nk"))
    assert "mattewire_nuke.job" not in sys.modules or job_untouched()


def job_untouched() -> bool:
    """It was loaded beside the start-up, for the first use; nobody was met."""
    # Imported, not taken from sys.modules: that waits where it is still being loaded.
    return importlib.import_module("mattewire_nuke.job")._desk is None


def test_importing_the_package_is_quick_and_thin() -> None:
    program = (
        "import sys, time; started = time.perf_counter(); import mattewire_nuke; "
        "print(time.perf_counter() - started); print([name for name in sys.modules if name in ('zmq', 'numpy')])"
    )
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(PACKAGE.parent)!r}); {program}"]
    seconds, heavy = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.splitlines()
    assert float(seconds) < 0.15
    assert heavy == "[]"
