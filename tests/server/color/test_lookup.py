"""From names to transforms: which of config, table and pinned config answers, and what an artist is told."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from mattewire_protocol.errors import UnknownColorspace
from mattewire_server.color import BUILTIN, known_colorspaces, open_config, transform_for

GRAY = np.full((2, 2, 3), 0.5, np.float32)


@pytest.mark.parametrize("name", ["", "ARRI LogC9", "raw", "(", "mud"])
def test_an_unknown_space_lists_the_known_ones(name: str) -> None:
    with pytest.raises(UnknownColorspace) as caught:
        transform_for(name)
    assert caught.value.field == "plate.colorspace"
    assert name == "raw" or all(space in caught.value.advice for space in known_colorspaces())


def test_a_mistyped_space_names_those_like_it(studio: Callable[..., str]) -> None:
    with pytest.raises(UnknownColorspace, match="'ACESgc'") as caught:
        transform_for("ACESgc")
    assert caught.value.advice.startswith("Like it: ACEScg")
    config = open_config(studio())
    with pytest.raises(UnknownColorspace, match=r"nor does .*config\.ocio") as caught:
        transform_for("studio lgo", config=config)
    assert caught.value.advice.startswith("Like it: studio log")
    assert "lin_wide" in caught.value.advice


def test_the_studios_config_goes_first_then_the_table_then_the_pinned_config(studio: Callable[..., str]) -> None:
    config = open_config(studio())
    ours, theirs = (transform_for("sRGB", config=of) for of in (None, config))
    assert ours.to_display(GRAY)[0, 0] == pytest.approx([0.5] * 3)
    assert ours.space.source == ""
    assert theirs.to_linear(GRAY)[0, 0] == pytest.approx([0.125] * 3, rel=1e-4)  # their sRGB is a gamma of 3
    assert theirs.space.source == config.identity
    assert transform_for("LogC4", config=config).space.source == ""
    assert transform_for("Apple Log", config=config).space.source == BUILTIN
    assert transform_for("Apple Log").colorspace == "Apple Log"


def test_roles_are_the_studios_own(studio: Callable[..., str]) -> None:
    config = open_config(studio())
    assert transform_for("scene_linear", config=config).colorspace == "lin_wide"
    assert transform_for("scene_linear").colorspace == "linear Rec.709"
    assert transform_for("compositing_log", config=config).colorspace == "studio log"
    with pytest.raises(UnknownColorspace):
        transform_for("compositing_log")  # the pinned config's would be ACEScct


def test_data_is_no_picture(studio: Callable[..., str]) -> None:
    with pytest.raises(UnknownColorspace, match="data is no picture") as caught:
        transform_for("utility raw", config=open_config(studio()))
    assert caught.value.field == "plate.colorspace"


def test_names_to_offer(studio: Callable[..., str]) -> None:
    assert {"sRGB", "ACEScg", "ARRI LogC4", "Rec.709", "S-Log3 S-Gamut3.Cine"} <= set(known_colorspaces())
    assert "studio log" in known_colorspaces(open_config(studio()))
