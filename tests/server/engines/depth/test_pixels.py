"""Our preparation of pictures against the processor that transformers has for the same networks."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from transformers.models.dpt.image_processing_pil_dpt import DPTImageProcessorPil

from mattewire_server.engines.depth.pixels import OF_FAMILY, Preparation, preparation, prepare
from mattewire_server.engines.seams import Picture

SIZES = [(192, 108), (1920, 1080), (400, 700), (2048, 858), (518, 518), (37, 900)]


def processor(how: Preparation) -> DPTImageProcessorPil:
    return DPTImageProcessorPil(
        size={"width": how.width, "height": how.height},
        keep_aspect_ratio=how.keep_aspect,
        ensure_multiple_of=how.multiple,
        image_mean=list(how.mean),
        image_std=list(how.deviation),
    )


def picture(width: int, height: int) -> np.ndarray:
    """8 bits, contrast that a bicubic cannot drive beyond them: Pillow clips in between its two passes."""
    coarse = np.random.default_rng(width).integers(60, 196, (height // 4 + 1, width // 4 + 1, 3), dtype=np.uint8)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)


@pytest.mark.parametrize("family", sorted(OF_FAMILY))
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_network_sees_what_the_processor_gives_it(family: str, width: int, height: int) -> None:
    """Within the processor's own rounding, to whole codes after either pass."""
    how, pixels = OF_FAMILY[family], picture(width, height)
    theirs = processor(how)(images=pixels, return_tensors="pt")["pixel_values"]
    ours = prepare(Picture(1, pixels.astype(np.float32) / 255), how)
    assert ours.shape == theirs.shape
    codes = (ours - theirs).abs() * 255 * theirs.new_tensor(how.deviation).view(1, 3, 1, 1)
    assert float(codes.max()) < 1.8
    assert float(codes.mean()) < 0.36


def test_hd_is_seen_with_518_rows_of_whole_patches() -> None:
    assert OF_FAMILY["depth-anything"].size(1920, 1080) == (924, 518)
    assert OF_FAMILY["depth-anything"].size(2048, 858) == (1232, 518)
    assert OF_FAMILY["midas"].size(1920, 1080) == (384, 384)


def test_a_sliver_of_a_plate_still_has_a_patch() -> None:
    how = Preparation(518, 518, True, 14, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
    assert min(how.size(4000, 3)) == 14


def test_the_folder_says_how() -> None:
    told = {
        "size": {"height": 256, "width": 320},
        "keep_aspect_ratio": True,
        "ensure_multiple_of": 32,
        "image_mean": [0.1, 0.2, 0.3],
        "image_std": [0.4, 0.5, 0.6],
    }
    assert preparation("midas", told) == Preparation(320, 256, True, 32, (0.1, 0.2, 0.3), (0.4, 0.5, 0.6))
    assert preparation("midas", {}) == OF_FAMILY["midas"]
    assert preparation("midas", {"size": 384}) == OF_FAMILY["midas"]


@pytest.mark.parametrize(
    "told", [{"size": {"width": 0, "height": 5}}, {"size": "large"}, {"image_mean": [0.5]}, {"image_std": [0, 1, 1]}]
)
def test_nonsense_in_the_folder_is_refused(told: dict[str, object]) -> None:
    with pytest.raises((ValueError, TypeError, KeyError)):
        preparation("midas", told)


def test_what_the_bicubic_drives_beyond_0_and_1_is_clipped() -> None:
    hard = np.zeros((40, 40, 3), np.float32)
    hard[:, 20:] = 1
    how = Preparation(97, 97, False, 1, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    made = prepare(Picture(1, hard), how)
    assert (float(made.min()), float(made.max())) == (0.0, 1.0)
