"""Puts the stand-in for Nuke on the path, and gives each test a fresh one."""

import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from e2e.house import House

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

if str(Path(__file__).parent) not in sys.path:
    sys.path.insert(0, str(Path(__file__).parent))

import fake_nuke
import stage

DEFERRED_DELETE = 52  # QEvent.DeferredDelete


@pytest.fixture(autouse=True)
def qt_objects_end_in_their_own_thread() -> Iterator[None]:
    """No window or timer of a test is left to Python's collector, which may run in the thread of a later one."""
    yield
    widgets = sys.modules.get("PySide6.QtWidgets")
    application = widgets.QApplication.instance() if widgets is not None else None
    if application is not None:
        for widget in application.topLevelWidgets():
            widget.close()
            widget.deleteLater()
        application.sendPostedEvents(None, DEFERRED_DELETE)
        gc.collect()


@pytest.fixture
def fake() -> Iterator[Any]:
    """A running fake Nuke 16 with a window; ``import nuke`` inside the test gives its module."""
    yield fake_nuke.install()
    fake_nuke.uninstall()


@pytest.fixture
def terminal() -> Iterator[Any]:
    """The same, as ``nuke -t`` runs it."""
    yield fake_nuke.install(gui=False)
    fake_nuke.uninstall()


@pytest.fixture
def nuke16(fake: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A fake Nuke with windows in which nothing of the adapter was loaded yet; no daemon runs."""
    yield from _beside(fake, tmp_path, monkeypatch)


@pytest.fixture
def nuke_t(terminal: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The same in terminal mode."""
    yield from _beside(terminal, tmp_path, monkeypatch)


def _beside(running: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("MATTEWIRE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MATTEWIRE_PYTHON", sys.executable)
    monkeypatch.setenv("NUKE_TEMP_DIR", str(tmp_path / "temp"))
    stage.forget_adapter()
    yield running
    stage.forget_adapter()
    assert running.loop.violations == []


@pytest.fixture
def read(nuke16: Any, tmp_path: Path) -> Any:
    """A Read of a ball on gray."""
    return stage.read_node(stage.write_plate(tmp_path / "plate"))


@pytest.fixture(scope="module")
def long_lived_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A daemon for all tests of a module: starting one takes longer than most jobs here."""
    made = House(tmp_path_factory.mktemp("house"), MATTEWIRE_STOP_GRACE_S="0.2")
    try:
        yield made.start()
    finally:
        made.end()


@pytest.fixture
def house(long_lived_house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """That daemon, as the local one of this process. Ask for it after ``nuke16`` or ``nuke_t``."""
    monkeypatch.setenv("MATTEWIRE_HOME", str(long_lived_house.home))
    return long_lived_house
