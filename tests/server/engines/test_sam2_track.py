from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from mattewire_protocol.errors import EngineFailed, OutOfMemory
from mattewire_server.engines.sam2.track import Sam2Track
from mattewire_server.engines.seams import Hint, Mark, Picture, ShotInfo
from server.engines.sam2_tiny import picture, tiny_predictor

SHOT = ShotInfo(1001, 1012, 96, 64)
BOX = Hint(1, (20, 10, 60, 50))


@pytest.fixture(scope="module")
def predictor():
    return tiny_predictor(in_sight=6.0)


@pytest.fixture
def track(predictor):
    return Sam2Track(predictor, SHOT, border=1)


def test_a_box_makes_the_object_and_every_frame_has_it(track):
    placed = track.step(picture(1005), [BOX])
    assert list(placed) == [1]
    assert placed[1].logits.dtype == np.float32
    assert placed[1].logits.shape == (96, 96), "the model's 128 without its margin of 16 on each side"
    for frame in [*range(1005, 1013), *range(1004, 1000, -1)]:
        segment = track.step(picture(frame))[1]
        assert segment.present
        assert 0 < segment.score <= 1
        assert np.isfinite(segment.logits).all()


def test_the_keyframe_is_not_computed_twice(track):
    placed = track.step(picture(1001), [BOX])
    assert np.array_equal(track.step(picture(1001))[1].logits, placed[1].logits)


def test_an_absent_object_is_told_as_absent():
    track = Sam2Track(tiny_predictor(in_sight=-50.0), SHOT, border=0)
    segment = track.step(picture(1001), [BOX])[1]
    assert not segment.present
    assert segment.score < 0.01
    assert (segment.logits < -30).all()


def test_objects_do_not_disturb_each_other(predictor):
    """Each object is tracked on its own, so a second one leaves the first as it was, bit for bit."""
    alone, together = Sam2Track(predictor, SHOT, border=1), Sam2Track(predictor, SHOT, border=1)
    alone.step(picture(1003), [BOX])
    together.step(picture(1003), [BOX, Hint(7, None, (Mark(70, 20),))])
    together.step(picture(1006), [Hint(4, (5, 5, 30, 30))])
    for frame in [*range(1003, 1010), 1002, 1001]:
        one, many = alone.step(picture(frame)), together.step(picture(frame))
        assert list(many) == [1, 4, 7]
        assert np.array_equal(one[1].logits, many[1].logits)
        assert not np.array_equal(many[1].logits, many[7].logits)


def test_later_points_correct_and_do_not_place(predictor):
    """A later click waits for the tracked mask; everything up to it stays as it was, and what follows does not."""
    plain, corrected = Sam2Track(predictor, SHOT, border=1), Sam2Track(predictor, SHOT, border=1)
    for each in (plain, corrected):
        each.step(picture(1003), [BOX])
    assert corrected.step(picture(1006), [Hint(1, None, (Mark(45, 30),))]) == {}
    same = {}
    for frame in range(1003, 1010):
        one, other = plain.step(picture(frame))[1], corrected.step(picture(frame))[1]
        same[frame] = np.array_equal(one.logits, other.logits)
    assert same == {frame: frame < 1006 for frame in range(1003, 1010)}
    assert corrected.memory.conditioning(1, 1006 - SHOT.first) is not None


def test_drop_points_alone_never_place(track):
    assert track.step(picture(1001), [Hint(1, None, (Mark(5, 5, False),))]) == {}
    assert track.step(picture(1004), [BOX]).keys() == {1}
    assert track.step(picture(1001)).keys() == {1}, "corrected in passing, from the box that lies ahead"
    assert track.memory.conditioning(1, 0) is not None


def test_a_later_box_places_the_object_anew(track, predictor):
    track.step(picture(1001), [BOX])
    again = track.step(picture(1008), [Hint(1, (40, 10, 80, 50))])[1]
    fresh = Sam2Track(predictor, SHOT, border=1).step(picture(1008), [Hint(1, (40, 10, 80, 50))])[1]
    assert np.array_equal(again.logits, fresh.logits)


