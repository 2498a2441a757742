"""Garbage mattes and holdouts that come as files, and what is refused before an engine is asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from mattewire_protocol.deliver import Deliverable, Shape, Vertex
from mattewire_protocol.errors import BadField, BadPattern, FrameMissing, MattewireError, PlateUnreadable
from mattewire_server.plates.model import PlateInfo, Window
from mattewire_server.shots import pull_matte
from mattewire_server.shots.cutting import Cutter
from mattewire_server.shots.shot import Ticket
from server.shots.soft import HEIGHT, WIDTH, Disc, Soft, channels, made, write_discs
from server.shots.staged import JOB, frames_of, request, run, run_until

FRAMES = range(1001, 1006)


@pytest.fixture
def discs(tmp_path: Path) -> str:
    return write_discs(tmp_path / "plate", [Disc(48, 27, 20)], FRAMES)


def write_roto(folder: Path, frames: Any = FRAMES, size: tuple[int, int] = (WIDTH, HEIGHT)) -> str:
    """A 16-bit PNG sequence: everything left of column 40 + frame - 1001 is white, one column 1/4 gray."""
    folder.mkdir(parents=True, exist_ok=True)
    for frame in frames:
        picture = np.zeros((size[1], size[0]), np.uint16)
        edge = 40 + frame - 1001
        picture[:, :edge] = 65535
        picture[:, edge] = 16384
        assert cv2.imwrite(str(folder / f"roto.{frame}.png"), picture)
    return str(folder / "roto.####.png")


def matte_of(out: Path, frame: int) -> Any:
    return channels(out / f"m.{frame}.exr")[1]["A"]


def pull(discs: str, out: Path, *shapes: Shape, stage: Soft | None = None, **changes: Any) -> list[Any]:
    wanted = Deliverable(str(out / "m.####.exr"), depth="float")
    return run(request(discs, deliverables=[wanted], shapes=list(shapes), **changes), stage or Soft())


def test_a_sequence_cuts_each_frame_with_its_own_matte(discs: str, tmp_path: Path) -> None:
    roto = write_roto(tmp_path / "roto")
    pull(discs, tmp_path / "plain")
    pull(discs, tmp_path / "cut", Shape("garbage", path=roto))
    pull(discs, tmp_path / "kept", Shape("holdout", path=roto, outside=True))
    for frame in FRAMES:
        plain, edge = matte_of(tmp_path / "plain", frame), 40 + frame - 1001
        cut, kept = matte_of(tmp_path / "cut", frame), matte_of(tmp_path / "kept", frame)
        assert not cut[:, :edge].any()
        assert np.array_equal(cut[:, edge + 1 :], plain[:, edge + 1 :])
        assert np.abs(cut[:, edge] - 0.75 * plain[:, edge]).max() < 2e-3
        assert np.array_equal(kept[:, :edge], plain[:, :edge])
        assert not kept[:, edge + 1 :].any()
        assert np.abs(kept[:, edge] - 0.25 * plain[:, edge]).max() < 2e-3


def test_a_still_serves_every_frame(discs: str, tmp_path: Path) -> None:
    write_roto(tmp_path / "roto", [1001])
    still = tmp_path / "roto" / "still.png"
    (tmp_path / "roto" / "roto.1001.png").rename(still)
    pull(discs, tmp_path / "cut", Shape("holdout", path=str(still)))
    assert all(not matte_of(tmp_path / "cut", frame)[:, :40].any() for frame in FRAMES)


def test_a_sequence_is_needed_only_where_the_shape_holds(discs: str, tmp_path: Path) -> None:
    roto = write_roto(tmp_path / "roto", [1002, 1003])
    pull(discs, tmp_path / "plain")
    pull(discs, tmp_path / "cut", Shape("garbage", path=roto, first=1002, last=1003))
    for frame in FRAMES:
        same = np.array_equal(matte_of(tmp_path / "cut", frame), matte_of(tmp_path / "plain", frame))
        assert same == (frame not in (1002, 1003))
    pull(discs, tmp_path / "short", Shape("garbage", path=roto), first=1002, last=1003)
    assert len(list((tmp_path / "short").glob("*.exr"))) == 2, "nor beyond the shot"
    pull(discs, tmp_path / "past", Shape("garbage", path=str(tmp_path / "no" / "r.####.png"), first=2000, last=2100))


def test_a_shape_on_a_plate_whose_data_window_is_larger(tmp_path: Path) -> None:
    """Its matte is the display window's, and says nothing of the overscan."""
    overscan = Window(-8, -4, 104, 58)
    discs = write_discs(tmp_path / "plate", [Disc(4, 27, 16)], [1001], windows={1001: overscan})
    roto = write_roto(tmp_path / "roto", [1001])
    pull(discs, tmp_path / "plain")
    pull(discs, tmp_path / "cut", Shape("garbage", path=roto))
    pull(discs, tmp_path / "drawn", Shape("garbage", [Vertex(-8, 0), Vertex(4, 0), Vertex(4, 54), Vertex(-8, 54)]))
    plain, cut, drawn = (matte_of(tmp_path / name, 1001) for name in ("plain", "cut", "drawn"))
    assert not cut[4:58, 8:48].any()
    assert np.array_equal(cut[:, :8], plain[:, :8])
    assert plain[:, :8].any()
    assert not drawn[4:58, :12].any()
    assert np.array_equal(drawn[:, 12:], plain[:, 12:])


