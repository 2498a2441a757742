"""Pictures as the depth networks read them, without torchvision.

What is done to a picture stands in the weights' own ``preprocessor_config.json``. Where that is missing, it is what the
networks were trained with. Depth Anything V2: 518 pixels with the aspect kept, sides that patches of 14 fill, mean and
deviation of ImageNet (DepthAnything/Depth-Anything-V2, depth_anything_v2/dpt.py, ``image2tensor``). DPT: a square of
384, 0.5 for mean and deviation (isl-org/DPT, run_monodepth.py).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn.functional import interpolate

from ..seams import Picture

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_DEVIATION = (0.229, 0.224, 0.225)
"""For R, G, B in 0..1."""

Three = tuple[float, float, float]


@dataclass(frozen=True)
class Preparation:
    """``width``, ``height``: pixels that the picture is resized toward. ``keep_aspect``: as little as possible, by one
    factor for both. ``multiple``: both sides are rounded to it. ``mean``, ``deviation``: per channel, taken off and
    divided by."""

    width: int
    height: int
    keep_aspect: bool
    multiple: int
    mean: Three
    deviation: Three

    def size(self, width: int, height: int) -> tuple[int, int]:
        """(width, height) that the network sees of such a picture: those of transformers' ``DPTImageProcessor``."""
        across, down = self.width / width, self.height / height
        if self.keep_aspect:
            across = down = across if abs(1 - across) < abs(1 - down) else down
        return self._whole(across * width), self._whole(down * height)

    def _whole(self, length: float) -> int:
        rounded = round(length / self.multiple) * self.multiple
        return rounded or math.ceil(length / self.multiple) * self.multiple  # a sliver of a plate still has a patch


OF_FAMILY: Mapping[str, Preparation] = {
    "depth-anything": Preparation(518, 518, True, 14, IMAGENET_MEAN, IMAGENET_DEVIATION),
    "midas": Preparation(384, 384, False, 1, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
}


def preparation(family: str, told: Mapping[str, Any]) -> Preparation:
    """From ``told``, the folder's ``preprocessor_config.json``, over the family's own. ``ValueError``, ``TypeError``,
    ``KeyError`` or ``AttributeError`` for what is no such file."""
    own = OF_FAMILY[family]
    size = told.get("size", {"width": own.width, "height": own.height})
    if isinstance(size, int):
        size = {"width": size, "height": size}
    made = Preparation(
        int(size["width"]),
        int(size["height"]),
        bool(told.get("keep_aspect_ratio", own.keep_aspect)),
        int(told.get("ensure_multiple_of", own.multiple)),
        _three(told.get("image_mean", own.mean)),
        _three(told.get("image_std", own.deviation)),
    )
    if min(made.width, made.height, made.multiple, *made.deviation) <= 0:
        raise ValueError("a size or deviation is not above 0")
    return made


def prepare(picture: Picture, how: Preparation) -> torch.Tensor:
    """float32 (1, 3, height, width) on the CPU, from sRGB-encoded 0..1.

    Bicubic with antialiasing as Pillow's resize, which the processors use, but without its rounding to 8 bits; clipped
    to 0..1 as Pillow does. Always on the CPU, so that every device is fed the same numbers.
    """
    width, height = how.size(picture.width, picture.height)
    planes = torch.from_numpy(picture.rgb).permute(2, 0, 1)[None]
    if (width, height) != (picture.width, picture.height):
        planes = interpolate(planes, size=(height, width), mode="bicubic", antialias=True, align_corners=False)
    mean, deviation = torch.tensor(how.mean).view(1, 3, 1, 1), torch.tensor(how.deviation).view(1, 3, 1, 1)
    return ((planes.clamp(0.0, 1.0) - mean) / deviation).contiguous()


def _three(values: Any) -> Three:
    first, second, third = (float(value) for value in values)
    return first, second, third
