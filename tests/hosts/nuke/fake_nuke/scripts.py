"""Scripts as files: open, save, close, copy, paste."""

from __future__ import annotations

import os
from typing import Any, List, Optional

from . import callbacks, session
from .catalog import kind_of
from .formats import Format
from .graph import selected_in
from .nodes import Node
from .script_reader import read_script
from .script_writer import script_text, selection_text
from .threads import on_main_thread

FORMATS = (
    ("PC_Video", 640, 480, 1.0),
    ("HD_1080", 1920, 1080, 1.0),
    ("UHD_4K", 3840, 2160, 1.0),
    ("2K_Super_35(full-ap)", 2048, 1556, 1.0),
    ("2K_Cinemascope", 1828, 1556, 2.0),
    ("1K_Super_35(full-ap)", 1024, 778, 1.0),
)
"""Some of the formats that Nuke starts with."""


def fresh_root() -> Any:
    """A new, empty script; nodes of the old one are of no use any more."""
    now = session.current()
    if now.root is not None:
        leave(now.root)
    kind = kind_of("Root")
    now.formats = []
    for name, width, height, aspect in FORMATS:
        Format(width, height, pixelAspect=aspect).add(name)
    root = kind.python(kind)
    root._attached = True
    root._knobs["format"]._format = now.formats[3]
    root._knobs["proxy_format"]._format = now.formats[5]
    for name in ("format", "proxy_format"):
        root._knobs[name]._settle()
    now.root, now.groups, now.modified = root, [], False
    now.undo.clear()
    return root


def leave(group: Any) -> None:
    """Detaches every node of a script that is closed."""
    for node in group._children:
        if node._is_group():
            leave(node)
        node._attached = False
    group._attached = False


@on_main_thread
def scriptClear() -> None:
    """An empty script. Closing callbacks run first."""
    callbacks.send("OnScriptClose", session.current().root)
    fresh_root()


@on_main_thread
def scriptNew() -> None:
    scriptClear()


@on_main_thread
def scriptClose() -> bool:
    scriptClear()
    return True


@on_main_thread
def scriptOpen(filename: str) -> None:
    """Raises ``RuntimeError`` when the file cannot be read."""
    try:
        with open(filename, encoding="utf-8") as file:
            text = file.read()
    except OSError as error:
        raise RuntimeError(f"{filename}: {error.strerror}") from error
    now = session.current()
    callbacks.send("OnScriptClose", now.root)
    root = fresh_root()
    read_script(text, root)
    root._knobs["name"]._string = filename.replace(os.sep, "/")
    now.undo.clear()
    now.modified = False
    callbacks.send("OnScriptLoad", root)


@on_main_thread
def scriptSaveAs(filename: Optional[str] = None, overwrite: int = -1) -> None:
    """Raises ``RuntimeError`` when the file is there and ``overwrite`` is not 1, or cannot be written."""
    if filename is None:
        raise RuntimeError("No filename specified")
    if os.path.exists(filename) and overwrite != 1:
        raise RuntimeError(f"{filename}: file exists")
    now = session.current()
    now.root._knobs["name"]._string = filename.replace(os.sep, "/")
    callbacks.send("OnScriptSave", now.root)
    _write(filename, script_text())
    now.modified = False


@on_main_thread
def scriptSave(filename: Optional[str] = None) -> bool:
    """Raises ``RuntimeError`` for a script that has no name yet."""
    scriptSaveAs(filename or session.current().root._knobs["name"]._string or None, 1)
    return True


@on_main_thread
def scriptName() -> str:
    """Raises ``RuntimeError`` for a script that has no name yet."""
    name = session.current().root._knobs["name"]._string
    if not name:
        raise RuntimeError("no filename specified")
    return name


@on_main_thread
def nodeCopy(s: str = "%clipboard%") -> bool:
    """The selected nodes to the clipboard or to a file. ``nuke -t`` has no clipboard: ``RuntimeError``."""
    chosen = [node for node in session.current().group()._children if node in selected_in(session.current().group())]
    if not chosen:
        return False
    text = selection_text(chosen)
    if s == "%clipboard%":
        if not session.current().gui:
            raise RuntimeError("Cannot copy to clipboard in non-GUI mode")
        session.current().clipboard = text
    else:
        _write(s, text)
    return True


@on_main_thread
def nodePaste(s: str = "%clipboard%") -> Optional[Node]:
    """Nodes from the clipboard or a file, hung below the selected node; they become the selected ones."""
    now = session.current()
    if s == "%clipboard%":
        if not now.gui:
            raise RuntimeError("Cannot paste from clipboard in non-GUI mode")
        text = now.clipboard
    else:
        try:
            with open(s, encoding="utf-8") as file:
                text = file.read()
        except OSError as error:
            raise RuntimeError(f"{s}: {error.strerror}") from error
    group = now.group()
    above: List[Node] = selected_in(group)
    with now.undo.step("paste"):
        made = read_script(text, group, above[0] if above else None)
    for node in group._children:
        node._knobs["selected"]._numbers = [float(node in made)]
    return made[-1] if made else None


@on_main_thread
def modified(state: Optional[bool] = None) -> bool:
    if state is not None:
        session.current().modified = bool(state)
    return session.current().modified


def _write(path: str, text: str) -> None:
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise RuntimeError(f"{path}: {error.strerror}") from error
