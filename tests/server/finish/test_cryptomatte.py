"""Cryptomatte: ids as published, ranks against a slow and plain ranking, files read by an independent reader."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import cryptomatte_reader as reader
from mattewire_protocol.errors import InternalError
from mattewire_server.finish import cryptomatte
from mattewire_server.finish.cryptomatte import (
    LAYER,
    channel_names,
    float_of,
    layer_id,
    manifest,
    metadata,
    name_hash,
    rank,
)

Mattes = dict[int, NDArray[np.float32]]
NAMES = {1: "founder (left)", 2: "1", 3: "été"}
WIDTH, HEIGHT = 96, 54
CODE = 1 / 255


def disc(x: float, y: float, radius: float, soft: float = 12.0) -> NDArray[np.float32]:
    """A matte with a soft edge; center, radius and the edge's width in pixels."""
    down, across = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    return np.clip((radius - np.hypot(across - x, down - y)) / soft + 0.5, 0, 1).astype(np.float32)


def shot(frame: int) -> Mattes:
    """Two objects that drift into each other, and a third that is in sight on odd frames only."""
    mattes = {1: disc(30 + frame, 27, 18), 2: disc(60 - frame, 27, 18)}
    return {**mattes, 3: disc(85, 10, 9)} if frame % 2 else mattes


def write(path: Path, mattes: Mapping[int, NDArray[np.float32]], names: Mapping[int, str]) -> reader.Cryptomatte:
    """Writes a file as a deliverable is written, and reads it back."""
    channels, pixels = rank(mattes, names, shape=(HEIGHT, WIDTH))
    spec = oiio.ImageSpec(WIDTH, HEIGHT, len(channels), "float")
    spec.channelnames = tuple(channels)
    spec.attribute("compression", "zip")
    for name, value in metadata(LAYER, names).items():
        spec.attribute(name, value)
    output = oiio.ImageOutput.create(str(path))
    assert output.open(str(path), spec), output.geterror()
    assert output.write_image(pixels), output.geterror()
    assert output.close()
    return reader.read(path)[LAYER]


# --- ids -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "hexadecimal"),
    [
        ("bunny", "13851a76"),  # these five are the specification's own
        ("default", "42c9679f"),
        ("bunny_porcelain_mat", "b24b26d4"),
        ("torus", f"{4053562365:08x}"),
        ("равнина", f"{2518896926:08x}"),
        ('name containing a "quote"  ', "af8bfa09"),  # the rest: manifests of Psyop's sample images
        ("name_containing/slash", "b0a04231"),
        ("name, with, comma", "62fa4db8"),
        ("rect_[_top", "c1fa3f1f"),
        ("has_*_asterisk", "5def0d04"),
        ("/shop/mat3/standard_surface1", "0247c000"),
        ("/obj/instance1:instances:0", "0d54c6cc"),
    ],
)
def test_ids_are_the_published_ones(name: str, hexadecimal: str) -> None:
    assert f"{name_hash(name):08x}" == hexadecimal
    assert f"{reader.id_of(name):08x}" == hexadecimal


def test_ids_as_floats_are_the_published_ones() -> None:
    assert float_of(name_hash("torus")) == pytest.approx(-1.54943624832e30, rel=1e-11)
    assert float_of(name_hash("равнина")) == pytest.approx(-1.31926312124e-25, rel=1e-11)


@pytest.mark.parametrize(
    ("name", "hashed", "stored"),
    [
        ("mug 40", 0x004E9BF2, 0x00CE9BF2),
        ("mug 537", 0x805C1940, 0x80DC1940),
        ("mug 67", 0x7FD2581C, 0x7F52581C),
        ("mug 208", 0xFFCFA758, 0xFF4FA758),
        ("", 0x00000000, 0x00800000),
    ],
)
def test_a_hash_that_is_no_plain_float_has_its_exponent_mended(name: str, hashed: int, stored: int) -> None:
    assert reader.murmur3(name.encode()) == hashed
    assert not np.isfinite(float_of(hashed)) or abs(float_of(hashed)) < np.finfo(np.float32).tiny
    assert name_hash(name) == stored


@given(st.text(max_size=40))
def test_any_name_has_an_id_that_survives_as_a_float(name: str) -> None:
    value = name_hash(name)
    assert value == reader.id_of(name)
    number = np.float32(float_of(value))
    assert np.isfinite(number)
    assert abs(number) >= np.finfo(np.float32).tiny
    assert int(number.view(np.uint32)) == value


@pytest.mark.parametrize(
    ("layer", "key"),
    [
        ("uCryptoWildcard", "2ae4678"),  # keys in Psyop's sample images, from several renderers
        ("special_chars", "fbb35e3"),
        ("crypto_asset", "28322e9"),
        ("crypto_material", "bda530a"),
        ("crypto_object", "f834d0a"),
        ("CryptoObject", "3ae39a5"),
    ],
)
def test_layer_keys(layer: str, key: str) -> None:
    assert layer_id(layer) == key


