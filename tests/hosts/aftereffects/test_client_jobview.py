"""The JavaScript ``JobView`` shows what the Python one shows, after every event of random jobs."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hosts.aftereffects.client_rig import NODES, through
from mattewire_protocol import JobView, codec, messages

JOB = "job-00000001"


again: set[bool] = set()
"""Whether the stories tell frames for the first time, and again."""


def story(dice: random.Random) -> list[tuple[str, dict[str, Any]]]:
    """A job's events: mostly in order, some twice, some of another job, with interruptions and snapshots."""
    told: list[tuple[str, dict[str, Any]]] = []
    frames: set[int] = set()
    attempt, elapsed, first = 1, 0.0, dice.choice([-3, 1, 1001])
    last = first + dice.randrange(30)
    for seq in range(1, dice.randrange(5, 60)):
        elapsed += dice.choice([0.0, 0.04, 0.5, 0.8, 1.6, 47.0, 4000.0])
        head = {"job_id": dice.choice([JOB] * 20 + ["job-00000002"] * (seq > 1)), "seq": seq, "attempt": attempt}
        what = dice.random()
        frame = dice.randint(first, last)
        detection = {"object": dice.randint(1, 3), "x0": 1.0, "y0": 2.0, "x1": 3.0, "y1": 4.5}
        if what < 0.2 or seq == 1:
            attempt += dice.choice([0, 0, 1])
            error = {"code": "worker_died", "message": "The worker died.", "advice": dice.choice(["", "Wait."])}
            body = {**head, "state": dice.choice(messages.JOB_STATES), "elapsed_s": elapsed, "attempt": attempt}
            if seq == 1 or dice.random() < 0.6:
                body.update(first=first, last=last, keyframe=frame)
            extras: dict[str, Any] = {
                "engine": "preview",
                "colorspace": "ACEScg",
                "colorspace_from": "metadata",
                "exposure": dice.choice([0.0, 1.25, -0.5, 1 / 3]),
                "kept": "0a",
                "version": 3,
                "names": [{"object": 1, "name": "été"}],
                "outputs": ["/mattes/a.####.exr"],
                "error": error,
                "worst": [{"frame": frame, "score": 0.25, "flags": ["dropped"], "why": dice.choice([[], ["Gone."]])}],
            }
            told.append(("job", {**body, **{key: value for key, value in extras.items() if dice.random() < 0.6}}))
        elif what < 0.3:
            stage = dice.choice([*messages.STAGES, "a LATER stage", ""])
            told.append(("stage", {**head, "stage": stage, "note": "Slowly.", "elapsed_s": elapsed}))
        elif what < 0.35:
            told.append(("found", {**head, "frame": frame, "objects": [detection] * dice.randrange(3)}))
        elif what < 0.4:
            job = {"job_id": JOB, "seq": seq, "attempt": attempt, "state": "running", "first": first, "last": last}
            runs = [{"first": first, "last": frame, "state": dice.choice(messages.FRAME_STATES)}]
            told.append(
                ("snapshot", {**{k: v for k, v in head.items() if k != "attempt"}, "job": job, "frames": runs,
                              "summary": {"job_id": JOB, "state": "running"}})
            )  # fmt: skip
        else:
            state = dice.choice(messages.FRAME_STATES + ("done",) * 8)
            said = {**head, "frame": frame, "state": state, "score": dice.random(), "elapsed_s": elapsed}
            asks = {"flags": ["low score"], "why": ["It is unsure."]} if state == "flagged" else {}
            told.append(("frame", {**said, **asks}))
            again.add(frame in frames)
            frames.add(frame)
        if dice.random() < 0.1:
            told.append(dice.choice(told))
    return told


def shown(view: JobView) -> dict[str, Any]:
    return {
        "seq": view.seq,
        "attempt": view.attempt,
        "state": view.state,
        "range": [view.first, view.last, view.keyframe],
        "words": [view.engine, view.kept, view.version, view.stage, view.note, view.color_line(), view.line()],
        "exposure": view.exposure,
        "names": [list(pair) for pair in sorted(view.names.items())],
        "error": view.error and view.error.code,
        "outputs": view.outputs,
        "found": [each.object for each in view.found],
        "frames": [list(pair) for pair in sorted(view.frames.items())],
        "scores": [list(pair) for pair in sorted(view.scores.items())],
        "flags": [list(pair) for pair in sorted(view.flags.items())],
        "why": [list(pair) for pair in sorted(view.why.items())],
        "worst": [[each.frame, each.score, each.flags, each.why] for each in view.worst],
        "strip": [[run.first, run.last, run.state] for run in view.strip()],
        "sums": [view.ended, view.total, view.done, view.fraction, view.fps, view.time_left_s, view.elapsed_s],
    }


def frame_after(seq: int, elapsed: float) -> tuple[str, dict[str, Any]]:
    return "frame", {"job_id": JOB, "seq": seq, "attempt": 1, "frame": seq, "state": "done", "elapsed_s": elapsed}


BETWEEN_TENTHS = [
    ("job", {"job_id": JOB, "seq": 1, "attempt": 1, "state": "running", "first": 1, "last": 9}),
    *(frame_after(seq, elapsed) for seq, elapsed in ((2, 0.0), (3, 0.8), (4, 1.6))),
]
"""1.25 frames a second are exact in binary: Python rounds them to the even tenth, JavaScript up."""


def python_shows(events: list[tuple[str, dict[str, Any]]]) -> list[Any]:
    view = JobView(JOB)
    seen = []
    for name, body in events:
        new = view.apply(codec.from_wire(messages.MESSAGES[name], body))
        seen.append([new, shown(view)])
    return seen


@pytest.mark.parametrize("find_node", NODES)
def test_every_view_is_the_same(find_node: Callable[[], str], tmp_path: Path) -> None:
    node = find_node()
    dice = random.Random(11)
    stories = [BETWEEN_TENTHS, *(story(dice) for _ in range(150))]
    theirs = through(node, "jobviews.mjs", stories, tmp_path)
    assert again == {True, False}
    lines = set()
    for events, seen in zip(stories, theirs, strict=True):
        for (name, body), ours, other in zip(events, python_shows(events), seen, strict=True):
            assert other == ours, (name, body)
            lines.add(ours[1]["words"][-1])
    for word in ("1.2 fps", ":00 left", "worth a look", "Going on where it stopped", "A later stage"):
        assert any(word in line for line in lines), word