@pytest.mark.parametrize(
    ("shape", "error", "message", "field"),
    [
        ({"path": "{roto}/roto.####.png", "last": 1004}, FrameMissing, "Frame 1003 and 1 more of roto", "path"),
        ({"path": "{roto}/roto.####.png", "last": 1003}, FrameMissing, r"Frame 1003 of roto\.####\.png is not", "path"),
        ({"path": "{roto}/still.png"}, FrameMissing, "There is no matte at", "path"),
        ({"path": "{roto}/small.####.png", "last": 1002}, BadField, "80 x 40, the plate 96 x 54", "path"),
        ({"path": "{roto}/damaged.png"}, PlateUnreadable, r"damaged\.png\) cannot be read", "path"),
        ({"path": "roto.####.png"}, BadField, "not an absolute path", "path"),
        ({"path": "{roto}/a.####.b.####.png"}, BadPattern, "has 2 counters", "path"),
    ],
    ids=["two frames missing", "one frame missing", "no still", "another size", "damaged", "relative", "two counters"],
)
def test_a_shape_that_cannot_be_used_is_refused_before_the_engine_is_asked(
    discs: str,
    tmp_path: Path,
    out: Path,
    shape: dict[str, Any],
    error: type[MattewireError],
    message: str,
    field: str,
) -> None:
    write_roto(tmp_path / "small", [1001, 1002], (80, 40))
    for frame in (1001, 1002):
        (tmp_path / "small" / f"roto.{frame}.png").rename(tmp_path / "small" / f"small.{frame}.png")
    (tmp_path / "small").rename(tmp_path / "roto")
    (tmp_path / "roto" / "damaged.png").write_bytes(b"no picture")
    write_roto(tmp_path / "roto", [1001, 1002])
    given = {"use": "garbage", **shape}
    if "path" in given:
        given["path"] = given["path"].replace("{roto}", str(tmp_path / "roto"))
    fine = Shape("holdout", [Vertex(0, 0), Vertex(9, 0), Vertex(9, 9)])
    stage = Soft()
    with pytest.raises(error, match=message) as caught:
        pull(discs, out, fine, Shape(**given), stage=stage)
    assert caught.value.field == f"shapes[1].{field}"
    assert caught.value.advice
    assert not stage.was_asked
    assert not out.exists()


@pytest.mark.parametrize(
    ("damage", "error", "message"),
    [
        (lambda path: path.write_bytes(b"no picture"), PlateUnreadable, r"Frame 1004 \(roto\.1004\.png\)"),
        (
            lambda path: path.unlink(missing_ok=True),
            FrameMissing,
            r"Frame 1004 \(roto\.1004\.png\) of the matte is not there",
        ),
        (lambda path: write_roto(path.parent, [1004], (80, 40)), BadField, r"is 80 x 40, the plate 96 x 54"),
    ],
    ids=["damaged", "gone since", "another size"],
)
def test_a_file_that_turns_out_bad_is_named_and_what_is_finished_stays(
    discs: str, tmp_path: Path, out: Path, damage: Any, error: type[MattewireError], message: str
) -> None:
    roto = write_roto(tmp_path / "roto")
    wanted = request(discs, str(out / "m.####.exr"), shapes=[Shape("garbage", path=roto)])
    stage = Soft(before_step=lambda frame: damage(tmp_path / "roto" / "roto.1004.png") if frame == 1001 else None)
    if error is not FrameMissing:
        damage(tmp_path / "roto" / "roto.1004.png")
        stage = Soft()
    seen, problem = run_until(error, pull_matte(wanted, stage.engine(), Ticket(JOB)))
    assert problem.field == "shapes[0].path"
    with pytest.raises(error, match=message):
        raise problem
    assert set(frames_of(seen)) >= {1001, 1002, 1003}
    assert 1004 not in frames_of(seen)
    assert sorted(made(out)) == [f"m.{frame}.exr" for frame in sorted(frames_of(seen))]


def test_one_file_is_read_once_for_all_objects_of_a_frame(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mattewire_server.shots import cutting

    roto = write_roto(tmp_path / "roto", [1001])
    info = PlateInfo(
        "/p/a.####.exr",
        "sequence",
        1001,
        1001,
        (),
        Window(0, 0, WIDTH, HEIGHT),
        Window(0, 0, WIDTH, HEIGHT),
        1.0,
        None,
        "",
        "0",
    )
    reads: list[int] = []
    real = cutting.read_matte

    def counted(path: str, frame: int, *more: Any) -> Any:
        reads.append(frame)
        return real(path, frame, *more)

    monkeypatch.setattr(cutting, "read_matte", counted)
    cutter = Cutter(Shape("garbage", path=roto), info, (1001, 1001), "shapes[0]")
    assert reads == [1001], "at once, to refuse what is no matte"
    first, second = cutter.coverage(1001), cutter.coverage(1001)
    assert first is not None
    assert first is second
    assert reads == [1001]
    assert cutter.coverage(1002) is None
