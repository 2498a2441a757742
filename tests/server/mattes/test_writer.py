"""The matte writer, read back with another library than the one that wrote."""

from __future__ import annotations

import contextlib
import errno
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import OpenEXR
import OpenImageIO
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mattewire_protocol.deliver import Deliverable
from mattewire_protocol.errors import (
    BadField,
    BadPattern,
    DiskFull,
    InternalError,
    MattewireError,
    NotWritable,
    UnknownFormat,
)
from mattewire_server.durable import temporary_path
from mattewire_server.mattes import MatteWriter, image_output
from mattewire_server.plates.model import Window
from server.mattes.written import (
    CANVAS,
    DATA,
    DISPLAY,
    PROVENANCE,
    crop,
    frame_of,
    plate,
    read_exr,
    soft_matte,
    writer,
)

# --- EXR -----------------------------------------------------------------------------------------------------


def test_the_exr_has_one_channel_and_the_plates_windows(tmp_path: Path) -> None:
    path = writer(tmp_path).write(frame_of())
    assert path == str(tmp_path / "ball.1001.exr")
    header, pixels = read_exr(path)
    assert [channel.name for channel in header["channels"]] == ["A"]
    assert pixels.dtype == np.float16
    assert header["compression"] == OpenEXR.ZIP_COMPRESSION
    assert [tuple(corner) for corner in header["dataWindow"]] == [(-6, -4), (69, 37)]
    assert [tuple(corner) for corner in header["displayWindow"]] == [(0, 0), (63, 35)]
    assert header["pixelAspectRatio"] == 2.0
    assert header["framesPerSecond"] == Fraction(24000, 1001)
    assert {name: header[f"mattewire/{name}"] for name in PROVENANCE} == PROVENANCE


def test_the_header_holds_nothing_that_changes_from_run_to_run(tmp_path: Path) -> None:
    header, _ = read_exr(writer(tmp_path).write(frame_of()))
    standard = {
        *("channels", "compression", "dataWindow", "displayWindow", "lineOrder", "pixelAspectRatio"),
        *("screenWindowCenter", "screenWindowWidth", "framesPerSecond", "type"),
    }
    assert set(header) - {f"mattewire/{name}" for name in PROVENANCE} == standard


@pytest.mark.parametrize("format", ["exr", "png8", "png16"])
def test_a_second_run_gives_the_same_bytes(tmp_path: Path, format: str) -> None:
    first = writer(tmp_path / "a", format, token="job-00001").write(frame_of())
    time.sleep(1.1)  # header times count in seconds
    second = writer(tmp_path / "b", format, token="job-00002").write(frame_of())
    assert Path(first).read_bytes() == Path(second).read_bytes()


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(corners=st.tuples(st.integers(-6, 71), st.integers(-4, 39), st.integers(1, 78), st.integers(1, 44)))
def test_any_data_window_inside_the_canvas_is_kept(tmp_path: Path, corners: tuple[int, int, int, int]) -> None:
    x0, y0, width, height = corners
    window = Window(x0, y0, min(x0 + width, CANVAS.x1), min(y0 + height, CANVAS.y1))
    matte = soft_matte((x0 + 6) * 100 + y0 + 4)
    header, pixels = read_exr(writer(tmp_path).write(frame_of(1001, matte, window)))
    assert [tuple(corner) for corner in header["dataWindow"]] == [(x0, y0), (window.x1 - 1, window.y1 - 1)]
    assert np.array_equal(pixels, crop(matte, window).astype(np.float16))


def test_solid_and_empty_stay_exact_and_flipped_views_are_written_right(tmp_path: Path) -> None:
    matte = soft_matte()
    flipped = np.asfortranarray(matte)[::-1]
    _, pixels = read_exr(writer(tmp_path).write(frame_of(1001, flipped, CANVAS)))
    assert np.array_equal(pixels, matte[::-1].astype(np.float16))
    assert np.array_equal(pixels == 0, matte[::-1] == 0)
    assert np.all(pixels[matte[::-1] == 1] == 1)


