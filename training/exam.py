"""What the tiny engine can do, through the engine's own seams, on shots that it has not seen.

    python -m training.exam [segmenter] [detector] [both] [--shots 40] [--picture worst.png]

``both`` goes from words to tracked mattes over 20 shots and draws the worst. The behavior suite of the tests asks the
same questions of fewer shots.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from mattewire_server.engines import tiny
from mattewire_server.engines.seams import Engine, Found, Hint, Mark, Picture, ShotInfo

from .captions import SEEN_FROM
from .shots import Recipe, Shot, render

FRAMES, MIDDLE = 24, 12
FIRST_SEED = 100_000
"""Of the exam's shots: in no pool, and not among those that a training run judges itself by."""

EXAM = Recipe(side=192, frames=FRAMES, fewest=3, most=5, speed=0.6, hide=0.4, leave=0.2)
STILL = Recipe(side=128, frames=1, fewest=2, most=5, hide=0.2, leave=0.0)

PROMPTED, SIGHTED, SURE = 900, 135, 90
"""Pixels in sight of 192 x 192: on the frame that a subject is prompted on; elsewhere to count as there; for a matte to
be compared."""

Mask = NDArray[np.bool_]
Masks = list["Mask | None"]
"""A track's answer for each frame, (side, side); None where the thing is said to be out of sight."""


@dataclass
class Score:
    """Shares are 0..1; ``cases`` is how many each is made of."""

    shares: dict[str, float] = field(default_factory=dict)
    cases: dict[str, int] = field(default_factory=dict)

    def put(self, name: str, values: Sequence[float]) -> None:
        self.shares[name] = float(np.mean(values)) if len(values) else float("nan")
        self.cases[name] = len(values)


def shots(count: int, recipe: Recipe = EXAM) -> Iterator[Shot]:
    """The exam's shots, always the same ones."""
    for seed in range(FIRST_SEED, FIRST_SEED + count):
        yield render(seed, recipe)


def subjects(shot: Shot, frame: int = 0) -> list[int]:
    """Things large enough to be prompted on ``frame``, and in sight on half of all frames."""
    sizes = (shot.mattes > 0.5).sum((2, 3))
    return [number for number, seen in enumerate(sizes) if seen[frame] >= PROMPTED and (seen >= SIGHTED).mean() >= 0.5]


def picture(shot: Shot, frame: int) -> Picture:
    return Picture(frame, np.ascontiguousarray(shot.pictures[frame]))


def track(engine: Engine, shot: Shot, hints: dict[int, list[Hint]], start: int = 0) -> Masks:
    """Object 1 through the shot, as the pipeline goes: hints first, then forward from ``start``, then backward."""
    assert engine.segmenter is not None
    side, last = shot.pictures[0].shape[0], len(shot.pictures) - 1
    told: Masks = [None] * (last + 1)
    run = engine.segmenter.begin(ShotInfo(0, last, side, side, "final"))
    try:
        for frame in sorted(hints, key=lambda each: (each != start, each)):
            run.step(picture(shot, frame), hints[frame])
        for frame in [*range(start, last + 1), *range(start - 1, -1, -1)]:
            segment = run.step(picture(shot, frame))[1]
            if segment.present:
                told[frame] = cv2.resize(segment.logits, (side, side), interpolation=cv2.INTER_LINEAR) > 0
    finally:
        run.close()
    return told


def overlap(told: Mask | None, truth: NDArray[np.float32]) -> float:
    """IoU; 0 where a thing in sight is said not to be."""
    solid = truth > 0.5
    if told is None:
        return 0.0
    return float((told & solid).sum() / max((told | solid).sum(), 1))


def overlaps(told: Masks, shot: Shot, thing: int) -> dict[int, float]:
    """IoU by frame, where enough of the thing is in sight."""
    mattes = shot.mattes[thing]
    return {
        frame: overlap(told[frame], mattes[frame]) for frame in range(len(told)) if (mattes[frame] > 0.5).sum() >= SURE
    }


def hidden_between(shot: Shot, thing: int) -> list[int]:
    """The frames, at least three, after the last one that the thing is wholly out of sight on."""
    sizes = (shot.mattes[thing] > 0.5).sum((1, 2))
    gone = np.flatnonzero(sizes == 0)
    after = [frame for frame in range(len(sizes)) if len(gone) and frame > gone[-1] and sizes[frame] >= SIGHTED]
    return after if len(after) >= 3 else []


