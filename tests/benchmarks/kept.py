"""What it costs to keep a tracked frame: bytes and milliseconds, against NumPy's own files and plain compressors.

Run: python tests/benchmarks/kept.py [--plate FILE --box X0 Y0 X1 Y1]

Prints, for each kind of logits, the size on disk, and the median time to pack and to unpack on one core. "kept" is the
product's whole path (half precision, rectangle, prediction, checksum); the rivals that work on "halves" get the same
half-precision numbers and nothing else, "floats" are what the engine gave.
"""

from __future__ import annotations

import argparse
import bz2
import io
import lzma
import statistics
import time
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mattewire_server.color.transform import as_float
from mattewire_server.engines import preview
from mattewire_server.engines.seams import Hint, Picture, Segment, ShotInfo
from mattewire_server.kept import KeptFrame, pack, quantized, unpack
from mattewire_server.plates.model import Window
from mattewire_server.plates.opening import open_plate

Logits = NDArray[np.float32]
TIMES = 9


def median_ms(work: Callable[[], Any]) -> tuple[Any, float]:
    spent = []
    for _ in range(TIMES):
        start = time.perf_counter()
        result = work()
        spent.append(time.perf_counter() - start)
    return result, 1000 * statistics.median(spent)


def drawn_plate(width: int, height: int) -> Logits:
    """A red disc on gray with grain, sRGB codes as floats."""
    picture = np.full((height, width, 3), 0.4, np.float32)
    cv2.circle(picture, (width // 3, height // 2), height // 5, (0.8, 0.1, 0.1), -1, cv2.LINE_AA)
    grain = np.random.default_rng(1).normal(0, 0.01, picture.shape)
    return np.clip(picture + grain, 0, 1).astype(np.float32)


def preview_logits(rgb: Logits, box: tuple[float, float, float, float]) -> Logits:
    """What the preview engine gives for a box on one picture."""
    height, width = rgb.shape[:2]
    segmenter = preview.engine({}).segmenter
    assert segmenter is not None
    track = segmenter.begin(ShotInfo(1, 1, width, height))
    picture = Picture(1, np.ascontiguousarray(rgb))
    track.step(picture, [Hint(1, box)])
    return track.step(picture)[1].logits


def smooth_logits(cells: int, scale: int) -> Logits:
    """Like a transformer's mask head: a ragged shape on a grid of cells, a ramp of 3 logits a cell at its edge, slow
    unevenness and a little noise everywhere, enlarged by a cubic."""
    y, x = np.mgrid[:cells, :cells].astype(np.float32) / cells - 0.5
    around = np.arctan2(y, x)
    inside = 0.27 * (1 + 0.12 * np.sin(5 * around) + 0.05 * np.sin(13 * around)) - np.hypot(x, y)
    noise = np.random.default_rng(2)
    slow = 1.5 * cv2.GaussianBlur(noise.normal(0, 8, (cells, cells)), (0, 0), cells / 40)
    logits = 14 * np.tanh(inside * cells / 6) - 2 + slow + noise.normal(0, 0.1, (cells, cells))
    size = cells * scale
    return np.asarray(cv2.resize(logits.astype(np.float32), (size, size), interpolation=cv2.INTER_CUBIC), np.float32)


def kinds(arguments: argparse.Namespace) -> Iterator[tuple[str, Logits]]:
    for width, height in ((960, 540), (1920, 1080)):
        middle, half = (width // 3, height // 2), height // 5 + 4
        box = (middle[0] - half, middle[1] - half, middle[0] + half, middle[1] + half)
        yield f"preview, drawn disc, {width} x {height}", preview_logits(drawn_plate(width, height), box)
    if arguments.plate:
        plate = open_plate(arguments.plate)
        try:
            rgb = as_float(plate.read(arguments.frame or plate.info.first).rgb)
        finally:
            plate.close()
        yield f"preview, plate, {rgb.shape[1]} x {rgb.shape[0]}", preview_logits(rgb, tuple(arguments.box))
    yield "smooth, 256 x 256", smooth_logits(256, 1)
    yield "smooth, 1024 x 1024 (256 enlarged)", smooth_logits(256, 4)


def npz(array: NDArray[Any]) -> bytes:
    stream = io.BytesIO()
    np.savez_compressed(stream, logits=array)
    return stream.getvalue()


def from_npz(data: bytes) -> NDArray[Any]:
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        return np.array(file["logits"])


def rivals(logits: Logits) -> Iterator[tuple[str, Callable[[], bytes], Callable[[bytes], Any]]]:
    segment = Segment(logits, 1.0)
    frame = KeptFrame(1001, {1: segment}, Window(0, 0, logits.shape[1], logits.shape[0]))
    half = quantized(segment).logits.astype(np.float16)
    yield "kept", lambda: pack(frame), unpack
    yield "floats, raw", logits.tobytes, lambda data: np.frombuffer(data, np.float32)
    yield "halves, raw", half.tobytes, lambda data: np.frombuffer(data, np.float16)
    yield "floats, np.savez_compressed", lambda: npz(logits), from_npz
    yield "halves, np.savez_compressed", lambda: npz(half), from_npz
    yield "halves, zlib 1", lambda: zlib.compress(half.tobytes(), 1), zlib.decompress
    yield "halves, zlib 6", lambda: zlib.compress(half.tobytes(), 6), zlib.decompress
    yield "halves, bz2 1", lambda: bz2.compress(half.tobytes(), 1), bz2.decompress
    yield "halves, lzma 0", lambda: lzma.compress(half.tobytes(), preset=0), lzma.decompress


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plate", default="", help="A sequence or movie to track on, beside the drawn one.")
    parser.add_argument("--frame", type=int, default=0)
    parser.add_argument(
        "--box", type=float, nargs=4, default=(0, 0, 200, 200), help="Around the subject, plate pixels."
    )
    for name, logits in kinds(parser.parse_args()):
        segment = Segment(logits, 1.0)
        print(f"\n{name}; quantized() alone {median_ms(lambda segment=segment: quantized(segment))[1]:.1f} ms")
        for rival, packer, unpacker in rivals(logits):
            data, packing = median_ms(packer)
            _, unpacking = median_ms(lambda data=data, unpacker=unpacker: unpacker(data))
            print(f"  {rival:28} {len(data) / 1000:9.1f} kB   pack {packing:7.1f} ms   unpack {unpacking:6.1f} ms")


if __name__ == "__main__":
    main()