def test_frame_numbers_negative_and_wider_than_the_padding(tmp_path: Path) -> None:
    mattes_out = writer(tmp_path)
    names = [os.path.basename(mattes_out.write(frame_of(frame, soft_matte(), DATA))) for frame in (-5, 7, 123456)]
    assert names == ["ball.-005.exr", "ball.0007.exr", "ball.123456.exr"]
    (tmp_path / "ball.0008.exr.part").touch()
    (tmp_path / "ball.00009.exr").touch()
    assert mattes_out.existing(-10, 20) == [-5, 7]


def test_a_display_window_away_from_zero_is_put_back(tmp_path: Path) -> None:
    """The plate's files count from (100, -50); windows here count from the display window's corner."""
    header, pixels = read_exr(writer(tmp_path, plate=plate(origin=(100, -50))).write(frame_of()))
    assert [tuple(corner) for corner in header["displayWindow"]] == [(100, -50), (163, -15)]
    assert [tuple(corner) for corner in header["dataWindow"]] == [(94, -54), (169, -13)]
    assert np.array_equal(pixels, crop(soft_matte(), DATA).astype(np.float16))


def test_an_unknown_frame_rate_is_left_out(tmp_path: Path) -> None:
    header, _ = read_exr(writer(tmp_path, plate=plate(fps=None)).write(frame_of()))
    assert "framesPerSecond" not in header


# --- refused before the first frame --------------------------------------------------------------------------


def test_an_unknown_format_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UnknownFormat, match="exr, png8, png16") as caught:
        writer(tmp_path, "jpeg", field="out[2]")
    assert caught.value.field == "out[2].format"


@pytest.mark.parametrize(
    ("name", "format", "advice"),
    [
        ("ball.####.exr", "png8", r"ball\.####\.png"),
        ("ball.####.png", "exr", r"ball\.####\.exr"),
        ("ball.####", "exr", r"Name it ball\.####\.exr"),
        ("ball.exr", "exr", "####"),
        ("####/ball.####.exr", "exr", "####"),
    ],
)
def test_a_name_that_cannot_be_used_is_told_with_the_way_out(
    tmp_path: Path, name: str, format: str, advice: str
) -> None:
    with pytest.raises((BadField, BadPattern), match=advice) as caught:
        MatteWriter(Deliverable(str(tmp_path / name), format), plate=plate(), provenance={}, token="job-00001")
    assert caught.value.field == "out[0].path"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("plate_path", ["ball.####.exr", "ball.%04d.exr", "ball.1001.exr", "link/ball.####.exr"])
def test_mattes_never_replace_the_plate(tmp_path: Path, plate_path: str) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(BadField, match="the plate itself"):
        writer(tmp_path, plate=plate(path=str(tmp_path / plate_path)))


@pytest.mark.parametrize("out", ["link/ball.####.exr", "sub/../link/ball.####.exr", "ball.#.exr"])
def test_nor_do_they_through_a_link_or_another_padding(tmp_path: Path, out: str) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    (tmp_path / "sub").mkdir()
    with pytest.raises(BadField, match="the plate itself"):
        MatteWriter(
            Deliverable(str(tmp_path / out)),
            plate=plate(path=str(tmp_path / "ball.####.exr")),
            provenance={},
            token="job-00001",
        )


def test_capitals_in_the_suffix_are_fine(tmp_path: Path) -> None:
    MatteWriter(Deliverable(str(tmp_path / "B.####.EXR")), plate=plate(), provenance={}, token="job-00001").write(
        frame_of()
    )
    assert read_exr(str(tmp_path / "B.1001.EXR"))[1].shape == (42, 76)


