from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from mattewire_server.engines.sam2.prepare import BOTTOM_RIGHT, DROP, KEEP, TOP_LEFT
from training import segmenter_clips
from training.pool import SIDE, Pool
from training.segmenter_clips import ENOUGH, UNUSED, Batch


def test_prompts_lie_on_the_subject_or_off_it() -> None:
    seen = np.zeros((SIDE, SIDE), np.uint8)
    seen[20:50, 30:80], seen[90:110, 90:110] = 1, 2
    kinds: dict[tuple[int, ...], int] = {}
    for seed in range(300):
        points, labels = segmenter_clips.prompt(np.random.default_rng(seed), seen, 1)
        kinds[tuple(labels.tolist())] = kinds.get(tuple(labels.tolist()), 0) + 1
        if labels[0] == TOP_LEFT:
            assert np.abs(points[0] - (29.5, 19.5)).max() < 12
            assert np.abs(points[1] - (79.5, 49.5)).max() < 12
        column, row = points[2].astype(int)
        if labels[2] == KEEP:
            assert seen[row, column] == 1
        if labels[2] == DROP:
            assert seen[row, column] == 2
    usual = {(TOP_LEFT, BOTTOM_RIGHT, UNUSED), (TOP_LEFT, BOTTOM_RIGHT, KEEP), (TOP_LEFT, BOTTOM_RIGHT, DROP)}
    assert set(kinds) == usual | {(UNUSED, UNUSED, KEEP)}
    assert min(kinds.values()) > 10


def test_a_box_alone_is_a_box_alone() -> None:
    seen = np.zeros((SIDE, SIDE), np.uint8)
    seen[20:50, 30:80] = 1
    for seed in range(20):
        _, labels = segmenter_clips.prompt(np.random.default_rng(seed), seen, 1, alone=True)
        assert labels.tolist() == [TOP_LEFT, BOTTOM_RIGHT, UNUSED]


def test_corrections_lie_in_the_middle_of_what_is_missing_and_of_what_is_too_much() -> None:
    truth = torch.zeros(3, SIDE, SIDE)
    truth[:, 32:64, 32:64] = 1
    logits = torch.full((3, 1, SIDE // 4, SIDE // 4), -8.0)
    logits[0, 0, 8:16, 8:16] = logits[1, 0, 8:16, 8:28] = 8.0
    points, labels = segmenter_clips.corrections(logits, truth)
    assert labels[:, 0].tolist() == [[UNUSED, UNUSED], [UNUSED, DROP], [KEEP, UNUSED]]
    assert points[1, 0, 1, 0] > 70, "right of the subject"
    assert (points[2, 0, 0] - 47.5).abs().max() <= 1


def _batches(pool: Path, frames: int, count: int) -> list[Batch]:
    clips = Pool(pool)
    return [segmenter_clips.drawn(np.random.default_rng(seed), clips, frames, 3) for seed in range(count)]


def test_a_batch_follows_one_thing_through_its_clips(pool: Path) -> None:
    batch = _batches(pool, 2, 1)[0]
    tracks = len(batch.clip_of)
    assert batch.pixels.shape == (2, 3, 3, SIDE, SIDE)
    assert batch.truth.shape == (2, tracks, SIDE, SIDE)
    assert set(batch.clip_of.tolist()) == {0, 1, 2}
    assert 3 < tracks <= 6
    assert batch.truth[0].sum(0).max() <= 3, "no two tracks of a clip follow the same thing"
    assert (batch.truth[0].flatten(1).sum(1) >= ENOUGH).all()
    assert set(batch.truth.unique().tolist()) == {0.0, 1.0}
    for clip in range(tracks):
        for (x, y), label in zip(batch.points[clip, 0].tolist(), batch.labels[clip, 0].tolist(), strict=True):
            if label == KEEP:
                assert batch.truth[0, clip, int(y), int(x)] == 1


def test_of_single_frames_up_to_four_things_are_asked_for(pool: Path) -> None:
    counts = [np.bincount(batch.clip_of.numpy()) for batch in _batches(pool, 1, 6)]
    assert {len(each) for each in counts} == {3}
    assert 2 < max(each.max() for each in counts) <= 4


def test_batches_of_boxes_have_no_other_place(pool: Path) -> None:
    clips = Pool(pool)
    for share, places in ((1.0, 2), (0.0, 3)):
        batch = segmenter_clips.drawn(np.random.default_rng(1), clips, 1, 3, alone=share)
        assert batch.points.shape == (len(batch.clip_of), 1, places, 2)
        assert batch.labels.shape == (len(batch.clip_of), 1, places)


def test_things_that_go_out_of_sight_are_seen_often(pool: Path) -> None:
    gone = [(batch.truth.flatten(2).sum(2) == 0).any(0).float().mean() for batch in _batches(pool, 6, 12)]
    assert np.mean(gone) >= 0.25


def test_some_batches_turn_to_another_thing(pool: Path) -> None:
    turned = [batch for batch in _batches(pool, 4, 30) if batch.turn]
    assert 1 <= len(turned) <= 15
    for batch in turned:
        assert (batch.truth[batch.turn].flatten(1).sum(1) >= ENOUGH).all(), "there is something to point at"
        boxed = batch.truth[0].flatten(1).sum(1)
        assert (boxed >= ENOUGH).all()
        both = (batch.truth[0] * batch.truth[batch.turn]).flatten(1).sum(1)
        assert (both < boxed).all()


def test_held_out_shots_have_a_subject() -> None:
    batch = segmenter_clips.held_out(3, 2)
    assert batch.pixels.shape == (2, 3, 3, SIDE, SIDE)
    for clip in range(3):
        (x0, y0), (x1, y1) = batch.points[clip, 0].tolist()
        inside = batch.truth[0, clip] > 0.5
        assert inside.sum() >= 900
        assert inside[round(y0 + 0.5) : round(y1 + 0.5), round(x0 + 0.5) : round(x1 + 0.5)].sum() == inside.sum()