def segmenter_exam(engine: Engine, count: int) -> Score:
    """A box on the first frame of every shot; see the names of the shares."""
    score = Score()
    means: list[float] = []
    lasts: list[float] = []
    kept: list[float] = []
    absent: list[float] = []
    at_once: list[float] = []
    repaired: list[float] = []
    boxed: list[float] = []
    for shot in shots(count):
        able = subjects(shot)
        returning = [thing for thing in able if hidden_between(shot, thing)]
        if not able:
            continue
        subject = (returning or able)[0]
        box = shot.box(subject, 0)
        told = track(engine, shot, {0: [Hint(1, box)]})
        fits = overlaps(told, shot, subject)
        means.append(float(np.mean(list(fits.values()))))
        if FRAMES - 1 in fits:
            lasts.append(fits[FRAMES - 1])
        after = hidden_between(shot, subject)
        if after:
            kept.append(float(np.mean([fits[frame] for frame in after]) >= 0.5))
        gone = np.flatnonzero((shot.mattes[subject] > 0.5).sum((1, 2)) == 0)
        absent += [float(not np.any(told[frame])) for frame in gone]
        told_right = correction(engine, shot, subject)
        if told_right is not None and told_right[0] < 0.5:
            at_once.append(float(told_right[1] >= 0.6))
            repaired.append(float(told_right[2] >= 0.6))
            boxed.append(float(told_right[3] >= 0.6))
    for name, values in (("mean IoU", means), ("last frame", lasts), ("kept through occlusion", kept)):
        score.put(name, values)
    score.put("absence recognized", absent)
    score.put("wrong track right on the corrected frame", at_once)
    score.put("wrong track right from there on", repaired)
    score.put("wrong track right from a box on", boxed)
    return score


def halves(engine: Engine, several: Sequence[Shot]) -> tuple[float, float]:
    """Mean IoU before and after the middle, where the box is given."""
    told: tuple[list[float], list[float]] = ([], [])
    for shot in several:
        for subject in subjects(shot, MIDDLE)[:1]:
            masks = track(engine, shot, {MIDDLE: [Hint(1, shot.box(subject, MIDDLE))]}, start=MIDDLE)
            for frame, fit in overlaps(masks, shot, subject).items():
                if frame != MIDDLE:
                    told[frame > MIDDLE].append(fit)
    return float(np.mean(told[0])), float(np.mean(told[1]))


def correction(engine: Engine, shot: Shot, subject: int) -> tuple[float, float, float, float] | None:
    """A box around another thing than the subject, then, in the middle of the shot, a point to keep on the subject and
    one to drop on the other. The mean IoU from there on without them, the IoU of that frame with them, the mean IoU
    after it with them, and that with a box around the subject in their place; None where the shot has no such two."""
    sizes = (shot.mattes[:, MIDDLE] > 0.5).sum((1, 2))
    others = [number for number in subjects(shot) if number != subject and sizes[number] >= PROMPTED]
    if not others or sizes[subject] < PROMPTED:
        return None
    box = Hint(1, shot.box(others[0], 0))
    marks = (Mark(*middle(shot, subject)), Mark(*middle(shot, others[0]), keep=False))
    wrong = overlaps(track(engine, shot, {0: [box]}), shot, subject)
    right = overlaps(track(engine, shot, {0: [box], MIDDLE: [Hint(1, marks=marks)]}), shot, subject)
    before = [fit for frame, fit in wrong.items() if frame >= MIDDLE]
    anew = overlaps(track(engine, shot, {0: [box], MIDDLE: [Hint(1, shot.box(subject, MIDDLE))]}), shot, subject)
    after = [[fit for frame, fit in told.items() if frame > MIDDLE] for told in (right, anew)]
    if not after[0]:
        return None
    return float(np.mean(before)), right[MIDDLE], float(np.mean(after[0])), float(np.mean(after[1]))


def middle(shot: Shot, thing: int, frame: int = MIDDLE) -> tuple[float, float]:
    """The point deepest inside of what is seen of a thing."""
    solid = np.pad(shot.mattes[thing, frame] > 0.5, 1).astype(np.uint8)
    deep = cv2.distanceTransform(solid, cv2.DIST_L2, 3)[1:-1, 1:-1]
    row, column = np.unravel_index(int(deep.argmax()), deep.shape)
    return float(column) + 0.5, float(row) + 0.5


def detector_exam(engine: Engine, count: int) -> Score:
    """Two phrases of every still: one that is there and one that differs from it by a word, then two that are there."""
    assert engine.detector is not None
    score = Score()
    recall: list[float] = []
    quiet: list[float] = []
    apart: list[float] = []
    for number, shot in enumerate(shots(count, STILL)):
        there = things(shot)
        if not there:
            continue
        thing = there[number % len(there)]
        name = shot.things[thing]
        recall += found_again(engine.detector.find(picture(shot, 0), [name.phrase]), shot, name.phrase)
        absent = other_phrase(shot, thing, number)
        quiet.append(float(not engine.detector.find(picture(shot, 0), [absent])))
        names = sorted({shot.things[each].phrase for each in there})
        if len(names) >= 2:
            apart += mixed(engine.detector.find(picture(shot, 0), names[:2]), shot, names[:2])
    score.put("recall at IoU 0.5", recall)
    score.put("absent phrase below threshold", quiet)
    score.put("two phrases kept apart", apart)
    return score


def things(shot: Shot) -> list[int]:
    """Those with at least 60 pixels in sight on the first frame."""
    return [number for number in range(len(shot.things)) if (shot.mattes[number, 0] > 0.5).sum() >= 60]


