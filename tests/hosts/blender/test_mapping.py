"""Frame mapping by numbers in the pixels: Blender's own render says which frame of the plate a scene frame shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hosts.blender.conftest import Install
from hosts.blender.plates import HEIGHT, WIDTH, center, write_movie, write_sequence
from hosts.blender.rig import Blender

FIRST, LAST = 1001, 1024
MOVIE_FRAMES, MOVIE_FPS = 30, 30
SIZE = [WIDTH, HEIGHT]


def agrees(told: dict[str, Any], base: int) -> None:
    """What is shown, what the extension says, and where the matte is, are the same frame. ``base``: what the number
    in the pixels lacks."""
    for host, shown in told["numbers"].items():
        assert told["said"][host] == base + shown, f"scene frame {host}"
        x, y = center(base + shown)
        assert told["centers"][host] == pytest.approx([x, y], abs=0.5), f"scene frame {host}"


SEQUENCES: dict[str, dict[str, Any]] = {
    "start frame 1": {"kind": "node", "start": 1, "duration": 24, "offset": 1000, "hosts": [1, 2, 13, 24]},
    "start frame 1001": {"kind": "node", "start": 1001, "duration": 24, "offset": 1000, "hosts": [1001, 1012, 1024]},
    "offset into the plate": {"kind": "node", "start": 50, "duration": 10, "offset": 1007, "hosts": [50, 55, 59]},
    "longer than its files": {"kind": "node", "start": 10, "duration": 99, "offset": 1000, "hosts": [10, 20, 33]},
    "begins before its files": {"kind": "node", "start": 1, "duration": 40, "offset": 995, "hosts": [6, 20, 29]},
    "movie clip": {"kind": "clip", "start": 1001, "offset": 0, "hosts": [1001, 1012, 1024]},
    "movie clip with an offset": {"kind": "clip", "start": 30, "offset": 4, "hosts": [30, 40, 49]},
    "strip": {"kind": "strip image", "start": 1001, "last": LAST, "hosts": [1001, 1010, 1024]},
    "strip reversed": {"kind": "strip image", "start": 5, "last": LAST, "reverse": True, "hosts": [5, 12, 28]},
    "strip trimmed": {"kind": "strip image", "start": 5, "last": LAST, "trim": [3, 6], "hosts": [8, 12, 22]},
}


@pytest.mark.parametrize("name", list(SEQUENCES))
def test_sequences(blender: Blender, name: str) -> None:
    plate = write_sequence(blender.folder / "plate", FIRST, LAST)
    how = SEQUENCES[name]
    told = blender.run("mapping", plate=plate, size=SIZE, **how)
    agrees(told, 1000)
    assert told["range"] == [how["hosts"][0], how["hosts"][-1]]


MOVIES: dict[str, dict[str, Any]] = {
    "node, scene at 24": {"kind": "node", "start": 1001, "duration": 30, "hosts": [1001, 1010, 1030], "fps": 24},
    "node with an offset": {"kind": "node", "start": 1, "duration": 20, "offset": 5, "hosts": [1, 10, 20], "fps": 24},
    "movie clip, scene at 25": {"kind": "clip", "start": 11, "hosts": [11, 20, 40], "fps": 25},
    "strip, one for one": {"kind": "strip movie", "start": 11, "hosts": [11, 20, 40], "fps": 24},
    "strip reversed and trimmed": {
        "kind": "strip movie", "start": 11, "reverse": True, "trim": [3, 4], "hosts": [14, 20, 36], "fps": 24,
    },
}  # fmt: skip


@pytest.mark.parametrize("name", list(MOVIES))
def test_movies(blender: Blender, name: str) -> None:
    plate = write_movie(blender.folder / "plate.mkv", MOVIE_FRAMES, MOVIE_FPS)
    agrees(blender.run("mapping", plate=plate, size=SIZE, **MOVIES[name]), 0)


@pytest.fixture(scope="module")
def fitted(install: Install, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A strip of 30 frames a second in a scene of 24, fitted: 24 frames long."""
    made, folder = install("4.5"), tmp_path_factory.mktemp("fitted")
    plate = write_movie(folder / "plate.mkv", MOVIE_FRAMES, MOVIE_FPS)
    old = Blender(made.version, made.python, made.user, made.home, folder)
    told = old.run("fitted", plate=plate, fps=24, start=11)
    assert told["length"] == 24
    return {**told, "plate": plate}


@pytest.mark.parametrize(
    "how",
    [
        {"hosts": [11, 12, 13, 14, 20, 27, 34]},
        {"hosts": [16, 19, 22, 25, 31], "trim": [5, 3], "reverse": True},
        {"hosts": [14, 18, 27], "trim": [3, 7]},
    ],
    ids=["whole", "reversed and trimmed", "trimmed"],
)
def test_a_movie_strip_fitted_to_the_scenes_rate(blender: Blender, fitted: dict[str, Any], how: dict[str, Any]) -> None:
    told = blender.run(
        "mapping", kind="strip fitted", plate=fitted["plate"], blend=fitted["blend"], size=SIZE, fps=24, **how
    )
    agrees(told, 0)
    assert told["numbers"] != dict(zip(told["numbers"], range(1, 99), strict=False))  # frames are skipped


def test_a_range_of_scene_frames_becomes_one_of_the_plate(blender: Blender) -> None:
    plate = write_sequence(blender.folder / "plate", FIRST, LAST)
    told = blender.run("actions", what="range", plate=plate, first=5, last=9)
    assert told["asked"] == [1005, 1009, 1007]
    assert sorted(Path(path).name for path in told["files"]) == [
        f"ball_v001.{frame}.exr" for frame in range(1005, 1010)
    ]
