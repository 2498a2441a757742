"""The edges' benchmark: guided must beat plain, and its own measures must measure."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import edges as benchmark
from benchmarks.edge_set.cases import CASES, HELD_OUT, Case
from benchmarks.edge_set.measures import errors
from mattewire_protocol.deliver import Edges
from mattewire_server.finish.refine.foreground import unmixed

WORSE = 1.02
"""On no single picture may guided be worse than plain by more than this factor, in any measure."""

MEAN_CODES, WORST_CODES = 4.0, 8.0
"""Of 255, over black, white or green: the mean over the set, and a single picture."""


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return [make(HELD_OUT[0]) for make in CASES]


@pytest.mark.parametrize(("colorspace", "share"), [("sRGB", 0.2), ("linear Rec.709", 0.25)])
def test_guided_beats_plain_over_the_set_and_on_every_picture(cases: list[Case], colorspace: str, share: float) -> None:
    plain, guided = (
        np.array([benchmark.numbers(errors(make(case), case.alpha)) for case in cases])
        for make in (benchmark.by(Edges("plain")), benchmark.by(Edges("guided"), colorspace))
    )
    assert (guided.mean(axis=0) < share * plain.mean(axis=0)).all()
    assert (guided <= WORSE * plain).all(), guided / plain


def test_motion_blur_pays_where_a_subject_smears() -> None:
    lines = benchmark.motion_table(HELD_OUT[:2]).splitlines()
    found = [[float(cell) for cell in line.split("|")[2:5]] for line in lines[2:]]
    plain, guided, blurred = np.array(found)
    assert (guided < plain).all()
    assert (blurred < 0.9 * guided).all()


@pytest.mark.parametrize("name", ["strands", "defocus", "motion blur"])
def test_under_the_true_matte_the_subjects_own_color_is_nearer_over_anything(cases: list[Case], name: str) -> None:
    for case in (case for case in cases if case.name == name):
        own = np.where((case.alpha < 1)[..., None], unmixed(case.plate, case.alpha), case.plate)
        for onto in benchmark.ONTO.values():
            before = benchmark.composite(case.plate, case.alpha, case, onto)
            assert benchmark.composite(own, case.alpha, case, onto) < before


def test_composites_stay_within_the_stated_error_and_have_no_fringe(cases: list[Case]) -> None:
    """What the server's README promises; all of it, the matte's own error too."""
    found = np.array([benchmark.color_numbers(case, benchmark.by(Edges("guided"))(case)) for case in cases])
    plate, own = found[:, 0:6:2], found[:, 1:6:2]
    assert (own.mean(axis=0) < MEAN_CODES).all(), own
    assert (own < WORST_CODES).all(), own
    assert (own.mean(axis=0) < 0.65 * plate.mean(axis=0)).all(), (own, plate)
    assert found[:, -2] == pytest.approx(0.5, abs=0.03), "the plate's own color has half of the background in it"
    assert (np.abs(found[:, -1]) < 0.05).all(), "the subject's has none"


def test_the_table_says_of_random_weights_only_that_they_run(
    cases: list[Case], tmp_path_factory: pytest.TempPathFactory
) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    tried = [benchmark.Method("plain", benchmark.by(Edges("plain")))]
    tried.append(benchmark.random_matting(tmp_path_factory.mktemp("matting")))
    lines = benchmark.table({case.name: [case] for case in cases[:1]}, tried).splitlines()
    assert {line.count("|") for line in lines[:4]} == {4}
    told = [line.split("|")[3].strip() for line in lines[2:4]]
    assert told[0].startswith("runs: 960 × 540, ")
    assert told[1] == "no quality"
    assert "ViTMatte" not in lines[-1]
    shifted = benchmark.Method("cut", lambda case: case.alpha[1:], random=True)
    with pytest.raises(AssertionError, match="cut made no matte of plain"):
        benchmark.ran(shifted, cases[:1])


def test_fringe_is_0_of_the_true_color_and_1_of_the_backgrounds(cases: list[Case]) -> None:
    assert benchmark.fringe(cases[0].foreground, cases[0]) == 0
    assert benchmark.fringe(cases[0].background, cases[0]) == pytest.approx(1)
