"""The extension as artists install it, by Blender's own machinery, with what it brings; and its self-test."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from hosts.blender.plates import write_sequence
from hosts.blender.rig import INTERPRETERS, Blender, setting


def test_it_installs_and_brings_its_own_libraries(blender: Blender, extension: Path) -> None:
    fresh = Blender(blender.version, blender.python, blender.folder / "user", blender.home, blender.folder)
    told = fresh.run("install", extension=extension)
    assert told["enabled"]
    assert told["version"].startswith(blender.version)
    assert all(path.startswith(str(fresh.user / "extensions")) for path in told["from"]), told["from"]
    words = "detect mark mask_subject release remove remove_mark self_test start_daemon stop update worst_frame"
    assert told["operators"] == words.split()


@pytest.mark.parametrize("version", list(INTERPRETERS))
def test_blenders_own_validator_has_nothing_to_say(version: str, extension: Path) -> None:
    python = setting(INTERPRETERS[version])
    (tool,) = Path(python).parents[1].glob("lib/*/site-packages/bpy/*/scripts/addons_core/bl_pkg/cli/blender_ext.py")
    command = [python, str(tool), "validate", str(extension)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_self_test_writes_a_report(blender: Blender) -> None:
    report = blender.folder / "report.json"
    told = blender.run("selftests", report=report)
    assert told == {"result": ["FINISHED"], "scenes": ["Scene"], "images": 0, "shown": "Scene"}
    tree = json.loads(report.read_text())
    assert (tree["schema"], tree["host"], tree["ok"]) == ("mattewire.selftest.1", "Blender", True)
    assert tree["host_version"].startswith(blender.version)
    assert [step["ok"] for step in tree["steps"]] == [True] * 5
    assert len(tree["frames"]) == 8
    assert all(frame["iou"] >= 0.95 and frame["centroid"] <= 0.5 for frame in tree["frames"])
    assert str(blender.folder) not in report.read_text(), "no paths of footage"


def test_a_self_test_that_fails_says_where(blender: Blender) -> None:
    alone = Blender(blender.version, blender.python, blender.user, blender.folder / "home", blender.folder)
    environment = {"MATTEWIRE_PYTHON": "/nowhere/python"}
    told = alone.run("selftests.broken", report=blender.folder / "report.json", environment=environment)
    assert "/nowhere/python cannot be run" in told["words"]
    tree = json.loads((blender.folder / "report.json").read_text())
    assert [step["ok"] for step in tree["steps"]] == [True, False, None, None, True]
    assert told["scenes"] == ["Scene"], "and it cleans up after itself"


def test_switching_it_off_leaves_nothing_behind(blender: Blender) -> None:
    told = blender.run("selftests.toggled", plate=write_sequence(blender.folder / "plate", 1001, 1006))
    assert told["lines"] >= 1
    assert told["off"] == {"settings": False, "operator": False, "panel": False, "handlers": [], "threads": []}
    assert told["took"] < 3
    assert told["again"] == ["FINISHED"]
