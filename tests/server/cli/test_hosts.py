"""``mattewire install-host`` and ``mattewire bundle``, as an artist types them."""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from mattewire_server.hosts import bundle, nuke
from server.hosts.fake_wheels import write_wheels

Command = Callable[..., Result]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MATTEWIRE_HOME", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def command(data: Path, run: Command) -> Command:
    return run


@pytest.fixture
def source(tmp_path: Path) -> Path:
    write_wheels(tmp_path / "wheels")
    return tmp_path / "wheels"


@pytest.fixture
def artist(tmp_path: Path) -> Path:
    (tmp_path / "artist" / ".nuke").mkdir(parents=True)
    (tmp_path / "artist" / ".nuke" / "init.py").write_bytes(b"import nuke\nnuke.pluginAddPath('./gizmos')\n")
    return tmp_path / "artist"


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_one_command_installs_and_one_takes_it_back(command: Command, artist: Path, data: Path, source: Path) -> None:
    before = everything(artist)
    told = command("install-host", "nuke", "--home", artist, "--wheels", source).stderr
    startup = data / "hosts" / "nuke" / "mattewire_nuke" / "startup"
    assert (startup / "menu.py").is_file()
    init = (artist / ".nuke" / "init.py").read_text()
    assert f"nuke.pluginAddPath({startup.as_posix()!r})" in init
    assert init.startswith("import nuke\nnuke.pluginAddPath('./gizmos')\n# >>> Mattewire")
    assert json.loads((data / "interpreter.json").read_text()) == {"python": sys.executable}
    assert {path.name.split("-")[0] for path in (data / "hosts" / "nuke" / "vendor").iterdir()} == {
        *("cp39", "cp310", "cp311", "cp313")
    }
    for words in (
        f"The panel is in {data / 'hosts' / 'nuke'} (Python 3.9, 3.10, 3.11, 3.13; {bundle.this_platform()}; ",
        f"The file as it was is {nuke.BACKUP}.",
        f"The daemon starts with {sys.executable}.",
        "Start Nuke again",
    ):
        assert words in told
    told = command("install-host", "nuke", "--uninstall", "--home", artist).stderr
    assert "Mattewire's lines were taken out." in told
    assert everything(artist) == before
    assert not (data / "hosts" / "nuke").exists()
    told = command("install-host", "nuke", "--uninstall", "--home", artist).stderr
    assert "nothing was changed" in told


def test_a_second_install_changes_nothing_and_needs_no_network(
    command: Command, artist: Path, source: Path, tmp_path: Path
) -> None:
    command("install-host", "nuke", "--home", artist, "--wheels", source, "--python", "3.11")
    before = everything(artist)
    (tmp_path / "empty").mkdir()
    again = ("install-host", "nuke", "--home", artist, "--wheels", tmp_path / "empty", "--python", "cp311")
    assert "nothing was changed" in command(*again).stderr
    assert everything(artist) == before


def test_a_dry_run_does_nothing(command: Command, artist: Path, data: Path, source: Path) -> None:
    before = everything(artist)
    told = command("install-host", "nuke", "--dry-run", "--home", artist).stderr
    assert everything(artist) == before
    assert not data.exists()
    for words in ("Nothing is done", "would become:", "    nuke.pluginAddPath('./gizmos')", "# >>> Mattewire"):
        assert words in told
    assert f"The daemon would start with {sys.executable}." in told
    command("install-host", "nuke", "--home", artist, "--wheels", source, "--python", "cp311")
    installed = everything(artist)
    told = command("install-host", "nuke", "--dry-run", "--uninstall", "--home", artist).stderr
    assert everything(artist) == installed
    assert f"{data / 'hosts' / 'nuke'} would be taken away." in told


def test_a_studios_bundle_is_used_where_it_lies(
    command: Command, artist: Path, data: Path, source: Path, tmp_path: Path
) -> None:
    place = tmp_path / "studio" / "panel"
    told = command(
        "bundle", "nuke", "--out", place, "--wheels", source, "--python", "cp311", "--platform", "win_amd64"
    ).stderr
    assert f"The panel is in {place} (Python 3.11; win_amd64; " in told
    assert f"Put {place} on NUKE_PATH, or run: mattewire install-host nuke --bundle {place}" in told
    assert "MATTEWIRE_PYTHON" in told
    assert not data.exists(), "a bundle for others changes nothing here"
    command("install-host", "nuke", "--home", artist, "--bundle", place)
    assert f"{place.as_posix()}/mattewire_nuke/startup" in (artist / ".nuke" / "init.py").read_text()
    assert not (data / "hosts").exists()
    assert (data / "interpreter.json").exists()
    command("install-host", "nuke", "--uninstall", "--home", artist)
    assert place.exists(), "the studio's bundle is not ours to take away"


def test_blenders_extension_is_one_file(command: Command, source: Path, tmp_path: Path) -> None:
    out = tmp_path / "mattewire.zip"
    told = command("bundle", "blender", "--out", out, "--wheels", source, "--platform", "linux_x86_64").stderr
    assert f"The extension is {out} (linux_x86_64; " in told
    assert "Install from Disk" in told
    with zipfile.ZipFile(out) as extension:
        assert "wheels/pyzmq-99.1-py3-none-any.whl" in extension.namelist()
        assert "blender_manifest.toml" in extension.namelist()
    said = command("install-host", "blender", code=1).stderr
    assert "mattewire bundle blender" in said


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["install-host", "maya"], "'maya' is no host that Mattewire knows."),
        (["install-host", "resolve", "--everybody"], "--everybody: needs --bundle"),
        (["install-host", "nuke", "--everybody"], "--everybody: is not for Nuke."),
        (["bundle", "aftereffects", "--out", "x"], "Choose nuke, resolve or ae."),
        (["bundle", "nuke", "--out", "x", "--python", "cp27"], "--python: 'cp27' is no Python"),
        (["bundle", "nuke", "--out", "x", "--platform", "irix"], "--platform: 'irix' is no platform"),
        (["bundle", "nuke", "--out", "x", "--wheels", "nowhere"], "--wheels: nowhere is no folder."),
        (["install-host", "nuke", "--bundle", "nowhere"], "nowhere is no bundle for nuke."),
    ],
)
def test_what_cannot_be_done_is_said_in_one_paragraph(
    command: Command, words: list[str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    said = command(*words, code=1).stderr
    assert told in said
    assert "Traceback" not in said
    assert not (tmp_path / "x").exists()
    assert not (tmp_path / ".nuke").exists()


def test_an_init_that_cannot_be_changed_is_told_before_anything_is_made(
    command: Command, artist: Path, data: Path, source: Path
) -> None:
    (artist / ".nuke" / "init.py").chmod(0o444)
    said = command("install-host", "nuke", "--home", artist, "--wheels", source, code=1).stderr
    assert "it is read-only" in said
    assert not data.exists()


def test_wheels_that_cannot_be_had_leave_init_alone(command: Command, artist: Path, tmp_path: Path) -> None:
    before = everything(artist)
    (tmp_path / "empty").mkdir()
    said = command("install-host", "nuke", "--home", artist, "--wheels", tmp_path / "empty", code=1).stderr
    assert "could not be fetched" in said
    assert "--wheels" in said
    assert everything(artist) == before
