"""Camera raw, which cannot be decoded here: knows it by name and says the way out.

Raw needs the maker's own decoder and an artist's choice of exposure and white balance. It must never be guessed.
"""

from __future__ import annotations

import os

from mattewire_protocol.errors import CameraRaw

_RESOLVE = "DaVinci Resolve"
_BY_SUFFIX = {
    ".braw": ("Blackmagic RAW", _RESOLVE),
    ".r3d": ("RED R3D", "REDCINE-X PRO or DaVinci Resolve"),
    ".ari": ("ARRIRAW", "the ARRI Reference Tool or DaVinci Resolve"),
    ".arx": ("ARRIRAW HDE", "the ARRI Reference Tool or DaVinci Resolve"),
    ".dng": ("CinemaDNG", _RESOLVE),
    ".crm": ("Canon Cinema RAW Light", "Canon's Cinema RAW Development or DaVinci Resolve"),
    ".rmf": ("Canon Cinema RAW", "Canon's Cinema RAW Development or DaVinci Resolve"),
    ".cine": ("Phantom Cine raw", "Phantom CineViewer or DaVinci Resolve"),
    ".nev": ("Nikon N-RAW", _RESOLVE),
    ".cr2": ("Canon photo raw", "the raw developer you use for photos"),
    ".cr3": ("Canon photo raw", "the raw developer you use for photos"),
    ".nef": ("Nikon photo raw", "the raw developer you use for photos"),
    ".arw": ("Sony photo raw", "the raw developer you use for photos"),
    ".raf": ("Fujifilm photo raw", "the raw developer you use for photos"),
    ".rw2": ("Panasonic photo raw", "the raw developer you use for photos"),
    ".orf": ("Olympus photo raw", "the raw developer you use for photos"),
}
_BY_FOURCC = {
    # Apple ProRes White Paper / QuickTime sample descriptions
    "aprn": ("Apple ProRes RAW", "Final Cut Pro, Compressor or DaVinci Resolve"),
    "aprh": ("Apple ProRes RAW HQ", "Final Cut Pro, Compressor or DaVinci Resolve"),
}


def is_camera_raw(path: str) -> bool:
    """Whether the file's extension is one of camera raw."""
    return os.path.splitext(path)[1].lower() in _BY_SUFFIX


def refuse_by_name(path: str, field: str) -> None:
    """Raises ``CameraRaw`` when the extension of ``path`` is one of camera raw."""
    known = _BY_SUFFIX.get(os.path.splitext(path)[1].lower())
    if known:
        raise _error(path, known, field)


def refuse_by_codec(path: str, *, fourcc: str, decoder: str, pixel_format: str, field: str) -> None:
    """Raises ``CameraRaw`` when a movie's picture track is raw.

    ``fourcc`` is the container's tag, ``decoder`` FFmpeg's decoder name (empty when it has none), ``pixel_format``
    FFmpeg's name. FFmpeg can unpack some raw codecs into Bayer samples (``bayer_…``), which are not yet a picture.
    ARRIRAW and Sony X-OCN in MXF are known by having no decoder: MXF marks them with the makers' private labels.
    """
    known = _BY_FOURCC.get(fourcc.lower())
    if known is None and decoder == "prores_raw":
        known = _BY_FOURCC["aprn"]
    if known is None and pixel_format.startswith("bayer"):
        known = (f"camera raw ({decoder or fourcc})", _RESOLVE)
    if known is None and not decoder and path.lower().endswith(".mxf"):
        known = ("an MXF in a maker's own codec (most likely ARRIRAW or Sony X-OCN)", _RESOLVE)
    if known:
        raise _error(path, known, field)


def _error(path: str, known: tuple[str, str], field: str) -> CameraRaw:
    name, tool = known
    advice = f"Render the range to EXR, DPX or ProRes in {tool} first, and give that as the plate."
    return CameraRaw(f"{os.path.basename(path)} is {name}, which cannot be decoded here.", field=field, advice=advice)
