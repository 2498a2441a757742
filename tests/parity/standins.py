"""Stand-ins for the few names that the official GroundingDINO imports from torchvision and timm.

The wheels of torchvision bring a second torch with CUDA (5 GB), and timm brings torchvision. What GroundingDINO's
inference really calls of them is small and is written out here; what it only imports raises when it is called.
``install`` comes after ``import transformers``, which must not take these for the real packages.

Called on the way from a JPEG to logits: torchvision.transforms.functional.{resize, to_tensor, normalize} (on PIL
pictures: PIL's own bilinear resize, division by 255, subtraction and division), timm's to_2tuple, trunc_normal_ and
DropPath (in evaluation mode: nothing).
"""

from __future__ import annotations

import sys
from types import ModuleType

import numpy as np
import torch
from PIL import Image
from torch import nn


def _uncalled(name: str):
    def call(*arguments, **keywords):
        raise AssertionError(f"{name} is only imported by GroundingDINO's inference, and now it was called")

    return call


class DropPath(nn.Module):
    """Stochastic depth, which does nothing outside training."""

    def __init__(self, drop_prob: float = 0.0) -> None:
        super().__init__()

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        assert not self.training, "this stand-in is for inference"
        return values


def to_2tuple(value):
    return tuple(value) if isinstance(value, (tuple, list)) else (value, value)


def resize(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """torchvision's resize of a PIL picture: PIL's, bilinear; ``size`` is (height, width)."""
    return image.resize((size[1], size[0]), Image.Resampling.BILINEAR)


def to_tensor(image: Image.Image) -> torch.Tensor:
    return torch.from_numpy(np.array(image)).permute(2, 0, 1).contiguous().float().div(255)


def normalize(tensor: torch.Tensor, mean, std) -> torch.Tensor:
    return (tensor - torch.tensor(mean)[:, None, None]) / torch.tensor(std)[:, None, None]


class ToTensor:
    def __call__(self, image: Image.Image) -> torch.Tensor:
        return to_tensor(image)


def install() -> None:
    """Puts the stand-ins where ``import torchvision`` and ``import timm`` find them."""
    box_functions = {name: _uncalled(name) for name in ("nms", "box_area", "box_convert")}
    modules = {
        "torchvision": {"__version__": "0.28.0", "_is_tracing": lambda: False},
        "torchvision.models": {},
        "torchvision.models._utils": {"IntermediateLayerGetter": _uncalled("IntermediateLayerGetter")},
        "torchvision.ops": box_functions,
        "torchvision.ops.boxes": box_functions,
        "torchvision.transforms": {
            "ToTensor": ToTensor, "RandomCrop": object, "RandomErasing": object, "PILToTensor": object
        },
        "torchvision.transforms.functional": {"resize": resize, "to_tensor": to_tensor, "normalize": normalize},
        "timm": {},
        "timm.models": {},
        "timm.models.layers": {
            "DropPath": DropPath, "to_2tuple": to_2tuple, "trunc_normal_": nn.init.trunc_normal_
        },
        # GroundingDINO's drawing module, which wants matplotlib and pycocotools.
        "groundingdino.util.visualizer": {"COCOVisualizer": _uncalled("COCOVisualizer")},
    }  # fmt: skip
    for name, contents in modules.items():
        module = ModuleType(name)
        vars(module).update(contents)
        sys.modules[name] = module
    for name in modules:
        parent, _, child = name.rpartition(".")
        if parent in modules:
            setattr(sys.modules[parent], child, sys.modules[name])
