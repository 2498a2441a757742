"""``mattewire engines``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from e2e.house import write_facts
from server.cli.conftest import Run

CODE = """
from mattewire_server.engines.seams import Engine

def engine(settings):
    return Engine("salon", "Salon matting", None, None, refiner=object(), license="for research", commercial=False)
"""


@pytest.fixture(autouse=True)
def folder(empty_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A studio's engine in a folder of its own."""
    engines = tmp_path / "engines"
    write_facts(engines, "salon", salon="salon_engine:engine")
    (engines / "salon_engine.py").write_text(CODE)
    monkeypatch.setenv("MATTEWIRE_ENGINES", str(engines))
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "salon_engine", raising=False)


def test_the_list_shows_what_each_does_and_its_license(run: Run) -> None:
    lines = {line.split()[0]: line for line in run("engines", "list").stderr.splitlines() if line.strip()}
    assert "detect, segment" in lines["preview"]
    assert lines["preview"].rstrip().endswith("yes")
    assert "Salon matting" in lines["salon"]
    assert "refine" in lines["salon"]
    assert "for research" in lines["salon"]


def test_accepting_makes_it_ready(run: Run) -> None:
    def known() -> dict[str, object]:
        listed = json.loads(run("engines", "list", "--json").stdout)
        return next(each for each in listed if each["name"] == "salon")

    assert known()["ready"] is False
    assert "mattewire engines accept salon" in str(known()["reason"])
    assert "Salon matting may be used. License: for research" in run("engines", "accept", "salon").stderr
    assert known()["ready"] is True
    assert known()["license"] == "for research"


def test_a_name_that_is_none(run: Run) -> None:
    assert "'saloon' is not one of" in run("engines", "accept", "saloon", code=1).stderr
