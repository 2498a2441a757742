"""``scripts/Mattewire.py`` as Resolve runs it: in every edition, Python and state of the installation, and twice."""

from __future__ import annotations

import ast
import runpy
import sys
from pathlib import Path
from typing import Any

import pytest
import window_rig

import mattewire_resolve
from mattewire_resolve import panel

SCRIPT = Path(mattewire_resolve.__file__).parent / "scripts" / "Mattewire.py"


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    window_rig.alone(tmp_path, monkeypatch)
    monkeypatch.setenv("MATTEWIRE_BUNDLE", str(SCRIPT.parent.parent.parent))
    monkeypatch.setattr(sys, "path", list(sys.path))
    return window_rig.resolve_with_ball(tmp_path)


def run(fake: Any, *posted: Any) -> None:
    fake.dispatcher._posted.extend(posted)
    runpy.run_path(str(SCRIPT), {**fake.python(), "app": None}, "__main__")


def windows(fake: Any) -> list[Any]:
    return list(fake.dispatcher._windows)


def close(fake: Any) -> Any:
    """The artist closes whatever window is there."""

    def closing() -> None:
        window = windows(fake)[-1]
        window._on["Close"]({"what": "Close"})

    return closing


def sentence(fake: Any) -> str:
    """Of the small window that tells it."""
    return str(windows(fake)[-1].GetItems()["sentence"].Text)


def test_in_studio_it_opens_the_window(fake: Any, capsys: pytest.CaptureFixture[str]) -> None:
    run(fake, close(fake))
    assert [window.WindowTitle for window in windows(fake)] == ["Mattewire"]
    assert "headline" in windows(fake)[0].GetItems()
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("missing", [("resolve",), ("resolve", "fusion")])
def test_in_a_version_that_gives_other_names_it_opens_too(
    fake: Any, missing: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    import builtins

    given = {name: value for name, value in fake.python().items() if name not in missing}
    if "fusion" in missing:
        monkeypatch.setattr(builtins, "fu", fake.fusion, raising=False)
    fake.dispatcher._posted.append(close(fake))
    runpy.run_path(str(SCRIPT), given, "__main__")
    assert [window.WindowTitle for window in windows(fake)] == ["Mattewire"]


@pytest.mark.parametrize("version", [(18, 6, 0), (20, 3, 1)])
def test_in_the_free_edition_it_names_the_lua_script(
    version: tuple[int, int, int], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    free = window_rig.resolve_with_ball(tmp_path, edition="free", version=version)
    run(free)
    assert "run the Lua script of the menu instead" in capsys.readouterr().out
    assert (free.dialogs, windows(free)) == ([], [])
    assert panel.open_panel(free.resolve, free.fusion, free.bmd) == panel.FREE
    assert free.dialogs == []


def test_an_old_python_is_told_what_to_do(
    fake: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = sys.version_info
    scope = runpy.run_path(str(SCRIPT))
    monkeypatch.setattr(sys, "version_info", (3, 6, 8, "final", 0))
    told = scope["mattewire_open"](fake.resolve, fake.fusion, fake.bmd)
    monkeypatch.setattr(sys, "version_info", real)
    assert told.startswith("Mattewire needs Python 3.9 or newer; Resolve has found 3.6.")
    assert "choose it in Workspace" in capsys.readouterr().out  # the run without a Resolve


def test_the_script_is_written_for_python_3_6() -> None:
    tree = ast.parse(SCRIPT.read_text(), feature_version=(3, 6))
    imported = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    assert imported == {"builtins", "inspect", "os", "sys", "traceback"}


@pytest.mark.parametrize("bundle", ["", "gone"])
def test_where_the_bundle_is_not_it_says_so_in_a_window(
    fake: Any, bundle: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MATTEWIRE_BUNDLE", str(tmp_path / bundle) if bundle else "")
    run(fake, close(fake))
    assert sentence(fake).startswith("Mattewire was not found.")
    assert "mattewire install-host resolve" in capsys.readouterr().out


def test_without_pyzmq_it_names_what_is_missing(
    fake: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from mattewire_panel import vendor

    monkeypatch.setattr(vendor, "NEEDED", ("zmq_that_is_not_there",))
    run(fake, close(fake))
    assert "Mattewire needs zmq_that_is_not_there for cp" in sentence(fake)
    assert "mattewire bundle" in capsys.readouterr().out


def test_two_windows_at_once_are_one(fake: Any, capsys: pytest.CaptureFixture[str]) -> None:
    def again() -> None:
        assert panel.open_panel(fake.resolve, fake.fusion, fake.bmd) == panel.TWICE

    run(fake, again, close(fake))
    run(fake, close(fake))
    assert len(windows(fake)) == 2
    assert capsys.readouterr().out == ""


def test_behind_an_open_dialog_it_asks_to_close_it(fake: Any, capsys: pytest.CaptureFixture[str]) -> None:
    fake.dialog = "Save changes?"
    run(fake)
    assert "inside DaVinci Resolve" in capsys.readouterr().out
    assert "does not answer" in panel.open_panel(fake.resolve, fake.fusion, fake.bmd)


def test_whatever_goes_wrong_stays_in_the_console(
    fake: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(panel, "open_panel", lambda *given: 1 / 0)
    run(fake)
    out = capsys.readouterr()
    assert "Send these lines" in out.out
    assert "ZeroDivisionError" in out.err


@pytest.fixture
def no_lock_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MATTEWIRE_HOME", str(tmp_path / "file" / "below"))


@pytest.mark.usefixtures("no_lock_folder")
def test_a_data_folder_that_cannot_be_written_keeps_no_window_shut(tmp_path: Path, capsys: Any) -> None:
    lock = panel._locked()
    assert lock is not None
    lock.close()
