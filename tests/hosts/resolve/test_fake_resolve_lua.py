"""The same objects from a Lua script, as the free edition runs it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import footage
import pytest
from lupa.luajit21 import LuaError
from resolve_rig import opened

Movie = Callable[..., str]

PLACE = """
local project = resolve:GetProjectManager():GetCurrentProject()
local pool, timeline = project:GetMediaPool(), project:GetCurrentTimeline()
local clips = pool:ImportMedia({path})
local placed = pool:AppendToTimeline({{mediaPoolItem = clips[1], startFrame = 3, endFrame = 7, trackIndex = 1,
                                       recordFrame = timeline:GetStartFrame(), mediaType = 1}})
local names = {}
for index, item in ipairs(timeline:GetItemListInTrack("video", 1)) do
    names[index] = item:GetName()
    assert(item == placed[1])
end
placed[1]:SetProperty({Pan = 2.5})
return {names = names, fps = clips[1]:GetClipProperty("FPS"), where = placed[1]:GetTrackTypeAndIndex(),
        pan = placed[1]:GetProperty("Pan"), missing = timeline:GetItemListInTrack("video", 9) == nil}
"""


def test_a_script_places_a_clip(movie: Movie) -> None:
    fake = opened(edition="free", version=(21, 1, 0))
    told = fake.lua(PLACE, path=movie())
    assert told == {"names": ["clip.mov"], "fps": 24, "where": ["video", 1], "pan": 2.5, "missing": True}
    edit = fake.project.GetCurrentTimeline()
    assert [footage.number_in(fake.picture(edit, 86400 + n)) for n in range(4)] == [3, 4, 5, 6]
    assert fake.dialogs == []


def test_globals_and_printing(fake: Any) -> None:
    fake.lua('print("page", resolve:GetCurrentPage()); print(fusion:MapPath("Scripts:Utility"))')
    assert fake.printed == ["page\tedit", "/Fusion/Scripts/Utility"]
    assert fake.lua("return fu:GetResolve() == resolve and Resolve() == resolve") is True
    assert fake.lua("return bmd:fileexists(path)", path=__file__) is True
    assert fake.lua("return resolve.SCALE_FILL") == 3


def test_a_dot_for_a_colon_is_an_error(fake: Any) -> None:
    with pytest.raises((LuaError, TypeError), match="with a colon"):
        fake.lua("return resolve.GetCurrentPage()")


def test_an_unknown_method_is_an_error(fake: Any) -> None:
    with pytest.raises((LuaError, AttributeError), match=r"Resolve\.Undo"):
        fake.lua("return resolve:Undo()")


def test_syntax_errors_are_lua_s_own(fake: Any) -> None:
    with pytest.raises(LuaError):
        fake.lua("return return")


def test_a_dialog_blocks_lua_too() -> None:
    fake = opened(edition="free")
    assert fake.lua("fusion:UIManager(); return resolve:GetProductName()") is False
    assert len(fake.dialogs) == 1
