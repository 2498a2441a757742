"""The dockable Qt panel, offscreen, with the real daemon: what it shows in every state, and what it never does."""

from __future__ import annotations

import gc
import threading
import weakref
from pathlib import Path
from typing import Any

import PySide6.QtGui
import PySide6.QtWidgets
import pytest
import stage

Q = PySide6.QtWidgets


@pytest.fixture(scope="module")
def application() -> Any:
    return Q.QApplication.instance() or Q.QApplication([])


@pytest.fixture
def panel(application: Any, nuke16: Any, fake: Any, house: Any, tmp_path: Path) -> Any:
    """Docked through Nuke's own menu, with a plate of 30 frames selected."""
    import nuke

    from mattewire_nuke import menu

    frames = range(1001, 1031)
    pattern = stage.write_plate(
        tmp_path / "plate", frames=frames, at=lambda frame: (20 + 1.8 * (frame - 1001), 20.5 + 0.8 * (frame - 1001))
    )
    fake.select(stage.read_node(pattern, 1001, 1030))
    menu.add()
    nuke.menu("Pane").findItem("Mattewire").invoke()
    found = nuke.getPaneFor(menu.PANEL).knobs()["org_mattewire_panel"].getObject().widget
    found.resize(460, 760)
    found.show()
    fake.pump(0.1)
    yield found
    found.close()
    found.deleteLater()
    fake.pump(0.05)


def slow(panel: Any) -> None:
    """From here on its jobs take a tenth of a second a frame."""
    import nuke

    subject = panel.subject or nuke.toNode("MaskSubject1")
    subject["engine"].setValues(["preview", "double"])
    subject["engine"].setValue("double")
    panel.prompt.setText("sleep=0.1")


def enabled(panel: Any) -> set[str]:
    return {name for name, button in panel.buttons.items() if button.isEnabled()}


def picture_of(widget: Any) -> Any:
    return widget.grab().toImage()


def test_idle_it_says_what_to_do(fake: Any, panel: Any) -> None:
    assert panel.headline.text() == "Type what to mask, then press Mask subject."
    assert enabled(panel) == {"detect", "mask"}
    assert panel.start.isVisible()
    assert not panel.copy.isVisible()
    fake.select()
    panel.look()
    assert panel.headline.text() == "Select a plate."
    assert enabled(panel) == set()


def test_detecting_it_shows_the_boxes_and_a_click_drops_one(fake: Any, panel: Any) -> None:
    from mattewire_nuke import job

    panel.prompt.setText("red ball")
    panel.buttons["detect"].click()
    assert panel.headline.text() == "Looking at the keyframe…"
    assert (panel.bar.maximum(), enabled(panel)) == (0, set())
    stage.wait(fake, lambda: not job.desk().model.detecting)
    fake.pump(0.1)
    assert panel.subject["prompt"].value() == "red ball"
    picture = panel.picture
    match = picture._found[0]
    assert (match.phrase, picture.kept) == ("red ball", [1])
    assert abs((match.x0 + match.x1) / 2 - 20) < 1
    middle = picture.box_of(match).center()
    assert picture_of(picture).pixelColor(middle.toPoint()).red() > 150
    click(picture, middle)
    assert (picture.kept, panel.subject["pick"].value()) == ([], "best")
    click(picture, middle)
    assert panel.subject["mattewire_kept"].value() == "[1]"
    assert panel.subject["pick"].value() == "kept boxes"


def click(widget: Any, point: Any) -> None:
    """A left click, as Qt delivers it."""
    core = PySide6.QtCore
    event = PySide6.QtGui.QMouseEvent(
        core.QEvent.MouseButtonPress, point, widget.mapToGlobal(point), core.Qt.LeftButton, core.Qt.LeftButton,
        core.Qt.NoModifier,
    )  # fmt: skip
    Q.QApplication.sendEvent(widget, event)


