"""Rendering a clip through Resolve's queue: the right pictures, and everything else as it was before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import footage
import numpy as np
import pytest
from resolve_rig import opened

from mattewire_protocol.errors import BadField, CameraRaw, FrameMissing
from mattewire_resolve import clips, render
from mattewire_resolve.api.connection import Host, connect
from mattewire_resolve.clips import Clip
from mattewire_resolve.render import Rendering

HOUR = 86400
LARGER = (2 * footage.WIDTH, 2 * footage.HEIGHT)
"""Of the timeline: twice the footage."""
Movie = Callable[..., str]


class Set:
    """A raw clip at 25 on a 24 timeline twice its size, zoomed, between two others, with a title above it."""

    def __init__(self, movie: Movie, speed: float = 100, **started: Any) -> None:
        self.fake = opened(size=LARGER, **started)
        path = Path(movie("A001.mov", 80, "25", timecode="01:00:00:00"))
        self.path = path.rename(path.with_name("A001.braw"))
        pool, self.edit = self.fake.project.GetMediaPool(), self.fake.project.GetCurrentTimeline()
        (raw,) = pool.ImportMedia([str(self.path)])
        (other,) = pool.ImportMedia([movie("other.mov", 20)])
        places = [(other, 0, 10, HOUR), (raw, 20, 40, HOUR + 10), (other, 0, 10, HOUR + 40)]
        for clip, begin, end, record in places:
            pool.AppendToTimeline(
                [{"mediaPoolItem": clip, "startFrame": begin, "endFrame": end, "recordFrame": record, "trackIndex": 1}]
            )
        self.item = self.edit.GetItemListInTrack("video", 1)[1]
        if speed != 100:
            self.fake.retime(self.item, speed)
        self.item.SetProperty({"ZoomX": 1.5, "Pan": 30.0, "CropLeft": 20.0, "Opacity": 60.0, "RotationAngle": 9.0})
        self.edit.AddTrack("video")
        self.edit.SetTrackLock("video", 1, True)
        self.fake.generate(self.edit, "Lower third", 2, HOUR + 10, 12)
        self.fake.playhead(self.edit, HOUR + 12)
        self.queue = self.fake.project._queue
        self.queue.add(self.edit) if self.queue.set({"TargetDir": str(self.path.parent)}) else None
        self.fake.resolve.OpenPage("color")
        self.before = self.everything()

    @property
    def host(self) -> Host:
        return connect(self.fake.resolve, self.fake.fusion, self.fake.bmd)

    def everything(self) -> Any:
        """The timeline, the project's list of timelines and clips, the page, and what the Deliver page holds."""
        project = self.fake.project
        return (
            self.fake.state(self.edit),
            [timeline._name for timeline in project._timelines],
            [clip._own["Clip Name"] for clip in project._pool._root._clips],
            project.GetCurrentTimeline() is self.edit,
            self.fake.page,
            vars(self.queue.page.copy()),
            dict(self.queue.presets),
            [(job.job_id, job.state) for job in self.queue.jobs.values()],
            sorted(path.name for path in self.path.parent.iterdir()),
        )

    def done(self, rendering: Rendering, most: int = 40) -> Clip:
        """What comes of it; ``percent`` grows on the way."""
        seen = []
        for _ in range(most):
            clip = rendering.poll()
            seen.append(rendering.percent)
            if clip is not None:
                assert seen == sorted(seen)
                assert seen[-1] == 100
                return clip
        raise AssertionError("it renders for ever")

    def assert_true_to_the_picture(self, clip: Clip) -> None:
        """The clip stands where the raw one does, and its files show the raw frames, whole and upright."""
        assert (clip.start, clip.end) == (self.item.GetStart(), self.item.GetEnd() - 1)
        assert (clip.item_id, clip.rendered, clip.plain) == (self.item.GetUniqueId(), True, True)
        assert (clip.width, clip.height) == (footage.WIDTH, footage.HEIGHT)
        for record in range(clip.start, clip.end + 1):
            pixels = shown(clip, record)
            assert pixels.shape[:2] == (footage.HEIGHT, footage.WIDTH)
            number = self.fake.source_frame(self.item, record)
            assert footage.number_in(pixels) == number
            assert np.abs(pixels - footage.numbered(number)).mean() < 0.05


