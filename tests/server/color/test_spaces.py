"""The table of colorspaces: names, and primaries that a header may state."""

from __future__ import annotations

import numpy as np
import PyOpenColorIO
import pytest

from benchmarks import color_table
from mattewire_server.color import BUILTIN, SPACES, names, spaces


def test_no_two_spaces_share_a_name() -> None:
    taken = [key for space in SPACES for key in {names.key(name) for name in (space.name, *space.aliases)}]
    assert len(taken) == len(set(taken))


@pytest.mark.parametrize(
    ("written", "space"),
    [
        *(("LINEAR", "linear Rec.709"), ("default (linear)", "linear Rec.709"), ("scene_linear", "linear Rec.709")),
        *(("rec709", "Rec.709"), ("bt.709", "Rec.709"), ("Output - sRGB", "sRGB"), ("srgb - texture", "sRGB")),
        *(("aces - acescg", "ACEScg"), ("ACES 2065-1", "ACES2065-1"), ("cineon", "Cineon")),
        *(("AlexaV3LogC", "ARRI LogC3 (EI800)"), ("SLog3", "S-Log3 S-Gamut3.Cine"), ("VLog", "V-Log V-Gamut")),
        *(("Log3G10", "Log3G10 REDWideGamutRGB"), ("Input/ARRI/ARRI LogC4", "ARRI LogC4")),
        ("Input - ARRI - V3 LogC (EI800) - Wide Gamut", "ARRI LogC3 (EI800)"),
    ],
)
def test_aliases(written: str, space: str) -> None:
    found = spaces.find(written)
    assert found is not None
    assert found.name == space


@pytest.mark.parametrize("written", ["", "(", "ARRI LogC9", "raw", "default"])
def test_other_names_are_not_guessed(written: str) -> None:
    assert spaces.find(written) is None


@pytest.mark.parametrize(
    "builtin",
    [BUILTIN, "ocio://studio-config-v1.0.0_aces-v1.3_ocio-v2.1", "ocio://studio-config-v2.2.0_aces-v1.3_ocio-v2.4"],
)
def test_names_that_configs_know_mean_the_same_there(builtin: str) -> None:
    """Where a studio config knows one of our names as a scene space, it means the same pixels."""
    config = PyOpenColorIO.Config.CreateFromFile(builtin)
    roles = {name.lower() for name in config.getRoleNames()}
    gray = np.array([[[0.2, 0.5, 0.7]]], np.float32)
    checked = 0
    for space in SPACES:
        for alias in (space.name, *space.aliases):
            theirs = config.getColorSpace(alias)
            if theirs is None or alias.lower() in roles or space.name == "Rec.709":
                continue
            if theirs.getReferenceSpaceType() == PyOpenColorIO.REFERENCE_SPACE_DISPLAY:
                continue
            linear = np.clip(color_table.through(config.getProcessor(alias, "lin_rec709"), gray), 0, 1)
            wanted = color_table.through(config.getProcessor("lin_rec709", "srgb_tx"), linear)
            found = color_table.transform_for(alias).to_display(gray)
            assert np.abs(found - wanted).max() < 1e-4, alias
            checked += 1
    assert checked >= 60


AP1 = (0.713, 0.293, 0.165, 0.83, 0.128, 0.044, 0.32168, 0.33767)


@pytest.mark.parametrize(
    ("stated", "space"),
    [
        (AP1, "ACEScg"),
        (tuple(round(value, 3) for value in AP1), "ACEScg"),
        ((0.708, 0.292, 0.17, 0.797, 0.131, 0.046, 0.3127, 0.329), "linear Rec.2020"),
        ((0.7347, 0.2653, 0.1424, 0.8576, 0.0991, -0.0308, 0.3127, 0.329), "linear ARRI Wide Gamut 4"),
        ((0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329), "linear Rec.709"),
        ((0.1,) * 8, ""),
        ((float("nan"),) * 8, ""),
        (AP1[:6], ""),
        ("ACES", ""),
        (None, ""),
    ],
)
def test_linear_space_of_a_header(stated: object, space: str) -> None:
    assert spaces.linear_with(stated) == space
