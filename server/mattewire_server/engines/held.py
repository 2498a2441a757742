"""What loaded engines hold on the device, and letting go of it. Asks torch only where an engine has loaded it."""

from __future__ import annotations

import gc
import logging
import sys
from collections.abc import Iterable
from typing import Any

from .seams import Engine

log = logging.getLogger("mattewire.engines")


def device_bytes(loaded: Iterable[Engine]) -> int:
    """Bytes that this process holds on the GPU: what torch has reserved, its cache included (the driver counts that
    as used too), and what parts tell that compute without torch, through a method ``memory()``. 0 when they fail."""
    try:
        return _torch_bytes() + sum(_told(part) for engine in loaded for part in parts(engine))
    except Exception:  # no job ends over a number for a status line: torch may be half imported, a driver gone
        log.exception("the memory held cannot be read")
        return 0


def let_go(dropped: list[Engine]) -> None:
    """Closes the engines' parts that have a ``close()``, and gives the device memory back to other programs.

    Empties ``dropped``: the last references should be there. A part that fails to close is logged, the others are
    closed all the same.
    """
    while dropped:
        _close(dropped.pop())
    gc.collect()  # before the cache: models sit in reference cycles
    empty_torch_cache()


def parts(engine: Engine) -> list[Any]:
    """What there is of detector, segmenter, refiner and depth estimator, each once."""
    every = (engine.detector, engine.segmenter, engine.refiner, engine.depth)
    there = [part for part in every if part is not None]
    return [part for place, part in enumerate(there) if not any(part is other for other in there[:place])]


def _close(engine: Engine) -> None:
    for part in parts(engine):
        try:
            if callable(getattr(part, "close", None)):
                part.close()
        except Exception:  # a third party's engine must not keep the others on the device
            log.exception("a part of engine %s cannot be closed", engine.name)


def _told(part: Any) -> int:
    memory = getattr(part, "memory", None)
    return int(memory()) if callable(memory) else 0


def _torch_bytes() -> int:
    torch: Any = sys.modules.get("torch")
    if torch is None:
        return 0
    held = 0
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        held += sum(torch.cuda.memory_reserved(device) for device in range(torch.cuda.device_count()))
    if torch.backends.mps.is_available():
        held += torch.mps.driver_allocated_memory()
    return int(held)


def empty_torch_cache() -> None:
    """Gives memory that torch keeps for later back to the system."""
    torch: Any = sys.modules.get("torch")
    if torch is None:
        return
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        torch.cuda.empty_cache()
    if torch.backends.mps.is_available():
        torch.mps.empty_cache()
