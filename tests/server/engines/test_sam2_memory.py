"""Bounded memory: pruned and unpruned tracks agree bit for bit, and what is held stops growing."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from mattewire_server.engines.sam2.memory import Look, ShotMemory
from mattewire_server.engines.sam2.track import Sam2Track
from mattewire_server.engines.seams import Hint, Mark, ShotInfo
from server.engines.sam2_tiny import picture, tiny_predictor

FIRST, LAST, KEYFRAME = 1001, 1046, 1017


@pytest.fixture(scope="module")
def predictor():
    return tiny_predictor(in_sight=35.8, spread=20.0)  # around zero: in sight on some frames only


def tracked(predictor, prune: bool):
    """46 frames both ways from a keyframe in the middle; a box, a later correction, an object that comes later."""
    track = Sam2Track(predictor, ShotInfo(FIRST, LAST, 96, 64), border=1, prune=prune)
    track.step(picture(KEYFRAME), [Hint(1, (20, 10, 60, 50))])
    track.step(picture(1029), [Hint(1, None, (Mark(50, 30), Mark(5, 5, False))), Hint(2, (30, 10, 70, 60))])
    out, held = {}, []
    for frame in [*range(KEYFRAME, LAST + 1), *range(KEYFRAME - 1, FIRST - 1, -1)]:
        out[frame] = track.step(picture(frame))
        held.append(sum(tensor.numel() * tensor.element_size() for tensor in set(track.memory.tensors())))
    return out, held


def test_pruned_and_unpruned_agree_bit_for_bit(predictor):
    pruned, held = tracked(predictor, True)
    whole, all_held = tracked(predictor, False)
    assert sorted(pruned) == list(range(FIRST, LAST + 1))
    for frame, segments in whole.items():
        assert sorted(segments) == [1, 2]
        for number, segment in segments.items():
            assert np.array_equal(pruned[frame][number].logits, segment.logits)
            assert pruned[frame][number].score == segment.score
            assert pruned[frame][number].present == segment.present
    seen = [segment.present for segments in whole.values() for segment in segments.values()]
    assert 10 < sum(seen) < len(seen) - 10, "both kinds of frames must occur, or equal logits prove nothing"
    assert max(held[-12:]) <= max(held[16:30]), "what is held must stop growing"
    assert all_held[-1] > 2 * held[-1]


def test_what_was_dropped_would_have_mattered(predictor):
    """The check above can fail: with one frame less kept beside the start, the backward pass differs."""
    track = Sam2Track(predictor, ShotInfo(FIRST, LAST, 96, 64), border=1)
    track.step(picture(KEYFRAME), [Hint(1, (20, 10, 60, 50))])
    for frame in range(KEYFRAME, LAST + 1):
        track.step(picture(frame))
    kept = track.memory.output_dict_per_obj[1]["non_cond_frame_outputs"]
    beside = KEYFRAME + 1 - FIRST
    assert "maskmem_features" in kept[beside]
    whole = track.step(picture(KEYFRAME - 1))[1]
    again = Sam2Track(predictor, ShotInfo(FIRST, LAST, 96, 64), border=1)
    again.step(picture(KEYFRAME), [Hint(1, (20, 10, 60, 50))])
    for frame in range(KEYFRAME, LAST + 1):
        again.step(picture(frame))
    del again.memory.output_dict_per_obj[1]["non_cond_frame_outputs"][beside]
    assert again.step(picture(KEYFRAME - 1))[1].score != whole.score


@pytest.fixture
def memory() -> ShotMemory:
    return ShotMemory(60, features_reach=6, pointers_reach=15)


def keep(memory: ShotMemory, index: int, conditioning: bool = False) -> None:
    look = Look(torch.zeros(1, 1, 4, 4), torch.zeros(1, 1, 8), torch.ones(1, 1, 1), 0.5)
    memory.keep(1, index, look, torch.zeros(4, 1, 8), torch.zeros(4, 1, 8), conditioning=conditioning)


def held(memory: ShotMemory) -> tuple[list[int], list[int]]:
    """Frames with a pointer, and those of them with features."""
    tracked = memory.output_dict_per_obj[1]["non_cond_frame_outputs"]
    return sorted(tracked), sorted(index for index, entry in tracked.items() if "maskmem_features" in entry)


def test_forward_from_the_first_frame_keeps_only_the_front(memory):
    keep(memory, 0, conditioning=True)
    for index in range(1, 41):
        keep(memory, index)
        memory.forget(front=index, start=0, backward=False)
    assert held(memory) == (list(range(26, 41)), list(range(35, 41)))


def test_forward_from_the_middle_keeps_both_neighborhoods(memory):
    keep(memory, 20, conditioning=True)
    for index in range(21, 58):
        keep(memory, index)
        memory.forget(front=index, start=20, backward=False)
    # The first backward frame is 19: it sees 15 frames from 20 on (the conditioning one among them), 6 with features.
    assert held(memory) == ([*range(21, 35), *range(43, 58)], [*range(21, 26), *range(52, 58)])


def test_backward_lets_go_of_the_forward_pass(memory):
    keep(memory, 20, conditioning=True)
    for index in range(21, 60):
        keep(memory, index)
        memory.forget(front=index, start=20, backward=False)
    assert held(memory)[0] == list(range(21, 35)), "after the last frame only the backward pass is left"
    for index in range(19, -1, -1):
        keep(memory, index)
        memory.forget(front=index, start=20, backward=True)
    assert held(memory) == ([], []), "after the first frame nothing is left to see"
    assert memory.conditioning(1, 20) is not None


def test_a_corrected_frame_is_conditioning_and_no_longer_tracked(memory):
    keep(memory, 3)
    keep(memory, 3, conditioning=True)
    assert held(memory) == ([], [])
    memory.clear()
    assert memory.objects() == []
    assert list(memory.tensors()) == []
