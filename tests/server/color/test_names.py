"""Names as hosts and people write them."""

from __future__ import annotations

import pytest

from mattewire_server.color import names


@pytest.mark.parametrize(
    ("written", "tried"),
    [
        ("ACEScg", ["ACEScg"]),
        (" default (linear) ", ["default (linear)", "linear"]),
        ("scene_linear (ACES - ACEScg)", ["scene_linear (ACES - ACEScg)", "ACES - ACEScg"]),
        ("ARRI LogC3 (EI800)", ["ARRI LogC3 (EI800)"]),  # these brackets are the name's own
        ("default (ARRI LogC3 (EI800))", ["default (ARRI LogC3 (EI800))", "ARRI LogC3 (EI800)"]),
        ("Input/ARRI/ARRI LogC4", ["Input/ARRI/ARRI LogC4", "ARRI LogC4"]),
        ("", [""]),
    ],
)
def test_spellings(written: str, tried: list[str]) -> None:
    assert list(names.spellings(written)) == tried


@pytest.mark.parametrize("other", ["s-log3 s-gamut3.cine", "SLog3_SGamut3Cine", "S-Log3  S-Gamut3.Cine"])
def test_case_and_punctuation_do_not_count(other: str) -> None:
    assert names.key(other) == names.key("S-Log3 S-Gamut3.Cine")


@pytest.mark.parametrize(
    ("mistyped", "meant"),
    [("ACESgc", "ACEScg"), ("logc3", "ARRI LogC3 (EI800)"), ("Vlog V-gamt", "V-Log V-Gamut"), ("rec 70", "Rec.709")],
)
def test_near(mistyped: str, meant: str) -> None:
    known = ["sRGB", "Rec.709", "ACEScg", "ACES2065-1", "ARRI LogC3 (EI800)", "V-Log V-Gamut"]
    assert names.near(mistyped, known)[0] == meant


@pytest.mark.parametrize("nonsense", ["", "(", "x", "qwertzuiop"])
def test_nothing_is_near_nonsense(nonsense: str) -> None:
    assert names.near(nonsense, ["sRGB", "ACEScg"]) == []


def test_near_is_short() -> None:
    assert len(names.near("linear", [f"linear {number}" for number in range(20)])) == 4
