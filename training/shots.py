"""Shots rendered by code, with the exact matte of every thing in every frame: what the tiny models learn from.

Things of twelve outlines and ten colors move, turn, grow, pass before each other, leave the frame and come back, over
textured backgrounds, under a drifting camera, with grain, blur and changing light. A seed is a shot, everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from .outlines import COLORS, HOLES, OUTLINES

Picture = NDArray[np.float32]
"""float32 (side, side, 3), 0..1, sRGB-encoded."""

OVER = 2
"""Samples of a pixel in either direction, on top of OpenCV's antialiasing."""
SHIFT = 4


@dataclass(frozen=True)
class Thing:
    """``at``: (frames, 2) center, in shares of the picture. ``size``: (frames,) half its extent, in the same. ``turn``:
    (frames,), radians. ``squeeze``: width over height. ``pattern``: strength, waves across and down, phase.
    ``shade``: how much lighter it gets to the right and down."""

    outline: str
    color: str
    rgb: NDArray[np.float32]
    at: NDArray[np.float64]
    size: NDArray[np.float64]
    turn: NDArray[np.float64]
    squeeze: float
    pattern: tuple[float, float, float, float]
    shade: tuple[float, float]

    @property
    def phrase(self) -> str:
        return f"{self.color} {self.outline}"


@dataclass(frozen=True)
class Shot:
    """``pictures``: one for each frame. ``mattes``: (things, frames, side, side) float32, what is visible of each."""

    things: list[Thing]
    pictures: list[Picture]
    mattes: NDArray[np.float32]

    def box(self, thing: int, frame: int) -> tuple[float, float, float, float] | None:
        """Around what is visible, in pixels; None when that is less than a few pixels."""
        solid = self.mattes[thing, frame] > 0.5
        if solid.sum() < 12:
            return None
        rows, columns = np.flatnonzero(solid.any(1)), np.flatnonzero(solid.any(0))
        return float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)


@dataclass(frozen=True)
class Recipe:
    """What a shot has in it. ``smallest``, ``largest``: half a thing's extent in shares of the picture. ``hide``:
    chance of a thing that passes over another. ``leave``: of each thing, that it goes out of the frame. ``same``: of
    each thing, that it has the outline or the color of the one before, or both.

    Things are 36 to 80 pixels across in 128: a smaller one has too few cells of the segmenter's 32 x 32 for a mask."""

    side: int = 128
    frames: int = 8
    fewest: int = 2
    most: int = 5
    smallest: float = 0.14
    largest: float = 0.31
    speed: float = 1.0
    hide: float = 0.3
    leave: float = 0.25
    same: float = 0.15
    outlines: tuple[str, ...] = field(default_factory=lambda: tuple(OUTLINES))
    colors: tuple[str, ...] = field(default_factory=lambda: tuple(COLORS))


def render(seed: int, recipe: Recipe) -> Shot:
    """The shot of that seed."""
    random = np.random.default_rng(seed)
    count = int(random.integers(recipe.fewest, recipe.most + 1))
    drift = _wander(random, recipe.frames, 0.06 * recipe.speed)
    things: list[Thing] = []
    for _ in range(count):
        twin = things[-1] if things and random.random() < recipe.same else None
        things.append(_thing(random, recipe, things, twin))
    if random.random() < recipe.hide:
        things.append(_hider(random, recipe, things))
    big = recipe.side * OVER
    behind = _background(random, big, things)
    light = 1 + _wander(random, recipe.frames, 0.15)[:, 0]
    blur = random.uniform(0.0, 0.9) if random.random() < 0.6 else 0.0
    grain = random.uniform(0.0, 0.04)
    pictures: list[Picture] = []
    mattes = np.zeros((len(things), recipe.frames, recipe.side, recipe.side), np.float32)
    for frame in range(recipe.frames):
        shift = drift[frame] * big
        canvas = cv2.warpAffine(
            behind, np.float32([[1, 0, shift[0]], [0, 1, shift[1]]]), (big, big), borderMode=cv2.BORDER_REFLECT
        )
        cover = np.zeros((len(things), big, big), np.float32)
        for number, thing in enumerate(things):
            part = _draw(canvas, thing, frame, drift[frame], big)
            if part is not None:
                y0, y1, x0, x1, alpha = part
                cover[:number, y0:y1, x0:x1] *= 1 - alpha
                cover[number, y0:y1, x0:x1] = alpha
        if blur:
            canvas = cv2.GaussianBlur(canvas, (0, 0), blur * OVER)
        small = cv2.resize(canvas, (recipe.side, recipe.side), interpolation=cv2.INTER_AREA)
        small = small * np.float32(light[frame]) + random.standard_normal(small.shape).astype(np.float32) * grain
        pictures.append(np.clip(small, 0, 1).astype(np.float32))
        for matte, big_matte in zip(mattes, cover, strict=True):
            cv2.resize(big_matte, (recipe.side, recipe.side), matte[frame], interpolation=cv2.INTER_AREA)
    return Shot(things, pictures, mattes)


