"""Animation: keys and curves of one component of a knob.

Between smooth keys the fake runs a cubic with Catmull-Rom slopes, flat at the ends and at extremes. Nuke's own
smoothing was not measured: rely on values at keys, on linear keys and on constant ones.
"""

from __future__ import annotations

import bisect
import re
from typing import Any, List, Optional, Tuple, Union

from . import expressions
from .threads import Strict, host_class

HORIZONTAL, BREAK, CONSTANT, LINEAR, SMOOTH, CATMULL_ROM, CUBIC = 0, 1, 2, 3, 4, 5, 6
"""Interpolations. Nuke's numbers were not measured; only the names mean something."""

_LETTERS = {"K": CONSTANT, "L": LINEAR, "S": SMOOTH, "R": CATMULL_ROM, "C": CUBIC}
State = Tuple[Optional[str], Tuple[Tuple[float, float, int], ...]]


class AnimationKey(Strict):
    """A key: ``x`` is the frame, ``y`` the value there. Changing it changes the curve."""

    def __init__(self, curve: "AnimationCurve", x: float, y: float, interpolation: int = SMOOTH) -> None:
        self._curve = curve
        self._x, self._y, self._interpolation = float(x), float(y), interpolation

    @property
    def x(self) -> float:
        return self._x

    @x.setter
    def x(self, value: float) -> None:
        with self._curve._changing():
            self._x = float(value)
            self._curve._keys.sort(key=lambda key: key._x)

    @property
    def y(self) -> float:
        return self._y

    @y.setter
    def y(self, value: float) -> None:
        with self._curve._changing():
            self._y = float(value)

    @property
    def interpolation(self) -> int:
        return self._interpolation

    @interpolation.setter
    def interpolation(self, value: int) -> None:
        with self._curve._changing():
            self._interpolation = value


@host_class
class AnimationCurve(Strict):
    """The animation of one component of a knob: keys, or an expression."""

    def __init__(self, knob: Any, index: int) -> None:
        self._knob_of, self._index = knob, index
        self._keys: List[AnimationKey] = []
        self._text: Optional[str] = None

    def knob(self) -> Any:
        return self._knob_of

    def knobIndex(self) -> int:
        return self._index

    def size(self) -> int:
        return len(self._keys)

    def keys(self) -> List[AnimationKey]:
        return list(self._keys)

    def setKey(self, t: float, y: float) -> AnimationKey:
        """Adds a key, or changes the one at ``t``."""
        with self._changing():
            return self._set(t, y)

    def addKey(self, keys: Any) -> None:
        with self._changing():
            for key in keys if isinstance(keys, (list, tuple)) else [keys]:
                self._set(key.x, key.y).interpolation = key.interpolation

    def removeKey(self, keys: Any) -> None:
        with self._changing():
            for key in keys if isinstance(keys, (list, tuple)) else [keys]:
                self._keys.remove(key)

    def clear(self) -> None:
        with self._changing():
            self._keys = []

    def changeInterpolation(self, keys: Any, kind: int) -> None:
        for key in keys:
            key.interpolation = kind

    def constant(self) -> bool:
        return self._text is None and len({key._y for key in self._keys}) < 2

    def expression(self) -> str:
        return self._text if self._text is not None else "curve"

    def noExpression(self) -> bool:
        return self._text is None

    def setExpression(self, text: str) -> None:
        with self._changing():
            self._text = text

    def evaluate(self, t: float) -> float:
        if self._text is not None:
            return expressions.evaluate(self._text, self._knob_of._node, t)
        return interpolate([(key._x, key._y, key._interpolation) for key in self._keys], t)

    def toScript(self, selected: bool = False) -> str:
        """The text of a script file: ``curve x1001 10 x1010 20``, or the expression."""
        if self._text is not None:
            return self._text
        words, running = ["curve"], SMOOTH
        for key in self._keys:
            if key._interpolation != running:
                running = key._interpolation
                words.append(next(letter for letter, kind in _LETTERS.items() if kind == running))
            words += [f"x{key._x:g}", repr_number(key._y)]
        return " ".join(words)

    def fromScript(self, text: str) -> None:
        with self._changing():
            self._read(text)

    def _read(self, text: str) -> None:
        words = text.split()
        self._keys, self._text = [], None
        if words[:1] != ["curve"]:
            self._text = text
            return
        running, x = SMOOTH, None
        for word in words[1:]:
            if word in _LETTERS:
                running = _LETTERS[word]
            elif re.fullmatch(r"x-?[\d.]+(e[-+]?\d+)?", word):
                x = float(word[1:])
            elif word != "i":
                # Values without an x of their own follow on the next frame, as Nuke writes dense curves.
                x = 0.0 if x is None else x
                self._set(x, float(word))._interpolation = running
                x += 1

    def _set(self, t: float, y: float) -> AnimationKey:
        for key in self._keys:
            if key._x == t:
                key._y = float(y)
                return key
        key = AnimationKey(self, t, y)
        self._keys.append(key)
        self._keys.sort(key=lambda other: other._x)
        return key

    def _changing(self) -> Any:
        return self._knob_of._changing()

    def _state(self) -> State:
        return self._text, tuple((key._x, key._y, key._interpolation) for key in self._keys)

    def _restore(self, state: State) -> None:
        self._text = state[0]
        self._keys = [AnimationKey(self, *key) for key in state[1]]


def interpolate(keys: List[Tuple[float, float, int]], t: float) -> float:
    """The value at ``t`` of (frame, value, interpolation) keys in order; constant outside, 0 without keys."""
    if not keys:
        return 0.0
    after = bisect.bisect_right([key[0] for key in keys], t)
    if after == 0 or after == len(keys):
        return keys[0 if after == 0 else -1][1]
    (x0, y0, kind), (x1, y1, _) = keys[after - 1], keys[after]
    part = (t - x0) / (x1 - x0)
    if part == 0 or kind == CONSTANT:
        return y0
    if kind == LINEAR:
        return y0 + (y1 - y0) * part
    m0, m1 = _slope(keys, after - 1) * (x1 - x0), _slope(keys, after) * (x1 - x0)
    p2, p3 = part * part, part**3
    return (2 * p3 - 3 * p2 + 1) * y0 + (p3 - 2 * p2 + part) * m0 + (3 * p2 - 2 * p3) * y1 + (p3 - p2) * m1


def _slope(keys: List[Tuple[float, float, int]], at: int) -> float:
    if at in (0, len(keys) - 1):
        return 0.0
    before, after = keys[at][1] - keys[at - 1][1], keys[at + 1][1] - keys[at][1]
    if before * after <= 0:
        return 0.0
    return (keys[at + 1][1] - keys[at - 1][1]) / (keys[at + 1][0] - keys[at - 1][0])


def repr_number(value: Union[int, float]) -> str:
    """A number as a script file has it: the shortest text that reads back the same, whole numbers without a point."""
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))
