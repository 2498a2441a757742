"""Plates: EXR, DPX, Cineon, PNG, JPEG and TIFF sequences, stills, and movies, read without changing their numbers."""

from .model import Plate, PlateFrame, PlateInfo, Window, as_float
from .opening import open_plate

__all__ = ["Plate", "PlateFrame", "PlateInfo", "Window", "as_float", "open_plate"]
