"""`install-host ae` and `bundle ae`, as an artist types them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from mattewire_protocol.launch import daemon_interpreter
from mattewire_server.hosts import aftereffects
from mattewire_server.hosts.aftereffects import NAME

Command = Callable[..., Result]


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "package" / "extension"
    (folder / "host").mkdir(parents=True)
    (folder / "panel.js").write_text("panel")
    (folder / "host" / "mattewire.jsx").write_text("// host")
    monkeypatch.setattr(aftereffects, "extension", lambda: folder)
    return folder


@pytest.fixture
def artist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home folder of somebody on macOS."""
    monkeypatch.setenv("MATTEWIRE_HOME", str(tmp_path / "data"))
    real = aftereffects.extensions_folder

    def of_somebody(home: Path | None, everybody: bool = False) -> Path:
        return real(tmp_path / ("everybody" if everybody else "artist"), False, "darwin")

    monkeypatch.setattr(aftereffects, "extensions_folder", of_somebody)
    return tmp_path / "artist"


def test_one_command_installs_and_one_takes_it_back(run: Command, artist: Path, built: Path, tmp_path: Path) -> None:
    place = artist / "Library" / "Application Support" / "Adobe" / "CEP" / "extensions" / NAME
    told = run("install-host", "ae", "--dry-run").stderr
    assert "Nothing is done" in told
    assert f"{place / 'panel.js'} would become:" in told
    assert not artist.exists()
    assert not (tmp_path / "data").exists()
    told = run("install-host", "ae").stderr
    for words in ("panel.js was made.", "Window > Extensions", "PlayerDebugMode", "CSXS.11", "CSXS.12"):
        assert words in told
    assert (place / "host" / "mattewire.jsx").read_text() == "// host"
    assert daemon_interpreter() == sys.executable
    assert "panel.js is up to date." in run("install-host", "ae").stderr
    assert "would be taken away" in run("install-host", "ae", "--uninstall", "--dry-run").stderr
    assert f"{place} was taken away." in run("install-host", "ae", "--uninstall").stderr
    assert not artist.exists(), "every folder that was made for it has gone"


def test_options_of_bundles_are_not_for_it(run: Command, artist: Path, built: Path) -> None:
    assert (
        "--python: is for hosts whose panel is in Python."
        in run("install-host", "ae", "--python", "cp311", code=1).stderr
    )
    assert not artist.exists()


def test_a_studio_gets_a_folder(run: Command, built: Path, tmp_path: Path) -> None:
    told = run("bundle", "ae", "--out", tmp_path / "out").stderr
    assert f"Put it as {NAME} into the CEP extensions folder" in told
    assert (tmp_path / "out" / "host" / "mattewire.jsx").is_file()
    assert "is there already" in run("bundle", "ae", "--out", tmp_path / "out", code=1).stderr


def test_a_clone_without_the_built_panel_says_how_to_build_it(
    run: Command, artist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Nowhere:
        submodule_search_locations = (str(tmp_path),)

    monkeypatch.setattr(aftereffects.util, "find_spec", lambda name: Nowhere())
    assert "make panel" in run("install-host", "ae", code=1).stderr


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="After Effects runs here")
def test_elsewhere_it_says_what_to_do(
    run: Command, built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MATTEWIRE_HOME", str(tmp_path / "data"))
    said = run("install-host", "ae", code=1).stderr
    assert "Windows and macOS" in said
    assert "mattewire bundle ae --out FOLDER" in said


def test_a_named_folder_on_any_system(
    run: Command, built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MATTEWIRE_HOME", str(tmp_path / "data"))
    place = tmp_path / "Support Files"
    told = run("install-host", "ae", "--extensions", place, "--dry-run").stderr
    assert "let After Effects load such panels, once:" in told
    assert not place.exists()
    run("install-host", "ae", "--extensions", place)
    assert (place / NAME / "panel.js").read_text() == "panel"
    run("install-host", "ae", "--extensions", place, "--uninstall")
    assert not place.exists()
    assert "--extensions: is for After Effects." in run("install-host", "nuke", "--extensions", place, code=1).stderr


def test_debug_mode_is_set_when_asked_for_and_taken_back(
    run: Command, built: Path, artist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = run("install-host", "ae", "--debug-mode", "--home", tmp_path, code=1).stderr
    assert "--debug-mode: is set for yourself only." in said
    assert "--debug-mode: is for After Effects." in run("install-host", "resolve", "--debug-mode", code=1).stderr
    kept = tmp_path / "preferences"
    kept.mkdir()
    program = tmp_path / "bin" / "defaults"
    program.parent.mkdir()
    program.write_text(
        f"#!/bin/sh\nset -eu\ncd '{kept}'\n"
        'case "$1" in\n'
        'read) if [ $# = 2 ]; then test -e "$2" && echo "{}"; else cat "$2"; fi 2>/dev/null;;\n'
        'read-type) echo "Type is string";;\n'
        'write) echo "$4" > "$2";;\n'
        'delete) rm -f "$2";;\n'
        "esac\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    told = run("install-host", "ae", "--debug-mode", "--dry-run").stderr
    assert "    defaults write com.adobe.CSXS.12 PlayerDebugMode 1" in told
    assert list(kept.iterdir()) == []
    told = run("install-host", "ae", "--debug-mode").stderr
    assert "PlayerDebugMode of CEP 12 was turned on" in told
    assert "is not signed" not in told
    assert {path.name: path.read_text() for path in kept.iterdir()} == {
        f"com.adobe.CSXS.{each}": "1\n" for each in (11, 12)
    }
    assert "would be as it was before" in run("install-host", "ae", "--uninstall", "--dry-run").stderr
    assert "PlayerDebugMode of CEP 12 was taken away." in run("install-host", "ae", "--uninstall").stderr
    assert list(kept.iterdir()) == []
    assert not artist.exists()
