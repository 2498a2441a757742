"""Real files: what a media pool item knows of its file, and the pixels of one frame.

Pixels are the file's own code values, movies and integer files divided by their largest code; no color management.
"""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import OpenImageIO as oiio
from numpy.typing import NDArray

from .timing import frame_at

Pixels = NDArray[np.float32]
"""(height, width, 4)."""

IMAGES = {".exr", ".png", ".tif", ".tiff", ".dpx", ".jpg", ".jpeg"}
NUMBERED = re.compile(r"%0?(\d*)d")
LISTED = re.compile(r"(.*)\[(\d+)-(\d+)\](\.[a-z]+)")
"""A sequence in a list of files: ``name.[1001-1010].exr``."""


@dataclass(frozen=True)
class Media:
    """``kind``: Video, Video + Audio, Audio or Still, as the Type property says. ``pattern`` has %0Nd in a sequence.

    ``rate``: frames per second; None for images, which take the project's at import. ``first``: the file's own number
    of its first frame, 0 in a movie. ``start``: timecode of that frame, counted in frames. ``seconds``: of sound alone,
    whose frames are counted at the rate that the project has at import (the ledger).
    """

    kind: str
    pattern: str
    width: int
    height: int
    rate: Fraction | None
    frames: int
    first: int
    start: int
    codec: str
    alpha: bool
    seconds: Fraction = Fraction(0)

    @property
    def path(self) -> str:
        """As the File Path property has it: a sequence is written ``name.[1001-1010].exr``."""
        found = NUMBERED.search(self.pattern)
        if not found or self.kind == "Still":
            return self.pattern
        digits = int(found[1] or 1)
        span = f"[{self.first:0{digits}}-{self.first + self.frames - 1:0{digits}}]"
        return self.pattern[: found.start()] + span + self.pattern[found.end() :]

    def file(self, index: int) -> str:
        """The file that frame ``index``, counted from 0, is in."""
        return NUMBERED.sub(lambda found: f"{self.first + index:0{int(found[1] or 1)}}", self.pattern)

    def online(self) -> bool:
        """Whether the first file is there."""
        return os.path.exists(self.file(0))

    def read(self, index: int) -> Pixels:
        """Frame ``index``, counted from 0. Raises ``IndexError`` outside of the file, ``OSError`` when it is gone."""
        if not 0 <= index < self.frames:
            raise IndexError(f"{self.path} has {self.frames} frames, not one of index {index}")
        path = self.file(index)
        if not os.path.exists(path):
            raise FileNotFoundError(path)
        if self.rate is not None:
            return _to_float(_movie_frames(path, os.stat(path).st_mtime_ns, self.alpha)[index])
        return _image(path)


def open_movie(path: str) -> Media | None:
    """None for what no decoder opens, and for a picture file."""
    if Path(path).suffix.lower() in IMAGES:
        return None
    try:
        with av.open(path) as container:
            if not container.streams.video:
                length = Fraction(container.duration or 0, av.time_base)
                return Media("Audio", path, 0, 0, None, 0, 0, 0, "", False, length) if container.streams.audio else None
            stream = container.streams.video[0]
            rate = stream.average_rate
            pixel_format = stream.codec_context.pix_fmt or ""
            text = stream.metadata.get("timecode") or container.metadata.get("timecode") or "00:00:00:00"
            count = stream.frames or sum(1 for _ in container.decode(stream))
            kind = "Video + Audio" if container.streams.audio else "Video"
            start = frame_at(text.replace(";", ":"), rate) or 0
            codec = stream.codec_context.name
            alpha = "a" in pixel_format.split("p")[0] and not pixel_format.startswith("gray")
            return Media(kind, path, stream.width, stream.height, rate, count, 0, start, codec, alpha)
    except (OSError, av.error.FFmpegError):
        return None


def open_images(pattern: str, first: int, last: int) -> Media | None:
    """A sequence (a pattern with %04d), or a still with ``first == last``. None if a file is missing."""
    media = Media("Video" if first < last else "Still", pattern, 0, 0, None, last - first + 1, first, first, "", False)
    if first > last or not all(os.path.exists(media.file(index)) for index in range(media.frames)):
        return None
    found = oiio.ImageInput.open(media.file(0))
    if found is None:
        oiio.geterror()
        return None
    spec = found.spec()
    found.close()
    width, height, alpha = spec.full_width, spec.full_height, spec.alpha_channel >= 0
    codec = Path(pattern).suffix[1:].upper()
    return Media(media.kind, pattern, width, height, None, media.frames, first, first, codec, alpha)


def consolidated(paths: Iterable[Path]) -> list[str]:
    """Files as Resolve lists them: pictures with numbers in a row are one entry, everything else stands for itself."""
    found: dict[tuple[str, int, str], list[int]] = {}
    listed = []
    for path in paths:
        numbered = re.fullmatch(r"(.*?)(\d+)", path.stem)
        if numbered and path.suffix.lower() in IMAGES:
            head = str(path.with_name(numbered[1]))
            found.setdefault((head, len(numbered[2]), path.suffix), []).append(int(numbered[2]))
        else:
            listed.append(str(path))
    for (head, digits, suffix), numbers in found.items():
        for row in _rows(sorted(numbers)):
            span = f"[{row[0]:0{digits}}-{row[-1]:0{digits}}]" if len(row) > 1 else f"{row[0]:0{digits}}"
            listed.append(f"{head}{span}{suffix}")
    return sorted(listed)


def _rows(numbers: list[int]) -> list[list[int]]:
    rows: list[list[int]] = []
    for number in numbers:
        if rows and rows[-1][-1] == number - 1:
            rows[-1].append(number)
        else:
            rows.append([number])
    return rows


@functools.lru_cache(maxsize=8)
def _movie_frames(path: str, _changed: int, alpha: bool) -> list[NDArray[np.uint8] | NDArray[np.uint16]]:
    """All frames of a (small) movie in the order they are shown; 16 bit where there is alpha."""
    with av.open(path) as container:
        return [
            frame.to_ndarray(format="rgba64le" if alpha else "rgb24")
            for frame in container.decode(container.streams.video[0])
        ]


def _to_float(codes: NDArray[np.uint8] | NDArray[np.uint16]) -> Pixels:
    pixels: Pixels = codes.astype(np.float32) / np.float32(np.iinfo(codes.dtype).max)
    if pixels.shape[2] == 4:
        return pixels
    return np.concatenate([pixels, np.ones_like(pixels[..., :1])], axis=2)


def _image(path: str) -> Pixels:
    """The display window of a picture file, black and clear where it has no data; gray is shown in all three."""
    source = oiio.ImageInput.open(path)
    if source is None:
        raise OSError(oiio.geterror())
    try:
        spec = source.spec()
        data = source.read_image(format="float")
        if data is None:
            raise OSError(f"{path}: {source.geterror()}")
    finally:
        source.close()
    names = list(spec.channelnames)
    color = [names.index(name) for name in "RGB"] if "R" in names else [0, 0, 0]
    pixels = np.zeros((spec.full_height, spec.full_width, 4), np.float32)
    made = np.ones((spec.height, spec.width, 4), np.float32)
    made[..., :3] = data[..., color]
    if spec.alpha_channel >= 0:
        made[..., 3] = data[..., spec.alpha_channel]
    left, top = spec.x - spec.full_x, spec.y - spec.full_y
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + spec.width, spec.full_width), min(top + spec.height, spec.full_height)
    if x0 < x1 and y0 < y1:
        pixels[y0:y1, x0:x1] = made[y0 - top : y1 - top, x0 - left : x1 - left]
    return pixels
