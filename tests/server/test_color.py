"""Plate colorspaces to what the models see, checked against OpenColorIO."""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np
import PyOpenColorIO
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from mattewire_protocol.errors import UnknownColorspace
from mattewire_server import color
from mattewire_server.color import known_colorspaces, transform_for

CONFIG = "studio-config-v4.0.0_aces-v2.0_ocio-v2.5"
"""By name: "default" means another config in every release."""

SPACES = {"linear Rec.709": "lin_rec709_scene", "ACEScg": "ACEScg", "ACES2065-1": "ACES2065-1", "sRGB": "srgb_tx"}
ALL_DTYPES = [np.uint8, np.uint16, np.float16, np.float32]


@pytest.fixture(scope="module")
def config() -> PyOpenColorIO.Config:
    return PyOpenColorIO.Config.CreateFromBuiltinConfig(CONFIG)


def through_ocio(config: PyOpenColorIO.Config, source: Any, target: Any, rgb: NDArray[Any]) -> NDArray[np.float32]:
    picture = np.ascontiguousarray(rgb, np.float32)
    config.getProcessor(source, target).getDefaultCPUProcessor().applyRGB(picture)
    return picture


def expected(config: PyOpenColorIO.Config, space: str, rgb: NDArray[Any], exposure: float = 0.0) -> NDArray[np.float32]:
    linear = through_ocio(config, SPACES[space], "lin_rec709_scene", rgb) * 2.0**exposure
    return through_ocio(config, "lin_rec709_scene", "srgb_tx", np.clip(linear, 0, 1))


def render(seed: int = 0, height: int = 70, width: int = 50) -> NDArray[np.float64]:
    """Scene-linear values from deep shadow to far above white, and some outside the gamut."""
    random = np.random.default_rng(seed)
    return np.exp2(random.uniform(-10, 4, (height, width, 3))) - random.choice([0, 0.05], (height, width, 1))


