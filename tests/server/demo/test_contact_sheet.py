"""Contact sheets, checked pixel by pixel on a plate made here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from mattewire_protocol.errors import BadField, NotWritable
from mattewire_server.demo.contact_sheet import (
    EMPTY,
    GAP,
    GROUND,
    GUTTER,
    HEADER,
    MARGIN,
    contact_sheet,
    draw_sheet,
    pick_frames,
)
from mattewire_server.plates.model import PlateFrame, PlateInfo, Window

DISPLAY = Window(0, 0, 64, 36)


class FlatPlate:
    """Frames of one 8-bit color each: red on even frame numbers, gray on odd ones."""

    def __init__(self, *, canvas: Window = DISPLAY, pixel_aspect: float = 1.0) -> None:
        self.info = PlateInfo(
            path="flat.####.png",
            kind="sequence",
            first=1001,
            last=1100,
            missing=(),
            display=DISPLAY,
            canvas=canvas,
            pixel_aspect=pixel_aspect,
            fps=24.0,
            colorspace="sRGB",
            identity="flat",
        )

    def read(self, frame: int) -> PlateFrame:
        rgb = np.zeros((self.info.canvas.height, self.info.canvas.width, 3), np.uint8)
        x, y = -self.info.canvas.x0, -self.info.canvas.y0
        rgb[y : y + 36, x : x + 64] = (200, 40, 30) if frame % 2 == 0 else (120, 120, 120)
        return PlateFrame(frame, rgb, self.info.canvas)

    def frames(self, order: Iterable[int]) -> Iterator[PlateFrame]:
        return (self.read(frame) for frame in order)

    def close(self) -> None:
        """Nothing is held."""


def _left_half(frame: int) -> np.ndarray:
    matte = np.zeros((36, 64), np.float32)
    matte[:, :32] = 1
    return matte


def _cell(
    sheet: np.ndarray, row: int, column: int = 0, top: int = MARGIN, size: tuple[int, int] = (64, 36)
) -> np.ndarray:
    x, y = MARGIN + GUTTER + column * (size[0] + GAP), top + row * (size[1] + GAP)
    return sheet[y : y + size[1], x : x + size[0]]


def test_rows_are_plate_matte_and_cut_out() -> None:
    sheet = draw_sheet(FlatPlate(), _left_half, [1002], cell_width=64, notes={})
    plate, matte, cut = (_cell(sheet, row) for row in range(3))
    assert np.abs(plate.astype(int) - (30, 40, 200)).max() <= 1, "B, G, R"
    assert (matte[:, :32] == 255).all()
    assert (matte[:, 32:] == 0).all()
    np.testing.assert_array_equal(cut[:, :32], plate[:, :32])
    squares = np.unique(cut[:, 32:].reshape(-1, 3), axis=0)
    assert len(squares) == 2, "two grays of the checkerboard"
    assert (squares == squares[:, :1]).all()


def test_a_soft_edge_is_mixed_in_linear_light() -> None:
    sheet = draw_sheet(FlatPlate(), lambda _: np.full((36, 64), 0.5, np.float32), [1001], cell_width=64, notes={})
    matte, cut = _cell(sheet, 1), _cell(sheet, 2)
    assert (matte == 128).all()
    light, dark = ((((120 / 255 + 0.055) / 1.055) ** 2.4 + ((c + 0.055) / 1.055) ** 2.4) / 2 for c in (0.42, 0.30))
    expected = sorted(round(255 * (1.055 * value ** (1 / 2.4) - 0.055)) for value in (light, dark))
    np.testing.assert_allclose(np.unique(cut), expected, atol=1)


def test_frames_wrap_into_bands_with_their_numbers() -> None:
    sheet = draw_sheet(FlatPlate(), _left_half, [1001, 1002, 1003], columns=2, cell_width=64, notes={})
    first, second = _cell(sheet, 0, 0), _cell(sheet, 0, 1)
    assert first[5, 5, 2] == first[5, 5, 0], "1001 is gray"
    assert second[5, 5, 2] > 150 > second[5, 5, 0], "1002 is red"
    caption = sheet[MARGIN + 3 * 40 : MARGIN + 3 * 40 + 20, MARGIN + GUTTER : MARGIN + GUTTER + 64]
    assert caption.max() > 150, "a frame number is written"
    third = sheet[sheet.shape[0] // 2 :, MARGIN + GUTTER + 64 + GAP :]
    assert (third[:, :64] == GROUND).all(), "the last band has one cell"


def test_notes_titles_and_row_names_are_written_inside_the_sheet() -> None:
    plain = draw_sheet(FlatPlate(), _left_half, [1001], cell_width=200, notes={})
    noted = draw_sheet(FlatPlate(), _left_half, [1001], cell_width=200, notes={1001: "behind the pillar"})
    assert plain.shape == noted.shape
    changed = np.argwhere((plain != noted).any(axis=2))
    assert len(changed) > 50
    assert changed[:, 1].max() < MARGIN + GUTTER + 200
    long = draw_sheet(FlatPlate(), _left_half, [1001], cell_width=200, notes={1001: "w" * 300})
    assert (long[:, -MARGIN:] == GROUND).all(), "a long note is cut short"
    titled = draw_sheet(FlatPlate(), _left_half, [1001], cell_width=200, title="Demo " * 40, notes={})
    assert titled.shape[0] == plain.shape[0] + HEADER - MARGIN
    assert (titled[:, -MARGIN:] == GROUND).all()
    assert plain[MARGIN : MARGIN + 100, MARGIN : MARGIN + GUTTER].max() > 100, "the row's name"


def test_a_frame_without_a_matte_says_so() -> None:
    sheet = draw_sheet(FlatPlate(), lambda _: None, [1001], cell_width=128, notes={})
    cell = _cell(sheet, 1, size=(128, 72))
    assert (cell[0, 0] == EMPTY).all()
    assert cell.max() > 100


def test_cells_show_the_display_window_with_square_pixels() -> None:
    wide = FlatPlate(canvas=Window(-10, -6, 70, 40), pixel_aspect=2.0)
    on_canvas = np.zeros((46, 80), np.float32)
    on_canvas[6:42, 10:42] = 1
    sheet = draw_sheet(wide, lambda _: on_canvas, [1002], cell_width=128, notes={})
    plate, matte = (_cell(sheet, row, size=(128, 36)) for row in range(2))
    assert (plate == plate[0, 0]).all(), "nothing from outside the display window"
    assert (matte[:, :63] == 255).all()
    assert (matte[:, 65:] == 0).all()


def test_a_matte_of_another_size_is_refused() -> None:
    with pytest.raises(BadField, match="10x10; the plate is 64x36"):
        draw_sheet(FlatPlate(), lambda _: np.zeros((10, 10), np.float32), [1001], notes={})


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_the_file_is_what_was_drawn(tmp_path: Path, suffix: str) -> None:
    drawn = draw_sheet(FlatPlate(), _left_half, [1001, 1002], cell_width=64, title="demo", notes={})
    out = contact_sheet(
        FlatPlate(), _left_half, [1001, 1002], tmp_path / "new" / f"sheet{suffix}", cell_width=64, title="demo"
    )
    read = cv2.imread(str(out))
    assert read.shape == drawn.shape
    assert np.abs(read.astype(int) - drawn).mean() < (0.001 if suffix == ".png" else 4)
    assert [path.name for path in out.parent.iterdir()] == [out.name], "no temporary file is left"


def test_max_bytes_lowers_quality_then_size(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)

    def noise(frame: int) -> np.ndarray:
        return rng.uniform(size=(36, 64)).astype(np.float32)

    frames = list(range(1001, 1009))
    free = contact_sheet(FlatPlate(), noise, frames, tmp_path / "free.jpg", cell_width=160)
    limit = free.stat().st_size * 2 // 3
    less = contact_sheet(FlatPlate(), noise, frames, tmp_path / "less.jpg", cell_width=160, max_bytes=limit)
    assert less.stat().st_size <= limit
    assert cv2.imread(str(less)).shape == cv2.imread(str(free)).shape, "quality gives way first"
    least = contact_sheet(FlatPlate(), noise, frames, tmp_path / "least.png", cell_width=160, max_bytes=limit)
    assert least.stat().st_size <= limit
    assert cv2.imread(str(least)).shape[1] < cv2.imread(str(free)).shape[1], "a PNG gets smaller"


def test_what_cannot_be_made_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadField, match="at least one frame"):
        contact_sheet(FlatPlate(), _left_half, [], tmp_path / "sheet.png")
    with pytest.raises(BadField, match=r"sheet\.tif"):
        contact_sheet(FlatPlate(), _left_half, [1001], tmp_path / "sheet.tif")
    with pytest.raises(BadField, match="10 bytes"):
        contact_sheet(FlatPlate(), _left_half, [1001], tmp_path / "sheet.jpg", max_bytes=10)
    (tmp_path / "file").write_text("")
    with pytest.raises(NotWritable, match="contact sheet"):
        contact_sheet(FlatPlate(), _left_half, [1001], tmp_path / "file" / "sheet.jpg")


def test_pick_frames_spreads_evenly_with_both_ends() -> None:
    assert pick_frames(1001, 1096, 6) == [1001, 1020, 1039, 1058, 1077, 1096]
    assert pick_frames(1, 3, 10) == [1, 2, 3]
    assert pick_frames(-5, 5, 3) == [-5, 0, 5]
    assert pick_frames(10, 20, 1) == [15]
    with pytest.raises(BadField, match="pick 3 frames"):
        pick_frames(20, 10, 3)
    with pytest.raises(BadField, match="pick 0 frames"):
        pick_frames(1, 2, 0)
