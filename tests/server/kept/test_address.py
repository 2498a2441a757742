"""One address for one set of logits: whatever can change a logit changes it, and nothing else does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

import pytest

from mattewire_protocol.deliver import CleanUp, Deliverable, ObjectName, Shape, Vertex
from mattewire_protocol.request import Box, MatteRequest, Plate, Point
from mattewire_server.engines.seams import Engine
from mattewire_server.kept import address as module
from mattewire_server.kept.address import AFTER_THE_ENGINE, SETTLED, SETTLED_OF_PLATE, address
from mattewire_server.plates.model import PlateInfo, Window

PLATE = "/plates/shot.####.exr"
REQUEST = MatteRequest(
    Plate(PLATE),
    [Deliverable("/mattes/m.####.exr")],
    prompts=["red ball"],
    boxes=[Box(1001, 10, 10, 50, 60)],
    points=[Point(1001, 20, 20)],
)
PROVENANCE = {"weights_sha256": "ab", "dtype": "float32", "torch": "2.8.0"}

CHANGED_REQUEST: Mapping[str, Any] = {
    "prompts": ["red ball", "blue ball"],
    "exclude": ["red shirt"],
    "pick": "all",
    "boxes": [Box(1001, 10, 10, 50, 60.5)],
    "points": [Point(1001, 20, 20, keep=False)],
    "engine": "sam2",
    "detector": "grounding-dino",
    "segmenter": "sam2",
    "box_threshold": 0.4,
    "text_threshold": 0.4,
    "max_objects": 2,
    "redetect_every": 10,
    "detect_long_edge": 1333,
    "refine_below": 0.5,
    "roi": True,
}
"""Another value for every request field that can change a logit and is taken from the request as it is."""


def info(**changes: Any) -> PlateInfo:
    facts: dict[str, Any] = {
        "path": PLATE,
        "kind": "sequence",
        "first": 1001,
        "last": 1010,
        "missing": (),
        "display": Window(0, 0, 1920, 1080),
        "canvas": Window(0, 0, 1920, 1080),
        "pixel_aspect": 1.0,
        "fps": 24.0,
        "colorspace": "ACEScg",
        "identity": "1234",
    }
    return PlateInfo(**{**facts, **changes})


def engine(provenance: Mapping[str, str] = PROVENANCE, **changes: Any) -> Engine:
    return replace(Engine("preview", "Preview", None, None, provenance=provenance), **changes)


def at(request: MatteRequest = REQUEST, **changes: Any) -> str:
    facts: dict[str, Any] = {
        "plate": info(),
        "colorspace": "ACEScg",
        "config_identity": "studio-config-v4.0.0_aces-v2.0_ocio-v2.5",
        "exposure": 0.0,
        "keyframe": 1001,
        "first": 1001,
        "last": 1010,
        "quality": "final",
        "engine": engine(),
    }
    return address(request, **{**facts, **changes})


def test_every_request_field_is_decided_on() -> None:
    """Fails when a field is added: it is in the address already. Add a value to ``CHANGED_REQUEST``, or, if it cannot
    change a logit, the name to ``AFTER_THE_ENGINE``."""
    assert {field.name for field in fields(MatteRequest)} == set(CHANGED_REQUEST) | SETTLED | AFTER_THE_ENGINE
    assert {field.name for field in fields(Plate)} == {"view"} | SETTLED_OF_PLATE
    assert not set(CHANGED_REQUEST) & (SETTLED | AFTER_THE_ENGINE)
    assert not SETTLED & AFTER_THE_ENGINE


def test_every_fact_of_a_plate_is_decided_on() -> None:
    read = {"path", "identity", "view", "display", "canvas", "chromaticities"}
    of_the_files = {"kind", "missing", "unreadable", "precision"}  # told apart by the identity
    for_the_colorspace = {"colorspace", "colorspace_from", "color_id"}  # settled, and given to `address`
    for_the_mattes_files = {"first", "last", "pixel_aspect", "fps", "origin"}
    assert {
        field.name for field in fields(PlateInfo)
    } == read | of_the_files | for_the_colorspace | for_the_mattes_files


def test_it_is_32_hexadecimal_digits_and_the_same_every_time() -> None:
    assert len(at()) == 32
    assert int(at(), 16)
    assert at() == at(replace(REQUEST), plate=info(), engine=engine(dict(reversed(PROVENANCE.items()))))


def test_colorspace() -> None:
    assert at(colorspace="ARRI LogC4") != at()


def test_ocio_config() -> None:
    assert at(config_identity="/studio/config.ocio 0f3a") != at()


def test_exposure() -> None:
    assert at(exposure=0.5) != at()


def test_size() -> None:
    assert at(quality="draft") != at()


def test_dtype() -> None:
    assert at(engine=engine({**PROVENANCE, "dtype": "bfloat16"})) != at()


def test_region() -> None:
    assert at(replace(REQUEST, roi=True)) != at()


def test_exclude_phrase() -> None:
    assert at(replace(REQUEST, exclude=["red shirt"])) != at()


@pytest.mark.parametrize("name", ["box_threshold", "text_threshold", "refine_below"])
def test_threshold(name: str) -> None:
    """An absent one is the engine's own, and that may change: it is not the same as the number."""
    low, high = (at(replace(REQUEST, **{name: value})) for value in (0.25, 0.26))
    assert len({low, high, at()}) == 3


