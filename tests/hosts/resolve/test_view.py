"""The description of the window: nothing in it that its maker, its events or its texts do not know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import window_rig
from fake_resolve.ui import COMMON, KINDS

from mattewire_resolve import shown, view
from mattewire_resolve.api import connection
from mattewire_resolve.desk import Desk
from mattewire_resolve.settings import CHECKS, CHOICES, Settings
from mattewire_resolve.view import EVENTS, JOBS, MATCHES, Part, layout


def parts(of: Sequence[Part]) -> Iterator[Part]:
    for part in of:
        yield part
        yield from parts(part.parts)


def by_name() -> dict[str, Part]:
    return {part.attributes["ID"]: part for part in parts(layout()) if "ID" in part.attributes}


def test_every_name_is_there_once() -> None:
    names = Counter(part.attributes["ID"] for part in parts(layout()) if "ID" in part.attributes)
    assert [name for name, count in names.items() if count > 1] == []


def test_kinds_and_attributes_are_ones_that_are_known() -> None:
    for part in parts(layout()):
        assert set(part.attributes) <= COMMON | KINDS[part.kind][0], part


def test_every_event_is_one_of_its_part_and_has_a_deed() -> None:
    there = by_name()
    for name, event in EVENTS.items():
        assert event in KINDS[there[name].kind][1]
        if event == "Clicked" and name in CHECKS:
            assert isinstance(getattr(Settings(), name), bool)
        elif event == "Clicked" and not name[-1].isdigit():
            assert callable(getattr(Desk, name))
    heard = {
        name for name, part in there.items() if part.kind in ("Button", "CheckBox", "LineEdit", "ComboBox", "SpinBox")
    }
    assert heard == set(EVENTS)


def test_drop_down_lists_offer_what_can_be_chosen() -> None:
    there = by_name()
    for name, offered in CHOICES.items():
        assert there[name].items == tuple(offered.values())


def test_buttons_and_fields_say_what_they_are() -> None:
    for name, part in by_name().items():
        if part.kind == "Button":
            assert part.attributes["Text"]
        if part.kind == "SpinBox":
            assert part.attributes["ToolTip"]
            assert part.attributes["Minimum"] < part.attributes["Maximum"], name


def test_what_is_shown_names_only_parts_and_attributes_that_exist(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MATTEWIRE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MATTEWIRE_PANEL_START_DAEMON", "no")
    fake = window_rig.resolve_with_ball(tmp_path)
    desk = Desk(connection.connect(fake.resolve, fake.fusion, fake.bmd))
    try:
        there = by_name()
        for name, attributes in {**shown.shown(desk), **shown.values(desk)}.items():
            assert set(attributes) <= COMMON | KINDS[there[name].kind][0], name
        assert {f"match{row}" for row in range(MATCHES)} | {f"job{row}" for row in range(JOBS)} <= set(
            shown.shown(desk)
        )
    finally:
        desk.close()


def test_the_window_fits_a_small_screen() -> None:
    left, top, width, height = view.GEOMETRY
    assert left + width <= 1280
    assert top + height <= 760
