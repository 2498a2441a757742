"""The modules that ``install`` puts in place: ``nuke`` with its submodules, ``_curveknob``, ``nukescripts``."""

from __future__ import annotations

import os
import sys
import types
from typing import Any, Dict, List

from . import (
    callbacks,
    choice_knobs,
    curves,
    formats,
    graph,
    groups,
    interface,
    knobs,
    menus,
    nodes,
    number_knobs,
    panel_knobs,
    render,
    roto,
    scripts,
    session,
    text_knobs,
    threads,
    undo,
)
from .threads import Strict, host_class, on_main_thread

TABBEGINGROUP, TABBEGINCLOSEDGROUP, TABENDGROUP, TABKNOB = 1, 2, -1, 0
_NUMBERS = {
    knobs: (
        "DISABLED NO_ANIMATION DO_NOT_WRITE INVISIBLE STARTLINE ENDLINE NO_UNDO ALWAYS_SAVE READ_ONLY "
        "KNOB_CHANGED_RECURSIVE"
    ),
    curves: "HORIZONTAL BREAK CONSTANT LINEAR SMOOTH CATMULL_ROM CUBIC",
    nodes: "INPUTS HIDDEN_INPUTS EXPRESSIONS",
}
_CLASSES = {
    knobs: "Knob",
    number_knobs: (
        "Array_Knob Double_Knob Int_Knob Boolean_Knob Disable_Knob XY_Knob BBox_Knob WH_Knob Color_Knob AColor_Knob "
        "Unsigned_Knob ColorChip_Knob"
    ),
    text_knobs: "String_Knob EvalString_Knob Multiline_Eval_String_Knob File_Knob",
    choice_knobs: "Enumeration_Knob Pulldown_Knob Channel_Knob ChannelMask_Knob",
    panel_knobs: (
        "Script_Knob PyScript_Knob PyCustom_Knob Text_Knob Tab_Knob BeginTabGroup_Knob EndTabGroup_Knob Link_Knob"
    ),
    formats: "Format Format_Knob Info FrameRange Layer",
    curves: "AnimationCurve AnimationKey",
    nodes: "Node",
    groups: "Group Gizmo Root Viewer BackdropNode",
    undo: "Undo",
    menus: "Menu MenuItem",
    interface: "ProgressTask CancelledError",
}
_FUNCTIONS = {
    threads: "executeInMainThread executeInMainThreadWithResult",
    graph: (
        "createNode delete selectedNode selectedNodes allNodes toNode exists root thisNode thisKnob thisGroup "
        "thisParent thisRoot endGroup layers channels views addView frame addFormat formats"
    ),
    scripts: (
        "scriptClear scriptNew scriptClose scriptOpen scriptSaveAs scriptSave scriptName nodeCopy nodePaste modified"
    ),
    render: "execute sample filename",
    menus: "menu toolbar",
    interface: (
        "message alert critical error warning debug ask askWithCancel choice getInput getFilename getClipname "
        "tprint getPaneFor"
    ),
}
_ROTO = (
    "Shape ShapeControlPoint AnimControlPoint AnimCurve AnimCurveKey AnimAttributes Layer Element CVec3 CurveKnob "
    "FlagType InterpolationType"
)
_CURVEKNOB = "Shape ShapeControlPoint Layer Element CurveKnob"
_PANELS = "PythonPanel WidgetKnob registerPanel unregisterPanel restorePanel registerWidgetAsPanel"
NAMES = ("nuke", "nuke.rotopaint", "nuke.callbacks", "_curveknob", "nukescripts", "nukescripts.panels")


@host_class
class GlobalsEnvironment(Strict):
    """``nuke.env``. A key that Nuke does not have raises ``KeyError``."""

    def __init__(self, content: Dict[str, Any]) -> None:
        self._content = content

    def __getitem__(self, index: str) -> Any:
        return self._content[index]

    def __contains__(self, other: str) -> bool:
        return other in self._content

    def __len__(self) -> int:
        return len(self._content)

    def get(self, index: str, default: Any = None) -> Any:
        return self._content.get(index, default)

    def keys(self) -> List[str]:
        return list(self._content)

    def items(self) -> List[Any]:
        return list(self._content.items())

    def values(self) -> List[Any]:
        return list(self._content.values())


@on_main_thread
def pluginAddPath(args: Any, addToSysPath: bool = True) -> None:
    """Puts folders in front of the plug-in path and runs their ``init.py``, as Nuke does while it starts."""
    for folder in [args] if isinstance(args, str) else args:
        session.current().plugin_path.insert(0, folder)
        if addToSysPath and folder not in sys.path:
            sys.path.insert(0, folder)
        run_start_file(os.path.join(folder, "init.py"))


