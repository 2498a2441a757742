"""How far Mattewire's colorspaces are from OpenColorIO's: `python tests/benchmarks/color_table.py` prints Markdown.

Colors inside the display's gamut go through OpenColorIO into the space, and from there to the display twice: by
OpenColorIO and by Mattewire. Errors are in 8-bit display code values (1 is 1/255).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import PyOpenColorIO
from numpy.typing import NDArray

from mattewire_server.color import BUILTIN, known_colorspaces, transform_for

OTHER_NAMES = {"sRGB": "srgb_tx", "linear Rec.709": "lin_rec709_scene"}
"""What the config calls a space where it does not know our name."""

PASSES = ("Rec.709",)
"""Never converted, so there is nothing to compare."""


@dataclass(frozen=True)
class Row:
    """Largest errors of one space in display code values of 255: inside the gamut for float, half and 16-bit plates,
    and for codes beyond it (negative light, five stops above white)."""

    space: str
    full: float
    half: float
    whole: float
    beyond: float

    @property
    def inside(self) -> float:
        return max(self.full, self.half, self.whole)


def measure(config: PyOpenColorIO.Config | None = None) -> list[Row]:
    """One row per space of our table that OpenColorIO can convert, too."""
    config = config or PyOpenColorIO.Config.CreateFromFile(BUILTIN)
    return [_row(config, space) for space in known_colorspaces() if space not in PASSES]


def _row(config: PyOpenColorIO.Config, space: str) -> Row:
    inside, beyond = _inside(), _beyond()
    codes, outer = (through(_encoder(config, space), light) for light in (inside, beyond))
    errors = [_error(config, space, plate) for plate in (codes, codes.astype(np.float16), _whole(codes))]
    return Row(space, *errors, beyond=_error(config, space, outer[np.isfinite(outer).all(axis=2)][None]))


def _error(config: PyOpenColorIO.Config, space: str, plate: NDArray[Any]) -> float:
    numbers = plate / np.float32(65535) if plate.dtype == np.uint16 else plate
    light = np.clip(through(_decoder(config, space), numbers), 0, 1)
    wanted = through(config.getProcessor("lin_rec709_scene", "srgb_tx"), light)
    return float(np.abs(transform_for(space).to_display(plate) - wanted).max() * 255)


def _inside() -> NDArray[np.float64]:
    """Linear Rec.709 of 0..1: evenly spread, from deep shadow up, and the gamut's corners."""
    random = np.random.default_rng(7)
    corners = np.array(np.meshgrid([0, 1], [0, 1], [0, 1])).reshape(3, -1).T
    return np.vstack([random.uniform(0, 1, (20000, 3)), np.exp2(random.uniform(-12, 0, (20000, 3))), corners])[None]


def _beyond() -> NDArray[np.float64]:
    random = np.random.default_rng(8)
    return (np.exp2(random.uniform(-10, 5, (20000, 3))) * random.choice([1, 1, -0.05], (20000, 3)))[None]


def _whole(codes: NDArray[np.float32]) -> NDArray[np.uint16]:
    return np.rint(np.clip(codes, 0, 1) * 65535).astype(np.uint16)


def _decoder(config: PyOpenColorIO.Config, space: str) -> Any:
    if space == "Cineon":
        return PyOpenColorIO.Config.CreateRaw().getProcessor(_cineon(PyOpenColorIO.TRANSFORM_DIR_INVERSE))
    return config.getProcessor(OTHER_NAMES.get(space, space), "lin_rec709_scene")


def _encoder(config: PyOpenColorIO.Config, space: str) -> Any:
    if space == "Cineon":
        return PyOpenColorIO.Config.CreateRaw().getProcessor(_cineon(PyOpenColorIO.TRANSFORM_DIR_FORWARD))
    return config.getProcessor("lin_rec709_scene", OTHER_NAMES.get(space, space))


def _cineon(direction: Any) -> Any:
    """Kodak's curve with black subtracted; the config has no such space."""
    black = 10 ** ((95 - 685) / 300)
    return PyOpenColorIO.LogAffineTransform(
        logSideSlope=[300 / 1023 / math.log2(10)] * 3,  # this transform's logarithm has base 2
        logSideOffset=[685 / 1023] * 3,
        linSideSlope=[1 - black] * 3,
        linSideOffset=[black] * 3,
        direction=direction,
    )


def through(processor: Any, rgb: NDArray[Any]) -> NDArray[np.float32]:
    picture = np.array(rgb, np.float32, order="C")
    processor.getDefaultCPUProcessor().applyRGB(picture)
    return picture


def main() -> None:
    print("| colorspace | float | half | 16-bit | beyond the gamut, float |\n|---|---|---|---|---|")
    for row in measure():
        print(f"| {row.space} | {row.full:.4f} | {row.half:.4f} | {row.whole:.4f} | {row.beyond:.4f} |")
    print(f"\nLargest error in display code values of 255, against OpenColorIO {PyOpenColorIO.__version__}, {BUILTIN}.")


if __name__ == "__main__":
    main()
