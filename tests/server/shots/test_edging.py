"""Edges in the pipeline: which method where, the same bytes tracked and finished again, and what files say of them."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mattewire_protocol.deliver import CleanUp, Deliverable, Edges
from mattewire_protocol.errors import BadField, EngineFailed, InstallIncomplete, PlateUnreadable
from mattewire_server.color import transform_for
from mattewire_server.engines.seams import Engine, Hint, Picture, Segment, ShotInfo
from mattewire_server.finish.alpha import alpha_from_logits
from mattewire_server.finish.refine import closed_form as solver
from mattewire_server.kept import KeptStore
from mattewire_server.plates.model import PlateFrame, Window
from mattewire_server.shots import pull_matte
from mattewire_server.shots.edging import Edging
from mattewire_server.shots.shot import Ticket
from server.shots.soft import THREE, Soft, SoftTrack, channels, log_odds, made, write_discs
from server.shots.staged import JOB, request, run

FRAMES = range(1001, 1007)
WIDTH, HEIGHT = 96, 54
CANVAS = Window(0, 0, WIDTH, HEIGHT)
DISCS = tuple(replace(disc, soft=1.5) for disc in THREE)
"""With edges finer than the coarse stage's cells."""


@dataclass
class Coarse(Soft):
    """The soft stage, through cells of 6 x 6 plate pixels. ``enlarged``: its logits are that many times the cells."""

    enlarged: int = 1

    def begin(self, shot: ShotInfo) -> CoarseTrack:
        self.marked, self.told, self.stepped = [], [], []
        self.qualities.append(shot.quality)
        return CoarseTrack(self, shot)


class CoarseTrack(SoftTrack):
    def step(self, picture: Picture, hints: Sequence[Hint] = ()) -> dict[int, Segment]:
        times = self.stage.enlarged
        return {
            number: Segment(coarse(one.logits, times), one.score, one.present, (float(times), float(times)))
            for number, one in super().step(picture, hints).items()
        }


def coarse(logits: NDArray[np.float32], times: int = 1) -> NDArray[np.float32]:
    share = cv2.resize(1 / (1 + np.exp(-logits.astype(np.float64))), (16, 9), interpolation=cv2.INTER_AREA)
    cells = log_odds(np.clip(share, 1e-6, 1 - 1e-6))
    return np.repeat(np.repeat(cells, times, axis=0), times, axis=1) if times > 1 else cells


@pytest.fixture
def discs(tmp_path: Path) -> str:
    return write_discs(tmp_path / "plate", DISCS, FRAMES)


@pytest.fixture
def store(tmp_path: Path) -> KeptStore:
    return KeptStore(tmp_path, 10**9)


def wanted(discs: str, out: Path, **changes: Any) -> Any:
    return request(discs, str(out / "m.####.exr"), **changes)


def error(out: Path, frame: int = 1003) -> float:
    return float(np.abs(channels(out / f"m.{frame}.exr")[1]["A"] - DISCS[0].coverage(frame)).mean())


# --- the pipeline ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("enlarged", [1, 4])
def test_guided_edges_are_nearer_than_plain_ones(discs: str, tmp_path: Path, enlarged: int) -> None:
    """Whether the engine enlarges its own mask or leaves that to us."""
    for method in ("guided", "plain"):
        run(wanted(discs, tmp_path / method, edges=Edges(method)), Coarse(enlarged=enlarged))
    guided, plain = error(tmp_path / "guided"), error(tmp_path / "plain")
    assert guided < 0.5 * plain
    matte = channels(tmp_path / "guided" / "m.1003.exr")[1]["A"]
    assert ((matte == 0) | (matte == 1)).mean() > 0.6


def test_plain_is_the_bare_enlargement(discs: str, out: Path) -> None:
    stage = Coarse()
    run(wanted(discs, out, edges=Edges("plain"), last=1001), stage)
    header, found = channels(out / "m.1001.exr")
    share = cv2.resize(DISCS[0].coverage(1001), (16, 9), interpolation=cv2.INTER_AREA)
    expected = alpha_from_logits(log_odds(np.clip(share, 1e-6, 1 - 1e-6)), WIDTH, HEIGHT)
    assert np.abs(found["A"] - expected).max() < 2e-3
    assert "mattewire/edges" not in header


