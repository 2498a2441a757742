"""How much a dark plate is brightened: pictures of known light, and what must be left alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mattewire_server.color import automatic_exposure, curves, transform_for

LINEAR = transform_for("linear Rec.709")


def scene(*, seed: int = 0, height: int = 270, width: int = 480) -> NDArray[np.float32]:
    """An ordinary picture: reflectances of 3 to 90 % in light that falls off by two stops, a sky, and shadow."""
    random = np.random.default_rng(seed)
    patches = random.uniform(np.log(0.03), np.log(0.9), (height // 30, width // 30, 3))
    picture = np.exp(patches).repeat(30, axis=0).repeat(30, axis=1)
    picture *= np.linspace(0.25, 1, width)[None, :, None]
    picture[: height // 6] = (0.6, 0.8, 1.2)
    return picture.astype(np.float32)


def test_a_normal_plate_is_left_alone() -> None:
    assert automatic_exposure(scene(), LINEAR) == 0.0
    assert automatic_exposure(scene() * 0.5, LINEAR) == 0.0
    assert automatic_exposure(scene() * 8, LINEAR) == 0.0


@pytest.mark.parametrize("stops", [3.0, 4.0, 5.0])
def test_an_underexposed_plate_is_brought_back(stops: float) -> None:
    found = automatic_exposure(scene() * 2**-stops, LINEAR)
    assert found % 0.25 == 0
    assert stops - 2 <= found <= stops
    assert found == automatic_exposure((scene() * 2**-stops).astype(np.float16), LINEAR)
    brighter = automatic_exposure(scene() * 2 ** -(stops + 0.5), LINEAR)
    assert brighter == found + 0.5


def test_no_more_than_six_stops() -> None:
    assert automatic_exposure(scene() * 2**-9, LINEAR) == 6.0


@pytest.mark.parametrize("area", [0.002, 0.02, 0.2])
@pytest.mark.parametrize("noise", [0.0, 0.0002])
def test_a_small_bright_subject_before_black_is_judged_by_itself(area: float, noise: float) -> None:
    random = np.random.default_rng(2)
    plate = np.abs(random.normal(0, noise, (540, 960, 3))) if noise else np.zeros((540, 960, 3))
    side = int((area * 540 * 960) ** 0.5)
    plate[100 : 100 + side, 200 : 200 + side] = 0.5
    assert automatic_exposure(plate.astype(np.float32), LINEAR) == 0.0


def test_a_dim_subject_before_black_is_brightened_for_itself() -> None:
    plate = np.zeros((540, 960, 3), np.float32)
    plate[100:150, 200:300] = 0.5 / 8
    assert automatic_exposure(plate, LINEAR) == 3.0


@pytest.mark.parametrize("lamp", [1.0, 50.0])
def test_one_lamp_does_not_hide_the_night(lamp: float) -> None:
    plate = scene() * np.float32(0.02)
    plate[100:110, 200:220] = lamp  # 0.15 % of the picture
    found = automatic_exposure(plate, LINEAR)
    assert 4.0 <= found <= 5.5
    assert found == automatic_exposure(scene() * np.float32(0.02), LINEAR)


@pytest.mark.parametrize("value", [0.0, -0.5, np.nan, 1e-6])
def test_a_plate_without_light_stays_as_it_is(value: float) -> None:
    assert automatic_exposure(np.full((40, 60, 3), value, np.float32), LINEAR) == 0.0


def test_an_empty_border_and_broken_pixels_do_not_count() -> None:
    dark = scene() * np.float32(1 / 16)
    alone = automatic_exposure(dark, LINEAR)
    bordered = np.zeros((500, 900, 3), np.float32)
    bordered[60:330, 90:570] = dark
    bordered[61, 100:110] = np.nan
    bordered[62, 100:104] = np.inf
    assert automatic_exposure(bordered, LINEAR) == pytest.approx(alone, abs=0.25)


@pytest.mark.parametrize("space", ["sRGB", "Rec.709"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_dark_movie_is_judged_in_linear_light(space: str, dtype: type) -> None:
    top = np.iinfo(dtype).max

    def movie(light: NDArray[Any]) -> NDArray[Any]:
        return np.rint(curves.linear_to_srgb(np.clip(light, 0, 1)) * top).astype(dtype)

    assert automatic_exposure(movie(scene()), transform_for(space)) == 0.0
    found = automatic_exposure(movie(scene() / 16), transform_for(space))
    assert found == pytest.approx(automatic_exposure(np.clip(scene() / 16, 0, 1), LINEAR), abs=0.25)
    exposed = transform_for(space, exposure=found).to_display(movie(scene() / 16))
    assert np.percentile(exposed.max(axis=2), 95) == pytest.approx(188 / 255, abs=0.06)


def test_a_log_plate_is_judged_by_its_light_and_without_the_transforms_own_exposure() -> None:
    code = np.full((40, 40, 3), 0.30, np.float16)
    light = float(transform_for("ARRI LogC3").to_linear(code).max())
    found = automatic_exposure(code, transform_for("ARRI LogC3"))
    assert found == np.floor(np.log2(0.5 / light) * 4) / 4
    assert found == automatic_exposure(code, transform_for("ARRI LogC3", exposure=found))
