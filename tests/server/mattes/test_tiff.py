"""TIFF, taken apart by hand."""

from __future__ import annotations

import itertools
import json
import struct
import time
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mattewire_protocol.deliver import Deliverable
from mattewire_protocol.errors import BadField
from mattewire_server.mattes import MatteWriter
from server.mattes.written import (
    DISPLAY,
    PROVENANCE,
    bits,
    crop,
    facts_of,
    frame_of,
    plate,
    plate_frame,
    scene_rgb,
    soft_matte,
    writer,
)

KINDS: dict[str, tuple[int, Any]] = {"tiff8": (255, np.uint8), "tiff16": (65535, np.uint16), "tiff32": (1, np.float32)}
COMPRESSION, DESCRIPTION, EXTRA_SAMPLES, SAMPLE_FORMAT, EXIF = 259, 270, 338, 339, 34665


def tags_of(path: str) -> dict[int, list[int]]:
    """The tags of the first directory and their values (TIFF 6.0, section 2)."""
    data = Path(path).read_bytes()
    assert data[:4] == b"II*\0"
    (place,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, place)
    tags = {}
    for entry in range(place + 2, place + 2 + 12 * count, 12):
        tag, kind, number = struct.unpack_from("<HHI", data, entry)
        letter = {1: "B", 2: "B", 3: "H", 4: "I", 5: "Q"}[kind]
        size = struct.calcsize(f"<{number}{letter}")
        where = entry + 8 if size <= 4 else struct.unpack_from("<I", data, entry + 8)[0]
        tags[tag] = list(struct.unpack_from(f"<{number}{letter}", data, where))
    return tags


def read_tiff(path: str) -> np.ndarray:
    """(rows, columns) or (rows, columns, channels) as stored, by nothing but zlib.

    OpenCV multiplies 8-bit RGB by alpha, and OpenImageIO is what wrote the file. Predictor 2 holds differences of
    neighbors, predictor 3 those of the bytes of a row's floats, sorted by significance (TIFF Technical Note 3).
    """
    data, tags = Path(path).read_bytes(), tags_of(path)
    (width,), (height,), (count,), (predictor,) = (tags[tag] for tag in (256, 257, 277, 317))
    kind = {8: np.dtype("<u1"), 16: np.dtype("<u2"), 32: np.dtype("<f4")}[tags[258][0]]
    strips = [zlib.decompress(data[at : at + size]) for at, size in zip(tags[273], tags[279], strict=True)]
    stored = b"".join(strips)
    if predictor == 2:
        rows = np.frombuffer(stored, kind).reshape(height, width, count)
        pixels = np.cumsum(rows, axis=1, dtype=kind)
    else:
        assert predictor == 3
        steps = np.frombuffer(stored, np.uint8).reshape(height, -1, count)
        by_size = np.cumsum(steps, axis=1, dtype=np.uint8).reshape(height, 4, width * count)
        pixels = by_size[:, ::-1].transpose(0, 2, 1).copy().view(kind).reshape(height, width, count)
    return pixels[..., 0] if count == 1 else pixels


@pytest.mark.parametrize("format", list(KINDS))
@pytest.mark.parametrize("channels", ["", "Y", "RGB", "RGBA"])
def test_a_matte_lies_where_the_host_looks(tmp_path: Path, channels: str, format: str) -> None:
    top, kind = KINDS[format]
    matte = crop(soft_matte(), DISPLAY)
    gray = matte if top == 1 else np.rint(matte * np.float32(top)).astype(kind)
    read = read_tiff(writer(tmp_path, format, {"channels": channels}).write(frame_of()))
    assert read.dtype == kind
    if channels in ("", "Y"):
        assert np.array_equal(read, gray)
        return
    for index, name in enumerate(channels):
        assert np.array_equal(read[..., index], np.full_like(gray, top) if channels == "RGBA" and name != "A" else gray)


