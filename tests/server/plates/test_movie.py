"""Movies, frame by frame: every picture says its own number, so that any wrong frame shows."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from mattewire_protocol.errors import CameraRaw, PlateChanged, PlateUnreadable, RangeOutsidePlate
from mattewire_server.plates import Window, open_plate
from mattewire_server.plates import movie as movie_module

Write = Callable[..., str]
NumberOf = Callable[[np.ndarray], int]

KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "h264 with B-frames": ("a.mp4", {}),
    "h264 open GOP": ("a.mp4", {"options": {"x264-params": "open-gop=1:bframes=3:scenecut=0", "threads": "1"}}),
    "h264 one keyframe": ("a.mov", {"keyframes": 400}),
    "h264 fragmented": ("a.mp4", {"mux": {"movflags": "frag_keyframe+empty_moov"}}),
    "h264 varying rate": ("a.mp4", {"pts": [index * 2 + (index * index) // 7 for index in range(40)]}),
    "h264 late start": ("a.mp4", {"pts": list(range(100, 140))}),
    "h264 in mkv": ("a.mkv", {"rate": Fraction(30000, 1001)}),
    "h264 in avi": ("a.avi", {}),
    "mpeg4 in avi": ("a.avi", {"codec": "mpeg4"}),
    "mpeg4 in mp4": ("a.mp4", {"codec": "mpeg4"}),
    "mpeg2 in mxf": ("a.mxf", {"codec": "mpeg2video", "size": (192, 96), "rate": 25}),
    "vp8 with hidden frames": ("a.webm", {"codec": "libvpx", "b_frames": 0, "options": {"auto-alt-ref": "1"}}),
    "vp9": ("a.webm", {"codec": "libvpx-vp9", "b_frames": 0, "options": {"cpu-used": "8", "deadline": "realtime"}}),
    "prores": ("a.mov", {"codec": "prores_ks", "pixel_format": "yuv422p10le", "b_frames": 0}),
    "ffv1": ("a.mkv", {"codec": "ffv1", "b_frames": 0}),
    "png": ("a.mov", {"codec": "png", "pixel_format": "rgb24", "b_frames": 0}),
}


@pytest.fixture(params=KINDS, ids=[name.replace(" ", "-") for name in KINDS])
def movie(request: pytest.FixtureRequest, tmp_path: Path, write_movie: Write) -> str:
    name, settings = KINDS[request.param]
    return write_movie(tmp_path / name, 40, **settings)


def test_every_frame_forward_backward_and_at_random(movie: str, number_of: NumberOf) -> None:
    plate = open_plate(movie)
    assert (plate.info.kind, plate.info.first, plate.info.last, plate.info.unreadable) == ("movie", 1, 40, ())
    forward = list(range(1, 41))
    shuffled = random.Random(7).sample(forward, 40)
    for order in (forward, forward[::-1], shuffled, [40, 1, 40, 40, 13, 12, 11, 14]):
        frames = list(plate.frames(order))
        assert [frame.frame for frame in frames] == order
        assert [number_of(frame.rgb) for frame in frames] == order
    plate.close()


def test_pixels_do_not_depend_on_how_a_frame_was_reached(tmp_path: Path, write_movie: Write) -> None:
    plate = open_plate(write_movie(tmp_path / "a.mp4"))
    forward = {frame.frame: frame.rgb.tobytes() for frame in plate.frames(range(1, 41))}
    assert all(frame.rgb.tobytes() == forward[frame.frame] for frame in plate.frames(range(40, 0, -1)))
    assert all(plate.read(number).rgb.tobytes() == forward[number] for number in (30, 5, 17, 18, 40, 1))


def test_forward_reading_never_seeks(tmp_path: Path, write_movie: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    plate = open_plate(write_movie(tmp_path / "a.mp4"))
    sought: list[int | None] = []
    restart = movie_module.MoviePlate._restart

    def note(self: movie_module.MoviePlate, start: int | None = None) -> None:
        sought.append(start)
        restart(self, start)

    monkeypatch.setattr(movie_module.MoviePlate, "_restart", note)
    list(plate.frames(range(2, 41)))
    assert sought == []
    plate.read(39)
    assert sought == [37]  # keyframes are 1, 13, 25, 37


def test_backward_pieces_are_bounded_and_begin_at_keyframes(
    tmp_path: Path, write_movie: Write, number_of: NumberOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    plate: Any = open_plate(write_movie(tmp_path / "a.mp4"))
    pieces: list[list[int]] = []
    held = movie_module.MoviePlate._held

    def note(self: movie_module.MoviePlate, last: int, first: int) -> list[Any]:
        piece = held(self, last, first)
        pieces.append([frame for frame, _ in piece])
        return piece

    monkeypatch.setattr(movie_module.MoviePlate, "_held", note)
    monkeypatch.setattr(movie_module, "PIECE_BYTES", plate._picture_bytes * 5)
    got = [number_of(frame.rgb) for frame in plate.frames(range(40, 10, -1))]
    assert got == list(range(40, 10, -1))
    assert max(map(len, pieces)) <= 5
    assert pieces[0] == [37, 38, 39, 40]
    monkeypatch.setattr(movie_module, "PIECE_BYTES", 1)
    assert [number_of(frame.rgb) for frame in plate.frames([9, 8, 7])] == [9, 8, 7]
    assert pieces[-3:] == [[9], [8], [7]]


def test_an_edit_list_hides_the_head(tmp_path: Path, write_movie: Write, number_of: NumberOf) -> None:
    """A trim without re-encoding: the file still holds frames 1-17, the edit list begins at 18."""
    whole, trimmed = write_movie(tmp_path / "whole.mp4"), str(tmp_path / "trimmed.mp4")
    with av.open(whole) as source, av.open(trimmed, "w", options={"avoid_negative_ts": "disabled"}) as target:
        stream = source.streams.video[0]
        copy = target.add_stream_from_template(stream)
        base = stream.time_base
        assert base is not None
        shift = round(17 / 24 / base)
        for packet in source.demux(stream):
            if packet.size and packet.pts is not None and packet.dts is not None:
                packet.pts -= shift
                packet.dts -= shift
                packet.stream = copy
                target.mux(packet)
    plate = open_plate(trimmed)
    assert plate.info.last == 23
    for order in (range(1, 24), range(23, 0, -1), [20, 3, 9]):
        assert [number_of(frame.rgb) for frame in plate.frames(order)] == [frame + 17 for frame in order]


def test_times_that_repeat_are_counted_instead(tmp_path: Path, write_movie: Write, number_of: NumberOf) -> None:
    whole, doubled = write_movie(tmp_path / "whole.mkv", 20, codec="ffv1", b_frames=0), str(tmp_path / "doubled.mkv")
    with av.open(whole) as source, av.open(doubled, "w") as target:
        copy = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.size and packet.pts is not None:
                packet.pts = packet.dts = packet.pts // 100 * 100
                packet.stream = copy
                target.mux(packet)
    plate = open_plate(doubled)
    assert plate.info.last == 20
    for order in (range(1, 21), range(20, 0, -1), [7, 3, 19]):
        assert [number_of(frame.rgb) for frame in plate.frames(order)] == list(order)


def test_facts(tmp_path: Path, write_movie: Write) -> None:
    path = write_movie(tmp_path / "a.mp4", 5, rate=Fraction(24000, 1001), pixel_aspect=Fraction(2, 1))
    info = open_plate(path).info
    assert info.display == info.canvas == Window(0, 0, 180, 96)
    assert info.pixel_aspect == 2.0
    assert info.fps == pytest.approx(24000 / 1001)
    assert (info.colorspace, info.path, info.missing) == ("Rec.709", path, ())
    assert open_plate(path, colorspace="sRGB").info.colorspace == "sRGB"


@pytest.mark.parametrize("degrees", [90, 180, -90])
def test_a_turned_movie_comes_upright(tmp_path: Path, write_movie: Write, degrees: float) -> None:
    path = write_movie(tmp_path / "a.mov", 3, turned=degrees, pixel_aspect=Fraction(2, 1))
    plate = open_plate(path)
    with av.open(path) as source:
        stored = next(source.decode(video=0)).to_ndarray(format="gray")
    # FFmpeg counts counterclockwise (libavutil/display.h), as rot90 does.
    seen = np.rot90(stored, round(degrees / 90))
    rgb = plate.read(1).rgb
    assert rgb.shape[:2] == seen.shape
    assert plate.info.display == Window(0, 0, seen.shape[1], seen.shape[0])
    assert plate.info.pixel_aspect == (2.0 if degrees == 180 else 0.5)
    assert np.corrcoef(rgb[..., 1].ravel(), seen.ravel())[0, 1] > 0.99


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("a.mp4", {"mux": {"movflags": "faststart"}}),
        ("a.mkv", {}),
        ("a.mov", {"mux": {"movflags": "faststart"}, "codec": "mjpeg", "pixel_format": "yuvj420p", "b_frames": 0}),
        ("a.mxf", {"codec": "mpeg2video", "size": (192, 96), "rate": 25}),
        ("a.avi", {"codec": "mpeg4", "b_frames": 0}),
    ],
)
def test_a_movie_that_is_cut_off(
    tmp_path: Path, write_movie: Write, number_of: NumberOf, name: str, settings: dict[str, Any]
) -> None:
    path = Path(write_movie(tmp_path / name, 60, **settings))
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    plate = open_plate(str(path))
    whole = plate.info.unreadable[0] - 1
    assert 10 < whole < 58
    assert plate.info.last == plate.info.unreadable[-1] == 60
    assert [number_of(frame.rgb) for frame in plate.frames(range(1, whole + 1))] == list(range(1, whole + 1))
    assert number_of(plate.read(whole).rgb) == whole
    with pytest.raises(PlateUnreadable, match=f"ends at frame {whole} of 60; no frame {whole + 1}"):
        plate.read(whole + 1)


def test_a_movie_without_its_index(tmp_path: Path, write_movie: Write) -> None:
    path = Path(write_movie(tmp_path / "a.mp4"))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])  # the index is at the end
    with pytest.raises(PlateUnreadable, match=r"a\.mp4 cannot be opened"):
        open_plate(str(path))


@pytest.mark.parametrize("content", [b"", b"no movie", bytes(4096)])
def test_what_is_no_movie(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.mov"
    path.write_bytes(content)
    with pytest.raises(PlateUnreadable, match=r"a\.mov"):
        open_plate(str(path))


def test_a_movie_without_a_picture(tmp_path: Path) -> None:
    path = str(tmp_path / "a.mkv")
    with av.open(path, "w") as movie:
        stream: Any = movie.add_stream("flac", rate=48000)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 4608), np.int16), format="s16", layout="mono")
        sound.sample_rate = 48000
        movie.mux(stream.encode(sound))
        movie.mux(stream.encode())
    with pytest.raises(PlateUnreadable, match="no picture track"):
        open_plate(path)


def test_damaged_data_inside_names_the_frame(tmp_path: Path, write_movie: Write, number_of: NumberOf) -> None:
    path = Path(write_movie(tmp_path / "a.mov", 20, codec="png", pixel_format="rgb24", b_frames=0))
    with av.open(str(path)) as movie:
        packet = [packet for packet in movie.demux(video=0) if packet.size][9]
        position = packet.pos
        assert position is not None
    data = bytearray(path.read_bytes())
    data[position : position + 64] = bytes(64)
    path.write_bytes(data)
    plate = open_plate(str(path))
    with pytest.raises(PlateUnreadable, match=r"Frame 10 of a\.mov cannot be decoded"):
        plate.read(10)
    assert number_of(plate.read(9).rgb) == 9
    assert number_of(plate.read(11).rgb) == 11


@pytest.mark.parametrize("fourcc", [b"aprn", b"aprh"])
def test_prores_raw_is_refused(tmp_path: Path, write_movie: Write, fourcc: bytes) -> None:
    path = Path(write_movie(tmp_path / "a.mov", 3, codec="prores_ks", pixel_format="yuv422p10le", b_frames=0))
    data = path.read_bytes()
    assert data.count(b"apch") == 1
    path.write_bytes(data.replace(b"apch", fourcc))
    with pytest.raises(CameraRaw, match=r"a\.mov is Apple ProRes RAW"):
        open_plate(str(path))


def test_mxf_in_a_makers_own_codec_is_refused(tmp_path: Path, write_movie: Write) -> None:
    """The labels that say MPEG-2 (SMPTE RP 224, 0D.01.03.01 and 04.01.02) become ones of a private node (0E)."""
    path = Path(write_movie(tmp_path / "a.mxf", 3, codec="mpeg2video", size=(192, 96), rate=25))
    data = path.read_bytes()
    for known in ("060e2b34040101020d010301", "060e2b34040101030401020201", "060e2b34010201010d01030115"):
        label = bytes.fromhex(known)
        data = data.replace(label, label[:8] + b"\x0e\x06" + label[10:])
    path.write_bytes(data)
    with pytest.raises(CameraRaw, match=r"a\.mxf .* ARRIRAW or Sony X-OCN"):
        open_plate(str(path))


def test_an_unknown_codec_says_the_way_out(tmp_path: Path, write_movie: Write) -> None:
    path = Path(write_movie(tmp_path / "a.mov", 3, codec="prores_ks", pixel_format="yuv422p10le", b_frames=0))
    path.write_bytes(path.read_bytes().replace(b"apch", b"zzzz"))
    with pytest.raises(PlateUnreadable, match="codec that cannot be decoded") as caught:
        open_plate(str(path))
    assert "ProRes" in caught.value.advice


@pytest.mark.parametrize("frame", [0, -1, 41])
def test_outside_the_movie(tmp_path: Path, write_movie: Write, frame: int) -> None:
    plate = open_plate(write_movie(tmp_path / "a.mp4"))
    with pytest.raises(RangeOutsidePlate, match="which has 1-40"):
        plate.read(frame)


def test_a_movie_replaced_while_open(tmp_path: Path, write_movie: Write) -> None:
    path = write_movie(tmp_path / "a.mp4")
    plate = open_plate(path)
    os.utime(path, ns=(1, 1))
    with pytest.raises(PlateChanged, match=r"a\.mp4 was replaced while frame 3"):
        plate.read(3)
    assert open_plate(path).info.identity != plate.info.identity


def test_a_picture_size_that_changes(tmp_path: Path, write_movie: Write) -> None:
    """Two recordings glued together, which MPEG transport-like streams allow: here two H.264 streams in one MKV."""
    small, large = write_movie(tmp_path / "s.mp4", 5), write_movie(tmp_path / "l.mp4", 5, size=(216, 96))
    glued = str(tmp_path / "glued.mkv")
    with av.open(glued, "w", format="matroska") as target:
        copy: Any = None
        for part, path in enumerate((small, large)):
            with av.open(path) as source:
                stream = source.streams.video[0]
                in_band = av.BitStreamFilterContext("h264_mp4toannexb", in_stream=stream)
                copy = copy or target.add_stream_from_template(stream)
                assert stream.time_base is not None
                shift = round(part * 5 / 24 / stream.time_base)
                for packet in source.demux(stream):
                    for ready in in_band.filter(packet if packet.size else None):
                        ready.pts, ready.dts = (ready.pts or 0) + shift, (ready.dts or 0) + shift
                        ready.stream = copy
                        target.mux(ready)
    plate = open_plate(glued)
    assert plate.read(5).rgb.shape[1] == 180
    with pytest.raises(PlateChanged, match=r"Frame 6 of glued\.mkv is 216 x 96; frame 1 is 180 x 96"):
        plate.read(6)
