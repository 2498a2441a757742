"""MLT XML, which ``melt``, Kdenlive and Shotcut play: the plate seen through its matte over a background.

After the MLT XML reference (https://www.mltframework.org/docs/mltxml/) and what melt 7.12 was seen to do: ``pixbuf``
reads PNG, JPEG and TIFF sequences whose first number is given as ``?begin=``; EXR is shown as nothing, without a word;
``matte`` puts one track's luma into another's alpha; ``composite`` lays that over the background.
"""

from __future__ import annotations

import os
import re
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

from mattewire_protocol.errors import BadField

from ..durable import whole_file, write_bytes
from .shot import GRAY, Media, TimelineShot

IMAGES = (".png", ".jpg", ".jpeg", ".tif", ".tiff")
MOVIES = (".mov", ".mp4", ".mkv", ".webm", ".avi", ".mxf")
_COLOR = re.compile(r"#[0-9A-Fa-f]{6}\Z")


def readable(path: str) -> bool:
    """Whether melt shows a file of that name."""
    return os.path.splitext(path)[1].lower() in IMAGES + MOVIES


def write_mlt(path: Path, shot: TimelineShot, background: str = "#000000") -> None:
    """Writes the document whole or not at all. ``background``: a color such as ``#336699``.

    ``BadField`` for media that MLT does not read; ``NotWritable``, ``DiskFull``.
    """
    tree = document(shot, background)
    ElementTree.indent(tree)
    data = ElementTree.tostring(tree, encoding="utf-8", xml_declaration=True) + b"\n"
    with whole_file(str(path), token="mlt", subject="The timeline", field="--mlt") as temporary:
        write_bytes(temporary, data)


def document(shot: TimelineShot, background: str = "#000000") -> ElementTree.Element:
    """The whole document: three tracks, the lowest first. Times are positions from 0; the plate's numbers stand in the
    names of its files. A cut-out needs no plate to be seen through it: that track is switched off."""
    if not _COLOR.match(background):
        raise BadField(f"{background!r} is no color.", field="--background", advice="Write one such as #336699.")
    root = ElementTree.Element("mlt", {"LC_NUMERIC": "C", "title": shot.name})
    ElementTree.SubElement(root, "profile", _profile(shot))
    plate = shot.proxy if shot.proxy is not None else shot.plate
    _producer(root, "background", "color", background, shot.count)
    _producer(root, "plate", *_service(plate, "--proxy"), plate.count)
    _producer(root, "matte", *_service(shot.matte, "SIDECAR"), shot.matte.count)
    begins = {"background": 0, "plate": shot.first - plate.first, "matte": shot.first - shot.matte.first}
    for name, begin in begins.items():
        playlist = ElementTree.SubElement(root, "playlist", {"id": f"{name} track"})
        ElementTree.SubElement(playlist, "entry", {"producer": name, **_span(begin, shot.count)})
    _tractor(root, shot)
    return root


def _producer(root: ElementTree.Element, name: str, service: str, resource: str, count: int) -> None:
    """The whole media. Cut in its entry alone: melt 7.12 was seen to add the two where both are cut."""
    producer = ElementTree.SubElement(root, "producer", {"id": name, **_span(0, count)})
    _properties(producer, mlt_service=service, resource=resource)
    if service == "pixbuf":
        _properties(producer, ttl="1")  # a picture a frame, where MLT's own would last a second


def _tractor(root: ElementTree.Element, shot: TimelineShot) -> None:
    tractor = ElementTree.SubElement(root, "tractor", {"id": "shot", **_span(0, shot.count)})
    tracks = ElementTree.SubElement(tractor, "multitrack")
    for name in ("background", "plate", "matte"):
        track = ElementTree.SubElement(tracks, "track", {"producer": f"{name} track"})
        if name == "plate" and shot.lies_in != GRAY:
            track.set("hide", "video")  # it is there to be switched on; the cut-out shows what there is of it
    steps = [("matte", 1, 2), ("composite", 0, 1)] if shot.lies_in == GRAY else [("composite", 0, 2)]
    for service, below, above in steps:
        transition = ElementTree.SubElement(tractor, "transition", _span(0, shot.count))
        _properties(transition, a_track=str(below), b_track=str(above), mlt_service=service)
        if service == "composite":
            _properties(transition, progressive="1", distort="1")


def _profile(shot: TimelineShot) -> dict[str, str]:
    pixel = Fraction(shot.pixel_aspect).limit_denominator(1000)
    whole = Fraction(shot.width, shot.height) * pixel
    return {
        "description": f"{shot.width} x {shot.height}",
        "width": str(shot.width),
        "height": str(shot.height),
        "progressive": "1",
        "sample_aspect_num": str(pixel.numerator),
        "sample_aspect_den": str(pixel.denominator),
        "display_aspect_num": str(whole.numerator),
        "display_aspect_den": str(whole.denominator),
        "frame_rate_num": str(shot.rate.numerator),
        "frame_rate_den": str(shot.rate.denominator),
        "colorspace": "709",
    }


def _service(media: Media, field: str) -> tuple[str, str]:
    """The producer that reads ``media``, and how it is told."""
    suffix = os.path.splitext(media.path)[1].lower()
    if media.is_sequence and suffix in IMAGES:
        pattern = media.pattern
        if "%" in pattern.folder + pattern.prefix + pattern.suffix:
            raise BadField(
                f"{media.path} has a % in it, which MLT takes for a counter.", field=field, advice="Rename it."
            )
        return "pixbuf", f"{pattern.folder}/{pattern.prefix}%0{pattern.padding}d{pattern.suffix}?begin={media.first}"
    if not media.is_sequence and suffix in MOVIES:
        return "avformat", media.path
    raise BadField(
        f"MLT does not read {media.name}.",
        field=field,
        advice="Give a proxy of the plate, and mattes as PNG: mattewire finish JOB --format png8 makes those.",
    )


def _span(first: int, count: int) -> dict[str, str]:
    return {"in": str(first), "out": str(first + count - 1)}


def _properties(element: ElementTree.Element, **values: str) -> None:
    for name, value in values.items():
        ElementTree.SubElement(element, "property", {"name": name}).text = value
