"""Pictures as the detector's image encoder reads them: resized with the aspect kept, ImageNet-normalized."""

from __future__ import annotations

import torch
from torch.nn.functional import interpolate

from ..seams import Picture

SHORT_EDGE, LONG_EDGE = 800, 1333
"""The official sizes (GroundingDINO, groundingdino/util/inference.py): short edge 800, long edge at most 1333."""

MEAN = (0.485, 0.456, 0.406)
DEVIATION = (0.229, 0.224, 0.225)
"""ImageNet's, for R, G, B in 0..1, as in the official code."""


def detection_size(width: int, height: int, long_edge: int) -> tuple[int, int]:
    """(width, height) that the detector sees; ``long_edge`` 1333 gives the official sizes to the pixel.

    The short edge is 800/1333 of ``long_edge``, unless the long one would then be longer than ``long_edge``; small
    pictures are enlarged. Rounded and truncated as the official transform does it.
    """
    short = round(long_edge * SHORT_EDGE / LONG_EDGE)
    least, most = min(width, height), max(width, height)
    if most / least * short > long_edge:
        short = max(1, round(long_edge * least / most))
    if least == short:
        return width, height
    return (short, int(short * height / width)) if width < height else (int(short * width / height), short)


def prepare(picture: Picture, long_edge: int) -> torch.Tensor:
    """float32 (1, 3, height, width) on the CPU, from sRGB-encoded 0..1.

    Bilinear with antialiasing, as PIL's resize in the official transform, but without its rounding to 8 bits. Always
    on the CPU, so that every device is fed the same numbers.
    """
    width, height = detection_size(picture.width, picture.height, long_edge)
    planes = torch.from_numpy(picture.rgb).permute(2, 0, 1)[None]
    if (width, height) != (picture.width, picture.height):
        planes = interpolate(planes, size=(height, width), mode="bilinear", antialias=True, align_corners=False)
    mean, deviation = torch.tensor(MEAN).view(1, 3, 1, 1), torch.tensor(DEVIATION).view(1, 3, 1, 1)
    return ((planes - mean) / deviation).contiguous()
