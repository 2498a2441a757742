"""The door: what artists hand over, and what they are told when it is not a plate."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import mattewire_server.plates as plates
from mattewire_protocol.errors import BadPattern, CameraRaw, InstallIncomplete, PlateNotFound, PlateUnreadable
from mattewire_server.plates import open_plate

Write = Callable[..., str]


@pytest.fixture
def folder(tmp_path: Path, write_image: Write) -> Path:
    for frame in (1001, 1002, 1003):
        write_image(tmp_path / f"ball_v002.{frame}.exr", np.full((4, 6, 3), frame, np.float32), "float")
    write_image(tmp_path / "still.png", np.zeros((4, 6, 3), np.uint8), "uint8")
    (tmp_path / "notes.txt").write_text("")
    return tmp_path


@pytest.mark.parametrize("name", ["ball_v002.####.exr", "ball_v002.%04d.exr", "ball_v002.%d.exr", "ball_v002.1002.exr"])
def test_ways_to_name_a_sequence(folder: Path, name: str) -> None:
    info = open_plate(f"{folder}/{name}").info
    assert (info.kind, info.first, info.last) == ("sequence", 1001, 1003)


def test_a_relative_path_and_the_home_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(folder))
    expected = f"{folder}/ball_v002.####.exr"
    assert open_plate("./x/../ball_v002.####.exr").info.path == expected
    assert open_plate("~/ball_v002.####.exr").info.path == expected


def test_stills(folder: Path, write_image: Write) -> None:
    info = open_plate(f"{folder}/still.png").info
    assert (info.kind, info.first, info.last, info.path) == ("still", 1, 1, f"{folder}/still.png")
    assert open_plate(f"{folder}/still.png").read(1).rgb.shape == (4, 6, 3)
    write_image(folder / "lone_v003.exr", np.zeros((4, 6, 3), np.float32))
    assert open_plate(f"{folder}/lone_v003.exr").info.first == 1
    write_image(folder / "lone.0042.exr", np.zeros((4, 6, 3), np.float32))
    info = open_plate(f"{folder}/lone.0042.exr").info
    assert (info.kind, info.first, info.last) == ("still", 42, 42)


def test_the_artists_colorspace_goes_first(folder: Path) -> None:
    assert open_plate(f"{folder}/ball_v002.####.exr", colorspace="ACEScg").info.colorspace == "ACEScg"


def test_a_number_sign_in_a_folder(tmp_path: Path, write_image: Write) -> None:
    (tmp_path / "take#3").mkdir()
    path = write_image(tmp_path / "take#3" / "s.0007.exr", np.zeros((4, 6, 3), np.float32))
    assert open_plate(path).info.first == 7
    with pytest.raises(BadPattern, match="folder name"):
        open_plate(f"{tmp_path}/take#3/s.####.exr")


def test_views_in_file_names(tmp_path: Path, write_image: Write) -> None:
    for view, value in (("left", 0.25), ("right", 0.75)):
        write_image(tmp_path / f"s_{view}.0001.exr", np.full((4, 6, 3), value, np.float32))
    path = f"{tmp_path}/s_%V.####.exr"
    assert open_plate(path, view="right").read(1).rgb[0, 0, 0] == 0.75
    with pytest.raises(BadPattern, match="no view is chosen"):
        open_plate(path)


def test_a_folder_says_what_is_in_it(folder: Path) -> None:
    (folder / "a.mp4").write_bytes(b"")
    (folder / "b_1.mov").write_bytes(b"")
    with pytest.raises(BadPattern, match=r"ball_v002.####.exr \(1001-1003\), a.mp4, b_1.mov, still.png\.") as caught:
        open_plate(str(folder), field="search.plate.path")
    assert caught.value.field == "search.plate.path"
    assert "notes" not in caught.value.message


def test_an_empty_folder_and_a_full_one(tmp_path: Path) -> None:
    with pytest.raises(BadPattern, match="no plate in it"):
        open_plate(str(tmp_path))
    for number in range(11):
        (tmp_path / f"{chr(97 + number)}.0001.exr").touch()
    with pytest.raises(BadPattern, match="and 3 more"):
        open_plate(str(tmp_path))


def test_not_there(folder: Path) -> None:
    with pytest.raises(PlateNotFound, match=r"ball\.####\.exr") as caught:
        open_plate(f"{folder}/ball.####.exr")
    assert caught.value.field == "plate.path"
    with pytest.raises(PlateNotFound) as caught:
        open_plate(f"{folder}/ball_v002.1009.exr")
    assert caught.value.advice == "ball_v002.####.exr has frames 1001-1003."
    with pytest.raises(PlateNotFound) as caught:
        open_plate(f"{folder}/a/b/ball.####.exr")
    assert str(folder) in caught.value.advice
    with pytest.raises(PlateNotFound):
        open_plate(f"{folder}/nothing.exr")


@pytest.mark.parametrize("name", ["A001.braw", "A001.R3D", "clip.0001.dng"])
def test_camera_raw_is_refused_when_it_is_there(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"raw")
    with pytest.raises(CameraRaw, match=name):
        open_plate(f"{tmp_path}/{name}")
    with pytest.raises(PlateNotFound):
        open_plate(f"{tmp_path}/missing/{name}")


def test_a_raw_sequence_by_pattern(tmp_path: Path) -> None:
    (tmp_path / "clip.0001.dng").touch()
    with pytest.raises(CameraRaw, match="CinemaDNG"):
        open_plate(f"{tmp_path}/clip.####.dng")


def test_other_files(folder: Path) -> None:
    with pytest.raises(PlateUnreadable, match=r"notes\.txt is not a kind of plate") as caught:
        open_plate(f"{folder}/notes.txt")
    assert "EXR" in caught.value.advice


def test_several_movies_are_several_plates(tmp_path: Path) -> None:
    (tmp_path / "clip_1.mov").touch()
    with pytest.raises(BadPattern, match="several movies") as caught:
        open_plate(f"{tmp_path}/clip_#.mov")
    assert "clip_1.mov" in caught.value.advice


def test_a_movie_without_pyav(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.mov").write_bytes(b"")
    monkeypatch.setitem(sys.modules, "av", None)  # what an import of an absent package does
    monkeypatch.delitem(sys.modules, "mattewire_server.plates.movie", raising=False)
    with pytest.raises(InstallIncomplete, match="PyAV") as caught:
        open_plate(f"{tmp_path}/a.mov")
    assert 'pip install "mattewire[video]"' in caught.value.advice


def test_public_names() -> None:
    assert plates.__all__ == sorted(plates.__all__)
    assert all(hasattr(plates, name) for name in plates.__all__)
