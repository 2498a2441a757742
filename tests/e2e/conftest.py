"""Every test here talks to a real daemon process over a real encrypted socket, or looks at a real page in a browser."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import e2e.browser as browsers
from e2e.browser import Browser
from e2e.house import House, write_plate
from e2e.review_screen import FIRST_PICTURE, FLAGGED, LOST, MISSING
from mattewire_server.review import Page, make_page, shot_of
from server.review import rig


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A daemon that serves, reached by ``Client()`` of this process."""
    made = House(tmp_path, MATTEWIRE_STOP_GRACE_S="0.2")
    monkeypatch.setenv("MATTEWIRE_HOME", str(made.home))
    try:
        yield made.start()
    finally:
        made.end()


@pytest.fixture
def cold_house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A daemon that the test starts itself."""
    made = House(tmp_path)
    monkeypatch.setenv("MATTEWIRE_HOME", str(made.home))
    try:
        yield made
    finally:
        made.end()


@pytest.fixture(scope="session")
def plate(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Twelve frames from 1001."""
    return write_plate(tmp_path_factory.mktemp("plate"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    started = browsers.start()
    yield started
    started.close()


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Page:
    """Six frames, two objects, one of them called like the end of a script; a matte missing, two frames flagged."""
    folder = tmp_path_factory.mktemp("review")
    plate = rig.write_plate(folder / "plate")
    mattes = rig.deliver(folder / "mattes", plate, "m.####.exr", content="layers")
    os.unlink(mattes.path.replace("####", str(MISSING)))
    events = [
        rig.event(FLAGGED, state="flagged", score=0.2, flags=["area jump"]),
        rig.event(LOST, state="flagged", score=0.4, flags=["low score", "</script><img src=x onerror=alert(1)>"]),
    ]
    tree, request = rig.tree_of(plate, [mattes], events, label=rig.HOSTILE)
    boxes = {
        "frames": [{"frame": each, "objects": [{"object": 1, "score": 0.5}]} for each in range(rig.FIRST, rig.LAST + 1)]
    }
    told = shot_of(tree, request, boxes=boxes, why={FLAGGED: ["The ball's area halved."]})
    return make_page(told, [mattes], str(folder / "page.html"))


@pytest.fixture
def opened(browser: Browser, page: Page) -> Browser:
    browser.open(page.path)
    browser.wait(FIRST_PICTURE)
    return browser
