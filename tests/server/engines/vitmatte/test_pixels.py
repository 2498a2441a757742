"""What the network is shown: the same numbers as transformers' own processor makes, and the trimap of a band."""

from __future__ import annotations

import json

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from transformers.models.vitmatte.image_processing_pil_vitmatte import VitMatteImageProcessorPil

from mattewire_server.engines.vitmatte.pixels import ORIGINAL, TRANSFORMERS, preparation, prepare, trimap


def pair(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """A picture of 8-bit codes with three unlike channels, and a trimap of 0, 128 and 255."""
    chance = np.random.default_rng(height)
    codes = chance.integers(0, 256, (height, width, 3), np.uint8)
    codes[..., 2] //= 3
    known = np.full((height, width), 128, np.uint8)
    known[:, : width // 3], known[:, -(width // 3) :] = 0, 255
    return codes, known


@pytest.mark.parametrize("size", [(64, 96), (61, 97), (31, 33), (200, 1)])
@pytest.mark.parametrize("how", [TRANSFORMERS, ORIGINAL], ids=["0.5", "ImageNet"])
def test_the_numbers_are_those_of_transformers_processor(size: tuple[int, int], how: object) -> None:
    codes, known = pair(*size)
    processor = VitMatteImageProcessorPil(image_mean=list(how.mean), image_std=list(how.deviation))  # type: ignore[attr-defined]
    theirs = processor(images=codes, trimaps=known, return_tensors="pt").pixel_values
    ours = prepare(codes.astype(np.float32) / 255, known.astype(np.float32) / 255, how)  # type: ignore[arg-type]
    assert ours.shape == theirs.shape
    assert ours.shape[2] % 32 == 0
    assert ours.shape[3] % 32 == 0
    assert float((ours - theirs).abs().max()) < 2e-6


def test_wrong_colors_or_numbers_would_be_seen() -> None:
    """The bound above is far below what swapped channels or another normalization give."""
    codes, known = pair(64, 64)
    rgb, trimap_of = codes.astype(np.float32) / 255, known.astype(np.float32) / 255
    right = prepare(rgb, trimap_of, TRANSFORMERS)
    assert float((prepare(np.ascontiguousarray(rgb[..., ::-1]), trimap_of, TRANSFORMERS) - right).abs().max()) > 0.5
    assert float((prepare(rgb, trimap_of, ORIGINAL) - right).abs().max()) > 0.1


def test_known_values() -> None:
    """By hand: (0.75 - 0.485) / 0.229 and so on; the trimap is left as it is; the padding is 0 in all four."""
    rgb = np.broadcast_to(np.float32([0.75, 0.5, 0.25]), (2, 3, 3)).copy()
    seen = prepare(rgb, np.float32([[0, 0.5, 1], [0, 0.5, 1]]), ORIGINAL)[0]
    assert seen.shape == (4, 32, 32)
    assert seen.dtype == torch.float32
    np.testing.assert_allclose(seen[:3, 1, 2], [1.157205, 0.196429, -0.693333], atol=1e-5)
    assert seen[3, 1, :3].tolist() == [0, 0.5, 1]
    assert float(seen[:, 2:, :].abs().max()) == 0
    assert float(seen[:, :, 3:].abs().max()) == 0


def test_the_trimap_is_open_in_the_band_and_settled_elsewhere() -> None:
    alpha = np.float32([[0, 0.2, 0.6, 1]])
    band = np.array([[False, True, True, False]])
    assert trimap(alpha, band).tolist() == [[0, 0.5, 0.5, 1]]
    assert trimap(alpha, band).dtype == np.float32
    assert trimap(np.float32([[0.0, 1.0]]), np.array([[True, True]])).tolist() == [[0.5, 0.5]]


def test_the_folder_says_how() -> None:
    told = json.loads('{"image_mean": [0.1, 0.2, 0.3], "image_std": [0.4, 0.5, 0.6]}')
    assert preparation(told).mean == (0.1, 0.2, 0.3)
    assert preparation(told).deviation == (0.4, 0.5, 0.6)
    assert preparation({}) == TRANSFORMERS
    assert preparation({"do_normalize": False, "image_mean": [9, 9, 9]}).mean == (0, 0, 0)
    for wrong in ({"image_mean": [0.5]}, {"image_std": [0, 1, 1]}, {"image_mean": "gray"}):
        with pytest.raises(ValueError, match=r".+"):
            preparation(wrong)
