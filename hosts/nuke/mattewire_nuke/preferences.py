"""The preferences as a dialog. What a pipeline has set in the environment is shown, and cannot be changed here."""

from __future__ import annotations

from typing import Any

from mattewire_panel import prefs
from mattewire_protocol.errors import BadField

from . import job, qt
from . import node as buttons
from .qt import QtWidgets

LABELS = {
    "out": "Files",
    "engine": "Engine",
    "quality": "Quality",
    "start_daemon": "Start the daemon when it is needed",
    "poll_s": "Seconds between two looks at a job",
}


class Dialog(QtWidgets.QDialog):
    """One row for each preference; new MaskSubject nodes begin with these values."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Mattewire preferences")
        now, notes = prefs.load(job.HOST)
        self.out = QtWidgets.QLineEdit(now.out)
        self.engine = _choice([*_engines(), now.engine], now.engine)
        self.quality = _choice(["final", "draft"], now.quality)
        self.start_daemon = QtWidgets.QCheckBox()
        self.start_daemon.setChecked(now.start_daemon)
        self.poll_s = QtWidgets.QDoubleSpinBox()
        self.poll_s.setRange(0.02, 5.0)
        self.poll_s.setSingleStep(0.05)
        self.poll_s.setValue(now.poll_s)
        self.problem = QtWidgets.QLabel("\n".join(notes))
        self.problem.setWordWrap(True)
        self._lay_out()

    def _lay_out(self) -> None:
        form = QtWidgets.QFormLayout(self)
        fixed = prefs.overridden()
        for name, label in LABELS.items():
            widget = getattr(self, name)
            form.addRow(label, widget)
            if name in fixed:
                widget.setEnabled(False)
                widget.setToolTip(f"Set by the environment variable {prefs.PREFIX}{name.upper()}.")
        form.addRow(self.problem)
        box = QtWidgets.QDialogButtonBox
        choices = box(box.Save | box.Cancel)
        choices.accepted.connect(self.save)
        choices.rejected.connect(self.reject)
        form.addRow(choices)

    def values(self) -> prefs.Preferences:
        """What the rows say. ``BadField`` for a value that cannot be."""
        return prefs.Preferences(
            self.out.text().strip(),
            self.engine.currentText(),
            self.quality.currentText(),
            self.start_daemon.isChecked(),
            round(self.poll_s.value(), 2),
        )

    def save(self) -> None:
        """Writes them and closes; says why where that cannot be."""
        try:
            prefs.save(job.HOST, self.values())
        except (BadField, OSError) as problem:
            self.problem.setText(str(problem))
            return
        job.desk().preferences, _ = prefs.load(job.HOST)
        self.accept()


def show() -> None:
    dialog = Dialog(qt.main_window())
    (dialog.exec if hasattr(dialog, "exec") else dialog.exec_)()  # PySide2 has the second only
    dialog.deleteLater()  # by Qt, in this thread; Python's collector may run in another


def _choice(words: list[str], chosen: str) -> Any:
    made = QtWidgets.QComboBox()
    made.addItems(list(dict.fromkeys(words)))
    made.setCurrentText(chosen)
    return made


def _engines() -> list[str]:
    return job.desk().model.engines() or list(buttons.ENGINES)
