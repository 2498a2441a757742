"""Which frame of a plate Blender shows when, read from the picture, beside what the extension says; then the mattes."""

from __future__ import annotations

from typing import Any

import bpy
import stage


def run(folder: str, kind: str, plate: str, hosts: list[int], fps: float = 24, **how: Any) -> dict[str, Any]:
    width, height = how.pop("size")
    if "blend" in how:
        bpy.ops.wm.open_mainfile(filepath=how.pop("blend"))
    made = stage.scene(width, height, fps=fps)
    if kind.startswith("strip"):
        target = strip(made, kind, plate, **how)
    else:
        nodes = stage.tree(made)
        place = {"node": node, "clip": clip}[kind]
        place(made, nodes, plate, **how)
        target = stage.extension("target").selected_node(made)
    source = target.source()
    numbers = {host: stage.number(stage.render(made, host)) for host in hosts}
    said = {host: source.frames.plate(host) for host in hosts}
    settings = made.mattewire
    settings.prompt, settings.out = "red ball", f"{folder}/mattes/ball_{{version}}.####.exr"
    jobs = stage.extension("jobs")
    work = jobs.wait(jobs.mask(target, settings))
    if work.error is not None:
        raise work.error
    centers = {host: stage.center(stage.render(made, host)[..., 3]) for host in hosts}
    return {
        "numbers": numbers,
        "said": said,
        "centers": centers,
        "range": [source.frames.first, source.frames.last],
        "asked": [work.request.first, work.request.last],
    }


def node(made: Any, nodes: Any, plate: str, start: int = 1, duration: int = 1, offset: int = 0) -> None:
    stage.image_node(nodes, plate, start=start, duration=duration, offset=offset)


def clip(made: Any, nodes: Any, plate: str, start: int = 1, offset: int = 0) -> None:
    opened = bpy.data.movieclips.load(plate)
    opened.frame_start, opened.frame_offset = start, offset
    shown = nodes.nodes.new("CompositorNodeMovieClip")
    shown.clip = opened
    nodes.links.new(shown.outputs["Image"], stage.output(nodes).inputs[0])
    nodes.nodes.active = shown


def strip(
    made: Any,
    kind: str,
    plate: str,
    start: int = 1,
    reverse: bool = False,
    trim: list[int] | None = None,
    last: int = 0,
) -> Any:
    made.render.use_sequencer, made.render.use_compositing = True, False
    editor = made.sequence_editor_create()
    if kind == "strip image":
        shown = editor.strips.new_image("plate", plate, 1, start)
        first = int(plate.split(".")[-2])
        for frame in range(first + 1, last + 1):
            shown.elements.append(plate.rpartition("/")[2].replace(str(first), str(frame)))
    elif kind == "strip movie":
        shown = editor.strips.new_movie("plate", plate, 1, start)
    else:  # "strip fitted": it came with the .blend
        shown = next(each for each in editor.strips if each.type == "MOVIE")
    shown.use_reverse_frames = reverse
    if trim:
        shown.frame_offset_start, shown.frame_offset_end = trim
    shown.select = True
    editor.active_strip = shown
    return stage.extension("target").selected_strip(made)
