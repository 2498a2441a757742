"""The same window drawn by Qt, offscreen: UIManager's elements as Qt has them, so that the panel can be looked at.

Resolve's UIManager is Qt within; its fonts, margins and colors are its own. What is seen here is layout, texts and
states, not what a real Resolve draws.
"""

# ruff: noqa: N802  (the names are Fusion's)

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fake_resolve.ui import COMMON, KINDS
from PySide6 import QtCore, QtGui, QtWidgets

DARK = """
QWidget { background: #28282e; color: #c8c8c8; font-size: 12px; }
QLineEdit, QComboBox, QSpinBox, QTextEdit { background: #1f1f23; border: 1px solid #101012; padding: 3px; }
QPushButton { background: #36363c; border: 1px solid #101012; border-radius: 9px; padding: 4px 12px; }
QPushButton:disabled { color: #6a6a6a; background: #2c2c32; }
"""
"""About as dark as Resolve, so that colors can be judged."""

WIDGETS: dict[str, Callable[[], QtWidgets.QWidget]] = {
    "VGroup": QtWidgets.QWidget,
    "HGroup": QtWidgets.QWidget,
    "VGap": QtWidgets.QWidget,
    "HGap": QtWidgets.QWidget,
    "Label": QtWidgets.QLabel,
    "Button": QtWidgets.QPushButton,
    "CheckBox": QtWidgets.QCheckBox,
    "LineEdit": QtWidgets.QLineEdit,
    "TextEdit": QtWidgets.QTextEdit,
    "SpinBox": QtWidgets.QSpinBox,
    "ComboBox": QtWidgets.QComboBox,
}
SIGNALS = {
    "Clicked": "clicked",
    "TextChanged": "textChanged",
    "ValueChanged": "valueChanged",
    "CurrentIndexChanged": "currentIndexChanged",
}
SETTERS: dict[str, Callable[[Any, Any], Any]] = {
    "ID": lambda widget, value: widget.setObjectName(value),
    "Text": lambda widget, value: widget.text() == value or widget.setText(value),
    "PlainText": lambda widget, value: widget.setPlainText(value),
    "PlaceholderText": lambda widget, value: widget.setPlaceholderText(value),
    "ReadOnly": lambda widget, value: widget.setReadOnly(value),
    "WordWrap": lambda widget, value: widget.setWordWrap(value),
    "Checked": lambda widget, value: widget.setChecked(value),
    "Value": lambda widget, value: widget.setValue(value),
    "Minimum": lambda widget, value: widget.setMinimum(value),
    "Maximum": lambda widget, value: widget.setMaximum(value),
    "CurrentIndex": lambda widget, value: widget.setCurrentIndex(value),
    "Enabled": lambda widget, value: widget.setEnabled(value),
    "Visible": lambda widget, value: widget.setVisible(value),
    "ToolTip": lambda widget, value: widget.setToolTip(value),
    "StyleSheet": lambda widget, value: widget.setStyleSheet(value),
    "Alignment": lambda widget, value: widget.setAlignment(_alignment(value)),
    "MinimumSize": lambda widget, value: widget.setMinimumSize(*value),
    "MaximumSize": lambda widget, value: widget.setMaximumSize(*value),
}


def _alignment(names: dict[str, bool]) -> Any:
    found = QtCore.Qt.AlignmentFlag(0)
    for name in names:
        found |= getattr(QtCore.Qt.AlignmentFlag, name)
    return found


GETTERS: dict[str, Callable[[Any], Any]] = {
    "Text": lambda widget: widget.text(),
    "Value": lambda widget: widget.value(),
    "CurrentIndex": lambda widget: widget.currentIndex(),
    "Checked": lambda widget: widget.isChecked(),
    "Enabled": lambda widget: widget.isEnabled(),
    "Visible": lambda widget: not widget.isHidden(),
}


