"""The parts under the tracker: views, shapes, color models, soft edges, circles, rivals."""

import numpy as np
import pytest

from mattewire_server.engines.preview import appearance, ball, colors, edges, marks, outline, search, shapes
from mattewire_server.engines.preview.views import Sight, View, share_of, shift
from mattewire_server.engines.seams import Hint, Mark, Picture
from server.engines.preview_clips import Clip, Thing, iou


def disc(height, width, x, y, radius):
    ys, xs = np.mgrid[0:height, 0:width] + 0.5
    return (np.hypot(xs - x, ys - y) <= radius).astype(np.float32)


def test_views_are_cut_to_the_picture_and_bounded():
    view = View.around((-50, 20, 900, 600), 10, (800, 500), 100)
    assert (view.x0, view.y0, view.x1, view.y1) == (0, 10, 800, 500)
    assert max(view.width, view.height) == 100
    outside = View.around((900, 600, 950, 700), 0, (800, 500), 100)
    assert (outside.x1, outside.y1) == (800, 500)
    assert outside.x1 - outside.x0 >= 8


def test_views_sample_what_they_cut():
    raster = np.add.outer(np.arange(60, dtype=np.float32), np.arange(80, dtype=np.float32))
    view = View.around((10, 10, 50, 40), 0, (80, 60), 20)
    values = view.cut(raster)
    assert values.shape == (view.height, view.width)
    assert np.allclose(view.sample(values, view.points()), values, atol=1e-3)
    assert view.sample(values, np.full((1, 1, 2), 500, np.float32), outside=7)[0, 0] == 7


def test_sights_measure_in_picture_pixels():
    view = View(100, 50, 200, 150, 50, 50)
    sight = Sight(view, disc(50, 50, 25, 25, 10))
    assert sight.area == pytest.approx(np.pi * 20**2, rel=0.02)
    assert sight.center == pytest.approx((150, 100), abs=1)
    assert sight.box == pytest.approx((130, 80, 170, 120), abs=3)
    assert Sight(view, np.zeros((50, 50), np.float32)).empty


def test_boxes_shift_and_share():
    assert shift((0, 0, 4, 4), (1, 2)) == (1, 2, 5, 6)
    assert share_of((0, 0, 4, 4), (2, 0, 10, 4)) == 0.5
    assert share_of((0, 0, 4, 4), (5, 5, 6, 6)) == 0


def test_holes_of_highlights_are_filled_and_large_gaps_are_not():
    mask = disc(60, 60, 30, 30, 25).astype(np.uint8)
    small, large = mask.copy(), mask.copy()
    small[25:30, 25:30] = 0
    large[15:45, 15:45] = 0
    assert (shapes.fill_holes(small) == mask).all()
    assert (shapes.fill_holes(large) == large).all()


@pytest.mark.parametrize("kind", ["round", "boxy", "long"])
def test_outlines_score_best_as_what_they_are(kind):
    made = {
        "round": disc(80, 80, 40, 40, 30),
        "boxy": np.pad(np.ones((40, 50)), 15),
        "long": np.pad(np.ones((8, 70)), 5),
    }
    scores = {name: shapes.shape_score(mask.astype(np.uint8), kind) for name, mask in made.items()}
    assert max(scores, key=lambda name: scores[name]) == kind
    assert scores[kind] > 0.9


def test_blobs_come_largest_first():
    mask = np.zeros((20, 40), np.uint8)
    mask[2:5, 2:5] = 1
    mask[8:18, 10:30] = 1
    found = shapes.blobs(mask, 4)
    assert [blob.area for blob in found] == [200, 9]
    assert (found[0].place(20, 40) + found[1].place(20, 40) == mask).all()


def lab_of(*rgb):
    return colors.to_lab(np.full((10, 10, 3), rgb, np.float32))


