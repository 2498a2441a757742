"""A studio's own config on disk: a log space, spaces made of tables, a space that mixes channels, file rules."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

CONFIG = """ocio_profile_version: 2.1
search_path: {search_path}
strictparsing: true
roles:
  default: ACES2065-1
  scene_linear: lin_wide
{roles}
  compositing_log: studio log
  data: utility raw
file_rules:
  - !<Rule> {{name: scans, extension: "*", pattern: "*_scan_*", colorspace: studio log}}
  - !<Rule> {{name: masks, extension: "*", pattern: "*_mask_*", colorspace: utility raw}}
  - !<Rule> {{name: Default, colorspace: ACES2065-1}}
displays:
  none: [!<View> {{name: none, colorspace: ACES2065-1}}]
colorspaces:
  - !<ColorSpace> {{name: {reference}, encoding: scene-linear}}
  - !<ColorSpace> {{name: utility raw, isdata: true}}
  - !<ColorSpace>
    name: lin_wide
    aliases: [Studio ACEScg]
    encoding: scene-linear
    to_scene_reference: !<BuiltinTransform> {{style: ACEScg_to_ACES2065-1}}
  - !<ColorSpace>
    name: studio log
    aliases: [slog_studio, "Input - Studio - Log"]
    encoding: log
    to_scene_reference: !<GroupTransform>
      children:
        - !<LogAffineTransform>
          base: 10
          log_side_slope: 0.25
          log_side_offset: 0.4
          lin_side_slope: 5
          lin_side_offset: 0.05
          direction: inverse
        - !<BuiltinTransform> {{style: ACEScg_to_ACES2065-1}}
  - !<ColorSpace>
    name: old scanner
    to_scene_reference: !<FileTransform> {{src: scanner.spi1d, interpolation: linear}}
  - !<ColorSpace>
    name: three curves
    to_scene_reference: !<ExponentTransform> {{value: [1.8, 2.2, 2.6, 1]}}
  - !<ColorSpace>
    name: crosstalk
    to_scene_reference: !<GroupTransform>
      children:
        - !<MatrixTransform> {{matrix: [0.8, 0.2, 0, 0, 0.1, 0.9, 0, 0, 0, 0.1, 0.9, 0, 0, 0, 0, 1]}}
        - !<ExponentTransform> {{value: 2.4}}
  - !<ColorSpace>
    name: sRGB
    to_scene_reference: !<ExponentTransform> {{value: 3}}
  - !<ColorSpace>
    name: lost
    to_scene_reference: !<FileTransform> {{src: gone.spi1d}}
"""


def spi1d(*values: float) -> str:
    """A one-dimensional table in Sony's format, for codes 0..1."""
    lines = "\n".join(f"{value:g}" for value in values)
    return f"Version 1\nFrom 0.0 1.0\nLength {len(values)}\nComponents 1\n{{\n{lines}\n}}\n"


@pytest.fixture
def studio(tmp_path: Path) -> Callable[..., str]:
    """Writes the config and its table; returns the config's path."""

    def write(
        *,
        roles: str = "  aces_interchange: ACES2065-1",
        reference: str = "ACES2065-1",
        search_path: str = "luts",
        table: tuple[float, ...] = (0, 0.04, 0.2, 0.5, 1),
    ) -> str:
        (tmp_path / "luts").mkdir(exist_ok=True)
        scanner = tmp_path / "luts" / "scanner.spi1d"
        if not scanner.exists() or scanner.read_text() != spi1d(*table):
            scanner.write_text(spi1d(*table))
        text = CONFIG.format(roles=roles, reference=reference, search_path=search_path)
        path = tmp_path / "config.ocio"
        path.write_text(text.replace(": ACES2065-1", f": {reference}") if reference != "ACES2065-1" else text)
        return str(path)

    return write
