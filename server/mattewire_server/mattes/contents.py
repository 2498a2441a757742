"""What goes into a file: a matte, a cut-out, one layer per object, or Cryptomatte; in every frame the same channels.

What stands where is each host's own habit: Nuke copies ``A`` alone, Resolve reads gray as R = G = B with no A, After
Effects uses white with a straight A as an alpha track matte. The matte is never in RGB and A both.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mattewire_protocol.errors import InternalError

from ..color import ColorTransform
from ..finish import cryptomatte
from ..finish.names import layer_channel
from ..finish.refine.foreground import foreground
from ..plates.model import Window
from .model import Canvas, FrameMattes, NamedObject
from .numbers import coverage_numbers, cut_within, largest, plate_numbers, premultiplied

RGBA = ("R", "G", "B", "A")
Z = "Z"
"""The standard name of depth (OpenEXR, "Standard Channel Names"); Nuke shows it as ``depth.Z``."""


@dataclass(frozen=True)
class Area:
    """What part of the canvas a file shows: its data window, or the display window where it has none."""

    canvas: Window
    shown: Window
    data: Window

    def of(self, raster: NDArray[Any]) -> NDArray[Any]:
        """``raster``, which covers the canvas, inside the area; 0 outside the data window."""
        return cut_within(raster, self.canvas, self.shown, self.data)


class Content(Protocol):
    """What a file holds. ``channels``: in the order of the pixels. ``facts``: header entries after ``mattewire/``.
    ``standard``: header entries under names that a standard gives."""

    @property
    def channels(self) -> tuple[str, ...]: ...
    @property
    def facts(self) -> Mapping[str, str]: ...
    @property
    def standard(self) -> Mapping[str, str]: ...

    def mattes(self, frame: FrameMattes) -> list[Canvas]:
        """The mattes of ``frame`` that the file is made of."""
        ...

    def pixels(self, frame: FrameMattes, area: Area, kind: np.dtype[Any]) -> NDArray[Any]:
        """(rows, columns, channels) of ``kind`` inside the area; a new array or a view."""
        ...


@dataclass(frozen=True)
class Matte:
    """The matte of all objects, or of one: alone, as gray, or in the alpha of white."""

    channels: tuple[str, ...]
    object: int = 0
    facts: Mapping[str, str] = field(default_factory=dict)
    standard: Mapping[str, str] = field(default_factory=dict)

    def mattes(self, frame: FrameMattes) -> list[Canvas]:
        return [_matte_of(frame, self.object)]

    def pixels(self, frame: FrameMattes, area: Area, kind: np.dtype[Any]) -> NDArray[Any]:
        matte = coverage_numbers(area.of(_matte_of(frame, self.object)), kind)[..., None]
        if self.channels != RGBA:
            return np.repeat(matte, len(self.channels), axis=2) if len(self.channels) > 1 else matte
        picture = np.full((*matte.shape[:2], 4), largest(kind), kind)
        picture[..., 3:] = matte
        return picture


@dataclass(frozen=True)
class Cutout:
    """The plate's RGB as its files have it, and the matte in A. ``light``: the plate's color, where the RGB is to be
    the subject's own at soft edges."""

    premultiplied: bool
    object: int = 0
    facts: Mapping[str, str] = field(default_factory=dict)
    standard: Mapping[str, str] = field(default_factory=dict)
    channels: tuple[str, ...] = RGBA
    light: ColorTransform | None = None

    def mattes(self, frame: FrameMattes) -> list[Canvas]:
        return [_matte_of(frame, self.object)]

    def pixels(self, frame: FrameMattes, area: Area, kind: np.dtype[Any]) -> NDArray[Any]:
        if frame.plate is None:
            raise InternalError(f"Frame {frame.frame}: a cut-out needs the plate.")
        alpha, rgb = area.of(_matte_of(frame, self.object)), area.of(frame.plate.rgb)
        if self.light is not None:
            rgb = foreground(rgb, alpha, self.light)
        picture = np.empty((*alpha.shape, 4), kind)
        picture[..., :3] = premultiplied(rgb, alpha, kind) if self.premultiplied else plate_numbers(rgb, kind)
        picture[..., 3] = coverage_numbers(alpha, kind)
        return picture


