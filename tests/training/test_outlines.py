from __future__ import annotations

import cv2
import numpy as np
import pytest

from training.outlines import COLORS, HOLES, OUTLINES


@pytest.mark.parametrize("name", OUTLINES)
def test_outlines_fill_their_square_and_stay_in_it(name: str) -> None:
    points = np.concatenate(OUTLINES[name])
    assert np.abs(points).max() <= 1.0
    assert np.ptp(points[:, 0]) > 0.7
    assert np.ptp(points[:, 1]) > 0.7


@pytest.mark.parametrize("name", HOLES)
def test_holes_lie_within_the_body(name: str) -> None:
    rings = OUTLINES[name]
    for number in HOLES[name]:
        body = np.float32(rings[number - 1])
        assert all(cv2.pointPolygonTest(body, tuple(map(float, point)), False) >= 0 for point in rings[number])


def test_colors_are_told_apart_by_more_than_their_spread() -> None:
    colors = np.array(list(COLORS.values()))
    away = np.linalg.norm(colors[:, None] - colors[None], axis=2)[~np.eye(len(colors), dtype=bool)]
    assert away.min() > 3 * 0.035  # the renderer's own deviation


def test_no_two_outlines_look_the_same() -> None:
    drawn = []
    for name, rings in OUTLINES.items():
        canvas = np.zeros((64, 64), np.uint8)
        for number, ring in enumerate(rings):
            cv2.fillPoly(canvas, [np.int32(np.round(ring * 30 + 32))], 0 if number in HOLES.get(name, ()) else 1)
        drawn.append(canvas > 0)
    for number, one in enumerate(drawn):
        for other in drawn[number + 1 :]:
            assert (one & other).sum() / (one | other).sum() < 0.85
