"""Primaries matrices against OpenColorIO's."""

from __future__ import annotations

import numpy as np
import PyOpenColorIO
import pytest

from mattewire_server.color import BUILTIN, SPACES, gamuts

OF_CONFIG = {"linear Rec.709": "lin_rec709"}


@pytest.mark.parametrize("space", [space for space in SPACES if space.curve is None], ids=lambda space: space.name)
def test_every_matrix_to_aces_is_ocios(space: object) -> None:
    config = PyOpenColorIO.Config.CreateFromFile(BUILTIN)
    theirs = np.eye(3, dtype=np.float32)[None].copy()
    name = OF_CONFIG.get(space.name, space.name)  # type: ignore[attr-defined]
    config.getProcessor(name, "ACES2065-1").getDefaultCPUProcessor().applyRGB(theirs)
    ours = gamuts.primaries_matrix(space.gamut, gamuts.AP0)  # type: ignore[attr-defined]
    assert ours == pytest.approx(theirs[0].T, abs=2e-7)


@pytest.mark.parametrize("space", SPACES, ids=lambda space: space.name)
def test_white_stays_white(space: object) -> None:
    to_rec709 = gamuts.to_rec709(space.gamut)  # type: ignore[attr-defined]
    assert to_rec709 @ np.ones(3) == pytest.approx(np.ones(3), abs=1e-9)


def test_the_luminance_row_of_rec709_is_the_standards() -> None:
    """ITU-R BT.709-6, item 3.2, rounds to four digits."""
    assert gamuts._to_xyz(gamuts.REC709)[1] == pytest.approx([0.2126, 0.7152, 0.0722], abs=5e-5)


def test_there_and_back() -> None:
    there = gamuts.primaries_matrix(gamuts.AP1, gamuts.REC709)
    assert there @ gamuts.primaries_matrix(gamuts.REC709, gamuts.AP1) == pytest.approx(np.eye(3), abs=1e-12)
