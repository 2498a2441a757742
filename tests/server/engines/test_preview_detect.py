"""Finding what color and shape words name on one picture."""

import numpy as np
import pytest

from mattewire_protocol.errors import PromptNotUnderstood
from mattewire_server.engines.preview import colors, engine
from mattewire_server.engines.preview.detect import overlap
from mattewire_server.engines.seams import Picture
from server.engines.preview_clips import Clip, Thing, box_around

RED, ORANGE, BLUE, GREEN = (0.55, 0.04, 0.03), (0.65, 0.2, 0.03), (0.04, 0.1, 0.5), (0.05, 0.35, 0.06)


def still(x, y):
    return lambda time: (x, y)


SET = Clip(
    [
        Thing(RED, 20, still(60, 60)),
        Thing(RED, 16, still(250, 120), "block"),
        Thing(ORANGE, 18, still(150, 120)),
        Thing(BLUE, 14, still(200, 40)),
    ]
)


def find(phrases, exclude=(), settings=None, clip=SET):
    return engine(settings or {}).detector.find(clip.render(1001)[0], phrases, exclude)


def test_finds_the_red_ball_and_not_the_red_block_first():
    picture, alpha = SET.render(1001)
    found = engine({}).detector.find(picture, ["the red ball"])
    assert overlap(found[0].box, box_around(alpha)) > 0.75
    assert found[0].phrase == "the red ball"
    assert 0.8 < found[0].score <= 1
    assert all(found[0].score > other.score for other in found[1:])


def test_shape_words_choose_between_things_of_one_color():
    assert find(["red block"])[0].box[0] > 200
    assert find(["red ball"])[0].box[0] < 100


@pytest.mark.parametrize("phrase", ["purple ball", "green thing", "yellow block", "white ball"])
def test_absent_things_give_nothing(phrase):
    assert find([phrase]) == []


def test_a_shape_alone_is_looked_for_in_every_color():
    centers = sorted(round((box.box[0] + box.box[2]) / 2, -1) for box in find(["ball"]))
    assert {60, 150, 200} <= set(centers)


def test_several_phrases_give_several_objects_best_first():
    found = find(["red ball", "blue ball"])
    assert {item.phrase for item in found} == {"red ball", "blue ball"}
    assert [item.score for item in found] == sorted((item.score for item in found), reverse=True)


def test_the_same_thing_by_two_phrases_is_one_object():
    found = find(["blue ball", "blue thing"])
    assert len([item for item in found if item.box[0] > 170 and item.box[2] < 230]) == 1


def test_excluded_phrases_take_away_what_they_name_better():
    assert any(item.box[0] > 200 for item in find(["red thing"]))
    kept = find(["red thing"], ["red block"])
    assert kept
    assert all(item.box[0] < 100 for item in kept)


def test_excluding_says_which_field_is_at_fault():
    with pytest.raises(PromptNotUnderstood) as caught:
        find(["red ball"], ["actor"])
    assert caught.value.field == "exclude"


def test_settings_limit_what_is_found():
    assert len(find(["ball"], settings={"max_objects": 1})) == 1
    assert find(["red ball"], settings={"box_threshold": 1.1}) == []
    assert find(["red ball"], settings={"box_threshold": None, "max_objects": None})


def test_boxes_are_picture_pixels_at_any_size():
    large = Clip([Thing(RED, 120, still(1500, 700))], width=1920, height=1080, samples=1)
    picture, alpha = large.render(1001)
    found = engine({}).detector.find(picture, ["red ball"])
    assert overlap(found[0].box, box_around(alpha)) > 0.8


def test_a_ball_that_touches_something_alike_is_found_by_its_disc():
    clip = Clip([Thing(GREEN, 24, still(100, 80)), Thing(GREEN, 12, still(126, 108), "block")], samples=1, grain=0)
    found = find(["green ball"], clip=clip)
    assert overlap(found[0].box, (76, 56, 124, 104)) > 0.5


@pytest.mark.parametrize(
    ("rgb", "color"),
    [
        ((0.8, 0.1, 0.1), "red"),
        ((0.95, 0.5, 0.1), "orange"),
        ((0.9, 0.8, 0.1), "yellow"),
        ((0.1, 0.6, 0.15), "green"),
        ((0.1, 0.65, 0.65), "cyan"),
        ((0.1, 0.2, 0.8), "blue"),
        ((0.45, 0.1, 0.6), "purple"),
        ((0.95, 0.5, 0.75), "pink"),
        ((0.45, 0.28, 0.15), "brown"),
        ((0.95, 0.95, 0.95), "white"),
        ((0.45, 0.45, 0.45), "gray"),
        ((0.04, 0.04, 0.04), "black"),
    ],
)
def test_color_words_mean_their_colors(rgb, color):
    lab = colors.to_lab(np.full((2, 2, 3), rgb, np.float32))
    best = max(colors.REGIONS, key=lambda name: float(colors.membership(lab, name)[0, 0]))
    assert best == color
    assert colors.membership(lab, color)[0, 0] > 0.5


def test_tones_narrow_a_color():
    dark = colors.to_lab(np.full((1, 1, 3), (0.05, 0.25, 0.08), np.float32))
    light = colors.to_lab(np.full((1, 1, 3), (0.6, 0.95, 0.6), np.float32))
    assert colors.membership(dark, "green", "dark")[0, 0] > 0.5 > colors.membership(dark, "green", "light")[0, 0]
    assert colors.membership(light, "green", "light")[0, 0] > 0.5 > colors.membership(light, "green", "dark")[0, 0]


def test_a_flat_picture_has_no_objects():
    flat = Picture(1, np.full((90, 160, 3), 0.5, np.float32))
    assert engine({}).detector.find(flat, ["red ball", "blue thing"]) == []
