"""Engines whose license does not plainly allow commercial work: shown, refused, and used once it is accepted."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from mattewire_protocol.errors import BadField, UnknownEngine
from mattewire_server import engines
from mattewire_server.engines.seams import Picture

CODE = """
import numpy as np
from mattewire_server.engines.seams import Engine

LICENSE = "CC-BY-NC-4.0, https://example.com/license"

class Halves:
    \"\"\"Says half in the band.\"\"\"

    def refine(self, picture, alpha, band, object):
        return np.where(band, np.float32(0.5), alpha)

def research(settings):
    return Engine("research", "Research matting", None, None, refiner=Halves(), license=LICENSE, commercial=False)

def bought(settings):
    return Engine("bought", "Bought matting", None, None, refiner=Halves(), license="the studio's own")

def silent(settings):
    return Engine("silent", "Silent", object(), object(), commercial=False)
"""


@pytest.fixture(autouse=True)
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installed package with three engines, and an empty data folder; the package's file."""
    code = tmp_path / "studio_matting.py"
    code.write_text(CODE)
    facts = tmp_path / "studio_matting-2.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: studio-matting\nVersion: 2.0\n")
    lines = "\n".join(f"{name} = studio_matting:{name}" for name in ("research", "bought", "silent"))
    (facts / "entry_points.txt").write_text(f"[mattewire.engines]\n{lines}\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "studio_matting", raising=False)
    monkeypatch.setenv("MATTEWIRE_HOME", str(tmp_path / "home"))
    return code


def told(name: str) -> engines.EngineInfo:
    return next(info for info in engines.describe() if info.name == name)


def test_it_is_listed_with_its_license_and_not_ready() -> None:
    info = told("research")
    assert not info.ready
    assert info.does == ["refine"]
    assert info.license == "CC-BY-NC-4.0, https://example.com/license"
    assert info.label == "Research matting"
    for words in ("does not plainly allow commercial work", "CC-BY-NC-4.0", "mattewire engines accept research"):
        assert words in info.reason
    assert told("bought").ready
    assert told("bought").license == "the studio's own"


def test_it_is_refused_until_its_license_is_accepted() -> None:
    with pytest.raises(BadField, match=r"CC-BY-NC-4\.0") as refused:
        engines.load("research", {})
    assert refused.value.field == "engine"
    assert "mattewire engines accept research" in refused.value.advice
    assert engines.accept("research").label == "Research matting"
    refiner = engines.load("research", {}).refiner
    assert refiner is not None
    alpha, band = np.float32([[0, 0.2, 1]]), np.array([[False, True, False]])
    made = refiner.refine(Picture(1, np.zeros((1, 3, 3), np.float32)), alpha, band, 1)
    assert made.tolist() == [[0, 0.5, 1]]
    assert told("research").ready
    assert not told("silent").ready  # one acceptance is for one engine


def test_other_words_ask_again(studio: Path) -> None:
    engines.accept("research")
    studio.write_text(studio.read_text().replace("CC-BY-NC-4.0", "CC-BY-NC-ND-4.0"))
    sys.modules.pop("studio_matting")
    with pytest.raises(BadField, match=r"CC-BY-NC-ND-4\.0"):
        engines.load("research", {})
    assert not told("research").ready


def test_it_holds_for_engines_that_lend_a_part() -> None:
    with pytest.raises(BadField, match="none is told") as refused:
        engines.load("preview", {}, detector="silent")
    assert refused.value.field == "detector"
    engines.accept("silent")
    assert engines.load("preview", {}, detector="silent").name == "preview"


def test_the_usual_engine_is_taken_else_the_first_that_is_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    assert engines.first("refine") == "bought"
    monkeypatch.setattr(engines, "USUAL", {"refine": "research"})
    assert engines.first("refine") == "bought"
    engines.accept("research")
    assert engines.first("refine") == "research"
    monkeypatch.setattr(engines, "names", lambda: ["preview"])
    assert engines.first("refine") == "research"  # which then says what it lacks
    assert engines.first("segment") == "preview"


def test_what_is_not_there_cannot_be_accepted() -> None:
    with pytest.raises(UnknownEngine, match="'resaerch' is not one of"):
        engines.accept("resaerch")