@dataclass(frozen=True)
class Layers:
    """Every object in a layer of its own, in number order, and their union in ``A``."""

    objects: tuple[NamedObject, ...]
    standard: Mapping[str, str] = field(default_factory=dict)

    @property
    def channels(self) -> tuple[str, ...]:
        return ("A", *(layer_channel(one.layer) for one in self.objects))

    @property
    def facts(self) -> Mapping[str, str]:
        return {"objects": json.dumps({one.layer: one.name for one in self.objects}, ensure_ascii=False)}

    def mattes(self, frame: FrameMattes) -> list[Canvas]:
        return [frame.whole, *frame.objects.values()]

    def pixels(self, frame: FrameMattes, area: Area, kind: np.dtype[Any]) -> NDArray[Any]:
        picture = np.zeros((area.shown.height, area.shown.width, 1 + len(self.objects)), kind)
        picture[..., 0] = coverage_numbers(area.of(frame.whole), kind)
        for place, one in enumerate(self.objects, 1):
            if one.number in frame.objects:
                picture[..., place] = coverage_numbers(area.of(frame.objects[one.number]), kind)
        return picture


@dataclass(frozen=True)
class Cryptomatte:
    """Ids and coverage of every object, by name, as compositors pick them."""

    objects: tuple[NamedObject, ...]
    facts: Mapping[str, str] = field(default_factory=dict)
    channels: tuple[str, ...] = tuple(cryptomatte.channel_names())

    @property
    def standard(self) -> Mapping[str, str]:
        return cryptomatte.metadata(cryptomatte.LAYER, self._names)

    @property
    def _names(self) -> dict[int, str]:
        return {one.number: one.name for one in self.objects}

    def mattes(self, frame: FrameMattes) -> list[Canvas]:
        return list(frame.objects.values())

    def pixels(self, frame: FrameMattes, area: Area, kind: np.dtype[Any]) -> NDArray[Any]:
        shape = (area.shown.height, area.shown.width)
        mattes = {number: area.of(matte) for number, matte in frame.objects.items() if number in self._names}
        return cryptomatte.rank(mattes, self._names, shape=shape)[1]


@dataclass(frozen=True)
class WithDistance:
    """What another content holds, and beside it the distance from the camera in ``Z``, which hosts read as depth.

    ``Z`` is float32 whatever the rest is, so ``pixels`` are float32 throughout: every half is one of those.
    """

    held: Content

    @property
    def channels(self) -> tuple[str, ...]:
        return (*self.held.channels, Z)

    @property
    def facts(self) -> Mapping[str, str]:
        return {**self.held.facts, "z": "distance from the camera, larger is farther; see mattewire/depth"}

    @property
    def standard(self) -> Mapping[str, str]:
        return self.held.standard

    def mattes(self, frame: FrameMattes) -> list[Canvas]:
        return self.held.mattes(frame)

    def pixels(self, frame: FrameMattes, area: Area, kind: np.dtype[Any]) -> NDArray[Any]:
        if frame.z is None:
            raise InternalError(f"Frame {frame.frame}: a Z channel needs distances.")
        held = self.held.pixels(frame, area, kind)
        with np.errstate(invalid="ignore"):  # a signaling NaN of the plate becomes a quiet one
            return np.dstack([held.astype(np.float32, copy=False), area.of(frame.z)])


def _matte_of(frame: FrameMattes, number: int) -> Canvas:
    """All objects' matte for 0, else the object's; all 0 where it is out of sight."""
    if not number:
        return frame.whole
    found = frame.objects.get(number)
    return np.zeros_like(frame.whole) if found is None else found
