"""Depth engines: Depth Anything V2, and MiDaS in its DPT form, through transformers. Importing this imports no torch.

Both tell how far away everything on a picture is; neither finds nor tracks anything. There is no estimator without
weights: a guess at depth would cut mattes.
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

if TYPE_CHECKING:
    from .network import Network

VERSION = "1"
"""Raised when the same plate gets other distances than before."""


def depth_anything(settings: Mapping[str, Any]) -> Engine:
    """Depth Anything V2 (Yang et al., NeurIPS 2024): ``depth-anything``. See ``made``."""
    return made("depth-anything", settings)


def midas(settings: Mapping[str, Any]) -> Engine:
    """MiDaS 3.0, DPT (Ranftl, Bochkovskiy and Koltun, ICCV 2021): ``midas``. See ``made``."""
    return made("midas", settings)


def made(family: str, settings: Mapping[str, Any]) -> Engine:
    """The engine of a family. Settings: see ``options.Options``.

    Raises ``InstallIncomplete``, ``WeightsMissing``, ``BadField``.
    """
    for package in ("torch", "transformers", "safetensors"):
        if find_spec(package) is None:
            raise InstallIncomplete(
                f"Depth needs {package}, which is not installed.", advice='Run: pip install "mattewire[models]"'
            )
    options = read_options(settings)
    source = weights.find(family, options)
    return Engine(
        name=family,
        label=source.label,
        detector=None,
        segmenter=None,
        provenance=Late(lambda: facts(source, options)),
        depth=Estimator(source, options),
        license=source.license,
        commercial=source.commercial,
    )


class Estimator:
    """See ``seams.DepthEstimator``. The network is loaded on first use and kept until ``close``."""

    def __init__(self, source: weights.Source, options: Options) -> None:
        self._source, self._options = source, options
        self._network: Network | None = None
        self.metric = source.metric

    def estimate(self, picture: Picture) -> NDArray[np.float32]:
        """float32 (h, w) of the network's size. Raises ``WeightsMissing``, ``OutOfMemory``, ``EngineFailed``."""
        return self.network().estimate(picture)

    def network(self) -> Network:
        """The loaded network. Raises ``WeightsMissing``, ``BadField``, ``OutOfMemory``."""
        if self._network is None:
            from .network import Network

            self._network = Network(self._source, self._options.device, self._options.dtype)
        return self._network

    def close(self) -> None:
        """Lets go of the network; the next ``estimate`` loads it again."""
        self._network = None


def facts(source: weights.Source, options: Options) -> dict[str, str]:
    """Everything beside the plate that can change a distance."""
    from ..device import choose_device

    return {
        "depth_engine": f"{source.family} {VERSION}",
        "depth_model": source.label,
        "depth_weights_sha256": source.sha256(),
        "depth_weights_license": source.license,
        "depth_device": choose_device(options.device).type,
        "depth_dtype": "float32" if options.dtype == "auto" else options.dtype,
        "torch": metadata.version("torch"),
        "transformers": metadata.version("transformers"),
    }


__all__ = ["Estimator", "depth_anything", "midas"]
