"""What the artist has set in the window, kept from one opening to the next."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

from mattewire_panel.prefs import Preferences
from mattewire_panel.wish import EDGE_CHOICES, Wish, depth_of, edges_of
from mattewire_panel.words import phrases
from mattewire_protocol import CleanUp
from mattewire_protocol.connection import data_folder, write_private
from mattewire_protocol.errors import BadField

from .placing import Kind

CLIP, IN_OUT, TRACK, CHOSEN = "clip", "in to out", "track", "chosen"
RANGES: Dict[str, str] = {
    CLIP: "The clip under the playhead",
    IN_OUT: "From In to Out",
    TRACK: "Every clip of this track",
    CHOSEN: "The clips ticked below",
}
CUT_OUT_MOVIE = "cut-out movie"
RESULTS: Dict[str, str] = {
    Kind.CUT_OUT: "Cut-out, EXR sequence",
    CUT_OUT_MOVIE: "Cut-out, ProRes 4444 movie",
    Kind.MATTE: "Gray matte (experimental)",
    Kind.CLIP_MATTE: "Clip matte for Color (experimental)",
    Kind.FUSION: "Fusion composition (experimental)",
    Kind.OTIO: "OTIO file beside the mattes",
}
PICKS: Dict[str, str] = {"best": "The best match", "all": "Every match"}
QUALITIES: Dict[str, str] = {"final": "Final", "draft": "Draft, faster"}
CHOICES: Dict[str, Dict[str, str]] = {
    "range": RANGES,
    "result": RESULTS,
    "pick": PICKS,
    "quality": QUALITIES,
    "edges": EDGE_CHOICES,
}
"""What the drop-down lists offer: value and words, in the order in which they are shown."""

LARGEST = 100
"""Plate pixels that an edge can be moved by here; the protocol allows more, in scripts."""
LENGTHS = ("grow", "feather", "fill_holes", "remove_specks")
CHECKS = ("motion_blur", "holdout")
_FILE = "panel-resolve-settings.json"


@dataclass(frozen=True)
class Settings:
    """``grow``: plate pixels, below 0 shrinks. ``feather``: plate pixels. ``fill_holes``, ``remove_specks``: up to
    this diameter in plate pixels. ``edges``: of ``wish.EDGE_CHOICES``; ``motion_blur``: wider where it moves.
    ``holdout``: things in front cut the matte. Text is as typed."""

    prompt: str = ""
    exclude: str = ""
    pick: str = "best"
    engine: str = "preview"
    quality: str = "final"
    range: str = CLIP
    result: str = Kind.CUT_OUT
    grow: int = 0
    feather: int = 0
    fill_holes: int = 0
    remove_specks: int = 0
    edges: str = "guided"
    motion_blur: bool = False
    holdout: bool = False

    def __post_init__(self) -> None:
        for name, offered in CHOICES.items():
            if getattr(self, name) not in offered:
                raise BadField(f"{getattr(self, name)!r} is none of {', '.join(offered)}.", field=name)
        for name in LENGTHS:
            value = getattr(self, name)
            least = -LARGEST if name == "grow" else 0
            if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= LARGEST:
                raise BadField(f"must lie between {least} and {LARGEST} pixels, not {value!r}.", field=name)
        for name in CHECKS:
            if not isinstance(getattr(self, name), bool):
                raise BadField(f"must be true or false, not {getattr(self, name)!r}.", field=name)
        for name in ("prompt", "exclude", "engine"):
            if not isinstance(getattr(self, name), str):
                raise BadField(f"{getattr(self, name)!r} is no text.", field=name)

    @property
    def kind(self) -> str:
        """One of ``placing.Kind``."""
        return Kind.CUT_OUT if self.result == CUT_OUT_MOVIE else self.result

    @property
    def movie(self) -> bool:
        """Whether the result is one movie instead of a file for each frame."""
        return self.result == CUT_OUT_MOVIE

    def wish(
        self, keyframe: Optional[int], kept: Tuple[int, ...] = (), *, overwrite: bool = False, depth_engine: str = ""
    ) -> Wish:
        """``keyframe``: the source frame that is looked at first, absent for the first one.

        ``kept``: numbers of the boxes to mask there; none where ``pick`` says it. ``depth_engine``: as
        ``wish.depth_of`` takes it.
        """
        return Wish(
            self.prompt,
            self.exclude,
            self.pick,
            kept,
            keyframe=keyframe,
            engine=self.engine,
            quality=self.quality,
            clean_up=CleanUp(
                remove_specks=self.remove_specks,
                fill_holes=self.fill_holes,
                dilate=self.grow,
                feather=self.feather,
            ),
            edges=edges_of(self.edges, self.motion_blur),
            depth=depth_of(self.holdout, depth_engine),
            overwrite=overwrite,
            label=", ".join(phrases(self.prompt)),
        )


def load(preferences: Preferences) -> Tuple[Settings, List[str]]:
    """What was set last, and a sentence for each value that had to be left out. Never raises."""
    notes: List[str] = []
    chosen = replace(Settings(), engine=preferences.engine, quality=preferences.quality)
    try:
        tree: Any = json.loads(_path().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return chosen, notes
    except (OSError, ValueError) as problem:
        return chosen, [f"{_path()} cannot be read: {problem}"]
    known = {field.name for field in fields(Settings)}
    for name, value in tree.items() if isinstance(tree, dict) else ():
        try:
            chosen = replace(chosen, **{name: value}) if name in known else chosen
        except (ValueError, TypeError) as problem:  # BadField is a ValueError
            notes.append(f"{name} from {_path()} is left out: {problem}")
    return chosen, notes


def save(settings: Settings) -> None:
    """Keeps them. A folder that cannot be written costs the artist some typing next time, no more."""
    try:
        write_private(_path(), json.dumps(asdict(settings), indent=2, sort_keys=True) + "\n")
    except OSError:
        return


def _path() -> Path:
    return data_folder() / _FILE
