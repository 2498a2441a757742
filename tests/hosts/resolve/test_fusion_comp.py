"""The generated Fusion composition, read by a Lua of its own: its tools, inputs and paths are as intended."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lupa.luajit21 import LuaRuntime
from placing_rig import HOUR, clip_of, edit_of, everything, host_of, lay, place, results, write_cut_outs

from mattewire_protocol.errors import BadField, NotWritable
from mattewire_resolve import fusion_comp, placing
from mattewire_resolve.placing import Kind, Results

Movie = Callable[..., str]
READER = """
local function constructor(kind)
    return setmetatable({}, {__call = function(_, body)
        if kind == "ordered" then return function(tools) return tools end end
        body.KIND = kind
        return body
    end})
end
local names = setmetatable({}, {__index = function(_, name) return constructor(name) end})
local chunk = assert(loadstring("return " .. ...))
return setfenv(chunk, names)()
"""
"""Constructors in a composition (``Loader { }``) are names that Fusion knows; here each gives its table back, named."""

PATHS = [
    "/mattes/ball.0001.exr",
    'C:\\shots\\new "take"\\ball.0001.exr',
    "/Café Süd/映画/ball.0001.exr",
    "/a]]b/--c/%d/ball's.0001.exr",
    "\\\\server\\share\\x\ny\\ball.0001.exr",
    "/{braces}/{0}/ball.0001.exr",
]


def read(text: str) -> Any:
    """The composition as nested dicts; lists count from 1."""

    def plain(value: Any) -> Any:
        return {key: plain(each) for key, each in value.items()} if hasattr(value, "items") else value

    return plain(LuaRuntime(encoding="utf-8").execute(READER, text))


@pytest.mark.parametrize("path", PATHS)
def test_a_path_arrives_as_it_is(path: str) -> None:
    tools = read(fusion_comp.text(path, 1, 24, 0, 24, "red ball"))["Tools"]
    assert tools["MattewireMatte"]["Clips"][1]["Filename"] == path


@pytest.mark.parametrize("words", ['say "x"', "back\\slash", "ünïcode\nline"])
def test_words_arrive_as_they_are(words: str) -> None:
    tools = read(fusion_comp.text("/a.0001.exr", 1, 24, 0, 24, words))["Tools"]
    assert tools["MattewireMatte"]["Inputs"]["Comments"]["Value"] == words
    assert fusion_comp.quoted("a\0b\r") == '"a\\0b\\r"'


def test_tools_and_inputs() -> None:
    made = read(fusion_comp.text("/mattes/ball.1005.exr", 1005, 10, -3, 20, "red ball"))
    assert made["KIND"] == "Composition"
    assert (made["RenderRange"], made["GlobalRange"]) == ({1: 0, 2: 19}, {1: -3, 2: 6})
    tools = made["Tools"]
    assert {name: tool["KIND"] for name, tool in tools.items()} == {
        "MediaIn1": "Loader", "MattewireMatte": "Loader", "MattewireControl": "MatteControl", "MediaOut1": "Saver",
    }  # fmt: skip
    assert set(tools) == set(fusion_comp.TOOLS)
    control = tools["MattewireControl"]["Inputs"]
    assert control["Background"] == {"KIND": "Input", "SourceOp": "MediaIn1", "Source": "Output"}
    assert control["Foreground"] == {"KIND": "Input", "SourceOp": "MattewireMatte", "Source": "Output"}
    assert control["MatteCombine"]["Value"] == 4  # alpha
    assert tools["MediaOut1"]["Inputs"]["Input"]["SourceOp"] == "MattewireControl"
    clip = tools["MattewireMatte"]["Clips"][1]
    wanted = {"StartFrame": 1005, "Length": 10, "TrimIn": 0, "TrimOut": 9, "GlobalStart": -3, "GlobalEnd": 6}
    assert {key: clip[key] for key in wanted} == wanted
    assert "Clips" not in tools["MediaIn1"]


# --- on a clip -----------------------------------------------------------------------------------------------------


@pytest.fixture
def made(tmp_path: Path) -> Results:
    return results(write_cut_outs(tmp_path / 'mat"tes ü', 1, 24), 1, 24)


def test_on_a_clip(fake: Any, movie: Movie, made: Results) -> None:
    item = lay(fake, movie(), 5, 15, at=HOUR + 3)
    before = everything(fake)
    placed = place(fake, [item], made, Kind.FUSION)
    assert item.GetFusionCompCount() == 1
    tools = fake.tools(item.GetFusionCompByIndex(1))
    assert set(tools) == set(fusion_comp.TOOLS)
    clip = tools["MattewireMatte"].settings["Clips"][0]
    assert clip["Filename"] == made.patterns[0].replace("####", "0006")
    assert (clip["StartFrame"], clip["GlobalStart"], clip["GlobalEnd"]) == (6, 0, 9)
    assert "experimental" in placed.notes[-1]
    assert edit_of(fake).GetTrackCount("video") == 1
    placing.remove(host_of(fake), placed)
    assert everything(fake) == before
    assert not [name for name in os.listdir(os.path.dirname(made.patterns[0])) if name.endswith(".comp")]


def test_mattes_of_a_part_begin_later(fake: Any, movie: Movie, made: Results) -> None:
    item = lay(fake, movie(), 5, 15)
    placed = place(fake, [item], results(made.patterns[0], 9, 12), Kind.FUSION)
    clip = fake.tools(item.GetFusionCompByIndex(1))["MattewireMatte"].settings["Clips"][0]
    assert (clip["StartFrame"], clip["GlobalStart"], clip["GlobalEnd"]) == (9, 3, 6)
    assert "no matte: 6-8, 13-15" in placed.notes[0]


def test_beside_a_composition_that_is_there(fake: Any, movie: Movie, made: Results) -> None:
    item = lay(fake, movie(), 5, 15)
    item.AddFusionComp()
    placed = place(fake, [item], made, Kind.FUSION)
    assert placed.comps == [[item.GetUniqueId(), "Composition 2"]]
    placing.remove(host_of(fake), placed)
    assert item.GetFusionCompNameList() == ["Composition 1"]


@pytest.mark.parametrize("why", ["retimed", "rendered", "locked", "refused", "movie"])
def test_what_cannot_be(fake: Any, movie: Movie, made: Results, monkeypatch: pytest.MonkeyPatch, why: str) -> None:
    item = lay(fake, movie(), 5, 10)
    if why == "retimed":
        fake.retime(item, 50)
    elif why == "locked":
        edit_of(fake).SetTrackLock("video", 1, True)
    elif why == "refused":
        monkeypatch.setattr(fusion_comp, "quoted", lambda words: '"' + words)  # no Lua: Resolve answers None
    elif why == "movie":
        made = results(movie("matte.mov", alpha=True), 1, 24)
    clip = replace(clip_of(fake, item), rendered=why == "rendered")
    before = everything(fake)
    files = sorted(os.listdir(os.path.dirname(made.patterns[0])))
    with pytest.raises(NotWritable if why == "refused" else BadField) as caught:
        placing.place(host_of(fake), [clip], made, Kind.FUSION)
    assert caught.value.advice
    assert everything(fake) == before
    assert sorted(os.listdir(os.path.dirname(made.patterns[0]))) == files
