"""A panel as one folder that a host's own Python can run: our client and panel, and pyzmq and msgpack beside them.

    FOLDER/
      init.py                  Nuke's alone, for NUKE_PATH: leads Nuke to the startup folder
      mattewire_protocol/  mattewire_panel/  mattewire_nuke/ or mattewire_resolve/
      vendor/cp311-linux_x86_64/   one for each Python and platform
      licenses/                ours; those of pyzmq and msgpack lie in vendor/
      bundle.json              what is in it

No numpy, torch or image library is in it: those stay with the daemon, outside the host.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from mattewire_panel import vendor
from mattewire_protocol import messages
from mattewire_protocol.errors import BadField, InstallIncomplete, NotWritable, OutputExists

from . import wheels

SCHEMA = "mattewire.bundle.1"
FACTS = "bundle.json"
NOT_YET = {
    "blender": "Run: mattewire bundle blender --out mattewire.zip; then install that file in Blender's preferences, "
    "under Get Extensions, Install from Disk.",
}
PACKAGES = {
    "nuke": ("mattewire_protocol", "mattewire_panel", "mattewire_nuke"),
    "resolve": ("mattewire_protocol", "mattewire_panel", "mattewire_resolve"),
}
STARTUP = {"nuke": Path("mattewire_nuke") / "startup", "resolve": Path("mattewire_resolve") / "scripts"}
"""The folder in a bundle that the host is led to, or whose scripts become entries of its menu."""

PYTHONS = {"nuke": wheels.PYTHONS, "resolve": ("cp39", "cp310", "cp311", "cp312", "cp313")}
"""Resolve brings none up to 21.0: it takes what it finds installed."""

NUKE_INIT = '''"""With this folder on NUKE_PATH, Nuke finds Mattewire."""

import os

import nuke

nuke.pluginAddPath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "mattewire_nuke", "startup"))
'''
ROOT_FILES: dict[str, dict[str, str]] = {"nuke": {"init.py": NUKE_INIT}, "resolve": {}}

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Bundle:
    """A bundle on disk. ``tags``: its ``vendor`` folders. ``size``: bytes of all its files. ``fetched``: tags that
    were not taken over from the bundle that lay there before."""

    folder: Path
    host: str
    tags: tuple[str, ...]
    size: int
    fetched: tuple[str, ...] = ()

    @property
    def startup(self) -> Path:
        return self.folder / STARTUP[self.host]


def known_host(host: str) -> str:
    """``host`` again. ``BadField`` for one that has no bundle."""
    if host in PACKAGES:
        return host
    if host in NOT_YET:
        raise BadField(f"{host} cannot be installed by this command yet.", field="HOST", advice=NOT_YET[host])
    raise BadField(
        f"{host!r} is no host that Mattewire knows.", field="HOST", advice=f"Choose {', '.join(PACKAGES)} or ae."
    )


def make(
    host: str,
    out: Path,
    pythons: Sequence[str] = (),
    platforms: Sequence[str] = (),
    source: Path | None = None,
    progress: Progress = lambda done, total: None,
) -> Bundle:
    """Makes the bundle of ``host`` in the folder ``out``; an earlier bundle there is replaced, in one step at the end.

    ``pythons`` as ``cp311`` and ``platforms`` as ``linux_x86_64``: absent, all that the host comes with. What an
    earlier bundle in ``out`` holds of pyzmq and msgpack is kept, not fetched again. ``source``: a folder of wheels,
    for machines without a network. ``progress(done, total)`` counts Pythons and platforms.
    Raises ``BadField`` for an unknown host, Python or platform, ``InstallIncomplete`` when wheels or our own packages
    cannot be had, ``OutputExists`` when ``out`` holds anything else, ``NotWritable``.
    """
    known_host(host)
    tags = [
        (wheels.python_tag(python), wheels.platform_tag(platform))
        for python in pythons or PYTHONS[host]
        for platform in platforms or wheels.PLATFORMS
    ]
    out = out.expanduser().absolute()
    there = _earlier(out, host)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as scratch:
            new = Path(scratch) / "bundle"
            for package in PACKAGES[host]:
                _copy_package(package, new / package)
            for name, text in ROOT_FILES[host].items():
                (new / name).write_text(text, encoding="utf-8")
            _copy_license(new / "licenses")
            vendored, fetched = _vendor(new / "vendor", tags, out / "vendor", there, source, progress)
            _write_facts(new / FACTS, host, vendored)
            _put(new, out, Path(scratch) / "earlier")
    except OSError as problem:
        raise NotWritable(
            f"{problem.filename or out} cannot be written: {problem.strerror}.",
            field="--out",
            advice="Choose another folder; if the host runs with the earlier bundle, close it first.",
        ) from None
    return Bundle(out, host, tuple(sorted(vendored)), _size(out), tuple(fetched))


def read(folder: Path, host: str) -> Bundle:
    """The bundle of ``host`` in ``folder``. ``BadField`` when there is none."""
    folder = folder.expanduser().absolute()
    facts = _facts(folder)
    if facts is None or facts.get("host") != host:
        raise BadField(
            f"{folder} is no bundle for {host}.", field="--bundle", advice=f"Make one with `mattewire bundle {host}`."
        )
    return Bundle(folder, host, tuple(sorted(facts["vendor"])), _size(folder))


def this_platform() -> str:
    """The platform of this machine, as bundles name it. ``BadField`` when hosts do not run on it."""
    return wheels.platform_tag(vendor.platform_tag())


# --- parts -------------------------------------------------------------------------------------------------


def _facts(folder: Path) -> dict[str, Any] | None:
    """What ``bundle.json`` says; None when there is none of this kind."""
    try:
        facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    good = isinstance(facts, dict) and facts.get("schema") == SCHEMA and isinstance(facts.get("vendor"), dict)
    return facts if good else None


def _earlier(out: Path, host: str) -> dict[str, list[str]]:
    """The wheels of the bundle that lies in ``out``, by tag."""
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return {}
    facts = _facts(out)
    if facts is None or facts.get("host") != host:
        raise OutputExists(
            f"{out} is there already and is no bundle for {host}.", field="--out", advice="Choose another folder."
        )
    return dict(facts["vendor"])


def _copy_package(name: str, to: Path) -> None:
    found = importlib.util.find_spec(name)
    if found is None or not found.submodule_search_locations:
        raise InstallIncomplete(
            f"This installation has no {name}.", advice="Install it again: pip install --force-reinstall mattewire"
        )
    source = Path(found.submodule_search_locations[0])
    shutil.copytree(source, to, ignore=shutil.ignore_patterns("__pycache__", "*.pyc", ".*"))


def _copy_license(to: Path) -> None:
    to.mkdir()
    for each in metadata.distribution("mattewire").files or []:
        if "licenses" in each.parts:
            shutil.copy(str(each.locate()), to / each.name)


def _vendor(
    to: Path,
    tags: Sequence[tuple[str, str]],
    earlier: Path,
    there: dict[str, list[str]],
    source: Path | None,
    progress: Progress,
) -> tuple[dict[str, list[str]], list[str]]:
    vendored: dict[str, list[str]] = {}
    fetched: list[str] = []
    for done, (python, platform) in enumerate(tags):
        tag = f"{python}-{platform}"
        progress(done, len(tags))
        if tag in there and (earlier / tag).is_dir():
            shutil.copytree(earlier / tag, to / tag, ignore=shutil.ignore_patterns("__pycache__"))
            vendored[tag] = list(there[tag])
        else:
            vendored[tag] = wheels.unpack(python, platform, to / tag, source)
            fetched.append(tag)
    progress(len(tags), len(tags))
    return vendored, fetched


def _write_facts(path: Path, host: str, vendored: dict[str, list[str]]) -> None:
    facts = {
        "schema": SCHEMA,
        "host": host,
        "mattewire": metadata.version("mattewire"),
        "protocol": messages.PROTOCOL,
        "vendor": vendored,
    }
    path.write_text(json.dumps(facts, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _put(new: Path, out: Path, aside: Path) -> None:
    """``new`` in the place of ``out``; what was there is moved aside and back again if that fails."""
    if not out.exists():
        os.rename(new, out)
        return
    os.rename(out, aside)
    try:
        os.rename(new, out)
    except OSError:
        os.rename(aside, out)
        raise


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
