"""How an engine reads its settings: from the request, else from the environment, else the default. No torch."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mattewire_protocol.errors import BadField

DEVICES = ("auto", "cuda", "mps", "cpu")
DTYPES = ("auto", "float32", "bfloat16", "float16")

Pick = Callable[[str, str, Any, Callable[[Any], Any]], Any]
"""``pick(setting, variable, default, made)``; ``made`` turns what was given into a value or raises ``ValueError``."""


def picker(settings: Mapping[str, Any], environment: Mapping[str, str] | None = None) -> Pick:
    """A ``Pick`` over ``settings`` and ``environment`` (this process's own by default).

    It raises ``BadField`` naming the setting, or the variable, that cannot be used.
    """
    values = os.environ if environment is None else environment

    def pick(name: str, variable: str, default: Any, made: Callable[[Any], Any]) -> Any:
        given = settings.get(name)
        raw = given if given is not None else values.get(variable) or None
        if raw is None:
            return default
        try:
            return made(raw)
        except (TypeError, ValueError) as problem:
            where = name if given is not None else variable
            raise BadField(f"{raw!r} cannot be used ({problem}).", field=where) from problem

    return pick


def path(raw: Any) -> Path:
    return Path(raw).expanduser()


def share(raw: Any) -> float:
    """A number in 0..1."""
    number = float(raw)
    if not 0 <= number <= 1:
        raise ValueError("must lie in 0..1")
    return number


def whole(lowest: int, highest: int) -> Callable[[Any], int]:
    def made(raw: Any) -> int:
        number = int(raw)
        if not lowest <= number <= highest:
            raise ValueError(f"must be {lowest} to {highest}")
        return number

    return made


def one_of(allowed: tuple[str, ...]) -> Callable[[Any], str]:
    def made(raw: Any) -> str:
        if raw not in allowed:
            raise ValueError(f"choose one of {', '.join(allowed)}")
        return str(raw)

    return made


def yes(raw: Any) -> bool:
    words = {"1": True, "yes": True, "true": True, "on": True, "0": False, "no": False, "false": False, "off": False}
    if str(raw).lower() not in words:
        raise ValueError("say yes or no")
    return words[str(raw).lower()]
