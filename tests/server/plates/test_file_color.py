"""Which colorspace a plate is read in, and who said so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mattewire_server.color import ColorConfig, open_config, transform_for
from mattewire_server.plates import open_plate
from mattewire_server.plates.file_color import FileColor, choose_colorspace

CONFIG = """ocio_profile_version: 2.1
roles: {default: ACES2065-1, scene_linear: ACEScg, aces_interchange: ACES2065-1}
file_rules:
  - !<Rule> {name: scans, extension: "*", pattern: "*_scan*", colorspace: house log}
  - !<Rule> {name: Default, colorspace: ACES2065-1}
displays: {none: [!<View> {name: none, colorspace: ACES2065-1}]}
colorspaces:
  - !<ColorSpace> {name: ACES2065-1}
  - !<ColorSpace>
    name: ACEScg
    to_scene_reference: !<BuiltinTransform> {style: ACEScg_to_ACES2065-1}
  - !<ColorSpace>
    name: house log
    to_scene_reference: !<LogAffineTransform>
      log_side_slope: 0.1
      log_side_offset: 0.5
      direction: inverse
"""
AP0 = (0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.077, 0.32168, 0.33767)
REC709 = (0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329)


@pytest.fixture
def config(tmp_path: Path) -> ColorConfig:
    path = tmp_path / "config.ocio"
    path.write_text(CONFIG)
    return open_config(str(path))


@pytest.mark.parametrize(
    ("requested", "name", "of_file", "floating", "chosen"),
    [
        ("ACEScg", "a_scan.1.dpx", FileColor("Cineon", "metadata"), False, FileColor("ACEScg", "request")),
        ("", "a_scan.1.dpx", FileColor("Cineon", "metadata"), False, FileColor("house log", "file rules")),
        (" ", "a_scan.1.exr", FileColor("linear Rec.709", "file kind"), True, FileColor("house log", "file rules")),
        ("", "a.1.dpx", FileColor("Cineon", "metadata"), False, FileColor("Cineon", "metadata")),
        ("", "a.1.exr", FileColor("linear Rec.709", "metadata"), True, FileColor("linear Rec.709", "metadata")),
        ("", "a.1.exr", FileColor("linear Rec.709", "file kind"), True, FileColor("ACEScg", "file kind")),
        ("", "a.1.png", FileColor("sRGB", "file kind"), False, FileColor("sRGB", "file kind")),
    ],
)
def test_the_order(
    config: ColorConfig, requested: str, name: str, of_file: FileColor, floating: bool, chosen: FileColor
) -> None:
    assert choose_colorspace(requested, f"/shots/{name}", of_file, config, floating=floating) == chosen


def test_without_a_config_there_are_no_rules() -> None:
    of_file = FileColor("linear Rec.709", "file kind")
    assert choose_colorspace("", "/shots/a_acescg.1.exr", of_file, floating=True) == of_file


@pytest.mark.parametrize(
    ("name", "kind", "attributes", "without", "with_config"),
    [
        ("a.1001.exr", "half", {}, ("linear Rec.709", "file kind"), ("ACEScg", "file kind")),
        ("a.1001.exr", "half", {"chromaticities": AP0}, ("ACES2065-1", "metadata"), ("ACES2065-1", "metadata")),
        ("a.1001.exr", "float", {"chromaticities": REC709}, *[("linear Rec.709", "metadata")] * 2),
        ("a_scan.1001.exr", "half", {}, ("linear Rec.709", "file kind"), ("house log", "file rules")),
        ("a.1001.png", "uint8", {}, *[("sRGB", "file kind")] * 2),
        ("a.1001.dpx", "uint16", {"dpx__Transfer": "Printing density"}, *[("Cineon", "metadata")] * 2),
        ("a.1001.dpx", "uint16", {}, *[("Rec.709", "file kind")] * 2),
    ],
)
def test_an_opened_plate_says_where_its_colorspace_is_from(
    tmp_path: Path,
    config: ColorConfig,
    write_image: Callable[..., str],
    name: str,
    kind: str,
    attributes: dict[str, Any],
    without: tuple[str, str],
    with_config: tuple[str, str],
) -> None:
    pixels = np.full((4, 6, 3), 0.5, np.float32)
    attributes = {
        key: np.array(value, np.float32) if isinstance(value, tuple) else value for key, value in attributes.items()
    }
    stated = attributes.pop("chromaticities", None)
    path = write_image(tmp_path / name, pixels, kind, **attributes)
    if stated is not None:
        write_exr(tmp_path / name, pixels.astype("f2" if kind == "half" else "f4"), tuple(map(float, stated)))
    for given, expected in ((None, without), (config, with_config)):
        info = open_plate(path, config=given).info
        assert (info.colorspace, info.colorspace_from) == expected
        assert transform_for(info.colorspace, config=given).colorspace == expected[0]
    info = open_plate(path, colorspace="lin_ap1", config=config).info
    assert (info.colorspace, info.colorspace_from) == ("lin_ap1", "request")


def write_exr(path: Path, pixels: np.ndarray, chromaticities: tuple[float, ...]) -> None:
    import OpenEXR

    channels = {name: np.ascontiguousarray(pixels[..., index]) for index, name in enumerate("RGB")}
    with OpenEXR.File({"type": OpenEXR.scanlineimage, "chromaticities": chromaticities}, channels) as file:
        file.write(str(path))


def test_a_movies_name_counts_for_the_rules(
    tmp_path: Path, config: ColorConfig, write_movie: Callable[..., str]
) -> None:
    path = write_movie(tmp_path / "a_scan.mov", 3)
    for given, expected in ((None, "Rec.709"), (config, "house log")):
        plate = open_plate(path, config=given)
        assert plate.info.colorspace == expected
        assert plate.info.colorspace_from == ("file rules" if given else plate.info.colorspace_from)
        plate.close()
