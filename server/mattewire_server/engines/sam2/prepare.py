"""From a picture and an artist's marks to what the model takes in, and from its logits back to the picture.

The whole picture is squeezed into a square, as the official predictor does (bicubic with antialiasing, which is what
Pillow's ``resize`` does there), then normalized with the ImageNet mean and deviation.

``border``: around the picture the square can carry a mirrored margin of whole tokens (16 model pixels each), so that
what leaves the frame is judged by features that have picture for neighbors, not the model's zero padding. The margin's
logits are thrown away. 0 is the official predictor's way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from numpy.typing import NDArray
from torch import Tensor

from ..seams import Mark, Picture
from .sizes import STRIDE

MEAN = (0.485, 0.456, 0.406)
DEVIATION = (0.229, 0.224, 0.225)
"""ImageNet's, per channel of RGB in 0..1; ``load_video_frames`` of facebookresearch/sam2 has the same."""

DROP, KEEP, TOP_LEFT, BOTTOM_RIGHT = 0, 1, 2, 3
"""Labels of prompt points, as SAM numbers them."""

CELL = 4
"""Model pixels per cell of the mask logits."""


@dataclass(frozen=True)
class Frame:
    """How the picture lies in the model's square. ``size``: its side in model pixels. ``border``: margin in tokens."""

    width: int
    height: int
    size: int
    border: int = 0

    @property
    def margin(self) -> int:
        return self.border * STRIDE

    @property
    def inner(self) -> int:
        """Side of the square that the picture itself fills, in model pixels."""
        return self.size - 2 * self.margin

    def pixels(self, picture: Picture, device: torch.device) -> Tensor:
        """The model's input, float32 (1, 3, size, size), normalized."""
        rgb = torch.from_numpy(picture.rgb).to(device).permute(2, 0, 1)[None]
        small = F.interpolate(rgb, (self.inner, self.inner), mode="bicubic", align_corners=False, antialias=True)
        small = small.clamp(0.0, 1.0)  # bicubic overshoots; Pillow clips to the codes too
        small = (small - small.new_tensor(MEAN).view(1, 3, 1, 1)) / small.new_tensor(DEVIATION).view(1, 3, 1, 1)
        return F.pad(small, (self.margin,) * 4, mode="reflect") if self.margin else small

    def points(
        self, box: tuple[float, float, float, float] | None, marks: Sequence[Mark], device: torch.device
    ) -> tuple[Tensor, Tensor]:
        """Coordinates float32 (1, 1, n, 2) and labels int32 (1, 1, n): the box's corners first, as SAM 2 is trained.

        Ours are continuous (a pixel covers [0, 1)); the model's name pixel centers, hence the half.
        """
        places: list[tuple[float, float, int]] = []
        if box is not None:
            places += [(box[0], box[1], TOP_LEFT), (box[2], box[3], BOTTOM_RIGHT)]
        places += [(mark.x, mark.y, KEEP if mark.keep else DROP) for mark in marks]
        across, down = self.inner / self.width, self.inner / self.height
        coordinates = [
            (
                self.margin + min(max(x, 0.0), self.width) * across - 0.5,
                self.margin + min(max(y, 0.0), self.height) * down - 0.5,
            )
            for x, y, _ in places
        ]
        return (
            torch.tensor([[coordinates]], dtype=torch.float32, device=device),
            torch.tensor([[[label for _, _, label in places]]], dtype=torch.int32, device=device),
        )

    def mask(self, matte: NDArray[np.float32], device: torch.device) -> Tensor:
        """A matte (any size, 0..1, covering the picture) as the model's mask prompt: 0 or 1, (1, 1, size, size)."""
        whole = torch.from_numpy(np.ascontiguousarray(matte, np.float32)).to(device)[None, None]
        small = F.interpolate(whole, (self.inner, self.inner), mode="bilinear", align_corners=False, antialias=True)
        small = (small >= 0.5).float()
        return F.pad(small, (self.margin,) * 4, mode="reflect") if self.margin else small

    def logits(self, low: Tensor) -> NDArray[np.float32]:
        """The picture's part of the model's mask logits, float32 (inner, inner): enlarged to model pixels.

        ``low``: (1, 1, size / 4, size / 4). Before enlarging, the logits are carried on in a straight line beyond the
        frame: repeating the last cell instead, as image resizing does, bends every slanted edge upright over the last
        half cell (4 pixels of an HD frame). Keys' cubic with a = -0.5, which antialiased resizing uses, leaves straight
        ramps straight.
        """
        first, last = self.margin // CELL, (self.margin + self.inner) // CELL
        cells = low.float()[..., first:last, first:last]
        whole = F.interpolate(_carried_on(cells), scale_factor=CELL, mode="bicubic", antialias=True)[0, 0]
        edge = _BEYOND * CELL
        inside = whole[edge : edge + self.inner, edge : edge + self.inner].contiguous()
        return np.asarray(inside.cpu().numpy(), np.float32)


_BEYOND = 2
"""Cells by which logits are carried on: the reach of the cubic."""


def _carried_on(cells: Tensor) -> Tensor:
    for axis in (-1, -2):
        before = [2 * cells.select(axis, 0) - cells.select(axis, step) for step in range(_BEYOND, 0, -1)]
        after = [2 * cells.select(axis, -1) - cells.select(axis, -1 - step) for step in range(1, _BEYOND + 1)]
        cells = torch.cat([torch.stack(before, axis), cells, torch.stack(after, axis)], dim=axis)
    return cells
