"""`install-host resolve`, `bundle resolve` and what `doctor` says of Resolve, as an artist types them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from mattewire_server.cli import hosts_found
from mattewire_server.cli.hosts_found import check_resolve
from mattewire_server.hosts import bundle
from mattewire_server.hosts.resolve import script_folders
from mattewire_server.hosts.resolve_found import Found
from server.hosts.fake_wheels import write_wheels

Command = Callable[..., Result]
FREE, STUDIO = Found(Path("/opt/resolve"), "free", (21, 1, 0)), Found(Path("/opt/resolve"), "Studio", (20, 3, 1))
PYTHONS = ["cp39", "cp310", "cp311", "cp312", "cp313"]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MATTEWIRE_HOME", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    write_wheels(tmp_path / "wheels")
    return tmp_path / "wheels"


@pytest.fixture
def artist(tmp_path: Path) -> Path:
    (tmp_path / "artist").mkdir()
    return tmp_path / "artist"


def test_one_command_installs_and_one_takes_it_back(run: Command, artist: Path, data: Path, source: Path) -> None:
    menu = script_folders(artist).own
    told = run("install-host", "resolve", "--dry-run", "--home", artist).stderr
    assert "Nothing is done" in told
    assert f"{menu / 'Mattewire.lua'} would become:" in told
    assert "local BUNDLE, PROGRAM, HOME = " in told
    assert not data.exists()
    assert not menu.exists()
    told = run("install-host", "resolve", "--home", artist, "--wheels", source).stderr
    own = data / "hosts" / "resolve"
    assert {path.name.split("-")[0] for path in (own / "vendor").iterdir()} == set(PYTHONS)
    assert sorted(path.name for path in menu.iterdir()) == [
        *("Mattewire remove last result.lua", "Mattewire.lua", "Mattewire.py"),
    ]
    for words in (
        f"The panel is in {own} (Python 3.9, 3.10, 3.11, 3.12, 3.13; {bundle.this_platform()}; ",
        f"{menu / 'Mattewire.py'} was made.",
        f"write what to mask into {data / 'resolve' / 'settings.lua'}",
        "Start DaVinci Resolve again",
        f'dofile("{menu / "Mattewire.lua"}")',
    ):
        assert words in told
    again = run("install-host", "resolve", "--home", artist, "--wheels", source).stderr
    assert again.count("is up to date; nothing was changed.") == 3
    told = run("install-host", "resolve", "--uninstall", "--dry-run", "--home", artist).stderr
    assert f"{menu / 'Mattewire.lua'} would be taken away." in told
    assert menu.exists()
    told = run("install-host", "resolve", "--uninstall", "--home", artist).stderr
    assert f"{own} was taken away." in told
    assert list(artist.iterdir()) == [], "not even an empty folder"
    assert not own.exists()


def test_a_bundle_for_everybody(run: Command, artist: Path, data: Path, source: Path, tmp_path: Path) -> None:
    place = tmp_path / "studio" / "panel"
    told = run("bundle", "resolve", "--out", place, "--wheels", source, "--python", "cp311").stderr
    assert f"Where everybody can read it, run: mattewire install-host resolve --bundle {place}" in told
    made = bundle.read(place, "resolve")
    assert made.startup == place / "mattewire_resolve" / "scripts"
    assert (place / "mattewire_resolve" / "lua" / "mask.lua").is_file()
    assert sorted(path.name for path in place.iterdir()) == [
        *("bundle.json", "licenses", "mattewire_panel", "mattewire_protocol", "mattewire_resolve", "vendor"),
    ]
    run("install-host", "resolve", "--home", artist, "--bundle", place)
    assert f"BUNDLE = {str(place)!r}" in (script_folders(artist).own / "Mattewire.py").read_text()
    assert not (data / "hosts").joinpath("resolve").exists()
    run("install-host", "resolve", "--uninstall", "--home", artist)
    assert place.exists(), "the studio's bundle is not ours to take away"


def test_the_panel_of_the_bundle_loads_in_a_bare_python(run: Command, source: Path, tmp_path: Path) -> None:
    place = tmp_path / "panel"
    run("bundle", "resolve", "--out", place, "--wheels", source, "--python", "cp311")
    program = "import sys; sys.path.insert(0, sys.argv[1]); from mattewire_resolve import clips; print(clips.__file__)"
    done = subprocess.run([sys.executable, "-c", program, str(place)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(place / "mattewire_resolve" / "clips.py")


def test_doctor_says_what_is_to_be_done(
    run: Command, artist: Path, data: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (finding,) = check_resolve(FREE, artist)
    assert (finding.state, finding.cure) == ("note", "Run: mattewire install-host resolve")
    assert finding.what == "free 21.1.0 at /opt/resolve; Mattewire is not in its menu."
    run("install-host", "resolve", "--home", artist, "--wheels", source, "--python", "cp311")
    finding, python = check_resolve(FREE, artist)
    assert (finding.state, finding.what) == ("fine", "free 21.1.0 at /opt/resolve; Mattewire is in its menu.")
    assert "not needed: the free edition has Lua scripts only" in python.what
    monkeypatch.setattr(hosts_found, "pythons_here", lambda: [(3, 11), (3, 14)])
    assert check_resolve(STUDIO, artist)[1].what == "3.11 of this machine; not for 3.14."
    monkeypatch.setattr(hosts_found, "pythons_here", lambda: [(3, 14)])
    assert check_resolve(STUDIO, artist)[1].state == "note"
    monkeypatch.setattr(hosts_found, "pythons_here", list)
    assert "none is installed" in check_resolve(STUDIO, artist)[1].what
    assert "one of its own" in check_resolve(Found(Path("/opt/resolve"), "Studio", (21, 1)), artist)[1].what
    script = script_folders(artist).own / "Mattewire.lua"
    script.write_bytes(script.read_bytes() + b"-- mine\n")
    (finding,) = check_resolve(STUDIO, artist)
    assert f"{script} is edited" in finding.what
    (data / "hosts" / "resolve" / "bundle.json").unlink()
    (finding,) = check_resolve(STUDIO, artist)
    assert finding.state == "fault"
    assert "lead to no bundle" in finding.what


def test_doctor_is_silent_where_there_is_none(artist: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosts_found, "resolve_here", lambda home: None)
    assert check_resolve(None, artist) == []
