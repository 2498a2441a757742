"""A studio's config end to end: its spaces against OpenColorIO's own answer, its rules, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import PyOpenColorIO
import pytest

from benchmarks.color_table import through
from mattewire_protocol.errors import ColorConfigUnreadable
from mattewire_server.color import BUILTIN, builtin_config, gamuts, open_config, transform_for

AP0_TO_REC709 = gamuts.primaries_matrix(gamuts.AP0, gamuts.REC709)


def theirs(path: str, space: str, codes: np.ndarray, reference: str = "ACES2065-1") -> np.ndarray:
    """Display values by OpenColorIO, but for the last matrix and curve, which it has by another test."""
    config = PyOpenColorIO.Config.CreateFromFile(path)
    light = np.clip(through(config.getProcessor(space, reference), codes).astype(np.float64) @ AP0_TO_REC709.T, 0, 1)
    toe = light <= 0.0031308
    return np.where(toe, light * 12.92, 1.055 * np.power(light, 1 / 2.4) - 0.055)


@pytest.mark.parametrize(
    ("space", "whole"),
    [
        ("studio log", False),
        ("slog_studio", False),
        ("INPUT - studio - LOG", False),
        ("old scanner", False),
        ("lin_wide", False),
        ("sRGB", False),
        ("three curves", True),
        ("crosstalk", True),
    ],
)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float16, np.float32])
def test_spaces_of_a_studio_config_are_ocios(studio: Callable[..., str], space: str, whole: bool, dtype: type) -> None:
    path = studio()
    transform = transform_for(space, config=open_config(path))
    assert bool(transform.space.whole) == whole
    codes = np.random.default_rng(5).uniform(0, 1, (60, 50, 3))
    codes[:5] *= 0.05
    top = np.iinfo(dtype).max if np.dtype(dtype).kind == "u" else 1
    plate = np.rint(codes * top).astype(dtype) if top > 1 else (codes * 1.2 - 0.1).astype(dtype)
    wanted = theirs(path, transform.colorspace, plate.astype(np.float64) / top)
    assert np.abs(transform.to_display(plate) - wanted).max() < 0.1 / 255


@pytest.mark.parametrize("space", ["crosstalk", "studio log"])
def test_exposure_and_odd_numbers_in_a_config_space(studio: Callable[..., str], space: str) -> None:
    transform = transform_for(space, exposure=2.0, config=open_config(studio()))
    plate = np.full((40, 3, 3), 0.3, np.float32)
    plate[0, 0], plate[1, 1], plate[2, 2] = np.nan, np.inf, -np.inf
    before = plate.copy()
    seen = transform.to_display(plate)
    assert ((seen >= 0) & (seen <= 1)).all()
    assert seen[1, 1] == pytest.approx([1, 1, 1], abs=1e-5)
    assert seen[2, 2].tolist() == [0, 0, 0]
    assert np.array_equal(plate, before, equal_nan=True)
    light = transform.to_linear(plate[6:7, :1])
    again = np.clip(light.astype(np.float64) * 4, 0, 1)
    assert transform_for("linear").to_display(again.astype(np.float32)) == pytest.approx(seen[6:7, :1], abs=1e-6)


@pytest.mark.parametrize("name", [BUILTIN, "ocio://studio-config-v1.0.0_aces-v1.3_ocio-v2.1"])
@pytest.mark.parametrize("space", ["sRGB - Texture", "srgb_tx", "sRGB - Display"])
def test_a_configs_own_srgb_passes_through_exactly(name: str, space: str) -> None:
    transform = transform_for(space, config=open_config(name))
    codes = np.arange(256, dtype=np.uint8).reshape(16, 16, 1).repeat(3, axis=2)
    assert transform.passes_through
    assert transform.to_display(codes) == pytest.approx(codes / 255, abs=1e-7)


def test_every_space_of_the_pinned_config_can_be_used() -> None:
    config = builtin_config()
    gray = np.full((4, 4, 3), 0.4, np.float16)
    for name in config.colorspaces:
        if name != "Raw":
            seen = transform_for(name, config=config).to_display(gray)
            assert ((seen >= 0) & (seen <= 1)).all(), name
            assert seen.max() > 0, name
    slow = {name for name in config.colorspaces if name != "Raw" and transform_for(name, config=config).space.whole}
    assert slow == {"ACEScc", "ADX10", "ADX16", "Rec.2100-HLG - Display"}


@pytest.mark.parametrize(
    ("path", "space"),
    [
        ("/shots/a/sc010_scan_v001.1001.dpx", "studio log"),
        ("/shots/a/sc010_comp_v001.1001.exr", ""),  # only the Default rule
        ("/shots/a/sc010_mask_v001.1001.exr", ""),  # data says nothing of a plate
    ],
)
def test_file_rules(studio: Callable[..., str], path: str, space: str) -> None:
    assert open_config(studio()).by_file_rules(path) == space


def test_a_name_as_written_goes_before_one_that_is_only_like_it(tmp_path: Path) -> None:
    spaces = ("ref", "log-1", "log1", "ログ", "B")
    path = tmp_path / "config.ocio"
    lines = "".join(f"  - !<ColorSpace> {{name: {name}, aliases: [{name} x]}}\n" for name in spaces)
    path.write_text(
        "ocio_profile_version: 2\nroles: {default: ref, aces_interchange: ref}\n"
        "file_rules: [!<Rule> {name: Default, colorspace: ref}]\n"
        "displays: {d: [!<View> {name: v, colorspace: ref}]}\ncolorspaces:\n"
        f"{lines}  - !<ColorSpace> {{name: other, aliases: [b.]}}\n"
    )
    config = open_config(str(path))
    found = {
        name: config.find(name) for name in ("LOG1", "log-1", "log_1", "ログ", "b", "b.", "default", "", "(", "グ")
    }
    assert found == {
        "LOG1": "log1",
        "log-1": "log-1",
        "ログ": "ログ",
        "b": "B",
        "b.": "other",
        "default": "ref",
        "log_1": "log-1",
        "": "",
        "(": "",
        "グ": "",
    }
    assert config.find("default", roles=False) == ""


# --- where a config's colors meet ours ---------------------------------------------------------------------


def test_without_the_role_a_linear_space_is_known_by_its_name(studio: Callable[..., str]) -> None:
    codes = np.random.default_rng(6).uniform(0, 1, (9, 9, 3)).astype(np.float32)
    wanted = transform_for("studio log", config=open_config(studio())).to_display(codes)
    bare = open_config(studio(roles=""))
    assert (bare.interchange, bare.meets.name) == ("ACES2065-1", "ACES2065-1")
    assert transform_for("studio log", config=bare).to_display(codes) == pytest.approx(wanted, abs=1e-6)
    srgb = open_config(studio(roles="", reference="Utility - Linear - sRGB"))
    assert (srgb.interchange, srgb.meets.name) == ("Utility - Linear - sRGB", "linear Rec.709")


def test_without_role_or_name_scene_linear_is_rec709(tmp_path: Path) -> None:
    path = tmp_path / "own.ocio"
    path.write_text(
        "ocio_profile_version: 1\nroles: {scene_linear: lnf, default: lnf}\n"
        "displays: {d: [!<View> {name: v, colorspace: lnf}]}\n"
        "colorspaces:\n  - !<ColorSpace> {name: lnf}\n"
        "  - !<ColorSpace> {name: vd8, to_reference: !<ExponentTransform> {value: [2, 2, 2, 1]}}\n"
    )
    config = open_config(str(path))
    assert (config.interchange, config.meets.name) == ("lnf", "linear Rec.709")
    light = transform_for("vd8", config=config).to_linear(np.full((1, 1, 3), 0.5, np.float32))
    assert light[0, 0] == pytest.approx([0.25] * 3, rel=1e-4)


def test_a_config_that_meets_nothing_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "island.ocio"
    path.write_text(
        "ocio_profile_version: 1\nroles: {default: x}\ndisplays: {d: [!<View> {name: v, colorspace: x}]}\n"
        "colorspaces:\n  - !<ColorSpace> {name: x}\n"
    )
    with pytest.raises(ColorConfigUnreadable) as caught:
        open_config(str(path))
    assert "aces_interchange" in caught.value.advice


# --- what can be wrong -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("/nowhere/config.ocio", "is not there"),
        ("ocio://no-such-config", "no-such-config"),
        ("ocio://default", "another config in every release"),
        ("ocio://studio-config-latest", "another config in every release"),
    ],
)
def test_a_missing_config_is_named(name: str, says: str) -> None:
    with pytest.raises(ColorConfigUnreadable, match=says) as caught:
        open_config(name)
    assert caught.value.field == "ocio"
    assert name in str(caught.value)


@pytest.mark.parametrize("text", ["ocio_profile_version: 2\nroles: [", "", "\0\1\2", "ocio_profile_version: 9.9\n"])
def test_a_damaged_config_is_refused_with_the_reason(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.ocio"
    path.write_text(text)
    with pytest.raises(ColorConfigUnreadable, match=r"config\.ocio cannot be read: ") as caught:
        open_config(str(path))
    assert caught.value.field == "ocio"


def test_a_folder_is_not_a_config(tmp_path: Path) -> None:
    with pytest.raises(ColorConfigUnreadable, match="is a folder") as caught:
        open_config(str(tmp_path))
    assert "config.ocio" in caught.value.advice


def test_a_missing_table_is_named_when_its_space_is_asked_for(studio: Callable[..., str]) -> None:
    config = open_config(studio())
    with pytest.raises(ColorConfigUnreadable, match=r"'lost' of .*gone\.spi1d"):
        transform_for("lost", config=config)
    assert transform_for("studio log", config=config).colorspace == "studio log"


def test_an_unchanged_config_is_opened_once(studio: Callable[..., str]) -> None:
    path = studio()
    first = open_config(path)
    assert open_config(path) is first
    assert transform_for("studio log", config=first).space is transform_for("studio log", config=first).space
    Path(path).write_text(Path(path).read_text().replace("value: 3", "value: 4"))
    changed = open_config(path)
    assert changed.identity != first.identity
    half = np.full((1, 1, 3), 0.5, np.float32)
    assert transform_for("sRGB", config=changed).to_linear(half)[0, 0, 0] == pytest.approx(0.5**4, rel=1e-4)
    assert transform_for("sRGB", config=changed).identity != transform_for("sRGB", config=first).identity
