"""Which wheels a host's Python gets, and what is said when there are none."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mattewire_protocol.errors import BadField, InstallIncomplete
from mattewire_server.hosts import wheels
from server.hosts.fake_wheels import write_wheels


def test_wheels_are_unpacked_with_their_licenses(tmp_path: Path) -> None:
    names = write_wheels(tmp_path / "wheels")
    assert wheels.unpack("cp311", "linux_x86_64", tmp_path / "to" / "here", tmp_path / "wheels") == names
    assert sorted(path.name for path in (tmp_path / "to" / "here").iterdir()) == [
        "msgpack",
        "msgpack-99.2.dist-info",
        "pyzmq-99.1.dist-info",
        "zmq",
    ]
    assert len(list((tmp_path / "to" / "here").rglob("LICENSE"))) == 2


@pytest.mark.parametrize(
    ("python", "platform", "tag", "fits"),
    [
        ("cp39", "linux_x86_64", "cp39-cp39-manylinux2014_x86_64", True),
        ("cp310", "linux_x86_64", "cp310-cp310-manylinux_2_28_x86_64", True),
        ("cp311", "linux_x86_64", "cp311-cp311-manylinux_2_34_x86_64", False),
        ("cp311", "linux_x86_64", "cp310-cp310-manylinux_2_28_x86_64", False),
        ("cp313", "win_amd64", "cp312-abi3-win_amd64", True),
        ("cp311", "win_amd64", "cp312-abi3-win_amd64", False),
        ("cp310", "macos_arm64", "cp310-cp310-macosx_11_0_arm64", True),
        ("cp310", "macos_arm64", "cp310-cp310-macosx_10_15_universal2", True),
        ("cp310", "macos_x86_64", "cp310-cp310-macosx_10_15_universal2", True),
        ("cp310", "macos_x86_64", "cp310-cp310-macosx_10_9_x86_64", True),
        ("cp310", "macos_x86_64", "cp310-cp310-macosx_11_0_arm64", False),
    ],
)
def test_only_what_the_hosts_python_can_load_is_taken(
    python: str, platform: str, tag: str, fits: bool, tmp_path: Path
) -> None:
    names = write_wheels(tmp_path / "wheels", tag)
    if fits:
        assert wheels.unpack(python, platform, tmp_path / "to", tmp_path / "wheels") == names
        return
    with pytest.raises(InstallIncomplete) as caught:
        wheels.unpack(python, platform, tmp_path / "to", tmp_path / "wheels")
    assert caught.value.message.startswith(f"pyzmq and msgpack for {python} on {platform} could not be fetched: ")
    assert "--wheels" in caught.value.advice
    assert not (tmp_path / "to").exists()


def test_an_old_package_is_not_good_enough(tmp_path: Path) -> None:
    write_wheels(tmp_path / "wheels")
    (tmp_path / "wheels" / "pyzmq-99.1-py3-none-any.whl").rename(tmp_path / "wheels" / "pyzmq-24.0-py3-none-any.whl")
    with pytest.raises(InstallIncomplete, match="pyzmq"):
        wheels.unpack("cp311", "win_amd64", tmp_path / "to", tmp_path / "wheels")


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(BadField) as caught:
        wheels.unpack("cp311", "win_amd64", tmp_path / "to", tmp_path / "no")
    assert caught.value.field == "--wheels"


def test_a_machine_without_pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InstallIncomplete) as caught:
        wheels.unpack("cp311", "win_amd64", tmp_path / "to")
    assert caught.value.advice == f'Run: "{sys.executable}" -m ensurepip'


def test_a_network_that_never_answers_is_not_waited_for_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hangs(command: list[str], *, timeout: float, **_: Any) -> None:
        raise subprocess.TimeoutExpired(command, timeout)

    monkeypatch.setattr(subprocess, "run", hangs)
    with pytest.raises(InstallIncomplete, match="timed out after 300 seconds"):
        wheels.unpack("cp311", "win_amd64", tmp_path / "to")


@pytest.mark.parametrize("text", ["cp311", "311", "3.11"])
def test_pythons_as_people_write_them(text: str) -> None:
    assert wheels.python_tag(text) == "cp311"


@pytest.mark.parametrize("text", ["cp38", "2.7", "pypy311", "3", "", "cp3111"])
def test_pythons_that_panels_do_not_run_in(text: str) -> None:
    with pytest.raises(BadField) as caught:
        wheels.python_tag(text)
    assert caught.value.field == "--python"


def test_platforms() -> None:
    assert wheels.platform_tag("win_amd64") == "win_amd64"
    with pytest.raises(BadField, match="linux_arm64") as caught:
        wheels.platform_tag("linux_arm64")
    assert "macos_arm64" in caught.value.advice
