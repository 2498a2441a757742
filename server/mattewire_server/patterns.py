"""File name patterns of sequences and frame ranges: the only place that parses them.

A pattern has one counter: ``####`` (the number of ``#`` is the least number of digits, as in Nuke), ``%04d`` or
``%d``. Frames wider than the padding and negative frames are written as C's printf does it: frame 12345 of
``####`` is ``12345``, frame -5 is ``-005``.
"""

from __future__ import annotations

import ntpath
import os
import posixpath
import re
from dataclasses import dataclass

from mattewire_protocol import checks
from mattewire_protocol.errors import BadField, BadPattern, PlateNotFound

_COUNTER = re.compile(r"#+|%0(\d+)d|%d")
_SPACED = re.compile(r"%\d+d")
_NUMBER = re.compile(r"(?:(?<![A-Za-z0-9])-)?\d+")
_VERSION = re.compile(r"(?<![A-Za-z])[vV]\d+")
_RANGE = re.compile(r"\s*(-?\d+)\s*(?:[-:–]\s*(-?\d+)\s*)?\Z")
_DRIVE = re.compile(r"[A-Za-z]:")
_WAY_OUT = "Use one counter in the file name, as in shot.####.exr or shot.%04d.exr."
_SEPARATORS = "._- "
WIDEST = 16
"""Most digits a counter may ask for."""


@dataclass(frozen=True)
class Pattern:
    """A sequence's file name: ``folder``/``prefix`` + frame number of at least ``padding`` digits + ``suffix``.

    ``folder`` has no separator at its end (a root keeps it) and is empty for a bare file name.
    """

    folder: str
    prefix: str
    padding: int
    suffix: str

    def path(self, frame: int) -> str:
        """The file of ``frame``."""
        return _join(self.folder, f"{self.prefix}{self._digits(frame)}{self.suffix}")

    @property
    def text(self) -> str:
        """The pattern in its ``####`` form."""
        return _join(self.folder, f"{self.prefix}{'#' * self.padding}{self.suffix}")

    def frames_on_disk(self) -> list[int]:
        """The frames that have a file, ascending; none when there is no such folder.

        Only names that this pattern itself would write count: ``shot.0005.exr`` is no frame of ``shot.#.exr``.
        Raises ``PlateNotFound`` when the folder is there but may not be listed.
        """
        frames = (self._frame_of(token) for token in _tokens(self.folder, self.prefix, self.suffix))
        return sorted(frame for frame in frames if frame is not None)

    def _digits(self, frame: int) -> str:
        return f"{frame:0{self.padding}d}"

    def _frame_of(self, token: str) -> int | None:
        frame = int(token)
        return frame if self._digits(frame) == token and abs(frame) <= checks.FRAME_LIMIT else None


def parse_pattern(text: str, field: str = "plate.path") -> Pattern:
    """The pattern that ``text`` writes; ``text`` must have exactly one counter, and in the file name.

    Windows drives and UNC paths are understood on every system. A percent sign that starts no counter is a plain
    character (``100%_final.####.exr``). Raises ``BadPattern`` naming ``field``.
    """
    folder, name = _split(text)
    if has_counter(folder):
        raise BadPattern(f"{text!r} has a counter in a folder name.", field=field, advice=_WAY_OUT)
    if _SPACED.search(name) and not _COUNTER.search(name):
        raise BadPattern(f"{text!r} would pad with spaces.", field=field, advice="Write %04d instead of %4d.")
    counters = list(_COUNTER.finditer(name))
    if len(counters) != 1:
        found = "no counter" if not counters else f"{len(counters)} counters"
        raise BadPattern(f"{text!r} has {found}.", field=field, advice=_WAY_OUT)
    token = counters[0].group()
    padding = len(token) if token.startswith("#") else int(counters[0].group(1) or 1)
    if not 1 <= padding <= WIDEST:
        raise BadPattern(f"{text!r} asks for {padding} digits; 1 to {WIDEST} are possible.", field=field)
    return Pattern(folder, name[: counters[0].start()], padding, name[counters[0].end() :])


def has_counter(text: str) -> bool:
    """Whether ``text`` has ``#``, ``%04d`` or ``%d`` anywhere."""
    return _COUNTER.search(text) is not None


def pattern_of_file(path: str) -> Pattern:
    """The pattern of the sequence that one file belongs to: ``name.1001.exr`` -> ``name.####.exr``.

    The counter is the last run of digits of the stem that ends it or is followed by a separator (else the last run
    at all); version tokens such as ``v002`` are never counters. The padding is the file's own width, except where
    files beside it show that frames are not padded (``shot.9.exr`` beside ``shot.10.exr``).
    Raises ``BadPattern`` when the name has no frame number.
    """
    folder, name = _split(path)
    stem, extension = os.path.splitext(name)
    if extension[1:].isdecimal():  # shot.1001, without an extension
        stem, extension = name, ""
    versions = [found.span() for found in _VERSION.finditer(stem)]
    runs = [
        run
        for run in _NUMBER.finditer(stem)
        if run.group().isascii()
        and abs(int(run.group())) <= checks.FRAME_LIMIT
        and not any(start <= run.start() < end for start, end in versions)
    ]
    if not runs:
        raise BadPattern(f"{name!r} has no frame number.", field="plate.path", advice=_WAY_OUT)
    standing = [run for run in runs if run.end() == len(stem) or stem[run.end()] in _SEPARATORS]
    counter = (standing or runs)[-1]
    prefix, suffix = stem[: counter.start()], stem[counter.end() :] + extension
    return Pattern(folder, prefix, _padding_among(counter.group(), _tokens(folder, prefix, suffix)), suffix)


