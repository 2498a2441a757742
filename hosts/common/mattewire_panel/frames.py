"""Which frame of the plate a host's frame shows, and back.

A host's timeline seldom counts as the plate's files do: a Read starts at 1 what the files call 1001, a clip is
reversed, a retime holds and skips. Mattes carry the plate's numbers; the map is what puts them back where they belong.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class FrameMap:
    """Host frame to plate frame: ``step`` times the host frame plus ``offset``, or ``explicit`` where it is given.

    ``first``/``last``: the host frames that it holds for, both included.
    """

    first: int
    last: int
    offset: int = 0
    step: int = 1
    explicit: Mapping[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"Frame {self.last} comes before {self.first}.")
        if self.step not in (1, -1):
            raise ValueError(f"A plain map runs forward or backward, not by {self.step}: give an explicit one.")
        if self.explicit and set(self.explicit) != set(self.host_frames):
            raise ValueError("An explicit map needs every frame from first to last.")

    @classmethod
    def of_pairs(cls, pairs: Mapping[int, int]) -> FrameMap:
        """The simplest map that says the same as ``pairs``. ``ValueError`` for no pair at all, and for a gap."""
        if not pairs:
            raise ValueError("There is no frame to map.")
        first, last = min(pairs), max(pairs)
        if len(pairs) != last - first + 1:
            raise ValueError(f"The map from {first} to {last} has a gap.")
        for step in (1, -1):
            offset = pairs[first] - step * first
            if all(plate == step * host + offset for host, plate in pairs.items()):
                return cls(first, last, offset, step)
        return cls(first, last, explicit=dict(pairs))

    @property
    def host_frames(self) -> range:
        return range(self.first, self.last + 1)

    @property
    def is_plain(self) -> bool:
        """Whether the host counts as the plate does."""
        return not self.explicit and self.step == 1 and self.offset == 0

    def plate(self, host: int) -> int:
        """The plate frame that ``host`` shows. ``ValueError`` outside first to last."""
        if not self.first <= host <= self.last:
            raise ValueError(f"Frame {host} is outside {self.first}-{self.last}.")
        return self.explicit[host] if self.explicit else self.step * host + self.offset

    def hosts(self, plate: int) -> list[int]:
        """The host frames that show ``plate``, ascending; a held frame has many, one that is skipped none."""
        if self.explicit:
            return sorted(host for host, shown in self.explicit.items() if shown == plate)
        host = (plate - self.offset) * self.step
        return [host] if self.first <= host <= self.last else []

    def host(self, plate: int) -> int | None:
        """The first host frame that shows ``plate``; None when none does."""
        return next(iter(self.hosts(plate)), None)

    @property
    def plate_range(self) -> tuple[int, int]:
        """First and last plate frame that is shown, both included: what has to be tracked through."""
        shown = self.explicit.values() if self.explicit else (self.plate(self.first), self.plate(self.last))
        return min(shown), max(shown)

    def within(self, first: int, last: int) -> FrameMap:
        """The same map for the host frames ``first`` to ``last`` only. ``ValueError`` when none of them is in it."""
        first, last = max(first, self.first), min(last, self.last)
        if last < first:
            raise ValueError(f"The clip has the frames {self.first}-{self.last}.")
        explicit = {host: plate for host, plate in self.explicit.items() if first <= host <= last}
        return FrameMap(first, last, self.offset, self.step, explicit)

    def to_wire(self) -> dict[str, object]:
        """Plain data, for a scene file."""
        tree: dict[str, object] = {"first": self.first, "last": self.last, "offset": self.offset, "step": self.step}
        if self.explicit:
            tree["explicit"] = [[host, plate] for host, plate in sorted(self.explicit.items())]
        return tree

    @classmethod
    def from_wire(cls, tree: Mapping[str, object]) -> FrameMap:
        """``ValueError`` for what ``to_wire`` did not write."""
        try:
            pairs: Iterable[tuple[int, int]] = tree.get("explicit", ())  # type: ignore[assignment]
            first, last, offset, step = (int(tree[name]) for name in ("first", "last", "offset", "step"))  # type: ignore[call-overload]
            return cls(first, last, offset, step, {int(host): int(plate) for host, plate in pairs})
        except (KeyError, TypeError, AttributeError, OverflowError) as problem:
            raise ValueError(f"This is no frame map: {problem}.") from None
