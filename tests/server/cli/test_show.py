"""What people and programs see: errors, progress, odd names."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
import typer
from rich.console import Console

from mattewire_protocol import JobView
from mattewire_protocol.errors import MattewireError, NotWritable
from mattewire_protocol.messages import Error, FrameEvent, JobEvent, StageEvent
from mattewire_server.cli import show
from mattewire_server.cli.show import JobScreen, complain, counted, printable, told_plainly

JOB = "job-00001"


def story() -> list[Any]:
    events: list[Any] = [JobEvent(JOB, 1, 1, "running", first=1001, last=1010, keyframe=1001, engine="preview")]
    events.append(StageEvent(JOB, 2, 1, "detecting", "Looking for “[red] ball”."))
    events += [FrameEvent(JOB, 3 + i, 1, 1001 + i, "done", score=0.9, elapsed_s=3.0 * i) for i in range(10)]
    events.append(JobEvent(JOB, 13, 1, "done", outputs=["/out/m.####.exr"]))
    return events


def tell(as_json: bool = False, events: list[Any] | None = None) -> None:
    view = JobView(JOB)
    with JobScreen(view, as_json) as shown:
        for event in events or story():
            view.apply(event)
            shown.show(event)


def test_an_error_is_told_with_field_and_next_step(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as caught, told_plainly():
        raise NotWritable("/mnt/[shots]/[1001] cannot be written.", field="out[0].path", advice="Ask [bold]IT[/bold].")
    assert caught.value.exit_code == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert " ".join(shown.err.split()) == ("✗ out[0].path: /mnt/[shots]/[1001] cannot be written. Ask [bold]IT[/bold].")


def test_an_error_is_one_line_of_json_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit), told_plainly(as_json=True):
        raise NotWritable("no.", field="out[0].path", advice="Elsewhere.")
    shown = capsys.readouterr()
    assert shown.err == ""
    assert json.loads(shown.out)["error"] == {
        "code": "not_writable",
        "message": "no.",
        "field": "out[0].path",
        "advice": "Elsewhere.",
        "retryable": False,
    }


def test_every_error_of_the_tree_has_a_next_step_on_screen(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit), told_plainly():
        raise MattewireError("It broke.")
    assert "It broke." in capsys.readouterr().err


def test_faults_of_our_own_are_not_dressed_up() -> None:
    with pytest.raises(ZeroDivisionError), told_plainly():
        raise ZeroDivisionError


def test_away_from_a_terminal_progress_is_a_few_lines(capsys: pytest.CaptureFixture[str]) -> None:
    tell()
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "Detecting. Looking for “[red] ball”."
    assert [line for line in lines[1:] if not line.startswith("Detecting: ")] == []
    assert 3 <= len(lines) - 1 <= 6, "a line every 5 seconds, not one a frame"
    assert "of 10 frames" in lines[-1]


def test_as_json_every_event_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    tell(as_json=True)
    shown = capsys.readouterr()
    events = [json.loads(line) for line in shown.out.splitlines()]
    assert [event["event"] for event in events] == ["job", "stage", *["frame"] * 10, "job"]
    assert events[2]["frame"] == 1001
    assert shown.err == ""


def test_on_a_terminal_there_is_a_bar_with_frame_and_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    paper = io.StringIO()
    screen = Console(file=paper, force_terminal=True, width=160, highlight=False, markup=False, color_system=None)
    monkeypatch.setattr(show, "screen", screen)
    tell(events=story()[:-1])
    drawn = paper.getvalue()
    assert "frame 1010" in drawn
    assert "10 of 10 frames, 0.3 fps" in drawn


def movie_story() -> list[Any]:
    """A job whose frames are all there, and whose movies are being written."""
    events = story()[:-1]
    notes = [f"Writing cut.mov: frame {1000 + second} of 1010." for second in range(1, 11)]
    events += [StageEvent(JOB, 20 + i, 1, "finishing", note, 30.0 + i) for i, note in enumerate(notes)]
    return events


def test_away_from_a_terminal_movies_tell_how_far_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    tell(events=movie_story())
    lines = [line for line in capsys.readouterr().err.splitlines() if "cut.mov" in line]
    assert lines[0] == "Finishing. Writing cut.mov: frame 1001 of 1010."
    assert lines[1:] == ["Writing cut.mov: frame 1007 of 1010."], "every 5 seconds"


def test_on_a_terminal_movies_tell_how_far_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    paper = io.StringIO()
    screen = Console(file=paper, force_terminal=True, width=160, highlight=False, markup=False, color_system=None)
    monkeypatch.setattr(show, "screen", screen)
    tell(events=movie_story())
    assert "Writing cut.mov: frame 1010 of 1010." in paper.getvalue()


def test_a_worker_that_died_is_told_and_the_job_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    died = Error("worker_died", "The worker ended: SIGKILL.")
    tell(events=[JobEvent(JOB, 1, 1, "running"), JobEvent(JOB, 2, 1, "queued", error=died)])
    assert "The worker ended: SIGKILL. Going on." in capsys.readouterr().err


def test_counted_work(capsys: pytest.CaptureFixture[str]) -> None:
    with counted("Rendering the shot", quiet=False) as progress:
        progress(3, 10)
    assert capsys.readouterr().err == "Rendering the shot\n"
    with counted("Rendering the shot", quiet=True) as progress:
        progress(3, 10)
    assert capsys.readouterr().err == ""


def test_names_that_the_terminal_cannot_show_still_print(monkeypatch: pytest.MonkeyPatch) -> None:
    class Narrow(io.StringIO):
        encoding = "ascii"

    monkeypatch.setattr("sys.stderr", Narrow())
    assert printable("Größe \udcff") == "Gr??e ?"
    complain("Größe")
