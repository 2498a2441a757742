"""What may follow what, and that the specification says the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mattewire_protocol.errors import InternalError
from mattewire_protocol.messages import FINAL_STATES, JOB_STATES
from mattewire_server.jobs import states


def test_every_pair_is_allowed_or_refused() -> None:
    for before in JOB_STATES:
        for after in JOB_STATES:
            if after in states.FOLLOWS[before]:
                states.check(before, after)
            else:
                with pytest.raises(InternalError, match=f"{before} cannot become {after}"):
                    states.check(before, after)


def test_final_states_are_final_and_the_others_can_reach_one() -> None:
    for state in JOB_STATES:
        assert (states.FOLLOWS[state] == ()) == (state in FINAL_STATES)
        assert state in FINAL_STATES or set(states.FOLLOWS[state]) & set(FINAL_STATES)


def test_the_specification_has_the_same_table() -> None:
    text = (Path(__file__).parents[3] / "protocol" / "SPEC.md").read_text(encoding="utf-8")
    table = text.partition("<!-- generated: transitions -->")[2].partition("<!-- end -->")[0]
    rows = dict(re.findall(r"\| `(\w+)` \| (.+) \|", table))
    assert {state: tuple(re.findall(r"`(\w+)`", row)) for state, row in rows.items()} == states.FOLLOWS