def shown(clip: Clip, record: int) -> Any:
    """The picture that the clip's file has for a record frame."""
    from fake_resolve.media import _image

    frame = clip.frames.plate(record)
    if clip.is_sequence:
        return _image(clips.file_at(clip, frame))[..., :3]
    with av.open(clip.file) as container:
        return list(container.decode(container.streams.video[0]))[frame - 1].to_ndarray(format="rgb24") / np.float32(
            255
        )


@pytest.mark.parametrize("speed", [100, 50, -100, 0])
def test_camera_raw(movie: Movie, speed: float) -> None:
    there = Set(movie, speed)
    with pytest.raises(CameraRaw) as refusal:
        clips.under_playhead(there.host)
    assert clips.must_render(refusal.value)
    rendering = Rendering(there.host)
    assert there.everything()[0] == there.before[0]  # while it renders, too
    assert there.everything()[3:7] == there.before[3:7]
    clip = there.done(rendering)
    there.assert_true_to_the_picture(clip)
    assert clip.colorspace == ""
    assert clips.plate([clip]).colorspace == "Rec.709"
    assert there.everything()[:-1] == there.before[:-1]
    assert Path(clip.file).parent.parent == there.path.parent / render.FOLDER
    assert rendering.poll() is None


@pytest.mark.parametrize(
    "numbering", ["{name}{index:04}.{ending}", "{name}.{index}.{ending}", "{name}-{record}.{ending}"]
)
def test_however_the_files_are_numbered(movie: Movie, numbering: str) -> None:
    there = Set(movie)
    there.queue.numbering = numbering
    there.assert_true_to_the_picture(there.done(Rendering(there.host)))


def test_prores_where_there_is_no_exr(movie: Movie, tmp_path: Path) -> None:
    there = Set(movie)
    there.queue.refuses = {("exr", codec) for codec in ("RGBHalf", "RGBHalfDWAA", "RGBAHalf")}
    clip = there.done(Rendering(there.host, folder=str(tmp_path / "renders")))
    there.assert_true_to_the_picture(clip)
    assert (Path(clip.file).suffix, clip.is_sequence, clip.file_first, clip.file_last) == (".mov", False, 1, 19)
    assert there.everything()[:-1] == there.before[:-1]


def test_half_float_rgb_without_loss_is_chosen(movie: Movie) -> None:
    there = Set(movie)
    Rendering(there.host)
    ((ours),) = [job for job in there.queue.jobs.values() if job.page.settings["CustomName"]]
    assert (ours.page.format, ours.page.codec, ours.page.mode) == ("exr", "RGBHalf", 1)


def test_without_its_transitions(movie: Movie) -> None:
    there = Set(movie)
    there.edit.SetTrackLock("video", 1, False)
    there.fake.generate(there.edit, "Cross Dissolve", 1, HOUR + 7, 6)
    there.fake.generate(there.edit, "Dip to Color", 1, HOUR + 10, 4)
    there.assert_true_to_the_picture(there.done(Rendering(there.host)))


def test_a_managed_project(movie: Movie) -> None:
    there = Set(movie)
    there.fake.project._settings.update(
        colorScienceMode="davinciYRGBColorManagedv2", colorSpaceOutput="Rec.709 Gamma 2.4"
    )
    clip = there.done(Rendering(there.host))
    assert clip.colorspace == "Rec.709 Gamma 2.4"
    assert clips.plate([clip]).colorspace == "Rec.709"


def test_a_compound_clip(fake: Any, movie: Movie) -> None:
    pool, edit = fake.project.GetMediaPool(), fake.project.GetCurrentTimeline()
    (source,) = pool.ImportMedia([movie()])
    items = pool.AppendToTimeline([{"mediaPoolItem": source, "startFrame": 3, "endFrame": 9, "recordFrame": HOUR + 4}])
    edit.CreateCompoundClip(items)
    fake.playhead(edit, HOUR + 5)
    rendering = Rendering(connect(fake.resolve))
    clip = next(filter(None, (rendering.poll() for _ in range(9))))
    assert [footage.number_in(shown(clip, record)) for record in range(clip.start, clip.end + 1)] == [3, 4, 5, 6, 7, 8]


