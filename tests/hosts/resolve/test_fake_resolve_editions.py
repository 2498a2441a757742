"""What each edition refuses, and the dialog that makes everything after it fail."""

from __future__ import annotations

import threading
from typing import Any

import fake_resolve
import pytest
from resolve_rig import opened


@pytest.mark.parametrize(
    ("edition", "version", "python", "outside", "windows"),
    [
        ("free", (20, 3, 1), True, False, False),
        ("free", (21, 1, 0), False, False, False),
        ("Studio", (19, 1, 3), True, True, True),
        ("Studio", (21, 1, 0), True, True, True),
    ],
)
def test_what_runs(edition: Any, version: Any, python: bool, outside: bool, windows: bool) -> None:
    fake = opened(edition=edition, version=version)
    assert fake.resolve.GetProductName() == "DaVinci Resolve" + (" Studio" if edition == "Studio" else "")
    assert tuple(fake.resolve.GetVersion()[:3]) == version
    assert fake.resolve.GetVersionString().startswith(".".join(map(str, version)))
    assert fake.lua("return resolve:GetProductName()") == fake.resolve.GetProductName()
    if python:
        assert fake.python()["resolve"] is fake.resolve
    else:
        with pytest.raises(LookupError, match="Lua scripts only"):
            fake.python()
    fake.outside = True
    assert (fake.bmd.scriptapp("Resolve") is fake.resolve) is outside
    assert (fake.fusion.UIManager() is not None) is windows
    assert bool(fake.dialogs) is not windows


def test_a_studio_call_blocks_everything_after_it() -> None:
    fake = opened(edition="free")
    edit = fake.project.GetCurrentTimeline()
    assert edit.GetTrackCount("video") == 1
    assert edit.CreateSubtitlesFromAudio() is False
    assert edit.GetTrackCount("video") is False
    assert fake.manager.SaveProject() is False
    assert fake.resolve.GetProductName() is False
    assert fake.dialogs == ["You have reached a limitation with DaVinci Resolve"]
    fake.dismiss_dialog()
    assert edit.GetTrackCount("video") == 1


def test_studio_has_no_dialog() -> None:
    fake = opened(edition="Studio")
    assert fake.project.GetCurrentTimeline().CreateSubtitlesFromAudio() is True
    assert fake.dialogs == []


def test_another_thread_raises(fake: Any) -> None:
    caught: list[BaseException] = []

    def call() -> None:
        try:
            fake.resolve.GetProductName()
        except fake_resolve.WrongThread as error:
            caught.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    thread.join()
    assert len(caught) == 1


def test_pages(fake: Any) -> None:
    edit = fake.project.GetCurrentTimeline()
    assert fake.resolve.OpenPage("nowhere") is False
    assert fake.resolve.GetCurrentPage() == "edit"
    assert edit.GetCurrentTimecode() == "01:00:00:00"
    assert fake.resolve.OpenPage("fusion") is True
    assert edit.GetCurrentTimecode() is None
    assert edit.SetCurrentTimecode("01:00:01:00") is False
