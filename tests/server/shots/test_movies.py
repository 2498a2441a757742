"""Movies of a shot: the same mattes as its sequences, in frame order, whole or not at all."""

from __future__ import annotations

import os
import sys
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from mattewire_protocol.deliver import CleanUp, Deliverable
from mattewire_protocol.errors import BadField, InstallIncomplete, OutputExists, PlateUnreadable
from mattewire_protocol.messages import FrameEvent, JobEvent, StageEvent
from mattewire_server.finish import movies
from mattewire_server.kept import KeptStore
from mattewire_server.plates.model import Window
from mattewire_server.shots import Halted, pull_matte, redraw
from mattewire_server.shots.shot import Ticket
from server.finish.movies.reading import read_movie_with_alpha
from server.shots.soft import DISPLAY, Disc, Soft, channels, made, write_discs
from server.shots.staged import JOB, frames_of, request, run, run_until

FILM = Fraction(24000, 1001)
FRAMES = range(1019, 1026)
"""The last three, which are ready at once where edges are steadied, lie across 1024: a set hands out 1024 first."""
MOVING = (Disc(20, 27, 13, dx=3.5), Disc(40, 25, 12, dx=-1.5), Disc(70, 30, 11, dy=-0.9, absent=frozenset({1021})))
ALPHA_OFF = {"webm": 2 / 255, "prores4444": 1 / 255}
SUFFIX = {"webm": "webm", "prores4444": "mov"}
RATE: dict[str, tuple[str, Any]] = {
    "framesPerSecond": ("rational", (24000, 1001)),
    "smpte:TimeCode": ("timecode", (0x01020304, 0)),
}
each_format = pytest.mark.parametrize("format", ["webm", "prores4444"])


def moving(folder: Path, size: tuple[int, int] = (96, 54), **more: Any) -> str:
    discs = [Disc(d.x - 18 * d.dx, d.y - 18 * d.dy, d.radius, d.dx, d.dy, d.soft, d.absent) for d in MOVING]
    display = Window(0, 0, *size)
    return write_discs(folder, discs, FRAMES, **{"display": display, "attributes": RATE, **more})


def movie(out: Path, format: str, name: str = "m", **more: Any) -> Deliverable:
    return Deliverable(str(out / f"{name}.{SUFFIX[format]}"), format, **more)


def sequence(out: Path, name: str = "m", **more: Any) -> Deliverable:
    return Deliverable(str(out / f"{name}.####.exr"), **more)


def alphas(path: Path) -> list[NDArray[np.float64]]:
    return [alpha for _, alpha in read_movie_with_alpha(str(path))]


# --- what is in them ---------------------------------------------------------------------------------------------


@each_format
@pytest.mark.parametrize("size", [(96, 54), (95, 53)], ids=["even", "odd"])
@pytest.mark.parametrize("temporal", [0, 2])
def test_alpha_is_that_of_the_sequence_frame_by_frame(
    tmp_path: Path, out: Path, format: str, size: tuple[int, int], temporal: int
) -> None:
    plate = moving(tmp_path / "plate", size)
    wanted = [sequence(out, depth="float"), movie(out, format), movie(out, format, "cut", content="cutout")]
    more = {"clean_up": [CleanUp(temporal=temporal)], "keyframe": 1022, "prompts": ["disc"], "pick": "all"}
    run(request(plate, deliverables=wanted, **more), Soft())
    exr = [channels(out / f"m.{frame}.exr")[1]["A"] for frame in FRAMES]
    for name in ("m", "cut"):
        path = out / f"{name}.{SUFFIX[format]}"
        read = alphas(path)
        assert len(read) == len(FRAMES)
        for found, expected in zip(read, exr, strict=True):
            assert found.shape == size[::-1]
            assert np.abs(found - expected).max() <= ALPHA_OFF[format]
            assert (found[expected == 0] == 0).all()
            assert (found[expected == 1] == 1).all()
        with av.open(str(path)) as opened:
            assert opened.streams.video[0].average_rate == FILM
    apart = min(np.abs(one - other).max() for one, other in pairwise(exr))
    assert apart > 0.2, "else frames in another order would not be noticed"


