"""What a timeline keeps of a result survives a marker's text; what is no such text is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mattewire_protocol.errors import BadField
from mattewire_resolve.placed import LaidTrack, Placed

WHOLE = Placed(
    "job", "cut-out", 'red "ball" ü', "timeline", "Edit", 7,
    [LaidTrack("Mattewire mattes - red ball", ["a", "b"], False), LaidTrack("other")],
    ["m1"], True, [["a", "Composition 1"]], [["m0", "C:\\mattes\\x.exr"]], ["/f"], ["/d.otio"], ["/a.####.exr"],
)  # fmt: skip
texts = st.lists(st.text(max_size=8), max_size=3)


def test_there_and_back() -> None:
    text = WHOLE.to_text()
    assert text.isascii()
    assert "\n" not in text
    assert Placed.from_text(text) == WHOLE
    assert WHOLE.item_ids == ["a", "b"]


def test_notes_are_not_kept() -> None:
    told = Placed("job", "cut-out", "ball", "t", "Edit", notes=["said once"])
    assert Placed.from_text(told.to_text()) == Placed("job", "cut-out", "ball", "t", "Edit")


def test_fields_of_a_later_version_are_left_out() -> None:
    tree = {**json.loads(WHOLE.to_text()), "mood": "blue"}
    assert Placed.from_text(json.dumps(tree)) == WHOLE


@given(st.text(max_size=20), texts, texts, st.booleans(), st.integers(1, 99))
def test_any_names(label: str, ids: list[str], media: list[str], to_go: bool, turn: int) -> None:
    placed = Placed("j", "matte", label, "t", label, turn, [LaidTrack(label, ids, to_go)], media)
    assert Placed.from_text(placed.to_text()) == placed


@pytest.mark.parametrize(
    "change",
    [
        {"schema": "mattewire.placed.9"}, {"job_id": 5}, {"label": None}, {"media": "m1"}, {"media": [1]},
        {"comps": [["a"]]}, {"comps": ["ab"]}, {"bin_to_go": 1}, {"turn": "1"}, {"turn": True}, {"tracks": [{}]},
        {"tracks": [{"name": "x", "items": [], "to_go": "yes"}]}, {"tracks": 5},
        {"tracks": [{"name": "x", "items": 5, "to_go": True}]},
    ],
)  # fmt: skip
def test_what_is_damaged_is_refused(change: dict[str, Any]) -> None:
    tree = {**json.loads(WHOLE.to_text()), **change}
    with pytest.raises(BadField, match="cannot be read") as caught:
        Placed.from_text(json.dumps(tree))
    assert "by hand" in caught.value.advice


@pytest.mark.parametrize("text", ["", "notes of another tool", "[]", "{}", "null", "[" * 100_000])
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadField):
        Placed.from_text(text)
