"""Distances through a real daemon and worker: the estimator is a package of its own, found through the entry points."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import pytest
from numpy.typing import NDArray

from e2e.house import House, content, finish, request, submit, write_facts, write_plate
from mattewire_protocol import Client, Deliverable
from mattewire_protocol.codec import new_id
from mattewire_protocol.deliver import Depth
from mattewire_protocol.messages import Finish

POST = slice(18, 24)
"""Columns of a post that stands before everything; the plate is 64 wide."""

CODE = """
import numpy as np
from mattewire_server.engines.seams import Engine

class Estimator:
    metric = False

    def estimate(self, picture):
        rows = np.arange(picture.height, dtype=np.float32)[:, None]
        near = 0.3 + 0.003 * rows + np.zeros((1, picture.width), np.float32)
        near[:, 18:24] = 0.9
        return np.asarray(near * (1 + picture.frame % 3) + picture.frame % 5, np.float32)

def engine(settings):
    return Engine("studio-depth", "Studio Depth", None, None, provenance={"model": "d1"}, depth=Estimator())
"""

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def deep_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("deep"), MATTEWIRE_STOP_GRACE_S="0.2")
    write_facts(made.engines, "studio-depth", studio_depth="studio_depth:engine")
    (made.engines / "studio_depth.py").write_text(CODE)
    try:
        yield made.start()
    finally:
        made.end()


@pytest.fixture
def client(deep_house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    monkeypatch.setenv("MATTEWIRE_HOME", str(deep_house.home))
    with deep_house.client() as connected:
        yield connected


@pytest.fixture(scope="module")
def plates(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_plate(tmp_path_factory.mktemp("plate"))


def channels(path: Path) -> dict[str, NDArray[Any]]:
    with OpenEXR.File(str(path), separate_channels=True) as file:
        return {name: np.array(one.pixels) for name, one in file.channels().items()}


def test_a_job_measures_holds_out_and_writes_and_is_finished_again_alike(
    deep_house: House, client: Client, plates: str, tmp_path: Path
) -> None:
    plain = finish(client, submit(client, request(plates, tmp_path / "plain")))
    assert plain.state == "done", plain.line()
    depth = Depth("studio-depth", holdout=True)
    out = [Deliverable(str(tmp_path / "deep" / "matte.####.exr"), z=True)]
    wanted = request(plates, tmp_path / "deep", depth=depth)
    wanted.out[:] = out
    view = finish(client, submit(client, wanted))
    assert view.state == "done", view.line()
    cut = 0
    for frame in range(1001, 1013):
        before, after = (channels(tmp_path / name / f"matte.{frame}.exr") for name in ("plain", "deep"))
        assert np.array_equal(after["A"][:, :12], before["A"][:, :12])
        assert (after["A"] <= before["A"]).all()
        seen = before["A"][:, 20:22] > 0.5
        cut += int(after["A"][:, 20:22][seen].sum() < 0.05 * seen.sum())
        assert after["Z"].dtype == np.float32
        assert after["Z"][:, POST].max() < after["Z"][:, 30:].min()
    assert cut >= 8  # frames; on the first the ball only touches the post
    order = Finish(
        new_id(), plain.job_id, [Deliverable(str(tmp_path / "late" / "matte.####.exr"), z=True)], depth=depth
    )
    client.finish(order)
    late = finish(client, order.job_id)
    assert late.state == "done", late.line()
    deep, again = content(tmp_path / "deep"), content(tmp_path / "late")
    assert {name: deep[name] for name in deep if name.endswith(".exr")} == {
        name: again[name] for name in again if name.endswith(".exr")
    }
    assert list(deep_house.home.glob("mattewire-shot-*")) == []


def test_a_depth_engine_is_told_of_and_one_that_tells_no_distances_is_refused(
    client: Client, plates: str, tmp_path: Path
) -> None:
    does = {each.name: each.does for each in client.welcome.engines}
    assert does["studio-depth"] == ["depth"]
    for name, said in (("nobody", "'nobody' is not one of"), ("double", "'double' tells no distances")):
        view = finish(client, submit(client, request(plates, tmp_path / name, depth=Depth(name, holdout=True))))
        assert view.state == "failed"
        assert view.error is not None
        assert said in view.error.message
        assert view.error.field == "depth.engine"