@each_format
def test_a_matte_is_white_and_a_cutout_is_the_plate_as_it_is_shown(tmp_path: Path, out: Path, format: str) -> None:
    """Without the exposure that the models see: the plate is four stops down."""
    plate = moving(tmp_path / "plate", gain=1 / 16)
    wanted = [movie(out, format), movie(out, format, "cut", content="cutout")]
    events = run(request(plate, deliverables=wanted), Soft())
    assert events[0].exposure > 2
    white = [rgb for rgb, _ in read_movie_with_alpha(str(out / f"m.{SUFFIX[format]}"))]
    assert max(float(np.abs(rgb - 1).max()) for rgb in white) < 1e-9
    most, usual = (4.0, 0.5) if format == "prores4444" else (40.0, 3.0)  # WebM's chroma has half the size
    for frame, (rgb, _) in zip(FRAMES, read_movie_with_alpha(str(out / f"cut.{SUFFIX[format]}")), strict=True):
        linear = np.stack([d.coverage(frame) for d in _placed()], axis=2) / 16
        shown = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
        errors = np.abs(rgb - shown) * 255
        assert errors.max() <= most
        assert np.sqrt((errors**2).mean()) <= usual


def _placed() -> list[Disc]:
    return [Disc(d.x - 18 * d.dx, d.y - 18 * d.dy, d.radius, d.dx, d.dy, d.soft, d.absent) for d in MOVING]


def test_premultiplied_is_the_picture_times_alpha(tmp_path: Path, out: Path) -> None:
    plate = moving(tmp_path / "plate")
    straight = movie(out, "prores4444", "straight", content="cutout")
    wanted = [straight, movie(out, "prores4444", "over", content="cutout", premultiplied=True)]
    run(request(plate, deliverables=wanted), Soft())
    both = zip(*(read_movie_with_alpha(str(out / f"{name}.mov")) for name in ("straight", "over")), strict=True)
    for (rgb, alpha), (over, _) in both:
        assert np.abs(over - rgb * alpha[..., None]).max() * 255 <= 4
        assert np.abs(over[alpha == 0]).max() * 255 <= 2


def test_a_movie_of_each_object(tmp_path: Path, out: Path) -> None:
    plate = moving(tmp_path / "plate")
    wanted = [movie(out, "prores4444", "{object}"), sequence(out, "l", content="layers", depth="float")]
    run(request(plate, deliverables=wanted, prompts=["disc"], pick="all"), Soft())
    for name in ("disc_1", "disc_2", "disc_3"):
        for frame, found in zip(FRAMES, alphas(out / f"{name}.mov"), strict=True):
            expected = channels(out / f"l.{frame}.exr")[1][f"{name}.A"]
            assert np.abs(found - expected).max() <= ALPHA_OFF["prores4444"]
    assert not alphas(out / "disc_3.mov")[2].any(), "out of sight on 1021"
    assert alphas(out / "disc_3.mov")[3].any()


@each_format
def test_a_movie_shows_the_display_window(tmp_path: Path, out: Path, format: str) -> None:
    """Overscan is cut off, and outside a small data window there is nothing."""
    windows = {1020: Window(-8, -4, 104, 58), 1021: Window(30, 20, 60, 40), 1022: Window(96, 54, 100, 60)}
    plate = moving(tmp_path / "plate", windows=windows)
    wanted = [movie(out, format), movie(out, format, "cut", content="cutout")]
    run(request(plate, deliverables=wanted, last=1023, prompts=["disc"], pick="all"), Soft())
    for name in ("m", "cut"):
        for frame, found in zip(range(1019, 1024), alphas(out / f"{name}.{SUFFIX[format]}"), strict=True):
            covers = [1 - d.coverage(frame) for d in _placed()]
            expected = 1 - np.prod(covers, axis=0)
            window = windows.get(frame, DISPLAY)
            inside = np.zeros((54, 96), bool)
            inside[max(window.y0, 0) : window.y1, max(window.x0, 0) : window.x1] = True
            expected[~inside] = 0
            assert np.abs(found - expected).max() <= ALPHA_OFF[format] + 1 / 256


def test_rate_and_timecode_are_the_plates_or_what_was_typed(tmp_path: Path, out: Path) -> None:
    """The timecode is that of the shot's first frame; every frame of this plate has the same one."""
    plate = moving(tmp_path / "plate")
    run(request(plate, deliverables=[movie(out, "prores4444")], first=1021), Soft())
    with av.open(str(out / "m.mov")) as opened:
        assert opened.streams.video[0].average_rate == FILM
        assert opened.streams.video[0].metadata["timecode"] == "01:02:03:04"
    run(request(plate, deliverables=[movie(out, "webm", fps=25.0)], last=1021), Soft())
    with av.open(str(out / "m.webm")) as opened:
        assert opened.streams.video[0].average_rate == 25


# --- events, and made again --------------------------------------------------------------------------------------


