"""Starting the fake, what an editor's hand does in it, and what a test looks at."""

from __future__ import annotations

import threading
from dataclasses import replace
from fractions import Fraction
from typing import Any, Literal

from . import ui
from .api import ApiObject
from .editions import STUDIO_ONLY_DIALOG, Edition
from .fusion import Bmd, Fusion, FusionComp, Tool
from .items import TimelineItem
from .media import Pixels
from .picture import picture
from .pool import MediaStorage
from .project import Project, ProjectManager, Resolve
from .timeline import Timeline, state
from .timing import Placing


class FakeResolve:
    """A running application with one project and no timeline.

    Switches for what was measured to vary, or was not measured:

    - ``sequence_frames``: whether source frames of an image sequence count "from zero" or are its "file numbers";
    - ``left_offset``: whether ``GetLeftOffset`` counts "source" or "record" frames at uneven rates;
    - ``source_start_error``: by how much ``GetSourceStartFrame`` is off on every second item;
    - ``append_error``: whether ``AppendToTimeline`` answers with an error and loses its work at the next save;
    - ``outside``: whether scripts run outside of the application.
    """

    def __init__(self, edition: Edition, frame_rate: str, size: tuple[int, int]) -> None:
        self.edition = edition
        self.thread = threading.get_ident()
        self.dialog: str | None = None
        self.dialogs: list[str] = []
        self.page = "edit"
        self.sequence_frames: Literal["from zero", "file numbers"] = "from zero"
        self.left_offset: Literal["source", "record"] = "source"
        self.source_start_error = -1
        self.append_error = False
        self.outside = False
        self.path_maps = {"Scripts:": "/Fusion/Scripts/", "Temp:": "/tmp/"}
        self._settings = {
            "timelineFrameRate": frame_rate,
            "timelineResolutionWidth": str(size[0]),
            "timelineResolutionHeight": str(size[1]),
        }
        self._items = 0
        self.ui = ui.UIManager(self)
        self.dispatcher = ui.UIDispatcher(self)
        self.fusion, self.bmd, self.storage = Fusion(self), Bmd(self), MediaStorage(self)
        self.resolve, self.manager = Resolve(self), ProjectManager(self)
        self.project: Project = Project(self, "Untitled Project", self.settings())
        self.manager._projects[self.project._name] = self.project

    def settings(self) -> dict[str, str]:
        """Of a new project."""
        return dict(self._settings)

    def count_item(self) -> bool:
        """Whether the timeline item that is being made is an odd one out (see ``source_start_error``)."""
        self._items += 1
        return self._items % 2 == 0

    def studio_only(self) -> bool:
        """True in Studio. In the free edition False, and from here on the dialog blocks every call."""
        if self.edition.name == "Studio":
            return True
        self.dialog = STUDIO_ONLY_DIALOG
        self.dialogs.append(STUDIO_ONLY_DIALOG)
        return False

    def python(self) -> dict[str, ApiObject]:
        """The globals of a Python script in the menu. Raises ``LookupError`` where it has none: free, 21.1 on."""
        if not self.edition.runs_python:
            raise LookupError(f"{self.edition.product} {self.resolve.GetVersionString()} runs Lua scripts only")
        return {"resolve": self.resolve, "fusion": self.fusion, "bmd": self.bmd}

    def lua(self, text: str, **arguments: Any) -> Any:
        """Runs a Lua script; what it returns. Every edition and version does."""
        from .lua import Host

        host = Host(self)
        try:
            return host.run(text, arguments)
        finally:
            self.printed = host.printed

    # What an editor does by hand -----------------------------------------------------------------------------------

    def dismiss_dialog(self) -> None:
        """The click on *Not Yet*, which no script can do (the ledger)."""
        self.dialog = None

    def retime(self, item: ApiObject, percent: float, source_in: int | None = None) -> None:
        """Clip speed in percent, negative for backward, 0 for a freeze frame; the record range stays.

        ``source_in``: the lowest source frame that is played, counted from 0.
        """
        assert isinstance(item, TimelineItem)
        place = item._placing
        first = place.source_in if source_in is None else Fraction(source_in)
        item._placing = replace(place, speed=Fraction(str(percent)) / 100, source_in=first, ramp=())
        if first < 0 or item._clip is None or item._placing.source_out > item._clip._frames():
            item._placing = place
            raise ValueError(f"at {percent} % the clip would play {first} on, more than its file has")

    def ramp(self, item: ApiObject, stretches: list[tuple[int, float]]) -> None:
        """A speed ramp: stretches of (record frames, percent), forward, as long as the clip together.

        To scripts it reads like a constant speed, the average (the ledger: 0 to 120 over 96 record frames for two
        seconds at 50 % and two at 200 %).
        """
        assert isinstance(item, TimelineItem)
        ramp = tuple((length, Fraction(str(percent)) / 100) for length, percent in stretches)
        place = item._placing
        assert sum(length for length, _ in ramp) == place.duration
        average = sum((length * speed for length, speed in ramp), Fraction(0)) / place.duration
        made = replace(place, speed=average, ramp=ramp)
        if item._clip is None or made.source_out > item._clip._frames():
            raise ValueError("the clip would play more than its file has")
        item._placing = made

    def generate(self, timeline: ApiObject, name: str, track: int, start: int, length: int) -> ApiObject:
        """A title, a generator or an adjustment clip called ``name``, dragged onto a video track: it has no file."""
        assert isinstance(timeline, Timeline)
        item = TimelineItem(timeline, None, Placing(start, length, Fraction(0), Fraction(1)), "video")
        item._name = name
        timeline._put(item, timeline._tracks["video"][track - 1])
        return item

    def grade(self, item: ApiObject, name: str) -> None:
        """A grade, known by a name."""
        assert isinstance(item, TimelineItem)
        item._grade = name

    def playhead(self, timeline: ApiObject, record_frame: int) -> None:
        """Puts the playhead on a record frame, on any page."""
        assert isinstance(timeline, Timeline)
        timeline._playhead = record_frame

    def post(self, window: ui.Window, name: str, event: str, **set_before: Any) -> None:
        """An artist's doing, for the next ``RunLoop``: the attributes are set first, as typing does, then it fires."""

        def happen() -> None:
            element = window if name == window.ID else window._found(name)
            for attribute, value in set_before.items():
                setattr(element, attribute, value)
            ui.fire(element, event)

        self.dispatcher._posted.append(happen)

    # What a test looks at ------------------------------------------------------------------------------------------

    def picture(self, timeline: ApiObject, record_frame: int, track: int | None = None) -> Pixels:
        """See ``picture.picture``."""
        return picture(timeline, record_frame, track)

    def state(self, timeline: ApiObject) -> dict[str, Any]:
        """See ``timeline.state``."""
        return state(timeline)

    def source_frame(self, item: ApiObject, record_frame: int) -> int:
        """The source frame that is shown, counted from 0: the truth that the getters only hint at."""
        assert isinstance(item, TimelineItem)
        return item._placing.source_frame(record_frame)

    def tools(self, comp: ApiObject) -> dict[str, Tool]:
        """The tools of a Fusion composition, as the Lua reader found them."""
        assert isinstance(comp, FusionComp)
        return dict(comp._tools)


def start(
    edition: Literal["free", "Studio"] = "Studio",
    version: tuple[int, int, int] = (21, 0, 0),
    frame_rate: str = "24",
    size: tuple[int, int] = (1920, 1080),
) -> FakeResolve:
    """A Resolve that was just opened, with its Edit page and an untitled project."""
    return FakeResolve(Edition(edition, version), frame_rate, size)
