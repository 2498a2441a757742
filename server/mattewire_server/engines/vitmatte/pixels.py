"""Pictures and bands as ViTMatte reads them, without torchvision.

Four channels: R, G, B with the mean taken off and divided by the deviation, and the trimap, which is not. The weights'
own ``preprocessor_config.json`` says both numbers. The network was trained with ImageNet's (hustvl/ViTMatte,
configs/common/model.py, ``pixel_mean`` and ``pixel_std``), which original files therefore get; transformers'
``VitMatteImageProcessor`` has 0.5 for both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import pad

MULTIPLE = 32
"""What both sides are padded to: two patches of 16, and the convolutions halve them four times (``size_divisor`` of
the processor, ``size_divisibility`` of the original)."""

UNKNOWN = 0.5
"""The trimap where the matte is open; 0 is background and 1 the subject. 128 / 255 where it comes out of a file, which
is 0.002 more."""

Three = tuple[float, float, float]


@dataclass(frozen=True)
class Preparation:
    """``mean``, ``deviation``: of R, G, B in 0..1."""

    mean: Three
    deviation: Three


ORIGINAL = Preparation((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
"""ImageNet's: 123.675, 116.28, 103.53 and 58.395, 57.12, 57.375 of 255."""

TRANSFORMERS = Preparation((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))


def preparation(told: Mapping[str, Any]) -> Preparation:
    """From ``told``, a folder's ``preprocessor_config.json``. ``ValueError`` or ``TypeError`` for what is no such
    file."""
    if not told.get("do_normalize", True):
        return Preparation((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    mean = _three(told.get("image_mean", TRANSFORMERS.mean))
    deviation = _three(told.get("image_std", TRANSFORMERS.deviation))
    if min(deviation) <= 0:
        raise ValueError("image_std is not above 0")
    return Preparation(mean, deviation)


def trimap(alpha: NDArray[np.float32], band: NDArray[np.bool_]) -> NDArray[np.float32]:
    """0, 1, and ``UNKNOWN`` in the band; float32, of the same shape (height, width)."""
    return np.where(band, np.float32(UNKNOWN), (alpha >= 0.5).astype(np.float32)).astype(np.float32)


def prepare(rgb: NDArray[np.float32], known: NDArray[np.float32], how: Preparation) -> torch.Tensor:
    """float32 (1, 4, height, width) on the CPU, both sides padded with zeros, below and to the right.

    ``rgb``: float32 (h, w, 3), sRGB-encoded, 0..1. ``known``: its trimap, float32 (h, w). On the CPU, so that every
    device is fed the same numbers.
    """
    mean, deviation = np.asarray(how.mean, np.float32), np.asarray(how.deviation, np.float32)
    colors = torch.from_numpy((rgb - mean) / deviation).permute(2, 0, 1)
    planes = torch.cat([colors, torch.from_numpy(np.ascontiguousarray(known))[None]])[None]
    height, width = known.shape
    return pad(planes, (0, -width % MULTIPLE, 0, -height % MULTIPLE)).contiguous()


def _three(values: Any) -> Three:
    first, second, third = (float(value) for value in values)
    return first, second, third
