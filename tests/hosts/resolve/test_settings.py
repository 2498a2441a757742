"""What the artist has set: kept, brought back, and made into a wish."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from mattewire_panel.prefs import Preferences
from mattewire_protocol import CleanUp, Depth, Edges
from mattewire_protocol.errors import BadField
from mattewire_resolve import settings
from mattewire_resolve.placing import Kind
from mattewire_resolve.settings import RESULTS, Settings

FILE = "panel-resolve-settings.json"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MATTEWIRE_HOME", str(tmp_path))
    return tmp_path


def test_at_first_they_are_the_preferences() -> None:
    chosen, notes = settings.load(Preferences(engine="sam2", quality="draft"))
    assert chosen == Settings(engine="sam2", quality="draft")
    assert notes == []


def test_what_was_set_comes_back(home: Path) -> None:
    wanted = Settings("founder", "chair", "all", "sam2", "draft", "track", Kind.MATTE, -3, 4, 5, 6)
    settings.save(wanted)
    assert settings.load(Preferences()) == (wanted, [])
    assert (home / FILE).stat().st_mode & 0o777 == 0o600


def test_each_bad_value_costs_itself_only(home: Path) -> None:
    tree = {"prompt": "founder", "grow": 1000, "pick": "worst", "feather": 2.5, "exclude": 7, "later": 1}
    (home / FILE).write_text(json.dumps(tree))
    chosen, notes = settings.load(Preferences())
    assert chosen == Settings("founder")
    assert sorted(note.split()[0] for note in notes) == ["exclude", "feather", "grow", "pick"]


@pytest.mark.parametrize("text", ["", "{", '["prompt"]', "7"])
def test_a_damaged_file_is_told_at_most(home: Path, text: str) -> None:
    (home / FILE).write_text(text)
    chosen, notes = settings.load(Preferences())
    assert chosen == Settings()
    assert all(FILE in note for note in notes)


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MATTEWIRE_HOME", str(tmp_path / "file" / "below"))
    settings.save(Settings("founder"))


@pytest.mark.parametrize("wrong", [{"grow": -101}, {"feather": -1}, {"feather": True}, {"range": "all"}, {"engine": 1}])
def test_out_of_range(wrong: dict[str, object]) -> None:
    with pytest.raises(BadField) as caught:
        replace(Settings(), **wrong)
    assert caught.value.field == next(iter(wrong))


def test_every_result_has_a_kind_and_one_is_a_movie() -> None:
    made = [Settings(result=name) for name in RESULTS]
    assert {each.kind for each in made} == set(Kind.ALL)
    assert [each.result for each in made if each.movie] == [settings.CUT_OUT_MOVIE]
    assert all("experimental" in RESULTS[kind] for kind in Kind.EXPERIMENTAL)


def test_the_wish() -> None:
    wish = Settings("founder\nmug", "chair", grow=2, feather=3, fill_holes=4, remove_specks=5).wish(1013, (2, 1))
    assert (wish.prompt, wish.exclude, wish.keyframe, wish.kept) == ("founder\nmug", "chair", 1013, (2, 1))
    assert wish.clean_up == CleanUp(dilate=2, feather=3, fill_holes=4, remove_specks=5)
    assert wish.label == "founder, mug"
    assert not wish.overwrite
    edges = Settings("founder\nmug", "chair").wish(1013, (2, 1))
    assert wish.tracked_alike(edges)


def test_edges_and_things_in_front_go_into_the_wish() -> None:
    assert (Settings().wish(None).edges, Settings().wish(None).depth) == (Edges(), Depth())
    wish = Settings(edges="matting", motion_blur=True, holdout=True).wish(None, depth_engine="midas")
    assert (wish.edges, wish.depth) == (Edges("matting", motion_blur=True), Depth("midas", holdout=True))
    for bad in ({"edges": "soft"}, {"motion_blur": 1}, {"holdout": "yes"}):
        with pytest.raises(BadField) as caught:
            Settings(**bad)  # type: ignore[arg-type]
        assert caught.value.field == next(iter(bad))


def test_edges_come_back(home: Path) -> None:
    wanted = Settings("founder", edges="closed_form", motion_blur=True, holdout=True)
    settings.save(wanted)
    assert settings.load(Preferences()) == (wanted, [])