@contextlib.contextmanager
def as_nobody() -> Iterator[None]:
    """Root may write everywhere, so tests of permissions run as another user."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_folder_without_permission_is_refused_at_once(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o555)
        with as_nobody(), pytest.raises(NotWritable, match=r"Permission denied.*Ask for write permission") as caught:
            writer(Path(folder) / "new")
        assert caught.value.field == "out[0].path"
        assert os.listdir(folder) == []
        os.chmod(folder, 0o755)


def test_permission_taken_away_in_mid_shot_names_the_frame() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        with as_nobody():
            mattes_out = writer(Path(folder))
            mattes_out.write(frame_of())
        os.chmod(folder, 0o555)
        with as_nobody(), pytest.raises(NotWritable, match=r"Frame 1002: .*Permission denied"):
            mattes_out.write(frame_of(1002, soft_matte(), DATA))
        assert os.listdir(folder) == ["ball.1001.exr"]
        os.chmod(folder, 0o755)


def test_only_leftovers_of_the_same_job_and_sequence_are_removed(tmp_path: Path) -> None:
    def leftover(token: str, name: str) -> Path:
        path = Path(temporary_path(str(tmp_path / "x"), token, name))
        path.touch()
        return path

    mine = leftover("job-00001", "ball.####.exr")
    kept = [leftover("job-00002", "ball.####.exr"), leftover("job-00001", "dog.####.exr"), tmp_path / "ball.1001.exr"]
    kept[-1].touch()
    writer(tmp_path)
    assert not mine.exists()
    assert set(tmp_path.iterdir()) == set(kept)


# --- refused and failed frames -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("matte", "window"),
    [
        (soft_matte()[..., None], DATA),
        (soft_matte().astype(np.float64), DATA),
        (soft_matte()[1:], DATA),
        (np.full((44, 78), np.nan, np.float32), DATA),
        (np.where(np.arange(44 * 78).reshape(44, 78) == 9, np.float32(np.nan), soft_matte()), DATA),
        (np.full((44, 78), 1.001, np.float32), DATA),
        (np.full((44, 78), -0.001, np.float32), DATA),
        (soft_matte(), Window(-7, 0, 10, 10)),
        (soft_matte(), Window(5, 5, 5, 10)),
    ],
)
def test_what_is_no_matte_is_refused_and_nothing_is_written(
    tmp_path: Path, matte: NDArray[Any], window: Window
) -> None:
    with pytest.raises(InternalError, match="Frame 1007"):
        writer(tmp_path).write(frame_of(1007, matte, window))
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real disk of 64 KB; skipped where none can be mounted (the injected test below runs everywhere)."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], capture_output=True)
    if mounted.returncode:
        pytest.skip("no small file system can be mounted here")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize("format", ["exr", "png8", "png16", "tiff8", "tiff32"])
def test_a_full_disk_names_the_frame_and_keeps_what_was_there(small_disk: Path, format: str) -> None:
    big = Window(0, 0, 640, 360)
    mattes_out = writer(small_disk, format, plate=plate(display=big, canvas=big))
    path = Path(mattes_out.write(frame_of(1001, np.ones((360, 640), np.float32), big)))
    before = path.read_bytes()
    for frame in (1001, 1002):
        with pytest.raises(DiskFull, match=f"Frame {frame}: there is no room") as caught:
            mattes_out.write(frame_of(frame, soft_matte(canvas=big), big))
        assert caught.value.retryable
    assert list(small_disk.iterdir()) == [path]
    assert path.read_bytes() == before
    mattes_out.write(frame_of(1003, np.ones((360, 640), np.float32), big))


class TroubledOutput:
    """An output that really writes, and then fails the way a library can: see ``trouble``."""

    def __init__(self, kind: str, trouble: str) -> None:
        self.output = OpenImageIO.ImageOutput.create(kind)
        self.trouble = trouble
        self.path = ""

    def open(self, path: str, spec: Any) -> bool:
        self.path = path
        return bool(self.output.open(path, spec))

    def write_image(self, pixels: NDArray[Any]) -> bool:
        wrong = np.ascontiguousarray(pixels[:, ::-1]) if self.trouble == "scrambled" else pixels
        return bool(self.output.write_image(wrong)) and self.trouble != "write says no"

    def close(self) -> bool:
        closed = bool(self.output.close())
        if self.trouble == "cut short":
            os.truncate(self.path, os.path.getsize(self.path) * 2 // 3)
        return closed and self.trouble != "close says no"

    def geterror(self) -> str:
        return "could only write 863 bytes" if self.trouble == "only the text tells" else str(self.output.geterror())


def library_in_trouble(trouble: str) -> type:
    class Library:
        ImageSpec, ImageInput, geterror = OpenImageIO.ImageSpec, OpenImageIO.ImageInput, OpenImageIO.geterror

        class ImageOutput:
            @staticmethod
            def create(name: str) -> TroubledOutput:
                return TroubledOutput(name, trouble)

    return Library


@pytest.mark.parametrize("format", ["exr", "tiff16"])
@pytest.mark.parametrize("trouble", ["write says no", "close says no", "only the text tells", "cut short", "scrambled"])
def test_no_failure_of_the_library_goes_unseen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: str, format: str
) -> None:
    mattes_out = writer(tmp_path, format)
    monkeypatch.setattr(image_output, "OpenImageIO", library_in_trouble(trouble))
    with pytest.raises(NotWritable, match="Frame 1001"):
        mattes_out.write(frame_of())
    assert list(tmp_path.iterdir()) == []


def test_the_library_gives_no_reason_but_the_disk_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a real full disk, with the refusal injected where our own probe writes."""
    mattes_out = writer(tmp_path)
    real = os.write

    def full(descriptor: int, data: bytes) -> int:
        if len(data) > 100_000:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(descriptor, data)

    monkeypatch.setattr(os, "write", full)
    monkeypatch.setattr(image_output, "OpenImageIO", library_in_trouble("write says no"))
    with pytest.raises(DiskFull, match="Frame 1001"):
        mattes_out.write(frame_of())
    assert list(tmp_path.iterdir()) == []