@pytest.mark.parametrize(
    ("format", "kind"),
    [("tiff8", "uint8"), ("tiff16", "uint16"), ("tiff16", "uint8"), ("tiff32", "half"), ("tiff32", "float")],
)
def test_a_cutout_has_the_plates_own_numbers(tmp_path: Path, format: str, kind: str) -> None:
    rgb = scene_rgb(kind)
    if format == "tiff32":
        rgb[10, 20] = np.array([np.nan, np.inf, -np.inf], rgb.dtype)
    path = writer(tmp_path, format, {"content": "cutout"}, plate=plate(precision=kind)).write(
        frame_of(plate=plate_frame(rgb))
    )
    read = read_tiff(path)
    meant = crop(rgb, DISPLAY).astype(KINDS[format][1]) * (257 if (format, kind) == ("tiff16", "uint8") else 1)
    assert bits(read[..., :3]) == bits(meant.astype(read.dtype))


@pytest.mark.parametrize(("premultiplied", "tag"), [(False, 2), (True, 1)])
def test_alpha_is_tagged_as_what_it_is(tmp_path: Path, premultiplied: bool, tag: int) -> None:
    rgb = scene_rgb("uint16")
    path = writer(
        tmp_path, "tiff16", {"content": "cutout", "premultiplied": premultiplied}, plate=plate(precision="uint16")
    ).write(frame_of(plate=plate_frame(rgb)))
    assert tags_of(path)[EXTRA_SAMPLES] == [tag]
    assert facts_of(path)["ImageDescription"].count("premultiplied") == premultiplied
    if premultiplied:
        product = np.rint(crop(rgb, DISPLAY).astype(np.float32) * crop(soft_matte(), DISPLAY)[..., None])
        assert np.array_equal(read_tiff(path)[..., :3], product)


def test_the_alpha_of_white_is_straight(tmp_path: Path) -> None:
    assert tags_of(writer(tmp_path, "tiff8", {"channels": "RGBA"}).write(frame_of()))[EXTRA_SAMPLES] == [2]


@pytest.mark.parametrize("format", list(KINDS))
def test_the_header(tmp_path: Path, format: str) -> None:
    path = writer(tmp_path, format).write(frame_of())
    tags, facts = tags_of(path), facts_of(path)
    assert tags[COMPRESSION] == [8], "deflate"
    assert tags[SAMPLE_FORMAT] == [3 if format == "tiff32" else 1]
    assert EXIF not in tags
    assert facts["PixelAspectRatio"] == 2.0
    assert "DateTime" not in facts
    described = json.loads(facts["ImageDescription"])
    assert described == {f"mattewire/{name}": text for name, text in PROVENANCE.items()}
    assert bytes(tags[DESCRIPTION]).isascii()


@pytest.mark.parametrize("format", list(KINDS))
def test_a_second_run_gives_the_same_bytes(tmp_path: Path, format: str) -> None:
    first = writer(tmp_path / "a", format, token="job-00001").write(frame_of())
    time.sleep(1.1)  # header times count in seconds
    second = writer(tmp_path / "b", format, token="job-00002").write(frame_of())
    assert Path(first).read_bytes() == Path(second).read_bytes()


def test_both_suffixes_are_fine(tmp_path: Path) -> None:
    for suffix in (".tif", ".tiff", ".TIFF"):
        deliverable = Deliverable(str(tmp_path / f"ball.####{suffix}"), "tiff8")
        path = MatteWriter(deliverable, plate=plate(), provenance={}, token="job-00001").write(frame_of())
        assert path == str(tmp_path / f"ball.1001{suffix}")
    with pytest.raises(BadField, match=r"Name it ball\.####\.tif,"):
        MatteWriter(
            Deliverable(str(tmp_path / "ball.####.png"), "tiff8"), plate=plate(), provenance={}, token="job-00001"
        )


@pytest.mark.parametrize(
    ("format", "kind", "advice"),
    [
        *itertools.product(("tiff8", "tiff16"), ("half", "float"), ("exr or tiff32",)),
        ("tiff8", "uint16", "tiff16 or exr"),
    ],
)
def test_a_cutout_is_never_rounded_or_clipped(tmp_path: Path, format: str, kind: str, advice: str) -> None:
    with pytest.raises(BadField, match=advice) as caught:
        writer(tmp_path, format, {"content": "cutout"}, plate=plate(precision=kind))
    assert caught.value.field == "out[0].format"
