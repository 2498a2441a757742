"""From what the artist marked on a frame (box, points, phrase) to a first matte of the subject.

The cut is GrabCut (Rother, Kolmogorov and Blake, SIGGRAPH 2004) as OpenCV has it, seeded by every hint there is.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from mattewire_protocol.errors import PromptNotUnderstood

from ..seams import Hint, Picture
from . import colors, shapes, words
from .appearance import color_index, histogram
from .views import Box, Floats, View

CUT_EDGE = 224
"""Long edge of the view that GrabCut sees; its time grows with the square of it."""

_SEED = 20040801
"""GrabCut starts its color clusters at random: the same start every time makes the same matte."""


def can_place(hint: Hint) -> bool:
    """True when the hint alone says where the subject is: a box or a keep point."""
    return hint.box is not None or any(mark.keep for mark in hint.marks)


def cut_out(picture: Picture, hint: Hint) -> tuple[View, Floats]:
    """The marked subject: a view around it and its matte float32 (view height, view width), 0 or 1, never empty."""
    size = (picture.width, picture.height)
    box = hint.box if hint.box is not None else _box_around_points(picture, hint)
    inside = (
        float(np.clip(box[0], 0, size[0] - 1)),
        float(np.clip(box[1], 0, size[1] - 1)),
        float(np.clip(box[2], 1, size[0])),
        float(np.clip(box[3], 1, size[1])),
    )
    reach = max(inside[2] - inside[0], inside[3] - inside[1])
    view = View.around(inside, 0.3 * reach + 6, size, CUT_EDGE)
    rgb = view.cut(picture.rgb)
    labels = _seeds(rgb, view, hint, inside)
    bgr8 = np.clip(rgb[..., ::-1] * 255 + 0.5, 0, 255).astype(np.uint8)
    if (labels % 2 == 0).any() and (labels % 2 == 1).any():
        cv2.setRNGSeed(_SEED)
        away, subject = np.zeros((1, 65)), np.zeros((1, 65))
        cv2.grabCut(bgr8, labels, (0, 0, 1, 1), away, subject, 5, cv2.GC_INIT_WITH_MASK)
    solid = (labels % 2 == 1).astype(np.uint8)
    return view, _clean(solid, view, hint, inside).astype(np.float32)


def _box_in_view(view: View, box: Box) -> tuple[int, int, int, int]:
    sx, sy = view.scale
    x0, y0 = round((box[0] - view.x0) * sx), round((box[1] - view.y0) * sy)
    x1, y1 = round((box[2] - view.x0) * sx), round((box[3] - view.y0) * sy)
    return x0, y0, max(x1, x0 + 1), max(y1, y0 + 1)


def _ellipse(view: View, box: Box, grow: float = 1.0) -> NDArray[np.bool_]:
    points = view.points()
    x = (points[..., 0] - (box[0] + box[2]) / 2) / ((box[2] - box[0]) / 2 * grow)
    y = (points[..., 1] - (box[1] + box[3]) / 2) / ((box[3] - box[1]) / 2 * grow)
    return np.asarray(x * x + y * y <= 1)


def _near(view: View, x: float, y: float, radius: float) -> NDArray[np.bool_]:
    points = view.points()
    distance = np.hypot(points[..., 0] - x, points[..., 1] - y)
    return np.asarray(distance <= max(radius, float(distance.min())))


def _seeds(rgb: Floats, view: View, hint: Hint, box: Box) -> NDArray[np.uint8]:
    """GrabCut labels: sure outside the box, probable inside it by phrase, sure around the points."""
    labels = np.full(rgb.shape[:2], cv2.GC_BGD, np.uint8)
    x0, y0, x1, y1 = _box_in_view(view, box)
    labels[y0:y1, x0:x1] = cv2.GC_PR_BGD
    likely = _likely(rgb, view, hint, box)
    window = labels[y0:y1, x0:x1]
    window[likely[y0:y1, x0:x1]] = cv2.GC_PR_FGD
    # Nearly empty seeds (a wrong color word, a box off the subject) say less than the box itself does.
    if int((window == cv2.GC_PR_FGD).sum()) < 0.1 * window.size:
        window[:] = cv2.GC_PR_FGD
    radius = 0.03 * max(box[2] - box[0], box[3] - box[1]) + 1
    for mark in hint.marks:
        labels[_near(view, mark.x, mark.y, radius)] = cv2.GC_FGD if mark.keep else cv2.GC_BGD
    return labels


def _likely(rgb: Floats, view: View, hint: Hint, box: Box) -> NDArray[np.bool_]:
    try:
        phrase = words.parse(hint.phrase) if hint.phrase else None
    except PromptNotUnderstood:
        phrase = None  # the box was found by another detector's words
    if phrase is None or (not phrase.colors and phrase.shape != "round"):
        return _unlike_surroundings(rgb, view, box)
    if phrase.shape == "round":
        return _ellipse(view, box)
    member = colors.phrase_membership(colors.to_lab(rgb), phrase.colors)
    return shapes.fill_holes((member > 0.3).astype(np.uint8), 0.5) > 0


def _unlike_surroundings(rgb: Floats, view: View, box: Box) -> NDArray[np.bool_]:
    """Pixels of colors that are denser inside the box than around it: the floor between a dog's legs is not."""
    index = color_index(np.asarray(cv2.GaussianBlur(colors.to_lab(rgb), (0, 0), 1.0), np.float32))
    x0, y0, x1, y1 = _box_in_view(view, box)
    inside = np.zeros(index.shape, np.float32)
    inside[y0:y1, x0:x1] = 1
    denser = histogram(index, inside) > histogram(index, 1 - inside)
    closed = cv2.morphologyEx(denser[index].astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    likely = np.asarray(closed > 0)
    return likely if likely[y0:y1, x0:x1].mean() > 0.25 else np.ones(index.shape, np.bool_)


def _clean(solid: NDArray[np.uint8], view: View, hint: Hint, box: Box) -> NDArray[np.uint8]:
    """The pieces that belong: those with keep points, or those not much smaller than the largest."""
    pieces = shapes.blobs(solid, 4)
    keeps = [mark for mark in hint.marks if mark.keep]
    kept = np.zeros_like(solid)
    for piece in pieces:
        raster = piece.place(*solid.shape)
        pointed = any((raster[_near(view, mark.x, mark.y, 0)] > 0).any() for mark in keeps)
        if pointed or ((hint.box is not None or not keeps) and piece.area >= 0.15 * pieces[0].area):
            kept |= raster
    x0, y0, x1, y1 = _box_in_view(view, box)
    if int(kept.sum()) < 0.03 * (x1 - x0) * (y1 - y0):
        return _ellipse(view, box).astype(np.uint8)
    return shapes.fill_holes(kept)


def _box_around_points(picture: Picture, hint: Hint) -> Box:
    """The box of what looks like the keep points and hangs together with them, on a small copy of the picture."""
    whole = View.around((0, 0, picture.width, picture.height), 0, (picture.width, picture.height), 480)
    lab = cv2.GaussianBlur(colors.to_lab(whole.cut(picture.rgb)), (0, 0), 1.0)
    index = color_index(np.asarray(lab, np.float32))
    radius = 0.008 * max(picture.width, picture.height)
    touched = np.zeros(index.shape, np.bool_)
    dropped = np.zeros(index.shape, np.bool_)
    for mark in hint.marks:
        (touched if mark.keep else dropped)[_near(whole, mark.x, mark.y, radius)] = True
    alike = histogram(index, touched.astype(np.float32))
    away = histogram(index, (~touched).astype(np.float32)) + histogram(index, dropped.astype(np.float32))
    mask = ((alike > 2 * away)[index] & ~dropped) | touched
    closed = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    together = np.zeros(index.shape, np.bool_)
    for piece in shapes.blobs(np.asarray(closed, np.uint8)):
        raster = piece.place(*index.shape) > 0
        if (raster & touched).any():
            together |= raster
    x0, y0, x1, y1 = whole.box_of(together)
    grow = 0.05 * max(x1 - x0, y1 - y0) + 2
    return (x0 - grow, y0 - grow, x1 + grow, y1 + grow)
