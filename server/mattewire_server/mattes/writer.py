"""Whole files, the plate's frame numbers, windows and pixel aspect: every image sequence goes out through here.

EXR files have the plate's data window; PNG and TIFF, which know none, the display window. Provenance is in the header,
and nothing that changes from run to run is: the same mattes give the same bytes.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

import numpy as np

from mattewire_protocol.deliver import Deliverable
from mattewire_protocol.errors import BadField, BadPattern, InternalError, NotWritable

from ..color import ColorTransform
from ..durable import make_writable_folder, reason_for_failure, remove_stale, token_checked, whole_file, write_bytes
from ..patterns import has_counter, parse_pattern
from ..plates.model import PlateInfo
from ..provenance import entry, plain
from .choice import SUFFIX, check_format, choose
from .contents import Area, Z
from .exr import ExrHeader, write_exr
from .model import FrameMattes, NamedObject
from .numbers import beyond_half
from .png import png_bytes
from .tiff import write_tiff


class MatteWriter:
    """Writes one deliverable, an image sequence. Threads may write different frames at once.

    ``objects``: all that the shot will have; layers and Cryptomatte have the channels of every one in every frame.
    ``object``: the one whose matte it is, where a path with ``{object}`` stands for several; else the deliverable's.
    ``provenance``: short texts that go into every file as ``mattewire/<name>``. ``token``: letters, digits, ``-``
    and ``_`` (a job id) that mark the temporary files. ``field``: the deliverable's place in the request, for errors.
    ``light``: the plate's color, without which no foreground colors can be made.
    The deliverable's path has its ``{shot}`` and so on filled in already.

    Whatever can be checked is checked here, before an engine runs for an hour: ``UnknownFormat`` (movies are not
    written here), ``BadPattern``, ``BadField`` (suffix and format disagree, no such object, a format that cannot hold
    the plate's numbers, or the mattes would replace the plate), ``NotWritable``, ``DiskFull``.
    """

    def __init__(
        self,
        deliverable: Deliverable,
        *,
        plate: PlateInfo,
        provenance: Mapping[str, str],
        token: str,
        objects: Sequence[NamedObject] = (),
        field: str = "out[0]",
        object: int = 0,
        light: ColorTransform | None = None,
    ) -> None:
        check_format(deliverable, field)
        self.format = deliverable.format
        self._deliverable = deliverable
        self._plate = plate
        self._place = field
        self._field = f"{field}.path"
        self._content, self._kind = choose(
            deliverable, plate=plate, objects=objects, object=object, field=field, light=light
        )
        self._pattern = parse_pattern(os.path.abspath(deliverable.path), self._field)
        self._check_suffix(deliverable.path)
        self._folder = os.path.realpath(os.path.dirname(self._pattern.path(plate.first)))
        self._token = token_checked(token)
        facts = {name: provenance[name] for name in sorted(provenance)} | dict(self._content.facts)
        self._facts = {f"mattewire/{entry(name)}": plain(text) for name, text in facts.items()}
        self._exr = ExrHeader(
            plate,
            self._content.channels,
            self._kind,
            deliverable.compression or "zip",
            self._facts | {name: plain(text) for name, text in self._content.standard.items()},
            plate.chromaticities if self.needs_plate else (),
            (Z,) if deliverable.z else (),
        )
        self._refuse_the_plate()
        make_writable_folder(self._folder, token=token, subject="The mattes' folder", field=self._field)
        self._group = os.path.basename(self._pattern.text)
        remove_stale(self._folder, token, self._group)

    @property
    def needs_plate(self) -> bool:
        """Whether ``FrameMattes.plate`` must be given: for a cut-out."""
        return self._deliverable.content == "cutout"

    @property
    def needs_z(self) -> bool:
        """Whether ``FrameMattes.z`` must be given: for a Z channel."""
        return self._deliverable.z

    @property
    def pattern(self) -> str:
        """The sequence as ``folder/name.####.exr``, absolute."""
        return os.path.join(self._folder, os.path.basename(self._pattern.text))

    def path(self, frame: int) -> str:
        """Where the file of ``frame`` goes; links among the folders are followed."""
        return os.path.join(self._folder, os.path.basename(self._pattern.path(frame)))

    def existing(self, first: int, last: int) -> list[int]:
        """Frames of ``first`` to ``last``, both included, whose files are on disk, by one listing of the folder."""
        names = set(os.listdir(self._folder))
        return [frame for frame in range(first, last + 1) if os.path.basename(self.path(frame)) in names]

    def write(self, mattes: FrameMattes) -> str:
        """Writes one frame and returns its path.

        ``DiskFull`` and ``NotWritable`` name the frame and leave an older file as it was. ``BadField``: half was asked
        for, and the plate has numbers that half cannot hold. ``InternalError`` for what is no matte.
        """
        self._check(mattes)
        frame = mattes.frame
        path, subject = self.path(frame), f"Frame {frame}"
        with whole_file(path, token=self._token, subject=subject, field=self._field, group=self._group) as temporary:
            try:
                self._write(temporary, mattes, subject, path)
            except NotWritable as problem:
                # The library does not say why; a write of our own meets the same disk and gets the reason.
                reason = reason_for_failure(self._folder, self._token)
                raise reason or NotWritable(problem.message, field=self._field) from None
        return path

    def _write(self, temporary: str, mattes: FrameMattes, subject: str, shown: str) -> None:
        plate, window = self._plate, mattes.data_window
        area = Area(plate.canvas, window if self.format == "exr" else plate.display, window)
        pixels = self._content.pixels(mattes, area, self._kind)
        aspect = plate.pixel_aspect
        if self.format == "exr":
            write_exr(temporary, self._exr, pixels, window, _timecode(mattes), subject=subject, shown=shown)
        elif self.format.startswith("png"):
            write_bytes(temporary, png_bytes(pixels, aspect, self._facts, subject))
        else:
            write_tiff(
                temporary,
                self._content.channels,
                pixels,
                aspect,
                self._facts,
                premultiplied=self._deliverable.premultiplied,
                subject=subject,
                shown=shown,
            )

    # --- checks --------------------------------------------------------------------------------------------

    def _check_suffix(self, path: str) -> None:
        name = os.path.basename(path)
        stem, suffix = os.path.splitext(name)
        wanted = SUFFIX[self.format]
        if suffix.lower() not in (wanted, f"{wanted}f" if wanted == ".tif" else wanted):
            stem = name if has_counter(suffix) else stem  # ball.#### has no suffix yet
            raise BadField(
                f"{name!r} does not end in {wanted}, but {self.format} was asked for.",
                field=self._field,
                advice=f"Name it {stem}{wanted}, or choose another format.",
            )

    def _refuse_the_plate(self) -> None:
        frames = range(self._plate.first, self._plate.last + 1)
        try:
            pattern = parse_pattern(self._plate.path)
            plates = {os.path.realpath(pattern.path(frame)) for frame in frames}
        except (BadPattern, BadField):
            plates = {os.path.realpath(self._plate.path)}  # a movie or a lone still: no counter
        # Every frame: patterns of different padding meet only from some frame on.
        if any(os.path.realpath(self.path(frame)) in plates for frame in frames):
            raise BadField(
                "The mattes would replace the plate itself.", field=self._field, advice="Choose another name or folder."
            )

    def _check(self, mattes: FrameMattes) -> None:
        frame, window, canvas = mattes.frame, mattes.data_window, self._plate.canvas
        shape = (canvas.height, canvas.width)
        for matte in self._content.mattes(mattes):
            if matte.dtype != np.float32 or matte.shape != shape:
                raise InternalError(f"Frame {frame}: a matte must be float32 {shape}, not {matte.dtype} {matte.shape}.")
            low, high = float(matte.min()), float(matte.max())
            if not (low >= 0.0 and high <= 1.0):  # written so that NaN, which min and max hand on, is refused as well
                raise InternalError(f"Frame {frame}: the matte has values from {low} to {high}, outside 0 to 1.")
        if window.width < 1 or window.height < 1 or canvas.union(window) != canvas:
            raise InternalError(f"Frame {frame}: the data window {window} is not inside the canvas {canvas}.")
        if self.needs_z and (mattes.z is None or mattes.z.shape != shape or mattes.z.dtype != np.float32):
            raise InternalError(f"Frame {frame}: a Z channel needs distances, float32 {shape}.")
        if self.needs_plate:
            self._check_plate(mattes, (*shape, 3))

    def _check_plate(self, mattes: FrameMattes, shape: tuple[int, int, int]) -> None:
        plate = mattes.plate
        if plate is None or plate.frame != mattes.frame or plate.rgb.shape != shape:
            raise InternalError(f"Frame {mattes.frame}: a cut-out needs the plate of that frame, {shape}.")
        # DWAA passes its colors through half whatever the file's depth.
        through_half = self._kind == np.float16 or (self.format == "exr" and self._deliverable.compression == "dwaa")
        beyond = beyond_half(plate.rgb) if through_half else None
        if beyond is None:
            return
        if self._kind == np.float16:
            name, advice = "depth", "Choose depth float."
        else:
            name, advice = "compression", "Choose zip, which keeps floats as they are."
        raise BadField(
            f"frame {mattes.frame} of the plate has the value {beyond:g}, and half ends at 65504.",
            field=f"{self._place}.{name}",
            advice=advice,
        )


def _timecode(mattes: FrameMattes) -> tuple[int, int] | None:
    return mattes.timecode or (mattes.plate.timecode if mattes.plate else None)
