"""The picture at a record frame, against what numpy says it must be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import fake_resolve
import footage
import numpy as np
import OpenImageIO as oiio
import pytest
from numpy.typing import NDArray
from resolve_rig import SIZE, opened

HOUR = 86400
WIDTH, HEIGHT = SIZE
Floats = NDArray[np.float32]


def noise(width: int = WIDTH, height: int = HEIGHT, channels: int = 3, seed: int = 1) -> Floats:
    """Half-float values, so that an EXR holds them exactly."""
    made = np.random.default_rng(seed).random((height, width, channels))
    return made.astype(np.float16).astype(np.float32)


def still(fake: Any, path: Path, pixels: Floats, track: int = 1, **properties: Any) -> Any:
    """An EXR of those pixels for one record frame, its alpha straight; the item."""
    pool, edit = fake.project.GetMediaPool(), fake.project.GetCurrentTimeline()
    while edit.GetTrackCount("video") < track:
        edit.AddTrack("video")
    (clip,) = pool.ImportMedia([footage.write_image(path, pixels)])
    clip.SetClipProperty("Alpha mode", "Straight")
    (item,) = pool.AppendToTimeline([{"mediaPoolItem": clip, "trackIndex": track, "recordFrame": HOUR}])
    assert all(item.SetProperty(key, value) for key, value in properties.items())
    return item


def seen(fake: Any, **where: Any) -> Floats:
    return fake.picture(fake.project.GetCurrentTimeline(), HOUR, **where)


def test_a_gap_is_clear(fake: Any) -> None:
    assert seen(fake).shape == (HEIGHT, WIDTH, 4)
    assert not seen(fake).any()


def test_as_it_is(fake: Any, tmp_path: Path) -> None:
    pixels = noise()
    still(fake, tmp_path / "a.exr", pixels)
    assert np.array_equal(seen(fake)[..., :3], pixels)
    assert (seen(fake)[..., 3] == 1).all()


def test_alpha_modes(fake: Any, tmp_path: Path) -> None:
    pixels = noise(channels=4)
    item = still(fake, tmp_path / "a.exr", pixels)
    assert np.allclose(seen(fake), pixels, atol=1e-6)
    item.GetMediaPoolItem().SetClipProperty("Alpha mode", "Premultiplied")
    assert np.allclose(seen(fake)[..., :3], pixels[..., :3] / pixels[..., 3:], rtol=1e-5)
    item.GetMediaPoolItem().SetClipProperty("Alpha mode", "None")
    assert np.array_equal(seen(fake)[..., :3], pixels[..., :3])
    assert (seen(fake)[..., 3] == 1).all()


def test_a_cut_out_lies_over_the_plate(fake: Any, tmp_path: Path) -> None:
    below, over = noise(), noise(channels=4, seed=2)
    still(fake, tmp_path / "below.exr", below)
    still(fake, tmp_path / "over.exr", over, track=2, Opacity=40.0)
    alpha = over[..., 3:] * 0.4
    assert np.allclose(seen(fake)[..., :3], over[..., :3] * alpha + below * (1 - alpha), atol=1e-6)
    assert np.allclose(seen(fake, track=2)[..., 3:], alpha, atol=1e-6)
    assert np.array_equal(seen(fake, track=1)[..., :3], below)
    fake.project.GetCurrentTimeline().SetTrackEnable("video", 2, False)
    assert np.array_equal(seen(fake)[..., :3], below)


def test_the_same_cut_out_over_its_own_plate_changes_nothing(fake: Any, tmp_path: Path) -> None:
    """What the panel promises: same transform, same crop, and the picture is the plate's."""
    moved = {"ZoomGang": False, "ZoomX": 1.3, "ZoomY": 0.8, "Pan": 7.25, "Tilt": -3.5, "CropLeft": 9.5, "CropTop": 4.0}
    plate = noise()
    still(fake, tmp_path / "plate.exr", plate, RotationAngle=11.0, **moved)
    alone = seen(fake)
    cut_out = np.concatenate([plate, np.full_like(plate[..., :1], 0.5)], axis=2)
    still(fake, tmp_path / "over.exr", cut_out, track=2, RotationAngle=11.0, **moved)
    inside = alone[..., 3] == 1
    assert 0.2 < inside.mean() < 1
    assert np.allclose(seen(fake)[inside], alone[inside], atol=1e-6)