@on_main_thread
def pluginAppendPath(args: Any, addToSysPath: bool = True) -> None:
    for folder in [args] if isinstance(args, str) else args:
        session.current().plugin_path.append(folder)
        if addToSysPath and folder not in sys.path:
            sys.path.append(folder)
        run_start_file(os.path.join(folder, "init.py"))


@on_main_thread
def pluginPath() -> List[str]:
    return list(session.current().plugin_path)


@on_main_thread
def undo_() -> None:
    undo.Undo.undo()


@on_main_thread
def redo() -> None:
    undo.Undo.redo()


def run_start_file(path: str) -> None:
    """Runs an ``init.py`` or ``menu.py`` in ``__main__``, where they see each other's names; nothing if not there."""
    import __main__

    if not os.path.isfile(path):
        return
    with open(path, encoding="utf-8") as file:
        code = compile(file.read(), path, "exec")
    names = vars(__main__)
    before = names.get("__file__")
    names["__file__"] = path
    try:
        with session.current().loop.timed(path):
            exec(code, names)
    finally:
        names.pop("__file__", None)
        if before is not None:
            names["__file__"] = before


_made = {name: types.ModuleType(name, "A stand-in for Foundry's module of this name.") for name in NAMES}


def build(now: session.Session) -> Dict[str, types.ModuleType]:
    """The modules, by name: always the same objects, so that code imported earlier sees the new Nuke."""
    made = _made
    nuke = made["nuke"]
    nuke.__path__ = []  # a package, so that nuke.rotopaint imports
    made["nukescripts"].__path__ = []
    for table in (_NUMBERS, _CLASSES, _FUNCTIONS):
        for module, names in table.items():
            _copy(module, nuke, names)
    for name, function in callbacks.FUNCTIONS.items():
        setattr(nuke, name, function)
        setattr(made["nuke.callbacks"], name, function)
    for function in (pluginAddPath, pluginAppendPath, pluginPath, redo):
        setattr(nuke, function.__name__, function)
    nuke.undo = undo_  # type: ignore[attr-defined]
    for name in ("TABBEGINGROUP", "TABBEGINCLOSEDGROUP", "TABENDGROUP", "TABKNOB"):
        setattr(nuke, name, globals()[name])
    for name, value in _facts(now).items():
        setattr(nuke, name, value)
    nuke.nodes = graph.Nodes()  # type: ignore[attr-defined]
    _copy(roto, made["nuke.rotopaint"], _ROTO)
    _copy(roto, made["_curveknob"], _CURVEKNOB)
    _copy(interface, made["nukescripts.panels"], _PANELS)
    _copy(interface, made["nukescripts"], "registerWidgetAsPanel")
    _copy(threads, made["nukescripts"], "executeInMainThread executeInMainThreadWithResult")
    nuke.rotopaint, nuke.callbacks = made["nuke.rotopaint"], made["nuke.callbacks"]  # type: ignore[attr-defined]
    made["nukescripts"].panels = made["nukescripts.panels"]  # type: ignore[attr-defined]
    return made


def _copy(source: types.ModuleType, target: types.ModuleType, names: str) -> None:
    for name in names.split():
        setattr(target, name, getattr(source, name))


def _facts(now: session.Session) -> Dict[str, Any]:
    major, minor, release = now.version
    text = f"{major}.{minor}v{release}"
    environment = {
        "gui": now.gui,
        "interactive": now.gui,
        "nukex": False,
        "studio": False,
        "nc": False,
        "indie": False,
        "assist": False,
        "WIN32": sys.platform == "win32",
        "MACOS": sys.platform == "darwin",
        "LINUX": sys.platform.startswith("linux"),
        "NukeVersionMajor": major,
        "NukeVersionMinor": minor,
        "NukeVersionRelease": release,
        "NukeVersionString": text,
        "ExecutablePath": sys.executable,
        "numCPUs": os.cpu_count() or 1,
        "threads": os.cpu_count() or 1,
    }
    return {
        "GUI": now.gui,
        "INTERACTIVE": now.gui,
        "NUKE_VERSION_MAJOR": major,
        "NUKE_VERSION_MINOR": minor,
        "NUKE_VERSION_RELEASE": release,
        "NUKE_VERSION_STRING": text,
        "EXE_PATH": sys.executable,
        "NUM_CPUS": environment["numCPUs"],
        "THREADS": environment["threads"],
        "env": GlobalsEnvironment(environment),
    }
