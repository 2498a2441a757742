"""Alpha solved from the plate's colors: exact where colors lie on lines, slow, for stills and small bands.

Levin, Lischinski and Weiss, "A Closed-Form Solution to Natural Image Matting" (PAMI 2008), as PyMatting has it (Germer,
Uelwer, Conrad and Harmeling, JOSS 2020). Inside the band the matte so far is a weak wish: a gap between strands that no
known pixel borders on would else be solved as whatever is around it.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mattewire_protocol.errors import BadField, InstallIncomplete

from ..alpha import snap
from ..edges import Crop, Raster
from .band import Mask, box_of

LARGEST = 1_000_000
"""Pixels that may be open on a frame: about 25 s on one core."""

TILE, OVERLAP = 384, 32
"""Side of the squares that a band is solved in, and by how much they overlap: a square takes 0.2 GB at most."""

KNOWN = 100.0
"""Weight of what is outside the band (Levin's lambda, as PyMatting has it)."""

WISH = 1e-2
"""Weight of the matte so far inside the band: the best of 1e-2, 1e-3 and 1e-4 on the tuning pictures."""

PRECISION = 1e-6
"""Residual at which the solver stops, of the right side's norm; alpha is then right to 1e-4."""

FIELD = "edges.method"


def check_installed() -> None:
    """``InstallIncomplete`` where PyMatting is not there; it is looked for, not loaded."""
    if find_spec("pymatting") is None:
        raise InstallIncomplete(
            "closed_form needs the package pymatting, which is not installed.",
            field=FIELD,
            advice='Run: pip install "mattewire[edges]", or choose guided.',
        )


def closed_form(rgb: NDArray[np.float32], alpha: Raster, band: Mask, frame: int) -> Raster:
    """``alpha`` solved inside ``band``: float32 (height, width), 0..1, a new array; outside, ``alpha`` itself.

    ``rgb``: float32 (height, width, 3), display-encoded, 0..1. ``alpha``: float32 (height, width); 0 and 1 outside the
    band. ``band``: bool (height, width). ``frame`` is for errors: ``BadField`` when more than ``LARGEST`` pixels are
    open, ``InstallIncomplete`` without PyMatting.
    """
    check_installed()
    count = int(np.count_nonzero(band))
    if count > LARGEST:
        raise BadField(
            f"frame {frame}: {count / 1e6:.1f} million pixels are open, and closed_form solves {LARGEST / 1e6:g} "
            "million at most.",
            field=FIELD,
            advice="Choose guided, or a smaller band.",
        )
    total = np.zeros(alpha.shape, np.float64)
    weight = np.zeros(alpha.shape, np.float64)
    for tile in _tiles(band):
        part = np.s_[tile.y0 : tile.y1, tile.x0 : tile.x1]
        share = _ramp(tile.y1 - tile.y0)[:, None] * _ramp(tile.x1 - tile.x0)
        total[part] += share * _solved(rgb[part], alpha[part], band[part])
        weight[part] += share
    made = np.where(band, total / np.maximum(weight, 1e-9), alpha)
    return snap(np.asarray(np.clip(made, 0, 1), np.float32))


def _solved(rgb: NDArray[np.float32], alpha: Raster, band: Mask) -> NDArray[np.float64]:
    # Here: they and the compiler they bring take a second that only those pay who use them.
    pymatting: Any = import_module("pymatting")
    sparse: Any = import_module("scipy.sparse")
    known = ~band
    matrix = pymatting.cf_laplacian(rgb.astype(np.float64), epsilon=1e-7, radius=1, is_known=known)
    weights = np.where(known, KNOWN, WISH).ravel()
    target = alpha.astype(np.float64).ravel()
    system = (matrix + sparse.diags(weights)).tocsc()
    right = weights * target
    if np.linalg.norm(right - system @ target) <= PRECISION * np.linalg.norm(right):
        return target.reshape(alpha.shape)  # solved already (all of one kind); the solver would divide 0 by 0
    condition = pymatting.ichol(system)
    solved = pymatting.cg(system, right, x0=target, M=condition, rtol=PRECISION, maxiter=2000)
    return np.asarray(solved, np.float64).reshape(alpha.shape)


def _tiles(band: Mask) -> list[Crop]:
    """Squares that together hold the band, those without any of it left out."""
    box = box_of(band)
    if box is None:
        return []
    height, width = band.shape
    x0, y0 = max(box[0] - OVERLAP, 0), max(box[1] - OVERLAP, 0)
    x1, y1 = min(box[2] + OVERLAP, width), min(box[3] + OVERLAP, height)
    step = TILE - OVERLAP
    tiles = []
    for top in range(y0, max(y1 - OVERLAP, y0 + 1), step):
        for left in range(x0, max(x1 - OVERLAP, x0 + 1), step):
            tile = Crop(top, min(top + TILE, y1), left, min(left + TILE, x1))
            if tile.of(band).any():
                tiles.append(tile)
    return tiles


def _ramp(length: int) -> NDArray[np.float64]:
    """1 in the middle, falling to 0 over the overlap at both ends, never 0."""
    away = np.arange(length) + 0.5
    return np.asarray(np.minimum(np.minimum(away, away[::-1]) / OVERLAP, 1.0), np.float64)
