"""PlayerDebugMode: what lets CEP load a panel that is not signed. Read, set when asked for, and taken back.

It belongs to the user, one for each release of CEP: a text "1" in the registry of Windows, or in the preferences of
macOS ("Debugging Unsigned Extensions" in the CEP 12 cookbook). It counts for the unsigned panels of everybody, in every
Adobe application with that CEP, so it is only set when the artist says so. The systems' own commands do it: those that
are shown are those that run.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypedDict

from mattewire_protocol.connection import write_private
from mattewire_protocol.errors import InstallIncomplete, NotWritable

CSXS = (11, 12)
"""The releases of CEP that After Effects 23 and later have (CEP cookbooks 11 and 12, "Applications Integrated with
CEP")."""
VALUE = "PlayerDebugMode"
PATIENCE_S = 20

Run = Callable[[Sequence[str]], tuple[int, str]]
"""Runs a command: its exit status, and what it printed."""

_REGISTRY = re.compile(rf"^\s+{VALUE}\s+(REG_\w+)[ \t]*(.*?)\s*$", re.MULTILINE)
_KINDS = {"string": "-string", "integer": "-int", "boolean": "-bool"}
"""macOS' words for the types of a value (``defaults read-type``), and for writing them."""


def commands(system: str = sys.platform) -> list[str]:
    """What turns it on, to be typed: one command for each release of CEP. On other systems, macOS' own."""
    return [" ".join(_setting(each, "REG_SZ" if system == "win32" else "", "1", system)) for each in CSXS]


def run(command: Sequence[str]) -> tuple[int, str]:
    """Really. ``InstallIncomplete`` when the system has no such command, or it does not come back."""
    name, *words = command
    if name == "reg" and os.environ.get("SYSTEMROOT"):  # not whatever else the PATH has of that name
        name = str(Path(os.environ["SYSTEMROOT"], "System32", "reg.exe"))
    try:
        done = subprocess.run([name, *words], capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise InstallIncomplete(
            f"{name} could not be run: {problem}.", advice=f"Set {VALUE} by hand: {'; '.join(commands())}"
        ) from None
    return done.returncode, done.stdout


def setting(csxs: int, system: str = sys.platform, run: Run = run) -> tuple[str, str] | None:
    """Type and text of the value, as the system names them; None when there is none."""
    if system == "win32":
        status, said = run(["reg", "query", _key(csxs), "/v", VALUE])
        found = _REGISTRY.search(said) if status == 0 else None
        return (found[1], found[2]) if found else None
    status, said = run(["defaults", "read", _domain(csxs), VALUE])
    if status:
        return None
    return run(["defaults", "read-type", _domain(csxs), VALUE])[1].strip().removeprefix("Type is "), said.strip()


def is_on(csxs: int, system: str = sys.platform, run: Run = run) -> bool:
    """Whether it is a text "1": a number is not what Adobe's cookbook asks for."""
    return setting(csxs, system, run) in (("REG_SZ", "1"), ("string", "1"))


def turn_on(record: Path, system: str = sys.platform, run: Run = run) -> list[str]:
    """Sets it for each release of CEP where it is off. ``record``: the file that says how each was. Returns what was
    done, in sentences. ``NotWritable`` when the system refuses."""
    was = _recorded(record)
    told = []
    for csxs in CSXS:
        if is_on(csxs, system, run):
            told.append(f"{VALUE} of CEP {csxs} was on already.")
            continue
        if str(csxs) not in was:  # what an earlier run has written down is how it really was
            was[str(csxs)] = {"before": setting(csxs, system, run), "bare": not _content(csxs, system, run)[0]}
            write_private(record, json.dumps(was) + "\n")
        _do(_setting(csxs, "REG_SZ" if system == "win32" else "", "1", system), run)
        told.append(f"{VALUE} of CEP {csxs} was turned on: panels that are not signed are loaded.")
    return told


def take_back(record: Path, system: str = sys.platform, run: Run = run) -> list[str]:
    """Sets what ``turn_on`` has changed to what it was, unless somebody has changed it since."""
    told = []
    for name, known in _recorded(record).items():
        csxs, before = int(name), known["before"]
        if not is_on(csxs, system, run):
            told.append(f"{VALUE} of CEP {csxs} was changed since and stays.")
        elif before:
            _do(_setting(csxs, before[0], before[1], system), run)
            told.append(f"{VALUE} of CEP {csxs} is {before[1]} again.")
        else:
            _do(_removing(csxs, system, VALUE), run)
            if known["bare"] and _content(csxs, system, run) == (True, ""):
                _do(_removing(csxs, system), run)
            told.append(f"{VALUE} of CEP {csxs} was taken away.")
    record.unlink(missing_ok=True)
    return told


# --- the two systems ---------------------------------------------------------------------------------------


def _key(csxs: int) -> str:
    return f"HKCU\\Software\\Adobe\\CSXS.{csxs}"


def _domain(csxs: int) -> str:
    return f"com.adobe.CSXS.{csxs}"


def _setting(csxs: int, kind: str, text: str, system: str) -> list[str]:
    if system == "win32":
        return ["reg", "add", _key(csxs), "/v", VALUE, "/t", kind, "/d", text, "/f"]
    typed = [_KINDS[kind]] if kind in _KINDS else []  # without a type, ``defaults`` writes text
    if kind == "boolean":
        text = "true" if text == "1" else "false"
    return ["defaults", "write", _domain(csxs), VALUE, *typed, text]


def _removing(csxs: int, system: str, value: str = "") -> list[str]:
    if system == "win32":
        return ["reg", "delete", _key(csxs), *(["/v", value] if value else []), "/f"]
    return ["defaults", "delete", _domain(csxs), *([value] if value else [])]


def _content(csxs: int, system: str, run: Run) -> tuple[bool, str]:
    """Whether there is a place for the settings of this release, and what is in it: nothing, or some text."""
    status, said = run(["reg", "query", _key(csxs)] if system == "win32" else ["defaults", "read", _domain(csxs)])
    return status == 0, "".join(said.split()).replace("{}", "")


def _do(command: Sequence[str], run: Run) -> None:
    status, _ = run(command)
    if status:
        raise NotWritable(
            f"`{' '.join(command)}` was refused with exit status {status}.",
            advice="Ask whoever looks after this machine, or have a signed panel made.",
        )


class _Was(TypedDict):
    """How one release's value was. ``before``: type and text, absent for none. ``bare``: nothing else was there."""

    before: tuple[str, str] | None
    bare: bool


def _recorded(record: Path) -> dict[str, _Was]:
    try:
        known = json.loads(record.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}
