"""What the Lua script tells of a clip is what the panel would have read itself; and the line that it starts."""

from __future__ import annotations

import base64
import json
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import footage
import pytest
from lua_stage import START, Stage

from mattewire_protocol.errors import BadField, MattewireError
from mattewire_resolve import clips, told
from mattewire_resolve.api.connection import connect
from mattewire_resolve.lua_records import literal, record_path, write
from mattewire_resolve.timecode import frame_of
from mattewire_server.hosts import resolve

PARTS = """
local shared = dofile(bundle .. "/mattewire_resolve/lua/shared.lua")(
    {resolve = resolve, print = print, bundle = bundle, program = program, home = home})
local telling = dofile(bundle .. "/mattewire_resolve/lua/telling.lua")(shared)
"""


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    made = Stage(tmp_path / "home")
    made.open_timeline()
    return made


def lua(stage: Stage, text: str, **more: Any) -> Any:
    given = {"bundle": str(stage.recorded.bundle), "program": "/opt/it's here/mattewire", "home": "/data", **more}
    return stage.fake.lua(PARTS + text, **given)


def told_by(stage: Stage, **settings: Any) -> told.Told:
    text = """
        local project, timeline = shared.open()
        local item, track = telling.clip_at(timeline, telling.playhead(timeline))
        return telling.facts(project, timeline, item, track, settings)"""
    found = lua(stage, text, settings=settings)
    return told.read(found if isinstance(found, str) else found[0])


def same(stage: Stage) -> clips.Clip:
    """The clip under the playhead, told and read; also the same refusal."""
    try:
        read = clips.under_playhead(connect(stage.fake.resolve, stage.fake.fusion, stage.fake.bmd))
    except MattewireError as problem:
        with pytest.raises(type(problem)) as caught:
            clips.under_playhead(told_by(stage).host)
        assert caught.value.message == problem.message
        raise
    assert clips.under_playhead(told_by(stage).host) == read
    return read


@pytest.mark.parametrize(
    ("fps", "timecode", "percent"),
    [("24", "", 100), ("25", "10:00:00:00", 100), ("29.97", "01:00:00;00", 100), ("59.94", "", 200), ("24", "", -100)],
)
def test_a_movie(stage: Stage, tmp_path: Path, fps: str, timecode: str, percent: float) -> None:
    movie = footage.write_movie(tmp_path / 'a "name" \\ é.mov', 64, fps, timecode)
    item = stage.lay(movie, 7, 20, START + 5)
    stage.fake.retime(item, percent)
    stage.fake.playhead(stage.timeline, START + 6)
    clip = same(stage)
    assert (clip.file, clip.start, clip.name) == (movie, START + 5, 'a "name" \\ é.mov')
    assert clip.frames.plate(START + 6) == stage.fake.source_frame(item, START + 6) + 1


def test_a_sequence_under_a_title_and_our_own_result(stage: Stage, tmp_path: Path) -> None:
    item = stage.lay(footage.write_sequence(tmp_path, 1001, 1010), 2, 6, sequence=(1001, 1010))
    for name in ("Mattewire mattes - ball", "Video 3"):
        stage.timeline.AddTrack("video")
        stage.timeline.SetTrackName("video", stage.timeline.GetTrackCount("video"), name)
    stage.pool.AppendToTimeline(
        [{"mediaPoolItem": item.GetMediaPoolItem(), "recordFrame": START, "trackIndex": 2, "mediaType": 1}]
    )
    clip = same(stage)
    assert (clip.track, clip.item_id, clip.source_range) == (1, item.GetUniqueId(), (1003, 1008))


def test_color_management_is_told(stage: Stage, tmp_path: Path) -> None:
    item = stage.lay(footage.write_movie(tmp_path / "clip.mov", 8, "24"), 0, 8)
    stage.project._settings["colorScienceMode"] = "davinciYRGBColorManagedv2"
    stage.project._settings["colorSpaceInput"] = "Rec.709 Gamma 2.4"
    same(stage)
    item.GetMediaPoolItem().SetClipProperty("Input Color Space", "ACEScg")
    assert same(stage).colorspace == "ACEScg"