class Element:
    """A widget under UIManager's names. What the fake Resolve would refuse is refused here too."""

    def __init__(self, kind: str, attributes: dict[str, Any], children: list[Element]) -> None:
        vars(self).update(_kind=kind, _widget=WIDGETS[kind](), _children=children, _attributes={})
        if kind in ("VGroup", "HGroup"):
            self._lay_out(attributes)
        if kind == "ComboBox":
            self._widget.setMinimumContentsLength(12)
        for name, value in attributes.items():
            setattr(self, name, value)

    def _lay_out(self, attributes: dict[str, Any]) -> None:
        box = QtWidgets.QHBoxLayout if self._kind == "HGroup" else QtWidgets.QVBoxLayout
        layout = box(self._widget)
        margin = attributes.get("Margin", 0)
        layout.setContentsMargins(margin, margin, margin, margin)
        layout.setSpacing(attributes.get("Spacing", 6))
        for child in self._children:
            layout.addWidget(child._widget, int(child._attributes.get("Weight", 1)))

    def __setattr__(self, name: str, value: Any) -> None:
        assert name in COMMON | KINDS[self._kind][0], f"{self._kind} has no attribute {name}"
        self._attributes[name] = value
        if name in SETTERS:
            SETTERS[name](self._widget, value)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in GETTERS:
            raise AttributeError(name)
        return GETTERS[name](self._widget)

    def AddItem(self, text: str) -> None:
        self._widget.addItem(text)

    def _all(self) -> list[Element]:
        return [self, *(found for child in self._children for found in child._all())]


class Timer:
    """Started by the window; a picture is taken between two of its ticks."""

    def __init__(self, attributes: dict[str, Any]) -> None:
        self.Interval = attributes["Interval"]

    def Start(self) -> None:
        """Nothing runs by itself here."""

    def Stop(self) -> None:
        """Nothing runs by itself here."""


class UIManager:
    """``ui.Label({...})`` and the other kinds."""

    def __getattr__(self, name: str) -> Any:
        if name == "Timer":
            return Timer
        if name not in WIDGETS:
            raise AttributeError(name)
        return lambda attributes, children=(): Element(name, attributes, list(children))


class _Events:
    def __init__(self, found: Callable[[str], Any]) -> None:
        vars(self)["_found"] = found

    def __getattr__(self, name: str) -> Any:
        return _Event(self._found(name))


class _Event:
    def __init__(self, element: Any) -> None:
        vars(self)["_element"] = element

    def __setattr__(self, event: str, handler: Callable[[Any], None]) -> None:
        if event in SIGNALS and self._element is not None:
            getattr(self._element._widget, SIGNALS[event]).connect(lambda *_: handler({"what": event}))


class Window:
    """A top-level widget."""

    def __init__(self, attributes: dict[str, Any], children: list[Element]) -> None:
        self.widget = QtWidgets.QWidget()
        self.widget.setStyleSheet(DARK)
        self.widget.resize(*attributes["Geometry"][2:])
        layout = QtWidgets.QVBoxLayout(self.widget)
        layout.setContentsMargins(0, 0, 0, 0)
        for child in children:
            layout.addWidget(child._widget)
        self._elements = {e._attributes["ID"]: e for child in children for e in child._all() if "ID" in e._attributes}
        self.On = _Events(self._elements.get)

    def GetItems(self) -> dict[str, Element]:
        return self._elements

    def Show(self) -> None:
        self.widget.show()

    def Hide(self) -> None:
        self.widget.hide()


class Dispatcher:
    """``bmd.UIDispatcher(ui)``."""

    def __init__(self) -> None:
        self.On = _Events(lambda name: None)

    def AddWindow(self, attributes: dict[str, Any], children: list[Element]) -> Window:
        return Window(attributes, children)


class Fusion:
    """``fusion``, as far as a window needs it."""

    def __init__(self) -> None:
        self.ui = UIManager()

    def UIManager(self) -> UIManager:
        return self.ui


class Bmd:
    """``bmd``, likewise."""

    def UIDispatcher(self, manager: UIManager) -> Dispatcher:
        return Dispatcher()


def application() -> Any:
    """The one QApplication of this process."""
    return QtWidgets.QApplication.instance() or QtWidgets.QApplication(["panel", "-platform", "offscreen"])


def picture_of(window: Window) -> QtGui.QImage:
    """What the window shows."""
    window.widget.show()
    for _ in range(3):  # wrapped labels know their height only after the first layout
        QtCore.QCoreApplication.processEvents()
    image: QtGui.QImage = window.widget.grab().toImage()
    return image
