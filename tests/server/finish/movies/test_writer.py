"""The movie's file: whole or not at all, the same bytes again, and errors that say the way out."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from mattewire_protocol.errors import (
    BadField,
    DiskFull,
    InstallIncomplete,
    InternalError,
    NotWritable,
    PlateUnreadable,
    UnknownFormat,
)
from mattewire_server.finish import movies
from mattewire_server.finish.movies import MovieWriter
from server.finish.movies.reading import Frames, read_movie_with_alpha, soft_frames, write_movie

FRAMES = soft_frames(64, 48)
each_kind = pytest.mark.parametrize("suffix", [".webm", ".mov"])


def writer(path: Path, **settings: Any) -> MovieWriter:
    given: dict[str, Any] = {
        "format": "webm" if path.suffix == ".webm" else "prores4444",
        "width": 64,
        "height": 48,
        "fps": Fraction(24),
        "provenance": {},
        "token": "job-00001",
        "field": "out[1]",
        "first": 1001,
        **settings,
    }
    return MovieWriter(str(path), **given)


def fill(movie: MovieWriter, frames: Frames) -> None:
    with movie:
        for rgb, alpha in frames:
            movie.add(rgb, alpha)


@each_kind
def test_only_the_finished_movie_is_seen(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / "new" / f"ball{suffix}"
    with writer(path) as movie:
        for rgb, alpha in FRAMES:
            movie.add(rgb, alpha)
            assert not path.exists()
    assert list(path.parent.iterdir()) == [path]
    assert len(list(read_movie_with_alpha(str(path)))) == 3


@each_kind
@pytest.mark.parametrize("fault", [RuntimeError("engine"), KeyboardInterrupt(), OSError(errno.ENOSPC, "elsewhere")])
def test_an_interrupted_movie_leaves_what_was_there(tmp_path: Path, suffix: str, fault: BaseException) -> None:
    path = tmp_path / f"ball{suffix}"
    path.write_bytes(b"old")

    def interrupted() -> None:
        with writer(path) as movie:
            movie.add(*FRAMES[0])
            raise fault

    with pytest.raises(type(fault)) as caught:
        interrupted()
    assert caught.value is fault  # the plate's disk may be full too: that is not about this file
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == {path.name: b"old"}


def test_killed_in_mid_movie_leaves_only_what_the_next_run_sweeps_up(tmp_path: Path) -> None:
    child = subprocess.Popen(
        [
            *(sys.executable, "-c"),
            "import sys, time\n"
            "from fractions import Fraction\n"
            "import numpy as np\n"
            "from mattewire_server.finish.movies import MovieWriter\n"
            "with MovieWriter(sys.argv[1], format='prores4444', width=64, height=48, fps=Fraction(24),\n"
            "                 provenance={}, token='job-00001') as movie:\n"
            "    movie.add(np.ones((48, 64, 3), np.float32), np.ones((48, 64), np.float32))\n"
            "    time.sleep(60)\n",
            str(tmp_path / "ball.mov"),
        ]
    )
    deadline = time.monotonic() + 60
    while not (left := list(tmp_path.glob(".mattewire-*-job-00001.*"))) and time.monotonic() < deadline:
        time.sleep(0.02)
    child.kill()
    child.wait()
    assert len(left) == 1
    assert not (tmp_path / "ball.mov").exists()
    write_movie(tmp_path / "ball.mov", FRAMES)
    assert [path.name for path in tmp_path.iterdir()] == ["ball.mov"]


@each_kind
def test_the_same_frames_give_the_same_bytes(tmp_path: Path, suffix: str) -> None:
    frames = soft_frames(101, 57, 4)
    settings: dict[str, Any] = {"pixel_aspect": 2.0, "timecode": (0x01020304, 0)}
    first = write_movie(tmp_path / f"a{suffix}", frames, **settings)
    time.sleep(1.1)  # movie headers count times in seconds
    second = write_movie(tmp_path / "b" / f"c{suffix}", frames, token="job-00002", **settings)
    assert Path(first).read_bytes() == Path(second).read_bytes()


@each_kind
def test_the_provenance_comes_back(tmp_path: Path, suffix: str) -> None:
    said = {"engine": "sam2", "prompt": "süße rote Kugel", "path": "no\0nul, no half \udcff character"}
    with av.open(write_movie(tmp_path / f"a{suffix}", FRAMES, provenance=said)) as movie:
        found = {name.lower(): text for name, text in movie.metadata.items() if "mattewire" in name.lower()}
    assert found == {
        "mattewire.engine": "sam2",
        "mattewire.prompt": "süße rote Kugel",
        "mattewire.path": "nonul, no half ? character",
    }
    with pytest.raises(InternalError, match="cannot name"):
        writer(tmp_path / f"b{suffix}", provenance={"two words": ""})


def test_a_timecode_that_the_rate_has_not_is_left_out(tmp_path: Path) -> None:
    assert writer(tmp_path / "a.mov", timecode=(0x01000023, 0)).timecode == "01:00:00:23"
    assert writer(tmp_path / "a.mov", timecode=(0x01000024, 0)).timecode == ""
    assert writer(tmp_path / "a.mov").timecode == ""
    path = write_movie(tmp_path / "a.mov", FRAMES, timecode=(0x01000024, 0))
    with av.open(path) as movie:
        assert len(movie.streams) == 1


def test_a_rate_that_went_through_a_float_is_exact_again(tmp_path: Path) -> None:
    path = write_movie(tmp_path / "a.mov", FRAMES, fps=Fraction(24000 / 1001))
    with av.open(path) as movie:
        assert movie.streams.video[0].average_rate == Fraction(24000, 1001)


@pytest.mark.parametrize("fps", [None, Fraction(0), Fraction(-24)])
def test_no_movie_without_a_frame_rate(tmp_path: Path, fps: Fraction | None) -> None:
    with pytest.raises(BadField) as caught:
        writer(tmp_path / "a.webm", fps=fps)
    assert caught.value.field == "out[1].fps"
    assert caught.value.advice == "Give the plate's frame rate."


def test_names_and_formats_that_do_not_fit(tmp_path: Path) -> None:
    with pytest.raises(BadField, match=r"does not end in \.mov") as caught:
        writer(tmp_path / "a.webm", format="prores4444")
    assert caught.value.field == "out[1].path"
    assert "a.mov" in caught.value.advice
    with pytest.raises(UnknownFormat) as unknown:
        writer(tmp_path / "a.mp4", format="h264")
    assert unknown.value.field == "out[1].format"
    assert "webm, prores4444" in unknown.value.advice
    assert list(tmp_path.iterdir()) == []


@each_kind
@pytest.mark.parametrize("size", [(65_536, 48), (48, 65_536), (65_535, 65_535)])
def test_a_size_that_the_format_cannot_hold(tmp_path: Path, suffix: str, size: tuple[int, int]) -> None:
    """The first two would be written with other numbers in the header, the last one the encoders refuse."""
    with pytest.raises(BadField, match=f"cannot be made at {size[0]} x {size[1]} pixels") as caught:
        fill(writer(tmp_path / f"a{suffix}", width=size[0], height=size[1]), [])
    assert caught.value.field == "out[1].format"
    assert "image sequence" in caught.value.advice
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("wrong", [{"width": 0}, {"height": -1}, {"pixel_aspect": 0.0}, {"pixel_aspect": np.nan}])
def test_what_cannot_be_a_movie_is_our_own_fault(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(InternalError, match="cannot be"):
        writer(tmp_path / "a.mov", **wrong)


def changed(values: Any, value: float) -> Any:
    copy = values.copy()
    copy.flat[7] = value
    return copy


RGB, ALPHA = FRAMES[0]


@pytest.mark.parametrize(
    ("rgb", "alpha", "what"),
    [
        (RGB.astype(np.float64), ALPHA, "picture must be float32"),
        (RGB[..., :1], ALPHA, "picture must be float32"),
        (RGB[:-1], ALPHA, "picture must be float32"),
        (RGB, ALPHA[..., None], "matte must be float32"),
        (RGB, (ALPHA * 255).astype(np.uint8), "matte must be float32"),
        (changed(RGB, np.nan), ALPHA, "picture has values"),
        (changed(RGB, 1.001), ALPHA, "picture has values"),
        (RGB, changed(ALPHA, np.nan), "matte has values"),
        (RGB, changed(ALPHA, -0.001), "matte has values"),
    ],
)
def test_what_is_no_picture_or_matte_names_the_frame(tmp_path: Path, rgb: Any, alpha: Any, what: str) -> None:
    with pytest.raises(InternalError, match=f"Frame 1002: the {what}"):
        fill(writer(tmp_path / "a.mov"), [(RGB, ALPHA), (rgb, alpha)])
    assert list(tmp_path.iterdir()) == []


def test_a_movie_with_a_hole_is_never_published(tmp_path: Path) -> None:
    def with_a_hole() -> None:
        with writer(tmp_path / "a.mov") as movie:
            movie.add(RGB, ALPHA)
            with pytest.raises(InternalError):
                movie.add(RGB[:-1], ALPHA)
            movie.add(RGB, ALPHA)

    with pytest.raises(InternalError, match=r"a\.mov is not whole"):
        with_a_hole()
    with pytest.raises(InternalError, match="given no frame"):
        fill(writer(tmp_path / "a.mov"), [])
    assert list(tmp_path.iterdir()) == []


def test_an_error_of_the_plate_stays_its_own(tmp_path: Path) -> None:
    with pytest.raises(PlateUnreadable), writer(tmp_path / "a.webm"):
        raise PlateUnreadable("Frame 1003 cannot be read.")
    assert list(tmp_path.iterdir()) == []


# --- disks ---------------------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real disk of 256 KB; skipped where none can be mounted (the injected tests below run everywhere)."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", folder], capture_output=True)
    if mounted.returncode:
        pytest.skip("no small file system can be mounted here")
    yield folder
    subprocess.run(["umount", folder], check=True)


@each_kind
def test_a_full_disk_is_told_and_leaves_no_movie(small_disk: Path, suffix: str) -> None:
    noise = np.random.default_rng(0).uniform(0, 1, (12, 240, 320, 4)).astype(np.float32)
    with pytest.raises(DiskFull, match="there is no room left") as caught:
        write_movie(small_disk / f"a{suffix}", [(frame[..., :3].copy(), frame[..., 3].copy()) for frame in noise])
    assert caught.value.field == "out[0].path"
    assert caught.value.retryable
    assert list(small_disk.iterdir()) == []


def full_after(monkeypatch: pytest.MonkeyPatch, allowed: int) -> None:
    """From so many bytes on, writes by descriptor fail as on a full disk, the first of them after half its bytes."""
    real, written = os.write, 0

    def write(descriptor: int, data: bytes) -> int:
        nonlocal written
        room = allowed - written
        if room <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        count = real(descriptor, bytes(data[:room]))
        written += count
        return count

    monkeypatch.setattr(os, "write", write)


@each_kind
@pytest.mark.parametrize("share", [0.001, 0.3, 0.9, 0.999])
def test_wherever_the_disk_fills_up_it_is_told(
    tmp_path: Path, suffix: str, share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the header, among the frames, in the index, in the last bytes: there FFmpeg itself tells nobody."""
    size = os.path.getsize(write_movie(tmp_path / f"whole{suffix}", FRAMES, provenance={}))
    movie = writer(tmp_path / f"a{suffix}")
    full_after(monkeypatch, int(size * share))
    with pytest.raises(DiskFull, match=r"(Frame 100\d|The movie a\.\w+): there is no room left") as caught:
        fill(movie, FRAMES)
    assert caught.value.field == "out[1].path"
    assert [path.name for path in tmp_path.iterdir()] == [f"whole{suffix}"]


