"""What people type for distances."""

from __future__ import annotations

import pytest

from mattewire_protocol.deliver import Deliverable, Depth
from mattewire_protocol.errors import BadField
from mattewire_server.cli import files, wanted

MATTE = Deliverable("/out/m.####.exr")
IDS = Deliverable("/out/ids.####.exr", content="cryptomatte")
STILL = Deliverable("/out/m.####.png", "png16")
ESTIMATED = Depth("midas")


def test_what_is_typed_becomes_what_is_asked_for() -> None:
    assert wanted.depth("", False, None) == Depth()
    assert wanted.depth("midas", False, None) == Depth("midas")
    assert wanted.depth("midas", True, None) == Depth("midas", True, 0.05)
    assert wanted.depth("midas", True, 0.2) == Depth("midas", True, 0.2)


@pytest.mark.parametrize(
    ("typed", "option"),
    [
        (("", True, None), "--holdout-by-depth"),
        (("midas", False, 0.1), "--depth-margin"),
        (("midas", True, -1.0), "--depth-margin"),
        (("midas", True, 11.0), "--depth-margin"),
        (("m" * 300, True, None), "--depth"),
    ],
)
def test_what_cannot_be_names_its_option(typed: tuple[str, bool, float | None], option: str) -> None:
    with pytest.raises(BadField) as wrong:
        wanted.depth(*typed)
    assert wrong.value.field == option


def test_z_goes_into_every_exr_that_can_hold_it() -> None:
    made = wanted.with_z([MATTE, IDS, STILL], True, ESTIMATED)
    assert [each.z for each in made] == [True, False, False]
    assert wanted.with_z([MATTE, STILL], False, Depth()) == [MATTE, STILL]


def test_z_of_one_output_is_typed_with_it() -> None:
    (made,) = files.deliverables(["/out/m.####.exr,z,depth=float"])
    assert (made.z, made.depth) == (True, "float")
    assert wanted.with_z([made], False, ESTIMATED) == [made]
    assert [each.z for each in files.beside([made], "png16,exr")] == [False, True]


@pytest.mark.parametrize(
    ("out", "z", "depth", "option"),
    [
        ([STILL], True, ESTIMATED, "--z"),
        ([IDS], True, ESTIMATED, "--z"),
        ([MATTE], True, Depth(), "--z"),
        ([Deliverable("/out/m.####.exr", z=True)], False, Depth(), "--z"),
        ([MATTE], False, ESTIMATED, "--depth"),
    ],
)
def test_distances_for_nothing_and_files_without_distances_are_refused(
    out: list[Deliverable], z: bool, depth: Depth, option: str
) -> None:
    with pytest.raises(BadField) as wrong:
        wanted.with_z(out, z, depth)
    assert wrong.value.field == option
    assert wrong.value.advice
