"""One column for each frame of the shot, in the color of its state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mattewire_panel.panel import STATE_COLORS, PanelModel

from .qt import QtCore, QtGui, QtWidgets

HEIGHT = 18


class Strip(QtWidgets.QWidget):
    """Draws ``model``'s frames. ``on_frame(frame)``: a plate frame was clicked."""

    def __init__(self, model: PanelModel, on_frame: Callable[[int], None]) -> None:
        super().__init__()
        self._model, self._on_frame = model, on_frame
        self.setFixedHeight(HEIGHT)
        self.setFocusPolicy(QtCore.Qt.NoFocus)
        self.setToolTip("One column for each frame. Click to go there.")
        self.setMouseTracking(True)

    def paintEvent(self, event: Any) -> None:  # noqa: N802
        painter = QtGui.QPainter(self)
        painter.fillRect(self.rect(), QtGui.QColor("#262626"))
        states = self._model.strip(self.width())
        for column, state in enumerate(states):
            left = self.width() * column / len(states)
            wide = self.width() / len(states)
            gap = 1.0 if wide > 4 else 0.0
            box = QtCore.QRectF(left, 1, wide - gap, self.height() - 2)
            painter.fillRect(box, QtGui.QColor(STATE_COLORS.get(state, "#ffffff")))
            if state == "flagged" and wide > 4:  # a mark besides the color
                painter.fillRect(QtCore.QRectF(left, 1, wide - gap, 3), QtGui.QColor("white"))
        painter.end()

    def mousePressEvent(self, event: Any) -> None:  # noqa: N802
        frame = self._under(event)
        if frame is not None:
            self._on_frame(frame)

    def mouseMoveEvent(self, event: Any) -> None:  # noqa: N802
        frame = self._under(event)
        if frame is not None:
            self.setToolTip(f"{self._model.about(frame)} Click to go there.")

    def _under(self, event: Any) -> int | None:
        """The plate frame under the mouse."""
        at = event.position() if hasattr(event, "position") else event.localPos()
        columns = len(self._model.strip(self.width()))
        return self._model.frame_at(int(at.x() * columns / self.width()), columns)
