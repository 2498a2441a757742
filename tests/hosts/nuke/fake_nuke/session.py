"""The one running fake Nuke: what a real process keeps in globals, here in one object that `install` replaces."""

from __future__ import annotations

import contextlib
from typing import Any, Dict, Iterator, List, Optional, Tuple

from .threads import MainLoop
from .undo import UndoStack

BASE_LAYERS = {
    "rgba": ["rgba.red", "rgba.green", "rgba.blue", "rgba.alpha"],
    "rgb": ["rgba.red", "rgba.green", "rgba.blue"],
    "alpha": ["rgba.alpha"],
    "depth": ["depth.Z"],
    "motion": ["forward.u", "forward.v", "backward.u", "backward.v"],
    "forward": ["forward.u", "forward.v"],
    "backward": ["backward.u", "backward.v"],
    "mask": ["mask.a"],
    "rotopaint_mask": ["rotopaint_mask.a"],
}
"""Layers that every script knows; the others appear when a Read's header is read (Foundry, CatFileCreator appendix)."""


class Session:
    """State of one Nuke: the script, its undo list, the main thread's queue, the windows and what tests recorded.

    ``gui`` is False for ``nuke -t``; ``version`` is (major, minor, release).
    """

    def __init__(self, gui: bool, version: Tuple[int, int, int]) -> None:
        self.gui = gui
        self.version = version
        self.loop = MainLoop(gui)
        self.undo = UndoStack(recording=gui)
        self.root: Any = None
        self.groups: List[Any] = []
        """Groups opened by ``begin()`` and not yet closed by ``end()``; the last is where new nodes go."""
        self.this: List[Tuple[Any, Any]] = []
        """(node, knob) of the buttons and callbacks that are running; the last is ``thisNode`` and ``thisKnob``."""
        self.layers: Dict[str, List[str]] = {name: list(channels) for name, channels in BASE_LAYERS.items()}
        self.formats: List[Any] = []
        self.callbacks: Dict[str, List[Tuple[Any, tuple, dict, str, Any]]] = {}
        self.interface: Any = None
        self.clipboard = ""
        self.plugin_path: List[str] = []
        self.bars: List[Any] = []
        self.rendering = False
        self.cancel_after: Optional[int] = None
        self.modified = False
        self.quiet = 0
        """Above 0 no knobChanged is sent: a script is being read."""
        self.serial = 0

    def group(self) -> Any:
        """Where ``createNode``, ``allNodes`` and ``toNode`` work now."""
        return self.groups[-1] if self.groups else self.root

    def stamp(self) -> int:
        """A number that grows with every call: creation order, order of selection."""
        self.serial += 1
        return self.serial

    def learn(self, channels: List[str]) -> None:
        """Makes ``layer.channel`` names known to the script, as reading a file's header does."""
        for channel in channels:
            known = self.layers.setdefault(channel.split(".")[0], [])
            if channel not in known:
                known.append(channel)

    @contextlib.contextmanager
    def context(self, node: Any, knob: Any = None) -> Iterator[None]:
        """``thisNode``, ``thisKnob`` and the current group while a button or a callback of ``node`` runs."""
        self.this.append((node, knob))
        depth = len(self.groups)
        if node is not None and node._is_group():
            self.groups.append(node)
        elif node is not None and node._parent is not None:
            self.groups.append(node._parent)
        try:
            yield
        finally:
            del self.groups[depth:]
            self.this.pop()


_current: Optional[Session] = None


def start(session: Session) -> Optional[Session]:
    """Makes ``session`` the running one and returns the one before."""
    global _current
    before, _current = _current, session
    return before


def current() -> Session:
    """The running session. Raises ``RuntimeError`` before ``fake_nuke.install()``."""
    if _current is None:
        raise RuntimeError("No fake Nuke is running: call fake_nuke.install() first.")
    return _current
