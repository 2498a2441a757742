"""The stand-in's Roto: shapes to pixels, in Nuke's y-up coordinates."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest


def roto_node(nuke: Any, width: int = 40, height: int = 20) -> Any:
    nuke.addFormat(f"{width} {height} 1 tiny")
    nuke.root()["format"].setValue("tiny")
    return nuke.nodes.Roto(output="alpha")


def shape_of(knob: Any, points: list[tuple[float, float]]) -> Any:
    import nuke.rotopaint as rp

    shape = rp.Shape(knob, *points)
    knob.rootLayer.append(shape)
    knob.changed()
    return shape


def box(x: float, y: float, r: float, t: float) -> list[tuple[float, float]]:
    return [(x, y), (r, y), (r, t), (x, t)]


def alpha(fake: Any, node: Any, frame: float = 1) -> Any:
    return fake.evaluate(node, frame).over_format("rgba.alpha")


def test_a_box_is_y_up_and_exact(fake: Any) -> None:
    import nuke

    roto = roto_node(nuke)
    shape_of(roto["curves"], box(2, 1, 12.5, 4))
    drawn = alpha(fake, roto)
    expected = np.zeros((20, 40), np.float32)
    expected[16:19, 2:12] = 1  # y 1 to 4 from the bottom
    expected[16:19, 12] = 0.5
    np.testing.assert_allclose(drawn, expected, atol=1e-6)
    assert fake.evaluate(roto, 1).pixel("rgba.alpha", 2.5, 1.5) == 1


def circle(knob: Any, x: float, y: float, radius: float, feather_tangents: bool = True) -> Any:
    """Four points with tangents of 4/3 (sqrt(2) - 1) radius, the usual Bezier circle (error under 0.03 %)."""
    shape = shape_of(knob, [(x + radius, y), (x, y + radius), (x - radius, y), (x, y - radius)])
    reach = 4 / 3 * (math.sqrt(2) - 1) * radius
    for point, (dx, dy) in zip(shape, [(0, 1), (-1, 0), (0, -1), (1, 0)], strict=True):
        ends = [(point.leftTangent, -1), (point.rightTangent, 1)]
        if feather_tangents:
            ends += [(point.featherLeftTangent, -1), (point.featherRightTangent, 1)]
        for end, sign in ends:
            end.setPosition((sign * dx * reach, sign * dy * reach))
    return shape


def test_a_circle_has_its_area(fake: Any) -> None:
    import nuke

    roto = roto_node(nuke, 60, 60)
    circle(roto["curves"], 30, 30, 20)
    assert alpha(fake, roto).sum() == pytest.approx(math.pi * 400, rel=0.003)


def test_feather_tangents_left_at_zero_make_a_soft_edge(fake: Any) -> None:
    import nuke

    hard, soft = roto_node(nuke, 60, 60), roto_node(nuke, 60, 60)
    circle(hard["curves"], 30, 30, 20)
    circle(soft["curves"], 30, 30, 20, feather_tangents=False)
    between = [((drawn > 0.01) & (drawn < 0.99)).sum() for drawn in (alpha(fake, hard), alpha(fake, soft))]
    assert between[1] > 2 * between[0]


def test_keys_move_a_shape(fake: Any) -> None:
    import nuke
    import nuke.rotopaint as rp

    roto = roto_node(nuke)
    shape = shape_of(roto["curves"], box(0, 0, 4, 4))
    for point in shape:
        x, y, _ = point.center.getPosition(1)
        point.center.addPositionKey(1, (x, y))
        point.center.addPositionKey(11, (x + 20, y))
        for index in (0, 1):
            curve = point.center.getPositionAnimCurve(index)
            for number in range(curve.getNumberOfKeys()):
                curve.getKey(number).interpolationType = rp.InterpolationType.eLinearInterpolationType
    assert shape[0].center.getControlPointKeyTimes() == [1, 11]
    columns = [np.flatnonzero(alpha(fake, roto, frame).any(axis=0))[0] for frame in (1, 6, 11)]
    assert columns == [0, 10, 20]


def test_visibility_opacity_and_holes(fake: Any) -> None:
    import nuke

    roto = roto_node(nuke)
    shape = shape_of(roto["curves"], box(0, 0, 20, 10))
    hole = shape_of(roto["curves"], box(5, 2, 10, 6))
    hole.getAttributes().set(1, "a", 0)
    roto["curves"].rootLayer.remove(1)
    roto["curves"].rootLayer.insert(0, hole)  # on top
    assert alpha(fake, roto).sum() == 200 - 20
    hole.setVisible(5, False)
    hole.setVisible(1, True)
    assert [alpha(fake, roto, frame).sum() for frame in (1, 4, 5, 9)] == [180, 180, 200, 200]
    shape.getAttributes().addKey(1, shape.getAttributes().kOpacityAttribute, 0.5)
    assert alpha(fake, roto, 9).sum() == 100
    with pytest.raises(ValueError, match="nosuch"):
        shape.getAttributes().getValue(1, "nosuch")
    shape.getAttributes().set(1, "bm", 3)
    with pytest.raises(RuntimeError, match="blending"):
        alpha(fake, roto)


def test_layers(fake: Any) -> None:
    import nuke
    import nuke.rotopaint as rp

    knob = roto_node(nuke)["curves"]
    layer = rp.Layer(knob)
    layer.name = "ball"
    knob.rootLayer.append(layer)
    shape = rp.Shape(knob, *box(0, 0, 10, 10))
    shape.name = "edge"
    layer.append(shape)
    assert knob.toElement("ball/edge") is shape
    assert knob.toElement("ball/nosuch") is None
    assert alpha(fake, knob.node()).sum() == 100
    layer.setVisible(1, False)
    assert alpha(fake, knob.node()).sum() == 0
    with pytest.raises(TypeError):
        layer.append("a shape")
    with pytest.raises(ValueError, match="Bezier"):
        rp.Shape(knob, type="bspline")
    with pytest.raises(AttributeError):
        shape.nosuch = 1


def test_over_a_plate(fake: Any) -> None:
    import nuke

    roto = roto_node(nuke)
    roto.setInput(0, nuke.nodes.Constant(color=[0.5, 0.5, 0.5, 0.25]))
    shape_of(roto["curves"], box(0, 0, 10, 10))
    picture = fake.evaluate(roto, 1)
    assert picture.pixel("rgba.alpha", 5, 5) == 1
    assert picture.pixel("rgba.alpha", 15, 5) == 0.25
    assert picture.pixel("rgba.red", 5, 5) == 0.5
    roto["replace"].setValue(True)
    assert fake.evaluate(roto, 1).pixel("rgba.alpha", 15, 5) == 0


def test_changes_are_undone_from_changed_to_changed(fake: Any) -> None:
    import nuke

    roto = roto_node(nuke)
    size = nuke.Undo.undoSize()
    shape_of(roto["curves"], box(0, 0, 10, 10))
    assert nuke.Undo.undoSize() == size + 1
    nuke.undo()
    assert len(roto["curves"].rootLayer) == 0
    nuke.redo()
    assert alpha(fake, roto).sum() == 100
