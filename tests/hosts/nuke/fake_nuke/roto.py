"""``nuke.rotopaint``: layers, shapes and their animated points, as the Roto node's ``curves`` knob holds them.

A shape's point has six animated positions: the center in Nuke's pixels (y up), tangents relative to the center, the
feather center as an offset from the center, feather tangents relative to the feather center. **Feather tangents left at
zero while the main ones are not make a feathered edge**: a hard edge needs the same vectors in both (this is how script
files of hand-drawn shapes have it).

``rotopaint`` objects are changed in place, so undo keeps whole copies, taken by ``curves.changed()``, which Foundry's
reference asks for after every change.
"""

from __future__ import annotations

import copy
import json
from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple, Union

from . import session
from .curves import CONSTANT, LINEAR, SMOOTH, interpolate
from .knobs import Knob
from .threads import Strict, host_class


class InterpolationType:
    eUndefineInterpolationType, eStepInterpolationType, eLinearInterpolationType, eCubicInterpolationType = range(4)


class FlagType:
    eOpenFlag, eVisibleFlag, eRenderableFlag, eLockedFlag = 1, 2, 4, 8


_KINDS = {
    InterpolationType.eStepInterpolationType: CONSTANT,
    InterpolationType.eLinearInterpolationType: LINEAR,
    InterpolationType.eCubicInterpolationType: SMOOTH,
}


@host_class
class CVec3(Strict):
    """x, y and a third number (pressure)."""

    def __init__(self, x: Any = 0.0, y: float = 0.0, z: float = 0.0) -> None:
        numbers = list(x) if isinstance(x, (list, tuple, CVec3)) else [x, y, z]
        self._numbers = [float(number) for number in numbers] + [0.0] * (3 - len(numbers))

    @property
    def x(self) -> float:
        return self._numbers[0]

    @x.setter
    def x(self, value: float) -> None:
        self._numbers[0] = float(value)

    @property
    def y(self) -> float:
        return self._numbers[1]

    @y.setter
    def y(self, value: float) -> None:
        self._numbers[1] = float(value)

    @property
    def z(self) -> float:
        return self._numbers[2]

    def __len__(self) -> int:
        return 3

    def __getitem__(self, index: int) -> float:
        return self._numbers[index]

    def __iter__(self) -> Iterator[float]:
        return iter(self._numbers)


@host_class
class AnimCurveKey(Strict):
    def __init__(self, time: float = 0.0, value: float = 0.0) -> None:
        self._time, self._value = float(time), float(value)
        self._kind = InterpolationType.eCubicInterpolationType

    @property
    def time(self) -> float:
        return self._time

    @property
    def value(self) -> float:
        return self._value

    @value.setter
    def value(self, value: float) -> None:
        self._value = float(value)

    @property
    def interpolationType(self) -> int:
        return self._kind

    @interpolationType.setter
    def interpolationType(self, kind: int) -> None:
        if kind not in _KINDS:
            raise ValueError(f"{kind} is no InterpolationType")
        self._kind = kind


@host_class
class AnimCurve(Strict):
    """One number over time: keys, or the constant where there are none."""

    def __init__(self) -> None:
        self._keys: List[AnimCurveKey] = []
        self._constant = 0.0

    @property
    def constantValue(self) -> float:
        return self._constant

    @constantValue.setter
    def constantValue(self, value: float) -> None:
        self._constant = float(value)

    def addKey(self, time: Union[float, AnimCurveKey], value: float = 0.0) -> None:
        key = time if isinstance(time, AnimCurveKey) else AnimCurveKey(time, value)
        self._keys = sorted([*(k for k in self._keys if k._time != key._time), key], key=lambda k: k._time)

    def getKey(self, index: int) -> AnimCurveKey:
        return self._keys[index]

    def getNumberOfKeys(self) -> int:
        return len(self._keys)

    def removeKey(self, timeOrHash: float) -> None:
        self._keys = [key for key in self._keys if key._time != timeOrHash]

    def removeAllKeys(self) -> None:
        self._keys = []

    def evaluate(self, time: float) -> float:
        if not self._keys:
            return self._constant
        return interpolate([(key._time, key._value, _KINDS[key._kind]) for key in self._keys], time)


