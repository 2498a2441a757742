"""The window described as data: its parts, and which of their events count. ``shown.py`` says what they show.

``window.py`` makes a window of Resolve's from it and writes what has changed. Only kinds and attributes that are widely
seen in use are used: a window without pictures, trees or pop-ups is one that looks the same in every version.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, List, Tuple

from mattewire_panel.wish import HOLDOUT, MOTION_BLUR

from . import picture
from .settings import CHECKS, CHOICES, LARGEST, LENGTHS
from .subject import ROWS

ID, TIMER = "MattewireWindow", "MattewireTimer"
TITLE = "Mattewire"
GEOMETRY = [80, 100, 1160, 620]
MATCHES, JOBS = 16, 4
"""Rows for boxes and for jobs: made once, as all rows here, and hidden while they are not needed."""

_CAPTION, _NUMBER, _LEFT = [92, 0], [60, 0], [380, 0]
_QUIET, WARM = "color: #9a9a9a;", "color: #e0a060;"
BOLD = "font-weight: bold;"


@dataclass(frozen=True)
class Part:
    """``kind``: as ``fusion.UIManager()`` calls it. ``items``: the lines of a ComboBox."""

    kind: str
    attributes: Dict[str, Any] = field(default_factory=dict)
    parts: Tuple[Part, ...] = ()
    items: Tuple[str, ...] = ()


EVENTS: Dict[str, str] = {
    **dict.fromkeys(("prompt", "exclude"), "TextChanged"),
    **dict.fromkeys((*CHOICES, "engine"), "CurrentIndexChanged"),
    **dict.fromkeys(LENGTHS, "ValueChanged"),
    **dict.fromkeys(CHECKS, "Clicked"),
    **dict.fromkeys(
        "detect mask update stop remove render start release selftest action copy dismiss next_worst".split(), "Clicked"
    ),
    **{f"match{row}": "Clicked" for row in range(MATCHES)},
    **{f"use{row}": "Clicked" for row in range(ROWS)},
    **{f"again{row}": "Clicked" for row in range(JOBS)},
}
"""Which event of which part is listened to."""


def layout() -> List[Part]:
    """The window's parts: what to mask on the left, what comes of it on the right."""
    columns = _column(*_wish(), weight=0, MinimumSize=_LEFT), _column(*_outcome(), weight=1)
    return [Part("HGroup", {"Spacing": 14, "Margin": 10}, columns)]


def _wish() -> Tuple[Part, ...]:
    return (
        _label("clip", style=BOLD),
        _label("keyframe", style=_QUIET),
        _button("render", "Render through Resolve", "Render the clip's range so that it can be read"),
        _field("Mask", Part("LineEdit", {"ID": "prompt", "PlaceholderText": "founder speaking, red mug"})),
        _field("Leave out", Part("LineEdit", {"ID": "exclude", "PlaceholderText": "what the words must not catch"})),
        _field("Pick", _list("pick")),
        _field("Engine", Part("ComboBox", {"ID": "engine"})),
        _label("engine_line", style=_QUIET),
        _field("Quality", _list("quality")),
        _field("Range", _list("range")),
        *(Part("CheckBox", {"ID": f"use{row}", "Weight": 0}) for row in range(ROWS)),
        _field("Result", _list("result")),
        _row(
            _button("detect", "Detect", "Look at the frame under the playhead and show what would be masked"),
            _button("mask", "Mask subject", "Track it through and put the result on the timeline"),
            _button("stop", "Stop", "Stop the job; finished mattes are kept"),
        ),
        _field("Edges", _list("edges")),
        _label("edges_line", style=_QUIET),
        Part("CheckBox", {"ID": "motion_blur", "Text": MOTION_BLUR, "Weight": 0}),
        Part("CheckBox", {"ID": "holdout", "Text": HOLDOUT, "Weight": 0}),
        Part("Label", {"Text": "Clean-up, in pixels of the plate", "Weight": 0, "StyleSheet": BOLD}),
        _row(*_number("grow", "Grow", "Below 0 shrinks"), *_number("feather", "Feather", "Softens the edge")),
        _row(
            *_number("fill_holes", "Fill holes", "Holes up to this wide are filled"),
            *_number("remove_specks", "Remove specks", "Specks up to this wide are removed"),
        ),
        _row(
            _button("update", "Update", "Bring the last result up to what is set; new edges need no new tracking"),
            _button("remove", "Remove last result", "Take it off the timeline; its files are kept"),
        ),
        Part("VGap", {"Weight": 1}),
    )


