"""The panels' draw functions through a recorder that knows Blender's own layout: what Blender would refuse, it refuses.

Blender as a module draws no windows, so this is not what the panels look like, only what is in them.
"""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import bpy
import stage

FUNCTIONS = {
    function.identifier: {parameter.identifier for parameter in function.parameters if not parameter.is_output}
    for function in bpy.types.UILayout.bl_rna.functions
}
PROPERTIES = {each.identifier for each in bpy.types.UILayout.bl_rna.properties}
ICONS = {item.identifier for item in bpy.types.UILayout.bl_rna.functions["label"].parameters["icon"].enum_items}
INSIDE = ("row", "column", "box", "split")


class Recorder:
    """Stands in for ``UILayout``: only its own functions, with only their own arguments; only its own properties."""

    def __init__(self, told: list[list[Any]], enabled: bool = True) -> None:
        object.__setattr__(self, "told", told)
        object.__setattr__(self, "enabled", enabled)

    def __setattr__(self, name: str, value: Any) -> None:
        assert name in PROPERTIES, f"a layout has no {name}"
        object.__setattr__(self, name, value)

    def __getattr__(self, name: str) -> Any:
        assert name in FUNCTIONS, f"a layout has no {name}()"

        def call(*positional: Any, **named: Any) -> Any:
            unknown = set(named) - FUNCTIONS[name]
            assert not unknown, f"{name}() has no {', '.join(unknown)}"
            assert named.get("icon", "NONE") in ICONS, f"there is no icon {named['icon']}"
            return self._drawn(name, positional, named)

        return call

    def _drawn(self, name: str, positional: Any, named: dict[str, Any]) -> Any:
        if name in INSIDE:
            assert not positional
            return Recorder(self.told, self.enabled)
        if name == "operator":
            (operator,) = positional
            space, _, short = operator.partition(".")
            kind = getattr(getattr(bpy.ops, space), short).get_rna_type()  # raises for one that is none
            text = named.get("text", kind.name)
            self.told.append(["operator", operator, text, self.enabled])
            return SimpleNamespace(**{each.identifier: None for each in kind.properties})
        if name == "prop":
            data, prop = positional
            rna = data.bl_rna.properties[prop]  # raises for one that is none
            value = getattr(data, prop)
            self.told.append(
                ["prop", prop, named.get("text", rna.name), value if isinstance(value, str) else str(value)]
            )
            return None
        if name == "progress":
            assert 0 <= named["factor"] <= 1
            assert named["type"] in ("BAR", "RING")
        assert not positional
        self.told.append([name, named.get("text", "")])
        return None


def drawn(panel: str, space: str = "NODE_EDITOR") -> list[list[Any]]:
    kind = getattr(bpy.types, panel)
    assert kind.bl_space_type == space, panel
    told: list[list[Any]] = []
    shown = SimpleNamespace(layout=Recorder(told))
    context = SimpleNamespace(
        scene=bpy.context.scene,
        sequencer_scene=bpy.context.scene,
        space_data=SimpleNamespace(tree_type="CompositorNodeTree"),
    )
    if hasattr(kind, "poll"):
        assert kind.poll(context)
    kind.draw(shown, context)
    return told


def made_up(skill: str) -> Any:
    """An engine as a daemon that has it would tell."""
    parts = sys.modules[type(stage.extension("desk").desk().session.welcome).__module__]
    return parts.EngineInfo(f"a-{skill}", "ViTMatte", license="Apache-2.0", does=[skill])


def run(folder: str, plate: str, nowhere: str) -> dict[str, Any]:
    made = stage.scene(160, 90)
    desk = stage.extension("desk")
    idle, was_open = drawn("MATTEWIRE_PT_compositor"), desk.is_open()
    nodes = stage.tree(made)
    stage.image_node(nodes, plate, start=1, duration=24, offset=1000)
    settings = made.mattewire
    settings.out = f"{folder}/mattes/ball_{{version}}.####.exr"
    settings.engine, settings.prompt = "double", "sleep=0.1"
    jobs = stage.extension("jobs")
    work = jobs.mask(stage.extension("target").selected_node(made), settings)
    work.owned = True
    stage.serve(work, lambda: work.view.done >= 5)
    running = drawn("MATTEWIRE_PT_compositor")
    bpy.ops.mattewire.stop()
    stopping_or_stopped = stage.serve(work, lambda: work.finished) and drawn("MATTEWIRE_PT_compositor")
    settings.engine, settings.prompt = "preview", "red ball"
    bpy.ops.mattewire.mask_subject()
    done = drawn("MATTEWIRE_PT_compositor")
    bpy.ops.mattewire.detect()
    detected = drawn("MATTEWIRE_PT_compositor")
    settings.prompt = "a purple elephant"
    failure = ""
    try:
        bpy.ops.mattewire.mask_subject()
    except RuntimeError as problem:
        failure = str(problem)
    failed = drawn("MATTEWIRE_PT_compositor")
    settings.range = "CUSTOM"
    marks = stage.extension("marks")
    marks.add_point(settings, 1003, 20.5, 30.5)
    settings.mark_kind = "BOX"
    marks.add_box(settings, 1003, (40, 50), (10, 20))
    desk.desk().session.status(lambda result, error: setattr(desk.desk().model, "report", result))
    while desk.desk().model.report is None:
        desk.desk().pump()
    clean_up = drawn("MATTEWIRE_PT_compositor_clean_up")
    clean_up_sequencer = drawn("MATTEWIRE_PT_sequencer_clean_up", "SEQUENCE_EDITOR")
    desk.desk().session.welcome.engines.extend([made_up("depth"), made_up("refine")])
    settings.edges = "matting"
    return {
        "idle": idle,
        "was_open": was_open,
        "running": running,
        "stopped": stopping_or_stopped,
        "done": done,
        "detected": detected,
        "failed": failed,
        "failure": failure,
        "sequencer": drawn("MATTEWIRE_PT_sequencer", "SEQUENCE_EDITOR"),
        "clean_up": clean_up,
        "clean_up_sequencer": clean_up_sequencer,
        "clean_up_deep": drawn("MATTEWIRE_PT_compositor_clean_up"),
        "daemon": drawn("MATTEWIRE_PT_compositor_daemon"),
        "marks": drawn("MATTEWIRE_PT_marks", "IMAGE_EDITOR"),
    }
