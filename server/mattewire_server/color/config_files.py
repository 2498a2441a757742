"""The files that make up a studio's config: which there are, and whether any of them changed."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass

from mattewire_protocol.errors import ColorConfigUnreadable

FIELD = "ocio"
"""The request's field that names a config."""

LARGEST_CONFIG = 2**28
"""Most bytes of a config: text has a few hundred KB; an archive (``.ocioz``) carries its tables."""

_SOURCE = re.compile(r"""\bsrc:\s*(?:"([^"]*)"|'([^']*)'|([^,}\]\n]+))""")
_SEARCH_PATH = re.compile(r"^search_path:[ \t]*(.*)\n((?:[ \t]*-[^\n]*\n)*)", re.MULTILINE)
_VARIABLE = re.compile(r"\$\{?(\w+)\}?|%(\w+)%")

_read: dict[str, str] = {}
"""The stamps of the tables that OpenColorIO may have read in this process: it never reads a path twice."""


@dataclass(frozen=True)
class ConfigFiles:
    """``identity``: short text that differs when the config does: its bytes, the sizes and times of the tables it
    names, and the environment variables that it asks for. ``tables``: those tables, with size and time."""

    identity: str
    tables: tuple[tuple[str, str], ...] = ()

    def use(self, name: str) -> None:
        """To be called before a conversion of config ``name``.

        Raises ``ColorConfigUnreadable`` when one of its tables was replaced after this process had used it:
        OpenColorIO would go on with the old one.
        """
        for table, stamp in self.tables:
            if _read.setdefault(table, stamp) != stamp:
                raise ColorConfigUnreadable(
                    f"{table}, which {name} uses, was replaced after this worker had read it.",
                    field=FIELD,
                    advice="Stop Mattewire and start it again, so that the new table is read.",
                )


def files_of(path: str) -> ConfigFiles:
    """What the config at ``path`` is made of. Raises ``ColorConfigUnreadable`` when it cannot be read."""
    content = _content(path)
    digest = hashlib.blake2b(content, digest_size=16)
    text = "" if content.startswith(b"PK") else content.decode("utf-8", "replace")
    for name in sorted({one or other for one, other in _VARIABLE.findall(text)}):
        digest.update(f"\0{name}={os.environ.get(name)}".encode("utf-8", "surrogateescape"))
    tables = tuple((table, _stamp(table)) for table in sorted(set(_tables(text, os.path.dirname(path)))))
    for table, stamp in tables:
        digest.update(f"\0{table} {stamp}".encode("utf-8", "surrogateescape"))
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


def _tables(text: str, folder: str) -> Iterator[str]:
    """The files that ``FileTransform`` names, wherever on the search path they are."""
    folders = [folder]
    found = _SEARCH_PATH.search(text)
    if found:
        # One line of paths with colons, or a list; a Windows drive has a colon, too, and harmlessly splits.
        written = [*re.split(r":(?![\\/])", found.group(1)), *re.findall(r"-[ \t]*(.*)", found.group(2))]
        folders += [os.path.join(folder, _expanded(name.strip(" \t\"'[],"))) for name in written]
    for groups in _SOURCE.findall(text):
        source = _expanded(next(filter(None, groups), "").strip())
        for place in dict.fromkeys(folders):
            candidate = os.path.normpath(os.path.join(place, source))
            if source and os.path.isfile(candidate):
                yield candidate


def _expanded(text: str) -> str:
    return _VARIABLE.sub(lambda found: os.environ.get(found[1] or found[2], found[0]), text)


def _stamp(path: str) -> str:
    try:
        found = os.stat(path)
    except OSError:
        return ""
    return f"{found.st_size} {found.st_mtime_ns}"
