"""What a scene keeps of a job, there and back, and what happens to one that was edited by hand."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mattewire_panel.frames import FrameMap
from mattewire_panel.tickets import SCHEMA, Ticket
from mattewire_protocol import Box, CleanUp, Deliverable, MatteRequest, Plate, Point
from mattewire_protocol.errors import BadField

REQUEST = MatteRequest(
    Plate("/plates/Straße {1}.####.exr", "ACEScg", exposure=1.5),
    [Deliverable("/m/ball_{version}.####.exr")],
    1001,
    1010,
    1003,
    ["red ball"],
    boxes=[Box(1003, 1.5, 2.0, 30.25, 40.0)],
    points=[Point(1003, 3.0, 4.0, keep=False)],
    clean_up=[CleanUp(feather=2.0)],
)
TICKET = Ticket("a" * 16, REQUEST, FrameMap.of_pairs({1: 1001, 2: 1001, 3: 1002}), ["/m/ball_v001.####.exr"], "b" * 16)


def test_a_ticket_survives_the_scene() -> None:
    text = TICKET.to_text()
    assert Ticket.from_text(text) == TICKET
    assert text.isascii()
    assert "\n" not in text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("schema", "mattewire.ticket.9"),
        ("job_id", None),
        ("request", {}),
        ("request", []),
        ("request", {"plate": {"path": 3}}),
        ("frames", []),
        ("frames", {"first": float("inf"), "last": 1, "offset": 0, "step": 1}),
        ("frames", {"first": 2, "last": 1, "offset": 0, "step": 1}),
        ("outputs", 3),
        ("outputs", [1]),
        ("outputs", "/m/ball.####.exr"),
        ("tracked_by", 4),
    ],
)
def test_a_ticket_edited_by_hand_says_what_to_do(name: str, value: object) -> None:
    tree = {**json.loads(TICKET.to_text()), name: value}
    with pytest.raises(BadField) as caught:
        Ticket.from_text(json.dumps(tree))
    assert caught.value.field == "ticket"
    assert caught.value.advice == "Press Mask subject again."


@pytest.mark.parametrize("missing", ["schema", "job_id", "request", "frames", "outputs", "tracked_by"])
def test_a_ticket_without_a_part(missing: str) -> None:
    tree = json.loads(TICKET.to_text())
    del tree[missing]
    with pytest.raises(BadField):
        Ticket.from_text(json.dumps(tree))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.text() | JSON.map(json.dumps) | JSON.map(lambda tree: json.dumps({"schema": SCHEMA, "frames": tree})))
def test_anything_else_is_refused_and_never_crashes(text: str) -> None:
    with pytest.raises(BadField):
        Ticket.from_text(text)


@given(st.sampled_from(sorted(json.loads(TICKET.to_text()))), JSON)
def test_any_value_in_any_place_is_taken_or_refused(name: str, value: object) -> None:
    text = json.dumps({**json.loads(TICKET.to_text()), name: value})
    try:
        ticket = Ticket.from_text(text)
    except BadField:
        return
    assert isinstance(ticket.job_id, str)
    assert all(isinstance(path, str) for path in ticket.outputs)
    assert Ticket.from_text(ticket.to_text()) == ticket
