"""The dockable panel: the selected MaskSubject's words and buttons, its job as it grows, engines, memory, all jobs."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from mattewire_panel import panel as states

from . import api, job, knobs
from . import node as buttons
from .picture import Picture
from .qt import QtCore, QtWidgets, copy
from .strip import Strip

SELECTION_MS = 500
"""How often the panel looks which node is selected; Nuke tells of no change."""

REPORT_S = 3.0
"""Seconds between two questions about memory and jobs, while the panel is seen and the daemon runs."""

TEXTS = {"prompt": "What to mask, as in: red ball", "exclude": "What to leave out"}


class Panel(QtWidgets.QWidget):
    """Made by Nuke when the artist docks it. It owns nothing: all it shows is the desk's and the node's."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self.desk = job.desk()
        self.subject: Any = None
        self._asked = 0.0
        self._state = ""
        self._filling = False
        self._build()
        self._timer = QtCore.QTimer(self)
        self._timer.timeout.connect(self.look)
        self._timer.start(SELECTION_MS)
        self.desk.listeners.append(self.refresh)
        self.desk.on_found = self._found
        self.look()

    # --- made once ---------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.title = QtWidgets.QLabel()
        self.prompt, self.exclude = self._line("prompt"), self._line("exclude")
        self.engine = QtWidgets.QComboBox()
        self.engine.activated.connect(self._engine_chosen)
        self.buttons = {
            "detect": self._button("Detect", "detect"),
            "mask": self._button("Mask subject", "mask"),
            "stop": self._button("Stop", "stop"),
            "update": self._button("Update", "update"),
        }
        self.picture = Picture(on_change=self._kept)
        self.headline = QtWidgets.QLabel()
        self.headline.setWordWrap(True)
        self.bar = QtWidgets.QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.strip = Strip(self.desk.model, self._go_to)
        self.worst = self._plain("Next worst frame", self._go_to_worst)
        self.why = QtWidgets.QLabel()
        self.why.setWordWrap(True)
        self.details = QtWidgets.QLabel()
        self.details.setWordWrap(True)
        self.problem = QtWidgets.QLabel()
        self.problem.setWordWrap(True)
        self.problem.setStyleSheet("color: #e0a060;")
        self.copy = self._plain("Copy details", self._copy_details)
        self.engine_line = QtWidgets.QLabel()
        self.engine_line.setWordWrap(True)
        self.memory = QtWidgets.QLabel()
        self.release = self._plain("Release GPU", self._release)
        self.start = self._plain("Start daemon", self._start)
        self.jobs = QtWidgets.QTableWidget(0, 4)
        self.jobs.setHorizontalHeaderLabels(["Job", "State", "Frames", "Engine"])
        self.jobs.horizontalHeader().setStretchLastSection(True)
        self.jobs.verticalHeader().hide()
        self.jobs.setEditTriggers(QtWidgets.QAbstractItemView.NoEditTriggers)
        self.jobs.setFocusPolicy(QtCore.Qt.NoFocus)
        self._lay_out()

    def _lay_out(self) -> None:
        form = QtWidgets.QFormLayout()
        form.addRow("Mask", self.prompt)
        form.addRow("Leave out", self.exclude)
        form.addRow("Engine", self.engine)
        page = QtWidgets.QVBoxLayout(self)
        page.addWidget(self.title)
        page.addLayout(form)
        page.addWidget(self.engine_line)
        page.addLayout(_row(*self.buttons.values()))
        page.addWidget(self.picture, 2)
        for widget in (self.headline, self.bar, self.strip):
            page.addWidget(widget)
        page.addLayout(_row(self.worst, self.why, stretch=1))
        page.addWidget(self.details)
        page.addLayout(_row(self.problem, self.copy, stretch=0))
        page.addLayout(_row(self.memory, self.release, self.start, stretch=0))
        page.addWidget(self.jobs, 1)

    def _line(self, name: str) -> Any:
        line = QtWidgets.QLineEdit()
        line.setPlaceholderText(TEXTS[name])
        line.editingFinished.connect(lambda: self._typed(name, line.text()))
        return line

    def _button(self, label: str, name: str) -> Any:
        return self._plain(label, lambda: self.press(name))

    def _plain(self, label: str, call: Callable[[], Any]) -> Any:
        button = QtWidgets.QPushButton(label)
        button.setAutoDefault(False)  # Return in a text field must press nothing
        button.setFocusPolicy(QtCore.Qt.NoFocus)
        button.clicked.connect(lambda *_: call())
        return button

    # --- what the artist does ----------------------------------------------------------------------------------

    def press(self, name: str) -> None:
        """A button: works on the selected MaskSubject, or makes one below the selected plate."""
        words = {"prompt": self.prompt.text(), "exclude": self.exclude.text()}
        if self._there() is None:
            from mattewire_protocol import MattewireError

            try:
                self.subject = buttons.create()
            except MattewireError as problem:
                self.desk.model.error, self.desk.model.doing = problem, knobs.BUTTONS[name][0]
                self.desk.tell(problem, knobs.BUTTONS[name][0])
                self.refresh()
                return
        for knob, text in words.items():
            self._put(knob, text)
        buttons.press(self.subject, name)
        self.refresh()

    def _typed(self, name: str, text: str) -> None:
        if not self._filling and self._there() is not None:
            self._put(name, text)

    def _engine_chosen(self, *_: Any) -> None:
        if self._there() is not None:
            buttons.tidy(self.subject)
            self._put("engine", self.engine.currentText())
        self.refresh()

    def _put(self, name: str, value: str) -> None:
        if self.subject[name].value() != value:
            self.subject[name].setValue(value)

    def _kept(self, numbers: list[int]) -> None:
        if self._there() is not None:
            buttons.keep(self.subject, numbers)

    def _go_to(self, frame: int) -> None:
        task = self.desk.last
        host = task.source.frames.host(frame) if task is not None else frame
        if host is not None:
            api.go_to(host)

    def _go_to_worst(self) -> None:
        """The worst frame that the script shows; pressed again, the next worst. Beside the button it says why."""
        task = self.desk.last
        host = self.desk.model.next_worst_host(api.frame(), task.source.frames) if task is not None else None
        if host is not None:
            api.go_to(host)
        self.refresh()

    def _start(self) -> None:
        buttons.start_daemon(self._there())
        self.refresh()

    def _release(self) -> None:
        self.desk.session.release(lambda result, error: self._ask_report())

    def _copy_details(self) -> None:
        problem = self.desk.model.problem()
        if problem is not None:
            copy(f"{problem.title}\n{problem.text}\n\n{problem.details}")

    def _found(self, subject: Any, found: Any, jpeg: bytes) -> None:
        self.picture.show_found(found, jpeg, knobs.kept_boxes(subject), subject.pixelAspect())

    # --- what it shows -----------------------------------------------------------------------------------------

    def look(self) -> None:
        """Which node is selected now; and, every few seconds, how the daemon is."""
        selected = api.selected()
        subject = selected[0] if len(selected) == 1 and knobs.is_mask_subject(selected[0]) else None
        if subject is not None and (self._there() is None or subject.fullName() != self.subject.fullName()):
            self.subject = subject
            self._fill()
        self.desk.model.ready = self._there() is not None or len(selected) == 1
        if self.isVisible() and self.desk.session.state == "on" and time.monotonic() - self._asked > REPORT_S:
            self._ask_report()
        self.refresh()

    def refresh(self) -> None:
        """Everything from the model. Quick: the host's timer calls it."""
        model = self.desk.model
        can = model.buttons
        for name, button in self.buttons.items():
            button.setEnabled(getattr(can, name))
        self.title.setText(self.subject.name() if self._there() is not None else "No MaskSubject is selected.")
        self.headline.setText(model.headline())
        self.bar.setValue(int(1000 * model.view.fraction) if model.view is not None else 0)
        self.bar.setMaximum(0 if model.state == states.DETECTING else 1000)
        self.strip.update()
        self.worst.setVisible(model.view is not None)
        self.worst.setEnabled(bool(model.worst()))
        at = model.looked_at
        _say(self.why, model.about(at) if at is not None else "")
        if model.state != self._state:  # the list of jobs is old now
            self._state, self._asked = model.state, 0.0
        _say(self.details, "\n".join(model.details()))
        problem = model.problem()
        _say(self.problem, problem.text if problem is not None else "")
        self.copy.setVisible(problem is not None)
        self._fill_engines()
        _say(self.engine_line, model.engine_line(self.engine.currentText()))
        self.memory.setText(model.memory_line())
        self.release.setEnabled(can.release)
        self.start.setVisible(self.desk.session.state == "off")
        self._fill_jobs()

    def _fill(self) -> None:
        self._filling = True
        self.prompt.setText(self.subject["prompt"].value())
        self.exclude.setText(self.subject["exclude"].value())
        self._filling = False

    def _fill_engines(self) -> None:
        offered = self.desk.model.engines() or list(buttons.ENGINES)
        chosen = self.subject["engine"].value() if self._there() is not None else self.desk.preferences.engine
        names = list(dict.fromkeys([*offered, chosen]))
        if names != [self.engine.itemText(index) for index in range(self.engine.count())]:
            self.engine.clear()
            self.engine.addItems(names)
        self.engine.setCurrentIndex(names.index(chosen))

    def _fill_jobs(self) -> None:
        rows = self.desk.model.rows()
        self.jobs.setRowCount(len(rows))
        for at, row in enumerate(rows):
            for column, text in enumerate(row):
                item = self.jobs.item(at, column)
                if item is None:
                    item = QtWidgets.QTableWidgetItem()
                    self.jobs.setItem(at, column, item)
                if item.text() != text:
                    item.setText(text)

    def _ask_report(self) -> None:
        self._asked = time.monotonic()
        self.desk.session.status(self._reported)
        self.desk.session.jobs(self._listed, 20)
        self.desk.watch()

    def _reported(self, report: Any, error: Any) -> None:
        if error is None:
            self.desk.model.report = report

    def _listed(self, jobs: Any, error: Any) -> None:
        if error is None:
            self.desk.model.list = jobs

    def _there(self) -> Any:
        """The MaskSubject, unless it was deleted meanwhile."""
        if self.subject is not None and not api.is_there(self.subject):
            self.subject = None
        return self.subject

    def closeEvent(self, event: Any) -> None:  # noqa: N802
        self._timer.stop()
        if self.refresh in self.desk.listeners:
            self.desk.listeners.remove(self.refresh)
        if self.desk.on_found == self._found:
            self.desk.on_found = None
        super().closeEvent(event)


def _row(*widgets: Any, stretch: int | None = None) -> Any:
    row = QtWidgets.QHBoxLayout()
    for index, widget in enumerate(widgets):
        row.addWidget(widget, 1 if index == stretch else 0)
    return row


def _say(label: Any, text: str) -> None:
    """The text, or no line at all."""
    label.setText(text)
    label.setVisible(bool(text))
