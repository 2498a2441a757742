"""Qt as this Nuke has it: PySide6 from Nuke 16 on, PySide2 before. The only file that chooses."""

from __future__ import annotations

from typing import Any

try:
    from PySide6 import QtCore, QtGui, QtWidgets
except ImportError:
    from PySide2 import QtCore, QtGui, QtWidgets

__all__ = ["QtCore", "QtGui", "QtWidgets", "binding", "copy", "main_window", "runs"]


def runs() -> bool:
    """Whether a Qt application with windows is running in this process."""
    return isinstance(QtWidgets.QApplication.instance(), QtWidgets.QApplication)


def binding() -> str:
    """``PySide6 6.5.3``."""
    name = str(QtCore.__name__).partition(".")[0]
    return f"{name} {QtCore.__version__}"


def copy(text: str) -> None:
    """Puts ``text`` on the clipboard."""
    QtWidgets.QApplication.clipboard().setText(text)


def main_window() -> Any:
    """Nuke's own window, so that ours stay in front of it and close with it; None when there is none."""
    return QtWidgets.QApplication.activeWindow()
