"""Plates: EXR, DPX, Cineon, PNG, JPEG and TIFF sequences, stills, and movies, read without changing their numbers."""

from .model import Plate, PlateFrame, PlateInfo, Window
from .opening import open_plate

__all__ = ["Plate", "PlateFrame", "PlateInfo", "Window", "open_plate"]
