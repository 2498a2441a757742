"""Alpha solved from colors, in squares along the band; and what is said where it cannot be."""

from __future__ import annotations

import subprocess
import sys

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mattewire_protocol.errors import BadField, InstallIncomplete
from mattewire_server.finish.refine import closed_form as module
from mattewire_server.finish.refine.closed_form import check_installed, closed_form

Raster = NDArray[np.float32]


def ring(size: int = 120) -> tuple[NDArray[np.float32], Raster, NDArray[np.bool_]]:
    """A soft disc in clear colors: plate, true alpha, band."""
    y, x = np.mgrid[:size, :size] + 0.5
    away = np.hypot(x - size / 2, y - size / 2)
    alpha = np.clip((size / 4 - away) / 5 + 0.5, 0, 1).astype(np.float32)
    front, back = np.float32([0.8, 0.3, 0.2]), np.float32([0.2, 0.4, 0.6])
    plate = front * alpha[..., None] + back * (1 - alpha[..., None])
    return plate, alpha, np.abs(away - size / 4) < 9


def rough(alpha: Raster, band: NDArray[np.bool_]) -> Raster:
    return np.where(band, cv2.GaussianBlur(alpha, (0, 0), 4), np.rint(alpha)).astype(np.float32)


def test_it_solves_what_lies_on_a_line_between_two_colors() -> None:
    pytest.importorskip("pymatting")
    plate, alpha, band = ring()
    start = rough(alpha, band)
    made = closed_form(plate, start, band, 1001)
    assert made.dtype == np.float32
    assert np.abs(made - alpha)[band].mean() < 0.2 * np.abs(start - alpha)[band].mean()
    assert (made[~band] == start[~band]).all()


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_a_square_that_is_solved_already_stays(level: float) -> None:
    pytest.importorskip("pymatting")
    plate, alpha, band = ring()
    even = np.full_like(alpha, level)
    assert (closed_form(plate, even, band, 1001) == even).all()


def test_squares_meet_without_a_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pymatting")
    plate, alpha, band = ring()
    start = rough(alpha, band)
    whole = closed_form(plate, start, band, 1001)
    monkeypatch.setattr(module, "TILE", 56)
    monkeypatch.setattr(module, "OVERLAP", 16)
    assert len(module._tiles(band)) > 4
    assert np.abs(closed_form(plate, start, band, 1001) - whole).max() < 0.04


def test_squares_cover_the_band_and_leave_out_what_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TILE", 40)
    monkeypatch.setattr(module, "OVERLAP", 8)
    band = np.zeros((200, 300), np.bool_)
    band[10, 5] = band[190, 290] = True
    tiles = module._tiles(band)
    covered = np.zeros_like(band)
    for tile in tiles:
        tile.of(covered)[...] = True
        assert tile.y1 - tile.y0 <= 40
        assert tile.x1 - tile.x0 <= 40
    assert covered[band].all()
    assert len(tiles) < 6
    assert module._tiles(np.zeros_like(band)) == []


def test_an_area_too_large_names_the_frame_and_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pymatting")
    monkeypatch.setattr(module, "LARGEST", 100)
    plate, alpha, band = ring()
    with pytest.raises(BadField, match=r"frame 1001: .* million pixels are open") as caught:
        closed_form(plate, alpha, band, 1001)
    assert caught.value.field == "edges.method"
    assert "guided" in caught.value.advice


def test_without_pymatting_the_line_to_run_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    with pytest.raises(InstallIncomplete, match="pymatting") as caught:
        check_installed()
    assert caught.value.field == "edges.method"
    assert 'pip install "mattewire[edges]"' in caught.value.advice


def test_nobody_pays_for_it_who_does_not_use_it() -> None:
    """Its compiler takes a second to load, in every process that imports it."""
    program = "import sys, mattewire_server.shots.edging; print([n for n in ('numba', 'scipy') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
