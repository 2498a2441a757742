"""The process that follows the Lua script's job: killed, started again, taken back."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lua_stage import Stage, write_movie

from e2e.house import House
from mattewire_protocol import Client
from mattewire_resolve.lua_records import record_path
from mattewire_server.hosts import resolve_job

pytestmark = pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")
"""It is meant to outlive the command, which here is the test itself."""

FACTS = """
local shared = dofile(bundle .. "/mattewire_resolve/lua/shared.lua")(
    {resolve = resolve, print = print, bundle = bundle, program = "", home = ""})
local telling = dofile(bundle .. "/mattewire_resolve/lua/telling.lua")(shared)
local project, timeline = shared.open()
local item, track = telling.clip_at(timeline, telling.playhead(timeline))
local facts = telling.facts(project, timeline, item, track, settings)
return facts
"""


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    made = House(tmp_path / "house").start()
    monkeypatch.setenv("MATTEWIRE_HOME", str(made.home))
    yield made
    made.end()


def facts_of(stage: Stage, **settings: Any) -> str:
    return str(stage.fake.lua(FACTS, bundle=str(stage.recorded.bundle), settings=settings))


def state_in(path: Path) -> str:
    found = re.search(r'state = "(\w+)"', path.read_text())
    assert found
    return found.group(1)


def test_a_killed_follower_is_replaced_and_the_job_is_the_same(house: House, tmp_path: Path) -> None:
    stage = Stage(house.home)
    stage.open_timeline()
    item = stage.lay(write_movie(tmp_path / "clip.mov", 20), 0, 20)
    facts = facts_of(stage, prompt="sleep=0.1", engine="double")
    path = resolve_job.begin(facts)
    assert path == record_path(house.home, item.GetUniqueId())
    first = json.loads(path.with_suffix(".json").read_text())
    House.wait_for(lambda: re.search(r"finished = [1-9]", path.read_text()), 30)
    resolve_job.begin(facts)
    assert json.loads(path.with_suffix(".json").read_text())["pid"] == first["pid"], "one process follows it"
    os.kill(first["pid"], signal.SIGKILL)
    os.waitpid(first["pid"], 0)  # it is this test's child: else a zombie would pass for alive
    resolve_job.begin(facts)
    second = json.loads(path.with_suffix(".json").read_text())
    assert second["job_id"] == first["job_id"]
    assert second["pid"] != first["pid"]
    House.wait_for(lambda: state_in(path) == "done", 30)
    os.waitpid(second["pid"], 0)
    with Client() as client:
        assert [job.job_id for job in client.jobs()] == [first["job_id"]]
    resolve_job.was_told(item.GetUniqueId())
    assert state_in(path) == "told"
    third = resolve_job.begin(facts)
    assert json.loads(third.with_suffix(".json").read_text())["job_id"] != first["job_id"]
    assert "earlier = " in path.read_text()
    House.wait_for(lambda: state_in(path) == "done", 30)
    os.waitpid(json.loads(path.with_suffix(".json").read_text())["pid"], 0)
    resolve_job.take_back(item.GetUniqueId())
    assert list(path.parent.iterdir()) == []
    resolve_job.take_back(item.GetUniqueId())
    resolve_job.was_told(item.GetUniqueId())
    assert list(path.parent.iterdir()) == []


def test_a_matte_that_is_gone_is_told(house: House, tmp_path: Path) -> None:
    stage = Stage(house.home)
    stage.open_timeline()
    stage.lay(write_movie(tmp_path / "clip.mov", 6), 0, 6)
    path = resolve_job.begin(facts_of(stage, prompt="red ball"))
    House.wait_for(lambda: state_in(path) == "done", 30)
    os.waitpid(json.loads(path.with_suffix(".json").read_text())["pid"], 0)
    next((tmp_path / "mattes").rglob("*.0003.exr")).unlink()
    job = json.loads(path.with_suffix(".json").read_text())
    path.with_suffix(".json").write_text(json.dumps({**job, "ended": False}))
    resolve_job.follow(path)
    assert state_in(path) == "failed"
    assert "The matte of frame 3 is not there" in path.read_text()
