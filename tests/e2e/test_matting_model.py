"""A studio's own matting model, installed beside Mattewire: listed with its license, refused, accepted, at work."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import OpenEXR
import pytest

from e2e.house import House, finish, request, submit, write_facts, write_plate
from mattewire_protocol import Deliverable
from mattewire_protocol.deliver import Edges

MODEL = """
import numpy as np
from mattewire_server.engines.seams import Engine

class Quarter:
    def refine(self, picture, alpha, band, object):
        assert picture.rgb.shape[:2] == alpha.shape == band.shape
        return np.where(band, np.float32(0.25), alpha)

def engine(settings):
    return Engine("studio-matting", "Studio matting", None, None, refiner=Quarter(), provenance={"model": "quarter"},
                  license="for research only", commercial=False)
"""

ACCEPT = ("engines", "accept", "studio-matting")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("house"))
    write_facts(made.engines, "studio-matting", studio_matting="studio_matting:engine")
    (made.engines / "studio_matting.py").write_text(MODEL)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MATTEWIRE_HOME", str(made.home))
        yield made.start()
        made.end()


def test_it_is_refused_and_then_used(house: House, tmp_path: Path) -> None:
    plate = write_plate(tmp_path / "plate", 1001, 1003)
    wanted = Edges("matting", "studio-matting", band=3.0)
    with house.client() as client:
        info = next(each for each in client.welcome.engines if each.name == "studio-matting")
        assert (info.ready, info.does, info.license) == (False, ["refine"], "for research only")
        refused = finish(client, submit(client, request(plate, tmp_path / "no", edges=wanted)))
        assert refused.state == "failed"
        assert refused.error is not None
        assert refused.error.field == "edges.matting"
        assert "for research only" in refused.error.message
        assert "mattewire engines accept studio-matting" in refused.error.advice
        assert not list((tmp_path / "no").glob("*.exr"))

        told = subprocess.run(
            [sys.executable, "-c", "from mattewire_server.cli.app import app; app()", *ACCEPT],
            env={**os.environ, **house.variables},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        assert "Studio matting may be used" in told.stderr

        done = finish(client, submit(client, request(plate, tmp_path / "yes", edges=wanted)))
        assert done.state == "done", done.error

        # Of the daemon's own choice, the only one that is ready.
        codes = [Deliverable(str(tmp_path / "codes" / "m.####.png"), "png8")]
        asked = replace(request(plate, tmp_path, edges=replace(wanted, matting="")), out=codes)
        assert finish(client, submit(client, asked)).state == "done"
        matte = cv2.imread(str(tmp_path / "codes" / "m.1001.png"), cv2.IMREAD_UNCHANGED)
    assert (matte == 64).sum() > 100  # a quarter of 255, within three pixels of the contour
    exrs = sorted((tmp_path / "yes").glob("*.exr"))
    assert len(exrs) == 3
    with OpenEXR.File(str(exrs[0])) as file:
        header = {name.rpartition("/")[2]: value for name, value in file.header().items()}
    assert header["edges"] == "matting (studio-matting), band 3"
    assert header["edges_model"] == "quarter"
