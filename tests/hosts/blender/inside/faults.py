"""What an artist is told when something is wrong: each is tried, and the operator's words are kept."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from typing import Any

import bpy
import stage


def told_by(operator: Callable[[], Any]) -> str:
    """An operator that reports an error raises it in Python."""
    try:
        return f"no error: {operator()}"
    except RuntimeError as problem:
        return str(problem).removeprefix("Error: ").strip()


def run(folder: str, plate: str) -> dict[str, str]:
    made = stage.scene(160, 90)
    settings = made.mattewire
    settings.out = f"{folder}/mattes/ball_{{version}}.####.exr"
    settings.prompt = "red ball"
    mask = bpy.ops.mattewire.mask_subject
    words = {"no compositor": told_by(mask)}
    nodes = stage.tree(made)
    words["no node"] = told_by(mask)
    node = stage.image_node(nodes, plate, start=1, duration=6, offset=1000)
    words["update before masking"] = told_by(bpy.ops.mattewire.update)
    settings.prompt = ""
    words["nothing to mask"] = told_by(mask)
    settings.prompt = "red ball"
    other = stage.image_node(nodes, plate, start=1, duration=6, offset=1000)
    other.select = node.select = True
    nodes.nodes.active = None
    words["two nodes"] = told_by(mask)
    nodes.nodes.remove(other)
    nodes.nodes.active = node
    settings.range, settings.first, settings.last = "CUSTOM", 90, 99
    words["range outside"] = told_by(mask)
    settings.first, settings.last = 9, 3
    words["range turned round"] = told_by(mask)
    settings.range, settings.use_keyframe, settings.keyframe = "PLATE", True, 77
    words["keyframe outside"] = told_by(mask)
    settings.use_keyframe = False
    node.image.source = "FILE"
    words["a still"] = told_by(mask)
    node.image.source = "SEQUENCE"
    node.frame_offset = 5000
    words["no such frames"] = told_by(mask)
    node.frame_offset = 1000
    unnumbered = f"{folder}/still.exr"
    shutil.copy(plate, unnumbered)
    before, node.image = node.image, bpy.data.images.load(unnumbered)
    node.image.source = "SEQUENCE"
    words["no number"] = told_by(mask)
    node.image = None
    words["no image"] = told_by(mask)
    node.image = before
    settings.engine = "no-such-engine"
    words["no such engine"] = told_by(mask)
    settings.engine = "preview"
    made.mattewire.out = f"{folder}/still.exr/mattes.####.exr"
    words["a file where a folder should be"] = told_by(mask)
    settings.out = f"{folder}/mattes/ball_{{version}}.####.exr"
    settings.prompt = "a purple elephant"
    words["nothing found"] = told_by(mask)
    words["nothing was placed"] = str([each.name for each in nodes.nodes if "Matte" in each.name])
    return words


def strips(folder: str, plate: str, movie: str) -> dict[str, str]:
    made = stage.scene(160, 90)
    editor = made.sequence_editor_create()
    target = stage.extension("target")

    def words(do: Callable[[], Any]) -> str:
        try:
            return f"no error: {do()}"
        except ValueError as problem:
            return str(problem)

    told = {"no strip": words(lambda: target.selected_strip(made))}
    strip = editor.strips.new_image("plate", plate, 1, 1)
    shutil.copy(plate, f"{os.path.dirname(plate)}/other.1002.exr")
    strip.elements.append("other.1002.exr")
    editor.active_strip = strip
    told["mixed"] = words(lambda: target.selected_strip(made).source())
    second = editor.strips.new_image("second", plate, 2, 1)
    editor.active_strip = None
    strip.select = second.select = True
    told["two strips"] = words(lambda: target.selected_strip(made))
    shown = editor.strips.new_movie("movie", movie, 3, 1)
    strip.select = second.select = False
    editor.active_strip = shown
    shown.animation_offset_start = 2
    made.render.fps = 18
    told["offset"] = words(lambda: target.selected_strip(made).source().frames.plate(1))
    return told


def no_daemon(folder: str, plate: str) -> dict[str, Any]:
    """No daemon runs and none may be started; then one may."""
    made = stage.scene(160, 90)
    nodes = stage.tree(made)
    stage.image_node(nodes, plate, start=1, duration=3, offset=1000)
    made.mattewire.prompt, made.mattewire.out = "red ball", f"{folder}/mattes/ball_{{version}}.####.exr"
    words = told_by(bpy.ops.mattewire.mask_subject)
    model = stage.extension("desk").desk().model
    return {"words": words, "start": model.buttons.start, "button": model.problem().button, "state": model.state}
