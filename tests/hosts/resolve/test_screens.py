"""The window drawn by Qt, offscreen, in every state: nothing is cut off, and what is drawn is what is meant.

What a real Resolve draws nobody has seen here; this is the same description through the same code.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import qt_windows
import window_rig
from PySide6 import QtCore, QtWidgets

from e2e.house import House
from mattewire_protocol.messages import Detected, Detection, EngineInfo
from mattewire_resolve.api import connection, window

KEPT, DROPPED, DONE = "#4d9e5f", "#b0b0b0", "#4d9e5f"


@pytest.fixture(scope="module", autouse=True)
def application() -> Any:
    return qt_windows.application()


class Screen:
    """A window that Qt draws, and its parts by name."""

    def __init__(self, fake: Any) -> None:
        host = connection.connect(fake.resolve, qt_windows.Fusion(), qt_windows.Bmd())
        self.window = window.opened(host)
        self.desk = self.window.desk
        assert self.window.refused == []
        self.picture()

    def part(self, name: str) -> Any:
        return self.window._items[name]._widget

    def until(self, condition: Callable[[], Any], seconds: float = 30.0) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, self.part("headline").text()
            time.sleep(0.05)
            self.window._guarded("timer", self.window._tick)(None)

    def picture(self) -> Any:
        return qt_windows.picture_of(self.window._window)

    def check(self) -> Any:
        """Draws it, and sees that no text is cut off and no two parts lie over each other."""
        image = self.picture()
        top = self.window._window.widget
        assert (image.width(), image.height()) == (top.width(), top.height())
        assert top.height() <= 760
        seen = [each for each in map(self.part, self.window._items) if each.isVisible()]
        for widget in seen:
            if isinstance(widget, QtWidgets.QLabel) and widget.wordWrap():
                assert widget.heightForWidth(widget.width()) <= widget.height() + 1, widget.text()
            elif isinstance(widget, (QtWidgets.QLabel, QtWidgets.QPushButton, QtWidgets.QCheckBox)):
                assert widget.sizeHint().width() <= widget.width() + 1, widget.text()
        places = [(widget, QtCore.QRect(widget.mapTo(top, QtCore.QPoint(0, 0)), widget.size())) for widget in seen]
        for at, (one, place) in enumerate(places):
            assert top.rect().contains(place), one.objectName()
            assert not [two.objectName() for two, other in places[at + 1 :] if place.intersects(other)]
        return image

    def color(self, name: str, x: float, y: float) -> str:
        """Of a pixel in a part, in parts of its width and height."""
        widget = self.part(name)
        at = widget.mapTo(self.window._window.widget, QtCore.QPoint(0, 0))
        image = self.picture()
        return str(image.pixelColor(at.x() + int(widget.width() * x), at.y() + int(widget.height() * y)).name())


@pytest.fixture
def screen(house: House, tmp_path: Path) -> Iterator[Screen]:
    made = Screen(window_rig.resolve_with_ball(tmp_path))
    made.until(lambda: made.desk.session.state == "on")
    yield made
    close(made)


def close(screen: Screen) -> None:
    screen.desk.close()
    screen.window._window.widget.close()
    screen.window._window.widget.deleteLater()
    QtCore.QCoreApplication.sendPostedEvents(None, QtCore.QEvent.Type.DeferredDelete.value)


def test_idle(screen: Screen) -> None:
    screen.check()
    assert screen.part("headline").text() == "Type what to mask, then press Mask subject."
    assert screen.color("picture", 0.05, 0.05) == "#202020"


def test_boxes_are_drawn_over_the_frame(screen: Screen) -> None:
    screen.part("prompt").setText("red ball")
    screen.part("detect").click()
    screen.check()
    screen.until(lambda: screen.part("match0").isVisible())
    screen.check()
    match = screen.desk.subject.matches[0]
    left, right = match.x0 / window_rig.WIDTH, match.x1 / window_rig.WIDTH
    middle = (match.y0 + match.y1) / 2 / window_rig.HEIGHT
    assert screen.color("picture", left + 0.002, middle) == KEPT
    assert screen.color("picture", right - 0.004, middle) == KEPT
    ball = screen.color("picture", (left + right) / 2, middle)
    assert int(ball[1:3], 16) > 150 > int(ball[3:5], 16)
    screen.part("match0").click()
    image = {screen.color("picture", left + 0.002, middle + step / 243) for step in range(13)}
    assert DROPPED in image
    assert KEPT not in image
    screen.check()


def test_as_many_boxes_as_there_are_rows_for(screen: Screen) -> None:
    screen.part("prompt").setText("founder")
    screen.desk.subject.asked(screen.desk.settings)
    boxes = [Detection(n, 5 * n, 5, 5 * n + 4, 40, "a founder speaking at the desk", 0.5, n < 4) for n in range(1, 17)]
    screen.desk.subject.take_found(Detected(1001, window_rig.WIDTH, window_rig.HEIGHT, objects=boxes), b"")
    screen.until(lambda: screen.part("match15").isVisible())
    screen.check()
    assert screen.part("match15").text() == "16  a founder spe…  0.50"
    assert "not listed" not in screen.part("found").text()


def test_running_and_stopped(screen: Screen) -> None:
    screen.until(lambda: "double" in screen.window._engines)
    screen.part("engine").setCurrentIndex(screen.window._engines.index("double"))
    screen.part("prompt").setText("sleep=0.15")
    screen.part("mask").click()
    screen.until(lambda: screen.desk.model.view.done >= 3)
    screen.check()
    assert screen.color("strip", 0.99, 0.5) == "#555555"
    assert screen.color("strip", 0.01, 0.5) in (DONE, "#d9a441")
    screen.part("stop").click()
    screen.until(lambda: screen.part("again0").isVisible())
    screen.check()
    assert screen.color("strip", 0.99, 0.5) == "#3a3a3a"


def test_failed_with_its_details(screen: Screen) -> None:
    screen.part("prompt").setText("purple mug")
    screen.part("mask").click()
    screen.until(lambda: screen.part("problem").isVisible())
    screen.check()
    screen.part("copy").click()
    assert screen.part("problem_details").isVisible()
    screen.check()


def test_clips_to_tick_and_a_full_list_of_jobs(screen: Screen) -> None:
    screen.part("range").setCurrentIndex(3)
    screen.check()
    screen.part("use0").click()
    for words in ("red ball", "red", "red ball, red", "red, red ball"):
        screen.part("prompt").setText(words)
        screen.part("mask").click()
        screen.until(lambda: screen.desk.works.going is None)
    screen.check()
    assert screen.part("job3").isVisible()
    assert screen.part("headline").text().startswith("On the timeline: track ")


def test_the_worst_frames_with_every_choice_of_edges_in_sight(house: House, tmp_path: Path) -> None:
    fake = window_rig.opened(size=(window_rig.WIDTH, window_rig.HEIGHT))
    window_rig.lay_shot(fake, tmp_path, {1011: 17.6, 1019: 5.5})
    screen = Screen(fake)
    screen.until(lambda: screen.desk.session.state == "on")
    assert not screen.part("holdout").isVisible()
    there = screen.desk.session.welcome.engines
    there[:] = [each for each in there if "refine" not in each.does] + [EngineInfo("studio-depth", does=["depth"])]
    there.append(EngineInfo("vitmatte", "ViTMatte", license="Apache-2.0", does=["refine"]))
    screen.part("edges").setCurrentIndex(2)
    screen.check()
    assert screen.part("holdout").isVisible()
    assert screen.part("edges_line").text() == "ViTMatte, weights: Apache-2.0."
    assert screen.desk.settings.edges == "matting"
    screen.part("edges").setCurrentIndex(0)
    screen.part("motion_blur").click()
    assert screen.desk.settings.motion_blur
    screen.part("prompt").setText("red ball")
    screen.part("mask").click()
    screen.until(lambda: screen.desk.can_look)
    screen.until(lambda: screen.desk.works.going is None)
    screen.part("next_worst").click()
    assert screen.part("headline").text().startswith("At 01:00:00:")
    screen.check()
    close(screen)


def test_the_self_test_is_told_line_by_line(screen: Screen) -> None:
    screen.part("selftest").click()
    screen.until(lambda: screen.desk.testing is None)
    assert screen.part("headline").text() == "The self-test passed."
    screen.check()


def test_no_daemon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    window_rig.alone(tmp_path, monkeypatch)
    screen = Screen(window_rig.resolve_with_ball(tmp_path))
    screen.until(lambda: screen.part("action").isVisible())
    screen.check()
    assert screen.part("action").text() == "Start daemon"
    close(screen)


def test_camera_raw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    window_rig.alone(tmp_path, monkeypatch)
    fake = window_rig.opened(size=(window_rig.WIDTH, window_rig.HEIGHT))
    window_rig.lay_movie(fake, tmp_path / "A001_C003_0815.braw")
    screen = Screen(fake)
    screen.check()
    assert screen.part("render").isVisible()
    assert not screen.part("mask").isEnabled()
    close(screen)
