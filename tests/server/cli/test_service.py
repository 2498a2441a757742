"""``mattewire serve | status | stop``, each with a daemon of its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mattewire_protocol.connection import read_connection
from mattewire_protocol.launch import process_exists
from server.cli.conftest import Run


def test_without_a_daemon(run: Run, empty_home: Path) -> None:
    told = run("status", code=1).stderr
    assert "mattewire serve" in told
    error = json.loads(run("status", "--json", code=1).stdout)["error"]
    assert (error["code"], error["retryable"]) == ("daemon_unreachable", True)
    assert "No daemon is running." in run("stop").stderr
    assert not (empty_home / "connection.json").exists(), "asking starts nothing"


@pytest.mark.timeout(90)
def test_serve_status_stop(run: Run, empty_home: Path) -> None:
    told = run("serve", "--detach").stderr
    connection = read_connection()
    assert f"process {connection.pid}" in told
    assert connection.address in told
    try:
        assert f"process {connection.pid}" in run("serve", "--detach").stderr, "the one that runs is used"
        assert "already runs" in run("serve", code=1).stderr
        told = run("status").stderr
        assert "Worker idle; 0 waiting." in told
        assert "Engine preview: Preview (color and motion, no model)" in told
        assert "Not ready: depth-anything, " in told
        assert "mattewire engines list" in told
        report = json.loads(run("status", "--json").stdout)
        assert (report["pid"], report["queued"]) == (connection.pid, 0)
        assert report["worker"] == "idle"
        assert "preview" in [engine["name"] for engine in report["engines"]]
    finally:
        assert "Stopped." in run("stop").stderr
    assert not process_exists(connection.pid)
    assert not (empty_home / "connection.json").exists()


@pytest.mark.timeout(90)
def test_stop_when_idle(run: Run, empty_home: Path) -> None:
    run("serve", "--detach")
    assert "after its last job" in run("stop", "--when-idle").stderr
    assert run("stop").stderr.strip() in ("No daemon is running.", "Stopped.")
