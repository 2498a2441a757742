"""The files that make up a studio's config: which there are, and whether any of them changed."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from mattewire_protocol.errors import ColorConfigUnreadable

FIELD = "ocio"
"""The request's field that names a config."""

LARGEST_CONFIG = 2**28
"""Most bytes of a config: text has a few hundred KB; an archive (``.ocioz``) carries its tables."""

_VALUE = r"""\s*(?:"([^"]*)"|'([^']*)'|([^,}\]\n]+))"""
_SOURCE = re.compile(r"\bsrc:" + _VALUE)
_NAME = re.compile(r"\bname:" + _VALUE)
_BLOCK = re.compile(r"!<(?:ColorSpace|ViewTransform|NamedTransform|Look)>")
_SEARCH_PATH = re.compile(r"^search_path:[ \t]*(.*)\n((?:[ \t]*-[^\n]*\n)*)", re.MULTILINE)
_VARIABLE = re.compile(r"\$\{?(\w+)\}?|%(\w+)%")

_read: dict[str, str] = {}
"""The stamps of the tables that OpenColorIO may have read in this process: it never reads a path twice."""


class Table(NamedTuple):
    """A file that a config's ``FileTransform`` names. ``owner``: the colorspace it is in; empty for view transforms,
    which any display space may go through; None for looks and the like, which no plate does."""

    path: str
    stamp: str
    owner: str | None


@dataclass(frozen=True)
class ConfigFiles:
    """``identity``: short text that differs when the config does: its bytes, the sizes and times of the tables it
    names, and the environment variables that it asks for. ``tables``: those tables that exist."""

    identity: str
    tables: tuple[Table, ...] = ()

    def use(self, name: str, *spaces: str) -> None:
        """To be called before a conversion of config ``name`` between ``spaces``.

        Raises ``ColorConfigUnreadable`` when one of their tables was replaced after this process had used it:
        OpenColorIO would go on with the old one.
        """
        for table in self.tables:
            if table.owner in ("", *spaces) and _read.setdefault(table.path, table.stamp) != table.stamp:
                raise ColorConfigUnreadable(
                    f"{table.path}, which {name} uses, was replaced after this worker had read it.",
                    field=FIELD,
                    advice="Stop Mattewire and start it again, so that the new table is read.",
                )


def files_of(path: str) -> ConfigFiles:
    """What the config at ``path`` is made of. Raises ``ColorConfigUnreadable`` when it cannot be read."""
    content = _content(path)
    digest = hashlib.blake2b(content, digest_size=16)
    archive = content.startswith(b"PK")
    text = "" if archive else content.decode("utf-8", "replace")
    for name in sorted({one or other for one, other in _VARIABLE.findall(text)}):
        digest.update(f"\0{name}={os.environ.get(name)}".encode("utf-8", "surrogateescape"))
    tables = tuple(dict.fromkeys(_tables(text, os.path.dirname(path))))
    tables = (Table(path, _stamp(path), ""),) if archive else tables  # its tables are inside
    for table in tables:
        digest.update(f"\0{table.path} {table.stamp}".encode("utf-8", "surrogateescape"))
    return ConfigFiles(digest.hexdigest(), tables)


def _content(path: str) -> bytes:
    if not os.path.isfile(path):
        there = "is a folder" if os.path.isdir(path) else "is not there"
        advice = "Name the config.ocio in it." if os.path.isdir(path) else ""
        raise ColorConfigUnreadable(f"The OCIO config {path} {there}.", field=FIELD, advice=advice)
    try:
        if os.path.getsize(path) > LARGEST_CONFIG:
            raise ColorConfigUnreadable(f"{path} is too large to be an OCIO config.", field=FIELD)
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        message = f"The OCIO config {path} cannot be read: {error.strerror}."
        raise ColorConfigUnreadable(message, field=FIELD) from error


def _tables(text: str, folder: str) -> Iterator[Table]:
    """The files that every ``FileTransform`` names, wherever on the search path they are."""
    folders = list(dict.fromkeys([folder, *_search_path(text, folder)]))
    starts = [found.start() for found in _BLOCK.finditer(text)]
    for start, end in pairwise([*starts, len(text)]):
        block = text[start:end]
        kind, named = block[2 : block.index(">")], _NAME.search(block)
        owner: str | None = None
        if kind in ("ColorSpace", "ViewTransform"):
            mixed = "<ColorSpaceTransform>" in block  # goes through other spaces and their tables
            owner = _text_of(named) if named and kind == "ColorSpace" and not mixed else ""
        for source in _SOURCE.finditer(block):
            for place in folders:
                path = os.path.normpath(os.path.join(place, _expanded(_text_of(source))))
                stamp = _stamp(path)
                if stamp:
                    yield Table(path, stamp, owner)


def _search_path(text: str, folder: str) -> Iterator[str]:
    found = _SEARCH_PATH.search(text)
    if found is None:
        return
    line = found.group(1).strip().strip("\"'")
    # One line of paths with colons (a Windows drive's is none of them), or a list in either of YAML's forms.
    written = line.strip("[]").split(",") if line.startswith("[") else re.split(r":(?![\\/])", line)
    for name in (*written, *re.findall(r"-[ \t]*(.*)", found.group(2))):
        yield os.path.join(folder, _expanded(name.strip(" \t\"'")))


def _text_of(found: re.Match[str]) -> str:
    return next(filter(None, found.groups()), "").strip()


def _expanded(text: str) -> str:
    return _VARIABLE.sub(lambda found: os.environ.get(found[1] or found[2], found[0]), text)


def _stamp(path: str) -> str:
    try:
        found = os.stat(path)
    except OSError:
        return ""
    return f"{found.st_size} {found.st_mtime_ns}" if stat.S_ISREG(found.st_mode) else ""
