"""The Lua script where there is nothing to mask, where it cannot be masked, and where nothing can be started."""

from __future__ import annotations

import functools
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import footage
import pytest
from lua_stage import START, Stage, write_movie

from e2e.house import House
from mattewire_protocol import Client
from mattewire_protocol.errors import DaemonUnreachable

CLOSED = "io = nil; require = nil; package = nil; debug = nil; jit = nil; os = {time = os.time, getenv = os.getenv}; "
"""What third parties report of the free edition's Lua from 21.1 on."""
SHUT = "io = nil; require = nil; package = nil; debug = nil; os = nil; "


def noting(asked: list[str], name: str, method: Callable[[Any], Any], resolve: Any) -> Any:
    asked.append(name)
    return method(resolve)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("lua")).start()
    yield made
    made.end()


@pytest.fixture
def stage(house: House) -> Stage:
    made = Stage(house.home)
    made.open_timeline()
    made.settings(prompt="red ball")
    return made


@pytest.fixture
def alone(tmp_path: Path) -> Stage:
    """Without a daemon."""
    made = Stage(tmp_path / "home")
    made.open_timeline()
    made.settings(prompt="red ball")
    return made


def refused(stage: Stage, *words: str) -> None:
    """It says all of this in one line, and changes nothing."""
    timeline = stage.timeline
    before = stage.fake.state(timeline) if timeline else None
    told = stage.run()
    for each in ("Mattewire: ", *words):
        assert each in told
    assert len(told.splitlines()) == 1
    assert before is None or stage.fake.state(timeline) == before
    assert stage.fake.dialogs == []


def test_no_timeline(tmp_path: Path) -> None:
    refused(Stage(tmp_path), "No timeline is open. Open one and put the playhead on the clip to mask.")


def test_an_open_dialog(alone: Stage) -> None:
    alone.fake.studio_only()
    told = alone.run()
    assert told.endswith("DaVinci Resolve does not answer. Close any dialog that is open in it, then start this again.")


def test_nothing_that_only_studio_has_is_called_and_the_edition_comes_first(alone: Stage) -> None:
    asked: list[str] = []
    kind = type(alone.fake.resolve)
    for name in ("GetProductName", "GetVersionString", "GetProjectManager"):
        method = getattr(kind, name)
        alone.fake.resolve.__dict__[name] = functools.partial(noting, asked, name, method, alone.fake.resolve)
    alone.run()
    assert asked == ["GetProductName", "GetVersionString", "GetProjectManager"]


def test_no_clip_and_only_sound(alone: Stage, tmp_path: Path) -> None:
    refused(alone, "There is no clip under the playhead. Put it on the clip to mask")
    sound = alone.pool.ImportMedia([footage.write_sound(tmp_path / "voice.wav")])[0]
    alone.pool.AppendToTimeline([{"mediaPoolItem": sound, "mediaType": 2, "recordFrame": START}])
    refused(alone, "There is only sound here.")


def test_no_prompt_and_no_settings(alone: Stage, tmp_path: Path) -> None:
    alone.lay(write_movie(tmp_path / "clip.mov", 4), 0, 4)
    alone.settings()
    path = str(alone.home / "resolve" / "settings.lua")
    refused(alone, "Nothing says what to mask. Write it into the line prompt of " + path)
    Path(path).write_text('return {prompt = "red ball}')
    refused(alone, f"The settings in {path} cannot be read:", "Correct that line")
    Path(path).unlink()
    refused(alone, f"The settings in {path} cannot be read:", "`mattewire install-host resolve` for a new one.")


def test_the_fusion_page_has_no_playhead(alone: Stage) -> None:
    alone.fake.resolve.OpenPage("fusion")
    refused(alone, "Open the Edit page, then start this script again.")


def test_a_title(stage: Stage) -> None:
    assert stage.timeline.InsertGeneratorIntoTimeline("Solid Color")
    refused(stage, "could not be masked.", "it has no file.", "choose Render in Place")


def test_a_compound_clip(stage: Stage, tmp_path: Path) -> None:
    item = stage.lay(write_movie(tmp_path / "clip.mov", 4), 0, 4)
    stage.timeline.CreateCompoundClip([item])
    refused(stage, "could not be masked.", "compound clip", "choose Render in Place")


def test_an_offline_clip(stage: Stage, tmp_path: Path) -> None:
    path = write_movie(tmp_path / "clip.mov", 4)
    stage.lay(path, 0, 4)
    os.rename(path, path + ".away")
    refused(stage, f"clip.mov is offline: {path} is not there.", "Relink the clip")
    os.rename(path + ".away", path)
    assert "Masking" in stage.run()
    stage.run_until("Imported")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ({"engine": "nowhere"}, "nowhere"),
        ({"quality": "best"}, "Correct the line quality in settings.lua."),
        ({"grow": 1.5}, "Correct the line grow in settings.lua."),
        ({"feather": -3}, "Correct the line feather in settings.lua."),
    ],
)
def test_a_wrong_setting(stage: Stage, tmp_path: Path, line: dict[str, Any], words: str) -> None:
    stage.lay(write_movie(tmp_path / "clip.mov", 4), 0, 4)
    stage.settings(prompt="red ball", **line)
    told = stage.run_until("could not be masked")
    assert words in told


def test_nothing_matches_and_then_something_does(stage: Stage, tmp_path: Path) -> None:
    stage.lay(write_movie(tmp_path / "clip.mov", 4), 0, 4)
    stage.settings(prompt="green cup")
    told = stage.run_until("could not be masked")
    assert "Nothing on frame 1 matches" in told
    assert "use other words" in told
    record = stage.record()
    stage.run()
    assert re.findall(r'job = "\w+"', stage.record()) != re.findall(r'job = "\w+"', record), "told once, it tries again"
    stage.settings(prompt="red ball")
    stage.run_until("Imported")


