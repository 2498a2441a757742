"""The command line against a real daemon of its own, in a data folder of its own."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from mattewire_protocol import Client
from mattewire_protocol.launch import process_exists, start_daemon
from mattewire_server.cli.app import app
from server.cli.plates import write_balls

Run = Callable[..., Result]


@pytest.fixture(scope="session")
def daemon_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One daemon for all tests of this folder."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MATTEWIRE_HOME", str(home))
        pid = start_daemon().pid
        yield home
        with Client(name="tests") as client:
            client.stop()
        end = time.monotonic() + 20
        while process_exists(pid) and (home / "connection.json").exists() and time.monotonic() < end:
            time.sleep(0.05)


def mattewire(*words: object, code: int = 0) -> Result:
    """Runs ``mattewire …`` in this process, in a fresh wide terminal."""
    result = CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "240", "NO_COLOR": "1"})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.stdout + result.stderr
    return result


@pytest.fixture
def run() -> Run:
    return mattewire


@pytest.fixture
def empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder without a daemon."""
    home = tmp_path / "no daemon here"
    monkeypatch.setenv("MATTEWIRE_HOME", str(home))
    return home


@pytest.fixture(scope="session")
def balls(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A plate of 6 frames from 1001: a red ball that moves, a blue one that rests."""
    return write_balls(tmp_path_factory.mktemp("plate"), range(1001, 1007))


@pytest.fixture(autouse=True)
def no_ocio(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OCIO", raising=False)
    assert "OCIO" not in os.environ
