"""Entries of Resolve's menu, on three systems as data: in, up to date, edited, foreign, out to the last byte."""

from __future__ import annotations

import ast
import os
from pathlib import Path

import pytest
from lupa.luajit21 import LuaRuntime

from mattewire_protocol.errors import BadField, InstallIncomplete, NotWritable, OutputExists
from mattewire_server.cli.host_steps import installed_scripts
from mattewire_server.hosts import resolve
from mattewire_server.hosts.changes import Change, carry_out
from mattewire_server.hosts.resolve import Folders, Recorded

NAMES = ["Mattewire remove last result.lua", "Mattewire.lua", "Mattewire.py"]


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path / "own" / "Fusion" / "Scripts" / "Utility", tmp_path / "all" / "Utility")


@pytest.fixture
def recorded(tmp_path: Path) -> Recorded:
    return Recorded(tmp_path / "a bundle é", tmp_path / "bin's" / "mattewire", tmp_path / "home")


def everything(folder: Path) -> dict[str, bytes | None]:
    return {str(path): path.read_bytes() if path.is_file() else None for path in sorted(folder.rglob("*"))}


def install(folders: Folders, recorded: Recorded, made: Path, folder: Path | None = None) -> list[Change]:
    changes = resolve.installing(folder or folders.own, installed_scripts(), recorded)
    carry_out(changes, made)
    return changes


def uninstall(folders: Folders, recorded: Recorded, made: Path) -> list[Change]:
    changes = resolve.uninstalling(folders, installed_scripts(), recorded.home)
    carry_out(changes, made)
    return changes


