"""From files to a page: what is in it, what is missing, and what is refused."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from mattewire_protocol.errors import BadField, FrameMissing, NotWritable
from mattewire_server.review import MadeFile, Page, Shot, make_page, megabytes
from server.review.rig import (
    FIRST,
    HEIGHT,
    LAST,
    WIDTH,
    block,
    decoded,
    deliver,
    event,
    facts_in,
    mattes_of,
    shot,
    whole_of,
)
from server.review.rig import write_plate as new_plate


@pytest.fixture
def mattes(tmp_path: Path, plate: str) -> MadeFile:
    return deliver(tmp_path / "mattes", plate, "m.####.exr", content="layers")


def made(shot: Shot, files: list[MadeFile], out: Path, **choices: Any) -> tuple[Page, str, dict[str, Any]]:
    page = make_page(shot, files, str(out), **choices)
    text = out.read_text(encoding="utf-8")
    return page, text, facts_in(text)


def test_a_page_with_everything(tmp_path: Path, plate: str, mattes: MadeFile) -> None:
    seen: list[tuple[int, ...]] = []
    job = shot(plate, [mattes], [event(1004, score=0.2, state="flagged", flags=["area jump"])])
    page, text, facts = made(job, [mattes], tmp_path / "p.html", progress=lambda *done: seen.append(done))
    assert (page.frames, page.worst, page.without_matte, page.note) == (6, 1, (), "")
    assert (page.size.width, page.size.height) == (WIDTH, HEIGHT)
    assert page.bytes == os.path.getsize(page.path) == len(text.encode())
    assert seen == [(done, 6) for done in range(7)]
    assert [one["number"] for one in facts["objects"]] == [0, 1, 2]
    assert facts["worst"] == [1004]
    assert facts["preview"] is True
    assert facts["frames"][3]["flags"] == ["area jump"]
    for frame in (FIRST, LAST):
        for number, matte in {0: whole_of(frame), **mattes_of(frame)}.items():
            codes = decoded(block(text, f"matte-{frame}-{number}"))
            assert np.abs(codes / 255 - matte).max() <= 0.6 / 255
            assert facts["frames"][frame - FIRST]["areas"][str(number)] == pytest.approx(matte.mean(), abs=1e-4)
        picture = decoded(block(text, f"plate-{frame}"))
        assert picture.shape == (HEIGHT, WIDTH, 3)
        assert np.abs(picture[44, 75].astype(int) - (210, 60, 40)).max() < 12, "the blue box, in B, G, R"


def test_how_it_was_made_stands_on_it(tmp_path: Path, plate: str, mattes: MadeFile) -> None:
    job = shot(plate, [mattes], exclude=["shadow"])
    _, _, facts = made(job, [mattes], tmp_path / "p.html", every=2)
    lines = dict(facts["lines"])
    assert lines["Asked for"] == "red ball; </script>; without shadow"
    assert lines["Frames"] == "1001–1006, 24 fps (assumed)"
    assert lines["Plate's size"] == "96 × 54"
    assert lines["Plate read as"] == "sRGB (file kind)"
    assert lines["Engine"] == "Preview (color and motion, no model)"
    assert lines["Made with"] == "opencv 5"
    assert "numpy" in lines["Versions"]
    assert lines["Mattes"] == "m.####.exr"
    assert re.fullmatch(r"3 frames, one in 2 and the worst, at 96 × 54, 0\.\d MB of pictures", lines["This page"])


def test_a_matte_that_is_gone_or_broken_is_shown_as_such(tmp_path: Path, plate: str, mattes: MadeFile) -> None:
    os.unlink(mattes.path.replace("####", "1002"))
    Path(mattes.path.replace("####", "1005")).write_bytes(b"broken")
    job = shot(plate, [mattes], [event(1004, state="flagged")])
    page, text, facts = made(job, [mattes], tmp_path / "p.html")
    assert page.without_matte == (1002, 1005)
    assert facts["worst"] == [1002, 1005, 1004], "what is not there is worst"
    assert facts["frames"][1]["notes"] == ["There is no matte on disk for this frame."]
    assert "1005" in facts["frames"][4]["notes"][0]
    assert block(text, "plate-1002")
    assert not block(text, "matte-1002-0")


def test_without_a_plate(tmp_path: Path, plate: str) -> None:
    gone = new_plate(tmp_path / "gone")
    mattes = deliver(tmp_path, gone, "m.####.exr")
    job = shot(gone, [mattes])
    for frame in range(FIRST, LAST + 1):
        os.unlink(gone.replace("####", str(frame)))
    page, text, facts = made(job, [mattes], tmp_path / "p.html")
    assert page.note == f"The plate is not shown: There is no plate at {gone}."
    assert (facts["plateNote"], facts["withPlate"]) == (page.note, False)
    assert not block(text, "plate-1001")
    assert block(text, "matte-1001-0")
    elsewhere, text, facts = made(job, [mattes], tmp_path / "p.html", plate=plate)
    assert elsewhere.note == ""
    assert block(text, "plate-1001")


def test_a_plate_that_has_changed_or_lost_a_frame(tmp_path: Path) -> None:
    plate = new_plate(tmp_path / "plate")
    mattes = deliver(tmp_path, plate, "m.####.exr")
    job = shot(plate, [mattes])
    assert cv2.imwrite(plate.replace("####", "1003"), np.zeros((HEIGHT, WIDTH, 3), np.uint8))
    os.unlink(plate.replace("####", "1004"))
    page, text, facts = made(job, [mattes], tmp_path / "p.html")
    assert page.note == "The plate's files have changed since the mattes were made."
    assert not block(text, "plate-1004")
    assert "1004" in facts["frames"][3]["notes"][0]
    assert block(text, "matte-1004-0")


def test_it_takes_the_place_of_an_older_page_and_can_be_read_by_colleagues(
    tmp_path: Path, plate: str, mattes: MadeFile
) -> None:
    out = tmp_path / "new" / "p.html"
    job = shot(plate, [mattes])
    first = make_page(job, [mattes], str(out), size=128).path
    again = out.read_bytes()
    assert make_page(job, [mattes], str(out), size=128).path == first
    assert out.read_bytes() == again, "the same files give the same page"
    umask = os.umask(0)
    os.umask(umask)
    assert out.stat().st_mode & 0o777 == 0o666 & ~umask
    assert [each.name for each in out.parent.iterdir()] == ["p.html"]


def test_what_is_refused(tmp_path: Path, plate: str, mattes: MadeFile) -> None:
    job = shot(plate, [mattes])
    for choices, field in (({"size": 127}, "size"), ({"size": 4097}, "size"), ({"every": 0}, "every")):
        with pytest.raises(BadField) as caught:
            make_page(job, [mattes], str(tmp_path / "p.html"), **choices)
        assert caught.value.field == field
    with pytest.raises(BadField, match=r"p\.exr does not end in \.html"):
        make_page(job, [mattes], str(tmp_path / "p.exr"))
    (tmp_path / "file").write_text("")
    with pytest.raises(NotWritable, match="The page"):
        make_page(job, [mattes], str(tmp_path / "file" / "p.html"))
    with pytest.raises(FrameMissing, match="not on disk"):
        make_page(job, [MadeFile(mattes.deliverable, 0, str(tmp_path / "no.####.exr"))], str(tmp_path / "p.html"))
    assert not (tmp_path / "p.html").exists()


def test_megabytes() -> None:
    assert [megabytes(count) for count in (0, 1, 100_001, 28_400_000)] == ["0.0 MB", "0.1 MB", "0.2 MB", "28.4 MB"]
