"""Kept shots on disk: whole or not there, under their limit, whoever dies in between."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from mattewire_protocol.errors import InternalError, NotKept
from mattewire_server.kept import KeptStore, quantized, writer
from server.kept.shots import LIMIT, A, B, C, keep, kept_frame, names, noise_frame


@pytest.fixture
def store(tmp_path: Path) -> KeptStore:
    return KeptStore(tmp_path, LIMIT)


def used_at(home: Path, address: str, seconds: float) -> None:
    os.utime(home / "kept" / address / "shot.json", (seconds, seconds))


def addresses(store: KeptStore) -> list[str]:
    return [entry.address for entry in store.shots()]


# --- a shot that is kept ---------------------------------------------------------------------------------------


def test_a_kept_shot_comes_back(tmp_path: Path, store: KeptStore) -> None:
    with store.begin(A, {"labels": {"1": "red ball"}, "stage": "begun"}) as kept:
        assert (kept.keeping, kept.note) == (True, "")
        for frame in (1003, 1001, 1002):  # backward tracking ends with the first
            kept.add(kept_frame(frame))
        assert kept.complete({"stage": "done", "keyframe": 1003})
    shot = store.open(A)
    assert shot is not None
    with shot:
        assert (shot.address, shot.frames) == (A, (1001, 1002, 1003))
        assert shot.facts == {"labels": {"1": "red ball"}, "stage": "done", "keyframe": 1003}
        for frame in shot.frames:
            back, given = shot.read(frame), kept_frame(frame)
            assert (back.frame, back.window, sorted(back.segments)) == (frame, given.window, [1])
            assert np.array_equal(back.segments[1].logits, quantized(given.segments[1]).logits)
    assert names(tmp_path) == [A]
    assert sorted(path.name for path in (tmp_path / "kept" / A).iterdir()) == [
        *("1001.logits", "1002.logits", "1003.logits", "shot.json")
    ]


def test_the_folder_is_for_this_user_alone(tmp_path: Path, store: KeptStore) -> None:
    keep(store, A)
    assert (tmp_path / "kept").stat().st_mode & 0o077 == 0


def test_until_it_is_complete_nobody_is_offered_it(tmp_path: Path, store: KeptStore) -> None:
    with store.begin(A) as kept:
        kept.add(kept_frame(1001))
        assert store.open(A) is None
        assert store.shots() == []
    assert store.open(A) is None
    assert names(tmp_path) == [], "a shot that ends early takes its files along"
    assert not kept.complete()
    kept.add(kept_frame(1002))
    assert names(tmp_path) == []


def test_what_is_not_there(store: KeptStore) -> None:
    assert store.open(A) is None
    assert (store.shots(), store.evict(), store.clear()) == ([], [], [])
    assert not store.folder.exists()


def test_our_own_mistakes_are_not_hidden(store: KeptStore) -> None:
    with store.begin(A) as kept:
        with pytest.raises(InternalError, match="without a frame"):
            kept.complete()
        kept.add(kept_frame(1001))
        with pytest.raises(InternalError, match="Frame 1001 is kept already"):
            kept.add(kept_frame(1001))
        with pytest.raises(InternalError, match="JSON"):
            kept.complete({"logits": np.zeros(3)})
        assert kept.complete()
    for wrong in ("", "..", "../" + A, A.upper(), A + "\n"):
        with pytest.raises(InternalError, match="not the address"):
            store.open(wrong)
        with pytest.raises(InternalError, match="not the address"):
            store.begin(wrong)
    with store.open(A) as shot, pytest.raises(InternalError, match="not of this shot"):
        shot.read(1009)
    assert addresses(store) == [A]


def test_nothing_is_kept_at_a_limit_of_nothing(tmp_path: Path, store: KeptStore) -> None:
    keep(store, A)
    off = KeptStore(tmp_path, 0)
    with off.begin(B) as kept:
        kept.add(kept_frame(1001))
        assert (kept.keeping, kept.note, kept.complete()) == (False, "", False)
    assert names(tmp_path) == [], "and what was kept before is given back"


# --- damage ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["cut short", "emptied", "removed", "lengthened"])
def test_a_shot_that_lost_a_part_is_not_offered(tmp_path: Path, store: KeptStore, how: str) -> None:
    keep(store, A)
    file = tmp_path / "kept" / A / "1002.logits"
    data = file.read_bytes()
    if how == "removed":
        file.unlink()
    else:
        file.write_bytes({"cut short": data[:-1], "emptied": b"", "lengthened": data + b"\0"}[how])
    assert store.open(A) is None
    assert store.shots() == []
    keep(store, A)
    assert addresses(store) == [A]


def test_a_damaged_frame_is_named_and_the_shot_tracked_anew(tmp_path: Path, store: KeptStore) -> None:
    keep(store, A)
    file = tmp_path / "kept" / A / "1002.logits"
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    with store.open(A) as shot:
        assert shot.read(1001).frame == 1001
        with pytest.raises(NotKept, match=r"Frame 1002 .*1002\.logits\. Its checksum is wrong") as caught:
            shot.read(1002)
        assert "Submit the request again" in str(caught.value)
    assert store.open(A) is None
    store.evict()
    assert names(tmp_path) == []


def test_another_frames_file_is_not_taken_for_it(tmp_path: Path, store: KeptStore) -> None:
    keep(store, A)
    folder = tmp_path / "kept" / A
    one, two = folder / "1001.logits", folder / "1002.logits"
    first = one.read_bytes()
    one.write_bytes(two.read_bytes())
    two.write_bytes(first)
    with store.open(A) as shot, pytest.raises(NotKept, match="It is frame 1002"):
        shot.read(1001)


def test_a_file_that_goes_while_it_is_in_use(tmp_path: Path, store: KeptStore) -> None:
    keep(store, A)
    with store.open(A) as shot:
        (tmp_path / "kept" / A / "1003.logits").unlink()
        with pytest.raises(NotKept, match=r"Frame 1003 .* It is gone"):
            shot.read(1003)
    assert store.open(A) is None


def test_a_fault_that_may_pass_does_not_lose_the_shot(
    tmp_path: Path, store: KeptStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(store, A)

    def refuse(path: Path) -> bytes:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    with store.open(A) as shot:
        with monkeypatch.context() as patch:
            patch.setattr(Path, "read_bytes", refuse)
            with pytest.raises(NotKept, match="Too many open files"):
                shot.read(1001)
        assert shot.read(1001).frame == 1001


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"schema": "other"}', "[" * 100_000, '{"schema": "mattewire.kept.1", "frames": 3}']
)
def test_a_document_that_is_not_ours(tmp_path: Path, store: KeptStore, text: str) -> None:
    keep(store, A)
    (tmp_path / "kept" / A / "shot.json").write_text(text)
    assert store.open(A) is None
    assert store.shots() == []
    store.evict()
    assert names(tmp_path) == []


def test_what_is_not_ours_in_the_folder_stays(tmp_path: Path, store: KeptStore) -> None:
    keep(store, A)
    (tmp_path / "kept" / "notes").mkdir()
    (tmp_path / "kept" / "read me.txt").write_text("hello")
    assert [entry.address for entry in store.clear()] == [A]
    assert names(tmp_path) == ["notes", "read me.txt"]


# --- room ------------------------------------------------------------------------------------------------------


def test_what_was_used_longest_ago_makes_room(tmp_path: Path, store: KeptStore) -> None:
    for seconds, address in enumerate((B, A, C)):
        keep(store, address)
        used_at(tmp_path, address, 1_000_000 + seconds)
    assert addresses(store) == [B, A, C]
    size = store.shots()[0].size
    with store.open(B):
        pass
    assert addresses(store) == [A, C, B], "opening counts as use"
    assert KeptStore(tmp_path, 3 * size).evict() == []
    assert KeptStore(tmp_path, 3 * size - 1).evict() == [A]
    assert KeptStore(tmp_path, size).evict() == [C]
    assert addresses(store) == [B]


def test_a_shot_in_use_stays(tmp_path: Path, store: KeptStore) -> None:
    for seconds, address in enumerate((A, B)):
        keep(store, address)
        used_at(tmp_path, address, 1_000_000 + seconds)
    with store.open(A) as shot:
        used_at(tmp_path, A, 1_000_000)
        assert [entry.in_use for entry in store.shots()] == [True, False]
        assert KeptStore(tmp_path, 1).evict() == [B]
        assert [entry.address for entry in store.clear()] == []
        assert shot.read(1002).frame == 1002
    assert [entry.address for entry in store.clear()] == [A]
    assert names(tmp_path) == []


def test_a_new_shot_pushes_old_ones_out_while_it_grows(tmp_path: Path) -> None:
    one = len(writer.pack(noise_frame(1001)))
    small = KeptStore(tmp_path, 5 * one)
    for address in (A, B):
        with small.begin(address) as kept:
            kept.add(noise_frame(1001))
            kept.add(noise_frame(1002))
            assert kept.complete()
    used_at(tmp_path, A, 1_000_000)
    with small.begin(C) as kept:
        for frame in range(1001, 1005):
            kept.add(noise_frame(frame))
            held = sum(path.stat().st_size for path in (tmp_path / "kept").rglob("*.logits"))
            assert held <= 5 * one + 1000
        assert addresses(small) == []
        assert kept.complete()
    assert addresses(small) == [C]


# --- processes and threads -------------------------------------------------------------------------------------

CHILD = """
import sys, time
from pathlib import Path
from mattewire_server.kept import KeptStore
from server.kept.shots import kept_frame
store = KeptStore(Path(sys.argv[1]), 100_000_000)
what, address = sys.argv[2:4]
if what == "write":
    kept = store.begin(address)
    kept.add(kept_frame(1001))
    kept.add(kept_frame(1002))
    (Path(sys.argv[1]) / "kept" / "half a frame").touch()
