"""The self-test's button."""

from __future__ import annotations

import threading
import time
from typing import Any

import addon_utils
import bpy
import stage


def run(folder: str, report: str) -> dict[str, Any]:
    stage.extension()
    images = len(bpy.data.images)
    result = bpy.ops.mattewire.self_test(filepath=report)
    return {
        "result": list(result),
        "scenes": [scene.name for scene in bpy.data.scenes],
        "images": len(bpy.data.images) - images,
        "shown": bpy.context.window_manager.windows[0].scene.name,
    }


def broken(folder: str, report: str) -> dict[str, Any]:
    stage.extension()
    words = ""
    try:
        bpy.ops.mattewire.self_test(filepath=report)
    except RuntimeError as problem:
        words = str(problem)
    return {"words": words, "scenes": [scene.name for scene in bpy.data.scenes]}


def toggled(folder: str, plate: str) -> dict[str, Any]:
    """Switched off while a job runs, and on again."""
    made = stage.scene(160, 90)
    nodes = stage.tree(made)
    stage.image_node(nodes, plate, start=1, duration=6, offset=1000)
    made.mattewire.engine, made.mattewire.prompt = "double", "sleep=0.1"
    made.mattewire.out = f"{folder}/mattes/ball_{{version}}.####.exr"
    work = stage.extension("jobs").mask(stage.extension("target").selected_node(made), made.mattewire)
    stage.serve(work, lambda: work.view.done >= 1)
    lines = [thread.name for thread in threading.enumerate() if "mattewire" in thread.name]
    began = time.monotonic()
    addon_utils.disable(stage.MODULE)
    took = time.monotonic() - began
    off = {
        "settings": hasattr(made, "mattewire"),
        "operator": hasattr(bpy.types, "MATTEWIRE_OT_mask_subject"),
        "panel": hasattr(bpy.types, "MATTEWIRE_PT_compositor"),
        "handlers": [each.__module__ for each in bpy.app.handlers.load_pre if "mattewire" in each.__module__],
        "threads": [thread.name for thread in threading.enumerate() if "mattewire" in thread.name],
    }
    addon_utils.enable(stage.MODULE)
    made.mattewire.engine, made.mattewire.prompt = "preview", "red ball"
    return {"lines": len(lines), "took": took, "off": off, "again": list(bpy.ops.mattewire.mask_subject())}
