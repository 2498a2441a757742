"""The PNG reader of the self-test, against files of other writers."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from mattewire_protocol.errors import PlateUnreadable
from mattewire_resolve.still import brightness


def noise(channels: int, kind: type) -> np.ndarray:
    rng = np.random.default_rng(3)
    smooth = np.add.outer(np.arange(23) * 4, np.arange(31) * 3)[..., None] + rng.integers(0, 20, (23, 31, channels))
    return (smooth * (257 if kind is np.uint16 else 1)).astype(kind)


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("strategy", [cv2.IMWRITE_PNG_STRATEGY_DEFAULT, cv2.IMWRITE_PNG_STRATEGY_FILTERED])
def test_it_reads_what_others_write(tmp_path: Path, channels: int, kind: type, strategy: int) -> None:
    pixels = noise(channels, kind)
    assert cv2.imwrite(str(tmp_path / "a.png"), pixels, [cv2.IMWRITE_PNG_STRATEGY, strategy])
    width, height, rows = brightness(tmp_path / "a.png")
    assert (width, height) == (31, 23)
    expected = pixels[..., :3].max(2) / np.iinfo(kind).max
    assert np.abs(np.array(rows) - expected).max() < 1 / 255


@pytest.mark.parametrize("rule", range(5))
def test_each_filter(tmp_path: Path, rule: int) -> None:
    """Filtered here by the specification's own words, section 9.2."""
    pixels = noise(3, np.uint8).astype(int)
    lines = pixels.reshape(23, -1)
    left = np.pad(lines, ((0, 0), (3, 0)))[:, :-3]
    up = np.pad(lines, ((1, 0), (0, 0)))[:-1]
    corner = np.pad(lines, ((1, 0), (3, 0)))[:-1, :-3]
    guess = left + up - corner
    distances = np.stack([abs(guess - each) for each in (left, up, corner)])
    paeth = np.choose(distances.argmin(0), [left, up, corner])
    filtered = (lines - [0 * left, left, up, (left + up) // 2, paeth][rule]) % 256
    data = b"".join(bytes([rule]) + bytes(row.astype(np.uint8)) for row in filtered)
    write(tmp_path / "a.png", struct.pack(">IIBBBBB", 31, 23, 8, 2, 0, 0, 0), zlib.compress(data))
    assert np.array_equal(np.round(np.array(brightness(tmp_path / "a.png")[2]) * 255), pixels.max(2))


def write(path: Path, header: bytes, data: bytes) -> None:
    chunks = ((b"IHDR", header), (b"IDAT", data[:40]), (b"IDAT", data[40:]), (b"IEND", b""))
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + b"".join(struct.pack(">I", len(body)) + name + body + struct.pack(">I", 0) for name, body in chunks)
    )


@pytest.mark.parametrize(
    ("header", "data"),
    [
        ((4, 4, 8, 3, 0, 0, 0), zlib.compress(bytes(20))),  # a palette
        ((4, 4, 8, 2, 0, 0, 1), zlib.compress(bytes(52))),  # interlaced
        ((4, 4, 4, 0, 0, 0, 0), zlib.compress(bytes(12))),  # four bits
        ((4, 4, 8, 0, 0, 0, 0), zlib.compress(bytes(19))),  # a line too short
        ((4, 4, 8, 0, 0, 0, 0), zlib.compress(b"\x05" + bytes(19))),  # no such filter
        ((4, 4, 8, 0, 0, 0, 0), b"not deflated"),
    ],
)
def test_what_it_cannot_read_it_says(tmp_path: Path, header: tuple[int, ...], data: bytes) -> None:
    write(tmp_path / "a.png", struct.pack(">IIBBBBB", *header), data)
    with pytest.raises(PlateUnreadable, match=r"a\.png, Resolve's still, cannot be read"):
        brightness(tmp_path / "a.png")


def test_no_png_and_no_file(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"BM")
    for name in ("a.png", "b.png"):
        with pytest.raises(PlateUnreadable):
            brightness(tmp_path / name)
