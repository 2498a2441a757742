"""Knobs that hold numbers: each component has a constant value and perhaps a curve or an expression.

Traps kept from the real thing: ``setValueAt`` makes a key only on an animated component (``setAnimated`` first);
``setValue`` on an animated one keys the current frame; a color or a size whose components agree gives one float.
"""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Sequence

from . import session
from .curves import AnimationCurve, repr_number
from .knobs import NO_ANIMATION, Knob
from .tcl import words_of
from .threads import host_class


@host_class
class Array_Knob(Knob):
    """A knob of numbers, each with a constant value and perhaps a curve or an expression."""

    _names: Sequence[str] = ("",)

    def __init__(self, name: str, label: Optional[str] = None, size: Optional[int] = None) -> None:
        super().__init__(name, label)
        self._numbers: List[float] = [0.0] * (size or len(self._names))
        self._curves: Dict[int, AnimationCurve] = {}
        self._range = (0.0, 1.0)
        self._settle()

    def arraySize(self) -> int:
        return len(self._numbers)

    def setRange(self, low: float, high: float) -> None:
        self._range = (float(low), float(high))

    def min(self) -> float:
        return self._range[0]

    def max(self) -> float:
        return self._range[1]

    def defaultValue(self, index: int = 0) -> float:
        return self._default[0][index]

    def setDefaultValue(self, values: Sequence[float]) -> None:
        self._default = (tuple(float(value) for value in values), ())

    def notDefault(self) -> bool:
        return self._not_default()

    def singleValue(self, view: Optional[str] = None) -> bool:
        return len(set(self._numbers)) == 1

    def array(self) -> List[float]:
        return self._all(self._now())

    def value(self, index: Optional[int] = None, view: Optional[str] = None) -> Any:
        return self.getValue(-1 if index is None else index)

    def getValue(self, index: int = -1, view: Optional[str] = None) -> Any:
        return self._given(self._all(self._now()), index)

    def valueAt(self, frame: float, index: int = -1, view: Optional[str] = None) -> Any:
        return self._given(self._all(frame), index)

    def getValueAt(self, frame: float, index: int = -1, view: Optional[str] = None) -> Any:
        return self._given(self._all(frame), index)

    def setValue(self, value: Any, index: int = -1, time: Optional[float] = None, view: Optional[str] = None) -> bool:
        """All components from a sequence, or one number for all, or component ``index``."""
        frame = self._now() if time is None else time
        with self._changing():
            if index >= 0:
                self._set(self._index(index), self._number(value), frame)
                return True
            values = list(value) if isinstance(value, (list, tuple)) else [value] * len(self._numbers)
            if len(values) > len(self._numbers):
                raise TypeError(f"{self._name}: {len(values)} values for {len(self._numbers)} components")
            for at, number in enumerate(values):
                self._set(at, self._number(number), frame)
        return True

    def setValueAt(self, value: float, time: float, index: int = -1, view: Optional[str] = None) -> bool:
        """A key at ``time`` where the component is animated; else the constant changes and no key appears."""
        with self._changing():
            for at in range(len(self._numbers)) if index < 0 else [self._index(index)]:
                self._set(at, self._number(value), time)
        return True

    def setAnimated(self, index: int = -1, view: Optional[str] = None) -> bool:
        if self._flags & NO_ANIMATION:
            return False
        with self._changing():
            for at in range(len(self._numbers)) if index < 0 else [self._index(index)]:
                self._curves.setdefault(at, AnimationCurve(self, at))
        return True

    def clearAnimated(self, index: int = -1, view: Optional[str] = None) -> bool:
        frame = self._now()
        with self._changing():
            for at in list(self._curves) if index < 0 else [index]:
                self._numbers[at] = self._all(frame)[at]
                self._curves.pop(at, None)
        return True

    def isAnimated(self, index: int = -1, view: Optional[str] = None) -> bool:
        return any(curve._text is None for at, curve in self._curves.items() if index in (-1, at))

    def hasExpression(self, index: int = -1) -> bool:
        return any(curve._text is not None for at, curve in self._curves.items() if index in (-1, at))

    def setExpression(self, expression: str, channel: int = -1, view: Optional[str] = None) -> bool:
        with self._changing():
            for at in range(len(self._numbers)) if channel < 0 else [self._index(channel)]:
                self._curves[at] = AnimationCurve(self, at)
                self._curves[at]._text = expression
        return True

    def animation(self, index: int = 0, view: Optional[str] = None) -> Optional[AnimationCurve]:
        return self._curves.get(index)

    def animations(self, view: Optional[str] = None) -> List[AnimationCurve]:
        return [self._curves[at] for at in sorted(self._curves)]

    def getKeyList(self) -> List[int]:
        frames = {key._x for curve in self._curves.values() for key in curve._keys}
        return [int(frame) if frame.is_integer() else frame for frame in sorted(frames)]

    def getNumKeys(self, channel: int = -1) -> int:
        return len({key._x for at, curve in self._curves.items() if channel in (-1, at) for key in curve._keys})

    def getKeyTime(self, index: int, channel: int = 0) -> float:
        return self._curves[channel]._keys[index]._x

    def isKey(self, channel: int = -1, view: Optional[str] = None) -> bool:
        return self.isKeyAt(self._now(), channel)

    def isKeyAt(self, frame: float, index: int = -1, view: Optional[str] = None) -> bool:
        return any(key._x == frame for at, curve in self._curves.items() if index in (-1, at) for key in curve._keys)

    def removeKeyAt(self, frame: float, index: int = -1, view: Optional[str] = None) -> bool:
        found = self.isKeyAt(frame, index)
        with self._changing():
            for at, curve in self._curves.items():
                if index in (-1, at):
                    curve._keys = [key for key in curve._keys if key._x != frame]
        return found

    def removeKey(self, channel: int = -1, view: Optional[str] = None) -> bool:
        return self.removeKeyAt(self._now(), channel)

    def toScript(self, quote: bool = True, context: Any = None) -> str:
        return self._text()

    def _now(self) -> float:
        return session.current().root._frame()

    def _all(self, frame: float) -> List[float]:
        values = list(self._numbers)
        for at, curve in self._curves.items():
            if curve._text is not None or curve._keys:
                values[at] = curve.evaluate(frame)
        return values

    def _at(self, frame: float) -> Any:
        values = self._all(frame)
        return values[0] if len(values) == 1 else values

    def _given(self, values: List[float], index: int) -> Any:
        if index >= 0:
            return self._out(values[self._index(index)])
        return self._out(values[0]) if len(values) == 1 else [self._out(value) for value in values]

    def _index(self, index: int) -> int:
        if not 0 <= index < len(self._numbers):
            raise IndexError(f"{self._name} has no component {index}")
        return index

    def _out(self, value: float) -> Any:
        return value

    def _number(self, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise TypeError(f"{self._name}: a number is required, not {type(value).__name__}")
        return float(value)

    def _set(self, at: int, value: float, frame: float) -> None:
        curve = self._curves.get(at)
        if curve is not None and curve._text is None:
            curve._set(frame, value)
        else:
            self._curves.pop(at, None)
            self._numbers[at] = value

    def _text(self) -> str:
        words = []
        for at, value in enumerate(self._numbers):
            curve = self._curves.get(at)
            words.append(repr_number(value) if curve is None else "{" + curve.toScript() + "}")
        if len(words) == 1:
            return words[0] if not self._curves else "{" + words[0] + "}"
        return "{" + " ".join(words) + "}"

    def _read(self, text: str) -> None:
        words = words_of(text)
        if len(words) == 1 and words[0].braced:
            words = words_of(words[0].text)
        if len(words) == 1 and len(self._numbers) > 1:
            words = words * len(self._numbers)
        for at, word in enumerate(words[: len(self._numbers)]):
            self._curves.pop(at, None)
            if word.braced:
                self._curves[at] = AnimationCurve(self, at)
                self._curves[at]._read(word.text)
            else:
                self._numbers[at] = self._from_word(word.text)

    def _from_word(self, word: str) -> float:
        try:
            return float(word)
        except ValueError:
            raise ValueError(f"{self._name}: {word!r} is no number") from None

    def _state(self) -> Any:
        curves = ((at, curve._state()) for at, curve in sorted(self._curves.items()))
        return tuple(self._numbers), tuple(curves)

    def _restore(self, state: Any) -> None:
        self._numbers = list(state[0])
        self._curves = {}
        for at, curve in state[1]:
            self._curves[at] = AnimationCurve(self, at)
            self._curves[at]._restore(curve)


@host_class
class Double_Knob(Array_Knob):
    _code = 7


@host_class
class Int_Knob(Array_Knob):
    _code = 3

    def setValue(self, value: int, index: int = -1, time: Optional[float] = None, view: Optional[str] = None) -> bool:
        if isinstance(value, float) and not value.is_integer():
            raise TypeError(f"{self._name}: an integer is required, not {value}")
        return super().setValue(value, index, time, view)

    def _out(self, value: float) -> int:
        return round(value)


@host_class
class Boolean_Knob(Array_Knob):
    _code = 6

    def __init__(self, name: str, label: Optional[str] = None, value: bool = False) -> None:
        super().__init__(name, label)
        self._numbers = [float(bool(value))]
        self._settle()

    def _out(self, value: float) -> bool:
        return bool(value)

    def _number(self, value: Any) -> float:
        if not isinstance(value, (bool, int, float)):
            raise TypeError(f"{self._name}: a bool is required, not {type(value).__name__}")
        return float(bool(value))

    def _text(self) -> str:
        return super()._text() if self._curves else ("true" if self._numbers[0] else "false")

    def _from_word(self, word: str) -> float:
        named = {"true": 1.0, "false": 0.0}
        return named[word.lower()] if word.lower() in named else float(bool(super()._from_word(word)))


@host_class
class Disable_Knob(Boolean_Knob):
    """The ``disable`` box of a node."""


@host_class
class XY_Knob(Array_Knob):
    """A point in Nuke's pixels: y up, pixel edges at whole numbers, (0, 0) the format's bottom left corner."""

    _code = 12
    _names = ("x", "y")

    def names(self, n: int) -> str:
        return self._names[n]

    def x(self, oc: Any = None) -> float:
        return self._all(self._now())[0]

    def y(self, oc: Any = None) -> float:
        return self._all(self._now())[1]


@host_class
class BBox_Knob(Array_Knob):
    """A box in Nuke's pixels: left, bottom, right, top."""

    _code = 15
    _names = ("x", "y", "r", "t")

    def names(self, n: int) -> str:
        return self._names[n]

    def x(self) -> float:
        return self._all(self._now())[0]

    def y(self) -> float:
        return self._all(self._now())[1]

    def r(self) -> float:
        return self._all(self._now())[2]

    def t(self) -> float:
        return self._all(self._now())[3]

    def setX(self, value: float) -> None:
        self.setValue(value, 0)

    def setY(self, value: float) -> None:
        self.setValue(value, 1)

    def setR(self, value: float) -> None:
        self.setValue(value, 2)

    def setT(self, value: float) -> None:
        self.setValue(value, 3)

    def toDict(self) -> Dict[str, float]:
        return {name: value for name, value in zip(self._names, self._all(self._now()))}

    def fromDict(self, box: Dict[str, float]) -> None:
        self.setValue([box[name] for name in self._names])


class _Uniform(Array_Knob):
    """A knob whose value is one float while all its components agree."""

    def getValue(self, index: int = -1, view: Optional[str] = None) -> Any:
        values = self._all(self._now())
        return values[0] if index < 0 and len(set(values)) == 1 else self._given(values, index)


@host_class
class WH_Knob(_Uniform):
    _code = 14
    _names = ("w", "h")


@host_class
class Color_Knob(_Uniform):
    _code = 18
    _names = ("r", "g", "b")

    def names(self, n: int) -> str:
        return self._names[n]


@host_class
class AColor_Knob(Color_Knob):
    _code = 19
    _names = ("r", "g", "b", "a")


@host_class
class Unsigned_Knob(Array_Knob):
    def _out(self, value: float) -> int:
        return int(value)


@host_class
class ColorChip_Knob(Unsigned_Knob):
    """A user interface color, 0xRRGGBBAA."""

    def _text(self) -> str:
        return f"0x{int(self._numbers[0]):x}"

    def _from_word(self, word: str) -> float:
        return float(int(word, 0))
