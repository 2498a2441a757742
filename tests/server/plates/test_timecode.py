"""Timecode of EXR, DPX and movies, as the two words that OpenEXR stores."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import OpenEXR
import OpenImageIO as oiio
import pytest
from numpy.typing import NDArray

from mattewire_server.plates import open_plate
from mattewire_server.plates.timecode import at, of_header, start_of

NTSC, FILM = Fraction(30000, 1001), Fraction(24000, 1001)


@pytest.mark.parametrize(
    ("start", "rate", "frames", "expected"),
    [
        ("01:02:03:04", Fraction(24), 0, 0x01020304),
        ("01:02:03:23", Fraction(24), 1, 0x01020400),
        ("09:59:59:24", Fraction(25), 1, 0x10000000),
        ("23:59:59:23", FILM, 1, 0x00000000),
        ("00:00:59:29", NTSC, 1, 0x00010000),
        # SMPTE ST 12-1: drop-frame skips numbers 0 and 1 of every minute but the tenth ones
        ("00:00:59;29", NTSC, 1, 0x00010042),
        ("00:01:59;29", NTSC, 1, 0x00020042),
        ("00:09:59;29", NTSC, 1, 0x00100040),
        ("01:00:00;00", NTSC, 0, 0x01000040),
        ("23:59:59;29", NTSC, 1, 0x00000040),
        ("00:00:00;00", NTSC, 17_982, 0x00100040),
        ("00:00:00;00", NTSC, 107_892, 0x01000040),
        ("00:00:00;00", Fraction(30), 1800, 0x00010042),
        ("00:00:59;23", FILM, 1, 0x00010000),
    ],
)
def test_counting_on_from_the_start(start: str, rate: Fraction, frames: int, expected: int) -> None:
    assert at(start, rate, frames) == (expected, 0)


def test_every_drop_frame_number_of_an_hour_comes_once_and_in_order() -> None:
    words = [found[0] for frame in range(107_892) if (found := at("00:00:00;00", NTSC, frame))]
    assert len(words) == 107_892
    assert words == sorted(set(words))
    skipped = [word for word in words if word & 0xFF in (0x040, 0x041) and word >> 16 & 0xF and not word >> 8 & 0xFF]
    assert skipped == []


@pytest.mark.parametrize(
    ("start", "rate"),
    [
        ("", Fraction(24)),
        ("1:2:3:4", Fraction(24)),
        ("01:02:03:24", Fraction(24)),
        ("24:00:00:00", Fraction(24)),
        ("01:02:03:04", None),
        ("01:02:03:04", Fraction(50)),  # two frames share a number
        ("01:02:03:04", Fraction(60000, 1001)),
        ("01:02:03:04", Fraction(29, 1)),  # a telephone's varying rate
    ],
)
def test_what_is_no_timecode_is_none(start: str, rate: Fraction | None) -> None:
    assert at(start, rate, 5) is None


def test_the_first_timecode_among_the_tags_counts() -> None:
    assert (
        start_of([{}, {"timecode": "soon"}, {"timecode": "10:00:00:00"}, {"timecode": "11:00:00:00"}]) == "10:00:00:00"
    )
    assert start_of([{}]) == ""


def test_exr(tmp_path: Path) -> None:
    for frame in (1001, 1002):
        time = OpenEXR.TimeCode()
        time.hours, time.minutes, time.seconds, time.frame = 1, 2, 3, 4
        header = {"timeCode": time} if frame == 1002 else {}
        channels = {name: np.zeros((4, 6), "f2") for name in "RGB"}
        with OpenEXR.File({"type": OpenEXR.scanlineimage, **header}, channels) as file:
            file.write(str(tmp_path / f"a.{frame}.exr"))
    plate = open_plate(str(tmp_path / "a.####.exr"))
    assert plate.read(1001).timecode is None
    assert plate.read(1002).timecode == (0x01020304, 0)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((0x10203011, 0x12345678), (0x10203011, 0x12345678)),
        ((0x10203011, 0xFFFFFFFF), (0x10203011, 0)),
        ((0xFFFFFFFF, 0), None),
    ],
)
def test_dpx(
    tmp_path: Path,
    write_image: Callable[..., str],
    ramp: NDArray[np.float32],
    words: tuple[int, int],
    expected: tuple[int, int] | None,
) -> None:
    path = tmp_path / "a.0001.dpx"
    write_image(path, ramp, "uint16")
    data = bytearray(path.read_bytes())
    order = "big" if data[:4] == b"SDPX" else "little"
    # SMPTE ST 268-1: the television header begins with timecode and user bits, at byte 1920
    data[1920:1928] = b"".join(word.to_bytes(4, order) for word in words)  # type: ignore[arg-type]
    path.write_bytes(data)
    assert open_plate(str(path)).read(1).timecode == expected


def test_a_header_that_says_something_else() -> None:
    spec = oiio.ImageSpec(4, 4, 3, "half")
    assert of_header(spec) is None
    spec.attribute("smpte:TimeCode", "01:02:03:04")
    assert of_header(spec) is None


def write_timed_movie(path: Path, timecode: str, rate: int | Fraction) -> str:
    with av.open(str(path), "w") as movie:
        stream: Any = movie.add_stream("mpeg4", rate=rate)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        if timecode:
            stream.metadata["timecode"] = timecode
        for _ in range(12):
            movie.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="rgb24")))
        movie.mux(stream.encode())
    return str(path)


@pytest.mark.parametrize(
    ("timecode", "rate", "first", "last"),
    [
        ("01:02:03:20", 24, 0x01020320, 0x01020407),
        ("00:00:59;25", NTSC, 0x00005965, 0x00010048),
        ("", 24, None, None),
    ],
)
def test_movie(tmp_path: Path, timecode: str, rate: Fraction, first: int | None, last: int | None) -> None:
    plate = open_plate(write_timed_movie(tmp_path / "a.mov", timecode, rate))
    try:
        found = {frame.frame: frame.timecode for frame in plate.frames([12, 1, 2])}
    finally:
        plate.close()
    assert found[1] == (None if first is None else (first, 0))
    assert found[12] == (None if last is None else (last, 0))