def test_a_ramp_is_rendered_as_it_runs(fake: Any, movie: Movie) -> None:
    pool = fake.project.GetMediaPool()
    (source,) = pool.ImportMedia([movie(frames=60)])
    (item,) = pool.AppendToTimeline([{"mediaPoolItem": source, "startFrame": 0, "endFrame": 24, "recordFrame": HOUR}])
    fake.ramp(item, [(12, 50), (12, 200)])
    rendering = Rendering(connect(fake.resolve))
    clip = next(filter(None, (rendering.poll() for _ in range(20))))
    numbers = [footage.number_in(shown(clip, record)) for record in range(HOUR, HOUR + 24)]
    assert numbers == [fake.source_frame(item, record) for record in range(HOUR, HOUR + 24)]
    assert numbers[:4] + numbers[-2:] == [0, 0, 1, 1, 26, 28]


# --- what goes wrong -----------------------------------------------------------------------------------------


def test_cancel(movie: Movie) -> None:
    there = Set(movie)
    rendering = Rendering(there.host)
    assert rendering.poll() is None
    assert 0 < rendering.percent < 100
    rendering.cancel()
    assert there.everything() == there.before
    assert not there.queue.running
    rendering.cancel()
    assert rendering.poll() is None


def test_while_resolve_renders_something_else(movie: Movie) -> None:
    there = Set(movie)
    there.queue.frames_at_a_time = 0
    there.queue.begin(list(there.queue.jobs))
    before = there.everything()
    with pytest.raises(BadField, match="Resolve is rendering"):
        Rendering(there.host)
    assert there.everything() == before


def test_resolve_fails(movie: Movie) -> None:
    there = Set(movie)
    there.queue.fails_at = 6
    rendering = Rendering(there.host)
    with pytest.raises(BadField, match=r"did not render A001\.braw: The Blackmagic RAW decoder failed"):
        there.done(rendering)
    assert there.everything() == there.before


def test_the_editor_stops_it(movie: Movie) -> None:
    there = Set(movie)
    rendering = Rendering(there.host)
    rendering.poll()
    there.fake.project.StopRendering()
    with pytest.raises(BadField, match=r"did not render A001\.braw\."):
        there.done(rendering)
    assert there.everything() == there.before


def test_resolve_never_begins(movie: Movie, monkeypatch: pytest.MonkeyPatch) -> None:
    there = Set(movie)
    monkeypatch.setattr(type(there.fake.project), "StartRendering", lambda self, *given: True)
    rendering = Rendering(there.host)
    assert rendering.poll() is None
    monkeypatch.setattr(render, "PATIENCE_S", 0.0)
    with pytest.raises(BadField, match="did not render"):
        rendering.poll()
    assert there.everything() == there.before


def test_the_editor_looks_at_another_timeline(movie: Movie) -> None:
    """At the scratch timeline first, which is then taken away from under the editor."""
    there = Set(movie)
    project = there.fake.project
    rendering = Rendering(there.host)
    project.SetCurrentTimeline(project._timelines[-1])
    clip = there.done(rendering)
    assert project.GetCurrentTimeline() is there.edit
    rendering = Rendering(there.host, spot=clips.spot_under_playhead(there.host))
    project.GetMediaPool().CreateEmptyTimeline("Trailer")
    assert there.done(rendering).frames == clip.frames
    assert project.GetCurrentTimeline().GetName() == "Trailer"


def test_another_project_is_opened(movie: Movie) -> None:
    there = Set(movie)
    rendering = Rendering(there.host)
    there.fake.manager.CreateProject("Second film")
    clip = there.done(rendering)
    assert (clip.timeline_fps, clip.file_last - clip.file_first + 1) == (24, 19)
    assert len(there.queue.jobs) == 1


