"""The keyframe with the boxes that were found: click one to keep or drop it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from mattewire_protocol.messages import Detected, Detection

from . import qt
from .qt import QtCore, QtGui, QtWidgets

KEPT, DROPPED = "#4d9e5f", "#b0b0b0"
KeptChanged = Callable[[list[int]], None]


class Picture(QtWidgets.QWidget):
    """The preview with a box for each match. ``on_change(numbers)``: after each click, the kept objects' numbers.

    ``pixel_aspect``: a stored pixel's width over its height, so that an anamorphic plate looks right.
    """

    def __init__(self, parent: Any = None, on_change: KeptChanged | None = None) -> None:
        super().__init__(parent)
        self._image = QtGui.QImage()
        self._found: list[Detection] = []
        self._kept: set[int] = set()
        self._scale = 1.0
        self._aspect = 1.0
        self.on_change = on_change
        self.setMinimumSize(240, 135)
        self.setFocusPolicy(QtCore.Qt.NoFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QtWidgets.QSizePolicy.Expanding, QtWidgets.QSizePolicy.Expanding)

    def show_found(self, found: Detected, jpeg: bytes, kept: Sequence[int] = (), pixel_aspect: float = 1.0) -> None:
        """``kept``: numbers from an earlier look; empty: as ``pick`` ``best`` would choose."""
        self._image = QtGui.QImage.fromData(jpeg)
        self._found, self._scale, self._aspect = list(found.objects), found.preview_scale, pixel_aspect
        numbers = {match.object for match in self._found}
        self._kept = set(kept) & numbers or {match.object for match in self._found if match.picked}
        self.update()

    @property
    def kept(self) -> list[int]:
        return sorted(self._kept)

    def box_of(self, match: Detection) -> Any:
        """Where a match is drawn, in the widget's pixels."""
        frame = self._frame()
        if self._image.isNull():
            return QtCore.QRectF()
        across = frame.width() / self._image.width() * self._scale
        down = frame.height() / self._image.height() * self._scale
        return QtCore.QRectF(
            frame.left() + match.x0 * across,
            frame.top() + match.y0 * down,
            (match.x1 - match.x0) * across,
            (match.y1 - match.y0) * down,
        )

    def toggle_at(self, x: float, y: float) -> bool:
        """Keeps or drops the smallest box under the point; True when there was one."""
        under = [match for match in self._found if self.box_of(match).contains(QtCore.QPointF(x, y))]
        if not under:
            return False
        chosen = min(under, key=lambda match: (match.x1 - match.x0) * (match.y1 - match.y0))
        self._kept ^= {chosen.object}
        self.update()
        if self.on_change is not None:
            self.on_change(self.kept)
        return True

    def sizeHint(self) -> Any:  # noqa: N802
        return QtCore.QSize(480, 270)

    def mousePressEvent(self, event: Any) -> None:  # noqa: N802
        # PySide2 has no position() here, and PySide6 warns of pos().
        at = event.position() if hasattr(event, "position") else event.localPos()
        if event.button() != QtCore.Qt.LeftButton or not self.toggle_at(at.x(), at.y()):
            super().mousePressEvent(event)

    def paintEvent(self, event: Any) -> None:  # noqa: N802
        painter = QtGui.QPainter(self)
        painter.fillRect(self.rect(), QtGui.QColor("#202020"))
        if self._image.isNull():
            painter.setPen(QtGui.QColor(DROPPED))
            painter.drawText(self.rect(), QtCore.Qt.AlignCenter, "Press Detect to look at the keyframe.")
            painter.end()
            return
        painter.setRenderHint(QtGui.QPainter.SmoothPixmapTransform)
        painter.drawImage(self._frame(), self._image)
        for match in sorted(self._found, key=lambda match: match.object in self._kept):
            self._draw(painter, match)
        if not self._found:
            painter.setPen(QtGui.QColor("white"))
            painter.drawText(self.rect(), QtCore.Qt.AlignCenter, "Nothing on this frame matches.")
        painter.end()

    def _draw(self, painter: Any, match: Detection) -> None:
        kept = match.object in self._kept
        color = QtGui.QColor(KEPT if kept else DROPPED)
        # Dropped boxes are dashed as well as gray: color alone is not seen by everyone.
        painter.setPen(QtGui.QPen(color, 2, QtCore.Qt.SolidLine if kept else QtCore.Qt.DashLine))
        painter.setBrush(QtCore.Qt.NoBrush)
        box = self.box_of(match)
        painter.drawRect(box)
        text = f"{match.object}  {match.phrase} {match.score:.2f}"
        size = painter.fontMetrics().boundingRect(text)
        top = max(0.0, box.top() - size.height() - 4)
        plate = QtCore.QRectF(box.left(), top, size.width() + 10, size.height() + 4)
        painter.fillRect(plate, color)
        painter.setPen(QtGui.QColor("black"))
        painter.drawText(plate, QtCore.Qt.AlignCenter, text)

    def _frame(self) -> Any:
        """Where the picture lies: as large as fits, at its own shape."""
        if self._image.isNull():
            return QtCore.QRectF(self.rect())
        wide, high = self._image.width() * self._aspect, float(self._image.height())
        fit = min(self.width() / wide, self.height() / high)
        wide, high = wide * fit, high * fit
        return QtCore.QRectF((self.width() - wide) / 2, (self.height() - high) / 2, wide, high)


class Window(QtWidgets.QDialog):
    """The picture in a window of its own, beside Nuke's."""

    def __init__(self, parent: Any, on_change: KeptChanged) -> None:
        super().__init__(parent)
        self.setWindowTitle("Mattewire: what was found")
        self.picture = Picture(self, on_change)
        hint = QtWidgets.QLabel("Click a box to keep or drop it. Solid boxes will be tracked.")
        layout = QtWidgets.QVBoxLayout(self)
        layout.addWidget(self.picture, 1)
        layout.addWidget(hint)


_window: list[Window] = []


def show(found: Detected, jpeg: bytes, kept: Sequence[int], on_change: KeptChanged, pixel_aspect: float = 1.0) -> None:
    """Shows what a detection found, in the one window there is for it."""
    if not _window or not _still_there(_window[0]):
        _window[:] = [Window(qt.main_window(), on_change)]
    window = _window[0]
    window.picture.on_change = on_change
    window.picture.show_found(found, jpeg, kept, pixel_aspect)
    window.show()


def _still_there(window: Any) -> bool:
    """Whether Qt has not deleted the window together with the one that it belonged to."""
    try:
        window.isVisible()
    except RuntimeError:
        return False
    return True
