"""What the panel shows in each state. The session is a plain record here; the talking is tested in test_session."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from mattewire_panel import panel, words
from mattewire_panel.frames import FrameMap
from mattewire_panel.panel import PanelModel
from mattewire_protocol import JobView, MattewireError
from mattewire_protocol.errors import DaemonUnreachable, DiskFull, InternalError
from mattewire_protocol.messages import (
    FRAME_STATES,
    JOB_STATES,
    EngineInfo,
    Error,
    FrameEvent,
    FrameRun,
    JobEvent,
    JobSummary,
    Report,
    Snapshot,
    StageEvent,
    Welcome,
    WorstFrame,
)

JOB = "a" * 16


@dataclass
class Line:
    """The parts of a session that the model reads."""

    state: str = "on"
    problem: MattewireError | None = None
    welcome: Welcome = field(default_factory=lambda: Welcome(1, "1.0"))


def model(state: str = "", frames: dict[int, str] | None = None, **facts: object) -> PanelModel:
    made = PanelModel(Line())  # type: ignore[arg-type]
    made.ready = True
    if state:
        made.view = JobView(JOB)
        event = JobEvent(JOB, 1, 1, state, 1001, 1010, 1003, **facts)  # type: ignore[arg-type]
        runs = [FrameRun(frame, frame, each) for frame, each in (frames or {}).items()]
        made.view.apply(Snapshot(JOB, 1, JobSummary(JOB, state), event, runs))
    return made


@pytest.mark.parametrize(
    ("job", "shown"),
    [
        ("queued", panel.RUNNING),
        ("running", panel.RUNNING),
        ("stopping", panel.STOPPING),
        ("canceled", panel.STOPPED),
        ("done", panel.DONE),
        ("failed", panel.FAILED),
        ("set_aside", panel.FAILED),
    ],
)
def test_every_job_state_is_shown(job: str, shown: str) -> None:
    assert model(job).state == shown
    assert model(job).headline()


def test_no_job_state_is_forgotten() -> None:
    assert len(JOB_STATES) == 7


def test_buttons_follow_the_state() -> None:
    idle, running, stopped = model().buttons, model("running").buttons, model("canceled").buttons
    assert (idle.detect, idle.mask, idle.stop, idle.update) == (True, True, False, False)
    assert (running.detect, running.mask, running.stop, running.update) == (False, False, True, False)
    assert (stopped.detect, stopped.mask, stopped.stop, stopped.update) == (True, True, False, True)
    empty = model()
    empty.ready = False
    assert not empty.buttons.mask
    assert not empty.buttons.detect
    looking = model()
    looking.detecting = True
    assert looking.state == panel.DETECTING
    assert not looking.buttons.mask


def test_the_daemon_can_be_started_only_when_it_is_known_to_be_off() -> None:
    made = model()
    assert not made.buttons.start
    assert made.buttons.release
    made.session = Line("off", DaemonUnreachable())  # type: ignore[assignment]
    assert made.buttons.start
    assert not made.buttons.release
    told = made.problem()
    assert told is not None
    assert told.button == words.START
    made.session = Line("off")  # type: ignore[assignment]
    assert not made.buttons.start
    assert made.problem() is None


def test_headlines_in_words() -> None:
    made = model()
    assert made.headline() == "Type what to mask, then press Mask subject."
    made.ready = False
    assert made.headline() == "Select a plate."
    made.session = Line("opening")  # type: ignore[assignment]
    assert "Starting" in made.headline()
    made.session = Line("away")  # type: ignore[assignment]
    assert "away" in made.headline()
    assert model("canceled", {1003: "done", 1004: "flagged"}).headline() == "Stopped. 2 mattes kept."
    assert model("canceled", {1003: "done"}).headline() == "Stopped. 1 matte kept."
    looking = model()
    looking.detecting = True
    assert looking.headline() == "Looking at the keyframe…"


def test_a_failed_job_has_a_dialog_with_the_way_out() -> None:
    made = model("failed", error=Error("disk_full", "/m is full.", "out", "Free some space.", True))
    made.doing = "Mask subject"
    assert made.headline() == "Mask subject failed."
    told = made.problem()
    assert told is not None
    assert (told.title, told.button) == ("Mask subject", words.RETRY)
    assert told.text == "Output: /m is full.\n\nFree some space."


def test_a_refused_order_has_one_too_and_comes_first() -> None:
    made = model("done")
    made.error = DiskFull("The data folder is full.")
    assert made.state == panel.FAILED
    assert made.headline() == "It failed."
    told = made.problem()
    assert told is not None
    assert told.text.startswith("The data folder is full.")
    made.error = None
    assert made.problem() is None


def test_details_tell_how_the_plate_was_read_and_what_to_look_at() -> None:
    made = model("running", {1003: "flagged"}, colorspace="ACEScg", colorspace_from="the file's header")
    view = made.view
    assert view is not None
    view.apply(StageEvent(JOB, 2, 1, "detecting", "Loading the detector."))
    first, plate, flagged = made.details()
    assert first == "Loading the detector."
    assert plate.startswith("Plate read as ACEScg")
    assert flagged == "1 frame is worth a look."
    assert model().details() == []


def test_the_strip_shows_the_state_most_worth_seeing() -> None:
    made = model("running", {1001: "done", 1002: "done", 1003: "flagged", 1004: "locked"})
    assert made.strip(10) == ["done", "done", "flagged", "locked"] + ["queued"] * 6
    assert made.strip(5) == ["done", "flagged", "queued", "queued", "queued"]
    assert made.strip(1) == ["flagged"]
    assert made.strip(50) == made.strip(10)
    assert made.strip(0) == model().strip(10) == []
    assert set(panel.STATE_COLORS) == set(FRAME_STATES)
    assert set(panel._WORST_FIRST) == set(FRAME_STATES)


@pytest.mark.parametrize("columns", [1, 3, 7, 10, 400])
def test_a_column_leads_to_the_first_frame_that_it_shows(columns: int) -> None:
    made = model("running")
    count = min(columns, 10)
    frames = [made.frame_at(column, columns) for column in range(count)]
    assert frames == [1001 + 10 * column // count for column in range(count)]
    assert made.frame_at(columns, columns) is None
    assert made.frame_at(-1, columns) is None
    assert model().frame_at(0, columns) is None


def test_an_engine_is_told_before_it_is_used() -> None:
    made = model()
    assert made.engine_line("sam2") == ""
    engines = [
        EngineInfo("preview", "Preview", preview=True),
        EngineInfo("sam2", "SAM 2.1", license="Apache-2.0"),
        EngineInfo("big", "Big", ready=False, reason="Its weights are not here."),
        EngineInfo("odd", ready=False),
    ]
    made.session = Line(welcome=Welcome(1, "1.0", engines=engines))  # type: ignore[assignment]
    assert made.engine_line("preview").startswith("Preview, a stand-in")
    assert made.engine_line("sam2") == "SAM 2.1, weights: Apache-2.0."
    assert made.engine_line("big") == "Its weights are not here."
    assert "not ready" in made.engine_line("odd")
    assert made.engine_line("sam9") == "The daemon has no engine sam9."


def test_memory_that_the_models_hold() -> None:
    made = model()
    assert made.memory_line() == ""
    made.report = Report("1.0", 7, 1.0, gpu_bytes=2_300_000_000, engines_loaded=["sam2"])
    assert made.memory_line() == "Loaded: sam2; 2.3 GB of GPU memory held."
    made.report = Report("1.0", 7, 1.0)
    assert made.memory_line() == "Loaded: no model; no GPU memory held."


def test_the_job_list() -> None:
    made = model()
    made.list = [
        JobSummary(JOB, "running", "ball", "preview", frames_done=3, frames_total=8),
        JobSummary(JOB, "queued"),
    ]
    assert made.rows() == [["ball", "running", "3 of 8", "preview"], ["", "queued", "", ""]]


def test_time_left_comes_from_the_pace() -> None:
    made = model("running")
    assert made.time_left() == ""
    view = made.view
    assert view is not None
    for number in range(5):
        view.apply(FrameEvent(JOB, 2 + number, 1, 1001 + number, "done", elapsed_s=2.0 * (number + 1)))
    assert made.time_left() == "10 s left"


def test_an_unforeseen_error_still_has_words() -> None:
    made = model()
    made.error = InternalError("KeyError: 'x'")
    told = made.problem()
    assert told is not None
    assert "mattewire doctor" in told.text


WORST = [WorstFrame(1007, 0.1, ["dropped"], ["It is gone."]), WorstFrame(1003, 0.3, ["area jump"])]


def test_the_worst_frames_are_gone_through_in_turn_also_by_the_hosts_numbers() -> None:
    made = model()
    assert (made.worst_rows(), made.next_worst(), made.about(3), made.looked_at) == ([], None, "", None)
    assert made.next_worst_host(1, FrameMap(1, 10, 1000)) is None
    made = model("done", worst=WORST)
    assert made.worst_rows() == [["1007", "0.10", "It is gone."], ["1003", "0.30", "area jump"]]
    assert [made.next_worst(frame) for frame in (None, 1007, 1003, 1009)] == [1007, 1003, 1007, 1007]
    assert made.next_worst_host(None, FrameMap(1, 10, 1000)) == 7
    assert made.next_worst_host(7, FrameMap(1, 10, 1000)) == 3
    assert made.next_worst_host(3, FrameMap(1, 5, 1000)) == 3
    assert made.about(1007) == "Frame 1007: missing. It is gone."


def test_whoever_has_looked_around_goes_on_with_the_next_one_and_a_new_job_begins_anew() -> None:
    made = model("done", worst=WORST)
    frames = FrameMap(1, 10, 1000)
    assert [made.next_worst_host(host, frames) for host in (1, 8, 9)] == [7, 3, 7]
    assert made.looked_at == 1007
    other = JobView("b" * 16)
    other.apply(JobEvent("b" * 16, 1, 1, "done", 1001, 1010, worst=WORST))
    made.view = other
    assert made.looked_at is None
    assert made.next_worst_host(1, frames) == 7


def test_worst_frames_of_a_clip_that_is_shown_backward_or_held() -> None:
    made = model("done", worst=WORST)
    assert made.next_worst_host(1, FrameMap(1, 10, 1011, -1)) == 4
    held = FrameMap.of_pairs({1: 1003, 2: 1003, 3: 1004})
    assert made.next_worst_host(2, held) == 1, "1007 is not shown"
    assert made.next_worst_host(1, FrameMap(1, 2, 500)) is None


def test_before_the_job_is_done_its_frames_say_which_are_worst() -> None:
    made = model("running", {1002: "flagged", 1004: "done"})
    view = made.view
    assert view is not None
    told = ((1004, "flagged", 0.3), (1005, "flagged", 0.1), (1006, "done", 0.9))
    for seq, (frame, state, score) in enumerate(told, 2):
        why = ["It flickers."] if state == "flagged" else []
        view.apply(FrameEvent(JOB, seq, 1, frame, state, score, why=why))
    assert [each.frame for each in made.worst()] == [1005, 1004, 1002], "one whose score nobody told comes last"
    assert made.details() == ["3 frames are worth a look."]
    assert view.done == 4, "1004 was told twice"
    assert made.about(1004) == "Frame 1004: flagged. It flickers."


def test_engines_that_only_refine_or_estimate_are_not_offered_as_engines() -> None:
    made = model()
    assert (made.engines(), made.has_depth, made.depth_engine) == ([], False, panel.USUAL_DEPTH)
    assert made.edges_line("matting") == ""
    there = [
        EngineInfo("preview", "Preview", does=["detect", "segment"]),
        EngineInfo("sam2", ready=False, reason="It needs a package."),
        EngineInfo("grounding-dino", does=["detect"]),
        EngineInfo("midas", "MiDaS", ready=False, reason="There are no weights.", does=["depth"]),
    ]
    made.session.welcome = Welcome(1, "1.0", engines=there)
    assert made.engines() == ["preview", "sam2"]
    assert (made.has_depth, made.depth_engine) == (False, "midas")
    assert made.edges_line("guided") == ""
    assert made.edges_line("matting").startswith("The daemon has no matting model.")
    reason = "There are no weights. Run this; or without a network, copy that."
    refine = EngineInfo("vitmatte", "ViTMatte", ready=False, reason=reason, does=["refine"])
    depth = EngineInfo("studio-depth", "Studio depth", does=["depth"])
    made.session.welcome = Welcome(1, "1.0", engines=[*there, refine, depth])
    assert made.engines() == ["preview", "sam2"]
    assert (made.has_depth, made.depth_engine) == (True, "studio-depth")
    assert made.edges_line("matting") == "There are no weights. Choose other edges, or see `mattewire engines list`."
    ready = EngineInfo("vitmatte", "ViTMatte", license="Apache-2.0", does=["refine"])
    made.session.welcome = Welcome(1, "1.0", engines=[*there, ready])
    assert made.edges_line("matting") == "ViTMatte, weights: Apache-2.0."
