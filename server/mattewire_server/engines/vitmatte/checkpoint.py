"""Reading ViTMatte weights: Hugging Face folders and original files, checked tensor by tensor before use."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # before transformers is imported: nothing is fetched at run time

import torch
from safetensors.torch import load_file
from transformers import VitMatteConfig, VitMatteForImageMatting
from transformers.initialization import no_init_weights

from mattewire_protocol.errors import WeightsMissing

from .. import misfits
from . import keys
from .options import Options
from .pixels import ORIGINAL, Preparation, preparation
from .weights import Source, find

_COUNTER = ".num_batches_tracked"  # of training; files from older torch lack it


def examine(path: Path, config: Mapping[str, str]) -> int:
    """Whether the weights at ``path`` are a ViTMatte's; returns the tensor count. Raises as ``load`` does.

    ``config`` of the weights list says nothing here: folders and original files tell their own architecture.
    """
    model, _ = load(find(Options(weights=path)))
    return len(model.state_dict())


def load(source: Source) -> tuple[Any, Preparation]:
    """The network on the CPU in float32, every tensor accounted for, and how it wants its pictures.

    ``WeightsMissing`` names the first tensors at fault: missing, unexpected, or of another shape.
    """
    tensors = _read(source)
    try:
        if keys.is_original(tensors):
            tensors, how = keys.renamed(tensors), ORIGINAL
            config = VitMatteConfig(**keys.architecture(tensors))
        else:
            how = preparation(source.read("preprocessor_config.json"))
            config = VitMatteConfig.from_pretrained(str(source.place), local_files_only=True)
        # transformers 5.23.0 adds them to a list, and cannot where a config leaves them out: the defaults are tuples.
        config.fusion_hidden_sizes = list(config.fusion_hidden_sizes)
        with no_init_weights():
            model = VitMatteForImageMatting(config)
    except WeightsMissing:
        raise
    except Exception as problem:  # what a damaged config raises depends on where it is damaged
        raise source.unfit(f"{type(problem).__name__}: {misfits.first_line(problem)}") from problem
    wanted = model.state_dict()
    for name, tensor in wanted.items():
        if name.endswith(_COUNTER):
            tensors.setdefault(name, torch.zeros_like(tensor))
    if faults := misfits.compared(tensors, {name: tuple(tensor.shape) for name, tensor in wanted.items()}):
        raise source.unfit(faults)
    model.load_state_dict({name: tensor.float() for name, tensor in tensors.items()}, strict=True)
    return model.eval().requires_grad_(False), how


def _read(source: Source) -> dict[str, torch.Tensor]:
    file = _file(source)
    try:
        if file.suffix == ".safetensors":
            content: Any = load_file(file)
        else:
            content = torch.load(file, map_location="cpu", weights_only=True)
    except Exception as problem:  # a damaged file trips the reader anywhere
        raise source.unfit(f"{file.name} cannot be read ({misfits.first_line(problem)})") from problem
    # The original's trainer puts the tensors into a table under "model", beside its own state.
    tensors = content.get("model", content) if isinstance(content, dict) else None
    if not isinstance(tensors, dict) or not all(isinstance(each, torch.Tensor) for each in tensors.values()):
        raise source.unfit(f"{file.name} holds no table of tensors")
    return tensors


def _file(source: Source) -> Path:
    if source.place.is_file():
        return source.place
    for name in ("model.safetensors", "pytorch_model.bin"):  # the base weights are published as the second only
        if (source.place / name).is_file():
            return source.place / name
    raise source.unfit("there is neither model.safetensors nor pytorch_model.bin in it")
