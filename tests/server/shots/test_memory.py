"""Out of memory in mid-shot: the whole shot again at draft quality, and never a sequence of two qualities."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mattewire_protocol.errors import OutOfMemory
from mattewire_protocol.messages import FrameEvent, JobEvent, StageEvent
from mattewire_server.shots import Halted, pull_matte
from mattewire_server.shots.shot import Ticket
from server.shots.staged import JOB, Stage, expected, frames_of, read_exr, request, run, run_until

FINAL, DRAFT = 1.0, np.float16(1 / (1 + np.exp(-1.0)))
"""Alpha inside the subject at each quality."""


def short_of_memory(at: int, *, draft_too: bool = False, error: Callable[[], BaseException] = OutOfMemory) -> Stage:
    """A stage whose final quality does not fit from frame ``at`` on; its draft mattes have another alpha."""
    made = Stage(draft_logit=1.0)

    def before_step(frame: int) -> None:
        if frame == at and made.stepped and (made.qualities[-1] == "final" or draft_too):
            raise error()

    made.before_step = before_step
    return made


def inside(out: Path) -> dict[int, float]:
    """The alpha of the red square by frame."""
    tops = {}
    for path in sorted(out.glob("*.exr")):
        frame = int(path.name.split(".")[1])
        matte = read_exr(path)[1]
        tops[frame] = float(matte.max())
        assert np.array_equal(matte > 0, expected(["red"], frame, (0, 0, 64, 36)) > 0)
    return tops


def contents(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(out.iterdir())}


@pytest.mark.parametrize("error", [OutOfMemory, MemoryError])
@pytest.mark.parametrize("at", [1006, 1012, 1001])
def test_the_whole_shot_is_made_again_at_draft(
    plate: str, out: Path, at: int, error: Callable[[], BaseException]
) -> None:
    stage = short_of_memory(at, error=error)
    events = run(request(plate, str(out / "m.####.exr"), keyframe=1004), stage)
    assert stage.qualities == ["final", "draft"]
    assert stage.closed == 2
    assert stage.stepped == [*range(1004, 1013), 1003, 1002, 1001], "from the keyframe"
    assert inside(out) == dict.fromkeys(range(1001, 1013), DRAFT)
    made = [event.frame for event in events if isinstance(event, FrameEvent) and event.state != "queued"]
    assert made[-12:] == stage.stepped


def test_the_job_the_files_and_the_sidecar_say_so(plate: str, out: Path) -> None:
    events = run(request(plate, str(out / "m.####.exr")), short_of_memory(1006))
    assert [event.quality for event in events if isinstance(event, JobEvent)] == ["final", "draft", "draft"]
    (note,) = [event.note for event in events if isinstance(event, StageEvent) and event.stage == "starting"]
    assert note == "Out of memory at final quality. The whole shot is made again at draft quality."
    reason = "draft, since memory did not suffice for final"
    for frame in range(1001, 1013):
        assert read_exr(out / f"m.{frame}.exr")[0]["mattewire/quality"] == reason
    facts = json.loads((out / "m.mattewire.json").read_text())
    assert facts["engine"]["quality"] == reason
    assert [item["frame"] for item in facts["frames"]] == list(range(1001, 1013))


def test_enough_memory_leaves_no_word_of_it(plate: str, out: Path) -> None:
    events = run(request(plate, str(out / "m.####.exr"), last=1002))
    assert {event.quality for event in events if isinstance(event, JobEvent)} == {"final"}
    assert "mattewire/quality" not in read_exr(out / "m.1001.exr")[0]
    assert "quality" not in json.loads((out / "m.mattewire.json").read_text())["engine"]


def test_the_new_quality_is_told_before_any_matte_of_the_old_one_goes(plate: str, out: Path) -> None:
    told = False
    for event in pull_matte(request(plate, str(out / "m.####.exr")), short_of_memory(1006).engine(), Ticket(JOB)):
        if isinstance(event, JobEvent) and event.quality == "draft" and not told:
            told = True
            assert inside(out) == dict.fromkeys(range(1001, 1006), FINAL)
        if isinstance(event, FrameEvent) and event.state == "queued":
            assert told
            assert not (out / f"m.{event.frame}.exr").exists()
        if told:
            assert len(set(inside(out).values())) <= 1 or isinstance(event, JobEvent | StageEvent)
            if isinstance(event, FrameEvent) and event.state != "queued":
                assert set(inside(out).values()) == {DRAFT}
    assert told


def test_frames_of_an_earlier_attempt_are_made_again_too(plate: str, out: Path) -> None:
    wanted = request(plate, str(out / "m.####.exr"))
    checks = iter(range(100))

    def checkpoint() -> None:
        if next(checks) > 5:
            raise Halted

    stage = Stage(draft_logit=1.0)
    seen, _ = run_until(Halted, pull_matte(wanted, stage.engine(), Ticket(JOB), checkpoint=checkpoint))
    assert set(inside(out).values()) == {FINAL}
    run(wanted, short_of_memory(1009), Ticket(JOB, 2, frozenset(frames_of(seen)), seen[0].plate, seen[0].quality))
    assert inside(out) == dict.fromkeys(range(1001, 1013), DRAFT)


@pytest.mark.parametrize("after", [1, 5, 9])
def test_a_resume_after_the_restart_goes_on_at_draft(plate: str, out: Path, after: int) -> None:
    """Whatever memory there is by then: final mattes beside draft ones are what nobody wants."""
    wanted = request(plate, str(out / "m.####.exr"))
    run(wanted, short_of_memory(1004))
    whole = contents(out)
    shutil.rmtree(out)
    stage = short_of_memory(1004)

    def checkpoint() -> None:
        if stage.qualities == ["final", "draft"] and len(stage.stepped) == after:
            raise Halted

    seen, _ = run_until(Halted, pull_matte(wanted, stage.engine(), Ticket(JOB), checkpoint=checkpoint))
    carried = [event for event in seen if isinstance(event, JobEvent)][-1]
    finished = frozenset(frames_of(seen))
    resumed = Stage(draft_logit=1.0)
    run(wanted, resumed, Ticket(JOB, 2, finished, carried.plate, carried.quality))
    assert resumed.qualities == ["draft"]
    assert contents(out) == whole


@pytest.mark.parametrize("error", [OutOfMemory, MemoryError])
def test_when_draft_does_not_fit_either_the_job_fails_and_says_what_was_tried(
    plate: str, out: Path, error: Callable[[], BaseException]
) -> None:
    stage = short_of_memory(1006, draft_too=True, error=error)
    with pytest.raises(OutOfMemory, match=r"tried at draft quality as well.*smaller plate"):
        run(request(plate, str(out / "m.####.exr")), stage)
    assert stage.qualities == ["final", "draft"]
    assert inside(out) == dict.fromkeys(range(1001, 1006), DRAFT), "finished frames stay, all of one quality"


def test_a_job_that_asked_for_draft_is_not_tried_again(plate: str, out: Path) -> None:
    stage = short_of_memory(1006, draft_too=True, error=lambda: OutOfMemory("Frame 1006 needs 9 GB."))
    with pytest.raises(OutOfMemory, match="Frame 1006 needs 9 GB") as caught:
        run(request(plate, str(out / "m.####.exr"), quality="draft"), stage)
    assert "as well" not in str(caught.value)
    assert stage.qualities == ["draft"]


def test_what_does_not_fit_to_begin_with_is_begun_at_draft(plate: str, out: Path) -> None:
    class Heavy(Stage):
        def begin(self, shot):  # type: ignore[no-untyped-def]
            if shot.quality == "final":
                raise OutOfMemory("The model needs 9 GB.")
            return super().begin(shot)

    stage = Heavy(draft_logit=1.0)
    run(request(plate, str(out / "m.####.exr")), stage)
    assert stage.qualities == ["draft"]
    assert set(inside(out).values()) == {DRAFT}


def test_every_deliverable_is_of_one_quality(plate: str, out: Path) -> None:
    wanted = request(plate, str(out / "a.####.exr"), str(out / "b.####.exr"))
    run(wanted, short_of_memory(1006))
    for name in "ab":
        tops = {float(read_exr(path)[1].max()) for path in out.glob(f"{name}.*.exr")}
        assert tops == {float(DRAFT)}