else:
    shot = store.open(address)
    assert shot is not None
print("ready", flush=True)
time.sleep(60)
"""


def child(home: Path, what: str, address: str) -> subprocess.Popen[str]:
    """A process that holds a writer or a reader, and is there when this returns."""
    tests = Path(__file__).parents[2]
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(home), what, address],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(tests)},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def ended(process: subprocess.Popen[str]) -> int:
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return process.returncode


def test_a_writer_killed_in_the_middle_leaves_nothing_that_is_offered(tmp_path: Path, store: KeptStore) -> None:
    process = child(tmp_path, "write", A)
    try:
        (tmp_path / "kept" / "half a frame").unlink()
        pending = [name for name in names(tmp_path) if name.endswith(".writing")]
        assert len(pending) == 1
        store.evict()
        assert pending[0] in names(tmp_path), "while its writer lives it is no leftover"
    finally:
        assert ended(process) == -signal.SIGKILL
    assert pending[0] in names(tmp_path)
    assert store.open(A) is None
    assert store.shots() == []
    keep(store, A)
    assert names(tmp_path) == [A], "the next writer removes what the dead one left"
    with store.open(A) as shot:
        assert shot.read(1002).frame == 1002


def test_a_reader_in_another_process_keeps_its_shot_until_it_dies(tmp_path: Path, store: KeptStore) -> None:
    keep(store, A)
    process = child(tmp_path, "read", A)
    try:
        assert store.clear() == []
        assert [entry.in_use for entry in store.shots()] == [True]
    finally:
        ended(process)
    assert [entry.in_use for entry in store.shots()] == [False]
    assert [entry.address for entry in store.clear()] == [A]
    assert names(tmp_path) == []


def test_killed_while_a_folder_was_being_removed(tmp_path: Path, store: KeptStore) -> None:
    keep(store, A)
    aside = tmp_path / "kept" / f"{A}.{'0' * 16}.removing"
    (tmp_path / "kept" / A).rename(aside)
    assert store.open(A) is None
    store.evict()
    assert names(tmp_path) == []


def test_two_writers_of_one_shot(tmp_path: Path, store: KeptStore) -> None:
    with store.begin(A, {"by": "first"}) as first, store.begin(A, {"by": "second"}) as second:
        for frame in range(1001, 1004):
            first.add(kept_frame(frame))
            second.add(kept_frame(frame))
        assert first.complete()
        with store.open(A) as shot:
            assert second.complete(), "it is kept, whoever kept it"
            assert [shot.read(frame).frame for frame in shot.frames] == [1001, 1002, 1003]
    with store.open(A) as shot:
        assert shot.facts == {"by": "first"}, "what somebody reads is not pulled from under them"
    assert names(tmp_path) == [A]


def test_tracking_again_replaces_the_kept_shot(tmp_path: Path, store: KeptStore) -> None:
    keep(store, A, range(1001, 1004), take="one")
    keep(store, A, range(1001, 1003), take="two")
    with store.open(A) as shot:
        assert (shot.frames, shot.facts) == ((1001, 1002), {"take": "two"})
    assert names(tmp_path) == [A]


def test_a_damaged_shot_is_replaced_though_somebody_still_holds_it(tmp_path: Path, store: KeptStore) -> None:
    keep(store, A)
    with store.open(A) as shot:
        (tmp_path / "kept" / A / "1001.logits").unlink()
        with pytest.raises(NotKept):
            shot.read(1001)
        keep(store, A)
        with store.open(A) as fresh:
            assert fresh.read(1001).frame == 1001


def test_threads_may_add_at_once(store: KeptStore) -> None:
    frames = range(1001, 1061)
    with store.begin(A) as kept, ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda frame: kept.add(kept_frame(frame)), frames))
        assert kept.complete()
    with store.open(A) as shot, ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda frame: shot.read(frame).frame, frames)) == list(frames)


def test_a_stop_in_the_middle_of_threads_leaves_nothing(tmp_path: Path, store: KeptStore) -> None:
    with store.begin(A) as kept, ThreadPoolExecutor(4) as pool:
        adding = [pool.submit(kept.add, kept_frame(frame)) for frame in range(1001, 1101)]
        kept.stop("enough")
        for each in adding:
            each.result()
    assert kept.note == "enough"
    store.evict()
    assert names(tmp_path) == []


def test_everyone_at_once(tmp_path: Path) -> None:
    """Writers, readers and evictions of four threads over three addresses: no error, and every shot read is whole."""
    store = KeptStore(tmp_path, 12_000)
    until = time.monotonic() + 1.5
    seen: list[int] = []
    faults: list[BaseException] = []

    def work(number: int) -> None:
        turn = number
        try:
            while time.monotonic() < until:
                address = (A, B, C)[turn % 3]
                turn += 1
                if (shot := store.open(address)) is None:
                    keep(store, address)
                    continue
                with shot:
                    seen.append(len([shot.read(frame) for frame in shot.frames]))
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert set(seen) == {3}
    assert all(len(name) == 32 for name in names(tmp_path))


def test_the_document_is_readable_by_people(tmp_path: Path, store: KeptStore) -> None:
    keep(store, A, plate="/plates/été.####.exr")
    document = json.loads((tmp_path / "kept" / A / "shot.json").read_text("utf-8"))
    size = sum(path.stat().st_size for path in (tmp_path / "kept" / A).glob("*.logits"))
    assert document == {
        "schema": "mattewire.kept.1",
        "frames": [1001, 1002, 1003],
        "size": size,
        "facts": {"plate": "/plates/été.####.exr"},
    }