def found_again(found: Sequence[Found], shot: Shot, phrase: str) -> list[float]:
    """For each thing of that phrase, 1 where a box of IoU 0.5 was found."""
    told = []
    for number in things(shot):
        if shot.things[number].phrase == phrase:
            box = shot.box(number, 0)
            assert box is not None
            told.append(float(any(shared(item.box, box) >= 0.5 for item in found)))
    return told


def mixed(found: Sequence[Found], shot: Shot, phrases: Sequence[str]) -> list[float]:
    """For each box that lies on a thing of one of the phrases, 1 where it has that thing's phrase."""
    told = []
    for item in found:
        best = max(things(shot), key=lambda number: shared(item.box, shot.box(number, 0) or item.box))
        box = shot.box(best, 0)
        if box is not None and shared(item.box, box) >= 0.5 and shot.things[best].phrase in phrases:
            told.append(float(shot.things[best].phrase == item.phrase))
    return told


def other_phrase(shot: Shot, thing: int, number: int) -> str:
    """A phrase that no thing of the shot answers to, with the right color or, on odd shots, the right outline."""
    name = shot.things[thing]
    seen = (shot.mattes[:, 0] > 0.5).sum((1, 2)) >= SEEN_FROM
    present = {each.phrase for each, there in zip(shot.things, seen, strict=True) if there}
    colors = [f"{color} {name.outline}" for color in tiny.COLORS]
    outlines = [f"{name.color} {outline}" for outline in tiny.OUTLINES]
    able = [phrase for phrase in (colors if number % 2 else outlines) if phrase not in present]
    return able[number % len(able)]


def shared(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> float:
    """IoU of two boxes."""
    wide = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    high = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    both = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - wide * high
    return wide * high / both if both > 0 else 0.0


@dataclass
class Told:
    """One shot from words to mattes."""

    phrase: str
    mean: float
    shot: Shot
    masks: Masks
    subject: int


def both_exam(engine: Engine, count: int) -> list[Told]:
    """A phrase of words the engine understands, for one thing alone: found on the first frame and carried on."""
    assert engine.detector is not None
    told: list[Told] = []
    for shot in shots(count * 2):
        names = [thing.phrase for thing in shot.things]
        able = [number for number in subjects(shot) if names.count(names[number]) == 1]
        able = [number for number in able if set(names[number].split()) <= set(engine.understands)]
        if not able:
            continue
        phrase = shot.things[able[0]].phrase
        found = engine.detector.find(picture(shot, 0), [phrase])
        masks: Masks = [None] * FRAMES
        if found:
            masks = track(engine, shot, {0: [Hint(1, found[0].box)]})
        told.append(Told(phrase, float(np.mean(list(overlaps(masks, shot, able[0]).values()))), shot, masks, able[0]))
        if len(told) == count:
            break
    return told


def sheet(told: Told, path: Path) -> None:
    """Every fourth frame: the matte's outline in yellow over the picture, the true one in white."""
    cells = []
    for frame in range(0, FRAMES, 4):
        cell = np.ascontiguousarray((told.shot.pictures[frame][..., ::-1] * 255).astype(np.uint8))
        cell = cv2.resize(cell, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
        mask = told.masks[frame]
        for solid, color in ((told.shot.mattes[told.subject, frame] > 0.5, (255, 255, 255)), (mask, (0, 230, 255))):
            if solid is not None:
                large = cv2.resize(solid.astype(np.uint8), cell.shape[1::-1], interpolation=cv2.INTER_NEAREST)
                lines, _ = cv2.findContours(large, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
                cv2.drawContours(cell, lines, -1, color, 1, cv2.LINE_AA)
        cv2.putText(cell, f"{told.phrase}, frame {frame}", (8, 20), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255, 255, 255), 1)
        cells.append(cell)
    rows = [np.concatenate(cells[at : at + 3], axis=1) for at in range(0, len(cells), 3)]
    cv2.imwrite(str(path), np.concatenate(rows, axis=0))


def report(title: str, score: Score) -> None:
    print(title)
    for name, share in score.shares.items():
        print(f"  {name:40} {share:6.3f}   of {score.cases[name]}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", default=["segmenter", "detector", "both"])
    parser.add_argument("--shots", type=int, default=40)
    parser.add_argument("--picture", type=Path, default=Path("worst.png"))
    parser.add_argument("--folder", type=Path, default=tiny.HERE, help="Where weights were exported to.")
    asked = parser.parse_args()
    examined = tiny.put_together({}, asked.folder)
    if "segmenter" in asked.what:
        report("Segmenter: a box on frame 0 of 24", segmenter_exam(examined, asked.shots))
    if "detector" in asked.what:
        report("Detector: single frames", detector_exam(examined, asked.shots))
    if "both" in asked.what:
        results = both_exam(examined, 20)
        for each in results:
            print(f"  {each.phrase:16} {each.mean:6.3f}")
        print(f"Words to mattes: mean IoU {np.mean([each.mean for each in results]):.3f} of {len(results)} shots")
        sheet(min(results, key=lambda each: each.mean), asked.picture)
        print(f"The worst one: {asked.picture}")
