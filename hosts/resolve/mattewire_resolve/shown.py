"""What every part of the window shows now: the desk's state as attributes, by the part's ID."""

from __future__ import annotations

from typing import Any, Dict

from mattewire_panel.panel import DETECTING, IDLE, RUNNING, STOPPING
from mattewire_panel.words import START

from . import picture, saying
from .desk import Desk
from .settings import CHECKS, CHOICES, CHOSEN, LENGTHS
from .subject import ROWS
from .view import BOLD, JOBS, MATCHES, WARM

PHRASE = 14
"""Letters of a phrase beside a box's tick: two columns of them have room."""

Shown = Dict[str, Dict[str, Any]]


def shown(desk: Desk) -> Shown:
    """The attributes that change, for each part by its ID."""
    return {
        **_shown_clip(desk),
        **_shown_range(desk),
        **_shown_buttons(desk),
        **_shown_boxes(desk),
        **_shown_job(desk),
        **_shown_problem(desk),
        **_shown_jobs(desk),
        **_shown_daemon(desk),
    }


def values(desk: Desk) -> Shown:
    """What the artist can set, as it is set: written when the window opens."""
    now = desk.settings
    made: Shown = {name: {"Text": getattr(now, name)} for name in ("prompt", "exclude")}
    made.update({name: {"CurrentIndex": list(offered).index(getattr(now, name))} for name, offered in CHOICES.items()})
    made.update({name: {"Value": getattr(now, name)} for name in LENGTHS})
    made.update({name: {"Checked": getattr(now, name)} for name in CHECKS})
    return made


def _shown_clip(desk: Desk) -> Shown:
    subject = desk.subject
    problem = subject.problem
    return {
        "clip": {"Text": subject.headline(), "StyleSheet": WARM if problem else BOLD},
        "keyframe": _said(subject.keyframe_line()),
        "render": {"Visible": desk.can_render or desk.rendering is not None, "Text": saying.render_button(desk)},
        "engine_line": _said(desk.model.engine_line(desk.settings.engine)),
        "edges_line": _said(desk.model.edges_line(desk.settings.edges)),
        "motion_blur": {"Enabled": desk.settings.edges != "plain"},
        "holdout": {"Visible": desk.model.has_depth or desk.settings.holdout},
    }


def _shown_range(desk: Desk) -> Shown:
    clips = desk.subject.neighbors if desk.settings.range == CHOSEN else []
    made: Shown = {}
    for row in range(ROWS):
        there = row < len(clips)
        made[f"use{row}"] = {"Visible": there}
        if there:
            ticked = clips[row].item_id in desk.subject.ticked
            made[f"use{row}"].update(Text=desk.subject.neighbor_line(row), Checked=ticked)
    return made


def _shown_buttons(desk: Desk) -> Shown:
    can = desk.model.buttons
    free = desk.model.state not in (DETECTING, RUNNING, STOPPING) and not desk.busy
    return {
        "detect": {"Enabled": can.detect and free},
        "mask": {"Enabled": can.mask and free},
        "stop": {"Enabled": can.stop},
        "update": {"Enabled": free and desk.can_update},
        "remove": {"Enabled": free and desk.can_remove},
        "selftest": {"Enabled": free},
    }


def _shown_boxes(desk: Desk) -> Shown:
    subject = desk.subject
    matches = subject.matches
    made: Shown = {
        "picture": {
            "StyleSheet": subject.picture.style,
            "Text": "" if subject.picture.is_shown else "Detect shows the source frame here, and what it finds.",
        },
        "found": _said(subject.found_line(MATCHES)),
    }
    for row in range(MATCHES):
        if row < len(matches):
            match = matches[row]
            made[f"match{row}"] = {
                "Text": f"{match.object}  {_short(match.phrase)}  {match.score:.2f}",
                "Checked": match.object in subject.kept,
                "Visible": True,
            }
        else:
            made[f"match{row}"] = {"Visible": False}
    return made


def _shown_job(desk: Desk) -> Shown:
    model = desk.model
    headline = desk.note or model.headline()
    if model.state == IDLE and not desk.note and desk.session.state not in ("opening", "away"):
        typed = "Press Mask subject." if desk.settings.prompt.strip() else "Type what to mask, then press Mask subject."
        refused = "Press Render through Resolve." if desk.can_render else "Put the playhead on a clip."
        headline = typed if model.ready else refused
    states = model.strip(picture.STRIP_COLUMNS)
    return {
        "headline": {"Text": saying.batch(desk) + headline},
        "strip": {"StyleSheet": picture.strip(states)},
        "details": _said("\n".join(saying.small_print(desk))),
        "next_worst": {"Visible": model.view is not None, "Enabled": desk.can_look and not desk.busy},
    }


def _shown_problem(desk: Desk) -> Shown:
    problem = saying.problem(desk)
    details = desk.details_text
    return {
        "problem": _said(problem.text if problem is not None else ""),
        "problem_details": {"PlainText": details, "Visible": bool(details)},
        "action": {
            "Text": problem.button if problem is not None else "",
            "Visible": bool(problem is not None and problem.button),
        },
        "copy": {"Visible": problem is not None},
        "dismiss": {"Visible": desk.model.error is not None},
    }


def _shown_jobs(desk: Desk) -> Shown:
    rows = saying.job_rows(desk)
    made: Shown = {}
    for row in range(JOBS):
        there = row < len(rows)
        made[f"job{row}"] = _said(rows[row].text if there else "")
        made[f"again{row}"] = {"Visible": there and rows[row].can_place, "Enabled": not desk.busy}
    return made


def _shown_daemon(desk: Desk) -> Shown:
    problem = saying.problem(desk)
    return {
        "daemon": _said(saying.daemon(desk)),
        "start": {"Visible": desk.can_start and (problem is None or problem.button != START)},
        "release": {"Enabled": desk.model.buttons.release},
    }


def _short(phrase: str) -> str:
    """A tick's text does not wrap: the picture says by its number which one it is."""
    return phrase if len(phrase) <= PHRASE else phrase[: PHRASE - 1].rstrip() + "…"


def _said(text: str) -> Dict[str, Any]:
    """The text, or no line at all."""
    return {"Text": text, "Visible": bool(text)}