@host_class
class AnimControlPoint(Strict):
    """An animated position. ``addPositionKey`` takes a sequence of 2 to 4 numbers, or a ``CVec3``."""

    def __init__(self, *position: Any) -> None:
        self._curves = [AnimCurve(), AnimCurve()]
        if position:
            self.setPosition(position[0] if len(position) == 1 else position)

    def addPositionKey(self, time: float, positionOrDim: Any, view: Optional[str] = None) -> None:
        x, y = _xy(positionOrDim)
        self._curves[0].addKey(time, x)
        self._curves[1].addKey(time, y)

    def setPosition(self, position: Any, view: Optional[str] = None) -> None:
        """The position where there are no keys; without effect once there are."""
        for curve, value in zip(self._curves, _xy(position)):
            curve.constantValue = value

    def getPosition(self, time: float, view: Optional[str] = None) -> CVec3:
        return CVec3(self._curves[0].evaluate(time), self._curves[1].evaluate(time), 1.0)

    def getPositionAnimCurve(self, index: int, view: Optional[str] = None) -> AnimCurve:
        return self._curves[index]

    def getControlPointKeyTimes(self, view: Optional[str] = None) -> List[float]:
        return sorted({key._time for curve in self._curves for key in curve._keys})

    def getPositionKeyTime(self, index: int, keyIndex: int, view: Optional[str] = None) -> float:
        return self._curves[index]._keys[keyIndex]._time

    def removePositionKey(self, time: float, view: Optional[str] = None) -> None:
        for curve in self._curves:
            curve.removeKey(time)

    def removeAllKeys(self, view: Optional[str] = None) -> None:
        for curve in self._curves:
            curve.removeAllKeys()

    def reset(self) -> None:
        self._curves = [AnimCurve(), AnimCurve()]


def _xy(position: Any) -> Tuple[float, float]:
    numbers = [float(number) for number in position]
    if not 2 <= len(numbers) <= 4:
        raise TypeError("a position has 2 to 4 numbers")
    return numbers[0], numbers[1]


_PARTS = ("center", "leftTangent", "rightTangent", "featherCenter", "featherLeftTangent", "featherRightTangent")


@host_class
class ShapeControlPoint(Strict):
    """A point of a shape: center, tangents, feather."""

    def __init__(self, *position: Any) -> None:
        self._points = {part: AnimControlPoint() for part in _PARTS}
        if position:
            self._points["center"].setPosition(position[0] if len(position) == 1 else position)

    center = property(lambda self: self._points["center"])
    leftTangent = property(lambda self: self._points["leftTangent"])
    rightTangent = property(lambda self: self._points["rightTangent"])
    featherCenter = property(lambda self: self._points["featherCenter"])
    featherLeftTangent = property(lambda self: self._points["featherLeftTangent"])
    featherRightTangent = property(lambda self: self._points["featherRightTangent"])


@host_class
class AnimAttributes(Strict):
    """Named numbers of a shape or layer, each a curve: opacity, visibility, color."""

    kOpacityAttribute, kVisibleAttribute, kInvertedAttribute = "opc", "vis", "inv"
    kRedAttribute, kGreenAttribute, kBlueAttribute, kAlphaAttribute = "r", "g", "b", "a"
    kBlendingModeAttribute, kFeatherOnAttribute = "bm", "fo"
    kLifeTimeTypeAttribute, kLifeTimeNAttribute, kLifeTimeMAttribute = "ltt", "ltn", "ltm"

    def __init__(self) -> None:
        self._curves: Dict[str, AnimCurve] = {}
        for name in ("opc", "vis", "inv", "r", "g", "b", "a", "bm", "fo", "ltt", "ltn", "ltm"):
            self.add(name, 0.0 if name in ("inv", "bm", "ltt", "ltn", "ltm") else 1.0)

    def add(self, name: str, value: float) -> None:
        self._curves[name] = AnimCurve()
        self._curves[name].constantValue = value

    def set(self, time: float, attributeIndexOrName: str, value: float, view: Optional[str] = None) -> None:
        """Like ``AnimControlPoint.setPosition``: the constant, without effect once there are keys."""
        self._curve(attributeIndexOrName).constantValue = value

    def addKey(self, time: float, name: str, value: float, view: Optional[str] = None) -> None:
        self._curve(name).addKey(time, value)

    def getCurve(self, attr: str, view: Optional[str] = None) -> AnimCurve:
        return self._curve(attr)

    def getValue(self, time: float, indexOrName: str, view: Optional[str] = None) -> float:
        return self._curve(indexOrName).evaluate(time)

    def getNumberOfKeys(self, attr: str, view: Optional[str] = None) -> int:
        return self._curve(attr).getNumberOfKeys()

    def _curve(self, name: str) -> AnimCurve:
        if name not in self._curves:
            raise ValueError(f"there is no attribute {name!r}")
        return self._curves[name]

    def __len__(self) -> int:
        return len(self._curves)


