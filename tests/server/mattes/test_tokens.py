"""Tokens in an output's path, and versions that are never written into."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mattewire_protocol.errors import BadField, InternalError, NotWritable
from mattewire_server.mattes import expand, next_version, tokens_in


def filled(path: str, **more: object) -> str:
    return expand(path, **{"shot": "sh010", "view": "left", "version": 3, "object_layer": "red_ball", **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/m/{shot}_{object}_{version}_{view}.####.exr", "/m/sh010_red_ball_v003_left.####.exr"),
        ("/m/{shot}/{version}/{shot}.%04d.exr", "/m/sh010/v003/sh010.%04d.exr"),
        ("/m/plain.####.exr", "/m/plain.####.exr"),
        ("/m/{{shot}}.####.exr", "/m/{shot}.####.exr"),
        ("/m/{{{shot}}}.####.exr", "/m/{sh010}.####.exr"),
        ("/m/a{b.####.exr", "/m/a{b.####.exr"),
        ("/m/a}b.####.exr", "/m/a}b.####.exr"),
        ("/m{/b}.####.exr", "/m{/b}.####.exr"),
    ],
)
def test_tokens_are_filled_in_and_braces_stay(path: str, expected: str) -> None:
    assert filled(path) == expected


def test_versions_beyond_999_grow() -> None:
    assert filled("{version}", version=1) == "v001"
    assert filled("{version}", version=1234) == "v1234"


def test_a_plate_of_one_view_is_called_main() -> None:
    assert filled("/m/{view}.####.exr", view="") == "/m/main.####.exr"


@pytest.mark.parametrize("path", ["/m/{frame}.exr", "/m/{Shot}.####.exr", "/m/{}.####.exr", "/m/{shot:03}.####.exr"])
def test_an_unknown_token_lists_the_known_ones(path: str) -> None:
    for refused in (
        lambda: filled(path, field="out[1].path"),
        lambda: next_version(path, shot="a", field="out[1].path"),
    ):
        with pytest.raises(
            BadField, match=r"\{shot\}, \{object\}, \{version\}, \{view\}; write \{\{ and \}\}"
        ) as caught:
            refused()
        assert caught.value.field == "out[1].path"
    if "frame" in path:
        assert "####" in caught.value.advice


def test_object_in_a_path_for_every_object_is_told() -> None:
    with pytest.raises(BadField, match="hold every object") as caught:
        filled("/m/{object}.####.exr", object_layer="", field="out[5].path")
    assert caught.value.field == "out[5].path"
    with pytest.raises(InternalError):
        filled("/m/{version}.####.exr", version=0)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("été 球", "été 球"),
        ("../../etc", "_.._etc"),
        ("..", "_"),
        ("", "_"),
        ("a/b\\c:d", "a_b_c_d"),
        ("take#2", "take_2"),
        ("100%_%04d", "100%__04d"),
        ("{shot}{version}", "{shot}{version}"),
        ("trailing. ", "trailing"),
    ],
)
def test_a_name_stays_a_name(name: str, expected: str) -> None:
    assert filled("/m/{shot}.####.exr", shot=name) == f"/m/{expected}.####.exr"


@given(st.text(min_size=1, max_size=30))
def test_no_name_leads_out_of_the_folder_or_counts(name: str) -> None:
    path = filled("/m/{shot}/{object}.####.exr", shot=name, object_layer=name)
    assert os.path.normpath(path) == path
    assert path.count("/") == 3
    assert path.count("#") == 4


def test_tokens_in_a_path() -> None:
    assert tokens_in("/m/{shot}/{{object}}_{version}.####.exr") == {"shot", "version"}


# --- versions ------------------------------------------------------------------------------------------------


def touched(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def test_a_path_without_version_has_none(tmp_path: Path) -> None:
    assert next_version(str(tmp_path / "{shot}.####.exr"), shot="sh010") == 0


@pytest.mark.parametrize(
    ("path", "files", "version"),
    [
        ("{shot}_{version}.####.exr", [], 1),
        ("{shot}_{version}.####.exr", ["sh010_v001.1001.exr", "sh010_v004.0001.exr"], 5),
        ("{shot}_{version}.####.exr", ["sh020_v007.1001.exr", "sh010_v003.png", "sh010_v9.1001.exr"], 1),
        ("{shot}_{version}.####.exr", ["sh010_v0002.1001.exr"], 1),
        ("{shot}_{version}.####.exr", ["sh010_v1000.1001.exr"], 1001),
        ("{shot}_{version}.%04d.exr", ["sh010_v002.-001.exr"], 3),
        ("{version}/{shot}.####.exr", ["v002/sh010.1001.exr", "v003/dog.1001.exr", "v008"], 3),
        ("{shot}/{version}/{shot}_{version}.####.exr", ["sh010/v002/sh010_v002.1001.exr"], 3),
        ("{shot}/{version}/{shot}_{version}.####.exr", ["sh010/v002/sh010_v005.1001.exr"], 1),
        ("{object}/{version}/m.####.exr", ["red_ball/v002/m.1001.exr", "dog/v004/m.1001.exr"], 5),
        ("{shot}_{object}_{version}.####.exr", ["sh010_red_ball_v006.1001.exr"], 7),
        ("{shot}_{version}.webm", ["sh010_v002.webm", "sh010_v003.mov"], 3),
        ("a+b(1)_{version}.####.exr", ["a+b(1)_v001.1001.exr", "aab1_v005.1001.exr"], 2),
        ("{{x}}_{version}.####.exr", ["{x}_v001.1001.exr"], 2),
        ("{view}_{version}.####.exr", ["main_v001.1001.exr", "left_v005.1001.exr"], 2),
    ],
)
def test_the_next_version_is_above_every_one_that_has_files(
    tmp_path: Path, path: str, files: list[str], version: int
) -> None:
    touched(tmp_path, *files)
    wanted = str(tmp_path / path)
    assert next_version(wanted, shot="sh010") == version
    assert next_version(wanted, shot="sh010", overwrite=True) == max(version - 1, 1)


def test_what_expand_writes_is_what_next_version_finds(tmp_path: Path) -> None:
    path = str(tmp_path / "{view}" / "{version}" / "{shot}_{object}.####.exr")
    for version in (1, 2, 3):
        assert next_version(path, shot="été #1", view="right") == version
        written = expand(path, shot="été #1", view="right", version=version, object_layer="ball")
        touched(tmp_path, os.path.relpath(written.replace("####", "1001"), tmp_path))


def test_a_folder_that_cannot_be_listed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(folder: str) -> list[str]:
        raise PermissionError(13, "Permission denied", folder)

    monkeypatch.setattr(os, "listdir", refused)
    with pytest.raises(NotWritable, match=r"cannot be listed: Permission denied") as caught:
        next_version(str(tmp_path / "{version}.####.exr"), shot="a", field="out[2].path")
    assert caught.value.field == "out[2].path"
