"""What the models see: checked against OpenColorIO, and with whatever numbers a plate may hold."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import PyOpenColorIO
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from benchmarks import color_table
from mattewire_server.color import BUILTIN, curves, known_colorspaces, transform_for
from mattewire_server.color.transform import as_float

ALL_DTYPES = [np.uint8, np.uint16, np.float16, np.float32]


@pytest.fixture(scope="module")
def config() -> PyOpenColorIO.Config:
    return PyOpenColorIO.Config.CreateFromFile(BUILTIN)


def render(seed: int = 0, height: int = 70, width: int = 50) -> NDArray[np.float64]:
    """Scene-linear values from deep shadow to far above white, and some outside the gamut."""
    random = np.random.default_rng(seed)
    return np.exp2(random.uniform(-10, 4, (height, width, 3))) - random.choice([0, 0.05], (height, width, 1))


def expected(config: PyOpenColorIO.Config, space: str, rgb: NDArray[Any], exposure: float = 0.0) -> NDArray[np.float32]:
    name = color_table.OTHER_NAMES.get(space, space)
    linear = color_table.through(config.getProcessor(name, "lin_rec709"), rgb) * 2.0**exposure
    return color_table.through(config.getProcessor("lin_rec709", "srgb_tx"), np.clip(linear, 0, 1))


def test_every_space_is_ocios_within_a_tenth_of_a_display_code(config: PyOpenColorIO.Config) -> None:
    rows = color_table.measure(config)
    assert {row.space for row in rows} == set(known_colorspaces()) - set(color_table.PASSES)
    for row in rows:
        assert row.inside <= 0.1, row
        assert row.beyond <= 1, row


@pytest.mark.parametrize("space", ["linear Rec.709", "ACEScg", "ACES2065-1", "sRGB"])
@pytest.mark.parametrize("dtype", ALL_DTYPES)
@pytest.mark.parametrize("exposure", [0.0, 1.5, -2.0])
def test_every_depth_and_exposure_agrees_with_ocio(
    config: PyOpenColorIO.Config, space: str, dtype: type, exposure: float
) -> None:
    values = render()
    whole = np.dtype(dtype).kind == "u"
    top = np.iinfo(dtype).max if whole else 1
    codes = np.rint(np.clip(values, 0, 1) * top).astype(dtype) if whole else values.astype(dtype)
    seen = transform_for(space, exposure=exposure).to_display(codes)
    assert seen.dtype == np.float32
    assert seen.flags.c_contiguous
    assert seen.min() >= 0
    assert seen.max() <= 1
    # OpenColorIO's own sRGB curve is a fast approximation: it is off by up to 2.5e-5.
    wanted = expected(config, space, codes.astype(np.float64) / top, exposure)
    assert np.abs(seen - wanted).max() < 1e-4


def test_cineon_scans_of_any_depth_look_the_same() -> None:
    codes = np.linspace(0, 65535, 30 * 40 * 3).reshape(30, 40, 3).astype(np.uint16)
    seen = transform_for("Cineon").to_display(codes)
    as_numbers = transform_for("Cineon").to_display((codes / 65535).astype(np.float32))
    assert np.abs(seen - as_numbers).max() < 1e-5
    assert seen[codes < 95 / 1023 * 65535].max() == 0
    assert seen[codes > 686 / 1023 * 65535].min() > 0.999999


def test_every_8_bit_code_passes_through_exactly() -> None:
    codes = np.arange(256, dtype=np.uint8).reshape(16, 16, 1).repeat(3, axis=2)
    for space in ("sRGB", "Rec.709"):
        seen = transform_for(space).to_display(codes)
        assert np.array_equal(np.rint(seen * 255), codes)
        assert seen == pytest.approx(codes / 255, abs=1e-7)
        assert seen.max() == 1


def test_a_movie_at_another_exposure_is_exposed_in_linear_light() -> None:
    gray = np.full((4, 4, 3), 118, np.uint8)  # 0.181 linear
    brighter = transform_for("Rec.709", exposure=1.0).to_display(gray)
    assert curves.srgb_to_linear(brighter.astype(np.float64)) == pytest.approx(
        2 * float(curves.srgb_to_linear(np.array(118 / 255))), rel=1e-4
    )


@pytest.mark.parametrize("space", ["Rec.709", "ACEScg", "ARRI LogC4"])
@pytest.mark.parametrize("dtype", ALL_DTYPES)
def test_linear_light_is_the_display_picture_decoded(space: str, dtype: type) -> None:
    codes = np.random.default_rng(3).uniform(0.1, 0.4, (40, 30, 3))
    codes = np.rint(codes * np.iinfo(dtype).max) if np.dtype(dtype).kind == "u" else codes
    transform = transform_for(space, exposure=3.0)  # which linear light leaves out
    light = transform.to_linear(codes.astype(dtype))
    assert light.dtype == np.float32
    seen = transform_for(space).to_display(codes.astype(dtype)).astype(np.float64)
    assert curves.srgb_to_linear(seen) == pytest.approx(np.clip(light, 0, 1), abs=2e-6)


def test_every_half_is_answered_and_highlights_that_overflowed_stay_white() -> None:
    every = np.arange(65536, dtype=np.uint16).view(np.float16).reshape(256, 256, 1).repeat(3, axis=2)
    for space in known_colorspaces():
        black_above_0 = np.abs(transform_for(space).to_display(np.zeros((1, 1, 3), np.float32))).max() > 0
        for exposure in (0.0, 20.0, -20.0):
            seen = transform_for(space, exposure=exposure).to_display(every)
            assert np.isfinite(seen).all()
            assert seen.min() >= 0
            assert seen.max() <= 1
            nan, white = np.isnan(every), np.isposinf(every)
            assert exposure < 0 or (seen[white] > 0.9999).all()
            assert black_above_0 or (seen[nan] == 0).all()


@pytest.mark.parametrize("space", known_colorspaces())
def test_odd_numbers_in_a_float_plate_stay_in_their_pixel(space: str) -> None:
    plate = np.full((3, 3, 3), 0.18, np.float32)
    plate[0, 0], plate[1, 1], plate[2, 2] = np.nan, np.inf, -np.inf
    plate[0, 2] = 3e38
    seen = transform_for(space).to_display(plate)
    assert seen[0, 0].tolist() == [0, 0, 0]
    assert seen[1, 1] == pytest.approx([1, 1, 1], abs=1e-5)
    assert seen[0, 2] == pytest.approx([1, 1, 1], abs=1e-5)
    assert seen[2, 2].tolist() == [0, 0, 0]
    around = seen.reshape(-1, 3)[[1, 3, 5, 6, 7]]
    assert np.abs(around - seen[0, 1]).max() < 1e-6
    assert np.ptp(around) == pytest.approx(0, abs=1e-4)  # gray stays gray


@pytest.mark.parametrize("space", ["ACEScg", "ARRI LogC3 (EI800)", "linear S-Gamut3"])
def test_negative_light_is_clamped_and_does_not_grow(space: str) -> None:
    """On the curve's toe -0.02 of ACEScg would be -1.3 and darken its neighbors when the models resize."""
    plate = np.full((2, 2, 3), -0.02, np.float32)
    assert transform_for(space).to_display(plate).max() == 0
    assert transform_for(space, exposure=6.0).to_display(plate).max() == 0


