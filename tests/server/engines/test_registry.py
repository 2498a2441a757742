"""Engines found through entry points: real distributions on the path, as a third party would install them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from mattewire_protocol.errors import InstallIncomplete, UnknownEngine
from mattewire_server import engines

ENGINES = {
    "finder": "Engine('finder', 'Finder', Part('finder', settings), None, provenance={'detector': 'f1'})",
    "carrier": "Engine('carrier', 'Carrier', None, Part('carrier', settings), provenance={'segmenter': 'c1'})",
    "guess": "Engine('guess', 'Guess', Part('guess', settings), Part('guess', settings), preview=True)",
    "full": "Engine('full', 'Full', Part('full', settings), Part('full', settings), provenance={'weights': 'w1'})",
    "unweighed": "no(WeightsMissing('Weights of unweighed are not here.'))",
    "broken": "no(RuntimeError('libcudart.so: cannot open'))",
}
CODE = """
from mattewire_protocol.errors import WeightsMissing
from mattewire_server.engines.seams import Engine

class Part:
    def __init__(self, name, settings):
        self.name, self.settings = name, dict(settings)

def no(problem):
    raise problem
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package with six engines, and one whose own dependency is missing."""
    code = CODE + "".join(f"\ndef {name}(settings):\n    return {made}\n" for name, made in ENGINES.items())
    (tmp_path / "studio_engines.py").write_text(code)
    (tmp_path / "studio_heavy.py").write_text("import a_model_library_nobody_has\n")
    facts = tmp_path / "studio_engines-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: studio-engines\nVersion: 1.0\n")
    lines = [f"{name} = studio_engines:{name}" for name in ENGINES] + ["heavy = studio_heavy:engine"]
    (facts / "entry_points.txt").write_text("\n".join(["[mattewire.engines]", *lines]) + "\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "studio_engines", raising=False)


def test_the_preview_engine_comes_through_the_same_door() -> None:
    assert "preview" in engines.names()
    engine = engines.load("preview", {"box_threshold": None})
    assert engine.preview
    assert engine.detector is not None
    assert engine.segmenter is not None


@pytest.mark.usefixtures("installed")
def test_engines_of_others_are_found_and_get_the_settings() -> None:
    assert set(ENGINES) | {"preview", "heavy"} <= set(engines.names())
    engine = engines.load("full", {"box_threshold": 0.4})
    assert engine.detector.settings == {"box_threshold": 0.4}  # type: ignore[union-attr]
    assert not engine.preview


@pytest.mark.usefixtures("installed")
def test_parts_of_other_engines_take_the_place_of_the_presets_own() -> None:
    engine = engines.load("full", {}, detector="finder", segmenter="carrier")
    assert (engine.detector.name, engine.segmenter.name) == ("finder", "carrier")  # type: ignore[union-attr]
    assert engine.name == "full"
    assert engine.provenance == {"weights": "w1", "detector": "f1", "segmenter": "c1"}
    same = engines.load("full", {}, detector="full")
    assert same.detector.name == "full"  # type: ignore[union-attr]


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("name", "detector", "segmenter", "preview"),
    [
        ("full", "", "guess", True),
        ("full", "guess", "", True),
        ("guess", "finder", "carrier", False),
        ("guess", "finder", "", True),
        ("guess", "", "carrier", True),
    ],
)
def test_a_result_is_labelled_preview_when_a_preview_part_made_it(
    name: str, detector: str, segmenter: str, preview: bool
) -> None:
    assert engines.load(name, {}, detector=detector, segmenter=segmenter).preview is preview


@pytest.mark.usefixtures("installed")
def test_what_cannot_be_used_names_its_field_and_the_way_out() -> None:
    with pytest.raises(UnknownEngine, match=r"'sam9' is not one of .*preview") as unknown:
        engines.load("sam9", {})
    assert unknown.value.field == "engine"
    for field, other in (("detector", "dino9"), ("segmenter", "sam9")):
        with pytest.raises(UnknownEngine) as part:
            engines.load("full", {}, **{field: other})
        assert part.value.field == field
    with pytest.raises(UnknownEngine, match="engine carrier has no detector") as lacking:
        engines.load("full", {}, detector="carrier")
    assert lacking.value.field == "detector"
    with pytest.raises(InstallIncomplete, match=r'a_model_library_nobody_has.*pip install "mattewire\[models\]"'):
        engines.load("heavy", {})


@pytest.mark.usefixtures("installed")
def test_engines_that_cannot_run_are_listed_with_the_reason() -> None:
    known = {engine.name: engine for engine in engines.describe()}
    assert known["preview"].ready
    assert known["preview"].preview
    assert known["preview"].understands
    assert not known["unweighed"].ready
    assert known["unweighed"].does == []
    for name, skills in engines.OWN.items():  # with its weights or without
        assert set(known[name].does) <= set(skills), name
        assert known[name].does, name
    assert "Weights of unweighed are not here" in known["unweighed"].reason
    assert "RuntimeError: libcudart.so" in known["broken"].reason
    assert "a_model_library_nobody_has" in known["heavy"].reason
