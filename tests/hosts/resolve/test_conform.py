"""One file for each record frame: which frames, in which order, as links or copies, and deleted again."""

from __future__ import annotations

import errno
import os
import shutil
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mattewire_protocol.errors import DiskFull, FrameMissing, NotWritable
from mattewire_resolve import conform
from mattewire_resolve.conform import Run


@pytest.fixture
def mattes(tmp_path: Path) -> str:
    """Files of the frames 1001 to 1010, each holding its number."""
    for number in range(1001, 1011):
        (tmp_path / f"ball.{number}.exr").write_text(str(number))
    return str(tmp_path / "ball.####.exr")


def contents(made: conform.Conformed) -> list[str]:
    return [Path(conform.file_at(made.pattern, 1 + index)).read_text() for index in range(made.count)]


def test_runs() -> None:
    shown = {10: 5, 11: 5, 12: 6, 13: 7, 14: 8}.__getitem__
    assert conform.runs(shown, 10, 14, lambda _: True) == [Run(10, (5, 5, 6, 7, 8))]
    assert conform.runs(shown, 10, 14, lambda source: source != 6) == [Run(10, (5, 5)), Run(13, (7, 8))]
    assert conform.runs(shown, 10, 14, lambda source: source < 6) == [Run(10, (5, 5))]
    assert conform.runs(shown, 10, 14, lambda _: False) == []
    assert Run(10, (5, 5)).end == 11


@given(st.lists(st.booleans(), max_size=40))
def test_runs_cover_just_what_is_there(there: list[bool]) -> None:
    found = conform.runs(lambda record: record, 0, len(there) - 1, lambda source: there[source])
    covered = [run.start + index for run in found for index in range(len(run.sources))]
    assert covered == [record for record, is_there in enumerate(there) if is_there]
    assert all(later.start > run.end + 1 for run, later in pairwise(found))


@pytest.mark.parametrize(
    ("sources", "in_order"),
    [
        ((5, 6, 7), True),
        ((5,), True),
        ((0, 1), True),
        ((5, 5), False),
        ((7, 6), False),
        ((5, 7), False),
        ((-1, 0), False),
    ],
)
def test_what_is_in_order(sources: tuple[int, ...], in_order: bool) -> None:
    assert Run(0, sources).in_order is in_order


def test_patterns() -> None:
    assert conform.printf("/a/b.####.exr") == "/a/b.%04d.exr"
    assert conform.hashes("/a/b.%06d.exr") == "/a/b.######.exr"
    assert conform.printf("/a#1/b.%04d.exr") == "/a#1/b.%04d.exr"
    assert conform.hashes("/a/b.mov") == conform.printf("/a/b.mov") == "/a/b.mov"
    assert (conform.counter_of("/a/b.%06d.exr"), conform.counter_of("/####/b.mov")) == (6, None)
    assert conform.file_at("/a/b.%04d.exr", 17) == "/a/b.0017.exr"


def test_links(mattes: str) -> None:
    sources = [1003, 1003, 1002, 1009]
    made = conform.conform(mattes, sources, "clip 50% [2] ü")
    assert contents(made) == [str(source) for source in sources]
    assert made.copied == 0
    assert conform.said(made) == ""
    assert os.path.samefile(conform.file_at(made.pattern, 1), conform.file_at(mattes, 1003))
    assert os.path.dirname(made.folder) == os.path.dirname(mattes)
    assert os.path.basename(made.pattern) == "clip_50_2_ü.####.exr"
    assert conform.delete(made.folder)
    assert not os.path.exists(made.folder)
    assert len(os.listdir(os.path.dirname(mattes))) == 10


def test_more_than_four_digits(mattes: str) -> None:
    made = conform.conform(mattes, [1001] * 10_001, "long")
    assert os.path.isfile(os.path.join(made.folder, "long.10001.exr"))
    assert conform.delete(made.folder)


def test_two_of_the_same_name(mattes: str) -> None:
    one, two = (conform.conform(mattes, [1001], "clip") for _ in range(2))
    assert one.folder != two.folder
    assert conform.delete(one.folder)
    assert contents(two) == ["1001"]


def test_copies_where_links_are_refused(mattes: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    made = conform.conform(mattes, [1003, 1004], "clip")
    assert contents(made) == ["1003", "1004"]
    assert made.copied == 8
    assert "copied" in conform.said(made)
    assert not os.path.samefile(conform.file_at(made.pattern, 1), conform.file_at(mattes, 1003))
    assert conform.delete(made.folder)


def test_a_disk_without_room_for_copies(mattes: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(100, 97, 3))
    with pytest.raises(DiskFull) as caught:
        conform.conform(mattes, [1003], "clip")
    assert "render the clip in place" in caught.value.advice
    assert len(os.listdir(os.path.dirname(mattes))) == 10


@pytest.mark.parametrize(("number", "kind"), [(errno.ENOSPC, DiskFull), (errno.EIO, NotWritable)])
def test_a_copy_that_fails_leaves_nothing(
    mattes: str, monkeypatch: pytest.MonkeyPatch, number: int, kind: type[Exception]
) -> None:
    """As a disk that fills, or breaks, while copying does: the error is injected."""

    def fail(*_: object) -> None:
        raise OSError(number, "said the disk")

    monkeypatch.setattr(os, "link", fail)
    monkeypatch.setattr(shutil, "copyfile", fail)
    with pytest.raises(kind, match="said the disk"):
        conform.conform(mattes, [1003], "clip")
    assert len(os.listdir(os.path.dirname(mattes))) == 10


def test_a_matte_that_is_missing(mattes: str) -> None:
    with pytest.raises(FrameMissing, match="1011"):
        conform.conform(mattes, [1010, 1011], "clip")
    assert len(os.listdir(os.path.dirname(mattes))) == 10


def test_a_folder_that_is_not_there(tmp_path: Path, mattes: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a folder that may not be written, which a test that runs as root cannot make: the error is injected."""

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "mkdir", refuse)
    with pytest.raises(NotWritable, match="Permission denied"):
        conform.conform(mattes, [1001], "clip")


def test_only_our_own_files_are_deleted(mattes: str, tmp_path: Path) -> None:
    made = conform.conform(mattes, [1001, 1002], "clip")
    Path(made.folder, "mine.txt").touch()
    assert not conform.delete(made.folder)
    assert os.listdir(made.folder) == ["mine.txt"]
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "ball.exr").touch()
    assert not conform.delete(str(foreign))
    assert os.listdir(foreign) == ["ball.exr"]
    assert conform.delete(str(tmp_path / "never was"))


def test_a_list_of_files_elsewhere_is_not_followed(mattes: str, tmp_path: Path) -> None:
    made = conform.conform(mattes, [1001], "clip")
    victim = tmp_path / "ball.1005.exr"
    Path(made.folder, conform.OURS).write_text('{"files": ["../ball.1005.exr"]}')
    conform.delete(made.folder)
    assert victim.exists()
