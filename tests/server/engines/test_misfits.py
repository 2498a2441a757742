"""What an error says of tensors and files that do not fit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mattewire_server.engines.misfits import compared, counted, first_line, json_object


def test_tensors_are_counted_by_what_is_wrong_and_three_are_named() -> None:
    assert counted(missing=[], unexpected=[]) == ""
    assert (
        counted(missing=["a", "b"], misshapen=["c (1,), not (2,)"]) == "2 missing: a, b; 1 misshapen: c (1,), not (2,)"
    )
    assert counted(missing=list("abcd")) == "4 missing: a, b, c, …"


def test_tensors_are_compared_by_name_and_shape() -> None:
    here = {"a": np.zeros((2, 3)), "b": np.zeros(()), "x": np.zeros(1)}
    assert compared(here, {name: each.shape for name, each in here.items()}) == ""
    told = compared(here, {"a": (3, 2), "b": (1,), "c": (1,)})
    assert told == "c is missing; x does not belong there; a is 2 x 3, not 3 x 2, and 1 more"
    assert compared({"b": here["b"]}, {"b": (1,)}) == "b is one number, not 1"


def test_a_library_speaks_one_line() -> None:
    assert first_line(ValueError("header too large\nat byte 8")) == "header too large"
    assert first_line(EOFError()) == "EOFError"


@pytest.mark.parametrize(
    ("text", "reason"), [("[1]", "c.json is no JSON object"), ("{", "c.json cannot be read (Expecting property name")]
)
def test_a_damaged_json_file_says_which_and_why(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "c.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(LookupError) as refused:
        json_object(path, LookupError)
    assert str(refused.value).startswith(reason)
    path.write_text('{"model_type": "dpt"}', encoding="utf-8")
    assert json_object(path, LookupError) == {"model_type": "dpt"}