def _thing(random: np.random.Generator, recipe: Recipe, others: list[Thing], twin: Thing | None) -> Thing:
    """``others``: what it keeps away from on the first frame, as far as there is room. ``twin``: another of the same
    color or the same outline, or both: what must be told apart by place."""
    outline, color = str(random.choice(recipe.outlines)), str(random.choice(recipe.colors))
    if twin is not None:
        which = random.random()
        outline = twin.outline if which < 0.6 else outline
        color = twin.color if which > 0.4 else color
    rgb = np.clip(np.array(COLORS[color]) + random.normal(0, 0.035, 3), 0.02, 0.98).astype(np.float32)
    size = random.uniform(recipe.smallest, recipe.largest)
    places = random.uniform(0.15, 0.85, (6, 2))
    room = [min((np.hypot(*(place - each.at[0])) - each.size[0] for each in others), default=0.0) for place in places]
    place = places[int(np.argmax(room))]
    at = place + _wander(random, recipe.frames, 0.25 * recipe.speed)
    if random.random() < recipe.leave:  # out of the frame and back, or only one of both
        angle = np.arctan2(*(place - 0.5)[::-1]) + random.normal(0, 0.4)
        middle, width = random.uniform(0.4, 1.0) * recipe.frames, random.uniform(0.12, 0.25) * recipe.frames
        gone = np.exp(-(((np.arange(recipe.frames) - middle) / width) ** 2))
        gone = (gone - gone[0])[:, None] * np.array([np.cos(angle), np.sin(angle)])
        at = at + gone * (0.75 + size)
    return Thing(
        outline,
        color,
        rgb,
        at,
        size * np.exp(_wander(random, recipe.frames, 0.15 * recipe.speed)[:, 0]),
        random.uniform(0, 0.5) * (1 if random.random() < 0.5 else -1) + _wander(random, recipe.frames, 0.6)[:, 0],
        random.uniform(0.7, 1.0),
        (random.uniform(0, 0.22) if random.random() < 0.5 else 0.0, *random.uniform(-9, 9, 2), random.uniform(0, 6.3)),
        (random.uniform(-0.25, 0.25), random.uniform(-0.25, 0.25)),
    )


def _hider(random: np.random.Generator, recipe: Recipe, things: list[Thing]) -> Thing:
    """Passes over one of the things, and covers it wholly in the middle of its way."""
    victim = things[int(random.integers(len(things)))]
    when = random.uniform(0.35, 0.75) * recipe.frames
    angle = random.uniform(0, 6.3)
    speed = random.uniform(0.05, 0.1) * 24 / max(recipe.frames, 12)
    time = np.arange(recipe.frames) - when
    frame = int(np.clip(round(when), 0, recipe.frames - 1))
    at = victim.at[frame] + time[:, None] * speed * np.array([np.cos(angle), np.sin(angle)])
    base = _thing(random, recipe, [], None)
    return Thing(
        str(random.choice(["box", "ball", "box", "bottle"])),
        base.color,
        base.rgb,
        at,
        np.full(recipe.frames, min(0.42, float(victim.size[frame]) * random.uniform(1.2, 1.6))),
        base.turn,
        1.0,
        base.pattern,
        base.shade,
    )


