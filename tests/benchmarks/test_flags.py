"""A small version of ``flags.py``: one seed, two shots, every fault."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from flag_set.shots import HELD_OUT
from flags import measured


def test_faults_are_flagged_and_clean_frames_are_not() -> None:
    clean, hit = measured(HELD_OUT[:1], ("calm", "motion blur"))
    wrong, frames = (sum(each[part] for each in clean.values()) for part in (0, 1))
    assert wrong <= 0.02 * frames
    for kind in ("dropped object", "jumped identity", "flicker", "leaked matte"):
        found, cases = (sum(each[part] for key, each in hit.items() if key[0] == kind) for part in (0, 1))
        assert cases >= 4
        assert found >= 0.9 * cases, kind
