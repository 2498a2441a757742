"""The detector's network: loading it from either format, and running it on one picture."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zipfile import is_zipfile

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # before transformers is imported: nothing is fetched at run time

import numpy as np
import torch
from transformers import (
    AutoConfig,
    BertConfig,
    BertTokenizer,
    GroundingDinoConfig,
    GroundingDinoForObjectDetection,
    MMGroundingDinoForObjectDetection,
    SwinConfig,
)
from transformers.initialization import no_init_weights
from transformers.utils import logging as transformers_logging

from mattewire_protocol.errors import OutOfMemory, WeightsMissing

from .. import misfits
from ..detections import Floats
from . import keys
from .edges import OfficialEdges
from .text import CLS, QUESTION, SEP, STOP, Caption
from .weights import MODELS, VOCABULARY, Source

transformers_logging.set_verbosity_error()
transformers_logging.disable_progress_bar()

SWIN: dict[int, SwinConfig] = {
    96: SwinConfig(image_size=224, embed_dim=96, depths=[2, 2, 6, 2], num_heads=[3, 6, 12, 24], window_size=7,
                   out_indices=[2, 3, 4]),
    128: SwinConfig(image_size=384, embed_dim=128, depths=[2, 2, 18, 2], num_heads=[4, 8, 16, 32], window_size=12,
                    out_indices=[2, 3, 4]),
}  # fmt: skip
"""The image encoders of the original files by the channels of their first stage: swin_T_224_1k and swin_B_384_22k
(IDEA-Research/GroundingDINO, models/GroundingDINO/backbone/swin_transformer.py)."""

FAMILIES = {
    "grounding-dino": GroundingDinoForObjectDetection,
    "mm-grounding-dino": MMGroundingDinoForObjectDetection,
}


class Network:
    """A detector ready to run on one device."""

    def __init__(self, source: Source, device: str, dtype: str) -> None:
        """Raises ``WeightsMissing`` for weights or a vocabulary that do not fit, ``OutOfMemory``."""
        self.device = torch.device(device)
        self.dtype: torch.dtype = getattr(torch, dtype)
        self._tokenizer = load_tokenizer(source.vocabulary)
        self._model = load_model(source)
        known = self._model.config.text_config.vocab_size
        if len(self._tokenizer) > known:
            raise _unfit(
                source.vocabulary, f"it has {len(self._tokenizer)} words, the weights only {known}", VOCABULARY
            )
        self.unknown: int = self._tokenizer.unk_token_id
        with memory_guard(self.device):
            self._model = self._model.to(device=self.device, dtype=self.dtype).eval().requires_grad_(False)
        self._edges = OfficialEdges(self._model) if MODELS[source.name].family == "grounding-dino" else None

    def follow_transformers(self) -> None:
        """Drops the official rule at the picture's edges (``edges``); to measure what it is worth."""
        if self._edges is not None:
            self._edges.remove()

    def pieces(self, word: str) -> list[int]:
        """The token ids of one word."""
        return list(self._tokenizer.encode(word, add_special_tokens=False))

    def logits(self, pixels: torch.Tensor, caption: Caption) -> tuple[torch.Tensor, torch.Tensor]:
        """float32 on the CPU: logits (queries, tokens of the caption); boxes (queries, 4) as center x, center y,
        width, height in 0..1 of the picture. ``pixels``: as ``pixels.prepare`` makes them."""
        with torch.inference_mode(), memory_guard(self.device):
            ids = torch.tensor([caption.ids], device=self.device)
            output = self._model(pixel_values=pixels.to(device=self.device, dtype=self.dtype), input_ids=ids)
            return output.logits[0, :, : len(caption.ids)].float().cpu(), output.pred_boxes[0].float().cpu()

    def scores(self, pixels: torch.Tensor, caption: Caption, width: int, height: int) -> tuple[Floats, Floats]:
        """Token scores (queries, tokens), 0..1, and boxes (queries, 4) in pixels of a ``width`` x ``height`` picture,
        cut at its edges; both float32."""
        logits, boxes = self.logits(pixels, caption)
        x, y, wide, high = boxes.unbind(-1)
        corners = torch.stack([x - wide / 2, y - high / 2, x + wide / 2, y + high / 2], dim=-1)
        inside = corners.clamp(0, 1) * torch.tensor([width, height, width, height])
        return np.asarray(logits.sigmoid()), np.asarray(inside)


