"""Mattewire's menu. Nothing but this holds Nuke up while it starts; the rest is loaded beside it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any

from . import api, ready

TITLE = "Mattewire"
PANEL = "org.mattewire.panel"


def add() -> None:
    """The menu, the entry in the node menu, and the dockable panel. No shortcuts: see the README for how to add one."""
    api.add_command(f"{TITLE}/Mask Subject", _guarded(mask_subject))
    api.add_command(f"{TITLE}/Open Panel", _guarded(lambda: api.open_panel(PANEL)))
    api.add_separator(TITLE)
    api.add_command(f"{TITLE}/Roto from Mattes…", _guarded(roto))
    api.add_command(f"{TITLE}/Copy Mattes as Nodes", _guarded(copy_nodes))
    api.add_separator(TITLE)
    api.add_command(f"{TITLE}/Start Daemon", _guarded(start_daemon))
    api.add_command(f"{TITLE}/Preferences…", _guarded(preferences))
    api.add_command(f"{TITLE}/Run Self-Test…", _guarded(self_test))
    api.add_command("Keyer/Mask Subject", _guarded(mask_subject), menu="Nodes")
    api.register_panel("__import__('mattewire_nuke').panel_class()", TITLE, PANEL)
    api.on_script_load(_guarded(go_on, quiet=True))
    threading.Thread(target=_warm_up, name="mattewire warm-up", daemon=True).start()


def _warm_up() -> None:
    """Loads what the first use needs, so that it does not hold up the artist then. What fails is told then, too."""
    try:
        ready()
        from . import node  # noqa: F401
    except Exception:
        return


def mask_subject() -> Any:
    """A MaskSubject below the selected node, with its controls open."""
    from . import node

    made = node.create()
    made.showControlPanel()
    return made


def roto() -> None:
    from . import roto as splines

    path = api.ask_for_file("Splines of a matte", "*.splines.json")
    if path:
        splines.load(path)


def copy_nodes() -> None:
    """The selected MaskSubject's mattes as text of a script, on the clipboard."""
    from . import clipboard, graph, node

    subject = node.only_selected()
    api.message(clipboard.offer(graph.snippet(*node.as_nodes(subject))))


def start_daemon() -> None:
    from . import node

    node.start_daemon()


def preferences() -> None:
    from . import preferences as dialog

    dialog.show()


def self_test() -> None:
    from . import selftest

    selftest.start()


def go_on() -> None:
    groups = api.nodes_in(api.root(), "Group", deep=True)
    if any(node.knob("mattewire_state") is not None for node in groups):  # loads nothing for all other scripts
        from . import node as buttons

        buttons.go_on()


def _guarded(call: Callable[[], Any], quiet: bool = False) -> Callable[[], Any]:
    """``call`` with what goes wrong as a dialog; ``quiet``: as a line in the terminal."""

    def guarded() -> Any:
        try:
            ready()
            return call()
        except ImportError as problem:
            text = str(problem)
        except Exception as problem:
            text = _told(problem)
        if quiet:
            print(f"Mattewire: {text}")
        else:
            api.message(text)
        return None

    return guarded


def _told(problem: Exception) -> str:
    from mattewire_panel import words
    from mattewire_protocol import MattewireError

    if isinstance(problem, MattewireError):
        shown = words.dialog(problem, TITLE)
        return f"{shown.title}\n\n{shown.text}"
    return f"{TITLE} failed: {type(problem).__name__}: {problem}{os.linesep}Send this with what you did."
