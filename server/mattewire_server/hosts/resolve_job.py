"""The job of DaVinci Resolve's Lua script: hands in what the script tells, and follows it in a process of its own.

The script starts ``mattewire resolve-clip`` and waits for it, half a second or so. That reads the clip, starts this
module detached, and ends; this module sees the job through and keeps the clip's record up to date, which is all that
the script ever reads. Nothing is lost when it is killed: the next start of the script follows the same job again.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mattewire_panel.files import file_of, outputs_of
from mattewire_panel.prefs import Preferences
from mattewire_panel.wish import out_path
from mattewire_panel.words import dialog, duration
from mattewire_protocol import Client, JobView, MatteRequest, MattewireError, codec
from mattewire_protocol.connection import data_folder, make_private_folder, write_private
from mattewire_protocol.errors import BadField, DaemonUnreachable, FrameMissing, InternalError, NotWritable
from mattewire_protocol.launch import process_exists, scrubbed_environment
from mattewire_protocol.messages import FINAL_STATES
from mattewire_resolve import clips, conform, told
from mattewire_resolve.clips import Clip
from mattewire_resolve.lua_records import STATES, forget, record_path, write
from mattewire_resolve.results import Kind, deliverables
from mattewire_resolve.settings import LENGTHS, Settings

BEAT_S = 2.0
"""Seconds between two records of a running job; the script takes one that is much older for abandoned."""
PATIENCE_S = 90.0
"""How long a vanished daemon is waited for."""
IN_PLACE = "In Resolve, right-click the clip, choose Render in Place, then run Mattewire on what was rendered."
"""The way out where the panel of the Studio edition would offer to render the clip itself."""
_WORDS = ("prompt", "exclude", "pick", "engine", "quality", "edges")
_DETACHED = getattr(subprocess, "DETACHED_PROCESS", 0) | getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
"""Windows only; 0 elsewhere, where a new session does it."""


def begin(facts: str) -> Path:
    """Takes what the script sent, and starts following its job; the clip's record, which says how it went.

    A clip whose job runs already, with the same stamp, is followed on and not handed in again. ``BadField`` when
    ``facts`` are none, ``NotWritable``; what is wrong with the clip itself stands in the record.
    """
    clip_told = told.read(facts)
    path = record_path(data_folder(), clip_told.item_id)
    try:
        make_private_folder(path.parent)
        job = _running(path, clip_told.stamp)
        if job is None:
            job = _new_job(path, clip_told)
        job["run"] = clip_told.run
        write_private(path.with_suffix(".json"), json.dumps(job))
        if not job.get("error") and not _is_followed(path, job):
            job["pid"] = _follow_detached(path)
            write_private(path.with_suffix(".json"), json.dumps(job))
    except OSError as problem:
        raise NotWritable(
            f"{path.parent} cannot be written: {problem.strerror}.",
            advice="Make that folder writable, or set MATTEWIRE_HOME to a folder of your own.",
        ) from None
    return path


def take_back(item_id: str) -> None:
    """Forgets a clip's record, and deletes the files that were only links to its mattes. The mattes stay."""
    path = record_path(data_folder(), item_id)
    job = _job(path)
    for folder in job.get("conformed", []):
        conform.delete(str(folder))
    forget(path)


def was_told(item_id: str) -> None:
    """The script has told why a job failed or was stopped: its next start hands the clip in anew."""
    path = record_path(data_folder(), item_id)
    job = _job(path)
    if job:
        _write_state(path, job, "told")


# --- handing in --------------------------------------------------------------------------------------------


def _new_job(path: Path, clip_told: told.Told) -> dict[str, Any]:
    job: dict[str, Any] = {"item": clip_told.item_id, "stamp": clip_told.stamp, "job_id": codec.new_id(), "pid": 0}
    before = _job(path)  # its cut-out may stand on the timeline: the new one takes its place
    job.update(earlier=before.get("pattern") or before.get("earlier", ""), conformed=before.get("conformed", []))
    try:
        clip = clips.under_playhead(clip_told.host)
        request = _request(clip, clip_told)
    except Exception as problem:  # the script shows nothing but the record
        known = (
            problem if isinstance(problem, MattewireError) else InternalError(f"{type(problem).__name__}: {problem}")
        )
        _write_failed(path, {**job, "run": clip_told.run, "clip": ""}, _for_lua(known), "refused")
        return {**job, "error": known.code}
    sources = [clip.frames.plate(frame) for frame in clip.frames.host_frames]
    job.update(clip=clip.name, request=codec.to_wire(request), sources=sources, plain=_plain(sources))
    _write_state(path, {**job, "run": clip_told.run}, "running", total=len(set(sources)), line="Starting.")
    return job


