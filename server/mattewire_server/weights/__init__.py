"""Model weights on this machine: what exists, where it comes from, what is here, whether it is intact. No torch."""

from .manifest import MANIFEST, Entry, Source, entry
from .store import Record, add, check, installed, locate, pull, record_of, weights_folder

__all__ = [
    "MANIFEST",
    "Entry",
    "Record",
    "Source",
    "add",
    "check",
    "entry",
    "installed",
    "locate",
    "pull",
    "record_of",
    "weights_folder",
]
