"""Which Resolve it is, before anything else is called."""

from __future__ import annotations

from typing import Any, Literal

import fake_resolve
import pytest
from resolve_rig import opened

from mattewire_protocol.errors import BadField
from mattewire_resolve.api.connection import connect


@pytest.mark.parametrize("version", [(18, 6, 6), (20, 2, 1), (21, 1, 0)])
@pytest.mark.parametrize("edition", ["free", "Studio"])
def test_editions(edition: Literal["free", "Studio"], version: tuple[int, int, int]) -> None:
    fake = opened(edition=edition, version=version)
    host = connect(fake.resolve, fake.fusion, fake.bmd)
    assert (host.version, host.studio) == (version, edition == "Studio")
    assert host.product == ("DaVinci Resolve Studio" if host.studio else "DaVinci Resolve")
    assert host.timeline().GetName() == "Edit"
    assert host.project() is fake.project
    assert (host.fusion, host.bmd) == (fake.fusion, fake.bmd)
    assert fake.dialogs == []


def test_only_two_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that only Studio has can be among them."""
    fake = fake_resolve.start("free")
    asked = []

    class Watched:
        def __getattr__(self, name: str) -> Any:
            asked.append(name)
            return getattr(fake.resolve, name)

    connect(Watched())
    assert asked == ["GetProductName", "GetVersion"]


def test_behind_a_dialog() -> None:
    fake = opened(edition="free")
    fake.project.GetCurrentTimeline().CreateSubtitlesFromAudio()
    with pytest.raises(BadField, match="does not answer") as refusal:
        connect(fake.resolve)
    assert "Close any dialog" in refusal.value.advice
    fake.dismiss_dialog()
    assert not connect(fake.resolve).studio


def test_no_resolve_at_all() -> None:
    with pytest.raises(BadField, match="does not answer"):
        connect(None)


def test_no_timeline_and_no_project() -> None:
    fake = fake_resolve.start()
    host = connect(fake.resolve)
    with pytest.raises(BadField, match="No timeline is open") as refusal:
        host.timeline()
    assert "Open a timeline" in refusal.value.advice
    fake.project = None  # type: ignore[assignment]
    for ask in (host.project, host.timeline):
        with pytest.raises(BadField, match="No project is open"):
            ask()
