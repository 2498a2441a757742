"""Comparing sequences, movies and facts, on files made here."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import OpenEXR
import pytest

from mattewire_server.cli.agreement import Change, Compared, Difference, changes, compare, compare_all, compare_movie
from mattewire_server.cli.sidecars import Output


def write(path: Path, value: float, author: str = "x", side: int = 4, corner: int = 0) -> None:
    pixels = np.zeros((side, side), np.float16)
    pixels[1, 1] = value
    window = (np.array([corner, corner], np.int32), np.array([corner + side - 1] * 2, np.int32))
    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage, "author": author}
    with OpenEXR.File({**header, "dataWindow": window}, {"A": pixels}) as file:
        file.write(str(path))


@pytest.fixture
def folders(tmp_path: Path) -> tuple[str, str]:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    return str(tmp_path / "a" / "m.####.exr"), str(tmp_path / "b" / "m.####.exr")


def both(folders: tuple[str, str], frame: int) -> tuple[Path, Path]:
    first, second = (Path(pattern.replace("####", str(frame))) for pattern in folders)
    return first, second


def test_every_kind_of_difference(folders: tuple[str, str]) -> None:
    for frame in range(1001, 1009):
        for path in both(folders, frame):
            write(path, 0.5)
    write(both(folders, 1002)[1], 0.75)
    write(both(folders, 1003)[1], 0.5, author="y")
    write(both(folders, 1004)[1], 0.5, corner=2)
    both(folders, 1005)[0].unlink()
    both(folders, 1006)[0].write_bytes(b"no picture")
    write(both(folders, 1007)[1], float("nan"))
    compared = compare(*folders, range(1001, 1008), [*range(1001, 1007), 1007, 1008])
    assert compared.frames == 8
    assert compared.differences == (
        Difference(1002, "pixels", 0.25),
        Difference(1003, "header"),
        Difference(1004, "window"),
        Difference(1005, "missing"),
        Difference(1006, "unreadable"),
        Difference(1007, "pixels", 1.0),
        Difference(1008, "added"),
    )
    assert compare(*folders, [1001, 1008], [1001]).differences == (Difference(1008, "not repeated"),)
    assert compare(*folders, [1001, 1008], [1001, 1008]).differences == ()


def test_a_header_alone_differs_where_both_have_the_same_holes(folders: tuple[str, str]) -> None:
    for path, author in zip(both(folders, 1001), "xy", strict=True):
        write(path, float("nan"), author=author)
    assert compare(*folders, [1001], [1001]).differences == (Difference(1001, "header"),)


def test_facts_are_compared_by_name() -> None:
    before = {"engine.sha256": "ab", "plate.identity": "1", "seed": 0}
    after = {"engine.sha256": "cd", "plate.identity": "1", "engine.device": "cpu"}
    assert changes(before, after) == [
        Change("engine.device", None, "cpu"),
        Change("engine.sha256", "ab", "cd"),
        Change("seed", 0, None),
    ]
    assert changes(before, before) == []


def test_other_channels_and_straight_colors_behind_nothing(folders: tuple[str, str]) -> None:
    """The same numbers under other names; and a straight color where A is 0, which a reader may multiply away."""
    for path, names in zip(both(folders, 1001), ("RGBA", "RGBX"), strict=True):
        channels = {name: np.zeros((4, 4), np.float16) for name in names}
        with OpenEXR.File({"type": OpenEXR.scanlineimage}, channels) as file:
            file.write(str(path))
    pngs = [pattern.replace(".exr", ".png") for pattern in folders]
    for pattern, blue in zip(pngs, (0, 51), strict=True):
        picture = np.zeros((4, 4, 4), np.uint8)
        picture[0, 0, 0] = blue
        assert cv2.imwrite(pattern.replace("####", "1001"), picture)
    assert compare(*folders, [1001], [1001]).differences == (Difference(1001, "channels"),)
    (difference,) = compare(*pngs, [1001], [1001]).differences
    assert (difference.what, round(difference.most, 6)) == ("pixels", 0.2)


def test_a_layer_that_differs(folders: tuple[str, str]) -> None:
    for path, value in zip(both(folders, 1007), (0.5, 0.25), strict=True):
        channels = {name: np.zeros((4, 4), np.float32) for name in ("A", "mug.A", "été_1.A")}
        channels["mug.A"][2, 2] = value
        with OpenEXR.File({"type": OpenEXR.scanlineimage}, channels) as file:
            file.write(str(path))
    assert compare(*folders, [1007], [1007]).differences == (Difference(1007, "pixels", 0.25),)


def movie(path: Path, frames: int, gray: int = 90) -> str:
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("mpeg4", rate=24)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
        for _ in range(frames):
            picture = av.VideoFrame.from_ndarray(np.full((32, 32, 3), gray, np.uint8), "rgb24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    return str(path)


def test_movies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original, longer = movie(tmp_path / "a.mov", 3), movie(tmp_path / "b.mov", 5)
    same = movie(tmp_path / "c.mov", 3)
    Path(same).write_bytes(Path(original).read_bytes())
    assert compare_movie(original, same) == Compared(original, same, 1, ())
    other = movie(tmp_path / "d.mov", 3, gray=200)
    assert compare_movie(original, longer).differences == (Difference(None, "movie", lengths=(3, 5)),)
    assert compare_movie(original, other).differences == (Difference(None, "movie", lengths=(3, 3)),)
    broken = tmp_path / "e.mov"
    broken.write_bytes(b"no movie")
    assert compare_movie(str(broken), same).differences == (Difference(None, "movie"),)
    assert compare_movie(str(tmp_path / "none.mov"), same).differences == (Difference(None, "missing"),)
    assert compare_movie(str(tmp_path), same).differences == (Difference(None, "unreadable"),)
    monkeypatch.setitem(sys.modules, "av", None)
    assert compare_movie(original, other).differences == (Difference(None, "movie"),), "without PyAV"


def test_every_output_finds_its_repetition(folders: tuple[str, str], tmp_path: Path) -> None:
    for path in both(folders, 1001):
        write(path, 0.5)
    cut, again = movie(tmp_path / "cut.mov", 2), movie(tmp_path / "again.mov", 2, gray=7)
    before = [Output(1, 0, cut), Output(0, 1, folders[0]), Output(0, 2, "/m/gone.####.exr")]
    after = [Output(0, 1, folders[1]), Output(0, 3, "/n/new.####.exr"), Output(1, 0, again)]
    found = compare_all(before, after, [1001], [1001])
    assert found == [
        Compared(*folders, 1, ()),
        Compared("/m/gone.####.exr", "", 0, (Difference(None, "not repeated"),)),
        Compared("", "/n/new.####.exr", 0, (Difference(None, "added"),)),
        Compared(cut, again, 1, (Difference(None, "movie", lengths=(2, 2)),)),
    ]
