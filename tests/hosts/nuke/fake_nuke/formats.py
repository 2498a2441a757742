"""Formats, boxes and frame ranges: the small things that nodes hand out."""

from __future__ import annotations

from typing import Any, Iterator, List, Optional

from . import session
from .knobs import Knob
from .tcl import words_of
from .threads import Strict, host_class


@host_class
class Format(Strict):
    """A named picture size: pixels and pixel aspect (width of a pixel over its height)."""

    def __init__(
        self,
        width: int = 0,
        height: int = 0,
        x: int = 0,
        y: int = 0,
        r: Optional[int] = None,
        t: Optional[int] = None,
        pixelAspect: float = 1.0,
    ) -> None:
        self._width, self._height, self._aspect, self._name = int(width), int(height), float(pixelAspect), ""
        self._box = (x, y, self._width if r is None else r, self._height if t is None else t)

    def width(self) -> int:
        return self._width

    def height(self) -> int:
        return self._height

    def x(self) -> int:
        return self._box[0]

    def y(self) -> int:
        return self._box[1]

    def r(self) -> int:
        return self._box[2]

    def t(self) -> int:
        return self._box[3]

    def pixelAspect(self) -> float:
        return self._aspect

    def name(self) -> str:
        return self._name

    def setName(self, name: str) -> None:
        self._name = name

    def add(self, name: str) -> None:
        """Puts the format into the script's list under ``name``."""
        self._name = name
        formats = session.current().formats
        formats[:] = [other for other in formats if other._name != name] + [self]

    def _text(self) -> str:
        size = f"{self._width} {self._height}"
        return f"{size} {' '.join(map(str, self._box))} {self._aspect:g} {self._name}".rstrip()

    def _same(self, other: "Format") -> bool:
        mine = (self._width, self._height, self._aspect)
        return mine == (other._width, other._height, other._aspect)


def format_of(text: str) -> Format:
    """``2048 1152 0 0 2048 1152 1 name``, or ``2048 1152 1 name``. Raises ``RuntimeError`` when it is neither."""
    words = [word.text for word in words_of(text)]
    numbers = []
    while words and len(numbers) < 7 and words[0].replace(".", "", 1).isdigit():
        numbers.append(float(words.pop(0)))
    if len(numbers) == 7:
        width, height, x, y, r, t = (int(number) for number in numbers[:6])
        made = Format(width, height, x, y, r, t, numbers[6])
    elif len(numbers) in (2, 3):
        made = Format(int(numbers[0]), int(numbers[1]), pixelAspect=numbers[2] if len(numbers) == 3 else 1.0)
    else:
        raise RuntimeError(f"Bad format: {text}")
    made._name = " ".join(words)
    return made


@host_class
class Format_Knob(Knob):
    """A format, chosen by object or by the name it has in the script."""

    _code = 17

    def __init__(self, name: str, label: Optional[str] = None) -> None:
        super().__init__(name, label)
        self._format: Optional[Format] = None
        self._settle()

    def value(self) -> Format:
        """The format; the script's own where none was chosen. In proxy mode: not scaled."""
        return self._format or session.current().root._knob("format").value()

    def getValue(self) -> Format:
        return self.value()

    def actualValue(self) -> Format:
        return self.value()

    def name(self) -> str:
        return self._name

    def setValue(self, value: Any) -> bool:
        """Raises ``ValueError`` for a name that no format has."""
        with self._changing():
            if isinstance(value, Format):
                self._format = value
            else:
                found = [known for known in session.current().formats if known._name == value]
                if not found:
                    raise ValueError(f"{self._name}: no format is named {value!r}")
                self._format = found[0]
        return True

    def _text(self) -> str:
        return self.value()._text()

    def _read(self, text: str) -> None:
        words = words_of(text)
        self._format = format_of(words[0].text if len(words) == 1 else text)
        known = [other for other in session.current().formats if other._name == self._format._name]
        if self._format._name and not known:
            session.current().formats.append(self._format)

    def _state(self) -> Any:
        return self._format

    def _restore(self, state: Any) -> None:
        self._format = state


@host_class
class Info(Strict):
    """A node's bounding box, in Nuke's pixels."""

    def __init__(self, x: float, y: float, w: float, h: float) -> None:
        self._numbers = (float(x), float(y), float(w), float(h))

    def x(self) -> float:
        return self._numbers[0]

    def y(self) -> float:
        return self._numbers[1]

    def w(self) -> float:
        return self._numbers[2]

    def h(self) -> float:
        return self._numbers[3]


@host_class
class FrameRange(Strict):
    """``first`` to ``last``, both included, every ``increment``-th."""

    def __init__(self, first: int, last: int, increment: int = 1) -> None:
        self._first, self._last, self._increment = int(first), int(last), int(increment)

    def first(self) -> int:
        return self._first

    def last(self) -> int:
        return self._last

    def increment(self) -> int:
        return self._increment

    def frames(self) -> int:
        return len(self._list())

    def minFrame(self) -> int:
        return min(self._first, self._last)

    def maxFrame(self) -> int:
        return max(self._first, self._last)

    def isInRange(self, n: int) -> bool:
        return n in self._list()

    def _list(self) -> List[int]:
        step = abs(self._increment) or 1
        return list(
            range(self._first, self._last + 1, step)
            if self._first <= self._last
            else range(self._first, self._last - 1, -step)
        )

    def __iter__(self) -> Iterator[int]:
        return iter(self._list())

    def __str__(self) -> str:
        return f"{self._first}-{self._last}" + (f"x{self._increment}" if self._increment != 1 else "")


@host_class
class Layer(Strict):
    """Makes a layer known to the script: ``nuke.Layer("matte", ["matte.red"])``."""

    def __init__(self, name: str, channels: List[str]) -> None:
        self._name = name
        session.current().learn([f"{name}.{channel.split('.')[-1]}" for channel in channels])

    def name(self) -> str:
        return self._name

    def channels(self) -> List[str]:
        return list(session.current().layers[self._name])
