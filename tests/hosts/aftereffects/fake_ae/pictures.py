"""Reads and writes what ``png.mjs`` does not: one line of JSON on standard input, one answer on standard output.

Pictures answer as width and height (two little-endian uint32) and float32 RGBA, rows from the top; alpha is 1 where the
file has none. Half and float files give their values as they are; integers are scaled to 0..1.
"""

from __future__ import annotations

import json
import struct
import sys
from typing import Any

import numpy as np


def probe(file: str) -> dict[str, Any]:
    if file.lower().endswith((".mov", ".mp4", ".mxf", ".avi")):
        import av

        with av.open(file) as container:
            stream = container.streams.video[0]
            aspect = stream.codec_context.sample_aspect_ratio
            return {
                "width": stream.codec_context.width,
                "height": stream.codec_context.height,
                "channels": 4 if any(part.is_alpha for part in stream.codec_context.format.components) else 3,
                "pixelAspect": float(aspect) if aspect else 1.0,
                "rate": float(stream.average_rate),
                "audio": bool(container.streams.audio),
                "frames": stream.frames or sum(1 for _ in container.decode(stream)),
            }
    import OpenImageIO as oiio

    held = oiio.ImageInput.open(file)
    if held is None:
        raise SystemExit(oiio.geterror())
    spec = held.spec()
    held.close()
    return {
        "width": spec.full_width,
        "height": spec.full_height,
        "channels": spec.nchannels,
        "pixelAspect": spec.get_float_attribute("PixelAspectRatio", 1.0),
    }


def picture(file: str) -> np.ndarray:
    """The display window, (height, width, 4) float32; pixels outside of the data window are empty."""
    import OpenImageIO as oiio

    # Alpha as it lies in the file: how to understand it is the footage's interpretation, not the reader's.
    raw = oiio.ImageSpec()
    raw.attribute("oiio:UnassociatedAlpha", 1)
    held = oiio.ImageInput.open(file, raw)
    if held is None:
        raise SystemExit(oiio.geterror())
    spec = held.spec()
    data = held.read_image("float").reshape(spec.height, spec.width, spec.nchannels)
    held.close()
    full = np.zeros((spec.full_height, spec.full_width, 4), np.float32)
    full[..., 3] = 0.0 if spec.nchannels == 4 else 1.0
    top, left = spec.y - spec.full_y, spec.x - spec.full_x
    rows = slice(max(top, 0), min(top + spec.height, spec.full_height))
    columns = slice(max(left, 0), min(left + spec.width, spec.full_width))
    part = data[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
    full[rows, columns, :3] = part[..., :3] if spec.nchannels >= 3 else part[..., :1]
    if spec.nchannels in (2, 4):
        full[rows, columns, 3] = part[..., -1]
    return full


def movie(file: str, first: int, count: int) -> list[np.ndarray]:
    import av

    with av.open(file) as container:
        frames = []
        for number, frame in enumerate(container.decode(container.streams.video[0])):
            if number >= first + count:
                break
            if number >= first:
                frames.append(frame.to_ndarray(format="rgba64le").astype(np.float32) / 65535)
        return frames


def write(file: str, frames: np.ndarray, rate: float) -> None:
    """Frames, (count, height, width, 4) float32, as one 16 bit TIFF or as a QuickTime movie of PNG frames."""
    values = np.round(np.clip(frames, 0, 1) * 65535).astype(np.uint16)
    if file.lower().endswith(".tif"):
        import OpenImageIO as oiio

        spec = oiio.ImageSpec(values.shape[2], values.shape[1], 4, "uint16")
        spec.attribute("oiio:UnassociatedAlpha", 1)
        out = oiio.ImageOutput.create(file)
        if out is None or not out.open(file, spec) or not out.write_image(values[0]):
            raise SystemExit(oiio.geterror())
        out.close()
        return
    from fractions import Fraction

    import av

    with av.open(file, "w") as container:
        stream = container.add_stream("png", rate=Fraction(rate).limit_denominator(1000))
        stream.width, stream.height, stream.pix_fmt = values.shape[2], values.shape[1], "rgba64be"
        for one in values:
            frame = av.VideoFrame.from_ndarray(one, format="rgba64be")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def main() -> None:
    request = json.loads(sys.stdin.buffer.readline())
    out = sys.stdout.buffer
    if request["do"] == "write":
        pixels = np.frombuffer(sys.stdin.buffer.read(), "<f4")
        write(
            request["file"], pixels.reshape(request["count"], request["height"], request["width"], 4), request["rate"]
        )
        return
    if request["do"] == "probe":
        out.write(json.dumps(probe(request["file"])).encode())
        return
    if request["do"] == "movie":
        pictures = movie(request["file"], request["first"], request["count"])
    else:
        pictures = [picture(request["file"])]
    for one in pictures:
        out.write(struct.pack("<II", one.shape[1], one.shape[0]))
        out.write(np.ascontiguousarray(one, "<f4").tobytes())


if __name__ == "__main__":
    main()
