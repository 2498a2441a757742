"""The one place that makes a window of Resolve's: from the description in ``view``, and whatever has changed in it.

UIManager is Studio's since 19.1: ask ``Host.studio`` before. Everything runs in the script's own thread, from
``RunLoop``. Values are written only when they differ from what was written last: each one is a call into Resolve.

Where a Timer's ``Timeout`` arrives is not documented: scripts in use listen at the dispatcher, some at the window.
Here both are listened to, and a tick that comes twice is one.
"""

from __future__ import annotations

import inspect
import time
from functools import partial
from typing import Any, Callable, Dict, List, Tuple

from .. import shown, view
from ..desk import Desk
from ..settings import CHECKS, CHOICES
from .connection import Host

OPEN_ERROR = "Resolve made no window. Mattewire's window needs DaVinci Resolve Studio."
TWICE = 0.4
"""Part of the interval within which a second tick is taken for the same one."""


class Window:
    """Tells ``desk.longest`` the longest that each kind of event took, in seconds: at 24 fps a frame has 40 ms.

    ``refused``: attributes that this version of Resolve does not take. One of them costs what it would show, no more.
    """

    def __init__(self, host: Host, desk: Desk) -> None:
        self.desk = desk
        ui = _manager(host.fusion)
        dispatcher = host.bmd.UIDispatcher(ui) if ui else None
        if not dispatcher:
            raise RuntimeError(OPEN_ERROR)
        self._dispatcher = dispatcher
        self._interval = desk.preferences.poll_s
        self._timer = ui.Timer({"ID": view.TIMER, "Interval": int(1000 * self._interval), "SingleShot": False})
        self._window = dispatcher.AddWindow(
            {"ID": view.ID, "WindowTitle": view.TITLE, "Geometry": view.GEOMETRY},
            [_made(ui, part) for part in view.layout()],
        )
        self._items: Dict[str, Any] = dict(self._window.GetItems())
        self._written: Dict[Tuple[str, str], Any] = {}
        self._engines: List[str] = []
        self.refused: List[str] = []
        self._ticked = 0.0
        self._filling = False
        self._fill()
        self._listen()

    def run(self) -> None:
        """Shows the window and serves it until it is closed. Jobs go on in the daemon."""
        self._window.Show()
        self._timer.Start()
        try:
            self._dispatcher.RunLoop()
        finally:
            self._timer.Stop()
            self._window.Hide()
            self.desk.close()

    # --- made once -----------------------------------------------------------------------------------------

    def _fill(self) -> None:
        for part in _all(view.layout()):
            for line in part.items:
                self._items[part.attributes["ID"]].AddItem(line)
        self._offer_engines()
        self._write(shown.values(self.desk))
        self._write(shown.shown(self.desk))

    def _listen(self) -> None:
        for name, event in view.EVENTS.items():
            setattr(getattr(self._window.On, name), event, self._guarded(name, self._on(name, event)))
        getattr(self._window.On, view.ID).Close = lambda event: self._dispatcher.ExitLoop()
        tick = self._guarded("timer", self._tick)
        for owner, name in ((self._dispatcher, "On"), (self._window.On, view.TIMER)):
            try:
                getattr(owner, name).Timeout = tick
            except (AttributeError, TypeError):  # the one of the two that this version does not have
                continue

    def _guarded(self, name: str, act: Callable[[Any], None]) -> Callable[[Any], None]:
        """Nothing is ever raised into Resolve; what went wrong is told in the window."""

        def handler(event: Any = None) -> None:
            if self._filling:  # our own writing, told back
                return
            began = time.monotonic()
            try:
                act(event)
            except Exception as problem:
                self.desk.unforeseen(problem)
            self._write(shown.shown(self.desk))
            took, doing = time.monotonic() - began, self.desk.did or name
            self.desk.longest[doing] = max(self.desk.longest.get(doing, 0.0), took)
            self.desk.did = ""

        return handler

    def _on(self, name: str, event: str) -> Callable[[Any], None]:
        if event != "Clicked" or name in CHECKS:
            return lambda told: self.desk.set(name, self._value(name, event))
        for prefix, act in (("match", self.desk.keep), ("use", self.desk.use), ("again", self.desk.place_again)):
            if name[len(prefix) :].isdigit() and name.startswith(prefix):
                return partial(_on_row, act, int(name[len(prefix) :]))
        return lambda told: self._press(name)

    # --- what the artist does ------------------------------------------------------------------------------

    def _press(self, name: str) -> None:
        for each, event in view.EVENTS.items():  # what was typed counts, whether or not its event has come
            if event != "Clicked" or each in CHECKS:
                self.desk.set(each, self._value(each, event))
        getattr(self.desk, name)()

    def _value(self, name: str, event: str) -> Any:
        item = self._items[name]
        if event == "TextChanged":
            return str(item.Text or "")
        if event == "Clicked":
            return bool(item.Checked)
        if event == "ValueChanged":
            return int(item.Value or 0)
        at = int(item.CurrentIndex or 0)
        if name == "engine":
            return self._engines[at] if 0 <= at < len(self._engines) else self.desk.settings.engine
        return list(CHOICES[name])[max(0, at)]

    def _tick(self, event: Any) -> None:
        now = time.monotonic()
        if now - self._ticked < TWICE * self._interval:
            return
        self._ticked = now
        self.desk.tick()
        self._offer_engines()

    # --- what it shows -------------------------------------------------------------------------------------

    def _offer_engines(self) -> None:
        """Adds what is new; a list is never emptied under the artist's hand."""
        new = [name for name in self.desk.engines() if name not in self._engines]
        if not new:
            return
        self._filling = True
        try:
            for name in new:
                self._items["engine"].AddItem(name)
        finally:
            self._filling = False
        self._engines += new
        self._write({"engine": {"CurrentIndex": self._engines.index(self.desk.settings.engine)}})

    def _write(self, attributes: shown.Shown) -> None:
        self._filling = True
        try:
            for name, each in attributes.items():
                for attribute, value in each.items():
                    if (name, attribute) not in self._written or self._written[name, attribute] != value:
                        self._written[name, attribute] = value
                        self._put(name, attribute, value)
        finally:
            self._filling = False

    def _put(self, name: str, attribute: str, value: Any) -> None:
        try:
            setattr(self._items[name], attribute, value)
        except (AttributeError, TypeError, ValueError, RuntimeError) as problem:
            self.refused.append(f"{name}.{attribute}: {problem}")


def _on_row(act: Callable[[int], None], row: int, told: Any) -> None:
    act(row)


def _manager(fusion: Any) -> Any:
    """The guide writes ``fusion.UIManager()``, most scripts in use ``fusion.UIManager``: a method is called, anything
    else is taken as it is, for what the bridge hands out may seem callable and is not."""
    found = fusion.UIManager
    return found() if inspect.isroutine(found) else found


def _made(ui: Any, part: view.Part) -> Any:
    make = getattr(ui, part.kind)
    if part.parts:
        return make(part.attributes, [_made(ui, each) for each in part.parts])
    return make(part.attributes)


def _all(parts: Any) -> List[view.Part]:
    return [found for part in parts for found in (part, *_all(part.parts))]


def opened(host: Host) -> Window:
    """The window for this Resolve. Raises ``RuntimeError`` where Resolve makes none."""
    desk = Desk(host)
    try:
        return Window(host, desk)
    except BaseException:
        desk.close()
        raise
