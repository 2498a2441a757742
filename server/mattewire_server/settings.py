"""The daemon's few settings, each an environment variable, and the places it keeps things."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mattewire_protocol.connection import data_folder
from mattewire_protocol.errors import BadField
from mattewire_protocol.messages import Limits


@dataclass(frozen=True)
class Settings:
    """``home``: data folder. ``interface``: address to listen on. ``port``: 0 takes a free one.
    ``allowed_keys``: folder of client public keys, needed to listen beyond this machine.

    ``engine_folders``: further folders that the worker looks for engine packages in, as ``pip install --target``
    fills them; a studio's own engines can lie on a share.

    ``deaths_allowed``: worker deaths in a row without one new frame, after which a job is set aside.
    ``stop_grace_s``: seconds a worker may take to stop at a frame boundary before it is ended by force;
    ``worker_farewell_s``: the same when the daemon itself ends.
    ``idle_s``: seconds without work after which the worker unloads its models.
    ``keep_bytes``: disk space that tracked shots may fill, so that their mattes can be changed without tracking again;
    0 keeps none.
    """

    home: Path
    interface: str = "127.0.0.1"
    port: int = 0
    allowed_keys: Path | None = None
    limits: Limits = field(default_factory=Limits)
    engine_folders: tuple[Path, ...] = ()
    deaths_allowed: int = 3
    stop_grace_s: float = 30.0
    worker_farewell_s: float = 5.0
    idle_s: float = 600.0
    keep_bytes: int = 20_000_000_000
    writers: int = 2
    read_ahead: int = 3

    @property
    def database(self) -> Path:
        return self.home / "jobs.sqlite3"

    @property
    def log(self) -> Path:
        return self.home / "daemon.log"

    @property
    def worker_log(self) -> Path:
        return self.home / "worker.log"

    @property
    def worker_lock(self) -> Path:
        return self.home / "worker.lock"

    @property
    def lock(self) -> Path:
        return self.home / "daemon.lock"


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Settings from ``MATTEWIRE_*`` variables. ``BadField`` names a variable that cannot be used."""
    values = os.environ if environment is None else environment
    heartbeat_s = _seconds(values, "MATTEWIRE_HEARTBEAT_S", Limits.heartbeat_s)
    silence_s = _seconds(values, "MATTEWIRE_SILENCE_S", Limits.silence_s)
    if silence_s <= heartbeat_s:
        raise BadField(
            f"must be longer than a heartbeat ({heartbeat_s:g} s), not {silence_s:g} s.", field="MATTEWIRE_SILENCE_S"
        )
    return Settings(
        home=data_folder(),
        interface=values.get("MATTEWIRE_INTERFACE", "127.0.0.1"),
        port=_whole(values, "MATTEWIRE_PORT", 0, 65535),
        allowed_keys=Path(values["MATTEWIRE_ALLOWED_KEYS"]) if values.get("MATTEWIRE_ALLOWED_KEYS") else None,
        engine_folders=_folders(values, "MATTEWIRE_ENGINES"),
        limits=Limits(heartbeat_s=heartbeat_s, silence_s=silence_s),
        stop_grace_s=_seconds(values, "MATTEWIRE_STOP_GRACE_S", 30.0),
        idle_s=60.0 * _number(values, "MATTEWIRE_IDLE_MINUTES", 10.0, 0.01, 1440, "minutes"),
        keep_bytes=round(1e9 * _number(values, "MATTEWIRE_KEEP_GB", 20.0, 0, 100_000, "GB")),
    )


def _folders(values: Mapping[str, str], name: str) -> tuple[Path, ...]:
    folders = tuple(Path(text) for text in values.get(name, "").split(os.pathsep) if text)
    for folder in folders:
        if not folder.is_absolute():
            raise BadField(f"{str(folder)!r} is not an absolute path.", field=name)
    return folders


def _whole(values: Mapping[str, str], name: str, default: int, highest: int) -> int:
    text = values.get(name, "")
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or int(text) > highest:
        raise BadField(f"must be a whole number up to {highest}, not {text!r}.", field=name)
    return int(text)


def _seconds(values: Mapping[str, str], name: str, default: float) -> float:
    return _number(values, name, default, 0.05, 3600, "seconds")


def _number(values: Mapping[str, str], name: str, default: float, lowest: float, highest: float, unit: str) -> float:
    text = values.get(name, "")
    try:
        number = float(text) if text else default
    except ValueError:
        number = -1.0
    if not lowest <= number <= highest:
        raise BadField(f"must be {lowest:g} to {highest:g} {unit}, not {text!r}.", field=name)
    return number
