"""What is asked of the daemon for each kind of result, and what a finished job offers."""

from __future__ import annotations

from pathlib import Path

import pytest
from placing_rig import write_mattes

from mattewire_protocol import JobView
from mattewire_protocol.errors import BadField
from mattewire_resolve.results import Kind, Results, deliverables, spans


def test_a_cut_out() -> None:
    (wanted,) = deliverables(Kind.CUT_OUT, False, "/shows/{shot}/{version}")
    assert wanted.path == "/shows/{shot}/{version}/{shot}_cutout_{version}.####.exr"
    assert (wanted.format, wanted.content, wanted.depth, wanted.premultiplied) == ("exr", "cutout", "half", False)


def test_a_movie() -> None:
    (wanted,) = deliverables(Kind.CUT_OUT, True, "/shows/{object}", 25.0)
    assert wanted.path == "/shows/{object}/{shot}_{object}_cutout.mov"
    assert (wanted.format, wanted.content, wanted.fps) == ("prores4444", "cutout", 25.0)


@pytest.mark.parametrize(
    ("kind", "name", "content", "channels"),
    [
        (Kind.MATTE, "matte", "matte", "RGB"),
        (Kind.CLIP_MATTE, "clipmatte", "matte", "RGB"),
        (Kind.FUSION, "fusion", "matte", "RGBA"),
        (Kind.OTIO, "cutout", "cutout", ""),
    ],
)
def test_the_others(kind: str, name: str, content: str, channels: str) -> None:
    (wanted,) = deliverables(kind, False, "/mattes")
    assert wanted.path == f"/mattes/{{shot}}_{name}.####.exr"
    assert (wanted.content, wanted.channels, wanted.format) == (content, channels, "exr")
    with pytest.raises(BadField, match="never a movie"):
        deliverables(kind, True, "/mattes")
    with pytest.raises(BadField, match="hologram"):
        deliverables("hologram", False, "/mattes")


def test_what_a_job_has_made(tmp_path: Path) -> None:
    pattern = write_mattes(tmp_path, 1, 3)
    made = Results("job", (pattern,), 1, 9, ("ball",), " red ball ")
    assert [made.has(0, frame) for frame in (0, 1, 3, 4)] == [False, True, True, False]
    assert made.label() == "red ball"
    assert not made.is_movie()
    movie = tmp_path / "matte.mov"
    held = Results("job", (str(movie),), 1, 9)
    assert (held.is_movie(), held.has(0, 1)) == (True, False)
    movie.touch()
    assert [held.has(0, frame) for frame in (0, 1, 9, 10)] == [False, True, True, False]
    with pytest.raises(BadField, match="nothing to place"):
        Results("job", (), 1, 9)


def test_labels() -> None:
    two = ("/a.####.exr", "/b.####.exr")
    assert [Results("j", two, 1, 2, ("left", "right"), "balls").label(index) for index in (0, 1)] == ["left", "right"]
    assert Results("j", two[:1], 1, 2, ("left", "right")).label() == "left, right"
    assert Results("j", two[:1], 1, 2).label() == "subject"


def test_of_a_view() -> None:
    view = JobView("job")
    view.first, view.last, view.version = 1001, 1005, 4
    view.names = {2: "right", 1: "left"}
    view.outputs = ["/a.####.exr", "/a.mattewire.json", "/a.boxes.json"]
    made = Results.of_view(view, "balls")
    assert made == Results("job", ("/a.####.exr",), 1001, 1005, ("left", "right"), "balls", 4)


def test_spans() -> None:
    assert spans([5, 3, 4, 9, 9, -1]) == "-1, 3-5, 9"
    assert spans([]) == ""
