"""Comparing sequences and sidecars, on files made here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import pytest

from mattewire_protocol.codec import to_wire
from mattewire_protocol.deliver import Deliverable
from mattewire_protocol.errors import BadField
from mattewire_protocol.request import MatteRequest, Plate
from mattewire_server.cli.agreement import Change, Difference, changes, compare, read_sidecar

REQUEST = MatteRequest(Plate("/p/a.####.exr"), [Deliverable("/m/a.####.exr")], prompts=["ball"])


def write(path: Path, value: float, author: str = "x", side: int = 4, corner: int = 0) -> None:
    pixels = np.zeros((side, side), np.float16)
    pixels[1, 1] = value
    window = (np.array([corner, corner], np.int32), np.array([corner + side - 1] * 2, np.int32))
    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage, "author": author}
    with OpenEXR.File({**header, "dataWindow": window}, {"A": pixels}) as file:
        file.write(str(path))


@pytest.fixture
def folders(tmp_path: Path) -> tuple[str, str]:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    return str(tmp_path / "a" / "m.####.exr"), str(tmp_path / "b" / "m.####.exr")


def both(folders: tuple[str, str], frame: int) -> tuple[Path, Path]:
    first, second = (Path(pattern.replace("####", str(frame))) for pattern in folders)
    return first, second


def test_every_kind_of_difference(folders: tuple[str, str]) -> None:
    for frame in range(1001, 1009):
        for path in both(folders, frame):
            write(path, 0.5)
    write(both(folders, 1002)[1], 0.75)
    write(both(folders, 1003)[1], 0.5, author="y")
    write(both(folders, 1004)[1], 0.5, corner=2)
    both(folders, 1005)[0].unlink()
    both(folders, 1006)[0].write_bytes(b"no picture")
    write(both(folders, 1007)[1], float("nan"))
    compared = compare(*folders, range(1001, 1008), [*range(1001, 1007), 1007, 1008])
    assert compared.frames == 8
    assert compared.differences == (
        Difference(1002, "pixels", 0.25),
        Difference(1003, "header"),
        Difference(1004, "window"),
        Difference(1005, "missing"),
        Difference(1006, "unreadable"),
        Difference(1007, "pixels", 1.0),
        Difference(1008, "added"),
    )
    assert compare(*folders, [1001, 1008], [1001]).differences == (Difference(1008, "not repeated"),)
    assert compare(*folders, [1001, 1008], [1001, 1008]).differences == ()


def test_a_header_alone_differs_where_both_have_the_same_holes(folders: tuple[str, str]) -> None:
    for path, author in zip(both(folders, 1001), "xy", strict=True):
        write(path, float("nan"), author=author)
    assert compare(*folders, [1001], [1001]).differences == (Difference(1001, "header"),)


def test_facts_are_compared_by_name() -> None:
    before = {"engine.sha256": "ab", "plate.identity": "1", "seed": 0}
    after = {"engine.sha256": "cd", "plate.identity": "1", "engine.device": "cpu"}
    assert changes(before, after) == [
        Change("engine.device", None, "cpu"),
        Change("engine.sha256", "ab", "cd"),
        Change("seed", 0, None),
    ]
    assert changes(before, before) == []


def tree(**changed: Any) -> dict[str, Any]:
    facts = {"schema": "mattewire.sidecar.1", "request": to_wire(REQUEST), "frames": [{"frame": 2}, {"frame": 1}]}
    return {**facts, "plate": {"identity": "1"}, "versions": {"numpy": "2"}, "seed": 0, **changed}


def test_a_sidecar_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.mattewire.json"
    path.write_text(json.dumps(tree()))
    found = read_sidecar(path)
    assert (found.request, found.frames) == (REQUEST, (1, 2))
    assert found.facts == {"plate.identity": "1", "versions.numpy": "2", "seed": 0}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\xff\xfe", "codec can't decode"),
        (b"[]", "does not say mattewire.sidecar.1"),
        (b"{", "Expecting property name"),
        (json.dumps(tree(schema="mattewire.boxes.1")).encode(), "does not say mattewire.sidecar.1"),
        (json.dumps(tree(frames=[])).encode(), "it lists no frames"),
        (json.dumps(tree(frames=[{}])).encode(), "'frame'"),
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