def test_appearance_tells_the_subject_from_its_surroundings_in_shade_too():
    red, gray, ones = lab_of(0.8, 0.1, 0.1), lab_of(0.5, 0.5, 0.5), np.ones((10, 10), np.float32)
    model = appearance.Appearance()
    model.mark(appearance.shades(red, ones), appearance.histogram(appearance.color_index(gray), ones))
    table = model.table()
    assert table[appearance.color_index(red)][0, 0] > 3
    assert table[appearance.color_index(gray)][0, 0] < -3
    assert table[appearance.color_index(red * np.float32(0.75))][0, 0] > 1
    shaded = appearance.histogram(appearance.color_index(red * np.float32(0.62)), ones)
    assert model.likeness(shaded) > 0.9
    assert model.likeness(appearance.histogram(appearance.color_index(gray), ones)) < 0.1


def test_learning_leaves_copies_alone():
    red, blue, ones = lab_of(0.8, 0.1, 0.1), lab_of(0.1, 0.2, 0.8), np.ones((10, 10), np.float32)
    model = appearance.Appearance()
    model.mark(appearance.shades(red, ones), np.zeros(appearance.CELLS))
    before = model.copy()
    model.learn(appearance.histogram(appearance.color_index(blue), ones), np.zeros(appearance.CELLS), 0.5)
    cell = appearance.color_index(blue)[0, 0]
    assert model.table()[cell] > before.table()[cell]


def test_the_same_color_means_two_things_at_two_places():
    scene = np.full((70, 70, 3), 0.6, np.float32)
    lab = colors.to_lab(scene)
    matte = np.zeros((70, 70), np.float32)
    matte[:, :35] = 1
    odds = appearance.local_odds(lab, matte, lab, np.zeros((70, 70), np.float32))
    assert odds[35, 5] > 2
    assert odds[35, 65] < -2


def mixed(alpha, subject, background):
    linear = alpha[..., None] * np.float32(subject) + (1 - alpha[..., None]) * np.float32(background)
    srgb = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return srgb.astype(np.float32)


def test_soft_edges_are_measured_in_linear_light():
    alpha = np.tile(np.clip((60 - np.arange(100, dtype=np.float32)) / 20, 0, 1), (60, 1))
    rgb = mixed(alpha, (0.6, 0.05, 0.04), (0.2, 0.22, 0.2))
    rough = (np.arange(100) < 52).astype(np.float32)[None].repeat(60, 0)
    found = edges.soft_edge(rgb, rough, 16, 16)
    assert np.abs(found - alpha).max() < 0.06


def test_a_shaded_rim_is_still_the_subject():
    alpha = np.tile((np.arange(100) < 50).astype(np.float32), (60, 1))
    lit = np.where(np.arange(100) > 40, 0.4, 1.0).astype(np.float32)[None, :, None]
    rgb = mixed(alpha, np.float32((0.6, 0.05, 0.04)) * lit, (0.2, 0.22, 0.2))
    assert iou(edges.soft_edge(rgb, alpha, 10, 10), alpha) > 0.97


def test_beyond_the_band_alpha_is_exact_and_logits_are_bounded():
    alpha = np.tile((np.arange(100) < 50).astype(np.float32), (60, 1))
    found = edges.soft_edge(mixed(alpha, (0.6, 0.05, 0.04), (0.2, 0.22, 0.2)), alpha, 6, 6)
    assert set(np.unique(found[:, :40])) == {1.0}
    assert set(np.unique(found[:, 60:])) == {0.0}
    assert np.abs(edges.logits(found)).max() <= edges.LOGIT_LIMIT
    middle = edges.logits(np.float32([[0.5, 0.9]]))
    assert 1 / (1 + np.exp(-middle)) == pytest.approx(np.array([[0.5, 0.9]]), abs=1e-6)


def test_a_matte_of_all_or_nothing_stays():
    rgb = np.full((8, 8, 3), 0.5, np.float32)
    assert (edges.soft_edge(rgb, np.ones((8, 8), np.float32), 2, 2) == 1).all()
    assert (edges.soft_edge(rgb, np.zeros((8, 8), np.float32), 2, 2) == 0).all()