def load_model(source: Source) -> Any:
    """The network on the CPU in float32, every tensor accounted for. Raises ``WeightsMissing`` naming the first ones
    at fault."""
    if source.checkpoint.is_dir():
        return _from_folder(source)
    original = _read_original(source)
    channels = int(original["backbone.0.patch_embed.proj.weight"].shape[0])
    if channels not in SWIN or channels != MODELS[source.name].channels:
        raise _unfit(
            source.checkpoint, f"its image encoder has {channels} channels, not those of {source.label}", source.name
        )
    return fill(build(channels), keys.convert(original), source)


def build(channels: int) -> Any:
    """The original architecture with its memory not yet filled."""
    with no_init_weights():
        return GroundingDinoForObjectDetection(
            GroundingDinoConfig(backbone_config=SWIN[channels], text_config=BertConfig())
        )


def fill(model: Any, mapped: keys.Mapped, source: Source) -> Any:
    """Puts ``mapped`` tensors into ``model``. ``WeightsMissing`` unless every tensor has its place and its shape."""
    wanted: dict[str, torch.Tensor] = model.state_dict()
    filled = {name: torch.ones_like(wanted[name]) if name.endswith("weight") else torch.zeros_like(wanted[name])
              for name in keys.FILLED}  # fmt: skip
    tensors = {**filled, **mapped.tensors}
    # The box head of all decoder layers is one tensor in memory; files hold a copy for each.
    heads = [(name, _first_head(name)) for name in tensors if name.startswith(keys.HEADS)]
    _refuse(
        source,
        missing=[name for name in wanted if name not in tensors],
        unexpected=[*mapped.unknown, *(name for name in tensors if name not in wanted)],
        misshapen=[
            f"{name} {tuple(tensor.shape)}, not {tuple(wanted[name].shape)}"
            for name, tensor in tensors.items()
            if name in wanted and tensor.shape != wanted[name].shape
        ],
        differing=[
            name for name, first in heads if first in tensors and not torch.equal(tensors[name], tensors[first])
        ],
    )
    model.load_state_dict(tensors, strict=True)
    return model


def load_tokenizer(place: Path) -> BertTokenizer:
    """BERT's tokenizer from ``vocab.txt`` or a folder. ``WeightsMissing`` where its special tokens are not where
    GroundingDINO expects them."""
    listed = place if place.is_file() else place / "vocab.txt"
    try:
        if listed.is_file():
            # `vocab=`, not `vocab_file=`: transformers 5 ignores the latter and knows no word then.
            # Not splitlines(), which would also part words that are rare line separators.
            words = listed.read_text(encoding="utf-8").removesuffix("\n").split("\n")
            vocabulary = {word.rstrip("\r"): number for number, word in enumerate(words)}
            tokenizer = BertTokenizer(vocab=vocabulary, do_lower_case=True)
        else:
            tokenizer = BertTokenizer.from_pretrained(str(place), local_files_only=True)
    except Exception as problem:
        raise _unfit(place, f"{type(problem).__name__}: {problem}", VOCABULARY) from problem
    special = tokenizer.convert_tokens_to_ids(["[CLS]", "[SEP]", ".", "?"])
    if special != [CLS, SEP, STOP, QUESTION]:
        raise _unfit(place, f"[CLS], [SEP], the full stop and the question mark are words {special}, "
                            f"not {[CLS, SEP, STOP, QUESTION]}", VOCABULARY)  # fmt: skip
    return tokenizer


