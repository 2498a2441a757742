"""A random ViTMatte in a folder, made once, and a plate with a soft-edged matte on it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest

from mattewire_server.engines.seams import Picture
from mattewire_server.finish.refine.band import within


@dataclass(frozen=True)
class Scene:
    picture: Picture
    alpha: np.ndarray
    band: np.ndarray


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Wants its pictures normalized by 0.5 and 0.5, as transformers' processor does by itself."""
    pytest.importorskip("torch")
    from server.engines.vitmatte_tiny import save

    return save(tmp_path_factory.mktemp("weights") / "vitmatte")


@pytest.fixture(scope="session")
def scene() -> Scene:
    """250 x 170, three unlike channels, a disc whose edge is open for 6 pixels on either side. 8-bit codes, so that
    what reads 8-bit files sees the very same picture."""
    chance = np.random.default_rng(3)
    coarse = chance.random((17, 25, 3)).astype(np.float32) * np.float32([1, 0.7, 0.3])
    rgb = cv2.resize(coarse, (250, 170), interpolation=cv2.INTER_LINEAR)
    rgb = np.rint(rgb * 255).astype(np.float32) / np.float32(255)
    disc = np.zeros((170, 250), np.float32)
    cv2.circle(disc, (120, 85), 45, 1.0, -1)
    soft = cv2.GaussianBlur(disc, (0, 0), 2)
    band = within(soft, 6.0)
    return Scene(Picture(1001, np.ascontiguousarray(rgb)), np.where(band, soft, np.rint(soft)).astype(np.float32), band)