def test_running_the_strip_grows_and_stopped_it_says_how_many(fake: Any, panel: Any) -> None:
    from mattewire_nuke import job

    panel.press("here")
    slow(panel)
    with fake.blocking_at_most(0.25):
        panel.buttons["mask"].click()
        task = job.desk().last
        stage.wait(fake, lambda: task.view.done >= 4)
        assert panel.headline.text().startswith("Tracking forward: ")
        assert enabled(panel) == {"stop"}
        image = picture_of(panel.strip)
        colors = [image.pixelColor(int(image.width() * part), 9).name() for part in (0.01, 0.99)]
        assert colors == ["#4d9e5f", "#555555"]
        stage.wait(fake, lambda: panel.jobs.rowCount() > 0)
        assert panel.jobs.item(0, 1).text() in ("running", "queued")
        panel.buttons["stop"].click()
        stage.idle(fake)
    panel.refresh()
    assert panel.headline.text() == f"Stopped. {task.view.done} mattes kept."
    assert enabled(panel) == {"detect", "mask", "update"}
    assert 0 < panel.bar.value() < 1000
    stage.wait(fake, lambda: "Loaded: double" in panel.memory.text())
    assert panel.release.isEnabled()


def test_failed_it_shows_why_and_copies_the_details(fake: Any, panel: Any) -> None:
    panel.prompt.setText("purple mug")
    panel.buttons["mask"].click()
    stage.idle(fake)
    panel.refresh()
    assert panel.headline.text() == "Mask subject failed."
    assert "Nothing on frame 1001 matches" in panel.problem.text()
    panel.copy.click()
    assert "nothing_found" in Q.QApplication.clipboard().text()
    assert len(fake.dialogs) == 1


def test_done_and_a_click_in_the_strip_goes_to_that_frame(fake: Any, panel: Any) -> None:
    import nuke

    panel.prompt.setText("red ball")
    panel.buttons["mask"].click()
    stage.idle(fake)
    panel.refresh()
    assert panel.headline.text().startswith("30 frames finished")
    assert panel.bar.value() == 1000
    assert "a stand-in" in panel.engine_line.text()
    assert not panel.start.isVisible()
    click(panel.strip, PySide6.QtCore.QPointF(panel.strip.width() * 0.5, 5))
    assert nuke.frame() == 1016


def test_the_worst_frames_one_after_another(
    application: Any, nuke16: Any, fake: Any, house: Any, tmp_path: Path
) -> None:
    """The ball is far too large on 1010 and far too small on 1018; the script counts from 1."""
    import nuke

    from mattewire_nuke import graph, job
    from mattewire_nuke.panel import Panel

    bad = {1010: 1.6 * stage.RADIUS, 1018: 0.5 * stage.RADIUS}
    pattern = stage.write_plate(
        tmp_path / "plate",
        frames=range(1001, 1025),
        at=lambda frame: (20 + 2.2 * (frame - 1001), 27),
        radius=lambda frame: bad.get(frame, stage.RADIUS),
    )
    read = stage.read_node(pattern, 1001, 1024)
    read["frame_mode"].setValue("offset")
    read["frame"].setValue("1000")
    subject = stage.mask_subject(fake, read)
    made = Panel()
    made.resize(460, 760)
    made.show()
    assert not made.worst.isVisible()
    stage.masked(fake, subject)
    made.refresh()
    task = job.desk().last
    order = [each.frame for each in task.view.worst]
    assert {1010, 1018} <= set(order)
    assert made.worst.isEnabled()
    seen = []
    for _ in order:
        made.worst.click()
        seen.append(nuke.frame())
        assert made.why.text().startswith(f"Frame {nuke.frame() + 1000}: flagged. ")
    assert seen == [frame - 1000 for frame in order]
    assert "Its area is" in job.desk().model.about(1010)
    made.worst.click()
    assert nuke.frame() == seen[0]
    nuke.frame(seen[0] - 4 if seen[0] > 5 else seen[0] + 4)
    made.worst.click()
    assert nuke.frame() == seen[1], "whoever has looked around goes on"

    told = [event for event in order if task.view.frames[event] == "flagged"]
    assert told == order
    assert (task.view.done, task.view.total) == (24, 24), "frames that are told again are no progress"
    assert [node.Class() for node in graph.parts(subject)].count("Read") == 1
    made.close()
    made.deleteLater()


