"""What a page says of a job, from its sidecar and from what the daemon still knows."""

from __future__ import annotations

from typing import Any

import pytest

from mattewire_protocol.errors import BadField
from mattewire_protocol.messages import MOST_WORST, WorstFrame
from mattewire_protocol.request import MatteRequest
from mattewire_server.review import MadeFile, shot_of
from mattewire_server.review.page import Shot, chosen, name_of
from server.review.rig import HOSTILE, OBJECTS, Deliverable, event, shot, tree_of

FILES = [MadeFile(Deliverable("/m/m.####.exr"), 0, "/m/m.####.exr")]
FLAGGED: Any = {"state": "flagged", "flags": ["low score"]}


def told(plate: str, *events: Any, **changes: Any) -> tuple[dict[str, Any], MatteRequest]:
    return tree_of(plate, FILES, events, **changes)


def test_frames_scores_and_flags(plate: str) -> None:
    one = shot(plate, FILES, [event(1003, score=0.25, **FLAGGED)])
    assert (one.first, one.last) == (1001, 1006)
    assert [each.frame for each in one.frames] == [*range(1001, 1007)]
    third = one.frames[2]
    assert (third.state, third.score, third.flags, third.why) == ("flagged", 0.25, ("low score",), ())
    assert one.worst == (1003,)
    assert (one.name, one.fps, one.fps_assumed) == ("shot", 24.0, True)
    assert (one.display.width, one.display.height, one.colorspace) == (96, 54, "sRGB")


def test_the_worst_come_first(plate: str) -> None:
    events = [event(1002, score=0.4, **FLAGGED), event(1005, score=0.1, **FLAGGED), event(1006, score=0.4, **FLAGGED)]
    assert shot(plate, FILES, events).worst == (1005, 1002, 1006)


def test_frames_that_were_never_made_are_missing_and_worst(plate: str) -> None:
    tree, request = told(plate, event(1002, **FLAGGED))
    tree["frames"] = [each for each in tree["frames"] if each["frame"] not in (1004, 1005)]
    one = shot_of(tree, request)
    assert [each.state for each in one.frames] == ["done", "flagged", "done", "missing", "missing", "done"]
    assert one.frames[3].score is None
    assert one.worst == (1004, 1005, 1002)


def test_the_jobs_own_list_stands(plate: str) -> None:
    """The sidecar's before the daemon's, that before our own; frames that are not of the shot are left out."""
    tree, request = told(plate, event(1002, **FLAGGED))
    daemon = [WorstFrame(1006, 0.1), WorstFrame(1001, 0.2), WorstFrame(9, 0.0)]
    assert shot_of(tree, request, worst=daemon).worst == (1006, 1001)
    tree["worst"] = [1003]
    assert shot_of(tree, request, worst=daemon).worst == (1003,)


def test_no_more_than_can_be_gone_through(plate: str) -> None:
    tree, request = told(plate)
    tree["frames"] = [{"frame": frame, "state": "flagged", "score": 0.1, "flags": []} for frame in range(1, 200)]
    assert shot_of(tree, request).worst == tuple(range(1, MOST_WORST + 1))


def test_reasons_in_words(plate: str) -> None:
    tree, request = told(plate)
    why = {1002: ["Object 1 lost half its area."], 1003: ["from the daemon"]}
    tree["frames"][2]["why"] = ["from the sidecar"]
    one = shot_of(tree, request, why=why)
    assert one.frames[1].why == ("Object 1 lost half its area.",)
    assert one.frames[2].why == ("from the sidecar",)


def test_each_objects_own_scores(plate: str) -> None:
    tree, request = told(plate)
    found = [{"object": 1, "score": 0.5, "label": "ball", "box": [0, 0, 1, 1]}, {"object": 2, "score": 0.75}]
    boxes = {"frames": [{"frame": 1001, "objects": found}, {"frame": 1002, "objects": []}]}
    one = shot_of(tree, request, boxes=boxes)
    assert one.frames[0].scores == {1: 0.5, 2: 0.75}
    assert one.frames[1].scores == {}
    assert shot_of(tree, request).frames[0].scores == {}
    tree["frames"][0]["objects"] = {"1": 0.25, "2": 0.5}
    assert shot_of(tree, request, boxes=boxes).frames[0].scores == {1: 0.25, 2: 0.5}, "the sidecar's own count"


@pytest.mark.parametrize(
    ("engine", "request_of", "preview"),
    [
        ({"name": "preview"}, {}, True),
        ({"name": "grounding_dino+preview"}, {"engine": "sam2"}, True),
        ({"name": "sam2"}, {"engine": "sam2", "segmenter": "preview"}, True),
        ({"name": "sam2"}, {"engine": "sam2"}, False),
        ({"name": "previewer"}, {"engine": "sam2"}, False),
    ],
)
def test_a_preview_is_known(plate: str, engine: dict[str, str], request_of: dict[str, str], preview: bool) -> None:
    tree, request = told(plate, **request_of)
    tree["engine"] = engine
    assert shot_of(tree, request).preview is preview


def test_every_nth_frame_and_all_of_the_worst(plate: str) -> None:
    one = shot(plate, FILES, [event(1006, **FLAGGED)])
    assert [each.frame for each in chosen(one, 1)] == [*range(1001, 1007)]
    assert [each.frame for each in chosen(one, 2)] == [1001, 1003, 1005, 1006]
    assert [each.frame for each in chosen(one, 100)] == [1001, 1006]


def test_names(plate: str) -> None:
    one = shot(plate, FILES)
    assert [name_of(number, one) for number in (0, 1, 2, 7)] == ["All objects", "red ball", HOSTILE, "Object 7"]
    alone: Shot = shot(plate, FILES, objects=OBJECTS[:1])
    assert name_of(0, alone) == "red ball"
    assert shot(plate, FILES, label="sh010 v3").name == "sh010 v3"


@pytest.mark.parametrize("broken", ["plate", "colorspace", "engine", "frames", "objects", "versions"])
def test_a_sidecar_that_is_broken(plate: str, broken: str) -> None:
    tree, request = told(plate)
    for value in (None, 3, [1]):
        with pytest.raises(BadField, match="cannot be understood") as caught:
            shot_of({**tree, broken: value}, request)
        assert caught.value.field == "SIDECAR"
