"""How many injected faults are flagged, and how many frames of clean shots: Markdown tables.

    python tests/benchmarks/flags.py            # the held-out seeds
    python tests/benchmarks/flags.py --tuning   # those that the limits were chosen on

Mattes are rendered with their shots and pass through a raster as coarse as an engine's, with an edge that wanders; no
engine runs. A fault counts as found when a frame within it, give or take one, is flagged.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import cv2

sys.path.insert(0, str(Path(__file__).parent))

from edge_set.paint import Colors, Raster
from flag_set.faults import DURATIONS, KINDS, faults
from flag_set.shots import CLEAN, HELD_OUT, SIZE, TUNING, shot

from mattewire_server.finish.quality import ASKING, Quality, Verdict, colors_under, see, small

SCORE = 0.9


def verdicts(plates: Sequence[Colors], mattes: Sequence[Raster | None]) -> dict[int, Verdict]:
    size = small(SIZE[1], SIZE[0])
    quality, found = Quality(0, len(mattes) - 1), {}
    for frame, (plate, matte) in enumerate(zip(plates, mattes, strict=True)):
        colors: tuple[float, ...] = ()
        if matte is not None:
            little = cv2.resize(plate, size, interpolation=cv2.INTER_AREA)
            colors = colors_under(little, cv2.resize(matte, size, interpolation=cv2.INTER_AREA))
        found.update(quality.add(frame, {1: see(matte, size, SCORE, colors)}))
    return found


def flagged(found: dict[int, Verdict]) -> set[int]:
    return {frame for frame, verdict in found.items() if set(verdict.flags) & ASKING}


def measured(
    seeds: Sequence[int], names: Sequence[str] = tuple(CLEAN), loud: bool = False
) -> tuple[dict[str, tuple[int, int]], dict[tuple[str, str, int], tuple[int, int]]]:
    """By clean shot: frames flagged and frames. By fault, size and duration: cases found and cases."""
    clean: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    hit: dict[tuple[str, str, int], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for seed in seeds:
        for name in names:
            made = shot(name, seed)
            found = verdicts(made.plates, made.mattes)
            wrong = flagged(found)
            clean[name] = (clean[name][0] + len(wrong), clean[name][1] + len(found))
            if loud:
                for frame in sorted(wrong):
                    print(f"clean {name} {seed} frame {frame}: {found[frame].why}")
            for fault in faults(made, seed):
                one = fault.found(
                    flagged(verdicts(made.plates, fault.mattes)) - (wrong - set(range(fault.first, fault.last + 1)))
                )
                key = (fault.kind, fault.size, fault.last - fault.first + 1)
                hit[key] = (hit[key][0] + one, hit[key][1] + 1)
                if loud and not one:
                    print(f"missed {key} in {name} {seed} at {fault.first}")
    return dict(clean), dict(hit)


def main() -> None:
    tuning = "--tuning" in sys.argv
    clean, hit = measured(TUNING if tuning else HELD_OUT, loud="--loud" in sys.argv)
    print("| clean shots | frames flagged | of | share |\n|---|---|---|---|")
    for name, (wrong, frames) in clean.items():
        print(f"| {name} | {wrong} | {frames} | {wrong / frames:.1%} |")
    wrong, frames = (sum(each[part] for each in clean.values()) for part in (0, 1))
    print(f"| all | {wrong} | {frames} | {wrong / frames:.1%} |\n")
    heads = " | ".join(f"of {duration} frame{'s' * (duration > 1)}" for duration in DURATIONS)
    print(f"| fault | size | {heads} | found |\n|---|---|{'---|' * (len(DURATIONS) + 1)}")
    for kind in sorted({kind for kind, _ in KINDS}):
        for size in [size for one, size in KINDS if one == kind]:
            cells = [hit.get((kind, size, duration), (0, 0)) for duration in DURATIONS]
            found = " | ".join(f"{each} of {cases}" if cases else "" for each, cases in cells)
            print(f"| {kind} | {size} | {found} | {share(cells)} |")
        every = share([each for key, each in hit.items() if key[0] == kind])
        print(f"| {kind} | **all** | {'| ' * len(DURATIONS)}{every} |")


def share(cells: Sequence[tuple[int, int]]) -> str:
    found, cases = (sum(each[part] for each in cells) for part in (0, 1))
    return f"{found} of {cases}, {found / cases:.0%}"


if __name__ == "__main__":
    main()