@given(
    arrays.arrays(
        np.float32,
        st.tuples(st.integers(1, 70), st.integers(1, 5), st.just(3)),
        elements=st.floats(width=32, allow_nan=True, allow_infinity=True),
    ),
    st.sampled_from(known_colorspaces()),
)
def test_whatever_a_plate_holds_the_models_get_0_to_1(plate: NDArray[np.float32], space: str) -> None:
    before = plate.copy()
    seen = transform_for(space).to_display(plate)
    assert seen.shape == plate.shape
    assert ((seen >= 0) & (seen <= 1)).all()
    assert np.isfinite(transform_for(space).to_linear(plate)).all()
    assert np.array_equal(plate, before, equal_nan=True)


def test_brighter_never_looks_darker() -> None:
    for space in known_colorspaces():
        ramp = np.linspace(0, 1, 4096, dtype=np.float32).reshape(64, 64, 1).repeat(3, axis=2)
        gray = transform_for(space).to_display(ramp)[..., 1].reshape(-1)
        assert (np.diff(gray) >= -1e-6).all(), space


def test_views_and_crops_are_read_right() -> None:
    plate = render().astype(np.float16)
    whole = transform_for("ACEScg").to_display(plate)
    part = transform_for("ACEScg").to_display(plate[::-1, 3:40:2])
    assert np.abs(part - whole[::-1, 3:40:2]).max() < 1e-6


@pytest.mark.parametrize(
    ("codes", "numbers"),
    [
        (np.array([0, 51, 255], np.uint8), [0, 0.2, 1]),
        (np.array([0, 13107, 65535], np.uint16), [0, 0.2, 1]),
        (np.array([-1, 0.5, 60], np.float16), [-1, 0.5, 60]),
        (np.array([-1, 0.5, 60], np.float32), [-1, 0.5, 60]),
    ],
)
def test_codes_as_float(codes: NDArray[Any], numbers: list[float]) -> None:
    assert as_float(codes).dtype == np.float32
    assert as_float(codes) == pytest.approx(numbers, abs=1e-7)


def test_identity_changes_with_space_and_exposure() -> None:
    wanted = [("ACEScg", 0.0), ("ACEScg", 0.25), ("ACEScg", -0.25), ("sRGB", 0.0), ("Rec.709", 0.0)]
    assert len({transform_for(space, exposure=stops).identity for space, stops in wanted}) == len(wanted)
    assert transform_for("lin_ap1").identity == transform_for("ACEScg").identity


@pytest.mark.parametrize("space", ["ACEScg", "ARRI LogC3"])
def test_an_hd_half_frame_takes_well_under_a_frame_of_engine_time(space: str) -> None:
    """About 45 ms on one core where this was written; ten times that would be a lost table or a float64."""
    plate = render(height=1080, width=1920).astype(np.float16)
    transform = transform_for(space)
    transform.to_display(plate[:32])
    times = []
    for _ in range(3):  # the best of three: a busy machine is late now and then
        began = time.perf_counter()
        transform.to_display(plate)
        times.append(time.perf_counter() - began)
    assert min(times) < 0.5