def test_a_generator_is_refused_alike(stage: Stage) -> None:
    stage.timeline.InsertGeneratorIntoTimeline("Solid Color")
    with pytest.raises(BadField, match="it has no file"):
        same(stage)


def test_a_resolve_before_19_has_no_times(stage: Stage, tmp_path: Path) -> None:
    item = stage.lay(footage.write_movie(tmp_path / "clip.mov", 8, "24"), 0, 8)
    facts = told_by(stage)
    assert "GetSourceEndTime" in dir(facts.host.timeline().GetItemListInTrack("video", 1)[0])
    answers = type(item).GetSourceStartTime
    try:
        del type(item).GetSourceStartTime
        told_item = told_by(stage).host.timeline().GetItemListInTrack("video", 1)[0]
    finally:
        type(item).GetSourceStartTime = answers
    assert "GetSourceStartTime" not in dir(told_item)


@pytest.mark.parametrize(
    ("rate", "drop", "code"),
    [
        ("24", False, "01:02:03:04"),
        ("29.97", False, "01:02:03:04"),
        ("29.97", True, "01:10:00:02"),
        ("59.94", True, "00:09:59:59"),
        ("59.94", True, "00:10:00:00"),
    ],
)
def test_the_playhead(stage: Stage, rate: str, drop: bool, code: str) -> None:
    """Held to the panel's own reading of timecodes."""
    text = f"""
        local answers = {{GetStartFrame = 500, GetStartTimecode = "00:01:00:02", GetCurrentTimecode = "{code}"}}
        local settings = {{timelineFrameRate = "{rate}", timelineDropFrameTimecode = "{int(drop)}"}}
        local timeline = setmetatable({{}}, {{__index = function(_, name)
            if name == "GetSetting" then return function(_, asked) return settings[asked] end end
            return function() return answers[name] end
        end}})
        local here = telling.playhead(timeline)
        return here .. " " .. telling.timecode(timeline, here)"""
    exact = {"24": Fraction(24), "29.97": Fraction(30000, 1001), "59.94": Fraction(60000, 1001)}[rate]
    here, begin = frame_of(code, exact, drop), frame_of("00:01:00:02", exact, drop)
    assert here is not None
    assert begin is not None
    frame, back = str(lua(stage, text)).split()
    assert float(frame) == 500 + here - begin
    assert back == (code[:8] + (";" if drop else ":") + code[9:]), "and back again"


def test_the_line_for_a_shell(stage: Stage, tmp_path: Path) -> None:
    """Run by a shell: the program gets just these words, whatever the paths look like."""
    program = tmp_path / "it's a $HOME `folder` é" / "mattewire"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\nprintf "%s|" "$MATTEWIRE_HOME" "$PYTHONHOME" "$LD_LIBRARY_PATH" "$@"\n')
    program.chmod(0o755)
    line = lua(stage, 'return shared.command("QUJD+/==")', program=str(program), home=str(tmp_path / "my 'home'"))
    poisoned = {"PATH": "/usr/bin:/bin", "PYTHONHOME": "/opt/resolve", "LD_LIBRARY_PATH": "/opt/resolve/libs"}
    done = subprocess.run(["sh", "-c", line], env=poisoned, capture_output=True, text=True, check=True)
    assert done.stdout == f"{tmp_path}/my 'home'|||resolve-clip|QUJD+/==|"