def test_movies_are_told_of_while_they_are_written(tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redraw, "TOLD_EVERY_S", 0.0)
    plate = moving(tmp_path / "plate")
    wanted = [movie(out, "webm"), movie(out, "prores4444", "cut", content="cutout")]
    events = run(request(plate, deliverables=wanted, last=1021), Soft())
    notes = [event.note for event in events if isinstance(event, StageEvent) and "Writing m.webm" in event.note]
    assert notes == [f"Writing m.webm and cut.mov: frame {frame} of 1021." for frame in (1019, 1020, 1021)]
    assert frames_of(events) == [1019, 1020, 1021], "frames are told when they are tracked"
    assert [event.paths for event in events if isinstance(event, FrameEvent)] == [[], [], []]
    assert events[-1].outputs == [
        str(out / name)
        for name in ("m.webm", "m.mattewire.json", "m.boxes.json", "cut.mov", "cut.mattewire.json", "cut.boxes.json")
    ]


def test_a_movie_from_a_kept_shot_has_the_same_bytes(tmp_path: Path, out: Path) -> None:
    plate, store = moving(tmp_path / "plate"), KeptStore(tmp_path, 10**9)
    wanted = request(
        plate, deliverables=[movie(out, "webm"), movie(out, "prores4444", content="cutout")], keyframe=1022
    )
    run(wanted, Soft(), keep=store)
    before = made(out)
    for path in out.iterdir():
        path.unlink()
    events = run(wanted, stage := Soft(), keep=store)
    assert not stage.was_asked
    assert frames_of(events) == list(FRAMES)
    assert made(out) == before


def test_a_resumed_job_gives_its_movie_every_frame(tmp_path: Path, out: Path) -> None:
    plate = moving(tmp_path / "plate")
    wanted = request(plate, deliverables=[sequence(out), movie(out, "prores4444")], keyframe=1022)
    run(wanted, Soft())
    whole = made(out)
    for path in out.iterdir():
        path.unlink()
    seen, _ = run_until(Halted, pull_matte(wanted, Soft().engine(), Ticket(JOB), checkpoint=halting(6)))
    finished = frozenset(frames_of(seen))
    assert 0 < len(finished) < len(FRAMES)
    run(wanted, Soft(), Ticket(JOB, 2, finished, seen[0].plate))
    assert made(out) == whole


def halting(after: int) -> Any:
    checks = iter(range(1000))

    def checkpoint() -> None:
        if next(checks) >= after:
            raise Halted

    return checkpoint


# --- refused -----------------------------------------------------------------------------------------------------


@each_format
@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({}, "out[1].fps", "needs a frame rate"),
        ({"path": "m.####.{suffix}", "fps": 24.0}, "out[1].path", "has a frame counter"),
        ({"path": "m.avi", "fps": 24.0}, "out[1].path", "does not end in"),
    ],
    ids=["no rate", "a counter", "another suffix"],
)
def test_what_cannot_be_is_refused_before_the_engine_is_asked(
    tmp_path: Path, out: Path, format: str, changes: dict[str, Any], field: str, message: str
) -> None:
    plate = moving(tmp_path / "plate", attributes={})
    name = changes.get("path", "m.{suffix}").format(suffix=SUFFIX[format])
    unlike = Deliverable(str(out / name), format, fps=changes.get("fps", 0.0))
    stage = Soft()
    with pytest.raises(BadField, match=message) as caught:
        run(request(plate, deliverables=[sequence(out), unlike]), stage)
    assert caught.value.field == field
    assert caught.value.advice
    assert not stage.was_asked
    assert made(out) == {}


@each_format
def test_a_movie_in_the_way_is_the_artists(tmp_path: Path, out: Path, format: str) -> None:
    plate = moving(tmp_path / "plate")
    out.mkdir()
    path = out / f"m.{SUFFIX[format]}"
    path.write_bytes(b"the artist's own")
    stage = Soft()
    wanted = request(plate, deliverables=[movie(out, format)], last=1021)
    with pytest.raises(OutputExists, match=r"m\.\w+ is there already") as caught:
        run(wanted, stage)
    assert caught.value.field == "out[0].path"
    assert not stage.was_asked
    assert path.read_bytes() == b"the artist's own"
    run(type(wanted)(**{**wanted.__dict__, "overwrite": True}), stage)
    assert len(alphas(path)) == 3


