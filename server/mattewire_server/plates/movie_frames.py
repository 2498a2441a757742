"""Which frames a movie has, and when each is shown: the table that makes access by frame number exact.

Counting ``time * fps`` misses frames: B-frames are stored out of order, edit lists hide some, phones vary the
rate. The table holds the presentation time of every frame instead, in order; frame 1 is the first one shown.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import av
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

_INTRA_ONLY = ("prores", "dnxhd", "mjpeg", "cfhd", "ffvhuff", "huffyuv", "rawvideo", "v210", "png", "qtrle")
_UNSURE_TIMES = ("avi",)
_HIDDEN_FRAMES = ("vp8",)
_MOV = "mov,mp4"


@dataclass(frozen=True)
class FrameTable:
    """``times``: presentation time of frames 1, 2, …, ascending, in the stream's time base.

    ``starts``: frame numbers that decoding can begin at. ``announced``: how many frames the container says it has;
    more than there are times when the movie is cut off. ``exact_times`` is false where the container's times cannot
    be trusted: such a movie is counted from its first frame.
    """

    times: tuple[int, ...]
    starts: tuple[int, ...]
    announced: int
    exact_times: bool = True

    def __len__(self) -> int:
        return len(self.times)


def read_table(container: InputContainer, stream: VideoStream) -> FrameTable:
    """The frame table of a freshly opened movie, which is read to its end.

    MOV of an intra-only codec is taken from its index at once. Otherwise all packets are read, none is decoded,
    except where packets do not tell: AVI stores no presentation times and FFmpeg's guess is wrong for H.264 with
    B-frames (packets 1, 2, 3, 4 against frames 1, 2, 4, 5, 3, measured with FFmpeg 8); VP8 has packets that show
    nothing. Those movies are decoded once.
    """
    name, codec = container.format.name, stream.codec_context.name
    if name.startswith(_MOV) and codec in _INTRA_ONLY:
        table = _from_index(container, stream)
        if table:
            return table
    if (name in _UNSURE_TIMES and codec not in _INTRA_ONLY) or codec in _HIDDEN_FRAMES:
        return _by_decoding(container, stream, trust_times=name not in _UNSURE_TIMES)
    table = _by_packets(container, stream)
    if table:
        return table
    with av.open(container.name, metadata_errors="ignore") as again:
        return _by_decoding(again, again.streams.video[container.streams.video.index(stream)], trust_times=False)


def _from_index(container: InputContainer, stream: VideoStream) -> FrameTable | None:
    size = os.path.getsize(container.name)
    entries = [entry for entry in stream.index_entries if not entry.is_discard]
    times = [entry.timestamp for entry in entries]
    if not times or any(before >= after for before, after in pairwise(times)):
        return None
    whole = next((at for at, entry in enumerate(entries) if entry.pos + entry.size > size), len(entries))
    return FrameTable(tuple(times[:whole]), tuple(range(1, whole + 1)), len(entries))


def _by_packets(container: InputContainer, stream: VideoStream) -> FrameTable | None:
    """None when packets have no presentation times, or the same one twice."""
    shown: list[tuple[int, bool]] = []
    read, last_decoded, end, cut = 0, 0, 0, False
    try:
        for packet in container.demux(stream):
            if not packet.size or packet.is_corrupt:
                cut = cut or bool(packet.is_corrupt)
                continue
            read += 1
            if packet.pts is None:
                return None
            last_decoded = packet.pts if packet.dts is None else packet.dts
            end = max(end, packet.pts + (packet.duration or 0))
            if not packet.is_discard:
                shown.append((packet.pts, bool(packet.is_keyframe)))
    except av.FFmpegError:
        cut = True
    shown.sort()
    indexed = len(stream.index_entries) if container.format.name.startswith(_MOV) else 0
    hidden = read - len(shown)
    cut = cut or indexed > read
    announced = max(indexed - hidden, _announced(stream, shown[0][0] if shown else 0, end, len(shown)))
    cut = cut or announced > len(shown)
    if cut:
        # Whatever is shown up to the last packet's decoding time has been read; a later B-frame may be lost.
        shown = [entry for entry in shown if entry[0] <= last_decoded]
        announced = max(announced, len(shown) + 1)
    times = tuple(time for time, _ in shown)
    starts = tuple(number for number, (_, key) in enumerate(shown, 1) if key)
    if len(set(times)) < len(times):
        return None
    # MXF keeps its index at the end. Without it FFmpeg seeks by guessing bytes, and lands on other frames.
    return FrameTable(times, starts, announced, exact_times=not (cut and container.format.name == "mxf"))


def _by_decoding(container: InputContainer, stream: VideoStream, *, trust_times: bool) -> FrameTable:
    pictures: list[tuple[int | None, bool]] = []
    try:
        for picture in pictures_from(container, stream):
            pictures.append((picture.pts, bool(picture.key_frame)))
    except av.FFmpegError:
        pass  # the rest of the movie cannot be decoded: the announced number tells
    times = [time for time, _ in pictures if time is not None]
    ordered = len(times) == len(pictures) and all(before < after for before, after in pairwise(times))
    announced = max(stream.frames, len(pictures))
    if not times or not (trust_times and ordered):
        return FrameTable(tuple(range(len(pictures))), (1,), announced, exact_times=False)
    starts = tuple(number for number, (_, key) in enumerate(pictures, 1) if key)
    return FrameTable(tuple(times), starts, max(announced, _announced(stream, times[0], times[-1], len(times))))


def _announced(stream: VideoStream, first: int, end: int, count: int) -> int:
    """The number of frames that the stated length stands for, where that is longer than what was read.

    ``first`` and ``end`` are the times of the first frame and after the last one, ``count`` the frames read.
    """
    rate, base = stream.average_rate, stream.time_base
    length = _stated_length(stream, first)
    if not (length and rate and base and count):
        return count
    lost = (length - float((end - first) * base)) * float(rate)
    return max(count, round(length * float(rate))) if lost > 1.5 else count


def _stated_length(stream: VideoStream, first: int) -> float:
    """The picture track's own length in seconds, 0 when unknown: MXF and others state it; Matroska writers put the
    time of the track's end into the tag ``DURATION``."""
    base = stream.time_base
    if stream.duration and base and not stream.index_entries:
        return float(stream.duration * base)
    parts = stream.metadata.get("DURATION", "").split(":")
    try:
        hours, minutes, seconds = (float(part) for part in parts)
    except ValueError:
        return 0.0
    return hours * 3600 + minutes * 60 + seconds - (float(first * base) if base else 0.0)


def pictures_from(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    """Decoded pictures from where the container stands, the last ones too when the file is cut off.

    Raises ``av.FFmpegError`` where a frame's data is damaged.
    """
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except (StopIteration, av.FFmpegError):
            break
        if packet.is_corrupt:
            break
        if packet.size:
            yield from stream.decode(packet)
    yield from stream.decode(None)