@pytest.mark.parametrize("name", list(CHANGED_REQUEST))
def test_every_other_choice_of_the_request(name: str) -> None:
    assert at(replace(REQUEST, **{name: CHANGED_REQUEST[name]})) != at()


@pytest.mark.parametrize(
    "changes", [{"first": 1002}, {"last": 1009}, {"keyframe": 1005}], ids=lambda change: next(iter(change))
)
def test_frames(changes: dict[str, int]) -> None:
    assert at(**changes) != at()


@pytest.mark.parametrize(
    "changes",
    [
        {"identity": "1235"},
        {"path": "/plates/other.####.exr"},
        {"view": "right"},
        {"display": Window(0, 0, 1920, 1081)},
        {"canvas": Window(-8, 0, 1920, 1080)},
        {"chromaticities": (0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_plate(changes: dict[str, Any]) -> None:
    assert at(plate=info(**changes)) != at()


@pytest.mark.parametrize(
    "other",
    [
        engine(name="sam2"),
        engine(preview=True),
        engine({**PROVENANCE, "weights_sha256": "ac"}),
        engine({**PROVENANCE, "torch": "2.8.1"}),
        engine({**PROVENANCE, "new": "setting"}),
        engine({}),
    ],
)
def test_engine(other: Engine) -> None:
    assert at(engine=other) != at()


def test_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    before = at()
    with monkeypatch.context() as patch:
        patch.setattr(module, "versions", lambda: {"mattewire": "99"})
        assert at() != before
    with monkeypatch.context() as patch:
        patch.setattr(module.metadata, "version", lambda name: "99")
        assert at() != before
    with monkeypatch.context() as patch:
        patch.setattr(module, "FORMAT", 99)
        assert at() != before
    assert at() == before


@pytest.mark.parametrize(
    "changes",
    [
        {"out": [Deliverable("/elsewhere/m.####.png", "png16"), Deliverable("/elsewhere/m.mov", "prores4444")]},
        {"overwrite": True},
        {"priority": 5},
        {"label": "the ball"},
        {"names": [ObjectName(1, "ball")]},
        {"clean_up": [CleanUp(dilate=2.0, feather=3.0)]},
        {"shapes": [Shape("garbage", [Vertex(0, 0), Vertex(9, 0), Vertex(9, 9)])]},
        {"reuse": False},
        {"finish_of": "4f6b2c1e-0000-4000-8000-000000000001"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_comes_after_the_engine_changes_nothing(changes: dict[str, Any]) -> None:
    assert set(changes) <= AFTER_THE_ENGINE
    assert at(replace(REQUEST, **changes)) == at()


@pytest.mark.parametrize(
    "typed",
    [
        {"plate": Plate("/plates/shot.1003.exr", "ACEScg", exposure=0.0)},
        {"first": 1001, "last": 1010, "keyframe": 1001},
        {"ocio": "/studio/config.ocio"},
        {"quality": "draft"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_was_settled_counts_and_not_how_it_was_typed(typed: dict[str, Any]) -> None:
    """One frame's name opens the sequence, a default can be spelt out, memory can decide on the size."""
    assert at(replace(REQUEST, **typed)) == at()


def test_whole_numbers_are_numbers() -> None:
    assert at(replace(REQUEST, boxes=[Box(1001, 10.0, 10.0, 50.0, 60.0)]), exposure=0) == at()


def test_the_order_of_phrases_and_marks_counts() -> None:
    """Objects are numbered in that order."""
    forth, back = [Box(1001, 0, 0, 5, 5), Box(1001, 5, 5, 9, 9, 2)], [Box(1001, 5, 5, 9, 9, 2), Box(1001, 0, 0, 5, 5)]
    assert at(replace(REQUEST, prompts=["a", "b"])) != at(replace(REQUEST, prompts=["b", "a"]))
    assert at(replace(REQUEST, boxes=forth)) != at(replace(REQUEST, boxes=back))


def test_any_text_has_an_address() -> None:
    """File names may hold bytes that are no Unicode; they arrive as lone surrogates."""
    assert at(plate=info(path="/plates/\udcff.####.exr")) != at(plate=info(path="/plates/é.####.exr"))
    assert at(replace(REQUEST, prompts=['a"},{"b'])) != at(replace(REQUEST, prompts=["a", "b"]))
