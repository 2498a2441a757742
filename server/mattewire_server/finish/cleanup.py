"""Everything that cleans up one matte, in one order: specks, holes, gaps, outline, size, softness.

The order is the only one in which no step undoes another. Specks go before holes, so that dust inside a hole does not
split it; holes before gaps, so that a pinhole is filled whole and not halved by a fillet; both before anything that
would make them larger or soft. The outline is smoothed after the gaps, whose new edges are part of it. Dilating comes
last but one, on a clean outline, because it enlarges whatever is left; the feather last, because every other step would
act on its ramp. Garbage mattes belong before all this (a shape that cuts dust off must not leave the dust's half
for the speck size to find) and holdouts after it, so that their edge stays exactly where the artist drew it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from .alpha import snap
from .contour import feather, smooth
from .dilate import close, dilate
from .edges import Raster
from .specks import fill_holes, remove_specks


@dataclass(frozen=True)
class CleanUp:
    """What is done to a matte, in plate pixels; 0 does nothing. The operators say what each number means."""

    remove_specks: float = 0.0
    fill_holes: float = 0.0
    close: float = 0.0
    smooth: float = 0.0
    dilate: float = 0.0
    feather: float = 0.0

    @property
    def does_nothing(self) -> bool:
        return not any(getattr(self, field.name) for field in fields(self))

    def around_steadying(self) -> tuple[CleanUp, CleanUp]:
        """What is done before a matte is steadied over its neighbor frames, and what after.

        Steadying measures where outlines are: dust and jags must be gone by then, and a feather not there yet.
        """
        first = replace(self, dilate=0.0, feather=0.0)
        return first, CleanUp(dilate=self.dilate, feather=self.feather)


def clean(alpha: Raster, settings: CleanUp) -> Raster:
    """``alpha`` cleaned up: float32 (height, width), 0..1, exact 0 and 1 kept (``finish.alpha.snap``).

    ``alpha`` is never changed; with nothing to do, the same array comes back. ``BadField`` names the setting that
    is out of range.
    """
    if settings.does_nothing:
        return alpha
    result = remove_specks(alpha, settings.remove_specks)
    result = fill_holes(result, settings.fill_holes)
    result = close(result, settings.close)
    result = smooth(result, settings.smooth)
    result = dilate(result, settings.dilate)
    result = feather(result, settings.feather)
    return snap(result.copy() if result is alpha else result)
