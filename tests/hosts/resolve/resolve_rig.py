"""A fake Resolve with a timeline in it, as most tests begin."""

from __future__ import annotations

from typing import Any

import fake_resolve
import footage

SIZE = (footage.WIDTH, footage.HEIGHT)


def opened(frame_rate: str = "24", size: tuple[int, int] = SIZE, **started: Any) -> Any:
    """A fake with one timeline called Edit, as large as the footage."""
    running = fake_resolve.start(frame_rate=frame_rate, size=size, **started)
    running.project.GetMediaPool().CreateEmptyTimeline("Edit")
    return running