@pytest.mark.parametrize("space", ["linear Rec.709", "ACEScg", "ACES2065-1", "sRGB"])
@pytest.mark.parametrize("dtype", ALL_DTYPES)
@pytest.mark.parametrize("exposure", [0.0, 1.5, -2.0])
def test_every_space_and_depth_agrees_with_ocio(
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


@pytest.mark.parametrize(
    ("source", "primaries", "space"), [("ACEScg", color.AP1, "ACEScg"), ("ACES2065-1", color.AP0, "ACES2065-1")]
)
def test_the_matrices_are_ocios(
    config: PyOpenColorIO.Config, source: str, primaries: color.Chromaticities, space: str
) -> None:
    theirs = through_ocio(config, source, "lin_rec709_scene", np.eye(3)[None]).reshape(3, 3).T
    assert color.primaries_matrix(primaries, color.REC709) == pytest.approx(theirs, abs=2e-7)
    assert transform_for(space).matrix == pytest.approx(theirs, abs=2e-7)


def test_cineon_agrees_with_ocios_log_transform_and_kodaks_points() -> None:
    black = 10 ** ((95 - 685) / 300)
    log = PyOpenColorIO.LogAffineTransform(
        logSideSlope=[300 / 1023 / math.log2(10)] * 3,  # this transform's logarithm has base 2
        logSideOffset=[685 / 1023] * 3,
        linSideSlope=[1 - black] * 3,
        linSideOffset=[black] * 3,
        direction=PyOpenColorIO.TRANSFORM_DIR_INVERSE,
    )
    codes = np.linspace(0, 1, 3072, dtype=np.float32).reshape(32, 32, 3)
    theirs = codes.copy()
    raw = PyOpenColorIO.Config.CreateRaw()
    raw.getProcessor(log).getDefaultCPUProcessor().applyRGB(theirs)
    assert color.cineon_to_linear(codes.astype(np.float64)) == pytest.approx(theirs, rel=1e-4, abs=1e-5)
    points = color.cineon_to_linear(np.array([95, 445, 685, 1023]) / 1023)
    assert points == pytest.approx([0, 0.149, 1, 13.53], abs=0.01)  # black, about 18 % gray's code, white, top code


def test_cineon_scans_of_any_depth_look_the_same() -> None:
    codes = np.linspace(0, 65535, 30 * 40 * 3).reshape(30, 40, 3).astype(np.uint16)
    seen = transform_for("Cineon").to_display(codes)
    as_float = transform_for("Cineon").to_display((codes / 65535).astype(np.float32))
    assert np.abs(seen - as_float).max() < 1e-5
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
    assert color.srgb_to_linear(brighter.astype(np.float64)) == pytest.approx(
        2 * float(color.srgb_to_linear(np.array(118 / 255))), rel=1e-4
    )


def test_every_half_is_answered_and_highlights_that_overflowed_stay_white() -> None:
    every = np.arange(65536, dtype=np.uint16).view(np.float16).reshape(256, 256, 1).repeat(3, axis=2)
    for space in known_colorspaces():
        for exposure in (0.0, 20.0, -20.0):
            seen = transform_for(space, exposure=exposure).to_display(every)
            assert np.isfinite(seen).all()
            assert seen.min() >= 0
            assert seen.max() <= 1
            nan, white = np.isnan(every), np.isposinf(every)
            assert exposure < 0 or (seen[white] > 0.9999).all()
            assert space == "Cineon" or (seen[nan] == 0).all()


@pytest.mark.parametrize("space", ["sRGB", "linear Rec.709", "ACEScg"])
def test_odd_numbers_in_a_float_plate_stay_in_their_pixel(space: str) -> None:
    plate = np.full((3, 3, 3), 0.18, np.float32)
    plate[0, 0], plate[1, 1], plate[2, 2] = np.nan, np.inf, -np.inf
    seen = transform_for(space).to_display(plate)
    assert seen[0, 0].tolist() == [0, 0, 0]
    assert seen[1, 1] == pytest.approx([1, 1, 1], abs=1e-6)
    assert seen[2, 2].tolist() == [0, 0, 0]
    assert len(np.unique(seen.round(5))) <= 5


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


def test_names_that_hosts_write(config: PyOpenColorIO.Config) -> None:
    """Where the studio config knows one of our names as a scene space, it means the same pixels."""
    roles = {name.lower() for name in config.getRoleNames()}
    gray = np.array([[[0.2, 0.5, 0.7]]], np.float32)
    checked = 0
    for space in color.SPACES:
        for alias in (space.name, *space.aliases):
            theirs = config.getColorSpace(alias)
            if theirs is None or alias.lower() in roles or space.name == "Rec.709":
                continue
            if theirs.getReferenceSpaceType() == PyOpenColorIO.REFERENCE_SPACE_DISPLAY:
                continue
            ours = transform_for(alias).to_display(gray)
            linear = np.clip(through_ocio(config, alias, "lin_rec709_scene", gray), 0, 1)
            assert np.abs(ours - through_ocio(config, "lin_rec709_scene", "srgb_tx", linear)).max() < 1e-4, alias
            checked += 1
    assert checked >= 15


@pytest.mark.parametrize(
    ("name", "space"),
    [
        *(("LINEAR", "linear Rec.709"), ("default (linear)", "linear Rec.709"), ("scene_linear", "linear Rec.709")),
        *(("rec709", "Rec.709"), ("bt.709", "Rec.709"), ("Output - sRGB", "sRGB"), ("srgb - texture", "sRGB")),
        *(("aces - acescg", "ACEScg"), ("ACES 2065-1", "ACES2065-1"), ("cineon", "Cineon")),
    ],
)
def test_aliases(name: str, space: str) -> None:
    assert transform_for(name).colorspace == space


def test_no_two_spaces_share_a_name() -> None:
    names = [color._key(name) for space in color.SPACES for name in (space.name, *space.aliases)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", ["", "ARRI LogC9", "raw", "("])
def test_an_unknown_space_lists_the_known_ones(name: str) -> None:
    with pytest.raises(UnknownColorspace) as caught:
        transform_for(name)
    assert caught.value.field == "plate.colorspace"
    assert all(space in caught.value.advice for space in known_colorspaces())


def test_an_hd_half_frame_takes_well_under_a_frame_of_engine_time() -> None:
    """About 45 ms on one core where this was written; ten times that would be a lost table or a float64."""
    plate = render(height=1080, width=1920).astype(np.float16)
    transform = transform_for("ACEScg")
    transform.to_display(plate[:32])
    began = time.perf_counter()
    transform.to_display(plate)
    assert time.perf_counter() - began < 0.5
