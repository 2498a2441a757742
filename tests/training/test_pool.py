from __future__ import annotations

from pathlib import Path

import numpy as np

from training.pool import FIRST_SEED, FRAMES, MOST, SIDE, Part, Pool, fill, recipe_of
from training.shots import render


def test_a_pool_holds_the_shots_of_its_seeds(pool: Path) -> None:
    clips = Pool(pool)
    assert len(clips) == 6
    clip, shot = clips.clip(2, 0, FRAMES), render(FIRST_SEED + 2, recipe_of(FIRST_SEED + 2))
    assert clip.names == [(thing.color, thing.outline) for thing in shot.things]
    assert np.abs(clip.pictures / 255.0 - np.stack(shot.pictures)).max() <= 0.5 / 255 + 1e-6
    for number in range(len(shot.things)):
        np.testing.assert_array_equal(clip.seen == number + 1, shot.mattes[number] > 0.5)
    whole = Part(2, np.arange(FRAMES), (False, False))
    sizes = clips.sizes(whole)
    assert sizes.shape == (FRAMES, MOST)
    for number in range(MOST):
        np.testing.assert_array_equal(sizes[:, number], (clip.seen == number + 1).sum((1, 2)))


def test_a_pool_that_was_cut_short_goes_on(pool: Path, tmp_path: Path) -> None:
    fill(tmp_path, 6)  # room for six
    whole = (tmp_path / "names.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    (tmp_path / "names.jsonl").write_text("".join(whole[:4]), encoding="utf-8")
    np.load(tmp_path / "pictures.npy", mmap_mode="r+")[4:] = 0
    assert len(Pool(tmp_path)) == 4
    fill(tmp_path, 6)
    assert len(Pool(tmp_path)) == 6
    np.testing.assert_array_equal(Pool(tmp_path).clip(5, 0, 2).pictures, Pool(pool).clip(5, 0, 2).pictures)


def test_a_part_is_a_clip_turned_around(pool: Path) -> None:
    clips = Pool(pool)
    one, again = (clips.read(clips.part(np.random.default_rng(4), 3)) for _ in range(2))
    np.testing.assert_array_equal(one.pictures, again.pictures)
    assert one.pictures.shape == (3, SIDE, SIDE, 3)
    mirrored = 0
    for seed in range(12):
        clip = clips.read(clips.part(np.random.default_rng(seed), FRAMES))
        source = next(clips.clip(n, 0, FRAMES) for n in range(6) if clips.clip(n, 0, FRAMES).names == clip.names)
        mirrored += int(not np.array_equal(clip.seen, source.seen))
        assert sorted(np.bincount(clip.seen.ravel())) == sorted(np.bincount(source.seen.ravel()))
    assert 6 <= mirrored <= 12


def test_parts_are_in_one_direction_and_evenly_apart(pool: Path) -> None:
    clips, seen = Pool(pool), set()
    for seed in range(60):
        part = clips.part(np.random.default_rng(seed), 8)
        steps = set(np.diff(part.frames).tolist())
        assert len(steps) == 1
        assert 0 <= part.frames.min() <= part.frames.max() < FRAMES
        seen |= steps
        assert len(clips.read(part).pictures) == 8
    assert seen == {-3, -2, -1, 1, 2, 3}
