"""What a test does to the fake that no script could: pump its event loop, click, answer dialogs, look at pixels."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import Any, Callable, Iterator, List, Optional, Sequence, Tuple

from . import modules, session
from .evaluate import picture_of
from .interface import Bar, Dialog, Interface
from .picture import Picture
from .scripts import fresh_root, leave
from .threads import MainLoop


class FakeNuke:
    """One running fake Nuke, seen from outside."""

    def __init__(self, now: session.Session) -> None:
        self._session = now

    @property
    def loop(self) -> MainLoop:
        """The main thread: ``violations``, ``timings``, ``longest()``."""
        return self._session.loop

    @property
    def dialogs(self) -> List[Dialog]:
        """The dialogs that were shown, the oldest first."""
        return self._session.interface.dialogs

    @property
    def bars(self) -> List[Bar]:
        """The progress bars that were made, the oldest first; ``open`` says which are still there."""
        return self._session.bars

    @property
    def open_groups(self) -> List[Any]:
        """Groups that were begun and not ended."""
        return list(self._session.groups)

    def pump(self, seconds: float = 0.0, until: Optional[Callable[[], bool]] = None) -> bool:
        """Runs the event loop; see ``MainLoop.pump``."""
        return self.loop.pump(seconds, until)

    def call(self, function: Callable, *args: Any, **kwargs: Any) -> Any:
        """Calls adapter code as the host does: its time counts as blocking the user interface."""
        with self.loop.timed(getattr(function, "__qualname__", "call")):
            return function(*args, **kwargs)

    def click(self, node: Any, knob: str) -> None:
        """Presses a button of a node. Raises ``RuntimeError`` when it is hidden or grayed out."""
        button = node[knob]
        if not button.visible() or not button.enabled():
            raise RuntimeError(f"{node.fullName()}.{knob} cannot be pressed")
        button.execute()

    def choose(self, path: str, menu: str = "Nuke") -> None:
        """Chooses a menu entry by its path, as in ``Mattewire/Mask Subject``."""
        found = modules.menus.menu(menu).findItem(path)
        if found is None:
            raise LookupError(f"the menu {menu} has no {path}")
        found.invoke()

    def answer(self, *answers: Any) -> None:
        """Prepares answers for the questions to come, in order."""
        self._session.interface.answers.extend(answers)

    def cancel_bars(self) -> None:
        """Presses Cancel on every open progress bar."""
        for bar in self._session.bars:
            bar.cancelled = bar.cancelled or bar.open

    def cancel_render_after(self, frames: int) -> None:
        """The next ``nuke.execute`` is canceled by the user after that many frames."""
        self._session.cancel_after = frames

    def select(self, *nodes: Any) -> None:
        """Exactly these nodes are selected, in this order."""
        for node in self._session.group()._children:
            node.setSelected(False)
        for node in nodes:
            node.setSelected(True)

    def evaluate(self, node: Any, frame: float, view: Optional[str] = None, scale: Optional[float] = None) -> Picture:
        """The picture of ``node``: at the script's proxy scale, unless ``scale`` says otherwise.

        Raises ``RuntimeError`` where Nuke would show an error.
        """
        return picture_of(node, frame, view, scale)

    def start_up(self, folders: Sequence[str]) -> None:
        """Starts as Nuke does with these folders on ``NUKE_PATH``: every ``init.py``, then in the GUI every
        ``menu.py``, the last folder first.
        """
        for folder in reversed(list(folders)):
            self._session.plugin_path.insert(0, folder)
            if folder not in sys.path:
                sys.path.insert(0, folder)
            modules.run_start_file(os.path.join(folder, "init.py"))
        if self._session.gui:
            for folder in reversed(self.plugin_path):
                modules.run_start_file(os.path.join(folder, "menu.py"))

    @property
    def plugin_path(self) -> List[str]:
        return list(self._session.plugin_path)

    @property
    def clipboard(self) -> str:
        return self._session.clipboard

    @contextlib.contextmanager
    def blocking_at_most(self, seconds: float) -> Iterator[None]:
        """Fails when one visit to adapter code inside the block keeps the main thread longer (renders not counted)."""
        start = len(self.loop.timings)
        yield
        slow: List[Tuple[str, float]] = [timing for timing in self.loop.timings[start:] if timing[1] > seconds]
        assert not slow, f"the user interface was blocked: {slow}"


def install(gui: bool = True, version: Tuple[int, int, int] = (16, 0, 4)) -> FakeNuke:
    """Starts a fake Nuke in this thread and puts its modules into ``sys.modules``; one that ran before is gone."""
    uninstall()
    now = session.Session(gui, version)
    now.interface = Interface()
    before = session.start(now)
    if before is not None:
        leave(before.root)
    fresh_root()
    made = modules.build(now)
    sys.modules.update(made)
    for name in ("nuke", "nukescripts"):
        vars(sys.modules["__main__"])[name] = made[name]  # where buttons and start-up files find them
    return FakeNuke(now)


def uninstall() -> None:
    """Takes the modules out of ``sys.modules`` again."""
    for name in modules.NAMES:
        sys.modules.pop(name, None)
        vars(sys.modules["__main__"]).pop(name, None)