@pytest.mark.parametrize(
    ("system", "own", "everybody"),
    [
        (
            "linux",
            "{home}/.local/share/DaVinciResolve/Fusion/Scripts/Utility",
            "/opt/resolve/Fusion/Scripts/Utility",
        ),
        (
            "darwin",
            "{home}/Library/Application Support/Blackmagic Design/DaVinci Resolve/Fusion/Scripts/Utility",
            "/Library/Application Support/Blackmagic Design/DaVinci Resolve/Fusion/Scripts/Utility",
        ),
        (
            "win32",
            "{roaming}/Blackmagic Design/DaVinci Resolve/Support/Fusion/Scripts/Utility",
            "{data}/Blackmagic Design/DaVinci Resolve/Fusion/Scripts/Utility",
        ),
    ],
)
def test_the_script_folders_of_three_systems(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: str, own: str, everybody: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    places = {"home": str(tmp_path), "roaming": f"{tmp_path}/Roaming", "data": f"{tmp_path}/ProgramData"}
    found = resolve.script_folders(None, system, {"APPDATA": places["roaming"], "PROGRAMDATA": places["data"]})
    assert (str(found.own), str(found.everybody)) == (own.format(**places), everybody.format(**places))
    other = resolve.script_folders(tmp_path / "other", system, {"APPDATA": places["roaming"]})
    assert str(other.own).startswith(str(tmp_path / "other"))


def test_in_and_out_to_the_last_byte(tmp_path: Path, folders: Folders, recorded: Recorded) -> None:
    folders.own.parents[1].mkdir(parents=True)
    (folders.own.parents[1] / "mine.txt").write_text("x")
    before, made = everything(tmp_path), tmp_path / "made.json"
    changes = install(folders, recorded, made)
    assert sorted(path.name for path in folders.own.iterdir()) == NAMES
    assert changes[0].words == f"{folders.own / NAMES[0]} was made."
    settings = recorded.home / "resolve" / "settings.lua"
    assert settings.exists()
    again = install(folders, recorded, made)
    assert not any(change.needed for change in again)
    assert "is up to date; nothing was changed." in again[0].words
    uninstall(folders, recorded, made)
    assert everything(tmp_path) == before, "with the folders that had to be made"


def test_what_stands_in_the_scripts(folders: Folders, recorded: Recorded, tmp_path: Path) -> None:
    install(folders, recorded, tmp_path / "made.json")
    lua = LuaRuntime(encoding="utf-8")
    for name in NAMES[:2]:
        text = (folders.own / name).read_text(encoding="utf-8")
        block = text[: text.index("local tell")] + "return BUNDLE, PROGRAM, HOME"
        assert lua.execute(block) == (str(recorded.bundle), str(recorded.program), str(recorded.home))
    text = (folders.own / "Mattewire.py").read_text(encoding="utf-8")
    compile(text, "Mattewire.py", "exec")
    assert f"BUNDLE = {str(recorded.bundle)!a}\n" in text
    assert resolve.bundle_of(folders.own / "Mattewire.py") == recorded.bundle
    with pytest.raises(BadField):
        resolve.bundle_of(folders.own / "Mattewire.lua")
    assert isinstance(ast.parse(text, feature_version=(3, 7)), ast.Module), "any Python must be able to say what to do"


def test_an_older_version_is_replaced_and_an_edited_script_is_kept(
    folders: Folders, recorded: Recorded, tmp_path: Path
) -> None:
    made, path = tmp_path / "made.json", folders.own / "Mattewire.lua"
    install(folders, recorded, made)
    source = installed_scripts() / "Mattewire.lua"
    assert resolve.state_of(path, source) == "current"
    older = tmp_path / "older.lua"
    older.write_bytes(source.read_bytes() + b"-- an older one\n")
    path.write_bytes(resolve.with_block(older.read_bytes(), recorded, ".lua"))
    assert resolve.state_of(path, source) == "old"
    install(folders, recorded, made)
    assert sorted(each.name for each in folders.own.iterdir()) == NAMES, "what is as we put it needs no copy"
    edited = path.read_bytes() + b"print('mine')\n"
    path.write_bytes(edited)
    assert resolve.state_of(path, source) == "edited"
    changes = install(folders, recorded, made)
    backup = folders.own / "Mattewire.lua.before-mattewire"
    assert backup.read_bytes() == edited
    assert f"It had been edited: it is kept as {backup}." in [note for change in changes for note in change.notes]
    assert resolve.state_of(path, source) == "current"
    path.write_bytes(edited)
    uninstall(folders, recorded, made)
    kept = sorted(each.name for each in folders.own.iterdir())
    assert kept == ["Mattewire.lua.before-mattewire", "Mattewire.lua.before-mattewire-2"]
    assert resolve.state_of(path, source) == "missing"


def test_another_place_is_written_into_a_script_that_is_there(
    folders: Folders, recorded: Recorded, tmp_path: Path
) -> None:
    install(folders, recorded, tmp_path / "made.json")
    moved = Recorded(tmp_path / "elsewhere", recorded.program, recorded.home)
    assert "was replaced" in install(folders, moved, tmp_path / "made.json")[0].words
    assert resolve.bundle_of(folders.own / "Mattewire.py") == tmp_path / "elsewhere"


def test_a_file_that_is_not_ours_is_never_touched(folders: Folders, recorded: Recorded, tmp_path: Path) -> None:
    folders.own.mkdir(parents=True)
    foreign = folders.own / "Mattewire.py"
    foreign.write_text("print('somebody else')\n")
    assert resolve.state_of(foreign, installed_scripts() / "Mattewire.py") == "foreign"
    before = everything(tmp_path)
    with pytest.raises(OutputExists) as caught:
        install(folders, recorded, tmp_path / "made.json")
    assert str(foreign) in caught.value.message
    assert everything(tmp_path) == before, "nothing of the others was written either"
    told = [change.words for change in uninstall(folders, recorded, tmp_path / "made.json")]
    assert f"{foreign} is not Mattewire's and stays." in told
    assert everything(tmp_path) == before


def test_the_artists_settings_stay(folders: Folders, recorded: Recorded, tmp_path: Path) -> None:
    made = tmp_path / "made.json"
    install(folders, recorded, made)
    settings = resolve.settings_path(recorded.home)
    mine = settings.read_text().replace('prompt = ""', 'prompt = "founder speaking"')
    settings.write_text(mine)
    install(folders, recorded, made)
    assert settings.read_text() == mine
    assert f"{settings} is yours by now and stays." in [each.words for each in uninstall(folders, recorded, made)]
    assert settings.read_text() == mine
    assert not folders.own.exists()


def test_both_folders_are_cleaned(folders: Folders, recorded: Recorded, tmp_path: Path) -> None:
    made = tmp_path / "made.json"
    install(folders, recorded, made)
    install(folders, recorded, made, folders.everybody)
    assert (folders.everybody / "Mattewire.lua").exists()
    uninstall(folders, recorded, made)
    assert not folders.own.exists()
    assert not folders.everybody.exists()


def test_a_folder_that_cannot_be_written(
    folders: Folders, recorded: Recorded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As root everything can be written, so the system's answer is given here."""
    folders.everybody.mkdir(parents=True)
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != folders.everybody)
    with pytest.raises(NotWritable, match="cannot be written") as caught:
        resolve.installing(folders.everybody, installed_scripts(), recorded)
    assert "for yourself alone" in caught.value.advice


def test_a_disk_that_fills_up_is_told(
    folders: Folders, recorded: Recorded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    changes = resolve.installing(folders.own, installed_scripts(), recorded)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(NotWritable, match="No space left on device"):
        carry_out(changes, tmp_path / "made.json")
    assert list(folders.own.iterdir()) == [], "no half script is left"


def test_a_script_without_marker_lines_is_refused(recorded: Recorded) -> None:
    with pytest.raises(InstallIncomplete):
        resolve.with_block(b"print('hello')\n", recorded, ".lua")


def test_the_command_beside_the_python(tmp_path: Path) -> None:
    assert resolve.command_path().name == "mattewire"
    (tmp_path / "mattewire.exe").touch()
    assert resolve.command_path(str(tmp_path / "python.exe"), "win32") == tmp_path / "mattewire.exe"
    with pytest.raises(InstallIncomplete, match="mattewire is missing"):
        resolve.command_path(str(tmp_path / "python"), "linux")


def test_paths_that_windows_lua_cannot_open_get_their_short_names() -> None:
    asked: list[str] = []

    def short(path: str) -> str:
        asked.append(path)
        return "C:\\Users\\JRG~1\\AppData"

    assert resolve.plain_path(Path("C:\\Users\\me"), short) == "C:\\Users\\me"
    assert resolve.plain_path(Path("C:\\Users\\Jörg\\AppData"), short) == "C:\\Users\\JRG~1\\AppData"
    assert asked == ["C:\\Users\\Jörg\\AppData"]
    assert resolve.plain_path(Path("/home/jörg")) == "/home/jörg"