def test_the_editor_deletes_the_job(movie: Movie) -> None:
    there = Set(movie)
    rendering = Rendering(there.host)
    there.fake.project.StopRendering()
    (ours,) = [job for job in there.queue.jobs if there.queue.jobs[job].page.settings["CustomName"]]
    there.fake.project.DeleteRenderJob(ours)
    with pytest.raises(BadField, match="did not render"):
        rendering.poll()
    assert there.everything() == there.before


def test_done_without_pictures(movie: Movie) -> None:
    there = Set(movie)
    there.queue.without_video = True
    rendering = Rendering(there.host)
    with pytest.raises(FrameMissing, match="0 files for 19 frames"):
        there.done(rendering)
    assert there.everything() == there.before


def test_done_with_a_gap(movie: Movie) -> None:
    there = Set(movie)
    rendering = Rendering(there.host)
    rendering.poll()
    sorted((there.path.parent / render.FOLDER).rglob("*.exr"))[1].unlink()
    with pytest.raises(FrameMissing, match="18 files for 19 frames"):
        there.done(rendering)
    assert there.everything() == there.before


def refusing(monkeypatch: pytest.MonkeyPatch, cls: Any, name: str) -> None:
    monkeypatch.setattr(cls, name, lambda self, *given: False)


@pytest.mark.parametrize(
    ("name", "saying"),
    [
        ("AddRenderJob", "did not queue"),
        ("SetRenderSettings", "did not queue"),
        ("StartRendering", "did not start"),
        ("SetCurrentRenderFormatAndCodec", "neither half-float EXR nor ProRes"),
    ],
)
def test_the_project_does_not_follow(movie: Movie, monkeypatch: pytest.MonkeyPatch, name: str, saying: str) -> None:
    there = Set(movie)
    refusing(monkeypatch, type(there.fake.project), name)
    with pytest.raises(BadField, match=saying) as refusal:
        Rendering(there.host)
    assert "Render in Place" in refusal.value.advice
    assert there.everything() == there.before


@pytest.mark.parametrize(
    ("name", "saying"),
    [
        ("DuplicateTimeline", "did not copy"),
        ("DeleteClips", "did not clear"),
        ("SetSetting", "128x48, the size of the clip"),
    ],
)
def test_the_timeline_does_not_follow(movie: Movie, monkeypatch: pytest.MonkeyPatch, name: str, saying: str) -> None:
    there = Set(movie)
    refusing(monkeypatch, type(there.edit), name)
    with pytest.raises(BadField, match=saying):
        Rendering(there.host)
    assert there.everything() == there.before


def test_the_clip_does_not_follow(movie: Movie, monkeypatch: pytest.MonkeyPatch) -> None:
    there = Set(movie)
    refusing(monkeypatch, type(there.item), "SetProperty")
    with pytest.raises(BadField, match=r"did not reset Pan, ZoomX"):
        Rendering(there.host)
    assert there.everything() == there.before


def test_what_a_crash_left_is_swept(movie: Movie) -> None:
    there = Set(movie)
    Rendering(there.host)  # and nobody polls it any more
    there.fake.project.StopRendering()
    assert len(there.fake.project._timelines) == 2
    there.done(Rendering(there.host))
    assert there.everything()[1] == there.before[1]


@pytest.mark.parametrize("edition", ["free", "Studio"])
def test_every_edition_renders(movie: Movie, edition: str) -> None:
    there = Set(movie, edition=edition, version=(20, 2, 0))
    there.assert_true_to_the_picture(there.done(Rendering(there.host)))
    assert there.fake.dialogs == []


@pytest.mark.parametrize(
    ("studio", "size"), [(True, (8192, 4320)), (False, (2048, 1080))], ids=["Studio", "free edition"]
)
def test_sizes(fake: Any, studio: bool, size: tuple[int, int]) -> None:
    from mattewire_resolve.api.reading import Media

    host = Host(fake.resolve, None, None, "DaVinci Resolve", (21, 0, 0), studio)
    media = Media("", "Video", "", None, 1, 0, 0, 4096, 4320, 2.0, "", "", True)
    assert render._size(host, media) == size
    assert render._size(host, None) == (footage.WIDTH, footage.HEIGHT)