@host_class
class Element(Strict):
    """Anything in the tree of a ``curves`` knob."""

    def __init__(self, knob: "CurveKnob") -> None:
        if not isinstance(knob, CurveKnob):
            raise TypeError("the 'curves' knob of a Roto node is required")
        self._name, self._locked, self._attributes, self._set_flags = "", False, AnimAttributes(), 0
        knob._count += 1

    @property
    def name(self) -> str:
        return self._name

    @name.setter
    def name(self, name: str) -> None:
        self._name = str(name)

    @property
    def locked(self) -> bool:
        return self._locked

    @locked.setter
    def locked(self, locked: bool) -> None:
        self._locked = bool(locked)

    def getVisible(self, time: float) -> bool:
        return self._attributes.getValue(time, "vis") > 0

    def setVisible(self, time: float, value: bool) -> None:
        """A step key: visible or not from ``time`` on."""
        key = AnimCurveKey(time, 1.0 if value else 0.0)
        key.interpolationType = InterpolationType.eStepInterpolationType
        self._attributes.getCurve("vis").addKey(key)

    def clone(self) -> "Element":
        return copy.deepcopy(self)


@host_class
class _Drawn(Element):
    """What shapes and layers share."""

    def getAttributes(self) -> AnimAttributes:
        return self._attributes

    def getFlag(self, flag: int) -> bool:
        return bool(self._set_flags & flag)

    def setFlag(self, flag: int, value: bool) -> None:
        self._set_flags = self._set_flags | flag if value else self._set_flags & ~flag


@host_class
class Shape(_Drawn):
    """A closed cubic Bezier shape: ``Shape(curves, *points)``. Other curve types are not modeled."""

    def __init__(self, knob: "CurveKnob", *points: Any, type: str = "bezier") -> None:
        super().__init__(knob)
        if type != "bezier":
            raise ValueError("the fake models Bezier shapes only")
        self._name = f"Bezier{knob._count}"
        self._points: List[ShapeControlPoint] = []
        for point in points:
            self.append(point)

    def append(self, shapeControlPoint: Any) -> None:
        self._points.append(_control_point(shapeControlPoint))

    def insert(self, index: int, shapeControlPoint: Any) -> None:
        self._points.insert(index, _control_point(shapeControlPoint))

    def remove(self, index: int) -> None:
        del self._points[index]

    def __len__(self) -> int:
        return len(self._points)

    def __getitem__(self, index: int) -> ShapeControlPoint:
        return self._points[index]

    def __iter__(self) -> Iterator[ShapeControlPoint]:
        return iter(self._points)


def _control_point(given: Any) -> ShapeControlPoint:
    if isinstance(given, ShapeControlPoint):
        return given
    if isinstance(given, AnimControlPoint):
        made = ShapeControlPoint()
        made._points["center"] = given
        return made
    return ShapeControlPoint(given)