def _outcome() -> Tuple[Part, ...]:
    return (
        _row(
            Part(
                "Label",
                {
                    "ID": "picture",
                    "StyleSheet": picture.EMPTY,
                    "MinimumSize": [picture.WIDTH, picture.HEIGHT],
                    "MaximumSize": [picture.WIDTH, picture.HEIGHT],
                    "Alignment": {"AlignHCenter": True, "AlignVCenter": True},
                    "Weight": 0,
                },
            ),
            _column(
                _label("found", style=_QUIET),
                Part("HGroup", {"Weight": 0}, (_matches(0, MATCHES // 2), _matches(MATCHES // 2, MATCHES))),
                Part("VGap", {"Weight": 1}),
                weight=1,
            ),
            Spacing=10,
        ),
        _label("headline", style=BOLD),
        Part("Label", {"ID": "strip", "MinimumSize": [picture.WIDTH, 14], "MaximumSize": [4000, 14], "Weight": 0}),
        _row(
            _button("next_worst", "Next worst frame", "Put the playhead on the matte that asks for a look most"),
            _gap(),
        ),
        _label("details", style=_QUIET),
        _label("problem", style=WARM),
        Part("TextEdit", {"ID": "problem_details", "ReadOnly": True, "MaximumSize": [4000, 70], "Weight": 0}),
        _row(
            _button("action", "Try again", ""),
            _button("copy", "Copy details", "For a question to whoever looks after Mattewire"),
            _button("dismiss", "Dismiss", ""),
            _gap(),
        ),
        Part("VGap", {"Weight": 1}),
        *(
            _row(_label(f"job{row}"), _button(f"again{row}", "Place", "Put its mattes on the timeline"))
            for row in range(JOBS)
        ),
        _label("daemon", style=_QUIET),
        _row(
            _button("start", "Start daemon", ""),
            _button("release", "Release GPU", "Give the memory of idle models back to Resolve"),
            _button("selftest", "Self-test…", "Masks a small plate on a timeline of its own, and writes a report"),
            _gap(),
        ),
    )


# --- parts -------------------------------------------------------------------------------------------------


def _matches(first: int, end: int) -> Part:
    """A column of boxes to keep or drop; the second one is there only when the first is full."""
    rows = [Part("CheckBox", {"ID": f"match{row}", "Weight": 0}) for row in range(first, end)]
    return _column(*rows, Part("VGap", {"Weight": 1}), weight=1)


def _row(*parts: Part, Spacing: int = 6) -> Part:  # noqa: N803 (as Fusion spells it)
    return Part("HGroup", {"Weight": 0, "Spacing": Spacing}, parts)


def _column(*parts: Part, weight: int, **more: Any) -> Part:
    return Part("VGroup", {"Weight": weight, "Spacing": 6, **more}, parts)


def _field(caption: str, part: Part) -> Part:
    words = Part("Label", {"Text": caption, "Weight": 0, "MinimumSize": _CAPTION})
    part.attributes.setdefault("Weight", 1)
    return _row(words, part)


def _label(name: str, style: str = "") -> Part:
    weight = 1 if name.startswith("job") else 0
    return Part("Label", {"ID": name, "WordWrap": True, "Weight": weight, "StyleSheet": style})


def _gap() -> Part:
    """Keeps the parts before it as narrow as they are."""
    return Part("HGap", {"Weight": 1})


def _button(name: str, text: str, tip: str) -> Part:
    return Part("Button", {"ID": name, "Text": text, "ToolTip": tip, "Weight": 0})


def _list(name: str) -> Part:
    return Part("ComboBox", {"ID": name}, items=tuple(CHOICES[name].values()))


def _number(name: str, caption: str, tip: str) -> Tuple[Part, Part]:
    least = -LARGEST if name == "grow" else 0
    words = Part("Label", {"Text": caption, "Weight": 0, "MinimumSize": _CAPTION})
    limits = {"Minimum": least, "Maximum": LARGEST, "MinimumSize": _NUMBER}
    return words, Part("SpinBox", {"ID": name, **limits, "ToolTip": tip, "Weight": 1})
