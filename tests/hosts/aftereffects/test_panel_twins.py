"""The panel of After Effects says and asks what the other panels do: its JavaScript beside mattewire_panel's Python."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import OpenImageIO as oiio
import pytest

from hosts.aftereffects.client_rig import own_node, through
from mattewire_panel import files, panel, prefs, selftest, session, wish, words
from mattewire_protocol import (
    Box,
    CleanUp,
    Deliverable,
    Depth,
    Edges,
    JobView,
    MatteRequest,
    Plate,
    Point,
    Search,
    codec,
    errors,
    messages,
)


@pytest.fixture
def ask(tmp_path: Path) -> Any:
    """Many questions at once: starting Node takes longer than answering."""
    return lambda *questions: through(own_node(), "panel_twins.mjs", [list(each) for each in questions], tmp_path)


PROBLEMS = [
    errors.DaemonUnreachable("No daemon has left its connection file."),
    errors.NotKept(),
    errors.OutputExists("8 frames are there.", field="out[0].path"),
    errors.BadField("says nothing to mask.", field="request.prompts", advice="Type what to mask."),
    errors.InstallIncomplete("torch is missing.", advice="Run pip."),
    errors.WrongProtocol("2 is not spoken."),
    errors.OutOfMemory("12 GB are too few."),
    errors.BadField("must be larger than x0.", field="request.boxes[2].x1"),
    errors.PlateUnreadable("shot.1003.exr is cut off.", field="constructor"),
]


def test_dialogs(ask: Any) -> None:
    bodies = [
        {"code": p.code, "message": p.message, "field": p.field, "advice": p.advice, "retryable": p.retryable}
        for p in PROBLEMS
    ]
    said = ask(*(("dialog", [body, "Mask subject"]) for body in bodies))
    for problem, dialog in zip(PROBLEMS, said, strict=True):
        wanted = words.dialog(problem, "Mask subject")
        assert dialog == {
            "title": wanted.title, "text": wanted.text, "details": wanted.details, "button": wanted.button,
        }  # fmt: skip


def test_small_words(ask: Any) -> None:
    fields = ["request.boxes[2].x1", "prompts", "job", "", "clean_up[0].dilate", "toString"]
    texts = ["red  ball, blue cup;\n\n a ,red ball", "", "été"]
    seconds = [0, 7.6, 59.6, 61, 3599.4, 3725]
    counts = [0, 320_000_000, 999_999_999, 1_500_000_000]
    questions = [("label", each) for each in fields] + [("phrases", each) for each in texts]
    questions += [("duration", each) for each in seconds] + [("size", each) for each in counts]
    wanted = [words.field_label(each) for each in fields] + [words.phrases(each) for each in texts]  # type: ignore[operator]
    wanted += [words.duration(each) for each in seconds] + [words.size(each) for each in counts]  # type: ignore[operator]
    assert ask(*questions) == wanted


def test_names_of_files(ask: Any) -> None:
    asked = [
        ("/a/ball.1003.exr", 1003), ("/a/ball-1003.exr", 1003), ("/a/ball.-0003.exr", -3), ("/a/b_v003.0003.png", 3),
        ("/a/3.mov", 4), ("/a/clip.mp4", 4), ("/1003/x.exr", 1003), ("ball.7.exr", 7),
    ]  # fmt: skip
    outputs = ["/a/m.####.exr", "/a/m.mattewire.json", "/a/m.boxes.json", "/a/m.mov"]
    view = JobView("j")
    view.outputs = outputs
    said = ask(*(("pattern", [path, frame]) for path, frame in asked), ("mattes", outputs))
    assert said == [files.pattern_of(path, frame) for path, frame in asked] + [files.outputs_of(view)]


def test_requests(ask: Any) -> None:
    """What the panel hands in decodes to the request that the Python panels would hand in."""
    box, point = Box(1003, 1, 2, 30, 40, 2), Point(1003, 5.5, 6.5, False, 2)
    outside = Point(2000, 1, 1)
    clean = {**dict.fromkeys(("remove_specks", "fill_holes", "close", "smooth", "temporal", "feather"), 0), "dilate": 2}
    controls: dict[str, Any] = {
        "prompt": " red ball, cup", "exclude": "hand", "pick": "all", "kept": [3, 1], "keyframe": 1004,
        "engine": "sam2", "quality": "draft", "ocio": "", "cleanUp": clean,
        "edges": "closed_form", "motionBlur": True, "holdout": True, "depthEngine": "midas",
        "boxes": [codec.to_wire(box)], "points": [codec.to_wire(point), codec.to_wire(outside)],
    }  # fmt: skip
    plate = Plate("/p/shot.####.exr", "ACEScg")
    out = Deliverable("/p/mattes/shot.####.exr", channels="RGBA")
    twin = wish.Wish(
        " red ball, cup", "hand", "all", (3, 1), [box], [point, outside], 1004, "sam2", "draft",
        clean_up=CleanUp(dilate=2), label="red ball, cup", edges=Edges("closed_form", motion_blur=True),
        depth=Depth("midas", holdout=True),
    )  # fmt: skip
    plain, search = ask(
        ("request", [controls, codec.to_wire(plate), [codec.to_wire(out)], 1001, 1010]),
        ("search", [controls, codec.to_wire(plate), 1004]),
    )
    assert codec.from_wire(MatteRequest, plain) == twin.request(plate, [out], 1001, 1010)
    assert codec.from_wire(Search, search) == twin.search(plate, 1004)
    other = {**plain, "clean_up": [], "out": [], "label": "x", "overwrite": True, "edges": {}, "depth": {}}
    assert ask(("alike", [plain, other]), ("alike", [plain, {**plain, "keyframe": 1005}])) == [True, False]


def test_edges_and_depth(ask: Any) -> None:
    """The same choices in the same words and order, and what each comes to."""
    (told,) = ask(("edge choices", None))
    assert told["choices"] == [{"value": name, "label": label} for name, label in wish.EDGE_CHOICES.items()]
    assert (told["motion_blur"], told["holdout"]) == (wish.MOTION_BLUR, wish.HOLDOUT)
    asked = [(method, blur) for method in wish.EDGE_CHOICES for blur in (False, True)]
    said = ask(*(("edges", list(each)) for each in asked), ("depth", [False, "midas"]), ("depth", [True, "midas"]))
    for each, (method, blur) in zip(said[: len(asked)], asked, strict=True):
        assert codec.from_wire(Edges, each.get("edges", {})) == wish.edges_of(method, blur)
    found = [codec.from_wire(Depth, each.get("depth", {})) for each in said[len(asked) :]]
    assert found == [wish.depth_of(False, "midas"), wish.depth_of(True, "midas")]


def test_preferences(ask: Any) -> None:
    """One file for both: what Python has kept, this panel reads, and the environment wins."""
    mine = prefs.Preferences()
    kept = '{"out": "x/{shot}.####.exr", "engine": "sam2", "quality": "worst", "poll_s": 0.5, "start_daemon": false}'
    said, loaded, broken = ask(
        ("defaults", None), ("load", [kept, {"MATTEWIRE_PANEL_START_DAEMON": "yes"}]), ("load", ["[1]", {}])
    )
    for name in ("out", "engine", "quality", "start_daemon"):
        assert said[name] == getattr(mine, name)
    assert loaded == {**said, "out": "x/{shot}.####.exr", "engine": "sam2", "start_daemon": True}
    assert broken == said


@pytest.mark.parametrize("ended", [None, "done", "failed"])
def test_what_is_shown_of_a_job(ask: Any, ended: str | None) -> None:
    events: list[Any] = [messages.JobEvent("j", 1, 0, "queued")]
    events.append(messages.JobEvent("j", 2, 1, "running", 1001, 1010, colorspace="ACEScg", colorspace_from="metadata"))
    events.append(messages.StageEvent("j", 3, 1, "tracking forward", "Both objects."))
    for frame in (1003, 1004, 1001):
        events.append(messages.FrameEvent("j", len(events) + 1, 1, frame, "done", 0.9, elapsed_s=frame / 100))
    for frame, score in ((1004, 0.3), (1001, 0.1)):  # told again
        asks: Any = {"flags": ["area jump"], "why": [] if frame == 1001 else ["It is too large.", "It flickers."]}
        events.append(messages.FrameEvent("j", len(events) + 1, 1, frame, "flagged", score, elapsed_s=12, **asks))
    if ended:
        fault = errors.DiskFull("No room on /m.") if ended == "failed" else None
        body = codec.error_body(fault) if fault else None
        worst = [messages.WorstFrame(1004, 0.3, ["area jump"], ["It is too large."])] if ended == "done" else []
        events.append(messages.JobEvent("j", len(events) + 1, 1, ended, 1001, 1010, error=body, worst=worst))
    model = panel.PanelModel(session.Session(name="test"))
    model.view = JobView("j")
    for event in events:
        assert model.view.apply(event)
    kinds = {cls: name for name, cls in messages.MESSAGES.items()}
    wires = [[kinds[type(event)], codec.to_wire(event)] for event in events]
    for columns in (1, 4, 10, 100):
        said = ask(("shown", {"job": "j", "events": wires, "columns": columns}))[0]
        assert said["strip"] == model.strip(columns)
        assert said["frames"] == [model.frame_at(column, columns) for column in range(columns + 1)]
        assert (said["state"], said["details"]) == (model.state, model.details())
        assert said["worst"] == [codec.to_wire(each) for each in model.worst()]
        assert said["next"] == [model.next_worst(frame) for frame in (None, *range(1001, 1011))]
        assert said["about"] == [model.about(frame) for frame in range(1001, 1011)]
        assert said["done"] == model.view.done == 3
        problem = model.problem()
        assert (said["problem"] and said["problem"]["text"]) == (problem.text if problem else None)
    assert ask(("colors", None)) == [panel.STATE_COLORS]


def test_the_self_tests_plate_and_verdicts(ask: Any, tmp_path: Path) -> None:
    file = tmp_path / "plate.exr"
    rows = [[selftest.coverage(1003, x - 1, y) for x in range(selftest.WIDTH)] for y in range(selftest.HEIGHT)]
    halves = [0.0, 1e-7, 0.012, 0.18, 0.6, 1.0, 0.33325, 65504.0]
    places = [(1001, 24, 20), (1001, 13, 20), (1005, 50, 25), (1008, 0, 0)]
    _, verdict, *rest = ask(
        ("exr", {"file": str(file), "frame": 1003}), ("judge", [1003, rows]),
        *(("coverage", list(place)) for place in places), *(("half", value) for value in halves),
    )  # fmt: skip
    known = selftest.judge(1003, rows)
    assert (verdict["iou"], verdict["centroid"]) == pytest.approx((known.iou, known.centroid), abs=1e-12)
    assert rest[: len(places)] == pytest.approx([selftest.coverage(*place) for place in places])
    assert rest[len(places) :] == [struct.unpack("<H", struct.pack("<e", value))[0] for value in halves]
    pattern = selftest.write_plate(tmp_path / "python")
    mine, theirs = (oiio.ImageBuf(str(path)).get_pixels(oiio.FLOAT) for path in (file, pattern.replace("####", "1003")))
    assert np.array_equal(mine, theirs)


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_pictures_of_after_effects_are_read(ask: Any, tmp_path: Path, depth: Any) -> None:
    rng = np.random.default_rng(5)
    most = np.iinfo(depth).max
    picture = np.cumsum(rng.integers(0, most // 40, (9, 31, 4)), axis=1).clip(0, most).astype(depth)
    file = tmp_path / "seen.png"
    assert cv2.imwrite(str(file), picture, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    assert np.allclose(ask(("png", str(file)))[0], picture[..., 3] / most, atol=1e-9)
    assert cv2.imwrite(str(file), picture[..., :3])
    assert np.all(np.array(ask(("png", str(file)))[0]) == 1)


def test_versions_of_names(ask: Any) -> None:
    said = ask(*(("version", name) for name in ("a/ball.####.exr", "ball_%04d.png", "m/ball.mov", "C:\\m\\b.#.exr")))
    assert said == [
        "a/ball_{version}.####.exr",
        "ball_{version}_%04d.png",
        "m/ball_{version}.mov",
        "C:\\m\\b_{version}.#.exr",
    ]
