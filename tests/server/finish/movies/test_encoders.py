"""What comes back from the encoders: alpha, picture, tags, and where a player can begin."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from mattewire_protocol.errors import InternalError
from mattewire_server.finish.movies import encoders
from server.finish.movies.reading import pictures, plane_of, read_movie_with_alpha, soft_frames, write_movie

SUFFIXES = (".webm", ".mov")
ALPHA_OFF = {".webm": 0.5, ".mov": 0.18}
"""Largest distance in 255ths: half of an 8-bit code; half of a 10-bit one and what a 12-bit decoder cuts off."""
FILM = Fraction(24000, 1001)
each_kind = pytest.mark.parametrize("suffix", SUFFIXES)


@each_kind
@pytest.mark.parametrize(("width", "height"), [(192, 108), (101, 57), (57, 101), (3, 5), (5, 3), (2, 2), (1, 1)])
def test_alpha_comes_back_and_0_and_1_are_exact(tmp_path: Path, suffix: str, width: int, height: int) -> None:
    frames = soft_frames(width, height)
    read = list(read_movie_with_alpha(write_movie(tmp_path / f"a{suffix}", frames)))
    assert len(read) == 3
    for (_, alpha), (_, back) in zip(frames, read, strict=True):
        assert back.shape == (height, width)
        assert np.abs(back - alpha).max() * 255 <= ALPHA_OFF[suffix] + 0.001
        assert (back[alpha == 0] == 0).all()
        assert (back[alpha == 1] == 1).all()


@each_kind
def test_a_matte_of_noise_is_the_worst_case_and_comes_back_too(tmp_path: Path, suffix: str) -> None:
    random = np.random.default_rng(4)
    frames = [
        (random.uniform(0, 1, (57, 101, 3)).astype(np.float32), random.uniform(0, 1, (57, 101)).astype(np.float32))
        for _ in range(3)
    ]
    read = list(read_movie_with_alpha(write_movie(tmp_path / f"a{suffix}", frames)))
    for (_, alpha), (_, back) in zip(frames, read, strict=True):
        assert np.abs(back - alpha).max() * 255 <= ALPHA_OFF[suffix] + 0.001


@pytest.mark.parametrize(("suffix", "most", "usual"), [(".mov", 2.0, 0.4), (".webm", 12.0, 2.0)])
def test_the_picture_comes_back(tmp_path: Path, suffix: str, most: float, usual: float) -> None:
    """In 255ths of display-encoded RGB, the largest error and the root mean square."""
    frames = soft_frames(192, 108)
    read = list(read_movie_with_alpha(write_movie(tmp_path / f"a{suffix}", frames)))
    errors = np.array([back - rgb for (rgb, _), (back, _) in zip(frames, read, strict=True)]) * 255
    assert np.abs(errors).max() <= most
    assert np.sqrt((errors**2).mean()) <= usual


@each_kind
def test_white_is_white_and_black_is_black(tmp_path: Path, suffix: str) -> None:
    alpha = soft_frames(64, 48, 1)[0][1]
    for value in (0.0, 1.0):
        path = write_movie(tmp_path / f"a{suffix}", [(np.full((48, 64, 3), value, np.float32), alpha)])
        ((rgb, _),) = read_movie_with_alpha(path)
        assert np.abs(rgb - value).max() < 1e-9


@each_kind
@pytest.mark.parametrize(
    "fps", [FILM, Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(60), Fraction(25, 2)]
)
def test_count_rate_and_color_tags_are_exact(tmp_path: Path, suffix: str, fps: Fraction) -> None:
    path = write_movie(tmp_path / f"a{suffix}", soft_frames(64, 48, 7), fps=fps)
    with av.open(path) as movie:
        stream = movie.streams.video[0]
        assert stream.average_rate == stream.guessed_rate == fps
        context = stream.codec_context
        tags = (context.color_primaries, context.color_trc, context.colorspace, context.color_range)
        assert tuple(int(tag) for tag in tags) == (1, 1, 1, 1)  # Rec.709 three times, limited range
        base = stream.time_base or Fraction(0)
    decoded = pictures(path)
    assert [round(picture.pts * base * fps) for picture in decoded] == list(range(7))
    # ProRes says all four in every frame, VP9 the matrix and the range.
    said = {(int(picture.color_primaries), int(picture.color_trc)) for picture in decoded}
    assert said == ({(1, 1)} if suffix == ".mov" else {(2, 2)})
    assert {(int(picture.colorspace), int(picture.color_range)) for picture in decoded} == {(1, 1)}


@each_kind
def test_the_tags_are_in_the_container_too(tmp_path: Path, suffix: str) -> None:
    """Hosts read the file's header, and not every frame's."""
    data = Path(write_movie(tmp_path / f"a{suffix}", soft_frames(64, 48, 1))).read_bytes()
    if suffix == ".mov":
        assert b"colrnclc" + bytes([0, 1, 0, 1, 0, 1]) in data
    else:
        at = data.index(bytes.fromhex("55b0"))  # Colour
        for element in ("55ba8101", "55bb8101", "55b18101", "55b98101"):  # transfer, primaries, matrix, range
            assert bytes.fromhex(element) in data[at : at + 40]


@each_kind
@pytest.mark.parametrize(("aspect", "expected"), [(1.0, (1, 1)), (2.0, (2, 1)), (0.5, (1, 2)), (1.5, (3, 2))])
def test_the_pixel_aspect(tmp_path: Path, suffix: str, aspect: float, expected: tuple[int, int]) -> None:
    path = write_movie(tmp_path / f"a{suffix}", soft_frames(64, 48, 1), pixel_aspect=aspect)
    with av.open(path) as movie:
        assert movie.streams.video[0].sample_aspect_ratio == Fraction(*expected)
        assert next(movie.decode(video=0)).rotation == 0


def test_an_odd_aspect_is_a_size_in_whole_pixels_in_webm(tmp_path: Path) -> None:
    path = write_movie(tmp_path / "a.webm", soft_frames(720, 576, 1), pixel_aspect=1.0940)
    with av.open(path) as movie:
        read = movie.streams.video[0].sample_aspect_ratio
    assert abs(float(read or 0) - 1.0940) <= 0.5 / 720


def test_another_webm_header_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "a.webm").write_bytes(b"no placeholder in here")
    facts = encoders.MovieFacts(64, 48, Fraction(24), Fraction(2), "", {})
    with open(tmp_path / "b.webm", "wb") as file, encoders.open_container(file, "webm") as container:
        encoder = encoders.WebM(container, facts)
        with pytest.raises(InternalError, match="another form"):
            encoder.complete(str(tmp_path / "a.webm"))


@each_kind
def test_the_timecode(tmp_path: Path, suffix: str) -> None:
    path = write_movie(tmp_path / f"a{suffix}", soft_frames(64, 48, 2), fps=FILM, timecode=(0x01020304, 0))
    with av.open(path) as movie:
        tags = {name.lower(): value for name, value in movie.streams.video[0].metadata.items()}
        assert tags["timecode"] == "01:02:03:04"
        tracks = [stream.metadata.get("timecode") for stream in movie.streams if stream.type == "data"]
    assert tracks == (["01:02:03:04"] if suffix == ".mov" else [])


def test_color_and_alpha_have_their_keyframes_together(tmp_path: Path) -> None:
    """A player that seeks begins both at the same frame; FFmpeg says of each VP9 frame in bit 2 whether it leans on
    others (VP9 bitstream 6.2: frame_marker 10, two profile bits, show_existing_frame, frame_type)."""
    frames = soft_frames(64, 48, 25)
    for index in range(11, 25):  # a cut, where an encoder left alone would want a keyframe
        frames[index] = (1 - frames[index][0], 1 - frames[index][1])
    path = write_movie(tmp_path / "a.webm", frames, fps=Fraction(12))
    with av.open(path) as movie:
        packets = [packet for packet in movie.demux(video=0) if packet.size]
    beside = [bytes(packet.get_sidedata("matroska_block_additional")) for packet in packets]
    keyframes = [index for index, packet in enumerate(packets) if packet.is_keyframe]
    assert keyframes == [0, 12, 24]
    assert [index for index, data in enumerate(beside) if not data[8] & 0b100] == keyframes
    assert all(data[:8] == (1).to_bytes(8, "big") for data in beside)


def test_what_the_other_decoder_loses(tmp_path: Path) -> None:
    """Why ``read_movie_with_alpha`` names its decoder: FFmpeg's own finds no alpha in the same file."""
    path = write_movie(tmp_path / "a.webm", soft_frames(64, 48, 1))
    with av.open(path) as movie:
        assert next(movie.decode(video=0)).format.name == "yuv420p"
    (picture,) = pictures(path)
    assert picture.format.name == "yuva420p"
    assert plane_of(picture.planes[3], picture).min() == 0


@each_kind
def test_the_number_of_threads_changes_no_byte(tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """WebM has a fixed number, whatever the machine; ProRes takes what there is."""
    frames = soft_frames(640, 360, 4)
    written = []
    for threads in ("1", "2", "3"):
        if suffix == ".mov":
            options = {**encoders.ProRes4444.options, "threads": threads}
            monkeypatch.setattr(encoders.ProRes4444, "options", options)
        written.append(Path(write_movie(tmp_path / f"a{suffix}", frames)).read_bytes())
    assert written[0] == written[1] == written[2]
    assert encoders.WebM.options["threads"] == encoders.WebM.alpha_options["threads"] == "4"