def _wander(random: np.random.Generator, frames: int, reach: float) -> NDArray[np.float64]:
    """(frames, 2), smooth, 0 at the first frame: two slow waves of random phase in either direction."""
    time = np.arange(frames) / 24
    path = np.zeros((frames, 2))
    for _ in range(2):
        pace, phase = random.uniform(0.3, 1.4, 2), random.uniform(0, 6.3, 2)
        path += random.uniform(-1, 1, 2) * reach * np.sin(2 * np.pi * pace * time[:, None] + phase)
    return path - path[0]


def _background(random: np.random.Generator, side: int, things: list[Thing]) -> Picture:
    """Of another tone than the things before it, as far as there is one."""
    bases = [random.uniform(0.1, 0.9, 3) * 0.5 + random.uniform(0.1, 0.9) * 0.5 for _ in range(6)]
    apart = [min((float(np.abs(thing.rgb - base).max()) for thing in things), default=0.0) for base in bases]
    base = bases[int(np.argmax(apart))]
    clouds = np.zeros((side, side, 3), np.float32)
    scale, weight, fine = side / 2, 1.0, random.choice([4, 8, 16, 40])
    while scale >= fine:
        cells = int(side / scale) + 2
        coarse = random.standard_normal((cells, cells, 3)).astype(np.float32)
        coarse = 0.7 * coarse.mean(axis=2, keepdims=True) + 0.45 * coarse
        clouds += weight * cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC)
        scale, weight = scale / 2, weight * 0.75
    picture = base + clouds * (random.uniform(0.02, 0.16) / max(float(clouds.std()), 1e-6))
    y, x = np.mgrid[:side, :side].astype(np.float32) / side
    kind = random.random()
    if kind < 0.2:  # a wall and a floor
        level, slope = random.uniform(0.4, 0.8), random.uniform(-0.2, 0.2)
        picture[y > level + slope * x] += random.uniform(-0.3, 0.3, 3)
    elif kind < 0.35:  # tiles, planks, blinds
        pitch, angle = random.uniform(5, 16), random.uniform(0, 3.2)
        stripes = np.sin((x * np.cos(angle) + y * np.sin(angle)) * pitch * 2 * np.pi) > random.uniform(-0.6, 0.6)
        picture[stripes] += random.uniform(-0.25, 0.25, 3)
    return np.clip(picture, 0.02, 0.98).astype(np.float32)


def _draw(
    canvas: Picture, thing: Thing, frame: int, drift: NDArray[np.float64], side: int
) -> tuple[int, int, int, int, NDArray[np.float32]] | None:
    """Draws onto ``canvas``; rows and columns of the part it touched, and its own coverage there."""
    size, turn = thing.size[frame] * side, thing.turn[frame]
    center = (thing.at[frame] + drift) * side
    x0, y0 = np.floor(center - size * 1.5).astype(int)
    x1, y1 = np.ceil(center + size * 1.5).astype(int)
    x0, y0, x1, y1 = max(x0, 0), max(y0, 0), min(x1, side), min(y1, side)
    if x1 <= x0 or y1 <= y0:
        return None
    cos, sin = np.cos(turn) * size, np.sin(turn) * size
    spin = np.array([[cos, sin], [-sin, cos]])
    shape = np.zeros((y1 - y0, x1 - x0), np.uint8)
    for number, ring in enumerate(OUTLINES[thing.outline]):
        points = (ring * (thing.squeeze, 1.0)) @ spin + center - (x0, y0) - 0.5
        value = 0 if number in HOLES.get(thing.outline, ()) else 255
        cv2.fillPoly(shape, [np.round(points * (1 << SHIFT)).astype(np.int32)], value, cv2.LINE_AA, SHIFT)
    alpha = shape.astype(np.float32) / 255
    y, x = np.mgrid[y0:y1, x0:x1].astype(np.float32)
    u, v = (x - center[0]) / size, (y - center[1]) / size
    strength, across, down, phase = thing.pattern
    tone = 1 + thing.shade[0] * u + thing.shade[1] * v
    if strength:
        own_u, own_v = u * np.cos(turn) + v * np.sin(turn), v * np.cos(turn) - u * np.sin(turn)
        tone = tone + strength * np.sign(np.sin(across * own_u + down * own_v + phase))
    color = np.clip(thing.rgb * tone[..., None], 0, 1)
    part = canvas[y0:y1, x0:x1]
    part += (color - part) * alpha[..., None]
    return y0, y1, x0, x1, alpha