def test_the_command_is_missing(tmp_path: Path) -> None:
    stage = Stage(tmp_path / "home", program=tmp_path / "gone" / "mattewire")
    stage.open_timeline()
    stage.settings(prompt="red ball")
    stage.lay(write_movie(tmp_path / "clip.mov", 4), 0, 4)
    refused(stage, f"The command {tmp_path}/gone/mattewire cannot be started or does not work.", "`mattewire doctor`")


def test_the_bundle_is_missing_and_a_script_that_was_copied_by_hand(alone: Stage) -> None:
    alone.recorded = type(alone.recorded)(alone.home / "gone", alone.recorded.program, alone.home)
    assert "cannot be read. Run in a terminal: mattewire install-host resolve" in alone.run()
    alone.fake.lua((alone.scripts / "Mattewire.lua").read_text())
    assert alone.fake.printed == [
        "Mattewire: this script was copied by hand. Run in a terminal: mattewire install-host resolve"
    ]


def test_a_daemon_that_cannot_start(alone: Stage, tmp_path: Path) -> None:
    alone.lay(write_movie(tmp_path / "clip.mov", 4), 0, 4)
    (alone.home / "interpreter.json").write_text('{"python": "/bin/false"}')
    told = alone.run_until("could not be masked")
    assert "The daemon did not start" in told


def test_a_daemon_is_started_where_none_runs(alone: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MATTEWIRE_HOME", str(alone.home))
    alone.lay(write_movie(tmp_path / "clip.mov", 4), 0, 4)
    try:
        alone.run_until("Imported")
    finally:
        try:
            with Client(timeout=10) as client:
                pid = client.status().pid
                client.stop("now")
            House.wait_for(lambda: not Path(f"/proc/{pid}").exists(), 20)
        except DaemonUnreachable:
            pass


@pytest.mark.parametrize("room", [CLOSED, SHUT])
def test_where_lua_can_start_nothing_it_prints_the_line_to_paste(stage: Stage, tmp_path: Path, room: str) -> None:
    """What it prints is run by a shell as it stands; the way back into the timeline needs nothing but dofile."""
    item = stage.lay(write_movie(tmp_path / "it's a $(clip) é.mov", 6), 0, 6)
    before = stage.fake.state(stage.timeline)
    sentence, line = stage.run(before=room).splitlines()
    assert sentence.startswith("Mattewire: This Resolve lets no script start a program. Copy the next line")
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, timeout=60, check=True)
    assert "Run its script in DaVinci Resolve again" in done.stderr
    record = stage.home / "resolve" / "clips" / f"{item.GetUniqueId()}.lua"
    House.wait_for(lambda: '"done"' in record.read_text(), 30)
    assert "Imported: the cut-out of it's a $(clip) é.mov, 6 frames" in stage.run(before=room)
    (matte,) = stage.mattes()
    assert stage.shown(matte) == {START + n: n for n in range(6)}
    stage.fake.lua(room + stage.script("Mattewire remove last result"))
    assert stage.fake.state(stage.timeline) == before
    assert "Imported" in stage.run(before=room), "its record could not be deleted, so it comes in again"
    assert stage.fake.dialogs == []


def test_resolve_refuses_and_everything_is_taken_back(stage: Stage, tmp_path: Path) -> None:
    item = stage.lay(write_movie(tmp_path / "clip.mov", 6), 0, 6)
    stage.run()
    record = stage.home / "resolve" / "clips" / f"{item.GetUniqueId()}.lua"
    House.wait_for(lambda: '"done"' in record.read_text(), 30)
    before, page = stage.fake.state(stage.timeline), stage.fake.page
    stage.fake.append_error = True
    told = stage.run()
    assert "Resolve did not lay the 6 frames at the clip's place." in told
    assert "Nothing on the timeline was changed." in told
    stage.fake.append_error = False
    assert (stage.fake.state(stage.timeline), stage.fake.page) == (before, page)
    assert stage.pool.GetRootFolder().GetSubFolderList() == []
    for mattes in (tmp_path / "mattes").rglob("*.exr"):
        mattes.unlink()
    assert "Resolve did not import the mattes" in stage.run()
    assert stage.fake.state(stage.timeline) == before
    assert stage.pool.GetRootFolder().GetSubFolderList() == []


def test_on_another_page_and_in_another_bin(stage: Stage, tmp_path: Path) -> None:
    stage.lay(write_movie(tmp_path / "clip.mov", 6), 0, 6)
    mine = stage.pool.AddSubFolder(stage.pool.GetRootFolder(), "Mine")
    stage.fake.resolve.OpenPage("color")
    stage.run_until("Imported")
    assert stage.fake.page == "color"
    assert stage.pool.GetCurrentFolder() is mine
    stage.timeline.SetTrackLock("video", 2, True)
    assert "Video track 2 is locked. Unlock it" in stage.remove()
    stage.timeline.SetTrackLock("video", 2, False)
    assert "was removed" in stage.remove()
    assert stage.fake.page == "color"


def test_it_needs_no_library_of_lua() -> None:
    folder = Path(__file__).parents[3] / "hosts" / "resolve" / "mattewire_resolve"
    for path in [*folder.glob("lua/*.lua"), *folder.glob("scripts/*.lua")]:
        text = re.sub(r"--[^\n]*", "", path.read_text(encoding="utf-8"))
        assert not re.search(r"\b(ffi|io|require|goto|UIManager|popen)\b", text), path.name
