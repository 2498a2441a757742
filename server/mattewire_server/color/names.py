"""How hosts and people write the name of a colorspace."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator

_DEFAULT = re.compile(r"default\s*\((.*)\)", re.IGNORECASE)
_ROLE = re.compile(
    r"(?:scene_linear|rendering|reference|compositing_(?:linear|log)|color_(?:timing|picking)|texture_paint"
    r"|matte_paint)\s*\((.*)\)",
    re.IGNORECASE,
)


_LONG_ENOUGH = 4  # letters, for one name to count as a part of another


def key(name: str) -> str:
    """Case, spaces and punctuation do not count."""
    return re.sub(r"[^a-z0-9]+", "", name.lower())


def spellings(name: str) -> Iterator[str]:
    """``name`` and what is left of it without a host's own additions, in the order to try.

    Nuke's knob says ``default (linear)`` and ``scene_linear (ACES - ACEScg)``; menus put families first, as in
    ``Input/ARRI/ARRI LogC4``.
    """
    name = name.strip()
    yield name
    for addition in (_DEFAULT, _ROLE):
        inside = addition.fullmatch(name)
        if inside:
            yield from spellings(inside.group(1))
    if "/" in name:
        yield name.rpartition("/")[2].strip()


def near(name: str, known: Iterable[str], count: int = 4) -> list[str]:
    """The ``known`` names most like ``name``, best first; those that hold it, or are held in it, count as like."""
    wanted = key(name)
    by_key = {key(candidate): candidate for candidate in known}
    close = difflib.get_close_matches(wanted, by_key, n=count, cutoff=0.6)
    inside = [
        found for found in by_key if len(wanted) >= 3 and (wanted in found or (len(found) > 3 and found in wanted))
    ]
    return [by_key[found] for found in dict.fromkeys([*close, *sorted(inside, key=len)])][:count]
