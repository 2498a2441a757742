"""Blender with the extension, as a test sees it: named cases go in, plain data and rendered pixels come out."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STAGE = "MATTEWIRE_REAL_HOSTS"
INTERPRETERS = {"5.0": "MATTEWIRE_BPY_50", "4.5": "MATTEWIRE_BPY_45"}
WHEELS = "MATTEWIRE_EXTENSION_WHEELS"
START = Path(__file__).with_name("inside") / "start.py"
LIMIT_S = 120


def setting(name: str) -> str:
    value = os.environ.get(name)
    assert value, f"{name} is not set: run these tests through .ci/hosts"
    return value


@dataclass(frozen=True)
class Blender:
    """One version, with the extension installed in a user folder of its own. ``home``: the daemon's data folder."""

    version: str
    python: str
    user: Path
    home: Path
    folder: Path

    def run(self, case: str, **arguments: Any) -> dict[str, Any]:
        """Runs a module of ``inside`` in Blender; what its ``run`` returns. ``environment``: more variables."""
        result = self.folder / f"{case}.json"
        result.unlink(missing_ok=True)
        environment = arguments.pop("environment", {})
        asked = json.dumps({**arguments, "folder": str(self.folder)}, default=str)
        done = subprocess.run(
            [self.python, "-s", str(START), case, str(result), asked],
            env={
                **{name: value for name, value in os.environ.items() if name not in ("OCIO", "PYTHONPATH")},
                "BLENDER_USER_RESOURCES": str(self.user),
                "MATTEWIRE_HOME": str(self.home),
                "TMPDIR": str(self.folder),  # ended at once, Blender leaves its session folder behind
                **environment,
            },
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
        words = (done.stdout + done.stderr)[-6000:]
        assert result.is_file(), f"Blender {self.version} ended with {done.returncode}:\n{words}"
        told: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
        assert "raised" not in told, f"{told['raised']}\n{words}"
        return told
