"""The clean-up inside the pipeline: whose it is, in which order, and over time against a plain loop."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mattewire_protocol.deliver import CleanUp, Deliverable, Shape, Vertex
from mattewire_protocol.messages import FrameEvent
from mattewire_server.finish.alpha import snap
from mattewire_server.finish.contour import feather
from mattewire_server.finish.dilate import dilate
from mattewire_server.finish.specks import remove_specks
from mattewire_server.finish.temporal import steady
from mattewire_server.shots.cleaning import Cleaning, in_words
from server.shots.soft import HEIGHT, WIDTH, Disc, Soft, channels, write_discs
from server.shots.staged import frames_first_told, frames_of, request, run

Matte = NDArray[np.float32]
FLOAT_ERROR = 1e-6


def square(x: float, y: float, side: float, **more: Any) -> Shape:
    corners = [Vertex(x, y), Vertex(x + side, y), Vertex(x + side, y + side), Vertex(x, y + side)]
    return Shape(polygon=corners, **{"use": "garbage", **more})


def pulled(plate: str, out: Path, **changes: Any) -> dict[int, dict[str, Matte]]:
    """Frame to layers, in full precision, of a job with all discs."""
    wanted = Deliverable(str(out / "l.####.exr"), content="layers", depth="float")
    fields = {"prompts": ["disc"], "pick": "all", **changes}
    events = run(request(plate, deliverables=[wanted], **fields), Soft())
    return {
        frame: {name.removesuffix(".A"): layer for name, layer in channels(out / f"l.{frame}.exr")[1].items()}
        for frame in sorted(frames_of(events))
    }


def far(one: Matte, other: Matte) -> float:
    return float(np.abs(one - other).max())


# --- whose clean-up ----------------------------------------------------------------------------------------------


def test_an_object_has_its_own_clean_up_and_the_others_the_common_one(tmp_path: Path) -> None:
    plate = write_discs(tmp_path / "plate", frames=[1001, 1002])
    plain = pulled(plate, tmp_path / "plain")
    cleaned = pulled(plate, tmp_path / "clean", clean_up=[CleanUp(dilate=1.25), CleanUp(object=2, feather=9)])
    for frame, layers in plain.items():
        for name, expected in (
            ("disc_1", snap(dilate(layers["disc_1"], 1.25))),
            ("disc_2", snap(feather(layers["disc_2"], 9))),
            ("disc_3", snap(dilate(layers["disc_3"], 1.25))),
        ):
            assert far(cleaned[frame][name], expected) < FLOAT_ERROR
            assert far(cleaned[frame][name], layers[name]) > 0.05


def test_without_a_common_one_the_others_stay_as_they_are(tmp_path: Path) -> None:
    plate = write_discs(tmp_path / "plate", frames=[1001])
    plain = pulled(plate, tmp_path / "plain")[1001]
    cleaned = pulled(plate, tmp_path / "clean", clean_up=[CleanUp(object=2, dilate=-2)])[1001]
    assert np.array_equal(cleaned["disc_1"], plain["disc_1"])
    assert cleaned["disc_2"].sum() < plain["disc_2"].sum()
    assert cleaned["A"].sum() < plain["A"].sum(), "the union is made of the cleaned ones"


def test_garbage_goes_before_the_clean_up_and_holdouts_after_it(tmp_path: Path) -> None:
    """A garbage matte's own edge is cleaned with the rest; a holdout's stays where it was drawn."""
    plate = write_discs(tmp_path / "plate", [Disc(48, 27, 20)], [1001])
    corner = {"x": 0, "y": 0, "side": 48}
    cuts = {
        use: pulled(
            plate, tmp_path / use, shapes=[square(**corner, use=use)], clean_up=[CleanUp(dilate=3)], prompts=["red"]
        )
        for use in ("garbage", "holdout")
    }
    row = {use: layers[1001]["A"][27] for use, layers in cuts.items()}
    assert (row["holdout"][:48] == 0).all(), "to the pixel"
    assert (row["holdout"][48:60] == 1).all()
    assert (row["garbage"][45:60] == 1).all(), "three pixels outward from where it was cut"
    assert (row["garbage"][:44] == 0).all()


def test_a_speck_that_garbage_halves_is_not_left_for_the_speck_size(tmp_path: Path) -> None:
    plate = write_discs(tmp_path / "plate", [Disc(40, 27, 14), Disc(80, 27, 4, soft=1)], [1001])
    cleaned = pulled(
        plate, tmp_path / "c", prompts=["green"], clean_up=[CleanUp(remove_specks=7)], shapes=[square(80, 0, 54)]
    )[1001]["A"]
    assert not cleaned.any(), "half a disc of 8 pixels is smaller than 7"
    whole = pulled(plate, tmp_path / "w", prompts=["green"], clean_up=[CleanUp(remove_specks=7)])[1001]["A"]
    assert whole.sum() > 40


def test_shapes_of_one_object_and_outside_and_for_some_frames(tmp_path: Path) -> None:
    plate = write_discs(tmp_path / "plate", frames=range(1001, 1005))
    plain = pulled(plate, tmp_path / "plain")
    shapes = [
        square(10, 10, 20, object=1, use="holdout"),
        square(30, 0, 30, object=2, use="holdout", outside=True, first=1002, last=1003),
    ]
    cut = pulled(plate, tmp_path / "cut", shapes=shapes)
    for frame, layers in plain.items():
        held = layers["disc_1"].copy()
        held[10:30, 10:30] = 0
        assert np.array_equal(cut[frame]["disc_1"], held)
        kept = layers["disc_2"].copy()
        if frame in (1002, 1003):
            outside = np.ones((HEIGHT, WIDTH), bool)
            outside[:30, 30:60] = False
            kept[outside] = 0
        assert np.array_equal(cut[frame]["disc_2"], kept)
        assert np.array_equal(cut[frame]["disc_3"], layers["disc_3"])


def test_exact_0_and_1_stay_whatever_is_done(tmp_path: Path) -> None:
    plate = write_discs(tmp_path / "plate", frames=[1001, 1002, 1003])
    strong = CleanUp(remove_specks=3, fill_holes=3, close=2, smooth=2, temporal=1, dilate=0.7, feather=3)
    for layers in pulled(plate, tmp_path / "c", clean_up=[strong]).values():
        for layer in layers.values():
            assert ((layer == 0) | (layer == 1) | ((layer > 1 / 512) & (layer < 1 - 1 / 512))).all()
            assert (layer == 1).any()


# --- over time ---------------------------------------------------------------------------------------------------


@pytest.fixture
def jitter(tmp_path: Path) -> str:
    """A disc whose edge chatters by up to a pixel, frame by frame; its sequence of radii is fixed."""
    radii = np.random.default_rng(5).uniform(14, 16, 30)
    for index, frame in enumerate(range(1017, 1029)):
        plate = write_discs(tmp_path / "plate", [Disc(48, 27, float(radii[index]), soft=2)], [frame])
    return plate


def plain_loop(mattes: Mapping[int, Matte], temporal: int) -> dict[int, Matte]:
    """What steadying is, without threads and waiting."""
    order = sorted(mattes)
    done = {}
    for place, frame in enumerate(order):
        before = [mattes[other] for other in order[max(0, place - temporal) : place]]
        after = [mattes[other] for other in order[place + 1 : place + 1 + temporal]]
        done[frame] = steady(before, mattes[frame], after)
    return done


@pytest.mark.parametrize("temporal", [1, 2, 5])
@pytest.mark.parametrize("keyframe", [1017, 1022, 1028])
def test_steadying_equals_a_plain_loop_from_whichever_keyframe(
    jitter: str, tmp_path: Path, temporal: int, keyframe: int
) -> None:
    plain = {frame: layers["A"] for frame, layers in pulled(jitter, tmp_path / "plain", prompts=["red"]).items()}
    stage = Soft()
    wanted = Deliverable(str(tmp_path / "s" / "m.####.exr"), depth="float")
    more = {"clean_up": [CleanUp(temporal=temporal)], "keyframe": keyframe}
    events = run(request(jitter, deliverables=[wanted], **more), stage)
    told = frames_first_told(events)
    assert sorted(told) == list(range(1017, 1029)), "every frame"
    assert stage.stepped == [*range(keyframe, 1029), *range(keyframe - 1, 1016, -1)]
    for frame, expected in plain_loop(plain, temporal).items():
        found = channels(tmp_path / "s" / f"m.{frame}.exr")[1]["A"]
        assert far(found, snap(expected.copy())) < FLOAT_ERROR
    inner = range(1018, 1028)
    moved = max(far(channels(tmp_path / "s" / f"m.{frame}.exr")[1]["A"], plain[frame]) for frame in inner)
    assert moved > 0.1, "else nothing was steadied"


@pytest.mark.parametrize("count", [1, 3])
def test_a_shot_shorter_than_its_steadying(tmp_path: Path, count: int) -> None:
    plate = write_discs(tmp_path / "plate", [Disc(40, 27, 14, dx=1), Disc(60, 27, 9)], range(1023, 1023 + count))
    plain = pulled(plate, tmp_path / "plain")
    steadied = pulled(plate, tmp_path / "s", clean_up=[CleanUp(temporal=5)])
    assert sorted(steadied) == list(range(1023, 1023 + count))
    for name in ("disc_1", "disc_2"):
        loop = plain_loop({frame: layers[name] for frame, layers in plain.items()}, 5)
        for frame, expected in loop.items():
            assert far(steadied[frame][name], snap(expected.copy())) < FLOAT_ERROR


def test_objects_are_steadied_each_by_its_own_number_of_frames(jitter: str, tmp_path: Path) -> None:
    """The neighbors that one object asks for are not used for another."""
    settings = [CleanUp(object=1, temporal=2), CleanUp(object=2, dilate=1), CleanUp(object=3, temporal=5)]
    once = pulled(jitter, tmp_path / "once", prompts=["red"], clean_up=[CleanUp(temporal=2)])
    more = pulled(jitter, tmp_path / "more", prompts=["red"], clean_up=settings)
    for frame, layers in once.items():
        assert np.array_equal(more[frame]["A"], layers["A"])


def test_an_object_that_is_absent_beside_a_frame_is_not_smeared_into_it(tmp_path: Path) -> None:
    absent = frozenset({1003})
    plate = write_discs(tmp_path / "plate", [Disc(48, 27, 15, absent=absent)], range(1001, 1006))
    plain = pulled(plate, tmp_path / "plain", prompts=["red"])
    steadied = pulled(plate, tmp_path / "s", prompts=["red"], clean_up=[CleanUp(temporal=1)])
    assert not steadied[1003]["A"].any()
    for frame in (1002, 1004):
        assert far(steadied[frame]["A"], plain[frame]["A"]) < FLOAT_ERROR


def test_flags_are_those_of_the_tracking_with_and_without(tmp_path: Path) -> None:
    plate = write_discs(tmp_path / "plate", frames=range(1001, 1008))
    slips = {1005: {1: None}, 1006: {1: 0}, 1002: {1: None}, 1001: {1: 0}}

    def flags(temporal: int) -> dict[int, list[str]]:
        wanted = request(
            plate, str(tmp_path / f"{temporal}" / "m.####.exr"), keyframe=1004, clean_up=[CleanUp(temporal=temporal)]
        )
        events = run(wanted, Soft(slips=slips))
        return {event.frame: event.flags for event in events if isinstance(event, FrameEvent) and event.flags}

    gone = ["out of sight", "dropped"]  # in the middle of the picture
    expected = {1005: gone, 1006: ["found again"], 1002: gone, 1001: ["found again"]}
    assert [flags(temporal) for temporal in (0, 1, 2, 5)] == [expected] * 4


# --- on plain data -----------------------------------------------------------------------------------------------


def test_nothing_asked_for_gives_back_the_same_array() -> None:
    matte = cv2.GaussianBlur(np.eye(32, dtype=np.float32), (0, 0), 2)
    before = matte.copy()
    cleaning = Cleaning()
    assert cleaning.reach == 0
    assert cleaning.alone(1, 1001, matte) is matte
    assert cleaning.together(1, 1001, matte, {}) is matte
    Cleaning([CleanUp(smooth=2, dilate=2)]).alone(1, 1001, matte)
    assert np.array_equal(matte, before), "and the engine's matte is never changed"


def test_specks_are_removed_alone_and_the_edge_moved_together() -> None:
    matte = np.zeros((40, 40), np.float32)
    matte[5:25, 5:25] = 1
    matte[35, 35] = 1
    cleaning = Cleaning([CleanUp(remove_specks=3, dilate=2)])
    alone = cleaning.alone(1, 1001, matte)
    assert far(alone, snap(remove_specks(matte, 3))) == 0
    together = cleaning.together(1, 1001, alone, {})
    assert far(together, snap(dilate(alone, 2))) == 0


def test_the_clean_up_in_words() -> None:
    clean_up = [CleanUp(dilate=-1.5, temporal=2), CleanUp(object=2, remove_specks=12), CleanUp(object=3)]
    shapes = [square(0, 0, 5), square(9, 9, 5), square(0, 0, 5, use="holdout")]
    assert in_words(clean_up, shapes) == (
        "temporal 2, dilate -1.5; object 2: remove specks 12; 2 garbage shapes; 1 holdout shape"
    )
    assert in_words([CleanUp()], []) == ""
