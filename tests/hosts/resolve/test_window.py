"""The window itself, without a daemon: parts made, events heard, values written, and nothing raised into Resolve."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import window_rig
from fake_resolve import ui
from window_rig import Artist

from mattewire_resolve import view
from mattewire_resolve.api.window import OPEN_ERROR

Opened = Callable[[], Artist]


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    window_rig.alone(tmp_path, monkeypatch)
    return window_rig.resolve_with_ball(tmp_path)


@pytest.fixture
def artist(fake: Any) -> Iterator[Artist]:
    made = Artist(fake, window_rig.window_in(fake))
    yield made
    made.desk.close()
    assert made.window.refused == []


def ticks(artist: Artist, count: int = 2) -> None:
    for _ in range(count):
        time.sleep(artist.desk.preferences.poll_s / 2)
        ui.fire(timer(artist), "Timeout")


def timer(artist: Artist) -> Any:
    return artist.window._timer


def until(artist: Artist, condition: Callable[[], Any], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, artist.told()
        ticks(artist, 1)


def test_idle_it_says_what_to_do(artist: Artist) -> None:
    assert artist.says("clip") == "selftest.[1001-1008].exr on V1, 8 frames"
    assert artist.says("headline") == "Type what to mask, then press Mask subject."
    can = {name for name in view.EVENTS if artist.part(name)._kind == "Button" and artist.can_press(name)}
    assert can == {"detect", "mask", "selftest"}


def test_what_was_set_is_there_when_it_opens_again(fake: Any, artist: Artist) -> None:
    artist.types("prompt", "founder")
    artist.types("exclude", "chair")
    artist.chooses("pick", "Every match")
    artist.chooses("quality", "Draft, faster")
    artist.chooses("range", "From In to Out")
    artist.chooses("result", "Gray matte (experimental)")
    artist.turns("grow", -4)
    artist.desk.close()
    again = Artist(fake, window_rig.window_in(fake))
    shown = {name: again.part(name) for name in ("prompt", "exclude", "pick", "quality", "range", "result", "grow")}
    assert (shown["prompt"].Text, shown["exclude"].Text, shown["grow"].Value) == ("founder", "chair", -4)
    lines = [shown[name]._items[shown[name].CurrentIndex] for name in ("pick", "quality", "range", "result")]
    assert lines == ["Every match", "Draft, faster", "From In to Out", "Gray matte (experimental)"]
    assert again.desk.settings == artist.desk.settings
    again.desk.close()


def test_what_was_typed_counts_though_its_event_never_came(artist: Artist) -> None:
    artist.part("prompt").Text = "founder"
    artist.part("grow").Value = 3
    artist.presses("detect")
    assert (artist.desk.settings.prompt, artist.desk.settings.grow) == ("founder", 3)


def test_ticking_a_clip_for_the_range(artist: Artist) -> None:
    assert artist.says("use0") == ""
    artist.chooses("range", "The clips ticked below")
    assert artist.says("use0") == "selftest.[1001-1008].exr, 01:00:00:00"
    artist.presses("use0")
    assert artist.part("use0").Checked
    assert len(artist.desk.subject.ticked) == 1
    artist.presses("use0")
    assert not artist.part("use0").Checked


def test_nothing_to_mask_is_said_in_the_window(artist: Artist) -> None:
    artist.presses("mask")
    assert artist.says("problem") == "What to mask: says nothing to mask.\n\nType what to mask, such as: red mug."
    assert artist.says("headline") == "Mask subject failed."
    artist.presses("dismiss")
    assert artist.says("problem") == ""


def test_without_a_daemon_it_offers_to_start_one(artist: Artist) -> None:
    until(artist, lambda: artist.says("problem"))
    assert "The Mattewire daemon is not running." in artist.says("problem")
    assert artist.says("action") == "Start daemon"
    assert not artist.can_press("start")
    assert artist.says("daemon") == "The daemon is not connected."
    artist.presses("copy")
    details = artist.part("problem_details")
    assert details.Visible
    assert "daemon_unreachable" in details.PlainText


def test_details_go_to_the_clipboard_where_there_is_one(
    fake: Any, artist: Artist, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[str] = []
    monkeypatch.setattr(type(fake.bmd), "setclipboard", lambda self, text: held.append(text), raising=False)
    monkeypatch.setattr(type(fake.bmd), "getclipboard", lambda self: held[-1], raising=False)
    artist.presses("mask")
    artist.presses("copy")
    assert held[0].startswith("Mask subject\nWhat to mask: says nothing to mask.")
    assert not artist.part("problem_details").Visible


def test_an_error_nobody_thought_of_is_told_and_nothing_is_raised(
    artist: Artist, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(artist.desk.subject, "look", lambda host: 1 / 0)
    artist.types("prompt", "ball")
    artist.presses("mask")
    assert "ZeroDivisionError" in artist.says("problem")


def test_ticks_that_come_by_the_dispatcher(fake: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """As scripts in use listen: ``disp.On.Timeout``, for all timers."""
    fake.dispatcher.On = SimpleNamespace()
    artist = Artist(fake, window_rig.window_in(fake))
    heard: list[int] = []
    monkeypatch.setattr(artist.desk, "tick", lambda: heard.append(1))
    fake.dispatcher.On.Timeout({"who": view.TIMER})
    assert heard == [1]
    artist.desk.close()


def test_a_manager_that_is_no_method_but_a_property(fake: Any) -> None:
    """As in ``ui = fusion.UIManager``, which most scripts in use have."""
    from mattewire_resolve.api import connection, window

    class Fusion:
        UIManager = fake.ui

    opened = window.opened(connection.connect(fake.resolve, Fusion(), fake.bmd))
    assert Artist(fake, opened).says("headline") == "Type what to mask, then press Mask subject."
    opened.desk.close()


def test_a_tick_that_comes_both_ways_is_one(artist: Artist, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[int] = []
    monkeypatch.setattr(artist.desk, "tick", lambda: heard.append(1))
    for _ in range(3):
        ui.fire(timer(artist), "Timeout")
    assert heard == [1]
    time.sleep(artist.desk.preferences.poll_s)
    ui.fire(timer(artist), "Timeout")
    assert heard == [1, 1]


def test_only_what_changed_is_written(artist: Artist, monkeypatch: pytest.MonkeyPatch) -> None:
    until(artist, lambda: artist.says("problem"))
    ticks(artist)
    written: list[str] = []
    monkeypatch.setattr(artist.window, "_put", lambda name, attribute, value: written.append(f"{name}.{attribute}"))
    ticks(artist, 4)
    assert written == []
    artist.types("prompt", "ball")
    assert written == ["headline.Text"]


def test_writing_that_comes_back_as_an_event_is_not_the_artist(artist: Artist) -> None:
    artist.types("prompt", "ball")
    artist.window._filling = True
    artist.types("prompt", "mug")
    artist.window._filling = False
    assert artist.desk.settings.prompt == "ball"


def test_an_attribute_that_a_version_lacks_costs_itself_only(fake: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ui.KINDS, "LineEdit", ({"PlaceholderText"}, {"TextChanged"}))
    monkeypatch.setattr(ui, "COMMON", ui.COMMON - {"Visible"})
    artist = Artist(fake, window_rig.window_in(fake))
    assert artist.window.refused
    assert all(".Visible: " in each for each in artist.window.refused)
    assert artist.part("headline").Text == "Type what to mask, then press Mask subject."
    artist.desk.close()


def test_engines_that_are_new_are_added_and_the_chosen_one_stays(
    artist: Artist, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = artist.part("engine")._items
    assert lines == ["preview", "sam2"]
    artist.chooses("engine", "sam2")
    monkeypatch.setattr(artist.desk, "engines", lambda: ["double", "preview", "sam2"])
    ticks(artist)
    assert lines == ["preview", "sam2", "double"]
    assert artist.part("engine").CurrentIndex == 1
    artist.chooses("engine", "double")
    assert artist.desk.settings.engine == "double"


def test_closing_the_window_ends_the_loop_and_the_conversation(artist: Artist) -> None:
    def nothing(_: Artist) -> Iterator[Callable[[], Any]]:
        yield lambda: True

    artist.works(nothing)
    assert not artist.window._window._shown
    assert not timer(artist)._running
    assert artist.desk.session._jobs.ended or artist.desk.session._jobs._closing.is_set()


def test_the_free_edition_makes_no_window() -> None:
    fake = window_rig.opened(edition="free", version=(20, 0, 0))
    with pytest.raises(RuntimeError, match="needs DaVinci Resolve Studio"):
        window_rig.window_in(fake)
    assert "Studio" in OPEN_ERROR
