"""Whether a config or any of its tables changed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mattewire_protocol.errors import ColorConfigUnreadable
from mattewire_server.color import config_files, open_config, transform_for
from mattewire_server.color.config_files import files_of


def test_the_tables_are_found_on_the_search_path(studio: Callable[..., str], tmp_path: Path) -> None:
    table = str(tmp_path / "luts" / "scanner.spi1d")
    for search_path in ("luts", "nowhere:luts", "[nowhere, luts]", str(tmp_path / "luts"), "\n  - nowhere\n  - luts"):
        found = files_of(studio(search_path=search_path))
        assert [path for path, *_ in found.tables] == [table], search_path


def test_a_table_beside_the_config_is_found_without_a_search_path(tmp_path: Path) -> None:
    (tmp_path / "a b.cube").write_text("x")
    (tmp_path / "config.ocio").write_text(
        '- !<Look> {name: x, transform: !<FileTransform> {src: "a b.cube", inverse: 1}}\n'
    )
    found = files_of(str(tmp_path / "config.ocio"))
    assert [path for path, *_ in found.tables] == [str(tmp_path / "a b.cube")]


def test_identity_follows_the_config_and_its_tables(studio: Callable[..., str], tmp_path: Path) -> None:
    path = studio()
    first = files_of(path).identity
    assert files_of(studio()).identity != ""
    os.utime(tmp_path / "luts" / "scanner.spi1d", ns=(1, 1))
    touched = files_of(path).identity
    (tmp_path / "luts" / "unused.cube").write_text("not named by the config")
    assert files_of(path).identity == touched
    (tmp_path / "config.ocio").write_text((tmp_path / "config.ocio").read_text() + "# a note\n")
    edited = files_of(path).identity
    (tmp_path / "luts" / "scanner.spi1d").unlink()
    assert len({first, touched, edited, files_of(path).identity}) == 4


def test_identity_follows_the_environment_that_the_config_asks_for(
    studio: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = studio()
    before = files_of(plain).identity
    monkeypatch.setenv("MATTEWIRE_TEST_SHOW", "alpha")
    assert files_of(plain).identity == before
    asking = studio(search_path="luts:$MATTEWIRE_TEST_SHOW")
    alpha = files_of(asking).identity
    monkeypatch.setenv("MATTEWIRE_TEST_SHOW", "beta")
    assert files_of(asking).identity != alpha
    (tmp_path / "beta").mkdir()
    (tmp_path / "luts" / "scanner.spi1d").rename(tmp_path / "beta" / "scanner.spi1d")
    assert [path for path, *_ in files_of(asking).tables] == [str(tmp_path / "beta" / "scanner.spi1d")]


def test_a_table_replaced_under_a_running_worker_is_refused(studio: Callable[..., str], tmp_path: Path) -> None:
    """OpenColorIO keeps what it read of a path; the mattes would be tracked on the old picture."""
    half = np.full((1, 1, 3), 0.5, np.float32)
    before = transform_for("old scanner", config=open_config(studio())).to_linear(half)
    replaced = open_config(studio(table=(0, 0.1, 0.3, 0.6, 1.0, 1.1)))
    assert transform_for("studio log", config=replaced).colorspace == "studio log"  # needs no table
    with pytest.raises(ColorConfigUnreadable, match=r"scanner\.spi1d, which .* was replaced") as caught:
        transform_for("old scanner", config=replaced)
    assert "start it again" in caught.value.advice
    config_files._read.clear()  # as in a new worker, but for what OpenColorIO itself remembers
    assert transform_for("old scanner", config=replaced).to_linear(half) == pytest.approx(before)


def test_tables_belong_to_their_space(tmp_path: Path) -> None:
    for name in "abcde":
        (tmp_path / f"{name}.cube").write_text("x")
    (tmp_path / "config.ocio").write_text(
        "looks:\n  - !<Look> {name: grade, process_space: x, transform: !<FileTransform> {src: a.cube}}\n"
        "colorspaces:\n"
        "  - !<ColorSpace>\n    name: 'scan 1'\n    to_reference: !<FileTransform> {src: 'b.cube'}\n"
        "  - !<ColorSpace>\n    name: mixed\n    to_reference: !<GroupTransform>\n      children:\n"
        "        - !<ColorSpaceTransform> {src: scan 1, dst: x}\n        - !<FileTransform> {src: c.cube}\n"
        "view_transforms:\n"
        "  - !<ViewTransform> {name: film, from_scene_reference: !<FileTransform> {src: d.cube}}\n"
    )
    owners = {os.path.basename(table.path): table.owner for table in files_of(str(tmp_path / "config.ocio")).tables}
    assert owners == {"a.cube": None, "b.cube": "scan 1", "c.cube": "", "d.cube": ""}


def test_an_unreadable_config_says_why(studio: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    path = studio()
    monkeypatch.setattr(config_files, "LARGEST_CONFIG", 10)
    with pytest.raises(ColorConfigUnreadable, match="too large"):
        files_of(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "config.ocio")
    with pytest.raises(ColorConfigUnreadable):
        files_of(str(tmp_path / "config.ocio"))
