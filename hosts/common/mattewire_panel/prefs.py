"""Preferences of a panel: one JSON file for each host, every value also an environment variable for pipelines."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from mattewire_protocol.connection import data_folder, write_private
from mattewire_protocol.errors import BadField, NotWritable

PREFIX = "MATTEWIRE_PANEL_"
_WORDS = {**dict.fromkeys(("1", "yes", "true", "on"), True), **dict.fromkeys(("0", "no", "false", "off"), False)}


@dataclass(frozen=True)
class Preferences:
    """``out``: where mattes go, with the daemon's tokens; relative to the plate's folder unless absolute.

    ``start_daemon``: start it when it does not run. ``poll_s``: seconds between two looks at what has arrived.
    """

    out: str = "mattes/{shot}_matte_{version}.####.exr"
    engine: str = "preview"
    quality: str = "final"
    start_daemon: bool = True
    poll_s: float = 0.1

    def __post_init__(self) -> None:
        if not self.out.strip():
            raise BadField("is empty.", field="out", advice="Give a pattern such as mattes/{shot}.####.exr.")
        if not 0.02 <= self.poll_s <= 5:
            raise BadField(f"must lie between 0.02 and 5 seconds, not {self.poll_s}.", field="poll_s")
        if self.quality not in ("draft", "final"):
            raise BadField(f"{self.quality!r} is neither draft nor final.", field="quality")


def file_for(host: str) -> Path:
    """Where the preferences of ``host`` (``nuke``, ``blender``…) are kept."""
    return data_folder() / f"panel-{host}.json"


def load(host: str, environment: Mapping[str, str] | None = None) -> tuple[Preferences, list[str]]:
    """The preferences of ``host``, and a sentence for each value that had to be left out. Never raises.

    A variable such as ``MATTEWIRE_PANEL_OUT`` wins over the file.
    """
    notes: list[str] = []
    chosen = Preferences()
    for source, values in (
        (str(file_for(host)), _from_file(host, notes)),
        ("the environment", _from_environment(os.environ if environment is None else environment)),
    ):
        for name, value in values.items():
            try:
                chosen = replace(chosen, **{name: _converted(name, value)})
            except (ValueError, TypeError) as problem:  # BadField is a ValueError
                notes.append(f"{name} from {source} is left out: {problem}")
    return chosen, notes


def save(host: str, preferences: Preferences) -> None:
    """Keeps them for every session of ``host``. ``NotWritable`` when the data folder cannot be written."""
    path = file_for(host)
    try:
        write_private(path, json.dumps(asdict(preferences), indent=2, sort_keys=True) + "\n")
    except OSError as problem:
        raise NotWritable(
            f"The preferences cannot be kept in {path}: {problem.strerror}.",
            advice="Make that folder writable, or set MATTEWIRE_HOME to a folder of your own.",
        ) from None


def overridden(environment: Mapping[str, str] | None = None) -> list[str]:
    """The values that the environment decides, which a dialog shows as fixed."""
    return sorted(_from_environment(os.environ if environment is None else environment))


def _from_file(host: str, notes: list[str]) -> dict[str, Any]:
    try:
        tree = json.loads(file_for(host).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as problem:
        notes.append(f"{file_for(host)} cannot be read: {problem}")
        return {}
    if not isinstance(tree, dict):
        notes.append(f"{file_for(host)} holds no preferences.")
        return {}
    known = {field.name for field in fields(Preferences)}
    return {name: value for name, value in tree.items() if name in known}


def _from_environment(environment: Mapping[str, str]) -> dict[str, str]:
    names = [field.name for field in fields(Preferences)]
    return {name: environment[PREFIX + name.upper()] for name in names if environment.get(PREFIX + name.upper())}


def _converted(name: str, value: Any) -> Any:
    kind = type(getattr(Preferences(), name))
    if kind is bool and isinstance(value, str):
        if value.lower() not in _WORDS:
            raise ValueError(f"{value!r} is neither yes nor no.")
        return _WORDS[value.lower()]
    if kind is float and isinstance(value, (int, str)) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, kind):
        raise ValueError(f"{value!r} is no {kind.__name__}.")
    return value