def test_a_folder_removed_in_mid_shot_is_told(tmp_path: Path) -> None:
    mattes_out = writer(tmp_path / "out")
    (tmp_path / "out").rmdir()
    with pytest.raises(MattewireError, match=r"Frame 1001: .*The folder is gone"):
        mattes_out.write(frame_of())


def test_threads_share_writers_without_mixing_frames(tmp_path: Path) -> None:
    writers = [writer(tmp_path, "exr"), writer(tmp_path, "png16")]
    faults: list[BaseException] = []

    def work(frames: range) -> None:
        try:
            for frame in frames:
                for one in writers:
                    one.write(frame_of(frame, soft_matte(frame), DATA))
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=work, args=(range(1001 + start, 1013, 3),)) for start in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    assert len(list(tmp_path.iterdir())) == 24
    for frame in range(1001, 1013):
        _, pixels = read_exr(writers[0].path(frame))
        assert np.array_equal(pixels, crop(soft_matte(frame), DATA).astype(np.float16))
        gray = cv2.imread(writers[1].path(frame), cv2.IMREAD_UNCHANGED)
        assert np.array_equal(gray, np.rint(crop(soft_matte(frame), DISPLAY) * np.float32(65535)).astype(np.uint16))


def test_names_and_texts_that_headers_cannot_hold(tmp_path: Path) -> None:
    for name in ("", "a b", "größe", "x" * 65):
        with pytest.raises(InternalError, match="header"):
            writer(tmp_path, provenance={name: "x"})
    for format in ("exr", "png8"):
        odd = writer(tmp_path, format, provenance={"plate": "a\0b\udcff"}).write(frame_of())
        assert b"ab?" in Path(odd).read_bytes()