def test_with_nothing_wrong_there_is_no_worst_frame_to_go_to(fake: Any, panel: Any) -> None:
    import nuke

    panel.prompt.setText("red ball")
    panel.buttons["mask"].click()
    stage.idle(fake)
    panel.refresh()
    assert (panel.worst.isVisible(), panel.worst.isEnabled(), panel.why.isVisible()) == (True, False, False)
    before = nuke.frame()
    panel._go_to_worst()
    assert nuke.frame() == before


def test_the_engines_offered_are_the_daemons(fake: Any, panel: Any) -> None:
    from mattewire_nuke import job

    panel.press("here")
    panel.start.click()
    stage.wait(fake, lambda: job.desk().session.state == "on")
    fake.pump(0.2)
    offered = [panel.engine.itemText(at) for at in range(panel.engine.count())]
    assert {"preview", "double"} <= set(offered)
    panel.engine.setCurrentText("double")
    panel.engine.activated.emit(panel.engine.currentIndex())
    assert panel.subject["engine"].value() == "double"


def test_no_widget_grabs_a_shortcut_or_the_keyboard(panel: Any) -> None:
    core, gui = PySide6.QtCore, PySide6.QtGui
    assert panel.findChildren(gui.QShortcut) == []
    assert [action.shortcut() for action in panel.findChildren(gui.QAction) if not action.shortcut().isEmpty()] == []
    for button in panel.findChildren(Q.QAbstractButton):
        assert "&" not in button.text()
        assert button.shortcut().isEmpty()
    assert not any(button.autoDefault() for button in panel.findChildren(Q.QPushButton))
    takes_keys = [widget for widget in panel.findChildren(Q.QWidget) if widget.focusPolicy() & core.Qt.TabFocus]
    kinds = {type(widget).__name__ for widget in takes_keys}
    assert kinds <= {"QLineEdit", "QComboBox", "QComboBoxListView", "QListView"}


def test_a_deleted_node_and_a_closed_panel_are_no_trouble(fake: Any, panel: Any) -> None:
    import nuke

    from mattewire_nuke import job

    panel.press("here")
    nuke.delete(panel.subject)
    panel.look()
    assert panel.title.text() == "No MaskSubject is selected."
    panel.close()
    assert (job.desk().listeners, job.desk().on_found) == ([], None)


def test_without_a_panel_the_boxes_come_in_a_window(
    application: Any, nuke16: Any, fake: Any, house: Any, tmp_path: Path
) -> None:
    from mattewire_nuke import picture

    subject = stage.mask_subject(fake, stage.read_node(stage.write_plate(tmp_path / "plate", aspect=2.0)))
    fake.click(subject, "detect")
    stage.wait(fake, lambda: picture._window)
    shown = picture._window[0].picture
    frame = shown._frame()
    assert frame.width() / frame.height() == pytest.approx(2 * stage.WIDTH / stage.HEIGHT, rel=0.01)
    shown.toggle_at(shown.box_of(shown._found[0]).center().x(), shown.box_of(shown._found[0]).center().y())
    assert shown.kept == []
    assert not shown.toggle_at(-5, -5)
    picture._window[0].close()


def test_the_fallback_puts_the_nodes_on_the_clipboard(application: Any, nuke16: Any) -> None:
    from mattewire_nuke import clipboard

    assert "paste" in clipboard.offer("Read {\n}\n")
    assert Q.QApplication.clipboard().text() == "Read {\n}\n"


def test_a_timer_that_nobody_holds_goes_on_until_it_is_stopped(application: Any, nuke16: Any, fake: Any) -> None:
    """Qt's connection keeps nothing alive, and what Python's collector ends in another thread takes the host along."""
    from mattewire_nuke import loop

    ticks: list[int] = []

    def begin() -> Any:
        only: list[Any] = []

        def tick() -> None:
            ticks.append(1)
            if len(ticks) == 3:
                only.pop().stop()

        only.append(loop.Pump(tick, 0.01))
        return weakref.ref(only[0])

    held = begin()
    collector = threading.Thread(target=gc.collect)
    collector.start()
    collector.join()
    assert fake.pump(2.0, lambda: held() is None or len(ticks) == 3)
    assert len(ticks) == 3
    fake.pump(0.05)
    assert len(ticks) == 3