def _request(clip: Clip, clip_told: told.Told) -> MatteRequest:
    settings = _settings(clip_told.settings)
    first, last = clip.source_range
    plate = clips.plate([clip])
    chosen = clip_told.settings.get("out") or os.path.dirname(Preferences().out)
    folder = out_path(str(chosen), plate.path)
    return settings.wish(clips.keyframe(clip_told.host, clip) or first).request(
        plate, deliverables(Kind.CUT_OUT, False, os.path.join(folder, "{shot}_{version}")), first, last
    )


def _settings(given: Mapping[str, Any]) -> Settings:
    """The artist's file. ``BadField`` names the line that is at fault."""
    wanted: dict[str, Any] = {name: given[name] for name in (*_WORDS, "motion_blur", *LENGTHS) if name in given}
    for name in LENGTHS:
        value = wanted.get(name)
        if isinstance(value, float) and value.is_integer():  # Lua has but one kind of number
            wanted[name] = int(value)
    try:
        if not isinstance(given.get("out", ""), str):
            raise BadField(f"{given['out']!r} is no folder.", field="out")
        return Settings(**wanted)
    except BadField as problem:
        advice = f"Correct the line {problem.field} in settings.lua."
        raise BadField(problem.message, field=problem.field, advice=advice) from None


def _plain(sources: list[int]) -> bool:
    """Whether each record frame shows the next source frame, whose files Resolve can then take as they are."""
    return sources[0] >= 0 and sources == list(range(sources[0], sources[0] + len(sources)))


def _running(path: Path, stamp: str) -> dict[str, Any] | None:
    job = _job(path)
    return job if job.get("stamp") == stamp and not job.get("ended") and not job.get("error") else None