# --- metadata --------------------------------------------------------------------------------------------------


def test_metadata_is_complete_and_the_manifest_plain_unicode() -> None:
    attributes = metadata(LAYER, {**NAMES, 4: 'a "b", c\\d'})
    assert attributes == {
        "cryptomatte/3ae39a5/name": "CryptoObject",
        "cryptomatte/3ae39a5/hash": "MurmurHash3_32",
        "cryptomatte/3ae39a5/conversion": "uint32_to_float32",
        "cryptomatte/3ae39a5/manifest": attributes["cryptomatte/3ae39a5/manifest"],
    }
    text = attributes["cryptomatte/3ae39a5/manifest"]
    assert text.startswith('{"founder (left)":"a12a4035","1":"9416ac93","été":"3393660f",')
    assert list(json.loads(text)) == [*NAMES.values(), 'a "b", c\\d']
    assert all(len(name) <= 31 for name in attributes)


def test_two_names_of_one_id_stay_two_objects() -> None:
    assert name_hash("mug 12062") == name_hash("mug 104400")
    names = {5: "mug 104400", 2: "mug 12062", 7: "cup", 9: "cup", 11: "cup (2)"}
    told = manifest(names)
    assert told == {2: "mug 12062", 5: "mug 104400 (2)", 7: "cup", 9: "cup (2)", 11: "cup (2) (2)"}
    assert manifest({**names, 12: "cup"}) == {**told, 12: "cup (3)"}
    half = np.full((1, 1), 0.5, np.float32)
    ids = rank({2: half, 5: half}, names)[1].view(np.uint32)[0, 0, 0:4:2]
    assert ids.tolist() == [name_hash("mug 12062"), name_hash("mug 104400 (2)")]


# --- ranks -----------------------------------------------------------------------------------------------------


def plain_ranking(values: Mapping[int, float], names: Mapping[int, str], levels: int) -> list[float]:
    """One pixel, as the rules say it: the largest first, equal ones by number, divided by a sum above 1."""
    divisor = max(1.0, float(sum(values.values())))
    pairs = sorted((-value / divisor, number) for number, value in values.items() if value > 0)[:levels]
    filled = [part for share, number in pairs for part in (float_of(name_hash(names[number])), -share)]
    return filled + [0.0] * (2 * levels - len(filled))


coverage = st.sampled_from([0.0, 0.0, 0.0, 1 / 512, 0.1, 0.25, 0.5, 0.5, 0.9, 1.0])


@st.composite
def pictures(draw: st.DrawFn) -> Mattes:
    height, width = draw(st.integers(1, 4)), draw(st.integers(1, 5))
    numbers = draw(st.lists(st.integers(1, 999), min_size=1, max_size=9, unique=True))
    cells = st.lists(coverage, min_size=height * width, max_size=height * width)
    return {n: np.array(draw(cells), np.float32).reshape(height, width) for n in numbers}


@given(pictures(), st.sampled_from([2, 4, 6]))
def test_ranks_are_those_of_the_plain_ranking(mattes: Mattes, levels: int) -> None:
    names = {number: f"object {number}" for number in range(1, 1000)}
    before = {number: matte.copy() for number, matte in mattes.items()}
    channels, pixels = rank(mattes, names, levels)
    height, width = next(iter(mattes.values())).shape
    assert pixels.shape == (height, width, len(channels)) == (height, width, 2 * levels)
    assert pixels.dtype == np.float32
    assert pixels.flags.c_contiguous
    for y in range(height):
        for x in range(width):
            wanted = plain_ranking({n: float(matte[y, x]) for n, matte in mattes.items()}, names, levels)
            assert pixels[y, x].tolist() == pytest.approx(wanted, rel=1e-6)
    shares = pixels[..., 1::2]
    assert (np.diff(shares, axis=2) <= 0).all()
    assert (shares.sum(axis=2, dtype=np.float64) <= 1 + 1e-6).all()
    assert all(np.array_equal(before[number], mattes[number]) for number in mattes)
    upside_down = dict(reversed(mattes.items()))
    assert np.array_equal(rank(upside_down, names, levels)[1], pixels)


def test_coverage_that_sums_to_one_at_most_is_not_touched() -> None:
    mattes = {1: np.float32([[0.7, 0.5, 1.0, 0.1]]), 2: np.float32([[0.2, 0.5, 0.0, 0.1]])}
    _, pixels = rank(mattes, NAMES)
    assert np.array_equal(pixels[0, :, 1], mattes[1][0])
    assert np.array_equal(pixels[0, :, 3], mattes[2][0])


