"""Faults of engines, told with the frame they happened on."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator

from mattewire_protocol.errors import EngineFailed, MattewireError

log = logging.getLogger("mattewire.shots")


@contextlib.contextmanager
def named(frame: int) -> Iterator[None]:
    """A fault of the engine that is not one of our own errors is logged and names the frame."""
    try:
        yield
    except (MattewireError, MemoryError):
        raise
    except (Exception, SystemExit) as problem:  # some libraries end the process on bad input; not ours
        log.exception("the engine failed on frame %d", frame)
        raise EngineFailed(f"Frame {frame}: {type(problem).__name__}: {problem}.") from problem