def parse_range(text: str, field: str = "range") -> tuple[int, int]:
    """``first`` and ``last`` (both included) of ``1001-1050``, ``1001:1050``, ``-5-10`` or one frame ``1001``.

    Raises ``BadField`` naming ``field``.
    """
    found = _RANGE.match(text)
    if not found:
        raise BadField(f"{text!r} is not a frame range.", field=field, advice="Write first-last, as in 1001-1050.")
    first = int(found.group(1))
    last = int(found.group(2)) if found.group(2) else first
    checks.frame_number(field, first)
    checks.frame_number(field, last)
    if last < first:
        advice = f"Write the lower frame first: {last}-{first}."
        raise BadField(f"{text!r} ends before it begins.", field=field, advice=advice)
    return first, last


def sibling(path: str, name: str) -> str:
    """The path of a file that goes with a sequence or movie: ``a/ball.####.exr``, ``x.json`` -> ``a/ball.x.json``.

    What follows the counter stays, so that ``ball.####_left.exr`` and ``ball.####_right.exr`` do not share a file. A
    sequence named by its counter alone takes its folder's name, else ``matte``.
    """
    return _join(_split(path)[0], f"{shot_name(path) or 'matte'}.{name}")


def shot_name(path: str) -> str:
    """What a sequence or movie is called, without its counter and suffix: ``a/sh010.####.exr`` -> ``sh010``.

    A sequence named by its counter alone takes its folder's name, which is empty for a root.
    """
    folder, name = _split(path)
    if not has_counter(name):
        return os.path.splitext(name)[0]
    pattern = parse_pattern(path, field="out")
    after = pattern.suffix.rpartition(".")[0] if "." in pattern.suffix else pattern.suffix
    stem = pattern.prefix.rstrip(_SEPARATORS) + after.rstrip(_SEPARATORS)
    return stem.lstrip(_SEPARATORS) or _split(folder)[1].rstrip(":")


def sequences_in(folder: str) -> tuple[list[Pattern], list[str]]:
    """What lies in ``folder``, for telling an artist: the patterns of its numbered files, and its other names."""
    found: dict[str, Pattern] = {}
    others: list[str] = []
    for name in sorted(_names(folder)):
        if any(_is_frame(pattern, name) for pattern in found.values()):
            continue
        try:
            pattern = pattern_of_file(_join(folder, name))
        except BadPattern:
            others.append(name)
        else:
            found.setdefault(pattern.text, pattern)
    return list(found.values()), others


def _is_frame(pattern: Pattern, name: str) -> bool:
    if not (name.startswith(pattern.prefix) and name.endswith(pattern.suffix)):
        return False
    return re.fullmatch(r"-?[0-9]+", name[len(pattern.prefix) : len(name) - len(pattern.suffix)]) is not None


def _padding_among(token: str, tokens: list[str]) -> int:
    """The padding of the sequence that ``token`` belongs to, judged by the frame numbers beside it."""
    width = len(token)
    if token.lstrip("-").startswith("0") and token.lstrip("-") != "0":
        return min(width, WIDEST)
    padded = [len(other) for other in tokens if len(other.lstrip("-")) > 1 and other.lstrip("-").startswith("0")]
    padded = [other for other in padded if other <= width]
    if padded:
        return min(max(padded), WIDEST)
    return min([width, WIDEST, *(len(other) for other in tokens)])


def _tokens(folder: str, prefix: str, suffix: str) -> list[str]:
    """The frame numbers, as written, of all files that share ``prefix`` and ``suffix``."""
    wanted = re.compile(re.escape(os.path.normcase(prefix)) + r"(-?[0-9]+)" + re.escape(os.path.normcase(suffix)))
    return [found.group(1) for name in _names(folder) if (found := wanted.fullmatch(os.path.normcase(name)))]


def _names(folder: str) -> list[str]:
    try:
        with os.scandir(folder or os.curdir) as entries:
            return [entry.name for entry in entries]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise PlateNotFound(f"The folder {folder} cannot be listed: {error.strerror}.") from error


def _split(path: str) -> tuple[str, str]:
    """Folder and file name, for this system's paths and for Windows ones wherever they were typed."""
    folder, name = (ntpath if _is_windows(path) else posixpath).split(path)
    return folder, name


def _join(folder: str, name: str) -> str:
    if not folder or folder[-1] in "/\\" or re.fullmatch(_DRIVE, folder):
        return folder + name
    separator = "\\" if _is_windows(folder) and "/" not in folder else "/"
    return folder + separator + name


def _is_windows(path: str) -> bool:
    return os.sep == "\\" or path.startswith("\\\\") or _DRIVE.match(path) is not None
