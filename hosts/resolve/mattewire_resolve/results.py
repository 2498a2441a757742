"""The kinds of result, the files that each is made of, and what a finished job has to offer for them."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import List, Sequence, Tuple

from mattewire_panel.files import missing_of, outputs_of
from mattewire_protocol import Deliverable, JobView
from mattewire_protocol.errors import BadField

from .conform import counter_of, hashes


class Kind:
    """Where a matte can go. Of the experimental ones nobody has seen yet what a real Resolve makes of them."""

    CUT_OUT = "cut-out"
    """The plate with the matte as its alpha, on a track above the clip."""
    MATTE = "matte"
    """The gray matte on a track above the clip."""
    CLIP_MATTE = "clip matte"
    """Attached to the clip in the media pool, for the Color page."""
    FUSION = "Fusion composition"
    """A composition on the clip, with the matte in it."""
    OTIO = "OTIO file"
    """A timeline for any editor, with the clip and its cut-out."""

    ALL = (CUT_OUT, MATTE, CLIP_MATTE, FUSION, OTIO)
    ON_TRACKS = (CUT_OUT, MATTE)
    MOVIES = (CUT_OUT,)
    """Those that can be a movie."""
    EXPERIMENTAL = (MATTE, CLIP_MATTE, FUSION)


_CONTENT = {
    Kind.CUT_OUT: ("cutout", "cutout", ""),
    Kind.MATTE: ("matte", "matte", "RGB"),
    Kind.CLIP_MATTE: ("clipmatte", "matte", "RGB"),
    Kind.FUSION: ("fusion", "matte", "RGBA"),
    Kind.OTIO: ("cutout", "cutout", ""),
}
"""Name of the files, content and channels. Gray is R = G = B without A, so that it is never a matte twice; Fusion's
MatteControl takes alpha from alpha, which no color management touches."""


def deliverables(kind: str, movie: bool, folder_template: str, fps: float = 0.0) -> List[Deliverable]:
    """What a request must ask for, so that its result can be placed as ``kind``.

    ``folder_template``: a folder, in which ``{shot}``, ``{version}``, ``{object}`` and ``{view}`` may stand; what of
    them stands there stands in the files' names too. ``movie``: ProRes 4444 rather than EXR, which only plain clips
    can take (``Clip.plain``) and only kinds in ``Kind.MOVIES``. ``fps``: the clip's, which a movie of an image
    sequence needs. EXR is half float, the cut-out straight. ``BadField`` for a kind that there is not, and for a
    movie of what can be none.
    """
    if kind not in Kind.ALL:
        raise BadField(
            f"There is no result of the kind {kind}.", field="kind", advice=f"Choose one of: {', '.join(Kind.ALL)}."
        )
    if movie and kind not in Kind.MOVIES:
        raise BadField(
            f"A {kind} is an EXR sequence, never a movie.",
            field="movie",
            advice="Choose the cut-out for a ProRes 4444 movie, or EXR.",
        )
    name, content, channels = _CONTENT[kind]
    parts = [part for part in ("{shot}", "{object}", name, "{version}") if part[0] != "{" or part in folder_template]
    if "{shot}" not in parts:
        parts.insert(0, "{shot}")
    path = os.path.join(folder_template, "_".join(parts))
    if movie:
        return [Deliverable(f"{path}.mov", "prores4444", content=content, fps=fps)]
    return [Deliverable(f"{path}.####.exr", "exr", content=content, channels=channels, depth="half")]


@dataclass(frozen=True)
class Results:
    """What a job has made: one sequence or movie, or one for each object.

    ``patterns``: ``####`` or ``%04d`` paths, or movies. ``first``, ``last``: the source frames that were asked for,
    both included, in the numbers of ``Clip.frames``; a movie holds exactly these. ``names``: the objects, in the order
    of ``patterns`` where there is one for each. ``prompt`` as typed, ``version`` 0 where the names have none.
    """

    job_id: str
    patterns: Tuple[str, ...]
    first: int
    last: int
    names: Tuple[str, ...] = field(default=())
    prompt: str = ""
    version: int = 0

    def __post_init__(self) -> None:
        if not self.patterns:
            raise BadField("The job has made nothing to place.", field="out", advice="Let it finish, then place it.")

    @classmethod
    def of_view(cls, view: JobView, prompt: str = "") -> Results:
        """Of a job that ended. ``BadField`` when it has made nothing."""
        names = tuple(view.names[number] for number in sorted(view.names))
        first, last = view.first or 0, view.last or 0
        return cls(view.job_id, tuple(outputs_of(view)), first, last, names, prompt, view.version)

    def label(self, index: int = 0) -> str:
        """What an artist calls the result in ``patterns[index]``."""
        if len(self.patterns) > 1 and len(self.names) == len(self.patterns):
            return self.names[index]
        return self.prompt.strip() or ", ".join(self.names) or "subject"

    def is_movie(self, index: int = 0) -> bool:
        return counter_of(self.patterns[index]) is None

    def has(self, index: int, source: int) -> bool:
        """Whether the matte of a source frame is finished: within the range, and its file on disk."""
        if not self.first <= source <= self.last:
            return False
        if self.is_movie(index):
            return os.path.isfile(self.patterns[index])
        return not missing_of(hashes(self.patterns[index]), [source])


def spans(frames: Sequence[int]) -> str:
    """Frames as an artist writes them: ``1001-1010, 1015``."""
    rows: List[Tuple[int, int]] = []
    for frame in sorted(set(frames)):
        if rows and rows[-1][1] == frame - 1:
            rows[-1] = (rows[-1][0], frame)
        else:
            rows.append((frame, frame))
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in rows)
