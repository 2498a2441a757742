"""The Blender extension's zip: whole, reproducible, by Blender's rules. Blender itself takes it in ``tests/hosts``."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
import tomllib

from mattewire_protocol.errors import BadField, InstallIncomplete, NotWritable
from mattewire_server.hosts import blender, wheels


@pytest.fixture(autouse=True)
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, Path | None]]:
    """pip stays out of it: what it would be asked for, and a small file for each wheel."""
    asked: list[tuple[str, str, Path | None]] = []

    def fetch(python: str, platform: str, folder: Path, source: Path | None = None) -> None:
        asked.append((python, platform, source))
        for name in ("msgpack-1.2.4", "pyzmq-27.3.0"):
            (folder / f"{name}-{python}-{python}-{platform}.whl").write_bytes(b"a wheel")

    monkeypatch.setattr(wheels, "fetch", fetch)
    return asked


def built(path: Path, **changes: Any) -> zipfile.ZipFile:
    blender.build_extension(path, **changes)
    return zipfile.ZipFile(path)


def manifest(archive: zipfile.ZipFile) -> dict[str, Any]:
    return tomllib.loads(archive.read("blender_manifest.toml").decode("utf-8"))


def test_every_platform_and_python_by_default(tmp_path: Path, fetched: list[tuple[str, str, Path | None]]) -> None:
    with built(tmp_path / "new" / "mattewire.zip") as archive:
        told = manifest(archive)
        carried = {name for name in archive.namelist() if name.startswith("wheels/")}
    assert told["platforms"] == ["linux-x64", "windows-x64", "macos-arm64", "macos-x64"]
    assert {(python, platform) for python, platform, _ in fetched} == {
        (python, platform) for python in ("cp311", "cp313") for platform in wheels.PLATFORMS
    }
    assert {wheel.removeprefix("./") for wheel in told["wheels"]} == carried
    assert len(carried) == 2 * 2 * 4 + 1


def test_the_extension_itself_is_at_the_root(tmp_path: Path) -> None:
    with built(tmp_path / "m.zip", platforms=["linux_x86_64"], pythons=["cp311"]) as archive:
        names = archive.namelist()
        told = manifest(archive)
        assert archive.testzip() is None
    assert {"__init__.py", "blender_manifest.toml", "operators.py", "LICENSE"} <= set(names)
    assert not any("__pycache__" in name or name.endswith(".pyc") for name in names)
    assert (told["id"], told["type"], told["schema_version"]) == ("mattewire", "add-on", "1.0.0")
    assert told["license"] == ["SPDX:GPL-3.0-or-later"]
    assert told["blender_version_min"] == "4.5.0"
    # Blender refuses longer ones.
    assert len(told["tagline"]) <= 64
    assert all(len(reason) <= 64 and not reason.endswith(".") for reason in told["permissions"].values())


def test_the_client_is_a_wheel_that_says_the_truth(tmp_path: Path) -> None:
    with built(tmp_path / "m.zip", platforms=["win_amd64"]) as archive:
        version = manifest(archive)["version"]
        inner = zipfile.ZipFile(io.BytesIO(archive.read(f"wheels/mattewire_client-{version}-py3-none-any.whl")))
    names = set(inner.namelist())
    assert {"mattewire_protocol/client.py", "mattewire_panel/session.py"} <= names
    assert not any("mattewire_server" in name for name in names)
    facts = f"mattewire_client-{version}.dist-info"
    rows = list(csv.reader(inner.read(f"{facts}/RECORD").decode().splitlines()))
    assert {name for name, _, _ in rows} == names
    for name, digest, size in rows:
        if digest:
            data = inner.read(name)
            assert int(size) == len(data)
            assert digest == "sha256=" + _url_safe(hashlib.sha256(data).digest())
    assert b"Tag: py3-none-any" in inner.read(f"{facts}/WHEEL")


def test_the_same_bytes_again(tmp_path: Path) -> None:
    for name in ("one.zip", "two.zip"):
        built(tmp_path / name).close()
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_a_folder_of_wheels_is_passed_on(tmp_path: Path, fetched: list[tuple[str, str, Path | None]]) -> None:
    built(tmp_path / "m.zip", platforms=["linux_x86_64"], pythons=["cp313"], source=tmp_path).close()
    assert fetched == [("cp313", "linux_x86_64", tmp_path)]


def test_what_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadField, match="no platform that bundles are made for"):
        blender.build_extension(tmp_path / "m.zip", platforms=["amiga"])
    with pytest.raises(BadField, match="is empty"):
        blender.build_extension(tmp_path / "m.zip", platforms=[])
    (tmp_path / "file").write_text("")
    with pytest.raises(NotWritable, match="cannot be written"):
        blender.build_extension(tmp_path / "file" / "m.zip", platforms=["linux_x86_64"])
    monkeypatch.setattr(blender, "PACKAGE", "mattewire_nowhere")
    with pytest.raises(InstallIncomplete, match="mattewire_nowhere is not installed"):
        blender.build_extension(tmp_path / "m.zip", platforms=["linux_x86_64"])
    assert not (tmp_path / "m.zip").exists()


def _url_safe(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
