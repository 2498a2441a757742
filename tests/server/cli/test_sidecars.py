"""Reading a sidecar, and finding the files it is about, where they were written and where they were moved to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mattewire_protocol.codec import to_wire
from mattewire_protocol.deliver import Deliverable
from mattewire_protocol.errors import BadField, InternalError
from mattewire_protocol.request import MatteRequest, Plate
from mattewire_server.cli.sidecars import Output, found_on_disk, read_sidecar, sidecar_among

REQUEST = MatteRequest(Plate("/p/a.####.exr"), [Deliverable("/m/a.####.exr")], prompts=["ball"])


def tree(**changed: Any) -> dict[str, Any]:
    return {
        "schema": "mattewire.sidecar.1",
        "request": to_wire(REQUEST),
        "frames": [{"frame": 2}, {"frame": 1}],
        "outputs": [{"deliverable": 0, "name": "a.####.exr", "object": 0}],
        "objects": [{"object": 1, "name": "süßer Ball", "layer": "suesser_Ball"}],
        "version": 0,
        "plate": {"path": "/p/a.####.exr", "identity": "1"},
        "versions": {"numpy": "2"},
        "seed": 0,
        **changed,
    }


def written(folder: Path, **changed: Any) -> Path:
    path = folder / "a.mattewire.json"
    path.write_text(json.dumps(tree(**changed)), encoding="utf-8")
    return path


def test_a_sidecar_is_read(tmp_path: Path) -> None:
    found = read_sidecar(written(tmp_path))
    assert (found.request, found.frames) == (REQUEST, (1, 2))
    assert found.outputs == (Output(0, 0, "/m/a.####.exr"),)
    assert found.facts == {
        "plate.path": "/p/a.####.exr",
        "plate.identity": "1",
        "objects.1.name": "süßer Ball",
        "objects.1.layer": "suesser_Ball",
        "versions.numpy": "2",
        "seed": 0,
    }


def test_tokens_are_filled_in_as_they_were(tmp_path: Path) -> None:
    request = MatteRequest(
        Plate("/plates/sh010.####.exr", view="left"),
        [
            Deliverable("/m/{shot}/{version}/{object}/{object}_{version}.####.exr"),
            Deliverable("/m/{shot}/{view}/cut_{version}.mov", "prores4444", "cutout"),
        ],
        prompts=["ball"],
    )
    outputs = [
        {"deliverable": 0, "name": "suesser_Ball_v012.####.exr", "object": 1},
        {"deliverable": 1, "name": "cut_v012.mov", "object": 0},
    ]
    facts = {"request": to_wire(request), "outputs": outputs, "version": 12}
    plate = {"path": "/plates/sh010.####.exr"}
    assert read_sidecar(written(tmp_path, **facts, plate=plate)).outputs == (
        Output(0, 1, "/m/sh010/v012/suesser_Ball/suesser_Ball_v012.####.exr"),
        Output(1, 0, "/m/sh010/left/cut_v012.mov"),
    )
    read_as = read_sidecar(written(tmp_path, **facts, plate={**plate, "view": "right"}))
    assert read_as.outputs[1].path == "/m/sh010/right/cut_v012.mov", "the view that was read, where it is told"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\xff\xfe", "codec can't decode"),
        (b"[]", "does not say mattewire.sidecar.1"),
        (b"{", "Expecting property name"),
        (json.dumps(tree(schema="mattewire.boxes.1")).encode(), "does not say mattewire.sidecar.1"),
        (json.dumps(tree(frames=[])).encode(), "it lists no frames"),
        (json.dumps(tree(frames=[{}])).encode(), "'frame'"),
        (json.dumps(tree(outputs=[])).encode(), "it lists no outputs"),
        (json.dumps(tree(outputs=[{"deliverable": 1, "name": "a", "object": 0}])).encode(), "has no deliverable 1"),
        (json.dumps(tree(plate={})).encode(), "'path'"),
        (json.dumps(tree(request={"out": []})).encode(), "plate"),
        (json.dumps(tree(request={**to_wire(REQUEST), "quality": "best"})).encode(), "quality"),
        (b"[" * 100_000, "recursion"),
    ],
)
def test_what_is_no_sidecar_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "a.mattewire.json"
    path.write_bytes(content)
    with pytest.raises(BadField, match=reason) as caught:
        read_sidecar(path)
    assert (caught.value.field, "NAME.mattewire.json" in caught.value.advice) == ("SIDECAR", True)


def test_a_sidecar_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadField, match="No such file"):
        read_sidecar(tmp_path / "none.json")


def test_the_sidecar_among_what_a_job_made() -> None:
    made = ["/m/a.####.exr", "/m/a.mattewire.json", "/m/a.boxes.json", "/n/b.mattewire.json"]
    assert sidecar_among(made) == Path("/m/a.mattewire.json")
    with pytest.raises(InternalError):
        sidecar_among(made[:1])


def test_files_are_found_where_they_were_moved_to(tmp_path: Path) -> None:
    outputs = [
        Output(0, 0, "/a/m.####.exr"),
        Output(1, 0, "/a/cut.mov"),
        Output(2, 1, "/a/mug/o.####.exr"),
        Output(3, 0, "/b/n.####.exr"),
    ]
    sidecar = tmp_path / "m.mattewire.json"
    assert found_on_disk(outputs, sidecar) == outputs, "nothing lies beside the sidecar"
    (tmp_path / "mug").mkdir()
    for name in ("m.1001.exr", "cut.mov", "mug/o.1001.exr"):
        (tmp_path / name).touch()
    moved = [str(tmp_path / name) for name in ("m.####.exr", "cut.mov", "mug/o.####.exr")]
    assert [each.path for each in found_on_disk(outputs, sidecar)] == [*moved, "/b/n.####.exr"]
    foreign = found_on_disk(outputs, tmp_path / "renamed.mattewire.json")
    assert foreign == outputs, "of a sidecar with another name nobody knows where it lay"


def test_of_objects_with_folders_of_their_own_the_right_one_is_home(tmp_path: Path) -> None:
    outputs = [Output(0, number, f"/old/{name}/m.####.exr") for number, name in ((1, "mug"), (2, "cup"))]
    for name in ("mug", "cup"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "m.1001.exr").touch()
    found = found_on_disk(outputs, tmp_path / "cup" / "m.mattewire.json")
    assert [each.path for each in found] == [str(tmp_path / "mug" / "m.####.exr"), str(tmp_path / "cup" / "m.####.exr")]