def test_a_movie_of_an_object_in_the_way_is_noticed_once_the_objects_are_known(tmp_path: Path, out: Path) -> None:
    plate = moving(tmp_path / "plate")
    out.mkdir()
    (out / "object_red.mov").write_bytes(b"the artist's own")
    stage = Soft()
    with pytest.raises(OutputExists, match=r"object_red\.mov is there already"):
        run(request(plate, deliverables=[movie(out, "prores4444", "{object}")]), stage)
    assert stage.qualities == [], "before tracking"


def test_a_movie_never_replaces_the_plate(tmp_path: Path, out: Path) -> None:
    source = moving(tmp_path / "plate")
    run(request(source, deliverables=[movie(out, "prores4444", content="cutout")]), Soft())
    plate = str(out / "m.mov")
    (tmp_path / "link").symlink_to(out)
    wanted = Deliverable(str(tmp_path / "link" / "m.mov"), "prores4444")
    with pytest.raises(BadField, match="replace the plate itself") as caught:
        run(request(plate, deliverables=[wanted], overwrite=True), Soft())
    assert caught.value.field == "out[0].path"


def test_without_pyav_it_is_said_before_the_engine_runs(
    tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "av", None)  # what an import of an absent package does
    monkeypatch.delitem(sys.modules, "mattewire_server.finish.movies.encoders", raising=False)
    monkeypatch.delattr(movies, "encoders", raising=False)
    stage = Soft()
    with pytest.raises(InstallIncomplete, match=r"m\.webm is a movie, and PyAV") as caught:
        run(request(moving(tmp_path / "plate"), deliverables=[sequence(out), movie(out, "webm")]), stage)
    assert caught.value.field == "out[1].format"
    assert "mattewire[video]" in caught.value.advice
    assert not stage.was_asked


# --- stopped in the middle ---------------------------------------------------------------------------------------


@each_format
@pytest.mark.parametrize("after", [3, 13], ids=["while tracking", "while it is written"])
def test_a_canceled_job_leaves_no_movie(tmp_path: Path, out: Path, format: str, after: int) -> None:
    """Frames that are finished stay; a half movie is of use to nobody."""
    plate, home = moving(tmp_path / "plate"), tmp_path / "home"
    home.mkdir()
    wanted = request(plate, deliverables=[sequence(out), movie(out, format)])
    job = pull_matte(wanted, Soft().engine(), Ticket(JOB), checkpoint=halting(after), scratch_folder=home)
    seen, _ = run_until(Halted, job)
    assert sorted(made(out)) == [f"m.{frame}.exr" for frame in frames_of(seen)]
    assert (len(frames_of(seen)) == len(FRAMES)) == (after == 13)
    assert list(home.iterdir()) == []


def test_a_plate_that_is_damaged_meanwhile_leaves_none(tmp_path: Path, out: Path) -> None:
    """A cut-out reads the plate again."""
    plate, store = moving(tmp_path / "plate"), KeptStore(tmp_path, 10**9)
    kept = run(request(plate, deliverables=[sequence(out)]), Soft(), keep=store)[-1].kept
    frame = Path(plate.replace("####", "1024"))
    data = frame.read_bytes()
    stamp = frame.stat().st_mtime_ns
    frame.write_bytes(data[:400] + bytes(len(data) - 400))

    os.utime(frame, ns=(stamp, stamp))
    wanted = request(plate, deliverables=[movie(out, "prores4444", "cut", content="cutout")], finish_of="job-00000")
    seen, problem = run_until(PlateUnreadable, pull_matte(wanted, None, Ticket(JOB, kept=kept), keep=store))
    assert "Frame 1024" in str(problem)
    assert not [event for event in seen if isinstance(event, JobEvent) and event.state == "done"]
    assert not list(out.glob("cut*"))


def test_a_cutouts_foreground_colors_are_in_the_movie_too(tmp_path: Path, out: Path) -> None:
    """The red disc's own light is (1, 0, 0): where it is half before black, the plate's code is 188, its own 255."""
    plate = moving(tmp_path / "plate")
    several = [movie(out, "prores4444", name, content="cutout", colors=name) for name in ("plate", "foreground")]
    run(request(plate, deliverables=several, last=1019), Soft())
    (mixed, alpha), (own, _) = (
        next(iter(read_movie_with_alpha(str(out / f"{name}.mov")))) for name in ("plate", "foreground")
    )
    soft = (alpha > 0.3) & (alpha < 0.9)
    assert soft.any()
    assert float(own[soft][:, 0].mean()) > float(mixed[soft][:, 0].mean()) + 0.04
    whole = alpha == 1
    assert np.abs(own[whole] - mixed[whole]).max() < 0.02
