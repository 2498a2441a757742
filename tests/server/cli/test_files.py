"""What people type for ``--out`` and ``--format``."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import pytest

from mattewire_protocol.deliver import FORMATS, Deliverable
from mattewire_protocol.errors import BadField, UnknownFormat
from mattewire_server.cli import files


def outputs(out: str, formats: str = "") -> list[tuple[str, str]]:
    return [(os.path.basename(each.path), each.format) for each in files.deliverables([out], formats)]


@pytest.mark.parametrize(
    ("name", "format"),
    [
        ("m.####.exr", "exr"),
        ("m.%04d.png", "png16"),
        ("m.####.tif", "tiff16"),
        ("m.####.tiff", "tiff16"),
        ("m.webm", "webm"),
        ("m.mov", "prores4444"),
    ],
)
def test_the_suffix_decides_where_no_format_is_named(name: str, format: str) -> None:
    assert outputs(f"/o/{name}") == [(name, format)]
    assert outputs(f"/o/{name.upper()}") == [(name.upper()[: name.rindex(".")] + name[name.rindex(".") :], format)]


def test_a_suffix_that_says_no_format() -> None:
    for name in ("m.####.jpg", "m.####", "m"):
        known = r"End it in \.exr, \.png, \.tif, \.webm, \.mov or \.json"
        with pytest.raises(BadField, match=rf"is not known.*{known}") as caught:
            files.deliverables([f"/o/{name}"])
        assert caught.value.field == "--out"
    assert outputs("/o/m.####.foo", "exr") == [("m.####.foo", "exr")], "the writer tells of it"


def test_named_formats_bring_their_suffix() -> None:
    assert outputs("/o/m.####.exr", "exr, png8") == [("m.####.exr", "exr"), ("m.####.png", "png8")]
    assert outputs("/o/m.####.EXR", "png16") == [("m.####.png", "png16")]
    assert outputs("/o/m.####.tiff", "tiff32,exr") == [("m.####.tiff", "tiff32"), ("m.####.exr", "exr")]
    assert outputs("/o/m.####.TIF", "tiff8") == [("m.####.tif", "tiff8")]


def test_a_movie_has_no_counter_and_a_sequence_has_one() -> None:
    assert outputs("/o/m.####.exr", "exr,webm") == [("m.####.exr", "exr"), ("m.webm", "webm")]
    assert outputs("/o/{shot}_{version}.%04d.exr", "prores4444") == [("{shot}_{version}.mov", "prores4444")]
    assert outputs("/o/cut.mov", "webm") == [("cut.webm", "webm")]
    assert outputs("/o/cut.mov", "png8") == [("cut.####.png", "png8")]


def test_choices_stand_behind_commas() -> None:
    (one,) = files.deliverables(["/o/a,b/m.####.exr, content=cutout ,depth=float,compression=piz,object=2"])
    assert one == Deliverable("/o/a,b/m.####.exr", content="cutout", depth="float", compression="piz", object=2)
    (cut,) = files.deliverables(["/o/cut.mov,content=cutout,premultiplied,fps=23.976"])
    assert (cut.format, cut.content, cut.premultiplied, cut.fps) == ("prores4444", "cutout", True, 23.976)
    own = files.deliverables(["/o/a.####.png,format=png8", "/o/b.####.exr,channels=RGBA"], "exr")
    assert [(os.path.basename(each.path), each.format, each.channels) for each in own] == [
        ("a.####.png", "png8", ""),
        ("b.####.exr", "exr", "RGBA"),
    ]


@pytest.mark.parametrize(
    ("out", "said"),
    [
        ("/o/m.####.exr,fps=fast", "fps in '/o/m.####.exr,fps=fast' is no number"),
        ("/o/m.####.exr,depth=half,depth=float", "depth is given twice"),
        ("/o/m.####.exr,content=dreams", "content 'dreams' is not one of matte, cutout"),
        ("/o/m.####.png,depth=half", "depth is a choice for exr only, not for png16"),
        ("/o/m.####.exr,object=1000", "object must lie between 0 and 999"),
        ("/o/m.####.exr,premultiplied=yes", "the format of '.exr,premultiplied=yes' is not known"),
    ],
)
def test_choices_that_cannot_be(out: str, said: str) -> None:
    with pytest.raises(BadField) as caught:
        files.deliverables([out])
    assert caught.value.field == "--out"
    assert said in caught.value.message


def test_formats_that_are_unknown_or_meet_in_one_file() -> None:
    with pytest.raises(UnknownFormat, match=r"'tiff' is not a format.*exr, png8, png16, tiff8") as caught:
        files.deliverables(["/o/m.####.exr"], "exr,tiff")
    assert caught.value.field == "--format"
    with pytest.raises(UnknownFormat, match="'jpg'") as caught:
        files.deliverables(["/o/m.####.exr,format=jpg"])
    assert caught.value.field == "--out"
    for formats in ("png8,png16", "exr,exr"):
        with pytest.raises(BadField, match=f"{formats.replace(',', ' and ')} would have the same file names"):
            files.deliverables(["/o/m.####.exr"], formats)
    with pytest.raises(BadField, match="exr and exr would have the same file names"):
        files.deliverables(["/o/m.####.exr", "/o/m.####.exr,content=layers"])


def test_paths_become_absolute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    assert files.deliverables(["~/m.####.exr"])[0].path == "/home/ada/m.####.exr"
    assert files.deliverables(["m.####.exr"])[0].path == os.path.join(os.getcwd(), "m.####.exr")


@pytest.mark.parametrize(
    ("own", "format", "changes"),
    [
        ({}, "png8", {"path": "/o/m.####.png"}),
        ({"channels": "A", "depth": "float", "compression": "piz"}, "png16", {"path": "/o/m.####.png"}),
        ({"channels": "RGB", "depth": "float"}, "tiff32", {"path": "/o/m.####.tif", "channels": "RGB"}),
        ({"content": "cutout", "object": 3, "depth": "float"}, "webm", {"path": "/o/m.webm", "content": "cutout"}),
        ({"channels": "RGB"}, "prores4444", {"path": "/o/m.mov"}),
        ({"channels": "RGBA"}, "webm", {"path": "/o/m.webm", "channels": "RGBA"}),
    ],
)
def test_files_beside_a_jobs_own(own: dict[str, Any], format: str, changes: dict[str, Any]) -> None:
    expected = Deliverable(**{"format": format, "object": own.get("object", 0), **changes})
    assert files.beside([Deliverable("/o/m.####.exr", **own)], format) == [expected]


def test_of_a_movie_a_sequence_without_its_frame_rate() -> None:
    movie = Deliverable("/o/m.mov", "prores4444", fps=25.0)
    assert files.beside([movie], "exr") == [Deliverable("/o/m.####.exr")]
    assert files.beside([movie], "webm") == [replace(movie, path="/o/m.webm", format="webm")]


def test_beside_what_it_cannot_be() -> None:
    layers = Deliverable("/o/m.####.exr", content="layers")
    with pytest.raises(BadField, match="content layers needs format exr, not png8") as caught:
        files.beside([layers], "png8")
    assert caught.value.field == "--format"
    with pytest.raises(BadField, match=r"which of the job's 2 outputs is meant: m\.####\.exr, n\.####\.exr") as several:
        files.beside([layers, Deliverable("/o/n.####.exr")], "exr")
    assert "--out" in several.value.advice


def test_every_format_has_a_suffix() -> None:
    assert set(files.SUFFIXES) == set(FORMATS)
