"""The soft edge at full picture resolution: how much of each border pixel is subject.

Light adds up linearly, so a pixel on a blurred or antialiased edge is ``alpha * subject + (1 - alpha) * background``
in linear light (Porter and Duff 1984). With local colors of both sides known, alpha is the projection of the pixel on
the plane they span, the classical estimate of Smith and Blinn, "Blue Screen Matting" (1996), and of Ruzon and
Tomasi (2000), with the brightness of each left free. The colors come from the nearest sure pixels on each side,
spread by normalized blurring.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

LOGIT_LIMIT = 16.0
"""Sure pixels get this log-odds: a matte of 1 to within 2e-7."""


def to_linear(rgb: Floats) -> Floats:
    """sRGB 0..1 to linear light by the curve of IEC 61966-2-1; float32, any shape."""
    return np.where(rgb <= 0.04045, rgb / 12.92, ((np.maximum(rgb, 0) + 0.055) / 1.055) ** 2.4).astype(np.float32)


def logits(alpha: Floats) -> Floats:
    """The log-odds whose sigmoid is ``alpha`` (0..1), cut to ``LOGIT_LIMIT``."""
    least = 1.2e-7
    inside = np.clip(alpha, least, 1 - least)
    odds = np.log(inside / (1 - inside))
    return np.asarray(np.clip(odds, -LOGIT_LIMIT, LOGIT_LIMIT), np.float32)


def _spread(colors: Floats, weight: Floats, reach: float) -> tuple[Floats, Floats]:
    """Weighted local mean of ``colors`` (h, w, 3) and the weight found within ``reach`` pixels (h, w)."""
    total = np.maximum(cv2.GaussianBlur(weight, (0, 0), reach), 0)
    summed = cv2.GaussianBlur(colors * weight[..., None], (0, 0), reach)
    return (summed / np.maximum(total, 1e-6)[..., None]).astype(np.float32), total.astype(np.float32)


def _unmix(linear: Floats, subject: Floats, background: Floats) -> tuple[Floats, Floats]:
    """Alpha 0..1 of pixels between two colors, and how well the two explain the pixel, 0..1.

    All are (h, w, 3) in linear light. A rim is often darker than the inside of a ball, and the floor
    darker in its shadow, so both brightnesses are free: ``pixel = u * subject + w * background`` is solved by least
    squares with a soft wish that ``u + w = 1``, which decides where the two differ in brightness alone. Alpha is
    ``1 - w`` for a subject in any plausible shade; where too little of it is left for that, the background itself
    is in shadow, and alpha is ``u / (u + w)``.
    """

    def dot(a: Floats, b: Floats) -> Floats:
        return np.asarray(a[..., 0] * b[..., 0] + a[..., 1] * b[..., 1] + a[..., 2] * b[..., 2], np.float32)

    # The wish weighs as grain of 6 % of the light against a brightness that varies by a whole stop.
    light = 0.5 * (dot(subject, subject) + dot(background, background)) + np.float32(1e-5)
    wish = np.float32(0.06**2) * light
    ff, bb, fb = dot(subject, subject) + wish, dot(background, background) + wish, dot(subject, background) + wish
    fi, bi = dot(subject, linear) + wish, dot(background, linear) + wish
    scale = np.maximum(ff * bb - fb * fb, 1e-12)
    u = np.maximum((bb * fi - fb * bi) / scale, 0)
    w = np.maximum((ff * bi - fb * fi) / scale, 0)
    covered = np.clip(1 - w, 0, 1)
    shade = np.clip((u / np.maximum(covered, 1e-3) - 0.1) / 0.2, 0, 1)
    alpha = shade * covered + (1 - shade) * u / np.maximum(u + w, 1e-6)
    rest = linear - u[..., None] * subject - w[..., None] * background
    noise = 1e-5 + 0.002 * light
    line = subject - background
    contrast = dot(line, line)
    explained = contrast / (contrast + 2 * noise) / (1 + dot(rest, rest) / (12 * noise))
    return alpha.astype(np.float32), explained.astype(np.float32)


def soft_edge(rgb: Floats, matte: Floats, inner: float, outer: float) -> Floats:
    """Alpha float32 (h, w) 0..1 of a region at full resolution.

    ``rgb``: sRGB float32 (h, w, 3); ``matte``: first matte (h, w) 0..1, right to within ``inner`` pixels inside and
    ``outer`` pixels outside its 0.5 line. Beyond them alpha is exactly 0 or 1.
    """
    solid = (matte > 0.5).astype(np.uint8)
    if not solid.any() or solid.all():
        return solid.astype(np.float32)
    padded = np.pad(solid, 1, mode="edge")
    depth = cv2.distanceTransform(padded, cv2.DIST_L2, 5)[1:-1, 1:-1]
    # A small or streaked subject may have no pixel deeper than ``inner``: its deepest third is then the sure part.
    inner = min(inner, 0.67 * float(depth.max()))
    away = cv2.distanceTransform(1 - padded, cv2.DIST_L2, 5)[1:-1, 1:-1]
    sure_in, sure_out = depth > inner, away > outer

    # The sides' colors vary slowly, so they are spread on a smaller copy.
    height, width = matte.shape
    shrink = min(1.0, 6.0 / max(inner + outer, 1e-3), 1.0)
    small = (max(1, round(width * shrink)), max(1, round(height * shrink)))
    linear = to_linear(rgb)
    reach = max(1.5, 0.75 * (inner + outer) * shrink)
    sides = []
    for sure in (sure_in, sure_out):
        weight = sure.astype(np.float32)
        summed = cv2.resize(linear * weight[..., None], small, interpolation=cv2.INTER_AREA)
        share = np.asarray(cv2.resize(weight, small, interpolation=cv2.INTER_AREA), np.float32)
        mean = np.asarray(summed / np.maximum(share, 1e-6)[..., None], np.float32)
        near, found = _spread(mean, share, reach)
        far, _ = _spread(mean, share, 4 * reach)
        trust = np.clip(found / 0.02, 0, 1)[..., None]
        side = cv2.resize(far + trust * (near - far), (width, height), interpolation=cv2.INTER_LINEAR)
        sides.append(np.asarray(side, np.float32))
    mixed, explained = _unmix(linear, sides[0], sides[1])
    alpha = explained * cv2.medianBlur(mixed, 3) + (1 - explained) * matte
    alpha = np.where(sure_in, 1.0, np.where(sure_out, 0.0, alpha))
    return _attached(alpha.astype(np.float32), sure_in, round((inner + outer) / 4) + 2)


def _attached(alpha: Floats, sure_in: NDArray[np.bool_], reach: int) -> Floats:
    """Clears specks that hang on to nothing of the subject, and what is more than ``reach`` pixels off its edge."""
    _, labels = cv2.connectedComponents((alpha > 0.25).astype(np.uint8))
    keep = np.unique(labels[sure_in])
    keep = keep[keep > 0]
    held = np.isin(labels, keep)
    near = cv2.dilate(held.astype(np.uint8), np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)) > 0
    return np.where(near, alpha, 0).astype(np.float32)
