"""Which device and number format the models run with, and what makes a run repeatable."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from mattewire_protocol.errors import BadField, OutOfMemory

from .held import empty_torch_cache

_ADVICE = "Choose draft quality or a smaller model, or free memory: close other programs, or the host's GPU caches."


def choose_device(wanted: str) -> torch.device:
    """``auto`` takes CUDA, then Apple's MPS, then the CPU. ``BadField`` when the one asked for is not there."""
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if wanted == "auto":
        return torch.device(next(name for name, usable in there.items() if usable))
    if not there.get(wanted, False):
        usable = ", ".join(name for name, found in there.items() if found)
        raise BadField(
            f"this torch ({torch.__version__}) cannot use {wanted}; it can use {usable}.",
            field="device",
            advice="Run `mattewire doctor`: it says which torch to install.",
        )
    return torch.device(wanted)


def choose_dtype(wanted: str, device: torch.device) -> torch.dtype:
    """``auto``: bfloat16 on a CUDA device that has it, as the official predictor is run; float32 elsewhere."""
    if wanted == "auto":
        fast = device.type == "cuda" and torch.cuda.is_bf16_supported()
        return torch.bfloat16 if fast else torch.float32
    formats = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
    return formats[wanted]


def make_repeatable(seed: int, deterministic: bool) -> None:
    """Seeds torch; ``deterministic`` asks it for algorithms that give the same bits every time.

    An operation without such an algorithm only warns: what SAM 2 computes with those (sums of ones, to number rows) is
    exact in any order.
    """
    torch.manual_seed(seed)
    if deterministic:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # cuBLAS needs it, before its first use
        torch.backends.cudnn.benchmark = False
    torch.use_deterministic_algorithms(deterministic, warn_only=True)


@contextmanager
def memory_told(frame: int | None = None) -> Iterator[None]:
    """Turns every way in which torch runs out of memory into ``OutOfMemory`` and lets go of its cache."""
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError, RuntimeError) as problem:
        if not _is_out_of_memory(problem):
            raise
        empty_torch_cache()
        where = f"Frame {frame}: t" if frame is not None else "T"
        first = str(problem).splitlines()[0] if str(problem) else type(problem).__name__
        raise OutOfMemory(f"{where}he model does not fit into memory ({first}).", advice=_ADVICE) from problem


def _is_out_of_memory(problem: BaseException) -> bool:
    # The CPU allocator and MPS have no class of their own for it.
    words = ("can't allocate memory", "not enough memory", "out of memory")
    return isinstance(problem, torch.OutOfMemoryError | MemoryError) or any(word in str(problem) for word in words)
