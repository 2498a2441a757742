"""Names: what artists call objects, and what Nuke, OpenEXR and Windows make of the layers named after them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import OpenImageIO as oiio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mattewire_protocol.errors import BadField, InternalError
from mattewire_server.finish.names import LONGEST, RESERVED, layer_channel, legal_names, object_names

NUKE_COLORS = {"R": "red", "G": "green", "B": "blue", "A": "alpha"}
LONG_NAMES = 0x400  # bit 10 of an EXR's version field

# Everyday names, and the kinds of text that go wrong: accents, scripts, digits, emoji, dots, words Nuke owns.
anything = st.one_of(
    st.text(max_size=60),
    st.text(alphabet="aAbB01 _.-(é球", max_size=40),
    st.sampled_from(sorted(RESERVED)).map(str.upper),
    st.sampled_from(["mug", "Mug", "mug_2", "MUG 2", "object 1", "object_1_2", "Ci", "x" * 300]),
)


def as_nuke_reads(channel: str, views: Sequence[str] = ("main", "left", "right")) -> str:
    """What a channel of an EXR is called in Nuke, by the rules that Foundry's example reader states."""
    parts = [re.sub("[^A-Za-z0-9]", "_", part.lstrip("0123456789")) for part in channel.split(".", 2)]
    parts = [part for part in parts if part]
    layer = "_".join(part for part in parts[:-1] if part not in views)
    name = NUKE_COLORS.get(parts[-1].upper(), parts[-1])
    return name if layer in ("", "Ci") else f"{layer}.{name}"


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("founder (left)", "founder_left"),
        ("1", "object_1"),
        ("été", "ete"),
        ("blue mug", "blue_mug"),
        ("球", "object_7"),
        ("球 2", "object_7"),
        ("球 red", "object_red"),
        ("a.b", "a_b"),
        ("rgba", "object_rgba"),
        ("depth", "object_depth"),
        ("Mask", "object_Mask"),
        ("disparityL", "object_disparityL"),
        ("left", "object_left"),
        ("Ci", "object_Ci"),
        ("aux", "object_aux"),
        ("🔴", "object_7"),
        ("赤い ball 🔴", "ball"),
        ("", "object_7"),
        (" _ ", "object_7"),
        ("_hero", "hero"),
        ("2nd mug", "object_2nd_mug"),
        ("Søren Łódź Straße", "Soren_Lodz_Strasse"),
        ("ﬁne Ａ", "fine_A"),
        ("../../etc/passwd", "etc_passwd"),
        ("x" * 300, "x" * LONGEST),
        ("the red ball at the back of the room", "the_red_ball_at_the_back"),
    ],
)
def test_layer_names(name: str, layer: str) -> None:
    assert legal_names([name], [7]) == [layer]


@pytest.mark.parametrize(
    ("channel", "trouble"), [("1.A", "alpha"), ("left.A", "alpha"), ("Ci.A", "alpha"), ("été.A", "_t_.alpha")]
)
def test_what_nuke_would_make_of_the_artists_names(channel: str, trouble: str) -> None:
    assert as_nuke_reads(channel) == trouble
    (layer,) = legal_names([channel[:-2]])
    assert as_nuke_reads(layer_channel(layer)) == f"{layer}.alpha"


@given(st.lists(anything, max_size=12))
def test_any_names_give_layers_that_nuke_and_windows_keep_apart(names: list[str]) -> None:
    layers = legal_names(names, avoid=["Beauty"])
    assert len(layers) == len(names)
    assert len({layer.lower() for layer in layers}) == len(names)
    for layer in layers:
        assert re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", layer)
        assert len(layer) <= LONGEST
        assert layer.lower() not in RESERVED | {"beauty"}
        assert as_nuke_reads(layer_channel(layer)) == f"{layer}.alpha"


@given(st.lists(anything, max_size=8), st.lists(anything, max_size=4))
def test_objects_added_at_the_end_rename_nothing(names: list[str], more: list[str]) -> None:
    assert legal_names(names + more)[: len(names)] == legal_names(names)


