"""Windows that scripts make: ``fusion.UIManager()`` and ``bmd.UIDispatcher(ui)``, without pixels.

Not in the stubs; kinds, attributes and events are those of the Fusion scripting guide that a panel of ours needs. A
kind, an attribute or an event beyond them raises. ``RunLoop`` plays what the test has posted (``fake.post``), lets
every running timer fire, and returns when the script calls ``ExitLoop``; a loop that nothing ends is an error here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from .api import ApiObject

COMMON = {"ID", "Text", "Weight", "Enabled", "Visible", "ToolTip", "StyleSheet", "MinimumSize", "MaximumSize"}
KINDS: dict[str, tuple[set[str], set[str]]] = {
    "VGroup": ({"Spacing", "Margin"}, set()),
    "HGroup": ({"Spacing", "Margin"}, set()),
    "VGap": (set(), set()),
    "HGap": (set(), set()),
    "Label": ({"Alignment", "WordWrap", "Pixmap"}, set()),
    "Button": ({"Icon", "IconSize", "Checkable", "Checked"}, {"Clicked"}),
    "CheckBox": ({"Checked"}, {"Clicked"}),
    "LineEdit": ({"PlaceholderText", "ReadOnly"}, {"TextChanged", "ReturnPressed"}),
    "TextEdit": ({"PlainText", "HTML", "ReadOnly"}, {"TextChanged"}),
    "SpinBox": ({"Value", "Minimum", "Maximum"}, {"ValueChanged"}),
    "Slider": ({"Value", "Minimum", "Maximum", "Orientation"}, {"ValueChanged"}),
    "ComboBox": ({"CurrentIndex", "CurrentText"}, {"CurrentIndexChanged"}),
    "Timer": ({"Interval", "SingleShot"}, {"Timeout"}),
    "Window": ({"WindowTitle", "Geometry", "WindowFlags", "TargetID"}, {"Close"}),
}
"""Of each kind: its attributes beside ``COMMON``, and its events."""


class Element:
    """A widget. Attributes read and write as in Fusion."""

    def __init__(self, kind: str, attributes: dict[str, Any], children: list[Element]) -> None:
        vars(self).update(_kind=kind, _values={"Enabled": True, "Visible": True}, _children=children, _on={}, _items=[])
        vars(self)["_running"] = False
        for name, value in attributes.items():
            setattr(self, name, value)

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in COMMON | KINDS[self._kind][0]:
            raise AttributeError(f"{self._kind} has no attribute {name}")
        self._values[name] = value

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in COMMON | KINDS[self._kind][0]:
            raise AttributeError(f"{self._kind} has no attribute {name}")
        return self._values.get(name, "" if "Text" in name else None)

    def AddItem(self, text: str, /) -> None:
        """One more line of a ComboBox; the first is chosen."""
        if self._kind != "ComboBox":
            raise AttributeError(f"{self._kind} has no method AddItem")
        self._items.append(text)
        self._values.setdefault("CurrentIndex", 0)
        self._values.setdefault("CurrentText", text)

    def Start(self) -> None:
        """Of a Timer, or of nothing."""
        vars(self)["_running"] = self._kind == "Timer"

    def Stop(self) -> None:
        """Of a Timer, or of nothing."""
        vars(self)["_running"] = False

    def _all(self) -> list[Element]:
        return [self, *(element for child in self._children for element in child._all())]


class _Events:
    """``win.On.go.Clicked = f``: the handlers of one element."""

    _element: Element

    def __init__(self, element: Element) -> None:
        vars(self)["_element"] = element

    def __setattr__(self, name: str, handler: Callable[[dict[str, Any]], None]) -> None:
        if name not in KINDS[self._element._kind][1]:
            raise AttributeError(f"{self._element._kind} has no event {name}")
        self._element._on[name] = handler


class _On:
    def __init__(self, window: Window) -> None:
        self._window = window

    def __getattr__(self, name: str) -> _Events:
        return _Events(self._window._found(name))


class Window(Element):
    """A window, hidden at first."""

    def __init__(self, attributes: dict[str, Any], children: list[Element]) -> None:
        super().__init__("Window", attributes, children)
        vars(self).update(On=_On(self), _shown=False)

    def Show(self) -> None:
        """Brings it up."""
        vars(self)["_shown"] = True

    def Hide(self) -> None:
        """Takes it away."""
        vars(self)["_shown"] = False

    def GetItems(self) -> dict[str, Element]:
        """Everything with an ID."""
        return {element.ID: element for element in self._all() if element.ID}

    def Find(self, name: str, /) -> Element | None:
        """None where there is none."""
        return self.GetItems().get(name)

    def _found(self, name: str) -> Element:
        if name not in self.GetItems():
            raise AttributeError(f"the window has nothing called {name}")
        return self.GetItems()[name]


class UIManager(ApiObject):
    """``ui.Button({"ID": "go", "Text": "Mask subject"})``; groups take a list of children as well."""

    def __init__(self, app: Any) -> None:
        super().__init__(app)
        self._timers: list[Element] = []

    def __getattr__(self, name: str) -> Any:
        if name not in KINDS or name == "Window":
            return super().__getattr__(name)

        def make(attributes: Any = None, children: list[Element] | None = None, /) -> Element:
            given = ({}, attributes) if isinstance(attributes, list) else (attributes or {}, children or [])
            made = Element(name, *given)
            if name == "Timer":
                self._timers.append(made)
            return made

        return make


class UIDispatcher(ApiObject):
    """Windows, and the loop that runs their events."""

    def __init__(self, app: Any) -> None:
        super().__init__(app)
        self._windows: list[Window] = []
        self._posted: deque[Callable[[], None]] = deque()
        self._looping = False

    def AddWindow(self, attributes: dict[str, Any], children: list[Element], /) -> Window:
        """A window; timers are not among its children, yet their events are set through it."""
        made = Window(attributes, children + self._app.ui._timers)
        self._windows.append(made)
        return made

    def RunLoop(self) -> None:
        """Until ``ExitLoop``. With nothing posted and no timer running it would hang: that raises."""
        self._looping = True
        while self._looping:
            timers = [timer for timer in self._app.ui._timers if timer._running]
            if self._posted:
                self._posted.popleft()()
            elif not timers:
                raise RuntimeError("RunLoop would never come back: no event is posted, no timer runs")
            for timer in timers:
                fire(timer, "Timeout")

    def ExitLoop(self) -> None:
        """Ends ``RunLoop`` after the event that is running."""
        self._looping = False


def fire(element: Element, event: str, **details: Any) -> None:
    """What happens when an artist does it: a disabled or hidden widget does nothing."""
    if event not in KINDS[element._kind][1]:
        raise AttributeError(f"{element._kind} has no event {event}")
    handler = element._on.get(event)
    if handler is not None and element.Enabled and element.Visible:
        handler({"who": element.ID, "what": event, **details})