def test_an_engine_at_the_plates_resolution_is_left_alone(discs: str, tmp_path: Path) -> None:
    for method in ("guided", "plain"):
        run(wanted(discs, tmp_path / method, edges=Edges(method)), Soft())
    for frame in FRAMES:
        one, other = (channels(tmp_path / method / f"m.{frame}.exr")[1]["A"] for method in ("guided", "plain"))
        assert (one == other).all()


@pytest.mark.parametrize("keyframe", [1001, 1004])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"edges": Edges("guided", band=4, motion_blur=True)},
        {"edges": Edges("guided", motion_blur=True), "clean_up": [CleanUp(temporal=1, dilate=1)]},
        {"roi": True},
    ],
    ids=["guided", "band, motion blur", "motion blur, steadied", "region"],
)
def test_tracked_and_finished_again_are_the_same_bytes(
    discs: str, tmp_path: Path, store: KeptStore, keyframe: int, changes: dict[str, Any]
) -> None:
    first = run(wanted(discs, tmp_path / "first", keyframe=keyframe, **changes), Coarse(), keep=store)
    assert first[-1].kept
    stage = Coarse()
    again = run(wanted(discs, tmp_path / "again", keyframe=keyframe, **changes), stage, keep=store)
    assert again[-1].kept == first[-1].kept
    assert not stage.was_asked
    run(wanted(discs, tmp_path / "anew", keyframe=keyframe, reuse=False, **changes), Coarse())
    frames = {name: data for name, data in made(tmp_path / "first").items() if name.endswith(".exr")}
    assert len(frames) == len(FRAMES)
    for folder in ("again", "anew"):
        assert {name: data for name, data in made(tmp_path / folder).items() if name.endswith(".exr")} == frames


def test_another_method_needs_no_engine(discs: str, tmp_path: Path, store: KeptStore) -> None:
    first = run(wanted(discs, tmp_path / "first", edges=Edges("plain")), Coarse(), keep=store)
    order = replace(wanted(discs, tmp_path / "again"), finish_of="job-00000")
    list(pull_matte(order, None, Ticket("job-00002", kept=first[-1].kept), keep=store))
    assert error(tmp_path / "again") < 0.5 * error(tmp_path / "first")


def test_files_and_sidecar_say_how(discs: str, out: Path) -> None:
    run(wanted(discs, out, edges=Edges("guided", band=5, motion_blur=True), last=1001), Coarse())
    header, _ = channels(out / "m.1001.exr")
    assert header["mattewire/edges"] == "guided, band 5, motion blur"
    facts = json.loads((out / "m.mattewire.json").read_text())
    assert facts["engine"]["edges"] == "guided, band 5, motion blur"
    assert (facts["request"]["edges"]["method"], facts["request"]["edges"]["band"]) == ("guided", 5.0)
    assert facts["request"]["edges"]["motion_blur"] is True


@pytest.mark.parametrize(("stage", "reads"), [(Soft(), False), (Coarse(), True)], ids=["fine", "coarse"])
def test_the_plate_is_read_again_only_where_an_engine_left_edges_open(
    discs: str, tmp_path: Path, store: KeptStore, stage: Soft, reads: bool
) -> None:
    """Damage that leaves a file's size and time as they were shows whether anybody reads it."""
    first = run(wanted(discs, tmp_path / "first"), stage, keep=store)
    for path in (tmp_path / "plate").iterdir():
        stat, data = path.stat(), path.read_bytes()
        path.write_bytes(data[:-200] + bytes(200))
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    order = wanted(discs, tmp_path / "again", clean_up=[CleanUp(dilate=1)], finish_of="job-00000")
    events = pull_matte(order, None, Ticket("job-00002", kept=first[-1].kept), keep=store)
    if reads:
        with pytest.raises(PlateUnreadable, match="Frame 1001"):
            list(events)
    else:
        assert list(events)[-1].state == "done"


