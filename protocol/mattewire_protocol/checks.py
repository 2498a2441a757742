"""Range checks that the message dataclasses share. Each raises ``BadField`` naming the field and the way out."""

from __future__ import annotations

import math
import re
from typing import Iterable, Sequence

from .errors import BadField

FRAME_LIMIT = 10_000_000
"""Frame numbers lie in -FRAME_LIMIT..FRAME_LIMIT: a day at 100 fps is 8.6 million frames."""

PIXEL_LIMIT = 1_000_000.0
"""Coordinates lie in -PIXEL_LIMIT..PIXEL_LIMIT plate pixels."""

JOB_ID = re.compile(r"[A-Za-z0-9_-]{8,64}\Z")


def between(field: str, value: float, low: float, high: float, unit: str = "") -> None:
    """``low <= value <= high``, and a finite number."""
    if not math.isfinite(value) or not low <= value <= high:
        raise BadField(f"must lie between {low:g} and {high:g}{unit}, not {value!r}.", field=field)


def frame_number(field: str, value: int) -> None:
    between(field, value, -FRAME_LIMIT, FRAME_LIMIT)


def pixel(field: str, value: float) -> None:
    between(field, value, -PIXEL_LIMIT, PIXEL_LIMIT, " pixels")


def one_of(field: str, value: str, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise BadField(f"{value!r} is not one of {', '.join(allowed)}.", field=field)


def text(field: str, value: str, limit: int = 4096) -> None:
    """Text that is not blank, not longer than ``limit`` characters, and has no control characters."""
    if not value.strip():
        raise BadField("is empty.", field=field)
    if len(value) > limit:
        raise BadField(f"is longer than {limit} characters.", field=field)
    if any(ord(character) < 32 or 0xD800 <= ord(character) <= 0xDFFF for character in value):
        raise BadField("has control characters.", field=field)


def at_most(field: str, items: Iterable[object], limit: int) -> None:
    if sum(1 for _ in items) > limit:
        what = "characters" if isinstance(items, str) else "entries"
        raise BadField(f"has more than {limit} {what}.", field=field)


def job_id(field: str, value: str) -> None:
    if not JOB_ID.match(value):
        raise BadField("must be 8 to 64 letters, digits, '-' or '_'.", field=field)
