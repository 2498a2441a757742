"""What the cases share: the extension, a scene with a plate in it, and the pixels that Blender renders."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import Any

import addon_utils
import bpy
import numpy as np

MODULE = "bl_ext.user_default.mattewire"
GROUP_TREES = bpy.app.version >= (5, 0, 0)


def extension(name: str = "") -> Any:
    """The installed extension, enabled; or one of its modules."""
    if not addon_utils.check(MODULE)[1]:
        addon_utils.enable(MODULE)
    return sys.modules[f"{MODULE}.{name}"] if name else sys.modules[MODULE]


def scene(width: int, height: int, *, first: int = 1, last: int = 250, fps: float = 24) -> Any:
    """The scene, with a camera and renders of this size as float EXR."""
    extension()
    made = bpy.context.scene
    render = made.render
    render.resolution_x, render.resolution_y, render.resolution_percentage = width, height, 100
    render.fps, render.fps_base = round(fps), round(fps) / fps
    render.image_settings.file_format = "OPEN_EXR"
    render.image_settings.color_mode, render.image_settings.color_depth = "RGBA", "32"
    render.image_settings.exr_codec = "NONE"
    render.use_compositing, render.use_sequencer, render.film_transparent = True, False, True
    made.frame_start, made.frame_end = first, last
    if made.camera is None:
        made.camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
        made.collection.objects.link(made.camera)
    return made


def tree(made: Any) -> Any:
    """An empty compositor with one output."""
    nodes = extension("api").make_compositor_tree(made)
    for node in [node for node in nodes.nodes if node.bl_idname not in ("NodeGroupOutput", "CompositorNodeComposite")]:
        nodes.nodes.remove(node)
    return nodes


def output(nodes: Any) -> Any:
    return next(node for node in nodes.nodes if node.bl_idname in ("NodeGroupOutput", "CompositorNodeComposite"))


def image_node(
    nodes: Any, path: str, *, start: int = 1, duration: int = 1, offset: int = 0, colorspace: str = "Linear Rec.709"
) -> Any:
    """An Image node with a sequence (by one of its files) or a movie, wired to the output and selected."""
    image = bpy.data.images.load(path, check_existing=False)
    if image.source != "MOVIE":
        image.source = "SEQUENCE"
        image.colorspace_settings.name = colorspace
    node = nodes.nodes.new("CompositorNodeImage")
    node.image = image
    node.frame_start, node.frame_duration, node.frame_offset = start, duration, offset
    nodes.links.new(node.outputs["Image"], output(nodes).inputs[0])
    nodes.nodes.active = node
    return node


def render(made: Any, frame: int) -> Any:
    """What Blender renders on a scene frame: (height, width, 4), float32, top line first."""
    made.frame_set(frame)
    path = os.path.abspath(f"render.{frame}.exr")
    made.render.filepath = path
    bpy.ops.render.render(write_still=True)
    picture = bpy.data.images.load(path, check_existing=False)
    picture.colorspace_settings.name = "Non-Color"
    width, height = picture.size
    pixels = np.empty(width * height * picture.channels, np.float32)
    picture.pixels.foreach_get(pixels)
    channels = picture.channels
    bpy.data.images.remove(picture)
    return pixels.reshape(height, width, channels)[::-1]


def center(alpha: Any) -> list[float]:
    """The center of weights in pixels, x and y; pixel (0, 0) has its own at 0.5."""
    total = float(alpha.sum())
    if total <= 0:
        return [-1.0, -1.0]
    ys, xs = np.mgrid[0 : alpha.shape[0], 0 : alpha.shape[1]] + 0.5
    return [float((xs * alpha).sum() / total), float((ys * alpha).sum() / total)]


def number(picture: Any) -> int:
    """The frame number that the plates of ``numbered.py`` carry in their lowest rows, 10 bits wide."""
    width = picture.shape[1] // 10
    row = picture[-3, :, 0]
    return sum(1 << bit for bit in range(10) if row[bit * width + width // 2] > 0.5)


def nodes_of(made: Any) -> list[Any]:
    """A compositor's nodes and wires as plain data."""
    nodes = extension("api").compositor_tree(made)
    if nodes is None:
        return []
    wires = [
        [link.from_node.name, link.from_socket.name, link.to_node.name, link.to_socket.name] for link in nodes.links
    ]
    return [sorted(node.name for node in nodes.nodes), sorted(wires)]


def queued_s() -> float:
    """How long this thread waited for the processor, where Linux tells: tests run on busy machines."""
    try:
        with open("/proc/thread-self/schedstat") as file:
            return int(file.read().split()[1]) / 1e9
    except OSError:
        return 0.0


def serve(work: Any, until: Callable[[], bool], limit: float = 60.0) -> dict[str, float]:
    """Blender's main loop: one round after another, each timed. ``until`` says when to leave it."""
    own = extension("desk").desk()
    longest, rounds = 0.0, 0
    deadline = time.monotonic() + limit
    while not until():
        assert time.monotonic() < deadline, f"{work.view.state}: {work.view.line()}"
        queued, began = queued_s(), time.monotonic()
        own.pump()
        own.serve(work)
        longest = max(longest, time.monotonic() - began - (queued_s() - queued))
        rounds += 1
        time.sleep(0.005)
    return {"longest": longest, "rounds": rounds}