def test_marks_again_on_a_placed_frame_refine_it(track):
    first = track.step(picture(1001), [BOX])[1]
    again = track.step(picture(1001), [Hint(1, (20, 10, 60, 50), (Mark(40, 30),))])[1]
    assert not np.array_equal(first.logits, again.logits)


def test_a_matte_is_taken_as_it_is(track):
    matte = np.zeros((64, 96), np.float32)
    matte[16:48, 24:60] = 1
    segment = track.step(picture(1002), [Hint(3, mask=matte)])[3]
    whole = segment.logits > 0
    assert whole[30:60, 30:55].all()
    assert not whole[:20].any()
    assert not whole[:, 70:].any()
    assert track.step(picture(1002))[3].present
    assert track.step(picture(1003))[3].logits.shape == (96, 96)


def test_an_empty_matte_says_out_of_sight(track):
    assert not track.step(picture(1002), [Hint(3, mask=np.zeros((64, 96), np.float32))])[3].present


@pytest.mark.parametrize("frames", [(1005, 1007), (1005, 1006, 1004, 1006), (1005, 1004, 1002), (1005, 1005)])
def test_frames_must_come_one_after_the_other(track, frames):
    track.step(picture(1005), [BOX])
    for frame in frames[:-1]:
        track.step(picture(frame))
    with pytest.raises(EngineFailed, match=f"Frame {frames[-1]} came after"):
        track.step(picture(frames[-1]))


def test_a_picture_of_another_size_is_refused(track):
    with pytest.raises(EngineFailed, match="Frame 1001 is 80 x 64, the shot is 96 x 64"):
        track.step(picture(1001, width=80), [BOX])


def test_a_frame_outside_the_shot_is_refused(track):
    with pytest.raises(EngineFailed, match=r"Frame 1013 is outside the shot \(1001-1012\)"):
        track.step(Picture(1013, picture(1001).rgb), [BOX])


@pytest.mark.parametrize(
    "problem",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
        RuntimeError("[enforce fail at alloc_cpu.cpp:124] . DefaultCPUAllocator: can't allocate memory"),
        RuntimeError("MPS backend out of memory (MPS allocated: 8 GB)"),
        MemoryError(),
    ],
)
def test_out_of_memory_is_told_with_its_cure(problem):
    class Full:
        """A predictor on a device with no room left."""

        size, device = 128, torch.device("cpu")

        def memory(self, length, prune=True):
            return tiny_memory

        def features(self, pixels):
            raise problem

    tiny_memory = tiny_predictor().memory(12)
    with pytest.raises(OutOfMemory, match=r"Frame 1001.*does not fit into memory") as told:
        Sam2Track(Full(), SHOT, border=0).step(picture(1001), [BOX])
    assert "draft" in told.value.advice
    assert told.value.retryable


def test_other_faults_stay_what_they_are(predictor, monkeypatch):
    track = Sam2Track(predictor, SHOT, border=0)
    monkeypatch.setattr(track, "_features", lambda picture: (_ for _ in ()).throw(RuntimeError("shapes differ")))
    with pytest.raises(RuntimeError, match="shapes differ"):
        track.step(picture(1001), [BOX])


def test_close_lets_go(track):
    track.step(picture(1001), [BOX])
    track.close()
    assert list(track.memory.tensors()) == []


def test_half_precision_stays_near(predictor):
    """bfloat16 in encoder and memory: the same object, near the same logits; prompts and decoder stay exact."""
    from mattewire_server.engines.sam2.predictor import Predictor

    half = Predictor(predictor.model, torch.device("cpu"), torch.bfloat16)
    whole_track, half_track = Sam2Track(predictor, SHOT, border=1), Sam2Track(half, SHOT, border=1)
    for frame, hints in ((1001, [BOX]), (1001, []), (1002, [])):
        exact, near = whole_track.step(picture(frame), hints)[1], half_track.step(picture(frame), hints)[1]
        assert near.logits.dtype == np.float32
        assert not np.array_equal(exact.logits, near.logits)
        assert np.corrcoef(exact.logits.ravel(), near.logits.ravel())[0, 1] > 0.9
