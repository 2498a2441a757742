"""Host pixels to plate pixels: corners, half pixels, proxies, both directions of y."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mattewire_panel.pixels import Raster

POSITION = st.floats(-1e5, 1e5)


def test_nuke_counts_from_the_bottom_with_edges_at_whole_numbers() -> None:
    nuke = Raster(1920, 1080)
    assert nuke.point(0, 1080) == (0, 0)
    assert nuke.point(1920, 0) == (1920, 1080)
    assert nuke.point(0.5, 1079.5) == (0.5, 0.5)  # the middle of the top left pixel
    assert nuke.box(10, 20, 30, 60) == (10, 1020, 30, 1060)
    assert nuke.host_box(10, 1020, 30, 1060) == (10, 20, 30, 60)


def test_a_box_may_be_drawn_from_any_corner_and_beyond_the_picture() -> None:
    nuke = Raster(100, 50)
    assert nuke.box(120, -10, -20, 60) == (-20, -10, 120, 60)


def test_a_proxy_is_scaled_up() -> None:
    assert Raster(1920, 1080, scale=0.5).point(480, 270) == (960, 540)
    assert Raster(1920, 1080, scale=0.5).host_point(960, 540) == (480, 270)


def test_a_display_window_that_does_not_begin_at_zero() -> None:
    assert Raster(100, 50, y_up=False, left=10, top=5).point(10, 5) == (0, 0)
    assert Raster(100, 50, y_up=False, left=10, top=5).host_point(0, 0) == (10, 5)


@given(
    POSITION, POSITION, st.integers(1, 8192), st.booleans(), st.floats(0.05, 4), st.floats(-500, 500), st.floats(-9, 9)
)
def test_there_and_back(x: float, y: float, height: int, y_up: bool, scale: float, left: float, top: float) -> None:
    raster = Raster(100, height, y_up, scale, left, top)
    assert raster.host_point(*raster.point(x, y)) == pytest.approx((x, y), rel=1e-9, abs=1e-6)
    box = raster.box(x, y, x + 4, y + 2)
    assert box[0] < box[2]
    assert box[1] < box[3]
    assert raster.host_box(*box) == pytest.approx((x, y, x + 4, y + 2), rel=1e-9, abs=1e-6)


@pytest.mark.parametrize(("width", "height", "scale"), [(0, 5, 1), (5, 0, 1), (5, 5, 0), (5, 5, float("nan"))])
def test_plates_that_cannot_be(width: int, height: int, scale: float) -> None:
    with pytest.raises(ValueError, match="cannot be"):
        Raster(width, height, scale=scale)