@host_class
class Layer(_Drawn):
    """A folder of shapes and layers; iterating gives them in drawing order from the top."""

    def __init__(self, knob: "CurveKnob") -> None:
        super().__init__(knob)
        self._name = f"Layer{knob._count}"
        self._elements: List[Element] = []

    def append(self, element: Element) -> None:
        if not isinstance(element, Element):
            raise TypeError("a layer holds shapes and layers")
        self._elements.append(element)

    def insert(self, index: int, element: Element) -> None:
        self._elements.insert(index, element)

    def remove(self, index: int) -> None:
        del self._elements[index]

    def removeAll(self) -> None:
        self._elements = []

    def __len__(self) -> int:
        return len(self._elements)

    def __getitem__(self, index: int) -> Element:
        return self._elements[index]

    def __iter__(self) -> Iterator[Element]:
        return iter(self._elements)


@host_class
class CurveKnob(Knob):
    """The ``curves`` of a Roto node."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._count = 0
        self._root = Layer(self)
        self._root._name = "Root"
        self._count = 0
        self._seen: Any = None
        self._settle()
        self._seen = self._default

    @property
    def rootLayer(self) -> Layer:
        return self._root

    def changed(self) -> None:
        """Tells the node that its curves are different. Undo steps end and begin here."""
        before, after = self._seen, self._state()
        if before == after or self._node is None:
            return
        self._seen = after
        session.current().undo.record(
            lambda: self._restore(before), lambda: self._restore(after), f"{self._node._name()}.{self._name}"
        )
        session.current().modified = True

    def toElement(self, path: str) -> Optional[Element]:
        found: Any = self._root
        for name in path.split("/"):
            found = next((element for element in found if element._name == name), None)
            if found is None:
                return None
        return found

    def getSelected(self) -> List[Element]:
        return []

    def value(self) -> Layer:
        return self._root

    def getValue(self) -> Layer:
        return self._root

    def toScript(self, quote: bool = True, context: Any = None) -> str:
        return self._text()

    def _text(self) -> str:
        """The fake's own text, which only the fake reads: Nuke's animated form was not at hand to check against."""
        escaped = json.dumps(_plain(self._root)).replace("\\", "\\\\").replace('"', '\\"')
        return '"' + "".join("\\" + letter if letter in "{}[]$" else letter for letter in escaped) + '"'

    def _read(self, text: str) -> None:
        try:
            content = json.loads(text)
        except ValueError as error:
            raise RuntimeError("The fake reads only the Roto curves that it wrote itself.") from error
        self._root = _built(self, content)
        self._seen = self._state()

    def _state(self) -> str:
        return json.dumps(_plain(self._root))

    def _restore(self, state: str) -> None:
        self._root = _built(self, json.loads(state))
        self._seen = state


def _plain(element: Any) -> Dict[str, Any]:
    attributes = {name: _curve_plain(curve) for name, curve in element._attributes._curves.items()}
    plain: Dict[str, Any] = {"name": element._name, "attributes": attributes}
    if isinstance(element, Layer):
        plain["elements"] = [_plain(inner) for inner in element._elements]
    else:
        plain["points"] = [
            [[_curve_plain(curve) for curve in point._points[part]._curves] for part in _PARTS]
            for point in element._points
        ]
    return plain


def _curve_plain(curve: AnimCurve) -> List[Any]:
    return [curve._constant, [[key._time, key._value, key._kind] for key in curve._keys]]


def _built(knob: CurveKnob, plain: Dict[str, Any]) -> Any:
    element: Any = Layer(knob) if "elements" in plain else Shape(knob)
    element._name = plain["name"]
    for name, content in plain["attributes"].items():
        element._attributes._curves[name] = _curve_built(content)
    if isinstance(element, Layer):
        element._elements = [_built(knob, inner) for inner in plain["elements"]]
    else:
        for parts in plain["points"]:
            point = ShapeControlPoint()
            for part, curves in zip(_PARTS, parts):
                point._points[part]._curves = [_curve_built(content) for content in curves]
            element._points.append(point)
    return element


def _curve_built(content: Sequence[Any]) -> AnimCurve:
    curve = AnimCurve()
    curve._constant = content[0]
    for time, value, kind in content[1]:
        key = AnimCurveKey(time, value)
        key._kind = kind
        curve._keys.append(key)
    return curve