@contextmanager
def memory_guard(device: torch.device) -> Iterator[None]:
    """Turns the device's out-of-memory into ``OutOfMemory`` and lets go of what the device still holds."""
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError, RuntimeError) as problem:
        # The CPU allocator and MPS have no class of their own for it.
        words = ("can't allocate memory", "not enough memory", "out of memory")
        told = isinstance(problem, torch.OutOfMemoryError | MemoryError) or any(w in str(problem) for w in words)
        if not told:
            raise
        if device.type == "cuda":
            torch.cuda.empty_cache()
        raise OutOfMemory(
            f"The detector ran out of memory on {device}.",
            advice="Set MATTEWIRE_DETECT_LONG_EDGE to fewer pixels, or free memory in the host and try again.",
        ) from problem


def _from_folder(source: Source) -> Any:
    try:
        config = AutoConfig.from_pretrained(str(source.checkpoint), local_files_only=True)
    except Exception as problem:
        raise _unfit(source.checkpoint, f"config.json: {type(problem).__name__}: {problem}", source.name) from problem
    family = FAMILIES.get(config.model_type)
    if family is None or config.model_type != MODELS[source.name].family:
        raise _unfit(source.checkpoint, f"config.json says {config.model_type}, not {source.label}", source.name)
    channels = getattr(config.backbone_config, "embed_dim", 0)
    for other in MODELS.values():
        if other.family == config.model_type and other.channels == channels != MODELS[source.name].channels:
            raise _unfit(source.checkpoint, f"it is {other.label}", source.name)
    try:
        model, report = family.from_pretrained(
            str(source.checkpoint),
            config=config,
            dtype=torch.float32,
            local_files_only=True,
            use_safetensors=True,
            ignore_mismatched_sizes=True,  # they are refused below, by name
            output_loading_info=True,
        )
    except Exception as problem:
        raise _unfit(source.checkpoint, f"{type(problem).__name__}: {problem}", source.name) from problem
    _refuse(
        source,
        missing=sorted(name for name in report["missing_keys"] if name not in keys.FILLED),
        unexpected=sorted(name for name in report["unexpected_keys"] if not name.endswith(keys.COUNTED)),
        misshapen=sorted(f"{name} {tuple(got)}, not {tuple(want)}" for name, got, want in report["mismatched_keys"]),
    )
    return model


def _read_original(source: Source) -> dict[str, torch.Tensor]:
    try:
        in_pieces = is_zipfile(source.checkpoint)  # torch's older format is no zip and cannot be mapped
        data = torch.load(source.checkpoint, map_location="cpu", weights_only=True, mmap=in_pieces)
    except Exception as problem:  # what a damaged or hostile file raises depends on where it is damaged
        first = str(problem).splitlines()[0] if str(problem) else ""
        raise _unfit(
            source.checkpoint, f"it cannot be read ({type(problem).__name__}: {first})", source.name
        ) from problem
    state = data.get("model", data) if isinstance(data, dict) else {}
    tensors = {
        str(name).removeprefix("module."): value for name, value in state.items() if isinstance(value, torch.Tensor)
    }
    if not keys.is_original(tensors) or "backbone.0.patch_embed.proj.weight" not in tensors:
        first = ", ".join(sorted(tensors)[: misfits.SHOWN]) or "no tensor"
        raise _unfit(source.checkpoint, f"it is no GroundingDINO file; it starts with {first}", source.name)
    return tensors


def _first_head(name: str) -> str:
    return "bbox_embed.0." + name.split("bbox_embed.")[1].split(".", 1)[1]


def _refuse(source: Source, **faults: Sequence[str]) -> None:
    if told := misfits.counted(**faults):
        raise _unfit(source.checkpoint, f"tensors do not fit ({told})", source.name)


def _unfit(path: Path, reason: str, name: str) -> WeightsMissing:
    label = MODELS[name].label if name in MODELS else name
    return WeightsMissing(
        f"{path} cannot be used as {label}: {reason}.",
        advice=f"Get the file again with `mattewire weights pull {name}`, or add another one with"
        f" `mattewire weights add {name} PATH`.",
    )
