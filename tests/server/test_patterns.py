"""Patterns: what artists type, and the file names that fall out."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mattewire_protocol.errors import BadField, BadPattern, PlateNotFound
from mattewire_server import patterns
from mattewire_server.patterns import Pattern, parse_pattern, parse_range, pattern_of_file, sequences_in, sibling


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).touch()


@pytest.mark.parametrize(
    ("text", "frame", "path"),
    [
        ("shot.####.exr", 1001, "shot.1001.exr"),
        ("/a/shot.%04d.exr", 7, "/a/shot.0007.exr"),
        ("/a/shot.%d.exr", 7, "/a/shot.7.exr"),
        ("/a/shot.#.exr", 12, "/a/shot.12.exr"),
        ("/a/shot.####.exr", 123456, "/a/shot.123456.exr"),
        ("/a/shot.####.exr", -5, "/a/shot.-005.exr"),
        ("/a/%08d.dpx", 86400, "/a/00086400.dpx"),
        ("/####.exr", 1, "/0001.exr"),
        ("/шот 01/Kugel (größer) [v2].####.exr", 1, "/шот 01/Kugel (größer) [v2].0001.exr"),
        ("/a/100%_final.####.exr", 3, "/a/100%_final.0003.exr"),
        ("/a/50% done/x.####.exr", 3, "/a/50% done/x.0003.exr"),
        (r"C:\shots\ball.####.exr", 9, r"C:\shots\ball.0009.exr"),
        ("C:/shots/ball.####.exr", 9, "C:/shots/ball.0009.exr"),
        (r"C:\ball.####.exr", 9, r"C:\ball.0009.exr"),
        (r"C:ball.####.exr", 9, r"C:ball.0009.exr"),
        (r"\\server\share\ball.####.exr", 9, r"\\server\share\ball.0009.exr"),
        (r"\\server\share\a\ball.####_left.exr", 9, r"\\server\share\a\ball.0009_left.exr"),
    ],
)
def test_the_file_of_a_frame(text: str, frame: int, path: str) -> None:
    assert parse_pattern(text).path(frame) == path


@pytest.mark.parametrize(
    ("text", "canonical", "padding"),
    [
        ("a/ball.%04d.exr", "a/ball.####.exr", 4),
        ("a/ball.%d.exr", "a/ball.#.exr", 1),
        ("ball.#.exr", "ball.#.exr", 1),
        (r"C:\a\ball.%06d.exr", r"C:\a\ball.######.exr", 6),
    ],
)
def test_canonical_text(text: str, canonical: str, padding: int) -> None:
    pattern = parse_pattern(text)
    assert (pattern.text, pattern.padding) == (canonical, padding)
    assert parse_pattern(pattern.text) == pattern


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a/ball.exr", "no counter"),
        ("a/", "no counter"),
        ("", "no counter"),
        ("a/ball.####.%04d.exr", "2 counters"),
        ("a/## ball ##.exr", "2 counters"),
        ("a/sh####/ball.####.exr", "folder"),
        ("a/%04d/ball.exr", "folder"),
        (r"C:\####\ball.####.exr", "folder"),
        ("a/ball.%4d.exr", "spaces"),
        ("a/ball.%099d.exr", "99 digits"),
        ("a/ball." + "#" * 17 + ".exr", "17 digits"),
        ("a/ball.%00d.exr", "0 digits"),
    ],
)
def test_refused_patterns_name_the_field_and_the_way_out(text: str, says: str) -> None:
    with pytest.raises(BadPattern, match=says) as caught:
        parse_pattern(text, field="out[0].path")
    assert caught.value.field == "out[0].path"
    assert caught.value.advice


@given(st.integers(-9_999_999, 9_999_999), st.integers(1, 8))
def test_every_frame_is_found_again_by_its_own_name(frame: int, padding: int) -> None:
    pattern = Pattern("/a", "shot.", padding, ".exr")
    digits = pattern.path(frame)[len("/a/shot.") : -len(".exr")]
    assert pattern._frame_of(digits) == frame
    assert parse_pattern(pattern.text) == pattern


def test_frames_on_disk(tmp_path: Path) -> None:
    touch(tmp_path, "s.0998.exr", "s.1000.exr", "s.12345.exr", "s.-003.exr", "s.0000.exr")
    touch(
        tmp_path, "s.01000.exr", "s.5.exr", "s.1000.exr.tmp", ".s.1001.exr", "s.1000.png", "xs.1002.exr", "s.10a2.exr"
    )
    assert parse_pattern(f"{tmp_path}/s.####.exr").frames_on_disk() == [-3, 0, 998, 1000, 12345]
    assert parse_pattern(f"{tmp_path}/s.#.exr").frames_on_disk() == [5, 1000, 12345]


def test_names_with_regular_expression_characters_are_plain(tmp_path: Path) -> None:
    touch(tmp_path, "a+(b)[c].1.exr", "aab.2.exr")
    assert parse_pattern(f"{tmp_path}/a+(b)[c].#.exr").frames_on_disk() == [1]


def test_frames_on_disk_without_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert parse_pattern(f"{tmp_path}/none/s.####.exr").frames_on_disk() == []
    touch(tmp_path, "s.0001.exr")
    monkeypatch.chdir(tmp_path)
    assert parse_pattern("s.####.exr").frames_on_disk() == [1]


def test_a_folder_that_may_not_be_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(patterns.os, "scandir", refused)  # the error is injected: this may run as root
    with pytest.raises(PlateNotFound, match="cannot be listed: Permission denied"):
        parse_pattern("/secret/s.####.exr").frames_on_disk()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("name.1001.exr", "name.####.exr"),
        ("name_1001.exr", "name_####.exr"),
        ("name1001.exr", "name####.exr"),
        ("name-1001.exr", "name-####.exr"),
        ("name.-005.exr", "name.####.exr"),
        ("-0012.exr", "#####.exr"),
        ("1001.exr", "####.exr"),
        ("shot_v002.1001.exr", "shot_v002.####.exr"),
        ("shot.1001_v002.exr", "shot.####_v002.exr"),
        ("sh010_comp_v12_1001.dpx", "sh010_comp_v12_####.dpx"),
        ("plate_4k.1001.exr", "plate_4k.####.exr"),
        ("plate.1001_4k.exr", "plate.####_4k.exr"),
        ("IMG_0012.jpg", "IMG_####.jpg"),
        ("clip.0007.mp4", "clip.####.mp4"),
        ("name.1001", "name.####"),
        ("dev1001.exr", "dev####.exr"),
    ],
)
def test_the_pattern_of_a_file(name: str, text: str) -> None:
    assert pattern_of_file(f"/nowhere/{name}").text == f"/nowhere/{text}"


@pytest.mark.parametrize("name", ["ball.exr", "shot_v002.exr", "V3.exr", "IMG_20240131123456.jpg", "clip.mp4"])
def test_names_without_a_frame_number(name: str) -> None:
    with pytest.raises(BadPattern, match="no frame number"):
        pattern_of_file(f"/nowhere/{name}")


def test_padding_is_judged_by_the_files_beside(tmp_path: Path) -> None:
    touch(tmp_path, *(f"loose.{frame}.exr" for frame in range(8, 13)))
    touch(tmp_path, *(f"padded.{frame:04d}.exr" for frame in range(998, 1003)))
    touch(tmp_path, *(f"wide.{frame}.exr" for frame in (9998, 9999, 10000)))
    assert pattern_of_file(f"{tmp_path}/loose.12.exr").frames_on_disk() == [8, 9, 10, 11, 12]
    assert pattern_of_file(f"{tmp_path}/loose.8.exr").frames_on_disk() == [8, 9, 10, 11, 12]
    assert pattern_of_file(f"{tmp_path}/padded.1002.exr").frames_on_disk() == [998, 999, 1000, 1001, 1002]
    assert pattern_of_file(f"{tmp_path}/padded.0998.exr").text == f"{tmp_path}/padded.####.exr"
    assert pattern_of_file(f"{tmp_path}/wide.10000.exr").frames_on_disk() == [9998, 9999, 10000]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1001-1050", (1001, 1050)),
        ("1001:1050", (1001, 1050)),
        ("1001–1050", (1001, 1050)),
        (" 1001 - 1050 ", (1001, 1050)),
        ("1001", (1001, 1001)),
        ("-5-10", (-5, 10)),
        ("-10--5", (-10, -5)),
        ("-7", (-7, -7)),
        ("0-0", (0, 0)),
    ],
)
def test_ranges(text: str, expected: tuple[int, int]) -> None:
    assert parse_range(text) == expected


@pytest.mark.parametrize(
    "text", ["", "a-b", "1001-", "1001-1050x2", "1-2-3", "1,5", "1.5", "1050-1001", "5--3", "1-99999999", "١-٢ x"]
)
def test_refused_ranges(text: str) -> None:
    with pytest.raises(BadField) as caught:
        parse_range(text, field="first")
    assert caught.value.field == "first"


@given(st.integers(-10_000_000, 10_000_000), st.integers(0, 1000))
def test_ranges_read_back(first: int, length: int) -> None:
    last = min(first + length, 10_000_000)
    assert parse_range(f"{first}-{last}") == (first, last)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("a/ball.####.exr", "a/ball.boxes.json"),
        ("a/ball_%04d.exr", "a/ball.boxes.json"),
        ("a/ball - ####.exr", "a/ball.boxes.json"),
        ("a/ball.####_left.exr", "a/ball_left.boxes.json"),
        ("/out/ball/####.exr", "/out/ball/ball.boxes.json"),
        ("####.exr", "matte.boxes.json"),
        ("/####.exr", "/matte.boxes.json"),
        (r"C:\####.exr", r"C:\matte.boxes.json"),
        (r"D:\out\ball.####.exr", r"D:\out\ball.boxes.json"),
    ],
)
def test_siblings(text: str, path: str) -> None:
    assert sibling(text, "boxes.json") == path


def test_what_lies_in_a_folder(tmp_path: Path) -> None:
    touch(tmp_path, "a.0001.exr", "a.0002.exr", "b_10.png", "b_9.png", "notes.txt", "clip.mp4", "v002.exr")
    sequences, others = sequences_in(str(tmp_path))
    assert [pattern.text.removeprefix(f"{tmp_path}/") for pattern in sequences] == ["a.####.exr", "b_#.png"]
    assert others == ["clip.mp4", "notes.txt", "v002.exr"]
