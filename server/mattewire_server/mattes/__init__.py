"""Mattes, cut-outs and object layers as files: the one place that writes them. Movies are ``finish``'s own."""

from ..patterns import shot_name
from .choice import SUFFIX
from .model import FrameMattes, NamedObject
from .tokens import TOKENS, any_of, expand, next_version, tokens_in
from .writer import MatteWriter

__all__ = [
    "SUFFIX",
    "TOKENS",
    "FrameMattes",
    "MatteWriter",
    "NamedObject",
    "any_of",
    "expand",
    "next_version",
    "shot_name",
    "tokens_in",
]
