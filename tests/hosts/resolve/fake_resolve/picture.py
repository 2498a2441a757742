"""What the viewer shows at a record frame: the real frame of each clip, fitted, moved, and laid over what is below.

Positions are continuous timeline pixels, y down, pixel (0, 0) covering [0,1) x [0,1). Code values, no color management;
a clip's "Alpha mode" says how its alpha is taken. Sampling is bilinear, premultiplied, clear beyond the clip's edge.

From the README: what the properties are, and their ranges. Guesses, the same for plate and matte, so that a test that
compares the two does not depend on them: crop counts the clip's own pixels; a positive Tilt moves up; a positive
RotationAngle turns counterclockwise; order is fit, anchor, flip, zoom, rotation, pan.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .media import Pixels

OFFLINE = (0.6, 0.0, 0.0, 1.0)
"""Resolve shows a red "Media Offline" card; ours has no text."""

UNSHOWN = ("Pitch", "Yaw", "CropSoftness", "CropRetain", "Distortion", "CompositeMode", "DynamicZoomEase")


class NotModeled(NotImplementedError):
    """The picture of this would be a guess."""


def picture(timeline: Any, record_frame: int, track: int | None = None) -> Pixels:
    """Straight RGBA, float32, (timeline height, width, 4). ``track``: that one alone, counted from 1.

    Raises ``NotModeled`` for properties, modes and compositions that this does not show.
    """
    tracks = timeline._tracks["video"] if track is None else [timeline._tracks["video"][track - 1]]
    made = np.zeros((timeline._height, timeline._width, 4), np.float64)
    for each in tracks:
        item = each.at(record_frame) if each.enabled or track is not None else None
        if item is not None and item._enabled:
            over = _placed(timeline, item, record_frame)
            made = over + made * (1 - over[..., 3:])
    return straight(made)


def straight(pixels: Any) -> Pixels:
    """Premultiplied to straight; clear pixels are black."""
    alpha = pixels[..., 3:]
    color = np.divide(pixels[..., :3], alpha, out=np.zeros_like(pixels[..., :3]), where=alpha > 0)
    return np.concatenate([color, alpha], axis=2).astype(np.float32)


def _placed(timeline: Any, item: Any, record_frame: int) -> Any:
    """One clip in the timeline's frame, premultiplied, opacity included."""
    height, width = timeline._height, timeline._width
    if item._properties is None:  # a Solid Color
        return np.broadcast_to(np.array([0.0, 0.0, 0.0, 1.0]), (height, width, 4))
    values = item._properties.values
    for name in UNSHOWN:
        if values[name]:
            raise NotModeled(f"{item._name}: how {name} = {values[name]} looks is not modeled")
    if item._comps:
        raise NotModeled(f"{item._name}: what a Fusion composition makes is not modeled")
    if item._clip._own["Input Color Space"] not in ("Project", "Bypass"):
        raise NotModeled(f"{item._name}: input color space {item._clip._own['Input Color Space']} is not modeled")
    source = _source(item, record_frame)
    source = _cropped(source, values)
    source[..., :3] *= 1 if item._clip._own["Alpha mode"] == "Premultiplied" else source[..., 3:]
    matrix = _matrix(values, source.shape[1], source.shape[0], width, height, timeline._settings)
    return _sampled(source, matrix, width, height) * (values["Opacity"] / 100)


def _source(item: Any, record_frame: int) -> Any:
    clip, index = item._clip, item._placing.source_frame(record_frame)
    if clip._nested is not None:
        return picture(clip._nested, clip._nested._start + index).astype(np.float64)
    if clip._gone or not clip._media.online():
        return np.tile(np.array(OFFLINE), (item._timeline._height, item._timeline._width, 1))
    pixels = clip._media.read(index).astype(np.float64)
    if clip._own["Alpha mode"] == "None":
        pixels[..., 3] = 1
    return pixels


def _cropped(pixels: Any, values: dict[str, Any]) -> Any:
    """Cut edges become clear; a cut inside a pixel leaves it covered in part."""
    height, width = pixels.shape[:2]
    x, y = np.arange(width), np.arange(height)
    across = np.clip(x + 1 - values["CropLeft"], 0, 1) * np.clip(width - values["CropRight"] - x, 0, 1)
    down = np.clip(y + 1 - values["CropTop"], 0, 1) * np.clip(height - values["CropBottom"] - y, 0, 1)
    kept = down[:, None] * across[None, :]
    pixels = pixels.copy()
    pixels[..., 3] *= kept
    return np.where(kept[..., None] > 0, pixels, 0)


def _matrix(values: dict[str, Any], width: int, height: int, to_width: int, to_height: int, settings: Any) -> Any:
    """3x3, from clip pixels to timeline pixels."""
    modes = {"centerCrop": 1, "scaleToFit": 2, "scaleToCrop": 3, "stretch": 4}
    scaling = values["Scaling"] or modes[settings["timelineInputResMismatchBehavior"]]
    x, y = to_width / width, to_height / height
    fit = {1: (1, 1), 2: (min(x, y),) * 2, 3: (max(x, y),) * 2, 4: (x, y)}[scaling]
    anchor_x, anchor_y = values["AnchorPointX"], -values["AnchorPointY"]
    flip = (-1 if values["FlipX"] else 1, -1 if values["FlipY"] else 1)
    angle = -np.radians(values["RotationAngle"])
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    return (
        _shift(to_width / 2 + anchor_x + values["Pan"], to_height / 2 + anchor_y - values["Tilt"])
        @ turn
        @ np.diag([values["ZoomX"] * flip[0], values["ZoomY"] * flip[1], 1.0])
        @ _shift(-anchor_x, -anchor_y)
        @ np.diag([fit[0], fit[1], 1.0])
        @ _shift(-width / 2, -height / 2)
    )


def _shift(x: float, y: float) -> Any:
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1.0]])


def _sampled(pixels: Any, matrix: Any, width: int, height: int) -> Any:
    if abs(np.linalg.det(matrix)) < 1e-12:
        return np.zeros((height, width, 4))
    back = np.linalg.inv(matrix)
    ys, xs = np.mgrid[0:height, 0:width] + 0.5
    u = back[0, 0] * xs + back[0, 1] * ys + back[0, 2] + 0.5  # in the padded clip, from pixel centers
    v = back[1, 0] * xs + back[1, 1] * ys + back[1, 2] + 0.5
    padded = np.pad(pixels, ((1, 2), (1, 2), (0, 0)))  # one more behind, so that the last pair exists
    u, v = (np.clip(np.round(at, 9), 0, size - 2) for at, size in ((u, padded.shape[1]), (v, padded.shape[0])))
    left, top = np.floor(u).astype(int), np.floor(v).astype(int)
    x, y = (u - left)[..., None], (v - top)[..., None]
    upper = padded[top, left] * (1 - x) + padded[top, left + 1] * x
    lower = padded[top + 1, left] * (1 - x) + padded[top + 1, left + 1] * x
    return upper * (1 - y) + lower * y
