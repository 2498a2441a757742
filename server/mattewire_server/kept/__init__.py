"""Tracked shots that are kept on disk, so that what comes after the engine can be changed without tracking again."""

from .codec import KeptFrame, pack, quantized, unpack
from .shelf import Entry
from .store import KeptShot, KeptStore
from .writer import KeptWriter

__all__ = ["Entry", "KeptFrame", "KeptShot", "KeptStore", "KeptWriter", "pack", "quantized", "unpack"]
