"""Keeping stops where it must, says why, and leaves nothing behind; it never fails a job."""

from __future__ import annotations

import errno
import os
from collections import namedtuple
from pathlib import Path

import pytest

from mattewire_protocol.errors import NotWritable
from mattewire_server.kept import KeptStore, shelf, writer
from mattewire_server.locks import take_lock
from server.kept.shots import LIMIT, A, B, C, keep, kept_frame, names, noise_frame

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def store(tmp_path: Path) -> KeptStore:
    return KeptStore(tmp_path, LIMIT)


def test_a_shot_larger_than_the_limit_is_given_up_with_a_word(tmp_path: Path) -> None:
    one = len(writer.pack(noise_frame(1001)))
    small = KeptStore(tmp_path, 3 * one)
    with small.begin(C) as kept:
        for frame in range(1001, 1010):
            kept.add(noise_frame(frame))
        assert not kept.keeping
        assert "more than the" in kept.note
        assert "MATTEWIRE_KEEP_GB" in kept.note
        assert "mattes are not affected" in kept.note
        assert not kept.complete()
    assert names(tmp_path) == []


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS])
def test_a_full_disk_ends_keeping_and_nothing_else(
    tmp_path: Path, store: KeptStore, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """The error is injected in the third frame's write."""
    real, calls = writer.write_bytes, []

    def full(path: str, data: bytes) -> None:
        calls.append(path)
        if len(calls) == 3:
            raise OSError(number, os.strerror(number))
        real(path, data)

    monkeypatch.setattr(writer, "write_bytes", full)
    keep_before = tmp_path / "kept"
    with store.begin(A) as kept:
        for frame in range(1001, 1006):
            kept.add(kept_frame(frame))
        assert len(calls) == 3
        assert (kept.keeping, kept.complete()) == (False, False)
        assert "Frame 1003" in kept.note
        assert os.strerror(number) in kept.note
        assert "mattes are not affected" in kept.note
    assert keep_before.is_dir()
    assert names(tmp_path) == [], "the room is given back"
    assert store.open(A) is None


def test_a_disk_that_fills_with_the_last_file(
    tmp_path: Path, store: KeptStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``shot.json`` is synced; network disks report a full disk only then. The error is injected."""

    def refuse(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with store.begin(A) as kept:
        kept.add(kept_frame(1001))
        monkeypatch.setattr(os, "fsync", refuse)
        assert not kept.complete()
    assert os.strerror(errno.ENOSPC) in kept.note
    assert names(tmp_path) == []


def test_a_disk_that_is_nearly_full_is_left_to_the_mattes(
    tmp_path: Path, store: KeptStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The free space is injected."""
    with store.begin(A) as kept:
        kept.add(kept_frame(1001))
        monkeypatch.setattr(writer.shutil, "disk_usage", lambda path: Usage(10**12, 10**12, writer.LEAST_FREE))
        kept.add(kept_frame(1002))
        assert "nearly full" in kept.note
    assert names(tmp_path) == []


def test_a_data_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where the folder should be")
    store = KeptStore(tmp_path / "home", LIMIT)
    with store.begin(A) as kept:
        kept.add(kept_frame(1001))
        assert not kept.complete()
        assert "cannot be written" in kept.note
        assert "not kept" in kept.note
    assert store.open(A) is None
    assert store.evict() == []


def test_a_data_folder_without_permission(tmp_path: Path) -> None:
    """Root may write anywhere, so another user tries."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to become somebody else")
    home = tmp_path / "home"
    keep(KeptStore(home, LIMIT), A)
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_mode & 0o001 == 0 and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o011)
    os.seteuid(65534)
    try:
        store = KeptStore(home, LIMIT)
        with store.begin(B) as kept:
            assert "Permission denied" in kept.note
            assert not kept.keeping
        assert store.open(A) is None
    finally:
        os.seteuid(0)


def test_a_lock_that_is_held_too_long(tmp_path: Path, store: KeptStore, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(store, A)
    monkeypatch.setattr(shelf, "WAIT_S", 0.1)
    held = take_lock(tmp_path / "kept" / "store.lock")
    assert held is not None
    with held:
        with store.begin(B) as kept:
            assert "in use by another process" in kept.note
        assert store.open(A) is None
        assert store.evict() == []
        with pytest.raises(NotWritable, match="in use by another process"):
            store.shots()
    assert [entry.address for entry in store.shots()] == [A]