def test_the_line_for_windows(stage: Stage) -> None:
    """As text: no Windows runs here. It begins with no quote, since cmd /c would take the outermost pair away."""
    line = lua(
        stage,
        'return shared.command("QUJD+/==")',
        program="C:\\Program Files\\it's & (x86)\\mattewire.exe",
        home="C:\\Users\\JRG~1\\AppData\\Local\\Mattewire",
    )
    assert line == (
        'set "MATTEWIRE_HOME=C:\\Users\\JRG~1\\AppData\\Local\\Mattewire"&set "PYTHONHOME="&set "PYTHONPATH="&'
        'set "LD_LIBRARY_PATH="&set "LD_PRELOAD="&set "DYLD_LIBRARY_PATH="&set "QT_PLUGIN_PATH="&'
        '"C:\\Program Files\\it\'s & (x86)\\mattewire.exe" resolve-clip QUJD+/=='
    )
    assert (
        lua(stage, "return shared.settings_path", home="\\\\server\\home") == "\\\\server\\home\\resolve\\settings.lua"
    )


def test_a_clip_fits_into_a_line_of_windows(stage: Stage, tmp_path: Path) -> None:
    """cmd takes 8191 signs."""
    folder = tmp_path / ("deep é " * 20)
    folder.mkdir()
    stage.lay(footage.write_movie(folder / f"{'long name ' * 15}.mov", 4, "24"), 0, 4)
    settings = {"prompt": "the founder speaking, a blue mug " * 8, "exclude": "x" * 100, "out": "D:/" + "y" * 200}
    text = """
        local project, timeline = shared.open()
        local item, track = telling.clip_at(timeline, telling.playhead(timeline))
        local facts = telling.facts(project, timeline, item, track, settings)
        return shared.command(facts)"""
    assert len(lua(stage, text, settings=settings, home="C:\\Users\\somebody")) < 8191


def test_the_stamp_changes_with_what_the_answer_depends_on(stage: Stage, tmp_path: Path) -> None:
    item = stage.lay(footage.write_movie(tmp_path / "clip.mov", 24, "24"), 2, 8)
    first = told_by(stage, prompt="ball", grade=True).stamp
    assert told_by(stage, prompt="ball", grade=False).stamp == first, "the grade is copied, not masked"
    assert told_by(stage, prompt="cup", grade=True).stamp != first
    stage.timeline.SetStartTimecode("02:00:00:00")
    stage.fake.playhead(stage.timeline, 2 * START)
    assert told_by(stage, prompt="ball", grade=True).stamp == first, "where it stands does not matter"
    stage.fake.retime(item, 50)
    assert told_by(stage, prompt="ball", grade=True).stamp != first


@pytest.mark.parametrize(
    "text",
    ["", "not base64!", "é", "x" * 2_000_000]
    + [
        base64.b64encode(json.dumps(each).encode()).decode()
        for each in ([], {}, {"schema": "mattewire.told.2"}, {"schema": "mattewire.told.1", "item": {"id": 3}})
    ],
)
def test_what_is_no_message_is_refused(text: str) -> None:
    with pytest.raises(BadField, match="is not what the Lua script sends") as caught:
        told.read(text)
    assert "install-host resolve" in caught.value.advice


def test_records_are_read_by_the_script(stage: Stage, tmp_path: Path) -> None:
    item = stage.lay(footage.write_movie(tmp_path / "clip.mov", 4, "24"), 0, 4)
    words = 'a "quoted" \\ back\nslash, é, 日本, 1\0009'
    path = record_path(stage.home, item.GetUniqueId())
    write(path, {"state": "done", "line": words, "at": 12.5, "total": 3, "fine": True})
    text = """
        local timeline = resolve:GetProjectManager():GetCurrentProject():GetCurrentTimeline()
        local record, why = shared.record(timeline:GetItemListInTrack("video", 1)[1])
        return record or why"""
    wanted = {"state": "done", "line": words, "at": 12.5, "total": 3, "fine": True}
    assert lua(stage, text, home=str(stage.home)) == wanted
    path.write_text("return {")
    assert "unexpected symbol" in lua(stage, text, home=str(stage.home))
    path.write_text("return 3")
    assert lua(stage, text, home=str(stage.home)) == "it returns no table"
    assert literal("é") == '"\\195\\169"'
    assert record_path(Path("/x"), "../a b").name == "___a_b.lua"
    assert resolve.settings_path(stage.home).name == "settings.lua"
