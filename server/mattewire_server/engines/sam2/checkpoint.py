"""Reading SAM 2 weights: Meta's ``.pt`` files and Hugging Face folders, checked tensor by tensor before use."""

from __future__ import annotations

import json
import os
import struct
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor
from transformers import Sam2VideoConfig, Sam2VideoModel
from transformers.initialization import no_init_weights

from mattewire_protocol.errors import WeightsMissing

from .. import misfits
from .keymap import POINT_ROWS, POINT_TABLE, converted
from .sizes import at_size, configuration


def config_of(path: Path, version: str, size: str, image_size: int) -> Sam2VideoConfig:
    """The architecture for the weights at ``path``: a folder's own ``config.json``, else SAM ``version`` ``size``."""
    if path.is_dir() and (path / "config.json").is_file():
        try:
            return at_size(Sam2VideoConfig.from_pretrained(path, local_files_only=True), image_size)
        except (OSError, ValueError, TypeError) as problem:
            raise WeightsMissing(f"{path / 'config.json'} cannot be used ({problem}).", advice=_AGAIN) from problem
    return configuration(version, size, image_size)


def load(path: Path, config: Sam2VideoConfig) -> Sam2VideoModel:
    """The model with the weights at ``path``, float32, on the CPU, in evaluation mode.

    ``path``: a ``.pt`` file as Meta publishes it, or a folder with ``.safetensors`` files. ``WeightsMissing`` names the
    first tensors at fault: missing, unexpected, or of another shape.
    """
    tensors = read(path)
    with no_init_weights():
        model = Sam2VideoModel(config)
    compare(tensors, {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}, path)
    model.load_state_dict({name: tensor.float() for name, tensor in tensors.items()}, strict=True)
    return model.eval().requires_grad_(False)


def shapes(config: Sam2VideoConfig) -> dict[str, tuple[int, ...]]:
    """Name and shape of every tensor of the architecture, without memory for them."""
    with torch.device("meta"), no_init_weights():
        model = Sam2VideoModel(config)
    return {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}


def examine(path: Path, config: Mapping[str, str]) -> int:
    """Whether the weights at ``path`` are those of a manifest entry's ``config``; returns the tensor count.

    No model is loaded. Raises as ``load`` does.
    """
    tensors = read(path)
    compare(tensors, shapes(configuration(config["version"], config["size"])), path)
    return len(tensors)


def read(path: Path) -> dict[str, Tensor]:
    """The tensors at ``path`` under transformers' names, memory-mapped where the format allows."""
    if path.is_dir():
        return _read_folder(path)
    if path.suffix == ".safetensors":
        return _read_safetensors(path)
    return _renamed(_read_pt(path), path)


def compare(tensors: Mapping[str, Tensor], wanted: Mapping[str, tuple[int, ...]], path: Path) -> None:
    """``WeightsMissing`` with the first tensors at fault when ``tensors`` are not exactly the ``wanted`` ones."""
    if faults := misfits.compared(tensors, wanted):
        raise WeightsMissing(
            f"{path} is not this model: {faults}.",
            advice="Compare the file's name with `mattewire weights list`, and add the right one.",
        )


def _read_pt(path: Path) -> dict[str, Tensor]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about odd formats: what cannot be used is refused below
            content: Any = torch.load(path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path))
    except FileNotFoundError as problem:
        raise WeightsMissing(f"{path} is gone.", advice=_AGAIN) from problem
    except Exception as problem:  # a damaged file trips the reader anywhere
        raise WeightsMissing(f"{path} {_fault(path, problem)}.", advice=_AGAIN) from problem
    tensors = content.get("model", content) if isinstance(content, dict) else None
    if not isinstance(tensors, dict) or not all(isinstance(tensor, Tensor) for tensor in tensors.values()):
        raise WeightsMissing(f"{path} holds no table of tensors.", advice=_AGAIN)
    return tensors


def _fault(path: Path, problem: Exception) -> str:
    """Why torch could not read a file. A zip's table of contents is at its end: without it no tensor can be found."""
    with path.open("rb") as file:
        cut = file.read(2) == b"PK" and not zipfile.is_zipfile(path)
    if cut:
        return f"is cut off after {path.stat().st_size} bytes; every tensor from the first on is at fault"
    return f"is no PyTorch file ({str(problem).split('. ')[0].splitlines()[0] if str(problem) else 'empty'})"


def _renamed(official: Mapping[str, Tensor], path: Path) -> dict[str, Tensor]:
    made: dict[str, Tensor] = {}
    for name, tensor in official.items():
        for new in converted(name):
            if new != POINT_TABLE:
                made[new] = tensor
    rows = [official[name] for name in POINT_ROWS if name in official]
    if len(rows) == len(POINT_ROWS) and len({tuple(row.shape) for row in rows}) == 1:
        made[POINT_TABLE] = torch.cat(rows, dim=0)
    elif rows:
        gone = next((name for name in POINT_ROWS if name not in official), POINT_ROWS[0])
        raise WeightsMissing(f"{path} is not this model: {gone} is missing or of another shape.", advice=_AGAIN)
    return made


def _read_folder(folder: Path) -> dict[str, Tensor]:
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise WeightsMissing(f"{folder} holds no .safetensors file.", advice=_AGAIN)
    tensors: dict[str, Tensor] = {}
    for file in files:
        tensors.update(_read_safetensors(file))
    return tensors


def _read_safetensors(path: Path) -> dict[str, Tensor]:
    cut = first_cut_off(path)
    if cut:
        raise WeightsMissing(f"{path} is cut off; the first tensors at fault: {', '.join(cut)}.", advice=_AGAIN)
    try:
        tensors: dict[str, Tensor] = load_file(path)
    except (SafetensorError, OSError, ValueError) as problem:
        raise WeightsMissing(f"{path} is no safetensors file ({problem}).", advice=_AGAIN) from problem
    return tensors


def first_cut_off(path: Path) -> list[str]:
    """The first tensors of a safetensors file that end beyond the file; none when all are inside.

    The header is a length (8 bytes, little endian) and JSON with the offsets of every tensor; it is at the front, so
    that a truncated file still tells its names.
    """
    try:
        with path.open("rb") as file:
            length = struct.unpack("<Q", file.read(8))[0]
            here = os.fstat(file.fileno()).st_size
            header = json.loads(file.read(length)) if length < here else {}
    except (OSError, struct.error, ValueError):
        return []
    ends = {name: 8 + length + item["data_offsets"][1] for name, item in header.items() if name != "__metadata__"}
    return sorted((name for name, end in ends.items() if end > here), key=lambda name: ends[name])[: misfits.SHOWN]


_AGAIN = "Pull or copy it again: `mattewire weights pull NAME` or `mattewire weights add NAME PATH`."

__all__ = ["compare", "config_of", "examine", "load", "read", "shapes"]
