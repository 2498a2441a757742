"""The bundle's files, its replacement, and the folders it must not touch."""

from __future__ import annotations

import ast
import errno
import json
import os
import shutil
from importlib import metadata
from pathlib import Path

import pytest

from mattewire_protocol.errors import BadField, InstallIncomplete, NotWritable, OutputExists
from mattewire_server.hosts import bundle, wheels
from server.hosts.fake_wheels import write_wheels

ONE = {"pythons": ["cp311"], "platforms": ["linux_x86_64"]}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    write_wheels(tmp_path / "wheels")
    return tmp_path / "wheels"


def test_what_is_in_a_bundle(tmp_path: Path, source: Path) -> None:
    counted: list[tuple[int, int]] = []
    pythons, platforms = ["cp39", "3.11"], ["linux_x86_64", "win_amd64"]
    made = bundle.make(
        "nuke", tmp_path / "deep" / "panel", pythons, platforms, source, lambda *count: counted.append(count)
    )
    folder = tmp_path / "deep" / "panel"
    assert (made.folder, made.host, made.startup) == (folder, "nuke", folder / "mattewire_nuke" / "startup")
    assert set(made.tags) == set(made.fetched) == {f"{a}-{b}" for a in ("cp39", "cp311") for b in platforms}
    assert counted == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]
    assert sorted(path.name for path in folder.iterdir()) == [
        *("bundle.json", "init.py", "licenses", "mattewire_nuke", "mattewire_panel", "mattewire_protocol", "vendor"),
    ]
    assert sorted(path.name for path in (folder / "vendor").iterdir()) == sorted(made.tags)
    assert (made.startup / "init.py").is_file()
    assert (made.startup / "menu.py").is_file()
    assert (folder / "mattewire_protocol" / "client.py").is_file()
    assert "Apache" in (folder / "licenses" / "LICENSE").read_text()
    assert not [path for path in folder.rglob("*") if path.name == "__pycache__" or path.suffix == ".pyc"]
    assert made.size == sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    assert [path.name for path in folder.parent.iterdir()] == ["panel"], "no scratch folder stays"
    facts = json.loads((folder / "bundle.json").read_text())
    assert (facts["schema"], facts["host"], facts["protocol"]) == ("mattewire.bundle.1", "nuke", 1)
    assert facts["mattewire"] == metadata.version("mattewire")
    assert facts["vendor"]["cp39-win_amd64"] == ["msgpack-99.2-py3-none-any.whl", "pyzmq-99.1-py3-none-any.whl"]
    assert bundle.read(folder, "nuke") == bundle.Bundle(folder, "nuke", made.tags, made.size)


def test_all_of_a_hosts_pythons_and_platforms_without_a_choice(tmp_path: Path, source: Path) -> None:
    made = bundle.make("nuke", tmp_path / "panel", platforms=["win_amd64"], source=source)
    assert set(made.tags) == {f"{python}-win_amd64" for python in wheels.PYTHONS}


def test_nothing_of_the_bundle_is_newer_than_the_oldest_python(tmp_path: Path, source: Path) -> None:
    """Nuke 14 has Python 3.9: one `match` would be enough to break the panel there."""
    folder = bundle.make("nuke", tmp_path / "panel", source=source, **ONE).folder
    files = [path for path in folder.rglob("*.py") if "vendor" not in path.relative_to(folder).parts[:1]]
    assert len(files) > 30
    for path in files:
        ast.parse(path.read_text(encoding="utf-8"), str(path), feature_version=(3, 9))


def test_nothing_of_the_bundle_imports_what_the_host_lacks(tmp_path: Path, source: Path) -> None:
    folder = bundle.make("nuke", tmp_path / "panel", source=source, **ONE).folder
    imported: set[str] = set()
    for path in folder.rglob("*.py"):
        for each in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(each, ast.Import):
                imported |= {name.name.split(".")[0] for name in each.names}
            elif isinstance(each, ast.ImportFrom) and not each.level:
                imported.add((each.module or "").split(".")[0])
    assert not imported & {"numpy", "torch", "OpenEXR", "OpenImageIO", "cv2", "msgspec", "mattewire_server", "av"}
    assert "zmq" in imported


def test_a_bundle_is_replaced_and_its_wheels_are_kept(tmp_path: Path, source: Path) -> None:
    first = bundle.make("nuke", tmp_path / "panel", source=source, **ONE)
    (first.folder / "mattewire_panel" / "old.py").touch()
    mark = first.folder / "vendor" / "cp311-linux_x86_64" / "mark"
    mark.touch()
    shutil.rmtree(source)
    source.mkdir()
    again = bundle.make("nuke", tmp_path / "panel", source=source, **ONE)
    assert (again.tags, again.fetched) == (first.tags, ())
    assert mark.exists()
    assert not (first.folder / "mattewire_panel" / "old.py").exists()
    with pytest.raises(InstallIncomplete):
        bundle.make("nuke", tmp_path / "panel", ["cp39"], ["linux_x86_64"], source)
    assert bundle.read(tmp_path / "panel", "nuke").tags == first.tags, "what failed changed nothing"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["panel", "wheels"]


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path, source: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "init.py").write_text("mine")
    with pytest.raises(OutputExists):
        bundle.make("nuke", tmp_path / "mine", source=source, **ONE)
    (tmp_path / "file").touch()
    with pytest.raises(OutputExists):
        bundle.make("nuke", tmp_path / "file", source=source, **ONE)
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["init.py"]
    (tmp_path / "empty").mkdir()
    assert bundle.make("nuke", tmp_path / "empty", source=source, **ONE).tags == ("cp311-linux_x86_64",)


@pytest.mark.parametrize("text", ["{", "[]", '{"schema": "mattewire.bundle.1"}', '{"schema": "x", "vendor": {}}'])
def test_a_bundle_whose_facts_are_broken_is_none(tmp_path: Path, text: str, source: Path) -> None:
    (tmp_path / "bundle.json").write_text(text)
    with pytest.raises(BadField) as caught:
        bundle.read(tmp_path, "nuke")
    assert caught.value.field == "--bundle"
    with pytest.raises(OutputExists):
        bundle.make("nuke", tmp_path, source=source, **ONE)


def test_a_place_that_cannot_be_written(tmp_path: Path, source: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotWritable) as caught:
        bundle.make("nuke", tmp_path / "file" / "panel", source=source, **ONE)
    assert caught.value.field == "--out"


def test_the_earlier_bundle_stays_when_the_new_one_cannot_take_its_place(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows while the host runs with it; the error is injected here."""
    first = bundle.make("nuke", tmp_path / "panel", source=source, **ONE)
    rename = os.rename

    def held(old: Path, new: Path) -> None:
        if Path(old).name == "bundle":
            raise PermissionError(errno.EACCES, "Permission denied", str(new))
        rename(old, new)

    monkeypatch.setattr(os, "rename", held)
    with pytest.raises(NotWritable) as caught:
        bundle.make("nuke", tmp_path / "panel", source=source, **ONE)
    assert "close it first" in caught.value.advice
    assert bundle.read(tmp_path / "panel", "nuke").tags == first.tags


def test_hosts_that_are_not_there_yet_say_what_to_do() -> None:
    assert bundle.known_host("nuke") == "nuke"
    for host, words in (
        ("aftereffects", "or ae"),
        ("blender", "mattewire bundle blender"),
        ("maya", "Choose nuke"),
    ):
        with pytest.raises(BadField) as caught:
            bundle.known_host(host)
        assert words in caught.value.advice
        assert host in caught.value.message
