"""Looking right over the original: properties equal as data, and pictures equal to what they must be.

The clip below is moved, turned, cropped and of another size than the timeline; the cut-out over it must change no pixel
where that is opaque, and over black show just what it would show had an artist set each property by hand.

The plate is smooth: a soft edge over grain is filtered with its color, which no copied property can make up for.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import footage
import numpy as np
import pytest
from numpy.typing import NDArray
from placing_rig import HOUR, edit_of, lay, place, results
from resolve_rig import SIZE, opened

from mattewire_resolve import looks, placing
from mattewire_resolve.placing import Kind

WIDTH, HEIGHT = SIZE
Movie = Callable[..., str]
MOVED = {
    "ZoomX": 1.3, "ZoomY": 0.8, "Pan": 7.25, "Tilt": -3.5, "RotationAngle": 11.0, "AnchorPointX": 9.0,
    "AnchorPointY": -4.0, "CropLeft": 9.5, "CropRight": 3.0, "CropTop": 4.0, "CropBottom": 2.25, "FlipX": True,
}  # fmt: skip
OTHER = {"RetimeProcess": 2, "MotionEstimation": 3, "ResizeFilter": 4, "Scaling": 3}


def half(pixels: NDArray[np.float64]) -> NDArray[np.float32]:
    """Values that a half-float EXR holds exactly."""
    return pixels.astype(np.float16).astype(np.float32)


def shot(tmp_path: Path, width: int = WIDTH, height: int = HEIGHT, count: int = 4) -> tuple[str, str]:
    """A plate of slow waves, and cut-outs of it with a soft disc as alpha; their patterns."""
    ys, xs = np.mgrid[0:height, 0:width] + 0.5
    disc = np.clip(height / 3 + 0.5 - np.hypot(xs - width / 2.5, ys - height / 2), 0, 4) / 4
    for folder in ("plate", "mattes"):
        (tmp_path / folder).mkdir(parents=True)
    for number in range(1001, 1001 + count):
        waves = [np.sin(xs / 23 + number), np.cos(ys / 19 + xs / 41), np.sin((xs - ys) / 29 + number)]
        plate = half(0.5 + 0.4 * np.stack(waves, axis=2))
        footage.write_image(tmp_path / "plate" / f"p.{number}.exr", plate)
        cut_out = np.concatenate([plate, half(disc)[..., None]], axis=2)
        footage.write_image(tmp_path / "mattes" / f"ball.{number}.exr", cut_out)
    return str(tmp_path / "plate" / "p.%04d.exr"), str(tmp_path / "mattes" / "ball.####.exr")


def placed_over(fake: Any, tmp_path: Path, properties: dict[str, Any], size: tuple[int, int] = SIZE) -> tuple[Any, Any]:
    """The clip with those properties, and the cut-out that was placed over it."""
    plate, mattes = shot(tmp_path, *size)
    item = lay(fake, plate, 0, 4, first=1001, last=1004)
    assert item.SetProperty({"ZoomGang": False, **properties})
    made = place(fake, [item], results(mattes, 1001, 1004))
    assert made.notes == []
    (matte,) = edit_of(fake).GetItemListInTrack("video", 2)
    return item, matte


@pytest.mark.parametrize(
    ("properties", "size"),
    [
        ({}, SIZE),
        ({"ZoomX": 1.25, "ZoomY": 1.25, "ZoomGang": True}, SIZE),
        (MOVED, SIZE),
        ({}, (200, 100)),
        (MOVED, (200, 100)),
        ({**MOVED, "Scaling": 3}, (64, 60)),
        ({"Scaling": 4, "RotationAngle": -200.0}, (64, 60)),
        ({"Scaling": 1, "FlipY": True}, (300, 30)),
    ],
)
def test_pictures(fake: Any, tmp_path: Path, properties: dict[str, Any], size: tuple[int, int]) -> None:
    item, matte = placed_over(fake, tmp_path, properties, size)
    assert matte.GetProperty() == item.GetProperty()
    by_hand = opened()
    reference = lay(by_hand, str(tmp_path / "mattes" / "ball.%04d.exr"), 0, 4, first=1001, last=1004)
    reference.GetMediaPoolItem().SetClipProperty("Alpha mode", "Straight")
    for key, value in {"ZoomGang": False, **properties}.items():
        assert reference.SetProperty(key, value)
    for record in range(HOUR, HOUR + 4):
        both, below = fake.picture(edit_of(fake), record), fake.picture(edit_of(fake), record, 1)
        inside = below[..., 3] == 1
        assert inside.mean() > 0.15
        assert np.abs(both - below)[inside].max() < 1 / 255
        alone, wanted = fake.picture(edit_of(fake), record, 2), by_hand.picture(edit_of(by_hand), record)
        assert np.abs(alone - wanted).max() < 1 / 255
        assert 0.02 < (alone[..., 3] > 0.5).mean() < 0.9


def test_pictures_over_another_background(fake: Any, tmp_path: Path) -> None:
    """With the plate switched off, only what is inside the matte is left of it."""
    item, _ = placed_over(fake, tmp_path, MOVED, (200, 100))
    plate = fake.picture(edit_of(fake), HOUR)
    item.SetClipEnabled(False)
    cut_out = fake.picture(edit_of(fake), HOUR)
    solid = cut_out[..., 3] > 0.999
    assert solid.mean() > 0.02
    assert np.abs(cut_out - plate)[solid].max() < 1 / 255


def test_all_properties_as_data(fake: Any, tmp_path: Path) -> None:
    more = {"Pitch": 0.25, "Yaw": -0.5, "CropSoftness": 12.0, "CropRetain": True, "Distortion": 0.5}
    item, matte = placed_over(fake, tmp_path, {**MOVED, **OTHER, **more})
    assert matte.GetProperty() == item.GetProperty()
    assert matte.GetProperty("ZoomX") == 1.3
    assert matte.GetProperty("ZoomY") == 0.8


def test_the_order(fake: Any, tmp_path: Path) -> None:
    item, _ = placed_over(fake, tmp_path, MOVED)
    order = [key for key, _ in looks.wanted(item.GetProperty(), {"Opacity": 5.0})]
    assert order[0] == "ZoomGang"
    assert sorted(order) == sorted(item.GetProperty())
    assert dict(looks.wanted({"Later": 1, "Pan": 2.0}, {"Opacity": 5.0})) == {"Pan": 2.0, "Opacity": 5.0, "Later": 1}


def test_what_differs() -> None:
    wanted = [("Pan", 0.1), ("FlipX", True), ("Scaling", 3), ("Mode", "a")]
    assert looks.differing(wanted, {"Pan": float(np.float32(0.1)), "FlipX": 1, "Scaling": 3.0, "Mode": "a"}) == []
    assert looks.differing(wanted, {"Pan": 0.2, "FlipX": False, "Mode": "b"}) == ["Pan", "FlipX", "Scaling", "Mode"]


def test_a_property_that_is_refused_is_said(fake: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plate, mattes = shot(tmp_path)
    item = lay(fake, plate, 0, 4, first=1001, last=1004)
    item.SetProperty({"Pan": 5.0, "Distortion": 0.5})
    taken = type(item).SetProperty
    monkeypatch.setattr(type(item), "SetProperty", lambda self, key, value: key != "Pan" and taken(self, key, value))
    made = place(fake, [item], results(mattes, 1001, 1004))
    assert made.notes == ["Resolve did not take Pan for the mattes: set them by hand in the Inspector."]


def test_a_see_through_clip_is_said(fake: Any, tmp_path: Path) -> None:
    plate, mattes = shot(tmp_path)
    item = lay(fake, plate, 0, 4, first=1001, last=1004)
    item.SetProperty({"Opacity": 50.0, "CompositeMode": fake.resolve.COMPOSITE_SCREEN})
    made = place(fake, [item], results(mattes, 1001, 1004))
    (matte,) = edit_of(fake).GetItemListInTrack("video", 2)
    assert (matte.GetProperty("Opacity"), matte.GetProperty("CompositeMode")) == (50.0, 5)
    assert "counts twice" in made.notes[0]


def test_the_color_space_of_the_clip(fake: Any, tmp_path: Path) -> None:
    plate, mattes = shot(tmp_path)
    item = lay(fake, plate, 0, 4, first=1001, last=1004)
    item.GetMediaPoolItem().SetClipProperty("Input Color Space", "ARRI LogC3")
    place(fake, [item], results(mattes, 1001, 1004))
    (matte,) = edit_of(fake).GetItemListInTrack("video", 2)
    assert matte.GetMediaPoolItem().GetClipProperty("Input Color Space") == "ARRI LogC3"


# --- the grade ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("grade", "expected"), [(True, "night"), (False, "")])
def test_the_grade(fake: Any, tmp_path: Path, grade: bool, expected: str) -> None:
    plate, mattes = shot(tmp_path)
    item = lay(fake, plate, 0, 4, first=1001, last=1004)
    fake.grade(item, "night")
    item.AssignToColorGroup(fake.project.AddColorGroup("Exteriors"))
    made = place(fake, [item], results(mattes, 1001, 1004), grade=grade)
    (matte,) = edit_of(fake).GetItemListInTrack("video", 2)
    assert fake.state(edit_of(fake))["tracks"]["video"][1][4][0]["grade"] == expected
    assert bool(matte.GetColorGroup()) is grade
    assert made.notes == []


def test_a_grade_that_is_not_copied_is_said(fake: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plate, mattes = shot(tmp_path)
    item = lay(fake, plate, 0, 4, first=1001, last=1004)
    item.AssignToColorGroup(fake.project.AddColorGroup("Exteriors"))
    monkeypatch.setattr(type(item), "CopyGrades", lambda *_: False)
    monkeypatch.setattr(type(item), "AssignToColorGroup", lambda *_: False)
    made = place(fake, [item], results(mattes, 1001, 1004))
    assert "did not copy the grade" in made.notes[0]
    assert "color group" in made.notes[1]


def test_what_no_script_can_copy_is_said(fake: Any, tmp_path: Path) -> None:
    plate, mattes = shot(tmp_path)
    item = lay(fake, plate, 0, 4, first=1001, last=1004)
    item.AddFusionComp()
    fake.resolve.GetMediaStorage().AddClipMattesToMediaPool(item.GetMediaPoolItem(), [plate % 1001])
    made = place(fake, [item], results(mattes, 1001, 1004))
    assert "Fusion composition" in made.notes[0]
    assert "clip mattes" in made.notes[1]


def test_a_gray_matte_gets_geometry_but_no_grade(fake: Any, tmp_path: Path) -> None:
    plate, mattes = shot(tmp_path)
    item = lay(fake, plate, 0, 4, first=1001, last=1004)
    item.SetProperty({"Pan": 5.0, "Opacity": 30.0})
    fake.grade(item, "night")
    place(fake, [item], results(mattes, 1001, 1004), Kind.MATTE)
    state = fake.state(edit_of(fake))["tracks"]["video"][1][4][0]
    assert (state["grade"], state["properties"]["Pan"], state["properties"]["Opacity"]) == ("", 5.0, 100.0)
    assert placing.on_timeline(edit_of(fake))[0].kind == Kind.MATTE
