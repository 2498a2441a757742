"""The panel in After Effects' folder, on two systems as data: in, up to date, edited, foreign, out to the last byte."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from mattewire_protocol.errors import BadField, NotWritable, OutputExists
from mattewire_server.hosts import aftereffects
from mattewire_server.hosts.aftereffects import LISTED, NAME
from mattewire_server.hosts.changes import Change, carry_out


@pytest.fixture
def built(tmp_path: Path) -> Path:
    folder = tmp_path / "mattewire_aftereffects" / "extension"
    for name, text in (("panel.js", "panel"), ("CSXS/manifest.xml", "<x/>"), ("host/mattewire.jsx", "//")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "home" / "Adobe" / "CEP" / "extensions"


def everything(above: Path) -> dict[str, bytes | None]:
    return {str(path): path.read_bytes() if path.is_file() else None for path in sorted(above.rglob("*"))}


def install(folder: Path, built: Path, made: Path) -> list[Change]:
    changes = aftereffects.installing(folder, built)
    carry_out(changes, made)
    return changes


def uninstall(folder: Path, made: Path) -> list[Change]:
    changes = aftereffects.uninstalling([folder])
    carry_out(changes, made)
    return changes


@pytest.mark.parametrize(
    ("system", "own", "everybody"),
    [
        (
            "darwin",
            "{home}/Library/Application Support/Adobe/CEP/extensions",
            "/Library/Application Support/Adobe/CEP/extensions",
        ),
        (
            "win32",
            "{home}/AppData/Roaming/Adobe/CEP/extensions",
            "C:\\Program Files\\Common Files/Adobe/CEP/extensions",
        ),
    ],
)
def test_where_cep_looks(tmp_path: Path, system: str, own: str, everybody: str) -> None:
    assert str(aftereffects.extensions_folder(tmp_path, False, system, {})) == own.format(home=tmp_path)
    assert str(aftereffects.extensions_folder(tmp_path, True, system, {})) == everybody


def test_windows_says_itself_where_roaming_is(tmp_path: Path) -> None:
    said = aftereffects.extensions_folder(None, False, "win32", {"APPDATA": str(tmp_path / "R")})
    assert said == tmp_path / "R" / "Adobe" / "CEP" / "extensions"


def test_after_effects_runs_nowhere_else() -> None:
    with pytest.raises(BadField, match="Windows and macOS") as caught:
        aftereffects.extensions_folder(system="linux")
    assert "bundle ae" in caught.value.advice


def test_in_and_out_again_to_the_last_byte(folder: Path, built: Path, tmp_path: Path) -> None:
    home, made = tmp_path / "home", tmp_path / "made.json"
    home.mkdir()
    (home / "mine.txt").write_text("mine")
    before = everything(home)
    install(folder, built, made)
    assert (folder / NAME / "CSXS" / "manifest.xml").read_bytes() == (built / "CSXS" / "manifest.xml").read_bytes()
    assert aftereffects.state_of(folder, built) == "current"
    assert made.exists()
    again = install(folder, built, made)
    assert not any(change.needed for change in again)
    uninstall(folder, made)
    assert everything(home) == before
    assert not made.exists()
    assert aftereffects.state_of(folder, built) == "missing"


def test_a_folder_that_was_there_stays(folder: Path, built: Path, tmp_path: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "com.other.panel").mkdir()
    before = everything(tmp_path / "home")
    install(folder, built, tmp_path / "made.json")
    uninstall(folder, tmp_path / "made.json")
    assert everything(tmp_path / "home") == before


def test_a_new_version_takes_away_what_it_no_longer_has(folder: Path, built: Path, tmp_path: Path) -> None:
    (built / "old.js").write_text("old")
    install(folder, built, tmp_path / "made.json")
    (built / "old.js").unlink()
    (built / "panel.js").write_text("newer")
    assert aftereffects.state_of(folder, built) == "old"
    install(folder, built, tmp_path / "made.json")
    assert not (folder / NAME / "old.js").exists()
    assert (folder / NAME / "panel.js").read_text() == "newer"
    assert aftereffects.state_of(folder, built) == "current"


def test_an_edited_file_is_kept(folder: Path, built: Path, tmp_path: Path) -> None:
    install(folder, built, tmp_path / "made.json")
    (folder / NAME / "panel.js").write_text("my own")
    assert aftereffects.state_of(folder, built) == "edited"
    (built / "panel.js").write_text("newer")
    told = [note for change in install(folder, built, tmp_path / "made.json") for note in change.notes]
    assert len(told) == 1
    assert (folder / NAME / "panel.js.before-mattewire").read_text() == "my own"
    (folder / NAME / "panel.js").write_text("again mine")
    words = " ".join(change.words for change in uninstall(folder, tmp_path / "made.json"))
    assert "panel.js was edited and stays." in words
    left = [path.name for path in (folder / NAME).rglob("*") if path.is_file()]
    assert sorted(left) == ["panel.js", "panel.js.before-mattewire"]


def test_a_folder_that_is_not_ours_is_never_touched(folder: Path, built: Path, tmp_path: Path) -> None:
    (folder / NAME).mkdir(parents=True)
    (folder / NAME / "theirs.js").write_text("theirs")
    before = everything(tmp_path / "home")
    with pytest.raises(OutputExists, match="not Mattewire's"):
        aftereffects.installing(folder, built)
    words = [change.words for change in uninstall(folder, tmp_path / "made.json")]
    assert words == [f"{folder / NAME} is not Mattewire's and stays."]
    assert everything(tmp_path / "home") == before
    assert aftereffects.state_of(folder, built) == "foreign"


def test_a_list_cannot_lead_out_of_the_folder(folder: Path, built: Path, tmp_path: Path) -> None:
    install(folder, built, tmp_path / "made.json")
    outside = tmp_path / "home" / "precious.txt"
    outside.write_text("precious")
    names = json.loads((folder / NAME / LISTED).read_text())
    names |= {"../../../../precious.txt": "00", str(outside): "00"}
    (folder / NAME / LISTED).write_text(json.dumps(names))
    assert set(aftereffects.listed(folder / NAME) or {}) == {"panel.js", "CSXS/manifest.xml", "host/mattewire.jsx"}
    uninstall(folder, tmp_path / "made.json")
    assert outside.read_text() == "precious"


@pytest.mark.parametrize("text", ["", "[]", '{"a": 1}', "\xff"])
def test_a_broken_list_counts_as_none(folder: Path, text: str) -> None:
    (folder / NAME).mkdir(parents=True)
    (folder / NAME / LISTED).write_text(text, encoding="latin-1")
    assert aftereffects.listed(folder / NAME) is None


def test_a_folder_that_cannot_be_written_is_told_first(
    folder: Path, built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(NotWritable, match="cannot be written"):
        aftereffects.installing(folder, built)
    assert not folder.exists()


def test_a_clone_with_newer_sources_is_stale(built: Path) -> None:
    assert not aftereffects.stale(built)
    source = built.parent.parent / "panel" / "main.js"
    source.parent.mkdir()
    source.write_text("newer")
    written = (built / "panel.js").stat().st_mtime
    os.utime(source, (written + 30, written + 30))
    assert not aftereffects.stale(built), "a clone writes it so"
    os.utime(source, (written + 90, written + 90))
    assert aftereffects.stale(built)
    source.rename(source.with_name("README.md"))
    assert not aftereffects.stale(built), "nothing is built from it"


def test_an_install_that_broke_off_is_ours_and_is_mended(
    folder: Path, built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def full(handle: int) -> None:
        calls.append(handle)
        if len(calls) == 3:
            raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(NotWritable, match="No space left on device"):
            install(folder, built, tmp_path / "made.json")
    assert aftereffects.state_of(folder, built) == "edited", "ours, and not whole"
    assert all(change.backup is None for change in install(folder, built, tmp_path / "made.json"))
    assert aftereffects.state_of(folder, built) == "current"
