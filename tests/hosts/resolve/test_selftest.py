"""The self-test itself: it passes with a sound daemon, finds faults, and leaves nothing behind."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import window_rig
from window_rig import HEIGHT, HOUR, WIDTH, Artist, plates

from e2e.house import House
from mattewire_protocol.errors import BadField
from mattewire_resolve import placing, selftest
from mattewire_resolve.api import scratch

Waits = Iterator[Callable[[], Any]]


@pytest.fixture
def fake(house: House, tmp_path: Path) -> Any:
    running = window_rig.resolve_with_ball(tmp_path)
    running.resolve.OpenPage("color")
    return running


def everything(fake: Any) -> Any:
    """Page, timelines, bins and what is in them."""
    pool = fake.project.GetMediaPool()
    root = pool.GetRootFolder()
    return (
        fake.resolve.GetCurrentPage(),
        fake.state(fake.project.GetCurrentTimeline()),
        fake.project.GetTimelineCount(),
        [clip.GetName() for clip in root.GetClipList()],
        [folder.GetName() for folder in root.GetSubFolderList()],
        pool.GetCurrentFolder().GetName(),
    )


def report_of(fake: Any) -> tuple[dict[str, Any], Artist, Path]:
    """Pressed in the window: the report, the window, the test's own folder."""
    folders: list[Path] = []

    def script(artist: Artist) -> Waits:
        yield lambda: artist.can_press("selftest")
        artist.presses("selftest")
        folders.append(artist.desk.testing.folder)
        assert not artist.can_press("mask")
        yield lambda: artist.desk.testing is None

    artist = Artist(fake, window_rig.window_in(fake))
    artist.works(script)
    return json.loads(report_path().read_text()), artist, folders[0]


def report_path() -> Path:
    from mattewire_protocol.connection import data_folder

    return data_folder() / selftest.REPORT


def failed(report: dict[str, Any]) -> list[str]:
    return [step["name"] for step in report["steps"] if step["ok"] is False]


def test_it_passes_and_leaves_everything_as_it_was(fake: Any) -> None:
    before = everything(fake)
    report, artist, folder = report_of(fake)
    assert report["ok"], report["steps"]
    assert (report["schema"], report["host"]) == ("mattewire.selftest.1", "DaVinci Resolve")
    assert report["host_version"] == "DaVinci Resolve Studio 21.0.0"
    assert len(report["frames"]) == 8
    assert min(frame["iou"] for frame in report["frames"]) > 0.95
    assert [step["name"] for step in report["steps"]][-3:] == ["Look at the viewer", "Remove the result", "Clean up"]
    assert report["facts"]["edition"] == "DaVinci Resolve Studio"
    assert report["facts"]["longest timer"].endswith(" ms")
    assert everything(fake) == before
    assert not folder.exists()
    assert artist.says("headline") == "The self-test passed."
    assert "✓ Look at the viewer: Frame 1005: overlap 0.9" in artist.says("details")
    assert str(report_path()) in artist.says("details")
    assert fake.dialogs == []


def test_it_finds_a_result_that_shows_the_wrong_frames(fake: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Moved by a second on the timeline, as a wrong mapping would."""
    placed = placing.place

    def wrongly(host: Any, clips: Any, *rest: Any) -> Any:
        made = placed(host, clips, *rest)
        edit = host.timeline()
        item = edit.GetItemListInTrack("video", 2)[0]
        media = item.GetMediaPoolItem()
        edit.DeleteClips([item])
        info = {"mediaPoolItem": media, "startFrame": 0, "endFrame": 8, "recordFrame": HOUR + 24, "trackIndex": 2}
        fake.project.GetMediaPool().AppendToTimeline([info])
        return made

    before = everything(fake)
    monkeypatch.setattr(placing, "place", wrongly)
    report, artist, _ = report_of(fake)
    assert failed(report) == ["Place it on the timeline"]
    assert artist.says("headline") == "The self-test found a fault."
    assert everything(fake)[:3] == before[:3]


def test_it_finds_a_viewer_that_shows_something_else(fake: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scratch.Scratch, "show_plate", lambda self, shown: None)  # the plate's gray stays in sight
    monkeypatch.setattr(scratch.Scratch, "go_to", lambda self, offset: None)  # and it is frame 1001
    report, _, _ = report_of(fake)
    assert failed(report) == ["Look at the viewer"]


def test_where_resolve_writes_no_stills_it_goes_on(fake: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(fake.project), "__dir__", lambda self: ["GetName"])
    report, _, _ = report_of(fake)
    assert report["ok"], report["steps"]
    assert "writes no stills" in report["steps"][7]["words"]


def test_without_a_daemon_it_says_so_and_cleans_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    window_rig.alone(tmp_path, monkeypatch)
    fake = window_rig.resolve_with_ball(tmp_path)
    before = everything(fake)
    report, _, folder = report_of(fake)
    assert failed(report) == ["Meet the daemon"]
    assert "mattewire serve" in report["steps"][1]["words"]
    assert report["steps"][4]["words"] == "Not run."
    assert everything(fake) == before
    assert not folder.exists()


def test_without_a_timeline_open_it_makes_its_own(house: House) -> None:
    import fake_resolve

    fake = fake_resolve.start(size=(WIDTH, HEIGHT))
    report, _, _ = report_of(fake)
    assert report["ok"], report["steps"]
    assert fake.project.GetTimelineCount() == 0


def test_a_timeline_that_stays_is_named(fake: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(fake.project.GetMediaPool()), "DeleteTimelines", lambda self, timelines: False)
    report, _, _ = report_of(fake)
    assert failed(report) == ["Clean up"]
    assert "Mattewire self-test 1 could not be deleted" in report["steps"][-1]["words"]


@pytest.mark.parametrize("size", [(96, 54), (192, 108), (200, 54), (96, 100), (480, 270)])
def test_a_still_of_any_size_is_judged_alike(tmp_path: Path, size: tuple[int, int]) -> None:
    path = tmp_path / "still.png"
    draw(path, size, common_frame())
    assert selftest.seen(path).iou > 0.9
    draw(path, size, common_frame() + 2)
    assert selftest.seen(path).iou < selftest.LEAST_SEEN
    cv2.imwrite(str(path), np.zeros((size[1], size[0], 3), np.uint8))
    assert selftest.seen(path).iou == 0.0


def common_frame() -> int:
    return plates.FIRST + selftest.SEEN_AT


def draw(path: Path, size: tuple[int, int], frame: int) -> None:
    """The disc over black, scaled to fit, dimmer than white."""
    scale = min(size[0] / WIDTH, size[1] / HEIGHT)
    x, y = plates.center(frame)
    rows, columns = np.mgrid[0 : size[1], 0 : size[0]] + 0.5
    left, top = (size[0] - scale * WIDTH) / 2, (size[1] - scale * HEIGHT) / 2
    disc = np.hypot(columns - left - x * scale, rows - top - y * scale) < plates.RADIUS * scale
    assert cv2.imwrite(str(path), np.where(disc[..., None], (20, 20, 140), 0).astype(np.uint8))


def test_the_scratch_timeline_refuses_to_go_on_without_one(fake: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from mattewire_resolve.api import connection

    monkeypatch.setattr(type(fake.project.GetMediaPool()), "CreateEmptyTimeline", lambda self, name: None)
    made = scratch.Scratch(connection.connect(fake.resolve))
    before = everything(fake)
    with pytest.raises(BadField, match="Resolve made no timeline"):
        made.open(window_rig.write_plate(Path(report_path().parent) / "plate"), plates.FIRST, plates.LAST)
    made.close()
    assert everything(fake) == before
