"""A frame comes back as it was kept, or not at all."""

from __future__ import annotations

import struct
import zlib
from hashlib import blake2b

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from mattewire_protocol.errors import EngineFailed, InternalError, NotKept
from mattewire_server.engines.seams import Segment
from mattewire_server.finish.alpha import LOGIT_LIMIT, alpha_from_logits
from mattewire_server.kept import KeptFrame, codec, pack, quantized, unpack
from mattewire_server.plates.model import Window
from server.kept.shots import disc, kept_frame


def frame_of(*segments: Segment) -> KeptFrame:
    return KeptFrame(1001, dict(enumerate(segments, 1)), Window(-8, -4, 100, 60), (0x01020304, 7), again=True)


def same(a: Segment, b: Segment) -> bool:
    bits = [np.ascontiguousarray(each.logits).view(np.uint32) for each in (a, b)]
    return bool(np.array_equal(*bits)) and (a.score, a.present) == (b.score, b.present)


def checksummed(body: bytes) -> bytes:
    return codec._HEAD.pack(codec._MAGIC, len(body), blake2b(body, digest_size=16).digest()) + body


@given(
    arrays(np.float32, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.floats(-40, 40, width=32)),
    st.floats(0, 1),
)
@settings(max_examples=200, deadline=None)
def test_what_comes_back_is_what_was_quantized(logits: NDArray[np.float32], score: float) -> None:
    segment = Segment(logits, score)
    back = unpack(pack(frame_of(segment))).segments[1]
    once = quantized(segment)
    assert same(back, once)
    assert np.array_equal(quantized(once).logits, once.logits), "a second time nothing is lost"
    assert once.logits.dtype == np.float32
    assert once.logits.shape == logits.shape


def test_every_half_survives() -> None:
    """All 65,536 halves but those beyond the limit, in one picture."""
    halves = np.arange(65536, dtype=np.uint16).view(np.float16).reshape(256, 256).astype(np.float32)
    inside = np.nan_to_num(np.clip(halves, -LOGIT_LIMIT, LOGIT_LIMIT))
    back = unpack(pack(frame_of(Segment(inside, 1.0)))).segments[1].logits
    assert np.array_equal(back.view(np.uint32), inside.view(np.uint32))


def test_the_alpha_error_is_the_one_that_is_stated() -> None:
    logits = np.linspace(-40, 40, 1_000_000, dtype=np.float32).reshape(1000, 1000)
    before, after = (1 / (1 + np.exp(-x.astype(np.float64))) for x in (logits, quantized(Segment(logits, 1)).logits))
    worst = np.abs(before - after).max()
    assert 0.95 * codec.LARGEST_ALPHA_ERROR < worst <= codec.LARGEST_ALPHA_ERROR


def test_the_matte_is_the_same_as_without_keeping_within_an_eighth_of_a_png_code() -> None:
    logits = disc(1001, 64)
    for size in (64, 40, 250):
        plain, kept = (alpha_from_logits(each, size, size) for each in (logits, quantized(Segment(logits, 1)).logits))
        assert np.abs(plain - kept).max() < 1 / 255 / 8


def test_all_that_belongs_to_a_frame_comes_back() -> None:
    kept = frame_of(Segment(disc(1001), 0.25), Segment(disc(1003, 20), float(np.float32(0.1))))
    back = unpack(pack(kept))
    assert (back.frame, back.window, back.timecode, back.again) == (1001, kept.window, (0x01020304, 7), True)
    assert all(same(back.segments[number], quantized(segment)) for number, segment in kept.segments.items())
    plain = unpack(pack(KeptFrame(-5, {}, Window(0, 0, 1, 1))))
    assert (plain.frame, plain.timecode, plain.again, plain.segments) == (-5, None, False, {})


def test_what_the_engine_resolved_comes_back_exactly() -> None:
    segment = Segment(disc(1001), 0.5, cell=(7.5, 1080 / 256))
    assert quantized(segment).cell == segment.cell
    assert unpack(pack(frame_of(segment))).segments[1].cell == segment.cell


def test_an_object_out_of_sight_costs_next_to_nothing() -> None:
    away = Segment(disc(1001, 512), 0.9, present=False)
    assert len(pack(frame_of(away))) - len(pack(frame_of())) < 32
    back = unpack(pack(frame_of(away))).segments[1]
    assert same(back, quantized(away))
    assert (back.present, back.score, back.logits.shape) == (False, 0.9, (1, 1))


@pytest.mark.parametrize("fill", [-16.0, 0.0, -0.0, 1000.0])
def test_an_even_picture_costs_next_to_nothing(fill: float) -> None:
    even = Segment(np.full((1080, 1920), fill, np.float32), 1.0)
    packed = pack(frame_of(even))
    assert len(packed) < 200
    assert same(unpack(packed).segments[1], quantized(even))


@pytest.mark.parametrize(("y", "x"), [(0, 0), (0, 59), (39, 0), (39, 59), (17, 23)])
def test_a_single_pixel_anywhere_is_kept(y: int, x: int) -> None:
    logits = np.full((40, 60), -16, np.float32)
    logits[y, x] = 5.25
    back = unpack(pack(frame_of(Segment(logits, 1.0)))).segments[1].logits
    assert np.array_equal(back, logits)


