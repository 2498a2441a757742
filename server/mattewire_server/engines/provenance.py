"""What goes into files about how a matte was made, worked out when a file is to be stamped and not before.

Hashing weights takes seconds, and a device is only known once torch is there: neither may happen where engines are only
listed. No torch here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping


class Late(Mapping[str, str]):
    """The facts that ``make`` tells, asked for once, when the first is read."""

    def __init__(self, make: Callable[[], Mapping[str, str]]) -> None:
        self._make = make
        self._made: Mapping[str, str] | None = None

    def _facts(self) -> Mapping[str, str]:
        if self._made is None:
            self._made = self._make()
        return self._made

    def __getitem__(self, name: str) -> str:
        return self._facts()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts())

    def __len__(self) -> int:
        return len(self._facts())


def together(*parts: Mapping[str, str]) -> Late:
    """Several provenances as one; of the same name the later one wins."""
    return Late(lambda: {name: value for part in parts for name, value in part.items()})
