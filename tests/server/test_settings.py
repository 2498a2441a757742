"""Settings from the environment, each refused by its variable's name."""

from __future__ import annotations

from pathlib import Path

import pytest

from mattewire_protocol.errors import BadField
from mattewire_server.settings import load_settings


def test_defaults(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MATTEWIRE_HOME", str(tmp_path))
    settings = load_settings({})
    assert (settings.home, settings.interface) == (tmp_path, "127.0.0.1")
    assert (settings.port, settings.allowed_keys, settings.engine_folders) == (0, None, ())
    assert (settings.limits.heartbeat_s, settings.limits.silence_s, settings.stop_grace_s) == (5.0, 20.0, 30.0)
    assert (settings.idle_s, settings.keep_bytes) == (600.0, 20_000_000_000)
    assert {path.parent for path in (settings.database, settings.log, settings.lock, settings.worker_lock)} == {
        tmp_path
    }


def test_every_variable() -> None:
    settings = load_settings(
        {
            "MATTEWIRE_INTERFACE": "10.0.0.5",
            "MATTEWIRE_PORT": "5555",
            "MATTEWIRE_ALLOWED_KEYS": "/keys",
            "MATTEWIRE_ENGINES": "/studio/engines:/more",
            "MATTEWIRE_HEARTBEAT_S": "1",
            "MATTEWIRE_SILENCE_S": "2.5",
            "MATTEWIRE_STOP_GRACE_S": "3",
            "MATTEWIRE_IDLE_MINUTES": "0.5",
            "MATTEWIRE_KEEP_GB": "1.5",
        }
    )
    assert (settings.interface, settings.port, settings.allowed_keys) == ("10.0.0.5", 5555, Path("/keys"))
    assert settings.engine_folders == (Path("/studio/engines"), Path("/more"))
    assert (settings.limits.heartbeat_s, settings.limits.silence_s, settings.stop_grace_s) == (1.0, 2.5, 3.0)
    assert (settings.idle_s, settings.keep_bytes) == (30.0, 1_500_000_000)


def test_nothing_may_be_kept() -> None:
    assert load_settings({"MATTEWIRE_KEEP_GB": "0"}).keep_bytes == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MATTEWIRE_PORT", "-1"),
        ("MATTEWIRE_PORT", "65536"),
        ("MATTEWIRE_PORT", "٥٥"),
        ("MATTEWIRE_HEARTBEAT_S", "nan"),
        ("MATTEWIRE_HEARTBEAT_S", "soon"),
        ("MATTEWIRE_SILENCE_S", "inf"),
        ("MATTEWIRE_SILENCE_S", "4"),
        ("MATTEWIRE_STOP_GRACE_S", "0"),
        ("MATTEWIRE_IDLE_MINUTES", "0"),
        ("MATTEWIRE_IDLE_MINUTES", "forever"),
        ("MATTEWIRE_KEEP_GB", "-1"),
        ("MATTEWIRE_KEEP_GB", "all"),
        ("MATTEWIRE_ENGINES", "engines"),
    ],
)
def test_what_cannot_be_used_is_named(name: str, value: str) -> None:
    with pytest.raises(BadField) as caught:
        load_settings({name: value})
    assert caught.value.field == name
