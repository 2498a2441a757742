"""``mattewire kept``."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from mattewire_server.kept import KeptStore
from server.kept.shots import LIMIT, A, B, keep

Kept = Callable[..., Result]


@pytest.fixture
def run_kept(run: Callable[..., Result]) -> Kept:
    return functools.partial(run, "kept")


@pytest.fixture
def store(empty_home: Path, monkeypatch: pytest.MonkeyPatch) -> KeptStore:
    """Two kept shots; the second was used last."""
    monkeypatch.delenv("MATTEWIRE_KEEP_GB", raising=False)
    store = KeptStore(empty_home, LIMIT)
    keep(store, A, range(1001, 1004), plate="/plates/[wip]/ball.####.exr", prompts=["red ball", "[blue] cup"])
    keep(store, B, range(998, 1000))
    return store


def test_list_shows_what_was_kept_last_used_first(run_kept: Kept, store: KeptStore) -> None:
    told = run_kept("list").stderr.splitlines()
    assert told[1].split()[:2] == ["bbbbbbbb", "998-999"]
    assert told[2].split()[:7] == ["aaaaaaaa", "ball.####.exr", "red", "ball,", "[blue]", "cup", "1001-1003"]
    assert told[3].startswith("2 shots, 0.0 MB of 20.0 GB. Folder: ")
    assert told[3].endswith(str(store.folder))


def test_list_for_programs(run_kept: Kept, store: KeptStore) -> None:
    with store.open(A):
        lines = [json.loads(line) for line in run_kept("list", "--json").stdout.splitlines()]
    assert [(line["address"], line["frames"], line["in_use"]) for line in lines] == [
        (A, [1001, 1002, 1003], True),
        (B, [998, 999], False),
    ]
    assert lines[0]["bytes"] == store.shots()[-1].size
    assert lines[0]["facts"]["prompts"] == ["red ball", "[blue] cup"]


def test_clear_removes_all_but_what_is_in_use(run_kept: Kept, store: KeptStore) -> None:
    with store.open(B):
        told = run_kept("clear").stderr
        assert "1 shot removed" in told
        assert "1 shot stayed: in use." in told
        assert [entry.address for entry in store.shots()] == [B]
    assert "1 shot removed" in run_kept("clear").stderr
    assert store.shots() == []


def test_an_empty_data_folder_stays_empty(run_kept: Kept, empty_home: Path) -> None:
    assert "0 shots, 0.0 MB of" in run_kept("list").stderr
    assert "0 shots removed" in run_kept("clear").stderr
    assert run_kept("list", "--json").stdout == ""
    assert not empty_home.exists()


def test_a_limit_that_makes_no_sense_is_named(
    run_kept: Kept, empty_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MATTEWIRE_KEEP_GB", "lots")
    assert "MATTEWIRE_KEEP_GB: must be 0 to 100000 GB, not 'lots'." in run_kept("list", code=1).stderr
    assert json.loads(run_kept("list", "--json", code=1).stdout)["error"]["field"] == "MATTEWIRE_KEEP_GB"