def test_foreground_colors_are_in_the_cutout(discs: str, out: Path) -> None:
    """The red disc's own light is (1, 0, 0) wherever it has any share of a pixel; the green one's is behind it."""
    cutouts = [
        Deliverable(str(out / f"{colors}.####.exr"), content="cutout", colors=colors)
        for colors in ("plate", "foreground")
    ]
    run(request(discs, deliverables=cutouts, last=1001, edges=Edges("plain")), Soft())
    (_, plate), (header, own) = (channels(out / f"{colors}.1001.exr") for colors in ("plate", "foreground"))
    assert header["mattewire/colors"] == "foreground"
    soft = (own["A"] > 0.2) & (own["A"] < 1)
    assert soft.any()
    assert np.abs(own["R"][soft] - 1).mean() < 0.25 * np.abs(plate["R"][soft] - 1).mean()
    for channel in "RGB":
        assert own[channel].dtype == plate[channel].dtype
        whole = (own["A"] == 1) | (own["A"] == 0)
        assert (own[channel][whole] == plate[channel][whole]).all()
    assert (own["A"] == plate["A"]).all()


# --- one frame ---------------------------------------------------------------------------------------------------


@dataclass
class Refiner:
    """Gives what it is told to, and notes what it was shown."""

    level: float = 0.25
    shown: list[tuple[int, int, tuple[int, ...], NDArray[np.bool_], NDArray[np.float32]]] = field(default_factory=list)
    inside: int = 0

    def refine(
        self, picture: Picture, alpha: NDArray[np.float32], band: NDArray[np.bool_], object: int
    ) -> NDArray[np.float32]:
        self.inside += 1
        assert self.inside == 1, "one thread at a time"
        self.shown.append((picture.frame, object, picture.rgb.shape, band.copy(), alpha.copy()))
        threading.Event().wait(0.01)
        self.inside -= 1
        return np.full(alpha.shape, self.level, np.float32)


def model(refiner: Any, **facts: str) -> Engine:
    return Engine("mat", "Mat", None, None, provenance={"weights": "none", **facts}, refiner=refiner)


def plate(frame: int = 1001, shift: float = 0.0) -> PlateFrame:
    y, x = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    share = np.clip((18 - np.hypot(x - 48 - shift, y - 27)) / 2 + 0.5, 0, 1)[..., None]
    return PlateFrame(frame, (share * (0.8, 0.2, 0.1) + (1 - share) * (0.1, 0.3, 0.5)).astype(np.float32), CANVAS)


def segment() -> Segment:
    share = (plate().rgb[..., 0] - 0.1) / 0.7
    return Segment(coarse(log_odds(np.clip(share, 1e-9, 1 - 1e-9))), 0.9)


def edging(edges: Edges, matting: Engine | None = None) -> Edging:
    return Edging(edges, transform_for("sRGB"), matting)


def test_a_model_gets_a_rough_matte_and_only_its_band_is_taken() -> None:
    refiner = Refiner()
    made_by = edging(Edges("matting", "mat"), model(refiner))
    matte = made_by.matte(2, segment(), CANVAS, plate())
    ((frame, number, shape, band, rough),) = refiner.shown
    assert (frame, number, shape) == (1001, 2, (HEIGHT, WIDTH, 3))
    assert (matte[band] == 0.25).all()
    assert set(np.unique(rough[~band])) == {0.0, 1.0}
    assert (matte[~band] == rough[~band]).all()
    assert made_by.provenance() == {"edges": "matting (mat)", "edges_weights": "none"}


