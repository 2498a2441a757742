"""The two encoders, on PyAV. Each takes RGB and alpha in frame order and puts packets into an open container."""

from __future__ import annotations

import struct
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

import av
import numpy as np
from av import FFmpegError
from av.container import OutputContainer
from av.packet import Packet, PacketSideData, packet_sidedata_type_from_literal
from av.video.frame import PictureType, VideoFrame
from numpy.typing import NDArray

from mattewire_protocol.errors import InternalError

from . import samples

__all__ = ["ENCODERS", "FFmpegError", "MovieEncoder", "MovieFacts", "open_container"]

_BT709, _LIMITED = 1, 1  # ITU-T H.273: primaries, transfer and matrix 1; FFmpeg's AVCOL_RANGE_MPEG
_BUFFER_BYTES = 1 << 20
_SideData: Any = PacketSideData  # PyAV's types leave out its constructor
_ADDITION = packet_sidedata_type_from_literal("matroska_block_additional")
_HEADER_BYTES = 1 << 16
_TURNED = bytes.fromhex("76708b767588") + struct.pack(">d", 90.0)
"""Matroska's Projection, as FFmpeg writes a quarter turn (RFC 9559, 5.1.4.1.28.41: the roll in degrees)."""
_MUXING = {
    # bitexact: no random Segment UID, no library versions, so a rerun gives the same bytes
    "mov": {"fflags": "+bitexact", "movflags": "+use_metadata_tags"},
    "webm": {"fflags": "+bitexact"},
}


@dataclass(frozen=True)
class MovieFacts:
    """What holds for the whole movie. ``pixel_aspect``: width of a pixel by its height. ``timecode``: of the first
    frame, ``hh:mm:ss:ff``, or empty. ``tags``: provenance."""

    width: int
    height: int
    fps: Fraction
    pixel_aspect: Fraction
    timecode: str
    tags: dict[str, str]


def open_container(file: Any, kind: str) -> OutputContainer:
    """A MOV or WebM (``kind``) that is written through ``file.write`` and ``file.seek``."""
    return av.open(file, "w", format=kind, container_options=_MUXING[kind], buffer_size=_BUFFER_BYTES)


class MovieEncoder(ABC):
    """One picture track. ``add`` every frame in order, then ``finish``; both raise ``FFmpegError`` or ``OSError``."""

    container_kind: str
    codec: str
    pixel_format: str
    options: ClassVar[dict[str, str]]

    def __init__(self, container: OutputContainer, facts: MovieFacts) -> None:
        self.facts = facts
        self.stored = 0
        """Frames that are in the container."""
        self._container = container
        self._stream: Any = container.add_stream(self.codec, rate=facts.fps)
        self._stream.metadata.update({"timecode": facts.timecode} if facts.timecode else {})
        container.metadata.update(facts.tags)
        set_up(self._stream.codec_context, facts, self.pixel_format, self.options)

    @abstractmethod
    def add(self, number: int, rgb: NDArray[np.float32], alpha: NDArray[np.float32]) -> None:
        """``number`` counts from 0. ``rgb``: float32 (height, width, 3), 0..1; ``alpha``: float32 (height, width)."""

    def finish(self) -> None:
        """The frames that an encoder still holds."""
        self._store(self._stream.encode())

    def complete(self, path: str) -> None:
        """What is left to do in the closed file ``path``: nothing, mostly. Raises ``OSError``."""
        return

    def _store(self, packets: Iterable[Packet[Any]]) -> None:
        for packet in packets:
            self._container.mux(packet)
            self.stored += 1

    def _picture(self, number: int, pixel_format: str, planes: samples.Planes) -> VideoFrame:
        picture = VideoFrame(self.facts.width, self.facts.height, pixel_format)
        for plane, codes in zip(picture.planes, planes, strict=True):
            # The rows of FFmpeg's pictures are padded to whole words of its vector code.
            rows = np.frombuffer(memoryview(plane), codes.dtype).reshape(plane.height, -1)
            rows[:, : codes.shape[1]] = codes
        # ProRes writes the color tags of the picture into each frame's header, VP9 those of the encoder.
        picture.color_primaries = picture.color_trc = picture.colorspace = _BT709
        picture.color_range = _LIMITED
        picture.pts, picture.time_base = number, 1 / self.facts.fps
        return picture


class ProRes4444(MovieEncoder):
    """ProRes 4444 in MOV: 10-bit 4:4:4 Y'CbCr, straight alpha.

    The alpha is coded without loss, as 16 bits made of 10 by repeating the upper ones: 0 and 1 are exact, others at
    most 0.13/255 off as stored and 0.18/255 in a 12-bit decoder (measured, FFmpeg 8). The quantizer is fixed at its
    finest, which is at most 2/255 and 0.3/255 rms off in RGB on grainy HD (4.4 MB a frame). With one for every slice,
    as ``prores_ks`` looks for by itself, it takes three times as long for the same; limited to Apple's data rate it
    is 60/255 off in grain beside a busy edge.
    """

    container_kind = "mov"
    codec = "prores_ks"
    pixel_format = "yuva444p10le"
    options: ClassVar[dict[str, str]] = {
        "profile": "4444",
        "alpha_bits": "16",
        "flags": "+qscale+bitexact",
        "global_quality": "118",  # quantizer 1 in FFmpeg's lambda units (FF_QP2LAMBDA)
        "threads": "auto",  # slices do not depend on each other: the bytes are the same for any number
    }

    def add(self, number: int, rgb: NDArray[np.float32], alpha: NDArray[np.float32]) -> None:
        planes = [*samples.ycbcr_444(rgb, 10), samples.alpha_codes(alpha, 10)]
        self._store(self._stream.encode(self._picture(number, self.pixel_format, planes)))


