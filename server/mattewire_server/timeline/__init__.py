"""A masked shot as an editor's timeline: the plate below, its matte or cut-out above, for OTIO and MLT."""

from .mlt import write_mlt
from .otio import write_otio
from .shot import Media, TimelineShot

__all__ = ["Media", "TimelineShot", "write_mlt", "write_otio"]
