"""``{shot}``, ``{object}``, ``{version}`` and ``{view}`` in an output's path, and which version comes next.

``{shot}``: the plate's name without counter and suffix (``patterns.shot_name``). ``{object}``: the layer name of an
object, so that one deliverable becomes a sequence for each. ``{version}``: ``v001`` and on. ``{view}``: the plate's
view, ``main`` where it has only one, as Nuke calls it. The frame is the counter, ``####``, not a token. ``{{`` and
``}}`` stand for plain braces; a brace without its partner is a plain character.

A filled-in name is a name and nothing else: ``/``, ``\\`` and what Windows forbids in file names become ``_``, and so
do ``#`` and ``%04d``, which would be counters. Letters of every script stay as they are.
"""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator, Mapping

from mattewire_protocol.errors import BadField, InternalError, NotWritable

from ..patterns import has_counter, parse_pattern

TOKENS = ("shot", "object", "version", "view")
ONLY_VIEW = "main"

_PART = re.compile(r"\{\{|\}\}|\{([^{}/\\]*)\}")
_NO_NAME = re.compile(r'[/\\:*?"<>|\x00-\x1f#]|%(?=\d*d)')
_VERSION = r"v(\d{3,})"


def tokens_in(path: str) -> frozenset[str]:
    """The tokens that ``path`` has. Raises nothing; ``expand`` tells of unknown ones."""
    return frozenset(found[1] for found in _PART.finditer(path) if found[1] is not None)


def expand(
    path: str, *, shot: str, view: str = "", version: int = 0, object_layer: str = "", field: str = "out[0].path"
) -> str:
    """``path`` with every token filled in. ``version``: 1 and up, written ``v001``.

    Raises ``BadField`` naming ``field``: an unknown token, or ``{object}`` in a path that is not one object's
    (``object_layer`` is empty).
    """
    _refuse_unknown(path, field)
    tokens = tokens_in(path)
    if "object" in tokens and not object_layer:
        raise BadField(
            f"{path!r} has {{object}}, and these files hold every object.",
            field=field,
            advice="Leave {object} out, or ask for mattes or cut-outs.",
        )
    if "version" in tokens and version < 1:
        raise InternalError(f"{path!r} needs a version, not {version}.")
    names = {"shot": shot, "object": object_layer, "view": view or ONLY_VIEW}
    values = {token: _as_name(name) for token, name in names.items()} | {"version": f"v{version:03d}"}
    return _filled(path, values)


def next_version(path: str, *, shot: str, view: str = "", overwrite: bool = False, field: str = "out[0].path") -> int:
    """The version to write ``path`` as: one above the highest that has a file, so that none is ever added to.

    Any frame of any object counts, whichever frames are wanted. ``overwrite``: the highest there is, to be written
    over. 0 for a path without ``{version}``, 1 where nothing is there. Of a job's several paths take the highest
    answer, so that what belongs together has one version. Raises ``BadField`` for an unknown token, ``BadPattern`` for
    a counter in a folder's name, ``NotWritable`` where a folder may not be listed.
    """
    _refuse_unknown(path, field)
    if "version" not in tokens_in(path):
        return 0
    values = {"shot": _as_name(shot), "view": _as_name(view or ONLY_VIEW)}
    drive, rest = os.path.splitdrive(os.path.abspath(path))
    names = [name for name in re.split(r"[/\\]" if os.sep == "\\" else "/", rest) if name]
    *folders, last = names
    searched = [_search(name, values) for name in folders] + [_file_search(last, values, field)]
    try:
        highest = max(_versions(drive + os.sep, searched), default=0)
    except OSError as error:
        message = f"The versions in {error.filename} cannot be listed: {error.strerror}."
        raise NotWritable(message, field=field) from error
    return max(highest, 1) if overwrite else highest + 1


def any_of(path: str) -> str:
    """``path`` as a pattern for ``glob``, its tokens standing for any name: where files of it may lie."""
    parts, end = [], 0
    for found in _PART.finditer(path):
        parts.append(glob.escape(path[end : found.start()]))
        parts.append(found[0][0] if found[1] is None else "*")
        end = found.end()
    return "".join(parts) + glob.escape(path[end:])


def _refuse_unknown(path: str, field: str) -> None:
    for token in sorted(tokens_in(path) - set(TOKENS)):
        known = ", ".join(f"{{{name}}}" for name in TOKENS)
        frame = " The frame's place is ####." if token.lower() in ("frame", "f") else ""
        raise BadField(
            f"{{{token}}} in {path!r} is not known.",
            field=field,
            advice=f"There are {known}; write {{{{ and }}}} for plain braces.{frame}",
        )


def _as_name(text: str) -> str:
    # Dots at the ends would make ".." of a folder, and Windows drops them.
    return _NO_NAME.sub("_", text).strip(" .") or "_"


def _filled(path: str, values: Mapping[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        return found[0][0] if found[1] is None else values[found[1]]

    return _PART.sub(value, path)


def _search(name: str, values: Mapping[str, str]) -> str | re.Pattern[str]:
    """One folder's name: plain text, or an expression where a version or any object's name stands in it."""
    if tokens_in(name) <= values.keys():
        return _filled(name, values)
    return re.compile(_expression(name, values))


def _file_search(name: str, values: Mapping[str, str], field: str) -> re.Pattern[str]:
    if not has_counter(name):
        return re.compile(_expression(name, values))
    pattern = parse_pattern(name, field)
    return re.compile(_expression(pattern.prefix, values) + r"-?\d+" + _expression(pattern.suffix, values))


def _expression(text: str, values: Mapping[str, str]) -> str:
    parts, end = [], 0
    for found in _PART.finditer(text):
        parts.append(re.escape(os.path.normcase(text[end : found.start()])))
        end = found.end()
        if found[1] is None:
            parts.append(re.escape(found[0][0]))
        elif found[1] == "version":
            parts.append(_VERSION)
        else:
            parts.append(re.escape(os.path.normcase(values[found[1]])) if found[1] in values else ".+?")
    return "".join(parts) + re.escape(os.path.normcase(text[end:]))


def _versions(folder: str, searched: list[str | re.Pattern[str]], version: int = 0) -> Iterator[int]:
    """The versions of the files that ``searched`` leads to, name by name."""
    name, rest = searched[0], searched[1:]
    if isinstance(name, str):
        yield from _versions(os.path.join(folder, name), rest, version)
        return
    for entry in _names(folder):
        found = name.fullmatch(os.path.normcase(entry))
        if not found:
            continue
        numbers = {int(text) for text in found.groups() if text == f"{int(text):03d}"} | ({version} - {0})
        if len(numbers) > 1 or (found.groups() and not numbers):
            continue  # not names that `expand` writes
        here = max(numbers, default=0)
        if rest:
            yield from _versions(os.path.join(folder, entry), rest, here)
        elif here:
            yield here


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []
