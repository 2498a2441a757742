"""Movies that carry a matte as alpha: ProRes 4444 in MOV, VP9 in WebM. Writing needs PyAV, the ``video`` extra."""

from .writer import FORMATS, MovieWriter

__all__ = ["FORMATS", "MovieWriter"]