def test_the_circle_of_a_ball_is_found_from_a_rough_matte():
    clip = Clip([Thing((0.55, 0.04, 0.03), 30, lambda time: (150.3, 90.6))], samples=1)
    picture, alpha = clip.render(1001)
    view = View.around((100, 40, 200, 140), 0, (320, 180), 200)
    rough = disc(180, 320, 147, 88, 27)[view.y0 : view.y1, view.x0 : view.x1]
    lab = colors.to_lab(picture.rgb)
    model = appearance.Appearance()
    away = appearance.histogram(appearance.color_index(lab), 1 - alpha)
    model.mark(appearance.shades(lab, alpha), away)
    found = ball.fit(picture.rgb, Sight(view, rough), model.table(), 28, 0.2, (0, 0))
    assert (found.x, found.y, found.radius) == pytest.approx((150.3, 90.6, 30), abs=1.2)
    assert found.sure > 0.9
    covered = ball.alpha_of(found, View(0, 0, 320, 180, 320, 180), (0, 0))
    assert iou(covered, alpha) > 0.94


def test_no_circle_where_there_is_none():
    flat = np.full((100, 100, 3), 0.4, np.float32)
    sight = Sight(View(20, 20, 80, 80, 60, 60), disc(60, 60, 30, 30, 20))
    assert ball.fit(flat, sight, np.zeros(appearance.CELLS, np.float32), 20, 0.2, (0, 0)) is None
    empty = Sight(View(20, 20, 80, 80, 60, 60), np.zeros((60, 60), np.float32))
    assert ball.fit(flat, empty, np.zeros(appearance.CELLS, np.float32), 20, 0.2, (0, 0)) is None


def test_a_piece_in_front_cuts_into_the_circle():
    whole = ball.Ball(50, 50, 30, 1.0)
    view = View(0, 0, 100, 100, 100, 100)
    matte = disc(100, 100, 50, 50, 30)
    matte[:, 60:] = 0
    cut = ball.ball_edge(whole, view, matte, matte, (0, 0))
    assert cut[50, 75] == 0
    assert cut[50, 30] == 1


def test_an_outline_takes_away_what_is_beside_it():
    view = View(0, 0, 120, 100, 120, 100)
    known = outline.Outline(Sight(view, disc(100, 120, 40, 50, 20)), 0.97)
    both = np.maximum(disc(100, 120, 40, 50, 20), 0.6 * disc(100, 120, 75, 50, 20))
    limit = known.limit(view, both, (44.0, 50.0), np.pi * 20**2, 0.0)
    assert limit[50, 40] == 0
    assert limit[50, 85] < -3
    bending = known.seen(Sight(view, np.pad(np.ones((10, 80), np.float32), ((45, 45), (20, 20)))), renew=False)
    assert bending.keeps < known.keeps


def test_rivals_are_not_found_again():
    view = View(10, 10, 50, 50, 40, 40)
    item = search.Candidate((10, 10, 50, 50), np.pi * 400, 0.95, Sight(view, disc(40, 40, 20, 20, 20)))
    rivals = search.Rivals()
    assert search.find_again([item], rivals, item.area, 1.0, (200.0, 200.0), 30) is item
    rivals.follow([item], own=(200, 200, 240, 240))
    assert search.find_again([item], rivals, item.area, 1.0, (200.0, 200.0), 30) is None


def test_far_away_only_the_whole_subject_is_taken():
    view = View(10, 10, 50, 50, 40, 40)
    piece = search.Candidate((10, 10, 50, 50), 300.0, 0.9, Sight(view, disc(40, 40, 20, 20, 20)))
    assert search.find_again([piece], search.Rivals(), 2000, 1.0, (30.0, 30.0), 50) is piece
    assert search.find_again([piece], search.Rivals(), 2000, 1.0, (300.0, 30.0), 50) is None


def test_points_place_a_subject_and_drops_alone_do_not():
    assert marks.can_place(Hint(1, marks=(Mark(4, 5),)))
    assert marks.can_place(Hint(1, box=(0, 0, 4, 4)))
    assert not marks.can_place(Hint(1, marks=(Mark(4, 5, keep=False),)))


def test_a_box_without_contrast_still_gives_a_matte():
    flat = Picture(1001, np.full((60, 90, 3), 0.5, np.float32))
    view, matte = marks.cut_out(flat, Hint(1, box=(20, 10, 60, 50)))
    assert matte.shape == (view.height, view.width)
    assert (matte > 0.5).any()
