"""The matting engine: ViTMatte (Yao et al., Information Fusion 2024) through transformers. Imports no torch itself.

It looks at the plate around a matte's soft edge and says how much of each pixel is the subject. It finds and tracks
nothing, and there is no stand-in without weights: edges ``guided`` need none.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import metadata
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mattewire_protocol.errors import InstallIncomplete

from ..provenance import Late
from ..seams import Engine, Picture
from . import weights
from .options import Options, read_options
from .tiles import laid_together

if TYPE_CHECKING:
    from .network import Network

VERSION = "1"
"""Raised when the same plate, matte and band get another edge than before."""


def engine(settings: Mapping[str, Any]) -> Engine:
    """The engine ``vitmatte``, which has a refiner only. Settings: see ``options.Options``.

    Raises ``InstallIncomplete``, ``WeightsMissing``, ``BadField``.
    """
    for package in ("torch", "transformers", "safetensors"):
        if find_spec(package) is None:
            raise InstallIncomplete(
                f"Matting needs {package}, which is not installed.", advice='Run: pip install "mattewire[models]"'
            )
    options = read_options(settings)
    source = weights.find(options)
    return Engine(
        name="vitmatte",
        label=source.label,
        detector=None,
        segmenter=None,
        provenance=Late(lambda: facts(source, options)),
        refiner=Refiner(source, options),
        license=source.license,
        commercial=source.commercial,
    )


class Refiner:
    """See ``seams.EdgeRefiner``. The network is loaded on first use and kept until ``close``."""

    def __init__(self, source: weights.Source, options: Options) -> None:
        self._source, self._options = source, options
        self._network: Network | None = None

    def refine(
        self, picture: Picture, alpha: NDArray[np.float32], band: NDArray[np.bool_], object: int
    ) -> NDArray[np.float32]:
        """A new matte: the network's in the band, ``alpha`` elsewhere; float32 (height, width), 0..1.

        Memory beside the network: that of one tile, and three mattes of the picture's size. Raises ``WeightsMissing``,
        ``OutOfMemory``, ``EngineFailed``.
        """
        from .pixels import trimap

        if not band.any():
            return np.array(alpha, np.float32)
        network = self.network()
        known = trimap(alpha, band)
        made = laid_together(
            band,
            self._options.tile,
            lambda tile: network.matte(
                picture.frame, picture.rgb[tile.y0 : tile.y1, tile.x0 : tile.x1], tile.of(known)
            ),
        )
        return np.asarray(np.where(band, made, alpha), np.float32)

    def network(self) -> Network:
        """The loaded network. Raises ``WeightsMissing``, ``BadField``, ``OutOfMemory``."""
        if self._network is None:
            from .network import Network

            self._network = Network(self._source, self._options.device, self._options.number_format)
        return self._network

    def close(self) -> None:
        """Lets go of the network; the next ``refine`` loads it again."""
        self._network = None


def facts(source: weights.Source, options: Options) -> dict[str, str]:
    """Everything beside plate, matte and band that can change an edge."""
    from ..device import choose_device

    return {
        "refiner": f"vitmatte {VERSION}",
        "model": source.label,
        "weights_sha256": source.sha256(),
        "weights_license": source.license,
        "tile": str(options.tile),
        "device": choose_device(options.device).type,
        "dtype": options.number_format,
        "torch": metadata.version("torch"),
        "transformers": metadata.version("transformers"),
    }


__all__ = ["Refiner", "engine"]