def test_a_frame_that_finds_the_disk_full_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frames = soft_frames(640, 360, 8)  # more than FFmpeg's buffer holds
    movie = writer(tmp_path / "a.mov", width=640, height=360)
    full_after(monkeypatch, 500_000)
    with pytest.raises(DiskFull, match=r"Frame 100[2-8]: there is no room left"):
        fill(movie, frames)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(NotWritable, match="is a file, not a folder") as caught:
        writer(tmp_path / "file" / "a.mov")
    assert caught.value.field == "out[1].path"


def test_a_folder_removed_in_mid_movie_is_told(tmp_path: Path) -> None:
    movie = writer(tmp_path / "out" / "a.mov")
    (tmp_path / "out").rmdir()
    with pytest.raises(NotWritable, match=r"The movie a\.mov: .*The folder is gone"), movie:
        movie.add(RGB, ALPHA)


def test_without_pyav(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)  # what an import of an absent package does
    monkeypatch.delitem(sys.modules, "mattewire_server.finish.movies.encoders", raising=False)
    monkeypatch.delattr(movies, "encoders", raising=False)
    with pytest.raises(InstallIncomplete, match=r"a\.webm is a movie, and PyAV") as caught:
        writer(tmp_path / "a.webm")
    assert caught.value.advice == 'Run: pip install "mattewire[video]"'
    assert caught.value.field == "out[1].format"
