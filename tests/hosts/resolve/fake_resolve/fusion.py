"""Fusion inside Resolve: the globals ``fusion`` and ``bmd``, and compositions as text read by a real Lua.

None of this is in the stubs; names and meaning are those of the Fusion scripting guide. What a composition does to the
picture is not modeled: ``fake.picture`` refuses a clip that has one.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import Any

from .api import ApiObject

EMPTY = """Composition {
    Tools = ordered() {
        MediaIn1 = Loader { CtrlWZoom = false },
        MediaOut1 = Saver { Inputs = { Input = Input { SourceOp = "MediaIn1", Source = "Output" } } },
    }
}"""

_READER = """
local function constructor(kind)
    return setmetatable({}, {__call = function(_, body)
        body = body or {}
        if kind == "ordered" then return function(tools) return tools end end
        body.__kind = kind
        return body
    end})
end
local made = setmetatable({}, {__index = function(_, name) return constructor(name) end})
local chunk, wrong = loadstring("return " .. ...)
if not chunk then return nil end
setfenv(chunk, made)
local fine, composition = pcall(chunk)
return fine and composition or nil
"""
"""A composition is a Lua table whose constructors (``Loader { … }``) are called without being defined anywhere."""


@dataclass(frozen=True)
class Tool:
    """One tool: its kind ("Loader"), and for each input its value, or (tool, output) where it is connected."""

    kind: str
    inputs: dict[str, Any]
    settings: dict[str, Any]


def read_tools(text: str) -> dict[str, Tool] | None:
    """The tools of a composition, sorted by name; None when it is not Lua, or not a composition.

    Fusion keeps the order of the file; a Lua table has none.
    """
    from lupa.luajit21 import LuaError, LuaRuntime

    try:
        found = LuaRuntime().execute(_READER, text)
    except LuaError:
        return None
    composition = plain(found)
    if not isinstance(composition, dict) or composition.get("__kind") != "Composition":
        return None
    tools = composition.get("Tools")
    return {name: _tool(tools[name]) for name in sorted(tools)} if isinstance(tools, dict) else None


def plain(value: Any) -> Any:
    """A Lua table as a list (keys 1 to n) or a dict, all the way down."""
    if not hasattr(value, "items") or isinstance(value, dict):
        return value
    found = {key: plain(each) for key, each in value.items()}
    listed = bool(found) and set(found) == set(range(1, len(found) + 1))
    return [found[number] for number in range(1, len(found) + 1)] if listed else found


def _tool(body: dict[str, Any]) -> Tool:
    inputs = body.get("Inputs") if isinstance(body.get("Inputs"), dict) else {}
    settings = {key: value for key, value in body.items() if key not in ("__kind", "Inputs")}
    return Tool(body.get("__kind", ""), {name: _input(value) for name, value in (inputs or {}).items()}, settings)


def _input(body: Any) -> Any:
    if isinstance(body, dict) and "SourceOp" in body:
        return body["SourceOp"], body.get("Source")
    return body.get("Value") if isinstance(body, dict) else body


class FusionTool(ApiObject):
    """A tool, as far as a script that checks an import needs it."""

    def __init__(self, app: Any, name: str, tool: Tool) -> None:
        super().__init__(app)
        self._name = name
        self._tool = tool

    def GetAttrs(self) -> dict[str, Any]:
        """Name and kind."""
        return {"TOOLS_Name": self._name, "TOOLS_RegID": self._tool.kind}


class FusionComp(ApiObject):
    """A composition on a clip."""

    def __init__(self, app: Any, name: str, text: str, tools: dict[str, Tool]) -> None:
        super().__init__(app)
        self._name = name
        self._text = text
        self._tools = tools

    def GetToolList(self, selected: bool = False, type: str | None = None, /) -> dict[int, FusionTool]:
        """Counted from 1; nothing is ever selected."""
        found = [] if selected else [name for name, tool in self._tools.items() if type in (None, tool.kind)]
        return {number: FusionTool(self._app, name, self._tools[name]) for number, name in enumerate(found, 1)}

    def FindTool(self, name: str, /) -> FusionTool | None:
        """None where there is none."""
        return FusionTool(self._app, name, self._tools[name]) if name in self._tools else None


class Fusion(ApiObject):
    """The global ``fusion``."""

    def GetResolve(self) -> Any:
        """The global ``resolve``."""
        return self._app.resolve

    def UIManager(self) -> Any:
        """Windows for scripts. In the free edition since 19.1: None, and the dialog is up. Otherwise see ``ui.py``."""
        if not self._app.edition.ui_manager:
            self._app.studio_only()
            return None
        return self._app.ui

    def MapPath(self, path: str, /) -> str:
        """The path maps "Scripts:" and "Temp:"; anything else comes back as it is."""
        for name, folder in self._app.path_maps.items():
            if path.startswith(name):
                return os.path.join(folder, path[len(name) :])
        return path


class Bmd(ApiObject):
    """The global ``bmd``, also what ``DaVinciResolveScript`` is outside."""

    def scriptapp(self, name: str, /) -> Any:
        """Resolve or Fusion by name. From outside, the free edition answers None."""
        if self._app.outside and not self._app.edition.external:
            return None
        return {"Resolve": self._app.resolve, "Fusion": self._app.fusion}.get(name)

    def UIDispatcher(self, manager: Any, /) -> Any:
        """The loop of a script's windows."""
        return None if manager is None else self._app.dispatcher

    def fileexists(self, path: str, /) -> bool:
        """For Lua, which has no such function."""
        return os.path.exists(path)

    def wait(self, seconds: float, /) -> None:
        """Sleeps; the application does too."""
        time.sleep(seconds)