def test_pan_and_tilt_are_timeline_pixels(fake: Any, tmp_path: Path) -> None:
    pixels = noise()
    still(fake, tmp_path / "a.exr", pixels, Pan=10.0, Tilt=4.0)
    made = seen(fake)
    assert np.allclose(made[:-4, 10:, :3], pixels[4:, :-10], atol=1e-6)  # right, and up
    assert not made[-4:].any()
    assert not made[:, :10].any()


def test_half_a_pixel_is_the_mean_of_two(fake: Any, tmp_path: Path) -> None:
    pixels = noise()
    still(fake, tmp_path / "a.exr", pixels, Pan=0.5)
    assert np.allclose(seen(fake)[:, 1:, :3], (pixels[:, 1:] + pixels[:, :-1]) / 2, atol=1e-6)
    assert np.allclose(seen(fake)[:, 0, 3], 0.5)


def test_zoom_flip_and_rotation(fake: Any, tmp_path: Path) -> None:
    pixels = noise()
    item = still(fake, tmp_path / "a.exr", pixels, FlipX=True)
    assert np.allclose(seen(fake)[..., :3], pixels[:, ::-1], atol=1e-6)
    item.SetProperty({"FlipX": False, "RotationAngle": 180.0})
    assert np.allclose(seen(fake)[..., :3], pixels[::-1, ::-1], atol=1e-6)
    item.SetProperty({"RotationAngle": 90.0})
    middle, half = WIDTH // 2, HEIGHT // 2
    square = pixels[:, middle - half : middle + half]
    assert np.allclose(seen(fake)[:, middle - half : middle + half, :3], np.rot90(square), atol=1e-6)
    item.SetProperty({"RotationAngle": 0.0, "ZoomX": 0.5})
    boxes = pixels.reshape(HEIGHT // 2, 2, WIDTH // 2, 2, 3).mean(axis=(1, 3))
    assert np.allclose(seen(fake)[HEIGHT // 4 : -HEIGHT // 4, WIDTH // 4 : -WIDTH // 4, :3], boxes, atol=1e-6)
    item.SetProperty("ZoomX", 0.0)
    assert not seen(fake).any()


def test_the_anchor_is_the_point_that_stays(fake: Any, tmp_path: Path) -> None:
    still(fake, tmp_path / "a.exr", noise(), AnchorPointX=20.0, AnchorPointY=10.0, ZoomX=0.5)
    rows, columns = np.nonzero(seen(fake)[..., 3] > 0.5)
    assert (columns.min() + columns.max() + 1) / 2 == WIDTH / 2 + 20 / 2
    assert (rows.min() + rows.max() + 1) / 2 == HEIGHT / 2 - 10 / 2


def test_crop_leaves_the_rest_where_it_is(fake: Any, tmp_path: Path) -> None:
    pixels = noise()
    still(fake, tmp_path / "a.exr", pixels, CropLeft=8.0, CropRight=16.0, CropTop=3.0, CropBottom=5.5)
    made = seen(fake)
    assert np.allclose(made[3:-6, 8:-16, :3], pixels[3:-6, 8:-16], atol=1e-6)
    assert np.allclose(made[-6, 8:-16, 3], 0.5)
    assert made[..., 3].sum() == pytest.approx((WIDTH - 24) * (HEIGHT - 8.5))


@pytest.mark.parametrize(
    ("mode", "setting", "covered"),
    [
        ("SCALE_CROP", "centerCrop", (64, 48)),
        ("SCALE_FIT", "scaleToFit", (64, 48)),
        ("SCALE_FILL", "scaleToCrop", (128, 48)),
        ("SCALE_STRETCH", "stretch", (128, 48)),
    ],
)
def test_scaling(tmp_path: Path, mode: str, setting: str, covered: tuple[int, int]) -> None:
    """A clip of 64 x 48 on 128 x 48, by its own mode and by the project's."""
    by_project = opened()
    by_project.manager.CreateProject("Other").SetSetting("timelineInputResMismatchBehavior", setting)
    by_project.project.GetMediaPool().CreateEmptyTimeline("Edit")
    by_clip = opened()
    pictures = []
    for fake, properties in ((by_project, {}), (by_clip, {"Scaling": getattr(by_clip.resolve, mode)})):
        still(fake, tmp_path / "a.exr", noise(64, 48), **properties)
        made = seen(fake)
        rows, columns = np.nonzero(made[..., 3] > 0.5)
        assert (np.ptp(columns) + 1, np.ptp(rows) + 1) == covered
        pictures.append(made)
    assert np.array_equal(*pictures)


def test_fit_makes_a_larger_clip_smaller(fake: Any, tmp_path: Path) -> None:
    pixels = noise(2 * WIDTH, 2 * HEIGHT)
    still(fake, tmp_path / "a.exr", pixels)
    assert np.allclose(seen(fake)[..., :3], pixels.reshape(HEIGHT, 2, WIDTH, 2, 3).mean(axis=(1, 3)), atol=1e-6)


def test_movies_with_and_without_alpha(fake: Any, movie: Any) -> None:
    pool, edit = fake.project.GetMediaPool(), fake.project.GetCurrentTimeline()
    edit.AddTrack("video")
    (clip,) = pool.ImportMedia([movie("over.mov", alpha=True)])
    assert clip.GetClipProperty("Alpha mode") == "Straight"
    pool.AppendToTimeline([{"mediaPoolItem": clip, "trackIndex": 2, "recordFrame": HOUR}])
    made = fake.picture(edit, HOUR + 6)
    assert np.allclose(made[..., 3], 128 / 255, atol=1e-4)
    assert np.array_equal(made[..., :3] > 0.5, footage.numbered(6) > 0.5)


def test_the_still_is_the_picture_at_the_playhead(fake: Any, tmp_path: Path) -> None:
    pixels = noise()
    still(fake, tmp_path / "a.exr", pixels)
    path = tmp_path / "still.png"
    assert fake.project.ExportCurrentFrameAsStill(str(path)) is True
    source = oiio.ImageInput.open(str(path))
    assert np.allclose(source.read_image(format="float"), pixels, atol=0.51 / 255)
    source.close()
    assert fake.project.ExportCurrentFrameAsStill(str(tmp_path / "no" / "still.png")) is False


@pytest.mark.parametrize("wish", [{"Pitch": 0.5}, {"CompositeMode": 1}, {"CropSoftness": 5.0}, {"Distortion": 0.1}])
def test_what_would_be_a_guess_is_refused(fake: Any, tmp_path: Path, wish: dict[str, Any]) -> None:
    still(fake, tmp_path / "a.exr", noise(), **wish)
    with pytest.raises(fake_resolve.NotModeled, match=next(iter(wish))):
        seen(fake)


def test_color_spaces_and_compositions_are_refused(fake: Any, tmp_path: Path) -> None:
    item = still(fake, tmp_path / "a.exr", noise())
    clip = item.GetMediaPoolItem()
    clip.SetClipProperty("Input Color Space", "ARRI LogC3")
    with pytest.raises(fake_resolve.NotModeled, match="LogC3"):
        seen(fake)
    clip.SetClipProperty("Input Color Space", "Bypass")
    assert item.AddFusionComp() is not None
    with pytest.raises(fake_resolve.NotModeled, match="Fusion"):
        seen(fake)


def test_a_data_window_is_placed_in_its_display_window(fake: Any, tmp_path: Path) -> None:
    spec = oiio.ImageSpec(4, 3, 3, "half")
    spec.x, spec.y, spec.full_width, spec.full_height = 10, 20, WIDTH, HEIGHT
    out = oiio.ImageOutput.create(str(tmp_path / "a.exr"))
    assert out.open(str(tmp_path / "a.exr"), spec)
    assert out.write_image(np.ones((3, 4, 3), np.float32))
    assert out.close()
    pool = fake.project.GetMediaPool()
    pool.AppendToTimeline(pool.ImportMedia([str(tmp_path / "a.exr")]))
    rows, columns = np.nonzero(seen(fake)[..., 0])
    assert (columns.min(), columns.max(), rows.min(), rows.max()) == (10, 13, 20, 22)