class WebM(MovieEncoder):
    """VP9 in WebM: 8-bit 4:2:0 color and, beside each frame, a second VP9 picture whose luma is the straight alpha.

    FFmpeg's own ``yuva420p`` gives both the same quality. There, alpha is 22/255 off at crf 4 where edges are fine,
    and 0 and 1 are not kept; without loss the color of an HD cut-out takes 1.1 MB a frame, which no browser plays.
    So there are two encoders here: alpha without loss (0.5/255, the 8 bits; 0 and 1 exact; 44 KB for a HD matte with
    hair), color at constant quality (45 dB in luma, 190 KB a frame with grain; white takes none). In RGB
    that is 3.3/255 rms, of which most is 4:2:0: a WebM is for looking at, the other format for working with.

    WebM's alpha: <https://wiki.webmproject.org/alpha-channel>. Read it with FFmpeg's ``libvpx-vp9``, not its own
    ``vp9``, which drops the alpha without a word.
    """

    container_kind = "webm"
    codec = "libvpx-vp9"
    pixel_format = "yuv420p"
    shared: ClassVar[dict[str, str]] = {
        "flags": "+bitexact",
        # One pass without look-ahead: every frame is one packet, at once. 6 times as fast as "good" for 1.1 times the
        # bytes (measured, HD with grain).
        "deadline": "realtime",
        "lag-in-frames": "0",
        "auto-alt-ref": "0",
        "g": "30000",  # keyframes are asked for, in both at once: see `add`
        "row-mt": "1",
        "threads": "4",  # not "auto": one thread and several give different bytes
        "chroma_sample_location": "left",
    }
    options: ClassVar[dict[str, str]] = {**shared, "cpu-used": "6", "crf": "10", "b": "0"}
    alpha_options: ClassVar[dict[str, str]] = {**shared, "cpu-used": "5", "lossless": "1"}

    def __init__(self, container: OutputContainer, facts: MovieFacts) -> None:
        super().__init__(container, facts)
        self._stream.metadata["alpha_mode"] = "1"
        alpha_encoder: Any = av.CodecContext.create(self.codec, "w")
        alpha_encoder.time_base, alpha_encoder.framerate = 1 / facts.fps, facts.fps
        set_up(alpha_encoder, facts, self.pixel_format, self.alpha_options)
        self._alpha_encoder = alpha_encoder
        self._keyframes = max(1, round(facts.fps))
        if facts.pixel_aspect != 1:
            self._stream.set_display_rotation(90)  # a placeholder of the right length: see `complete`
        half = ((facts.height + 1) // 2, (facts.width + 1) // 2)
        self._gray = np.full(half, 128, np.uint8)

    def add(self, number: int, rgb: NDArray[np.float32], alpha: NDArray[np.float32]) -> None:
        color = self._picture(number, self.pixel_format, samples.ycbcr_420(rgb))
        planes = [samples.alpha_codes(alpha, 8), self._gray, self._gray]
        matte = self._picture(number, self.pixel_format, planes)
        if number % self._keyframes == 0:  # a player that seeks begins both at the same frame
            color.pict_type = matte.pict_type = PictureType.I
        self._store_both(self._stream.encode(color), self._alpha_encoder.encode(matte))

    def finish(self) -> None:
        self._store_both(self._stream.encode(), self._alpha_encoder.encode())

    def complete(self, path: str) -> None:
        """Puts the pixel aspect where the placeholder is. FFmpeg takes it from a field that PyAV does not reach, and
        the element that says how a picture is turned is just as long as the two that say how large it is shown."""
        if self.facts.pixel_aspect == 1:
            return
        with open(path, "r+b") as movie:
            header = movie.read(_HEADER_BYTES)
            if header.count(_TURNED) != 1:
                raise InternalError(f"The WebM header of FFmpeg {av.ffmpeg_version_info} has another form.")
            movie.seek(header.index(_TURNED))
            movie.write(_shown_at(*shown_size(self.facts)))

    def _store_both(self, colors: Iterable[Packet[Any]], mattes: Iterable[Packet[Any]]) -> None:
        for color, matte in zip(colors, mattes, strict=True):
            content = (1).to_bytes(8, "big") + bytes(matte)  # BlockAddID 1: the codec's own addition, the alpha
            beside = _SideData(_ADDITION, len(content))
            beside.update(content)
            beside.to_packet(color, move=True)
            self._store([color])


def set_up(encoder: Any, facts: MovieFacts, pixel_format: str, options: dict[str, str]) -> None:
    """Size, rate, color tags and options, and opens ``encoder``: what it refuses, it refuses before a frame is made."""
    encoder.width, encoder.height, encoder.pix_fmt = facts.width, facts.height, pixel_format
    encoder.sample_aspect_ratio = facts.pixel_aspect
    encoder.color_primaries = encoder.color_trc = encoder.colorspace = _BT709
    encoder.color_range = _LIMITED
    encoder.options = dict(options)
    encoder.open()


def shown_size(facts: MovieFacts) -> tuple[int, int]:
    """Width and height in square pixels: the aspect to within half a pixel, and no side smaller than it is stored."""
    aspect = facts.pixel_aspect
    if aspect > 1:
        return round(facts.width * aspect), facts.height
    return facts.width, round(facts.height / aspect)


def _shown_at(width: int, height: int) -> bytes:
    """Matroska's DisplayWidth and DisplayHeight, four bytes each (RFC 9559, 5.1.4.1.28.12 and .14)."""
    return b"\x54\xb0\x84" + width.to_bytes(4, "big") + b"\x54\xba\x84" + height.to_bytes(4, "big")


ENCODERS: dict[str, type[MovieEncoder]] = {"webm": WebM, "prores4444": ProRes4444}