def test_names_that_come_out_alike_are_counted() -> None:
    assert legal_names(["mug", "mug!", "Mug", "mug_2"]) == ["mug", "mug_2", "Mug_3", "mug_2_2"]
    first, second = legal_names(["y" * 40, "y" * 41])
    assert (first, second) == ("y" * LONGEST, "y" * (LONGEST - 2) + "_2")


def test_a_plates_views_are_no_layers() -> None:
    assert legal_names(["Center", "mug"], avoid=["center"]) == ["object_Center", "mug"]


def test_numbers_name_what_has_no_letters() -> None:
    assert legal_names(["球", "杯"], [3, 8]) == ["object_3", "object_8"]
    assert legal_names(["球", "杯"]) == ["object_1", "object_2"]
    with pytest.raises(InternalError):
        legal_names(["球", "杯"], [3])


@pytest.mark.parametrize(("length", "long_names"), [(LONGEST, 0), (LONGEST + 1, LONG_NAMES)])
def test_the_longest_layer_is_what_every_openexr_reads(tmp_path: Path, length: int, long_names: int) -> None:
    path = tmp_path / "layer.exr"
    spec = oiio.ImageSpec(4, 4, 1, "half")
    spec.channelnames = ("x" * length + ".alpha",)
    output = oiio.ImageOutput.create(str(path))
    assert output.open(str(path), spec)
    assert output.write_image(np.zeros((4, 4, 1), np.float16))
    assert output.close()
    assert int.from_bytes(path.read_bytes()[4:8], "little") & LONG_NAMES == long_names


def test_what_a_phrase_found_is_numbered() -> None:
    assert object_names({3: "", 1: "red ball", 2: "red ball"}) == {1: "red ball 1", 2: "red ball 2", 3: "object 3"}


@given(
    st.dictionaries(st.integers(1, 40), st.sampled_from(["", "ball", "ball 1", "object 2", " ball  1"]), max_size=8),
    st.dictionaries(st.integers(1, 40), st.sampled_from(["ball", "é", "ball 2", "object 1"]), max_size=1),
)
def test_names_are_unique_and_a_newcomer_changes_none(labels: dict[int, str], chosen: dict[int, str]) -> None:
    names = object_names(labels, chosen)
    assert list(names) == sorted(labels)
    assert len(set(names.values())) == len(labels)
    for gone in labels:
        fewer = object_names({number: phrase for number, phrase in labels.items() if number != gone}, chosen)
        assert fewer == {number: name for number, name in names.items() if number != gone}


def test_one_object_a_phrase_needs_no_number() -> None:
    labels = {1: "blue  mug ", 2: "red ball", 3: "", 4: "red ball"}
    assert object_names(labels, several=False) == {1: "blue mug", 2: "red ball", 3: "object 3", 4: "red ball 4"}


def test_a_chosen_name_stands_and_others_keep_clear_of_it() -> None:
    names = object_names({1: "ball", 2: "ball", 3: ""}, {3: "  ball 2 ", 9: "object 1"})
    assert names == {1: "ball 1", 2: "ball 2 2", 3: "ball 2"}


def test_a_chosen_name_is_one_text_however_it_was_typed() -> None:
    assert object_names({1: ""}, {1: "e\u0301te\u0301"}) == {1: "été"}


@pytest.mark.parametrize("second", ["été", " été ", "e\u0301te\u0301"])
def test_two_objects_of_one_chosen_name_are_refused(second: str) -> None:
    with pytest.raises(BadField, match="objects 4 and 2") as refusal:
        object_names({2: "", 4: ""}, {4: "été", 1: "mug", 2: second})
    assert refusal.value.field == "names[2].name"
    assert "name of its own" in refusal.value.advice


def test_an_empty_chosen_name_is_refused() -> None:
    with pytest.raises(BadField, match="Object 5") as refusal:
        object_names({5: "mug"}, {5: " \u00a0"})
    assert refusal.value.field == "names[0].name"
