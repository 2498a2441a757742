"""What may follow what in a job's life. ``protocol/SPEC.md`` has the same table for people."""

from __future__ import annotations

from mattewire_protocol.errors import InternalError
from mattewire_protocol.messages import FINAL_STATES, JOB_STATES

FOLLOWS: dict[str, tuple[str, ...]] = {
    "queued": ("running", "canceled", "failed", "set_aside"),
    "running": ("running", "queued", "stopping", "done", "canceled", "failed", "set_aside"),
    "stopping": ("stopping", "canceled", "done", "failed"),
    **{state: () for state in FINAL_STATES},
}
"""``running`` goes back to ``queued`` when its worker died and the job is tried again. A ``running`` or ``stopping``
job repeats its state when its facts (range, keyframe, colorspace) become known."""

assert set(FOLLOWS) == set(JOB_STATES)


def check(before: str, after: str) -> None:
    """``InternalError`` when ``after`` may not follow ``before``."""
    if after not in FOLLOWS[before]:
        raise InternalError(f"A job that is {before} cannot become {after}.")