def test_more_objects_than_levels_keep_the_largest() -> None:
    names = {number: f"object {number}" for number in range(1, 10)}
    mattes = {number: np.full((1, 1), 0.2, np.float32) for number in names}
    mattes[9][:] = 0.9
    _, pixels = rank(mattes, names)
    ids, shares = pixels[0, 0, 0::2], pixels[0, 0, 1::2]
    assert ids.tolist() == [float_of(name_hash(f"object {number}")) for number in (9, 1, 2, 3, 4, 5)]
    assert shares == pytest.approx(np.array([0.9, 0.2, 0.2, 0.2, 0.2, 0.2]) / 2.5, abs=1e-6)


def test_ranking_in_pieces_and_of_views_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = rank(shot(11), NAMES)[1]
    assert np.count_nonzero(whole[..., 2]) > 200  # enough shared pixels for many pieces
    monkeypatch.setattr(cryptomatte, "_CHUNK", 7)
    assert np.array_equal(rank(shot(11), NAMES)[1], whole)
    views = {number: np.pad(matte, 3)[3:-3, 3:-3] for number, matte in shot(11).items()}
    assert not views[1].flags.c_contiguous
    assert np.array_equal(rank(views, NAMES)[1], whole)


def test_an_empty_frame_has_every_channel() -> None:
    wanted = [f"CryptoObject{index}.{channel}" for index in ("00", "01", "02") for channel in "RGBA"]
    channels, pixels = rank({}, NAMES, shape=(3, 4))
    assert channels == channel_names() == wanted
    assert pixels.shape == (3, 4, 12)
    assert not pixels.any()
    assert channel_names("CryptoPhrase", 2) == [f"CryptoPhrase00.{channel}" for channel in "RGBA"]


WHOLE = np.zeros((2, 3), np.float32)


@pytest.mark.parametrize(
    ("mattes", "options"),
    [
        ({}, {}),
        ({4: WHOLE}, {}),
        ({1: WHOLE, 2: WHOLE.T}, {}),
        ({1: WHOLE}, {"shape": (3, 2)}),
        ({1: WHOLE.astype(np.float64)}, {}),
        ({1: WHOLE[..., None]}, {}),
        ({1: WHOLE}, {"levels": 3}),
        ({1: WHOLE}, {"levels": 0}),
    ],
)
def test_what_cannot_be_ranked_is_refused(mattes: Any, options: Any) -> None:
    with pytest.raises(InternalError):
        rank(mattes, NAMES, **options)


# --- files -----------------------------------------------------------------------------------------------------


def test_a_shot_reads_back_object_by_object(tmp_path: Path) -> None:
    layouts = set()
    overlapping = 0
    for frame in range(1, 13):
        mattes = shot(frame)
        layer = write(tmp_path / f"crypto.{frame:04}.exr", mattes, NAMES)
        assert layer.faults() == []
        layouts.add((layer.ids.shape, layer.key, json.dumps(layer.manifest)))
        total = np.sum(list(mattes.values()), axis=0)
        overlapping += np.count_nonzero(total > 1 + CODE)
        for number, name in NAMES.items():
            given_matte, seen = mattes.get(number, np.zeros_like(total)), layer.matte(name)
            assert np.array_equal(seen[total <= 1], given_matte[total <= 1])
            assert np.abs(seen - given_matte / np.maximum(total, 1)).max() < 1e-6
    assert len(layouts) == 1
    assert overlapping > 500
    assert json.loads(layouts.pop()[2]).keys() == set(NAMES.values())


def test_a_frame_without_any_object_reads_back_empty(tmp_path: Path) -> None:
    layer = write(tmp_path / "crypto.0001.exr", {}, NAMES)
    assert layer.faults() == []
    assert layer.ids.shape == (6, HEIGHT, WIDTH)
    assert not layer.matte("1").any()


def test_names_that_are_hard_on_json_and_headers_read_back(tmp_path: Path) -> None:
    names = {1: 'the "red" one', 2: "a, b", 3: "c\\d", 4: "球", 5: "🔴", 6: "x" * 256, 7: "*?[1]"}
    mattes = {number: disc(12 * number, 27, 4, 2) for number in names}
    layer = write(tmp_path / "crypto.0001.exr", mattes, names)
    assert layer.faults() == []
    assert list(layer.manifest) == list(names.values())
    for number, name in names.items():
        assert np.abs(layer.matte(name) - mattes[number]).max() <= CODE


def test_the_reader_finds_what_is_wrong(tmp_path: Path) -> None:
    sound = write(tmp_path / "crypto.0001.exr", shot(11), NAMES)
    shuffled = reader.Cryptomatte(LAYER, sound.key, sound.manifest, sound.ids[::-1], sound.coverage[::-1])
    assert shuffled.faults() == ["ranks are not by coverage"]
    doubled = reader.Cryptomatte(LAYER, sound.key, sound.manifest, sound.ids, sound.coverage * 2)
    assert doubled.faults() == ["coverage sums to more than 1"]
    renamed = reader.Cryptomatte(LAYER, sound.key, {"someone": 1}, sound.ids, sound.coverage)
    assert renamed.faults() == [f"'someone' is {1:08x}", "an id is not in the manifest"]
