from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from mattewire_server.engines.sam2.prepare import DEVIATION, MEAN, Frame
from mattewire_server.engines.seams import Mark, Picture
from mattewire_server.finish.alpha import alpha_from_logits

CPU = torch.device("cpu")


def shown(pixels: torch.Tensor) -> np.ndarray:
    """The model's input without its normalization, (size, size, 3)."""
    return (pixels[0].permute(1, 2, 0) * torch.tensor(DEVIATION) + torch.tensor(MEAN)).numpy()


def ramp(width: int, height: int) -> Picture:
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) + np.float32(0.5)
    return Picture(1, np.ascontiguousarray(np.stack([x / width, y / height, 0 * x + 0.25], axis=-1), np.float32))


@pytest.mark.parametrize("border", [0, 1, 2])
def test_the_picture_fills_the_square_inside_the_margin(border):
    lay = Frame(200, 120, 256, border)
    square = shown(lay.pixels(ramp(200, 120), CPU))
    assert square.shape == (256, 256, 3)
    inside = square[lay.margin : 256 - lay.margin, lay.margin : 256 - lay.margin]
    middle = (np.arange(lay.inner) + 0.5) / lay.inner
    # Antialiasing flattens the ramp over the last pixels at the picture's border.
    np.testing.assert_allclose(inside[20, 4:-4, 0], middle[4:-4], atol=2e-3)
    np.testing.assert_allclose(inside[4:-4, 20, 1], middle[4:-4], atol=2e-3)
    np.testing.assert_allclose(inside[..., 2], 0.25, atol=1e-5)


def test_the_margin_mirrors_the_picture():
    lay = Frame(200, 120, 256, 1)
    square = shown(lay.pixels(ramp(200, 120), CPU))
    np.testing.assert_allclose(square[:, 0], square[:, 32], atol=1e-6)
    np.testing.assert_allclose(square[255], square[223], atol=1e-6)


def test_values_stay_within_the_picture_s_range():
    rgb = np.zeros((64, 64, 3), np.float32)
    rgb[::2] = 1
    square = shown(Frame(64, 64, 256).pixels(Picture(1, rgb), CPU))
    assert square.min() > -1e-6
    assert square.max() < 1 + 1e-6


def test_marks_land_where_the_picture_says():
    """A mark on a colored pixel names the model pixel that shows that color, whatever size and margin."""
    for width, height, size, border in ((1920, 1080, 1024, 0), (1920, 1080, 512, 1), (64, 300, 256, 2)):
        lay = Frame(width, height, size, border)
        x, y = width * 0.3, height * 0.8
        coordinates, labels = lay.points((x, y, width, height), [Mark(x, y), Mark(x, y, False)], CPU)
        assert coordinates.shape == (1, 1, 4, 2)
        assert labels.tolist() == [[[2, 3, 1, 0]]]
        # The model adds half a pixel and divides by its size.
        place = (coordinates[0, 0].numpy() + 0.5) / size
        expected = [(lay.margin + 0.3 * lay.inner) / size, (lay.margin + 0.8 * lay.inner) / size]
        np.testing.assert_allclose(place[[0, 2, 3]], [expected] * 3, atol=1e-6)
        np.testing.assert_allclose(place[1], (lay.margin + lay.inner) / size, atol=1e-6)


def test_marks_outside_are_moved_to_the_picture_s_border():
    lay = Frame(100, 100, 128)
    coordinates, _ = lay.points((-50, 20, 180, 90), [Mark(30, 1000)], CPU)
    assert (coordinates[0, 0] + 0.5).tolist() == pytest.approx(
        [pytest.approx([0, 25.6]), pytest.approx([128, 115.2]), pytest.approx([38.4, 128])]
    )


@pytest.mark.parametrize("border", [0, 1])
def test_logits_come_back_to_their_place(border):
    """A ramp across the picture, put into the model's cells, comes back as that ramp up to the very border."""
    lay = Frame(300, 200, 256, border)
    cells = (np.arange(64) * 4 + 2 - lay.margin) / lay.inner  # where in the picture each cell's center lies, 0..1
    low = torch.tensor(np.broadcast_to(10 * cells - 3, (64, 64)).copy(), dtype=torch.float32)[None, None]
    logits = lay.logits(low)
    assert logits.shape == (lay.inner, lay.inner)
    assert logits.dtype == np.float32
    middle = (np.arange(lay.inner) + 0.5) / lay.inner
    np.testing.assert_allclose(logits, np.broadcast_to(10 * middle - 3, logits.shape), atol=1e-4)


@pytest.mark.parametrize("border", [0, 1])
@pytest.mark.parametrize("angle", [20, 45, 65])
def test_a_slanted_edge_stays_straight_at_the_frame_s_border(border, angle):
    """The edge of an HD matte is straight to 0.6 pixels up to the last row; enlarging the bare cells bends it by more.

    The half pixel that is left is the pipeline's own enlarging from model pixels.
    """
    lay = Frame(1920, 1080, 1024, border)
    slope = np.tan(np.radians(angle))

    def wanted(y):
        return 900 + (1080 - y) / slope  # where the edge lies on a row, in picture pixels

    def edge(alpha: np.ndarray) -> np.ndarray:
        """Where each row's coverage ends, to a fraction of a pixel."""
        return alpha.sum(axis=1, dtype=np.float64)

    cells = (np.arange(256) * 4 + 2 - lay.margin) / lay.inner
    x, y = np.meshgrid(cells * 1920, cells * 1080)
    away = (wanted(y) - x) * np.sin(np.radians(angle)) / 6  # log-odds fall by one over 6 pixels
    low = torch.tensor(away, dtype=torch.float32)[None, None]
    last = np.arange(1040, 1080)
    straight = wanted(last + 0.5)
    ours = edge(alpha_from_logits(lay.logits(low), 1920, 1080))[last] - straight
    assert np.abs(ours).max() < 0.6
    if border == 0:
        bare = edge(alpha_from_logits(low[0, 0].numpy(), 1920, 1080))[last] - straight
        assert np.abs(bare).max() > 1.5 * np.abs(ours).max()


def test_a_matte_becomes_a_hard_prompt_of_the_model_s_size():
    matte = np.zeros((120, 200), np.float32)
    matte[:, 100:] = 0.9
    mask = Frame(200, 120, 128, 1).mask(matte, CPU)
    assert mask.shape == (1, 1, 128, 128)
    assert set(mask.unique().tolist()) == {0.0, 1.0}
    assert mask[0, 0, 64, 65:110].all()
    assert not mask[0, 0, 64, 18:63].any()
