"""Editable roto: closed cubic Bezier splines from a matte sequence: few points, sparse keys, a stated tolerance."""

from .draw import draw
from .model import Spline, SplineKey, SplinePoint
from .track import fit_splines

__all__ = ["Spline", "SplineKey", "SplinePoint", "draw", "fit_splines"]
