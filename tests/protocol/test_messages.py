from __future__ import annotations

import dataclasses
import typing
from typing import Any

import pytest

from mattewire_protocol import codec, messages
from mattewire_protocol.errors import BadField, TooLarge
from tools import samples


def test_every_message_is_registered_once_with_its_sender() -> None:
    assert set(messages.SENDER) == set(messages.MESSAGES)
    assert set(messages.SENDER.values()) == {"client", "daemon", "both"}
    assert len(set(messages.MESSAGES.values())) == len(messages.MESSAGES)
    for name, cls in messages.MESSAGES.items():
        body = samples.MINIMAL[name]
        assert type(body) is cls
        assert messages.name_of(body) == name
        assert cls.__doc__
        assert not cls.__doc__.startswith(cls.__name__ + "("), f"{name} says what it is for"


def test_bodies_are_frozen_dataclasses_without_unions() -> None:
    for cls in messages.MESSAGES.values():
        assert cls.__dataclass_params__.frozen  # type: ignore[attr-defined]
        for name, hint in typing.get_type_hints(cls).items():
            if typing.get_origin(hint) is typing.Union:
                kinds = set(typing.get_args(hint))
                assert len(kinds) == 2, f"{cls.__name__}.{name}"
                assert type(None) in kinds, f"{cls.__name__}.{name}"


def test_client_questions_all_have_an_answer() -> None:
    answered = set(samples.ANSWERS.values()) | {"unwatch", "finish"}
    assert answered - {"ping"} == {name for name, sender in messages.SENDER.items() if sender == "client"}
    assert set(messages.EVENTS) < set(messages.MESSAGES)


def test_events_carry_job_and_sequence_number() -> None:
    for name in messages.EVENTS:
        hints = typing.get_type_hints(messages.MESSAGES[name])
        assert hints["job_id"] is str
        assert hints["seq"] is int


def test_the_limits_that_are_told_are_the_ones_kept() -> None:
    assert messages.Limits().message_bytes == codec.MAX_MESSAGE_BYTES
    assert messages.Limits().preview_bytes == codec.MAX_BINARY_BYTES
    assert messages.Limits().silence_s > 2 * messages.Limits().heartbeat_s, "one lost ping is no silence"


def test_states() -> None:
    assert set(messages.FINAL_STATES) < set(messages.JOB_STATES)
    assert messages.FRAME_STATES == ("missing", "queued", "done", "flagged", "stale", "locked")


def test_the_longest_job_list_fits_into_a_message() -> None:
    """500 jobs with a long label each; messages longer than that are the daemon's to cut."""
    job = messages.JobSummary("j" * 64, "set_aside", "l" * 200, "e" * 64, error_code="c" * 30, error_message="m" * 400)
    assert codec.encode(messages.Jobs([job] * 500))
    with pytest.raises(TooLarge):
        codec.encode(messages.Jobs([dataclasses.replace(job, label="l" * 4096)] * 500))


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: messages.Submit("short", samples.MINIMAL["submit"].request), "job_id"),  # type: ignore[attr-defined]
        (lambda: messages.Watch("job-0001", -1), "last_seq"),
        (lambda: messages.Cancel("job 0001"), "job_id"),
        (lambda: messages.Cancel("job-0001\n"), "job_id"),
        (lambda: messages.Accepted("job-0001", "asleep", 1), "state"),
        (lambda: messages.ListJobs(0), "limit"),
        (lambda: messages.Hello(0, 1), "protocol_min"),
        (lambda: messages.FrameEvent("job-0001", 1, 1, 1001, "done", score=1.01), "score"),
        (lambda: messages.FrameEvent("job-0001", 1, 1, 1001, "painted"), "state"),
        (lambda: messages.FrameRun(1, 10_000_001, "done"), "last"),
        (lambda: messages.Detection(1, 0.0, 0.0, float("nan"), 1.0), "x1"),
        (lambda: messages.Detection(1, 0.0, 0.0, 1.0, 1.0, score=float("inf")), "score"),
        (lambda: messages.Stop("soon"), "when"),
    ],
)
def test_ranges(make: Any, field: str) -> None:
    with pytest.raises(BadField) as caught:
        make()
    assert caught.value.field == field


def test_a_stage_made_later_is_no_fault() -> None:
    parts = codec.encode(messages.StageEvent("job-0001", 3, 1, "refining hair"))
    assert codec.decode(parts).body.stage == "refining hair"
