"""Starting the daemon from a host: which Python, which variables, which error."""

from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path

import pytest

from mattewire_protocol import launch
from mattewire_protocol.connection import Connection, write_connection
from mattewire_protocol.errors import DaemonUnreachable, InstallIncomplete


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MATTEWIRE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("MATTEWIRE_PYTHON", raising=False)
    return tmp_path / "home"


def program(folder: Path, text: str) -> str:
    """An executable stand-in for a Python."""
    path = folder / "python"
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)
    return str(path)


def test_only_listed_variables_pass() -> None:
    host = {
        "PATH": "/bin",
        "HOME": "/home/artist",
        "LC_ALL": "C",
        "MATTEWIRE_HOME": "/data",
        "CUDA_VISIBLE_DEVICES": "1",
        "PYTHONHOME": "x",
        "PYTHONPATH": "x",
        "LD_LIBRARY_PATH": "x",
        "LD_PRELOAD": "x",
        "DYLD_LIBRARY_PATH": "x",
        "OCIO": "x",
        "QT_PLUGIN_PATH": "x",
        "NUKE_PATH": "x",
    }
    passed = launch.scrubbed_environment(host)
    assert set(passed) == {"PATH", "HOME", "LC_ALL", "MATTEWIRE_HOME", "CUDA_VISIBLE_DEVICES"}


def test_a_relative_home_means_the_same_folder_to_the_daemon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert launch.scrubbed_environment({"MATTEWIRE_HOME": "studio"}) == {"MATTEWIRE_HOME": str(tmp_path / "studio")}


def test_the_recorded_python_is_used_while_it_is_there(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert launch.daemon_interpreter() == sys.executable
    launch.record_interpreter("/usr/bin/env")
    assert launch.daemon_interpreter() == "/usr/bin/env"
    assert stat.S_IMODE((home / "interpreter.json").stat().st_mode) == 0o600
    launch.record_interpreter("/no/such/python")
    assert launch.daemon_interpreter() == sys.executable
    for broken in ("[]", "{", json.dumps({"python": 3}), json.dumps({"python": "relative"})):
        (home / "interpreter.json").write_text(broken)
        assert launch.daemon_interpreter() == sys.executable
    monkeypatch.setenv("MATTEWIRE_PYTHON", "/studio/python")
    assert launch.daemon_interpreter() == "/studio/python"


def test_a_python_without_the_server_says_what_to_install(tmp_path: Path) -> None:
    python = program(tmp_path, 'echo "$0: No module named mattewire_server" >&2; exit 1')
    with pytest.raises(InstallIncomplete) as caught:
        launch.start_daemon(python)
    assert f'"{python}" -m pip install' in caught.value.advice


def test_its_last_words_are_passed_on(tmp_path: Path) -> None:
    with pytest.raises(DaemonUnreachable, match="the port is taken"):
        launch.start_daemon(program(tmp_path, 'echo "the port is taken" >&2; exit 1'))
    with pytest.raises(DaemonUnreachable, match="cannot be run"):
        launch.start_daemon(str(tmp_path / "nothing"))


def test_no_python_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch.sys, "executable", "")
    with pytest.raises(InstallIncomplete):
        launch.start_daemon()


def test_it_runs_in_the_data_folder_with_a_clean_environment(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONHOME", "/host")
    there = Connection(1, "tcp://127.0.0.1:5000", "k" * 40, "k" * 40, "k" * 40)
    write_connection(there)
    found = launch.start_daemon(program(tmp_path, 'pwd > seen; env >> seen; echo "$@" >> seen'))
    assert found == there
    seen = (home / "seen").read_text().splitlines()
    assert seen[0] == str(home)
    assert seen[-1].startswith("-m mattewire_server.daemon --detach")
    assert not [line for line in seen if line.startswith("PYTHONHOME=")]


def test_process_exists() -> None:
    assert launch.process_exists(os.getpid())
    assert not launch.process_exists(2**22 - 3)
