"""Distances in the whole pipeline: through the entry points, measured, held out by, written, and made again."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mattewire_protocol.deliver import Deliverable, Depth
from mattewire_protocol.errors import DiskFull, EngineFailed, InternalError, UnknownEngine
from mattewire_protocol.messages import StageEvent
from mattewire_protocol.request import MatteRequest
from mattewire_server import engines
from mattewire_server.engines.seams import Engine
from mattewire_server.kept import KeptStore
from mattewire_server.plates.model import Window
from mattewire_server.shots import Halted, pull_matte
from mattewire_server.shots.depths import Depths
from mattewire_server.shots.keeping import remove_scratch
from mattewire_server.shots.shot import Ticket
from occluded_shot import iou
from server.shots import deep
from server.shots.soft import channels, made
from server.shots.staged import JOB, request, run_until

SHOT = range(deep.FIRST, deep.FIRST + deep.FRAMES)
HOLDOUT = Depth(deep.ENGINE, holdout=True)
Leaky = deep.Leaky


@pytest.fixture
def plates(tmp_path: Path) -> str:
    return deep.write_plates(tmp_path / "plates")


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    (tmp_path / "site").mkdir()
    deep.install(tmp_path / "site", monkeypatch)
    return engines.load(deep.ENGINE, {})


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """Where the maps lie while a job runs; empty after it, however it ends."""
    folder = tmp_path / "h"
    folder.mkdir()
    yield folder
    assert list(folder.glob("mattewire-shot-*")) == []


def wanted(plates: str, folder: Path, depth: Depth | None = None, **changes: Any) -> MatteRequest:
    changes.setdefault("deliverables", [Deliverable(str(folder / "m.####.exr"), z=changes.pop("z", False))])
    return request(plates, prompts=["ball"], keyframe=1006, depth=depth or Depth(), **changes)


def pulled(asked: MatteRequest, depth: Engine | None, home: Path, **more: Any) -> list[Any]:
    engine = more.pop("engine", None) or Leaky().engine()
    ticket = more.pop("ticket", Ticket(JOB))
    return list(pull_matte(asked, engine, ticket, scratch_folder=home, depth=depth, **more))


def mattes(folder: Path) -> dict[int, NDArray[np.float32]]:
    return {frame: channels(folder / f"m.{frame}.exr")[1]["A"].astype(np.float32) for frame in SHOT}


# --- what comes out ----------------------------------------------------------------------------------------------


def test_the_holdout_brings_the_mattes_nearer_to_the_truth(
    plates: str, studio: Engine, home: Path, tmp_path: Path
) -> None:
    pulled(wanted(plates, tmp_path / "without"), None, home)
    events = pulled(wanted(plates, tmp_path / "with", HOLDOUT), studio, home)
    without, with_it = mattes(tmp_path / "without"), mattes(tmp_path / "with")
    truth = {frame: deep.now(frame) for frame in SHOT}
    crossed = [frame for frame in SHOT if truth[frame].visible.sum() < 0.97 * truth[frame].whole.sum()]
    assert len(crossed) >= 4
    worse = np.mean([iou(without[frame], truth[frame].visible) for frame in crossed])
    better = np.mean([iou(with_it[frame], truth[frame].visible) for frame in crossed])
    assert worse < 0.9
    assert better > 0.97
    free = [frame for frame in SHOT if np.array_equal(truth[frame].visible, truth[frame].whole)]
    assert free
    assert all(np.array_equal(without[frame], with_it[frame]) for frame in free)
    assert studio.depth.seen == list(SHOT)  # type: ignore[union-attr]
    assert studio.depth.closed == 1  # type: ignore[union-attr]
    notes = [event.note for event in events if isinstance(event, StageEvent) and event.stage == "reading"]
    assert notes[0] == "Distances of frame 1001."


def test_z_is_float_beside_a_half_matte_and_orders_what_is_seen(
    plates: str, studio: Engine, home: Path, tmp_path: Path
) -> None:
    pulled(wanted(plates, tmp_path / "out", Depth(deep.ENGINE), z=True), studio, home)
    for frame in SHOT:
        header, held = channels(tmp_path / "out" / f"m.{frame}.exr")
        assert {name: one.dtype for name, one in held.items()} == {"A": np.float16, "Z": np.float32}
        meters, z = deep.now(frame).meters, held["Z"]
        assert np.corrcoef(-1 / meters.ravel(), z.ravel())[0, 1] > 0.97
        assert np.median(z[meters > 10]) > np.median(z[(meters > 4) & (meters < 6)]) > np.median(z[meters < 3.2])
        assert "larger is farther" in header["mattewire/z"]
        assert header["mattewire/depth"].startswith("studio-depth; relative")
        assert header["mattewire/depth_model"] == "d1"
    walls = [np.median(channels(tmp_path / "out" / f"m.{frame}.exr")[1]["Z"][:20, :20]) for frame in SHOT]
    assert np.std(walls) < 0.02


def test_the_matte_beside_z_is_bit_for_bit_the_matte_alone(
    plates: str, studio: Engine, home: Path, tmp_path: Path
) -> None:
    pulled(wanted(plates, tmp_path / "alone"), None, home)
    pulled(wanted(plates, tmp_path / "beside", Depth(deep.ENGINE), z=True), studio, home)
    alone, beside = mattes(tmp_path / "alone"), mattes(tmp_path / "beside")
    assert all(alone[frame].tobytes() == beside[frame].tobytes() for frame in SHOT)


@pytest.mark.parametrize(
    ("content", "held"),
    [("cutout", {"R", "G", "B", "A", "Z"}), ("layers", {"A", "ball.A", "Z"}), ("matte", {"A", "Z"})],
)
def test_every_content_that_may_hold_z_does(
    content: str, held: set[str], plates: str, studio: Engine, home: Path, tmp_path: Path
) -> None:
    out = [Deliverable(str(tmp_path / "out" / "m.####.exr"), content=content, z=True)]
    asked = wanted(plates, tmp_path / "out", Depth(deep.ENGINE), deliverables=out, first=1005, last=1007)
    pulled(asked, studio, home)
    found = channels(tmp_path / "out" / "m.1006.exr")[1]
    assert len(found) == len(held)
    assert {"A", "Z"} <= set(found)
    assert found["Z"].dtype == np.float32
    assert found["Z"].shape == (deep.HEIGHT, deep.WIDTH)


# --- nothing changes where no depth is wanted --------------------------------------------------------------------


def test_with_depth_off_nothing_changes_byte_for_byte(plates: str, studio: Engine, home: Path, tmp_path: Path) -> None:
    """An engine at hand, one named that nothing is asked of, and none at all: the same files, sidecars too but for the
    request that they repeat."""
    kinds = (("m.####.exr", "matte"), ("c.####.exr", "cutout"), ("l.####.exr", "layers"), ("p.####.png", "matte"))
    for name, depth, engine in (
        ("none", Depth(), None),
        ("at_hand", Depth(), studio),
        ("unused", Depth(deep.ENGINE), studio),
    ):
        out = [
            Deliverable(str(tmp_path / name / path), "png16" if path.endswith("png") else "exr", content)
            for path, content in kinds
        ]
        pulled(wanted(plates, tmp_path / name, depth, deliverables=out), engine, home)
    none, at_hand, unused = (made(tmp_path / name) for name in ("none", "at_hand", "unused"))
    for other in (at_hand, unused):
        assert other.keys() == none.keys()
        for name in none:
            assert other[name] == none[name] or name.endswith("mattewire.json"), name
    assert sum(name.endswith((".exr", ".png")) for name in none) == len(kinds) * len(SHOT)
    assert studio.depth.seen == []  # type: ignore[union-attr]
    assert not any("depth" in name for name in channels(tmp_path / "none" / "m.1001.exr")[0])
    document = json.loads(none["m.mattewire.json"])
    assert document["request"]["depth"] == {"engine": "", "holdout": False, "margin": 0.05}
    assert at_hand["m.mattewire.json"].replace(b"/at_hand/", b"/none/") == none["m.mattewire.json"]
    assert not any(name.startswith("depth") for name in document["engine"])


# --- the same again ----------------------------------------------------------------------------------------------


def test_a_redraw_and_a_second_run_give_the_same_bytes(plates: str, studio: Engine, home: Path, tmp_path: Path) -> None:
    store = KeptStore(tmp_path / "kept", 1_000_000_000)
    out = tmp_path / "out"
    asked = wanted(plates, out, HOLDOUT, z=True, overwrite=True)
    first_engine, second_engine = Leaky(), Leaky()
    pulled(asked, studio, home, keep=store, engine=first_engine.engine())
    before = made(out)
    pulled(asked, studio, home, keep=store, engine=second_engine.engine())
    assert first_engine.steps
    assert second_engine.steps == []  # the shot was kept: only distances and files are made again
    assert made(out) == before
    pulled(asked, studio, home)
    assert made(out) == before


def test_a_kept_shot_without_depth_is_finished_with_it(plates: str, studio: Engine, home: Path, tmp_path: Path) -> None:
    store = KeptStore(tmp_path / "kept", 1_000_000_000)
    events = pulled(wanted(plates, tmp_path / "first"), None, home, keep=store)
    asked = wanted(plates, tmp_path / "later", HOLDOUT, finish_of="job-00000")
    list(
        pull_matte(
            asked, None, Ticket("job-00002", kept=events[-1].kept), keep=store, scratch_folder=home, depth=studio
        )
    )
    pulled(wanted(plates, tmp_path / "at_once", HOLDOUT), studio, home)
    later, at_once = mattes(tmp_path / "later"), mattes(tmp_path / "at_once")
    assert all(np.array_equal(later[frame], at_once[frame]) for frame in SHOT)


def test_a_resumed_job_gives_the_bytes_of_one_that_was_not_interrupted(
    plates: str, studio: Engine, home: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    asked = wanted(plates, out, HOLDOUT, z=True)
    events = pulled(asked, studio, home)
    whole, identity = made(out), events[0].plate
    for frame in (1003, 1008, 1009):
        os.unlink(out / f"m.{frame}.exr")
    done = frozenset(SHOT) - {1003, 1008, 1009}
    pulled(asked, studio, home, ticket=Ticket(JOB, 2, done, identity))
    assert made(out) == whole


def test_the_sidecar_says_who_measured(plates: str, studio: Engine, home: Path, tmp_path: Path) -> None:
    pulled(wanted(plates, tmp_path / "out", Depth(deep.ENGINE, True, 0.1)), studio, home)
    document = json.loads((tmp_path / "out" / "m.mattewire.json").read_text())
    assert document["engine"]["depth"].endswith("holdout margin 0.1")
    assert document["engine"]["depth_model"] == "d1"
    assert document["request"]["depth"] == {"engine": deep.ENGINE, "holdout": True, "margin": 0.1}


# --- how it ends -------------------------------------------------------------------------------------------------


def test_it_can_be_canceled_between_two_frames(plates: str, studio: Engine, home: Path, tmp_path: Path) -> None:
    checks = iter(range(1000))

    def checkpoint() -> None:
        if next(checks) >= 3:
            raise Halted

    engine = Leaky()
    asked = wanted(plates, tmp_path / "out", HOLDOUT)
    with pytest.raises(Halted):
        list(pull_matte(asked, engine.engine(), Ticket(JOB), checkpoint=checkpoint, scratch_folder=home, depth=studio))
    assert studio.depth.seen == [1001, 1002, 1003]  # type: ignore[union-attr]
    assert studio.depth.closed == 1  # type: ignore[union-attr]
    assert engine.steps == []


@pytest.mark.parametrize(
    ("spoil", "match"),
    [
        (lambda frame, said: said * np.nan, "Frame 1001: the depth engine gave no distances"),
        (lambda frame, said: said[None], "Frame 1001: the depth engine gave no distances"),
        (lambda frame, said: said.astype(np.float64), "Frame 1001: the depth engine gave no distances .float64"),
        (lambda frame, said: 1 // 0, "Frame 1001: ZeroDivisionError"),
    ],
)
def test_a_fault_of_the_estimator_names_the_frame(
    spoil: Any, match: str, plates: str, studio: Engine, home: Path, tmp_path: Path
) -> None:
    studio.depth.spoil = spoil  # type: ignore[union-attr]
    asked = wanted(plates, tmp_path / "out", HOLDOUT)
    _, problem = run_until(
        EngineFailed, pull_matte(asked, Leaky().engine(), Ticket(JOB), scratch_folder=home, depth=studio)
    )
    assert str(problem).startswith(match.split(" .")[0])
    assert studio.depth.closed == 1  # type: ignore[union-attr]


def test_a_full_disk_is_told(
    plates: str, studio: Engine, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error is injected where the map is written: no small disk can be counted on."""

    def full(path: Path, *_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr("mattewire_server.shots.depths.np.save", full)
    with pytest.raises(DiskFull, match="Frame 1001: the distances"):
        pulled(wanted(plates, tmp_path / "out", HOLDOUT), studio, home)


def test_what_a_killed_worker_leaves_is_removed_by_the_next(home: Path) -> None:
    left = home / "mattewire-shot-abc"
    left.mkdir()
    (left / "1001.npy").write_bytes(b"x")
    remove_scratch(home)
    assert not left.exists()


def test_an_engine_without_an_estimator_is_refused_before_anything_runs(
    plates: str, home: Path, tmp_path: Path
) -> None:
    for engine in (None, Leaky().engine()):
        with pytest.raises(UnknownEngine, match="'studio-depth' tells no distances") as unknown:
            pulled(wanted(plates, tmp_path / "out", HOLDOUT), engine, home)
        assert unknown.value.field == "depth.engine"
    assert not (tmp_path / "out").exists()


def test_the_entry_points_say_what_it_does(studio: Engine) -> None:
    told = {each.name: each for each in engines.describe()}
    assert told[deep.ENGINE].does == ["depth"]
    assert told["preview"].does == ["detect", "segment"]


def test_without_distances_none_can_be_read() -> None:
    nothing = Depths()
    matte = np.ones((4, 4), np.float32)
    assert nothing.cut(1001, matte, None) is matte
    assert nothing.provenance() == {}
    with pytest.raises(InternalError, match="Frame 1001: its distances are not measured"):
        nothing.z(1001, Window(0, 0, 4, 4))
