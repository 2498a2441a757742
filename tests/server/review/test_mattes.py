"""The mattes come back from every kind of file that a job delivers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mattewire_protocol.deliver import Deliverable
from mattewire_protocol.errors import FrameMissing, InstallIncomplete, PlateUnreadable
from mattewire_server.plates.model import Window
from mattewire_server.review.mattes import MadeFile, Mattes, MovieSource
from server.review.rig import FIRST, HEIGHT, LAST, OBJECTS, WIDTH, deliver, mattes_of, whole_of

DISPLAY = Window(0, 0, WIDTH, HEIGHT)
HALF, CODE, MOVIE = 1 / 2048, 0.6 / 255, 0.02
"""What a half, an 8-bit code and a movie codec may be off by."""


def opened(*files: MadeFile) -> Mattes:
    return Mattes(files, OBJECTS, DISPLAY, FIRST)


@pytest.mark.parametrize(
    ("name", "wanted", "within"),
    [
        ("a.####.exr", {}, HALF),
        ("a.####.exr", {"channels": "RGBA"}, HALF),
        ("a.####.exr", {"channels": "RGB"}, HALF),
        ("a.####.exr", {"content": "cutout"}, HALF),
        ("a.####.exr", {"content": "cutout", "premultiplied": True}, HALF),
        ("a.####.png", {"format": "png8"}, CODE),
        ("a.####.png", {"format": "png16", "channels": "RGBA"}, HALF),
        ("a.####.png", {"format": "png8", "content": "cutout"}, CODE),
        ("a.####.tif", {"format": "tiff16"}, HALF),
        ("a.webm", {"format": "webm"}, MOVIE),
        ("a.mov", {"format": "prores4444"}, MOVIE),
        ("a.mov", {"format": "prores4444", "content": "cutout"}, MOVIE),
    ],
)
def test_one_file_for_all_objects(tmp_path: Path, plate: str, name: str, wanted: dict[str, Any], within: float) -> None:
    mattes = opened(deliver(tmp_path, plate, name, **wanted))
    try:
        assert mattes.numbers == (0,)
        assert mattes.names == [name]
        for frame in (FIRST, FIRST + 1, LAST):
            found = mattes.read(frame)
            assert list(found) == [0]
            assert found[0].dtype == np.float32
            assert np.abs(found[0] - whole_of(frame)).max() <= within
    finally:
        mattes.close()


@pytest.mark.parametrize("content", ["layers", "cryptomatte"])
def test_every_object_of_one_file(tmp_path: Path, plate: str, content: str) -> None:
    mattes = opened(deliver(tmp_path, plate, "all.####.exr", content=content))
    assert mattes.numbers == (0, 1, 2)
    for frame in (FIRST, LAST):
        found = mattes.read(frame)
        for number, matte in {0: whole_of(frame), **mattes_of(frame)}.items():
            assert np.abs(found[number] - matte).max() <= HALF, f"object {number}"


def test_a_file_for_each_object_is_merged(tmp_path: Path, plate: str) -> None:
    files = [deliver(tmp_path, plate, f"{number}.####.exr", object=number) for number in (1, 2)]
    mattes = opened(*files)
    assert mattes.numbers == (0, 1, 2)
    found = mattes.read(LAST)
    assert np.abs(found[0] - whole_of(LAST)).max() <= HALF
    assert np.abs(found[2] - mattes_of(LAST)[2]).max() <= HALF


def test_the_most_exact_file_is_read_and_each_matte_once(tmp_path: Path, plate: str) -> None:
    movie = deliver(tmp_path, plate, "a.webm", format="webm")
    cryptomatte = deliver(tmp_path, plate, "crypto.####.exr", content="cryptomatte")
    layers = deliver(tmp_path, plate, "layers.####.exr", content="layers")
    alone = deliver(tmp_path, plate, "alone.####.exr")
    assert opened(movie, cryptomatte, layers, alone).names == ["alone.####.exr", "layers.####.exr"]
    assert opened(movie, cryptomatte).names == ["crypto.####.exr"]
    for frame in range(FIRST, LAST + 1):
        os.unlink(alone.path.replace("####", str(frame)))
    assert opened(movie, cryptomatte, layers, alone).names == ["layers.####.exr"], "what is gone is not chosen"


def test_one_object_has_one_matte(tmp_path: Path, plate: str) -> None:
    """Its own and that of all objects are the same pixels; the page needs them once."""
    ball = OBJECTS[:1]
    layers = deliver(tmp_path, plate, "l.####.exr", objects=OBJECTS[:1], content="layers")
    own = deliver(tmp_path, plate, "o.####.exr", object=1)
    for files in ([layers], [own], [own, layers]):
        mattes = Mattes(files, ball, DISPLAY, FIRST)
        assert mattes.numbers == (0,)
        assert np.abs(mattes.read(LAST)[0] - mattes_of(LAST)[1]).max() <= HALF


def test_a_missing_frame_is_told(tmp_path: Path, plate: str) -> None:
    for content in ("matte", "layers", "cryptomatte"):
        made = deliver(tmp_path, plate, f"{content}.####.exr", content=content)
        os.unlink(made.path.replace("####", "1003"))
        mattes = opened(made)
        with pytest.raises(FrameMissing, match=f"Frame 1003 \\({content}.1003.exr\\)"):
            mattes.read(1003)
        assert mattes.read(1004)[0].max() == 1


@pytest.mark.parametrize("content", ["layers", "cryptomatte"])
def test_what_cannot_be_read_names_the_frame(tmp_path: Path, plate: str, content: str) -> None:
    made = deliver(tmp_path, plate, "m.####.exr", content=content)
    file = Path(made.path.replace("####", "1002"))
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) * 3 // 4])
    with pytest.raises(PlateUnreadable, match="Frame 1002"):
        opened(made).read(1002)
    file.write_bytes(b"nothing")
    with pytest.raises(PlateUnreadable, match="Frame 1002"):
        opened(made).read(1002)
    with pytest.raises(PlateUnreadable, match="is 96 x 54, the plate 48 x 27"):
        Mattes([made], OBJECTS, Window(0, 0, 48, 27), FIRST).read(1001)


def test_a_file_of_another_kind(tmp_path: Path, plate: str) -> None:
    plain = deliver(tmp_path, plate, "m.####.exr", channels="RGB")
    layers = MadeFile(Deliverable(plain.path, content="layers"), 0, plain.path)
    with pytest.raises(PlateUnreadable, match=r"none of the channels A, red_ball\.A"):
        opened(layers).read(FIRST)
    cryptomatte = MadeFile(Deliverable(plain.path, content="cryptomatte"), 0, plain.path)
    with pytest.raises(PlateUnreadable, match="no Cryptomatte called CryptoObject"):
        opened(cryptomatte).read(FIRST)


def test_nothing_to_read(tmp_path: Path, plate: str) -> None:
    gone = MadeFile(Deliverable(str(tmp_path / "gone.####.exr")), 0, str(tmp_path / "gone.####.exr"))
    with pytest.raises(FrameMissing, match=r"not on disk: .*gone\.####\.exr"):
        opened(gone)
    outline = tmp_path / "outline.json"
    outline.write_text("{}")
    with pytest.raises(FrameMissing, match="splines and no mattes") as caught:
        opened(MadeFile(Deliverable(str(outline), "splines"), 0, str(outline)), gone)
    assert "--format exr" in caught.value.advice


def test_a_movie_is_read_in_any_order_and_ends(tmp_path: Path, plate: str) -> None:
    mattes = opened(deliver(tmp_path, plate, "a.mov", format="prores4444"))
    for frame in (LAST, FIRST, FIRST, FIRST + 2):
        assert np.abs(mattes.read(frame)[0] - whole_of(frame)).max() <= MOVIE
    with pytest.raises(FrameMissing, match=r"a\.mov ends before frame 1007"):
        mattes.read(LAST + 1)
    assert mattes.read(FIRST)[0].max() == 1, "and is read again after that"
    mattes.close()


def test_movies_that_are_none(tmp_path: Path, plate: str) -> None:
    made = deliver(tmp_path, plate, "a.mov", format="prores4444")
    with pytest.raises(PlateUnreadable, match=r"Frame 1001 of a\.mov is 96 x 54, the plate 10 x 10"):
        MovieSource(made.path, 0, Window(0, 0, 10, 10), FIRST).read(FIRST)
    broken = tmp_path / "b.mov"
    broken.write_bytes(b"no movie")
    with pytest.raises(PlateUnreadable, match=r"b\.mov cannot be decoded"):
        MovieSource(str(broken), 0, DISPLAY, FIRST).read(FIRST)


def test_a_movie_without_the_video_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "av", None)
    with pytest.raises(InstallIncomplete, match=r"mattewire\[video\]|PyAV"):
        MovieSource(str(tmp_path / "a.mov"), 0, DISPLAY, FIRST)