def test_one_model_serves_many_threads() -> None:
    refiner = Refiner()
    made_by = edging(Edges("matting", "mat"), model(refiner))
    threads = [threading.Thread(target=made_by.matte, args=(1, segment(), CANVAS, plate())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refiner.shown) == 4


@pytest.mark.parametrize("level", [np.nan, np.inf])
def test_a_model_that_gives_no_numbers_is_named(level: float) -> None:
    with pytest.raises(EngineFailed, match="Frame 1001: mat gave no matte"):
        edging(Edges("matting", "mat"), model(Refiner(level))).matte(1, segment(), CANVAS, plate())


def test_what_a_model_overshoots_is_cut() -> None:
    refiner = Refiner(7.0)
    matte = edging(Edges("matting", "mat"), model(refiner)).matte(1, segment(), CANVAS, plate())
    assert matte.max() == 1


@pytest.mark.parametrize(("name", "at"), [("mat", "edges.matting"), ("", "edges.method")])
def test_a_model_that_is_not_there_is_refused_before_anything_runs(name: str, at: str) -> None:
    with pytest.raises(BadField) as caught:
        edging(Edges("matting", name), model(None) if name else None)
    assert caught.value.field == at


def test_closed_form_without_its_package_is_refused_before_an_engine_runs(
    discs: str, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(solver, "find_spec", lambda name: None)
    stage = Coarse()
    with pytest.raises(InstallIncomplete, match="pymatting"):
        list(pull_matte(wanted(discs, out, edges=Edges("closed_form")), stage.engine(), Ticket(JOB)))
    assert not stage.was_asked


def test_closed_form_is_nearer_than_plain() -> None:
    pytest.importorskip("pymatting")
    true = (plate().rgb[..., 0] - 0.1) / 0.7
    solved, plain = (edging(Edges(method)).matte(1, segment(), CANVAS, plate()) for method in ("closed_form", "plain"))
    assert np.abs(solved - true).mean() < 0.3 * np.abs(plain - true).mean()
    assert "edges_pymatting" in edging(Edges("closed_form")).provenance()


def test_an_artists_band_is_kept_to() -> None:
    plain = edging(Edges("plain")).matte(1, segment(), CANVAS)
    narrow = edging(Edges("guided", band=2)).matte(1, segment(), CANVAS, plate())
    wide = edging(Edges("guided", band=12)).matte(1, segment(), CANVAS, plate())
    changed = np.abs(narrow - plain) > 0.03
    assert changed.any()
    away = cv2.distanceTransform((plain >= 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    away += cv2.distanceTransform((plain < 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    assert away[changed].max() <= 3
    assert (np.abs(wide - plain) > 0.03).sum() > changed.sum()


def test_a_band_opens_a_fine_engines_matte_too() -> None:
    """A matte of the plate's resolution that is off by two pixels."""
    true = (plate().rgb[..., 0] - 0.1) / 0.7
    shifted = Segment(log_odds(np.clip(np.roll(true, 2, axis=1), 1e-9, 1 - 1e-9)), 0.9)
    kept = edging(Edges("guided")).matte(1, shifted, CANVAS, plate())
    opened = edging(Edges("guided", band=6)).matte(1, shifted, CANVAS, plate())
    assert np.abs(opened - true).mean() < 0.6 * np.abs(kept - true).mean()


def test_motion_blur_looks_at_both_neighbors_or_the_one_there_is() -> None:
    refiner = Refiner()
    made_by = edging(Edges("matting", "mat", motion_blur=True), model(refiner))
    assert made_by.reach == 1
    moved = [plate(1000, -14), plate(1002, 14)]
    for before, after in ((None, None), (moved[0], None), (None, moved[1]), (moved[0], moved[1])):
        made_by.matte(1, segment(), CANVAS, plate(), before, after)
    still, *others = (int(band.sum()) for _, _, _, band, _ in refiner.shown)
    assert min(others) > still


def test_logits_that_are_no_numbers_are_the_engines_fault() -> None:
    broken = Segment(np.full((9, 16), np.nan, np.float32), 0.9)
    with pytest.raises(EngineFailed, match="NaN"):
        edging(Edges("guided")).matte(1, broken, CANVAS, plate())


def test_objects_have_edges_of_their_own() -> None:
    made_by = edging(Edges("guided"))
    other = Segment(-segment().logits, 0.9)
    one, rest = (made_by.matte(number, each, CANVAS, plate()) for number, each in ((1, segment()), (2, other)))
    assert np.abs(one + rest - 1).mean() < 0.02
