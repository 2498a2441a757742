"""The outline a subject had when it was whole in sight, for subjects that keep their shape.

It bounds the matte where colors do not: a red ball in front of an orange one, or of its twin. It only ever takes
pixels away, so that what hides the subject still cuts into the matte.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .views import Floats, Sight, View, outside_of


@dataclass(frozen=True)
class Outline:
    """``sight``: the subject when whole; ``keeps``: 0..1, how well it has kept that shape so far (IoU)."""

    sight: Sight
    keeps: float

    def placed(self, view: View, center: tuple[float, float], area: float) -> Floats:
        """The outline over ``view`` with its center of mass at a picture point, scaled to ``area`` picture pixels."""
        grow = float(np.sqrt(area / max(self.sight.area, 1.0)))
        own = np.array(self.sight.center, np.float32)
        points = own + (view.points() - np.array(center, np.float32)) / np.float32(grow)
        return self.sight.view.sample(self.sight.matte, points.astype(np.float32))

    def seen(self, sight: Sight, renew: bool) -> Outline:
        """Compares a whole view of the subject with the outline; with ``renew`` it becomes the new outline."""
        there = self.placed(sight.view, sight.center, sight.area) > 0.5
        now = sight.matte > 0.5
        shared = float((there & now).sum()) / max(1.0, float((there | now).sum()))
        return Outline(sight if renew else self.sight, self.keeps + 0.15 * (shared - self.keeps))

    @property
    def strength(self) -> float:
        """How far the outline binds: 0 for what bends (a hand), 1 for what does not (a ball)."""
        return float(np.clip((self.keeps - 0.8) / 0.12, 0, 1))

    def limit(self, view: View, probability: Floats, center: tuple[float, float], area: float, slack: float) -> Floats:
        """Log-odds (height, width), 0 or negative, for the pixels outside of the outline where it fits best.

        ``probability``: by color, (height, width); the fit is searched within 0.35 of the size around ``center``.
        ``slack``: picture pixels by which the subject may reach beyond, for motion blur.
        """
        sx = view.scale[0]
        size = float(np.sqrt(area)) * sx
        reach = max(2, round(0.35 * size))
        tall = wide = round(0.9 * size) + 6
        # The outline is drawn on a raster of its own, wider than the view: at a picture border it goes on outside.
        raster = View(
            round(center[0] - wide / sx), round(center[1] - tall / sx), round(center[0] + wide / sx),
            round(center[1] + tall / sx), 2 * wide, 2 * tall,
        )  # fmt: skip
        whole = self.placed(raster, center, area)
        ring = cv2.dilate(whole, np.ones((7, 7), np.uint8)) - whole
        kernel = whole / max(float(whole.sum()), 1.0) - ring / max(float(ring.sum()), 1.0)
        pad = reach + max(tall, wide)
        padded = cv2.copyMakeBorder(probability, pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=0.4)
        x = round((raster.x0 - view.x0) * sx) + pad
        y = round((raster.y0 - view.y0) * sx) + pad
        top, left = max(0, y - reach), max(0, x - reach)
        window = padded[top : y + reach + 2 * tall, left : x + reach + 2 * wide]
        if window.shape[0] < 2 * tall or window.shape[1] < 2 * wide:
            return np.zeros(probability.shape, np.float32)
        fit = cv2.matchTemplate(np.ascontiguousarray(window), kernel.astype(np.float32), cv2.TM_CCORR)
        # Nearer to where it is expected wins among look-alikes.
        apart = (np.arange(fit.shape[0])[:, None] + top - y) ** 2 + (np.arange(fit.shape[1])[None] + left - x) ** 2
        row, column = np.unravel_index(int(np.argmax(fit - 0.5 * apart / size**2)), fit.shape)
        moved = ((left + column - x) / sx, (top + row - y) / sx)
        there = self.placed(view, (center[0] + moved[0], center[1] + moved[1]), area)
        outside = outside_of(there > 0.5)
        allowed = 0.03 * size + slack * sx + 1
        return np.asarray(-4.0 * self.strength * np.clip((outside - allowed) / (0.04 * size + 1), 0, 1), np.float32)