def _job(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _is_followed(path: Path, job: Mapping[str, Any]) -> bool:
    """Whether a process keeps the record up to date. On Windows, where asking is not harmless, its age alone says."""
    try:
        age = time.time() - path.stat().st_mtime
    except OSError:
        return False
    return bool(job["pid"]) and process_exists(int(job["pid"])) and age < PATIENCE_S


def _follow_detached(path: Path) -> int:
    """Starts ``follow`` in a process that outlives this one and Resolve; its number."""
    return subprocess.Popen(
        [sys.executable, "-m", __name__, str(path)],
        env=scrubbed_environment(),
        cwd=str(path.parent),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        creationflags=_DETACHED,
    ).pid


# --- following ---------------------------------------------------------------------------------------------


def follow(path: Path) -> None:
    """Sees the job of the record ``path`` through to its end, and says so there. Raises nothing of Mattewire's."""
    job = _job(path)
    if not job or job.get("ended"):
        return
    try:
        view = _followed(path, job)
        if view.state == "done":
            placing = _to_place(view, job)
            job["conformed"] += [placing.pop("conformed")] if "conformed" in placing else []
            job.update(ended=True, pattern=placing["pattern"])
            write_private(path.with_suffix(".json"), json.dumps(job))
            _write_state(path, job, "done", view, **placing, **_to_look_at(view, job))
        elif view.state == "canceled":
            _write_failed(path, job, BadField(f"It was stopped after {view.done} of {view.total} frames."), "canceled")
        else:
            raise codec.error_of(view.error) if view.error else InternalError("The job failed and did not say why.")
    except Exception as problem:  # the script shows nothing but the record
        _write_failed(path, job, _known(problem))


def _followed(path: Path, job: dict[str, Any]) -> JobView:
    """The job's view once it has ended."""
    view = JobView(str(job["job_id"]))
    with Client(start=True, name="mattewire resolve-clip", host="resolve") as client:
        client.submit(codec.from_wire(MatteRequest, job["request"]), view.job_id)
        client.follow(view.job_id)
        said = -BEAT_S
        seen = time.monotonic()
        while view.state not in FINAL_STATES:
            for event in client.poll(0.2):
                view.apply(event)
            now = time.monotonic()
            seen = now if client.connected else seen
            if now - seen > PATIENCE_S:
                raise DaemonUnreachable("The daemon went away and did not come back.")
            if now - said >= BEAT_S and view.state not in FINAL_STATES:
                job = {**job, "run": _job(path).get("run", job.get("run", ""))}
                _write_state(path, job, "running", view, total=view.total or len(set(job["sources"])))
                said = now
    return view


def _to_place(view: JobView, job: Mapping[str, Any]) -> dict[str, Any]:
    """What the script imports: a pattern with ``%04d``, its first and last number, and how many frames that are."""
    made = outputs_of(view)
    sources = [int(frame) for frame in job["sources"]]
    if not made:
        raise FrameMissing("The job has made no mattes.", field="out", advice="Run Mattewire on the clip again.")
    missing = [frame for frame in sorted(set(sources)) if not os.path.isfile(file_of(conform.hashes(made[0]), frame))]
    if missing:
        raise FrameMissing(
            f"The matte of frame {missing[0]} is not there: {file_of(conform.hashes(made[0]), missing[0])}.",
            field="out",
            advice="Run Mattewire on the clip again.",
        )
    if job["plain"]:
        pattern, first = conform.printf(made[0]), sources[0]
        return {"pattern": pattern, "first": first, "last": first + len(sources) - 1, "count": len(sources), "note": ""}
    laid = conform.conform(made[0], sources, str(job["clip"]))
    return {
        "pattern": conform.printf(laid.pattern),
        "first": conform.FIRST,
        "last": conform.FIRST + laid.count - 1,
        "count": laid.count,
        "note": conform.said(laid),
        "conformed": laid.folder,
    }


def _to_look_at(view: JobView, job: Mapping[str, Any]) -> dict[str, str]:
    """``worst``: record frames that ask for a look, counted from the clip's beginning, worst first. ``why``: of the
    first one."""
    sources = [int(frame) for frame in job["sources"]]
    shown = [each for each in view.asking() if each.frame in sources]
    why = " ".join((shown[0].why or shown[0].flags)[:1]) if shown else ""
    return {"worst": " ".join(str(sources.index(each.frame)) for each in shown), "why": why}


# --- the record --------------------------------------------------------------------------------------------


def _write_state(path: Path, job: Mapping[str, Any], state: str, view: JobView | None = None, **more: Any) -> None:
    assert state in STATES
    left = view.time_left_s if view is not None else None
    write(
        path,
        {
            "state": state,
            "item": job["item"],
            "run": job.get("run", ""),
            "stamp": job["stamp"],
            "job": job["job_id"],
            "earlier": job["earlier"],
            "clip": job.get("clip", ""),
            "prompt": ", ".join(job.get("request", {}).get("prompts", [])),
            "finished": view.done if view is not None else 0,
            "total": view.total if view is not None else 0,
            "line": view.line() if view is not None else "",
            "left": duration(left) if left is not None else "",
            "at": round(time.time(), 3),
            **more,
        },
    )


def _write_failed(path: Path, job: Mapping[str, Any], problem: MattewireError, state: str = "failed") -> None:
    said = dialog(problem).text.split("\n\n")
    advice = " ".join(said[1:])
    ended = {**job, "ended": True}
    write_private(path.with_suffix(".json"), json.dumps(ended))
    _write_state(path, job, state, message=said[0], advice=advice)


def _known(problem: Exception) -> MattewireError:
    if isinstance(problem, MattewireError):
        return problem
    return InternalError(f"{type(problem).__name__}: {problem}")


def _for_lua(problem: MattewireError) -> MattewireError:
    """The same refusal with the way out that the script's user has."""
    if clips.must_render(problem):
        return type(problem)(problem.message, field="", advice=IN_PLACE)
    if problem.field == "prompts":
        return BadField("Nothing says what to mask.", advice="Write it into the line prompt of settings.lua, and save.")
    return problem


if __name__ == "__main__":
    follow(Path(sys.argv[1]))
