"""Whole files or none, whatever goes wrong on the way."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mattewire_protocol.errors import DiskFull, InternalError, NotWritable
from mattewire_server import durable


def put(path: Path, data: bytes, **settings: str) -> None:
    with durable.whole_file(str(path), token="job-1", subject="Frame 1001", **settings) as temporary:
        durable.write_bytes(temporary, data)


def test_the_file_is_there_and_nothing_else(tmp_path: Path) -> None:
    put(tmp_path / "a.bin", b"new")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a.bin": b"new"}


def test_until_the_end_readers_find_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"old")
    with durable.whole_file(str(tmp_path / "a.bin"), token="job-1", subject="Frame 1001") as temporary:
        durable.write_bytes(temporary, b"new")
        assert (tmp_path / "a.bin").read_bytes() == b"old"
        hidden = os.path.basename(temporary)
        assert os.path.dirname(temporary) == str(tmp_path)
        assert hidden.startswith(".")
        assert "job-1" in hidden
    assert (tmp_path / "a.bin").read_bytes() == b"new"


@pytest.mark.parametrize("fault", [RuntimeError("engine"), KeyboardInterrupt()])
def test_an_interrupted_write_leaves_the_old_file_alone(tmp_path: Path, fault: BaseException) -> None:
    (tmp_path / "a.bin").write_bytes(b"old")

    def interrupted() -> None:
        with durable.whole_file(str(tmp_path / "a.bin"), token="job-1", subject="Frame 1001") as temporary:
            durable.write_bytes(temporary, b"ne")
            raise fault

    with pytest.raises(type(fault)):
        interrupted()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a.bin": b"old"}


def test_colleagues_can_read_it(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        put(tmp_path / "a.bin", b"x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.bin").stat().st_mode) == 0o640


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (errno.ENOSPC, DiskFull),
        (errno.EDQUOT, DiskFull),
        (errno.EACCES, NotWritable),
        (errno.EROFS, NotWritable),
        (errno.EIO, NotWritable),
    ],
)
def test_a_failed_sync_is_told_in_the_artists_terms(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, expected: type[Exception]
) -> None:
    """Network disks report a full disk only when the file is synced; the error is injected here."""

    def refuse(descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(durable.os, "fsync", refuse)
    with pytest.raises(expected, match=r"Frame 1001: .*a\.bin") as caught:
        put(tmp_path / "a.bin", b"x", field="out[0].path")
    assert caught.value.field == "out[0].path"  # type: ignore[attr-defined]
    assert os.strerror(number) in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_synced_does_not_fail_the_frame(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fsync

    def picky(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")
        real(descriptor)

    monkeypatch.setattr(durable.os, "fsync", picky)
    put(tmp_path / "a.bin", b"x")
    assert (tmp_path / "a.bin").read_bytes() == b"x"


def test_both_file_and_folder_are_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kinds: list[str] = []
    real = os.fsync

    def note(descriptor: int) -> None:
        kinds.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        real(descriptor)

    monkeypatch.setattr(durable.os, "fsync", note)
    put(tmp_path / "a.bin", b"x")
    assert kinds == ["file", "folder"]


@pytest.mark.parametrize(("refusals", "windows", "succeeds"), [(3, True, True), (99, True, False), (1, False, False)])
def test_only_windows_waits_for_a_viewer_to_let_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refusals: int, windows: bool, succeeds: bool
) -> None:
    calls = 0
    real = os.replace

    def held_open(source: str, target: str) -> None:
        nonlocal calls
        calls += 1
        if calls <= refusals:
            raise PermissionError(errno.EACCES, "Permission denied")
        real(source, target)

    monkeypatch.setattr(durable, "_WINDOWS", windows)
    monkeypatch.setattr(durable, "_REPLACE_PAUSES_S", (0.0, 0.0, 0.0, 0.0))
    monkeypatch.setattr(durable.os, "replace", held_open)
    if succeeds:
        put(tmp_path / "a.bin", b"x")
        assert (tmp_path / "a.bin").read_bytes() == b"x"
    else:
        with pytest.raises(NotWritable):
            put(tmp_path / "a.bin", b"x")
        assert calls == (5 if windows else 1)
        assert list(tmp_path.iterdir()) == []


def test_a_folder_under_the_files_name_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.bin").mkdir()
    with pytest.raises(NotWritable, match="folder has the file's name"):
        put(tmp_path / "a.bin", b"x")
    assert [path.name for path in tmp_path.iterdir()] == ["a.bin"]


def test_killed_in_mid_write_leaves_only_what_the_next_run_sweeps_up(tmp_path: Path) -> None:
    child = subprocess.Popen(
        [
            *(sys.executable, "-c"),
            "import sys, time\n"
            "from mattewire_server import durable\n"
            "with durable.whole_file(sys.argv[1], token='job-1', subject='Frame 1001', group='g') as temporary:\n"
            "    durable.write_bytes(temporary, b'half a fi')\n"
            "    time.sleep(60)\n",
            str(tmp_path / "a.bin"),
        ]
    )
    deadline = time.monotonic() + 30
    while not (left := list(tmp_path.iterdir())) and time.monotonic() < deadline:
        time.sleep(0.01)
    child.kill()
    child.wait()
    assert [path.name.startswith(".mattewire-") for path in left] == [True]
    assert not (tmp_path / "a.bin").exists()

    for others in (("job-2", "g"), ("job-1", "h"), ("job", "g")):
        assert durable.remove_stale(str(tmp_path), *others) == []
    assert durable.remove_stale(str(tmp_path), "job-1", "g") == [left[0].name]
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_made_and_a_file_in_its_place_refused(tmp_path: Path) -> None:
    durable.make_writable_folder(str(tmp_path / "a" / "b"), token="job-1", subject="The folder")
    assert list((tmp_path / "a" / "b").iterdir()) == []
    (tmp_path / "file").write_bytes(b"")
    for wrong in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(NotWritable, match="is a file, not a folder"):
            durable.make_writable_folder(str(wrong), token="job-1", subject="The folder", field="out[0].path")


def test_long_names_still_get_a_temporary_name(tmp_path: Path) -> None:
    longest = tmp_path / ("ä" * 120 + ".1001.exr")  # 249 of 255 bytes
    put(longest, b"x")
    assert longest.read_bytes() == b"x"
    with pytest.raises(NotWritable, match="shorter name"):
        put(tmp_path / ("a" * 256), b"x")


@pytest.mark.parametrize("token", ["", "a/b", "..", "a b", "x" * 65, "a\n"])
def test_a_token_that_is_no_file_name_is_our_own_fault(token: str) -> None:
    with pytest.raises(InternalError):
        durable.temporary_path("/tmp/a.bin", token)
