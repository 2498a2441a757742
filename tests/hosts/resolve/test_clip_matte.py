"""Clip mattes: attached under the name that Resolve has for the sequence, told where they begin, detached again."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from placing_rig import HOUR, everything, host_of, lay, place, results, write_mattes

from mattewire_protocol.errors import BadField, NotWritable
from mattewire_resolve import placing
from mattewire_resolve.placing import Kind, Results

Movie = Callable[..., str]


@pytest.fixture
def made(tmp_path: Path) -> Results:
    return results(write_mattes(tmp_path / "mattes", 1, 24), 1, 24)


def mattes_of(fake: Any, item: Any) -> list[str]:
    return fake.project.GetMediaPool().GetClipMatteList(item.GetMediaPoolItem())


def test_attached_once_for_all_uses(fake: Any, movie: Movie, made: Results) -> None:
    file = movie()
    items = [lay(fake, file, 0, 4), lay(fake, file, 6, 12, at=HOUR + 9)]
    before = everything(fake)
    placed = place(fake, items, made, Kind.CLIP_MATTE)
    folder = os.path.dirname(made.patterns[0])
    assert mattes_of(fake, items[0]) == [os.path.join(folder, "ball.[0001-0024].exr")]
    assert placed.notes == ["On the Color page, right-click in the node editor > Add Matte to use it."]
    placing.remove(host_of(fake), placed)
    assert everything(fake) == before


def test_what_begins_later_says_so(fake: Any, movie: Movie, made: Results) -> None:
    for number in range(1, 9):
        os.remove(made.patterns[0].replace("####", f"{number:04}"))
    placed = place(fake, [lay(fake, movie(), 8, 20)], made, Kind.CLIP_MATTE)
    assert placed.clip_mattes[0][1].endswith("ball.[0009-0024].exr")
    assert "begins 8 frames into the clip: set its Offset to 8" in placed.notes[1]


def test_a_resolve_that_lists_files_one_by_one(
    fake: Any, movie: Movie, made: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(fake.storage), "GetFileList", lambda *_: None)
    item = lay(fake, movie(), 0, 4)
    place(fake, [item], made, Kind.CLIP_MATTE)
    assert mattes_of(fake, item) == [made.patterns[0].replace("####", "0001")]


def test_mattes_that_were_there_stay(fake: Any, movie: Movie, made: Results) -> None:
    item, own = lay(fake, movie(), 0, 4), movie("own.mov")
    fake.storage.AddClipMattesToMediaPool(item.GetMediaPoolItem(), [own])
    placed = place(fake, [item], made, Kind.CLIP_MATTE)
    assert len(mattes_of(fake, item)) == 2
    placing.remove(host_of(fake), placed)
    assert mattes_of(fake, item) == [own]


@pytest.mark.parametrize("why", ["refused", "nothing finished", "movie"])
def test_what_cannot_be(fake: Any, movie: Movie, made: Results, monkeypatch: pytest.MonkeyPatch, why: str) -> None:
    item = lay(fake, movie(), 0, 4)
    if why == "refused":
        monkeypatch.setattr(type(fake.storage), "AddClipMattesToMediaPool", lambda *_: True)  # it says
    elif why == "movie":
        made = results(movie("matte.mov", alpha=True), 1, 24)
    else:
        made = results(made.patterns[0].replace("ball", "none"), 1, 24)
    before = everything(fake)
    with pytest.raises(NotWritable if why == "refused" else BadField) as caught:
        place(fake, [item], made, Kind.CLIP_MATTE)
    assert caught.value.advice
    assert everything(fake) == before
