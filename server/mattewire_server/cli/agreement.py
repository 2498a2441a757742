"""Whether a job that was repeated gave the same files, and what has changed in what made them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO
from numpy.typing import NDArray

from ..patterns import parse_pattern
from .sidecars import Output

_WINDOW = ("x", "y", "width", "height", "full_x", "full_y", "full_width", "full_height")
_PIECE = 1 << 20


@dataclass(frozen=True)
class Difference:
    """``what``: ``pixels`` (by up to ``most``, in the file's own numbers), ``header`` (the pixels agree), ``window``,
    ``channels``, ``movie``, ``missing`` (of the original), ``not repeated``, ``added`` (the original has none),
    ``unreadable``.

    ``frame``: None for a movie, and where a whole sequence is meant. ``lengths``: frames of both movies, the original's
    first; None where one of them cannot be read.
    """

    frame: int | None
    what: str
    most: float = 0.0
    lengths: tuple[int, int] | None = None


@dataclass(frozen=True)
class Compared:
    """One sequence or movie and its repetition; a path is empty where there is only the other. ``frames``: how many
    files were compared."""

    original: str
    again: str
    frames: int
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class Change:
    """A fact of the sidecar that is not what it was; None where it was not or is no longer told."""

    what: str
    was: Any
    now: Any


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """What two sidecars' facts disagree about, by name."""
    names = sorted({*before, *after})
    return [Change(name, before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)]


def compare_all(
    originals: Sequence[Output], again: Sequence[Output], before: Sequence[int], after: Sequence[int]
) -> list[Compared]:
    """Every output and its repetition, in the request's order. ``before``, ``after``: the frames of both jobs."""
    first, second = ({(each.deliverable, each.object): each for each in side} for side in (originals, again))
    found = []
    for key in sorted({*first, *second}):
        one, other = first.get(key), second.get(key)
        if one is None or other is None:
            path, what = (one.path, "not repeated") if one else (other.path if other else "", "added")
            found.append(Compared(path if one else "", "" if one else path, 0, (Difference(None, what),)))
        elif one.is_sequence:
            found.append(compare(one.path, other.path, before, after))
        else:
            found.append(compare_movie(one.path, other.path))
    return found


def compare(original: str, again: str, before: Iterable[int], after: Iterable[int]) -> Compared:
    """Compares two sequences, byte for byte. ``before``, ``after``: the frames that each should have."""
    first, second = parse_pattern(original), parse_pattern(again)
    wanted, made = set(before), set(after)
    found: list[Difference] = []
    for frame in sorted(wanted | made):
        if frame not in wanted:
            found.append(Difference(frame, "added"))
        elif frame not in made:
            found.append(Difference(frame, "not repeated"))
        else:
            found += _frame(frame, Path(first.path(frame)), Path(second.path(frame)))
    return Compared(original, again, len(wanted | made), tuple(found))


def compare_movie(original: str, again: str) -> Compared:
    """Compares two movies, byte for byte."""
    same = _same_bytes(Path(original), Path(again))
    if same is None:
        found = Difference(None, "unreadable" if Path(original).exists() else "missing")
    else:
        lengths = (_length(original), _length(again))
        found = Difference(None, "movie", lengths=lengths if all(lengths) else None)
    return Compared(original, again, 1, () if same else (found,))


def _frame(frame: int, original: Path, again: Path) -> Iterator[Difference]:
    same = _same_bytes(original, again)
    if same is None:
        yield Difference(frame, "unreadable" if original.exists() else "missing")
    elif not same:
        was, now = _picture(original), _picture(again)
        if was is None or now is None:
            yield Difference(frame, "unreadable")
        elif was[:2] != now[:2]:
            yield Difference(frame, "window" if was[0] != now[0] else "channels")
        else:
            # What is not a number counts as the whole range.
            apart = np.nan_to_num(np.abs(was[2] - now[2]), nan=1.0, posinf=1.0)
            apart[np.isnan(was[2]) & np.isnan(now[2])] = 0.0
            most = float(apart.max(initial=0.0))
            yield Difference(frame, "pixels" if most else "header", most)


def _same_bytes(original: Path, again: Path) -> bool | None:
    """None when the original cannot be read. In pieces: a movie may be larger than the memory."""
    try:
        with original.open("rb") as here, again.open("rb") as there:
            while True:
                piece = here.read(_PIECE)
                if piece != there.read(_PIECE):
                    return False
                if not piece:
                    return True
    except OSError:
        return None


def _picture(path: Path) -> tuple[tuple[Any, ...], tuple[str, ...], NDArray[np.float32]] | None:
    """Windows, channel names and pixels, float32, of one file; None when it cannot be read."""
    as_stored = OpenImageIO.ImageSpec()
    as_stored.attribute("oiio:UnassociatedAlpha", 1)  # or straight colors vanish where A is 0
    source = OpenImageIO.ImageInput.open(str(path), as_stored)
    if not source:
        OpenImageIO.geterror()  # read, or it is printed at exit
        return None
    try:
        spec = source.spec()
        pixels = source.read_image("float")
        windows = (*(getattr(spec, name) for name in _WINDOW), spec.getattribute("PixelAspectRatio"))
        if pixels is None or source.geterror():
            return None
        return windows, tuple(spec.channelnames), np.asarray(pixels, np.float32)
    finally:
        source.close()


def _length(path: str) -> int:
    """Frames of a movie, one packet each; 0 where it cannot be read, and without PyAV, which reads movies."""
    try:
        import av
    except ImportError:
        return 0
    try:
        with av.open(path) as movie:
            return sum(packet.size > 0 for packet in movie.demux(movie.streams.video[0]))
    except (av.FFmpegError, IndexError):
        return 0
