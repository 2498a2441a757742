"""The connection file: private from its first byte, refused by field when it is broken."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mattewire_protocol import connection as module
from mattewire_protocol.connection import (
    Connection,
    data_folder,
    make_private_folder,
    read_connection,
    write_connection,
    write_private,
)
from mattewire_protocol.errors import BadField, DaemonUnreachable, MattewireError

KEY = "k" * 40
GOOD = Connection(1, "tcp://127.0.0.1:5000", KEY, KEY, "s" * 40, pid=4711, server="0.1.0", started_at=1.5)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write_connection(GOOD, tmp_path / "home" / "connection.json")
    assert read_connection(tmp_path / "home" / "connection.json") == GOOD
    assert "s" * 40 not in repr(GOOD)


def test_private_from_the_moment_it_exists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the most careless umask, looked at while the first byte is written and again under its final name."""
    modes: list[int] = []
    real = os.fdopen

    def looking(handle: int, *arguments: Any, **more: Any) -> Any:
        modes.append(stat.S_IMODE(os.fstat(handle).st_mode))
        return real(handle, *arguments, **more)

    before = os.umask(0)
    try:
        monkeypatch.setattr(module.os, "fdopen", looking)
        path = tmp_path / "home" / "connection.json"
        write_connection(GOOD, path)
    finally:
        os.umask(before)
    assert modes == [0o600]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_folder_that_others_can_read_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "home"
    folder.mkdir(mode=0o755)
    make_private_folder(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secret"
    write_private(path, "old")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_private(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"server_key": "short"}, "connection.server_key"),
        ({"client_secret_key": None}, "connection.client_secret_key"),
        ({"address": "ipc:///tmp/x"}, "connection.address"),
        ({"protocol": True}, "connection.protocol"),
        ({"pid": "4711"}, "connection.pid"),
        ({"started_at": []}, "connection.started_at"),
    ],
)
def test_a_broken_field_is_named_without_its_value(tmp_path: Path, change: dict[str, Any], field: str) -> None:
    path = tmp_path / "connection.json"
    path.write_text(json.dumps({**asdict(GOOD), **change}))
    with pytest.raises(BadField) as caught:
        read_connection(path)
    assert caught.value.field == field
    assert "s" * 40 not in str(caught.value)


def test_missing_and_unknown_fields(tmp_path: Path) -> None:
    path = tmp_path / "connection.json"
    values = asdict(GOOD)
    del values["pid"], values["server"]
    path.write_text(json.dumps({**values, "weather": "fine"}))
    assert read_connection(path).pid == 0
    del values["address"]
    path.write_text(json.dumps(values))
    with pytest.raises(BadField, match="missing"):
        read_connection(path)


FIELDS = st.sampled_from(sorted(asdict(GOOD)))
VALUES = st.none() | st.booleans() | st.floats() | st.text(max_size=50)
TREES = st.recursive(
    VALUES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=8)
).map(lambda tree: json.dumps(tree).encode())


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200) | TREES)
def test_any_bytes_are_a_connection_or_a_named_error(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "connection.json"
    path.write_bytes(raw)
    try:
        read_connection(path)
    except MattewireError as problem:
        assert problem.code in ("bad_field", "daemon_unreachable")


def test_no_file_and_deep_nesting(tmp_path: Path) -> None:
    with pytest.raises(DaemonUnreachable):
        read_connection(tmp_path / "connection.json")
    (tmp_path / "connection.json").write_text("[" * 100_000)
    with pytest.raises(BadField):
        read_connection(tmp_path / "connection.json")


def test_the_data_folder_is_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MATTEWIRE_HOME", "studio")
    assert data_folder() == tmp_path / "studio"
    monkeypatch.setenv("MATTEWIRE_HOME", "~/studio")
    assert data_folder() == Path.home() / "studio"
    monkeypatch.delenv("MATTEWIRE_HOME")
    monkeypatch.setattr(module.sys, "platform", "linux")
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert data_folder() == Path("/data/mattewire")
    monkeypatch.setattr(module.sys, "platform", "darwin")
    assert data_folder() == Path.home() / "Library" / "Application Support" / "Mattewire"
    monkeypatch.setattr(module.sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", "/users/artist")
    assert data_folder() == Path("/users/artist/Mattewire")
