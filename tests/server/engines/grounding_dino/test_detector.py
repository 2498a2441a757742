"""The detector with a network whose answers are given as data."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from mattewire_protocol.errors import PromptNotUnderstood
from mattewire_server.engines.grounding_dino.detector import GroundingDinoDetector
from mattewire_server.engines.grounding_dino.options import Options
from mattewire_server.engines.grounding_dino.text import Caption
from mattewire_server.engines.grounding_dino.weights import Source
from mattewire_server.engines.seams import Found, Mark, Picture

Box = tuple[float, float, float, float]
WORDS = {word: 2000 + number for number, word in enumerate("dog cat bag grass red".split())}
PICTURE = Picture(1001, np.zeros((400, 800, 3), np.float32))


class World:
    """Answers as a network would that sees ``things``: (box in picture pixels, scores by word)."""

    unknown = 100

    def __init__(self, *things: tuple[Box, Mapping[str, float]]) -> None:
        self.things = things
        self.captions: list[tuple[int, ...]] = []
        self.sizes: list[tuple[int, int]] = []

    def pieces(self, word: str) -> list[int]:
        return [WORDS.get(word, self.unknown)]

    def scores(self, pixels: torch.Tensor, caption: Caption, width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
        self.captions.append(caption.ids)
        self.sizes.append((width, height))
        rows = np.full((len(self.things), len(caption.ids)), 0.02, np.float32)
        for row, (_, scores) in zip(rows, self.things, strict=True):
            for word, score in scores.items():
                row[[column for column, token in enumerate(caption.ids) if token == WORDS[word]]] = score
        return rows, np.array([box for box, _ in self.things], np.float32).reshape(-1, 4)


def detector(world: World, **options: object) -> GroundingDinoDetector:
    made = GroundingDinoDetector(
        Source("groundingdino-swint-ogc", None, None),  # type: ignore[arg-type]
        Options(**{"refine": False, "long_edge": 128, **options}),  # type: ignore[arg-type]
    )
    made._network = world  # type: ignore[assignment]
    return made


DOG: Box = (100, 100, 300, 300)
OTHER_DOG: Box = (500, 100, 700, 300)


def test_every_match_best_first() -> None:
    world = World((DOG, {"dog": 0.5}), (OTHER_DOG, {"dog": 0.8}), ((0, 0, 90, 90), {"grass": 0.6}))
    found = detector(world).find(PICTURE, ["dog", "grass"])
    assert [(item.box, item.phrase, round(item.score, 2)) for item in found] == [
        (OTHER_DOG, "dog", 0.8),
        ((0, 0, 90, 90), "grass", 0.6),
        (DOG, "dog", 0.5),
    ]


def test_absent_things_give_nothing() -> None:
    assert detector(World((DOG, {"dog": 0.9}))).find(PICTURE, ["cat"]) == []
    assert detector(World()).find(PICTURE, ["cat"]) == []


def test_no_phrases_ask_nothing() -> None:
    world = World((DOG, {"dog": 0.9}))
    assert detector(world).find(PICTURE, [], ["dog"]) == []
    assert world.captions == []


def test_excluded_phrases_are_asked_by_themselves() -> None:
    world = World((DOG, {"dog": 0.5, "cat": 0.7}), (OTHER_DOG, {"dog": 0.6, "cat": 0.4}))
    found = detector(world).find(PICTURE, ["dog"], ["cat"])
    assert [item.box for item in found] == [OTHER_DOG]
    assert sorted(len(ids) for ids in world.captions) == [4, 4]  # [CLS] word . [SEP], twice
    assert found[0].avoid == ()


def test_an_excluded_phrase_found_nowhere_changes_nothing() -> None:
    world = World((DOG, {"dog": 0.5}))
    plain = detector(world).find(PICTURE, ["dog"])
    assert plain == detector(world).find(PICTURE, ["dog"], ["bag"])
    assert len(plain) == 1


def test_an_excluded_thing_that_touches_the_subject_is_marked() -> None:
    world = World((DOG, {"dog": 0.5}), ((280, 200, 340, 260), {"bag": 0.4}))
    (found,) = detector(world).find(PICTURE, ["dog"], ["bag"])
    assert found.avoid == (Mark(310, 230, keep=False),)


def test_a_bad_excluded_phrase_names_its_field() -> None:
    with pytest.raises(PromptNotUnderstood) as problem:
        detector(World()).find(PICTURE, ["dog"], ["xyzzy"])
    assert problem.value.field == "exclude"


def test_thresholds_and_the_number_of_objects() -> None:
    world = World(*(((x, 0, x + 50, 50), {"dog": 0.3 + x / 1000}) for x in range(0, 600, 60)))
    assert len(detector(world).find(PICTURE, ["dog"])) == 10
    assert len(detector(world, box_threshold=0.5).find(PICTURE, ["dog"])) == 6
    assert [round(item.score, 2) for item in detector(world, most=2).find(PICTURE, ["dog"])] == [0.84, 0.78]


def test_weak_boxes_get_a_second_look_that_is_reported() -> None:
    # The world does not move with the crop, so nothing in it confirms the weak dog.
    weak, sure = (400, 100, 600, 300), (0, 0, 90, 90)
    world = World((weak, {"dog": 0.4}), (sure, {"dog": 0.8}))
    made = detector(world, refine=True)
    assert [item.box for item in made.find(PICTURE, ["dog"])] == [sure]
    (look,) = made.looked_again
    assert look.first == Found(weak, pytest.approx(0.4), "dog")
    assert look.closer is None
    assert world.sizes == [(800, 400), (400, 400)]


def test_a_sure_box_without_its_category_is_not_let_in_by_the_refiner() -> None:
    # "red" is sure of it, "dog" reaches 0.7 of the text threshold only.
    world = World((DOG, {"red": 0.9, "dog": 0.2}))
    made = detector(world, refine=True)
    assert made.find(PICTURE, ["red dog"]) == []
    assert made.looked_again == ()


def test_a_text_threshold_above_the_box_threshold_holds() -> None:
    world = World((DOG, {"dog": 0.5}))
    assert detector(world, text_threshold=0.6).find(PICTURE, ["dog"]) == []


def test_a_faint_thing_that_a_closer_look_is_sure_of_is_found() -> None:
    class Closer(World):
        def scores(self, pixels, caption, width, height):  # type: ignore[no-untyped-def]
            self.things = ((DOG, {"dog": 0.25 if width == 800 else 0.8}),)  # the crop starts at (0, 0)
            return super().scores(pixels, caption, width, height)

    (found,) = detector(Closer(), refine=True).find(PICTURE, ["dog"])
    assert found.score == pytest.approx((0.25 + 0.8) / 2)


def test_without_the_refiner_weak_boxes_stay() -> None:
    world = World((DOG, {"dog": 0.4}))
    made = detector(world, refine=False)
    assert len(made.find(PICTURE, ["dog"])) == 1
    assert made.looked_again == ()


def test_a_frame_in_doubt_is_looked_at_closer() -> None:
    world = World(((60, 70, 160, 170), {"dog": 0.7}))
    found = detector(world).closer(PICTURE, ["dog"], around=DOG)
    assert [item.box for item in found] == [(60, 70, 160, 170)]  # the crop starts at the picture's corner
    assert world.sizes == [(400, 400)]
    assert detector(world).closer(PICTURE, ["dog"], around=(0, 0, 800, 400)) == []


def test_close_lets_go_of_the_network() -> None:
    made = detector(World())
    made._network.device = torch.device("cpu")  # type: ignore[union-attr]
    made.close()
    assert made._network is None