def test_views_and_other_float_types_are_taken_as_they_look() -> None:
    whole = disc(1001, 64)
    for view in (whole[::-1], whole[:, ::2], whole.T, whole.astype(np.float64)):
        back = unpack(pack(frame_of(Segment(view, 1.0)))).segments[1].logits
        assert np.array_equal(back, np.clip(view, -32, 32).astype(np.float16).astype(np.float32))


def test_what_is_no_number_is_left_to_the_finish_to_refuse() -> None:
    logits = disc(1001)
    logits[5, 5] = np.nan
    for segment in (quantized(Segment(logits, 1.0)), unpack(pack(frame_of(Segment(logits, 1.0)))).segments[1]):
        with pytest.raises(EngineFailed, match="NaN"):
            alpha_from_logits(segment.logits, 48, 48)
    logits[5, 5] = np.inf
    assert quantized(Segment(logits, 1.0)).logits[5, 5] == LOGIT_LIMIT


@pytest.mark.parametrize("shape", [(4,), (0, 4), (2, 2, 1)])
def test_logits_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    segment = Segment(np.zeros(shape, np.float32), 1.0)
    with pytest.raises(InternalError, match=r"must be \(h, w\)"):
        pack(frame_of(segment))
    with pytest.raises(InternalError):
        quantized(segment)


def test_smooth_logits_take_a_tenth_of_their_memory() -> None:
    logits = disc(1001, 512)
    assert len(pack(frame_of(Segment(logits, 1.0)))) < logits.nbytes / 10


def test_every_flipped_bit_is_noticed() -> None:
    data = pack(kept_frame(1001, 16))
    for place in range(len(data)):
        damaged = bytearray(data)
        damaged[place] ^= 1 << place % 8
        with pytest.raises(NotKept):
            unpack(bytes(damaged))


def test_every_truncation_and_addition_is_noticed() -> None:
    data = pack(kept_frame(1001, 16))
    for length in range(len(data)):
        with pytest.raises(NotKept):
            unpack(data[:length])
    with pytest.raises(NotKept, match="of"):
        unpack(data + b"\0")


@given(st.binary(max_size=200))
@settings(max_examples=300, deadline=None)
def test_nothing_but_not_kept_comes_of_other_bytes(data: bytes) -> None:
    for hostile in (data, checksummed(data), checksummed(pack(kept_frame(1001, 8))[codec._HEAD.size :][:-3] + data)):
        try:
            unpack(hostile)
        except NotKept:
            pass


def test_another_version_is_not_read() -> None:
    data = pack(kept_frame(1001, 8))
    with pytest.raises(NotKept, match="this version"):
        unpack(data.replace(b"MWKEPT02", b"MWKEPT01", 1))


@pytest.mark.parametrize(
    ("sizes", "packed", "told"),
    [
        ((2**32 - 1, 2**32 - 1, 0, 0, 0, 0), b"", "4294967295 x 4294967295"),
        ((4, 4, 0, 0, 5, 4), zlib.compress(bytes(40)), "rectangle"),
        ((4, 4, 3, 0, 2, 4), zlib.compress(b""), "rectangle"),
        ((4, 4, 0, 0, 4, 4), zlib.compress(bytes(1 << 20)), "33 of 32 bytes"),
        ((4, 4, 0, 0, 4, 4), zlib.compress(bytes(31)), "31 of 32 bytes"),
        ((4, 4, 0, 0, 4, 4), b"no zlib", "cannot be read"),
    ],
)
def test_sizes_that_do_not_fit_are_refused_before_memory_is_taken(
    sizes: tuple[int, ...], packed: bytes, told: str
) -> None:
    body = codec._FRAME.pack(1001, 0, 0, 4, 4, False, 0, 0, False, 1) + codec._OBJECT.pack(1, 1.0, True, 1.0, 1.0)
    body += codec._LOGITS.pack(*sizes, 0, len(packed)) + packed
    with pytest.raises(NotKept, match=told):
        unpack(checksummed(body))


def test_the_layout_is_pinned() -> None:
    """Old files are read for as long as ``FORMAT`` is what it is: sizes, order and byte order of the headers."""
    segment = Segment(np.float32([[1, 1], [1, 2]]), 0.5, cell=(4.0, 2.5))
    data = pack(KeptFrame(1001, {7: segment}, Window(-1, 2, 3, 4), (5, 6), True))
    magic, size, digest = struct.unpack_from("<8sQ16s", data)
    assert (magic, size, digest) == (b"MWKEPT02", len(data) - 32, blake2b(data[32:], digest_size=16).digest())
    assert struct.unpack_from("<q4i?2I?H", data, 32) == (1001, -1, 2, 3, 4, True, 5, 6, True, 1)
    at = 32 + struct.calcsize("<q4i?2I?H")
    assert struct.unpack_from("<Id?2d", data, at) == (7, 0.5, True, 4.0, 2.5)
    height, width, *rectangle, outside, length = struct.unpack_from("<2I4IHI", data, at + 29)
    assert (height, width, rectangle, outside) == (2, 2, [1, 1, 2, 2], 0x3C00 | 0x8000)
    # The half 2.0 is 0x4000, in order 0xC000; its residue, folded, is 0x7FFF: low byte, then high byte.
    assert zlib.decompress(data[-length:]) == b"\xff\x7f"
