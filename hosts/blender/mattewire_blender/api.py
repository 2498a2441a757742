# SPDX-FileCopyrightText: The Mattewire developers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Blender's own data: where its versions differ, and what every other file of this extension asks of it.

Besides this file, ``bpy`` is imported where Blender wants classes or callbacks of its own (settings, operators, marks,
overlay, ui, desk) and by the self-test; the rest is handed nodes, strips and scenes. Facts were measured in Blender
4.5.15 and 5.0.1.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import Any, Iterator, List, Optional, Tuple

import bpy

GROUP_TREES = bpy.app.version >= (5, 0, 0)
"""From 5.0 on a scene's compositor is a node group like any other."""

DATA = "Non-Color"


def host() -> str:
    return f"Blender {bpy.app.version_string}"


def scenes() -> Iterator[Any]:
    yield from bpy.data.scenes


def scene_of(name: str) -> Optional[Any]:
    return bpy.data.scenes.get(name)


def absolute(path: str, owner: Any = None) -> str:
    """A path as Blender keeps it (``//`` is the folder of the .blend, or of its library), made absolute."""
    library = getattr(owner, "library", None)
    return os.path.abspath(bpy.path.abspath(path, library=library))


def ocio_config() -> str:
    """The OCIO config that this Blender uses: the studio's (``$OCIO``), else its own; empty when there is none."""
    studio = os.environ.get("OCIO", "")
    if studio:
        return studio
    folder = bpy.utils.system_resource("DATAFILES", path="colormanagement")
    path = os.path.join(folder, "config.ocio")
    return path if folder and os.path.isfile(path) else ""


def show_scene(scene: Any) -> str:
    """Shows a scene in the first window, if there is one; returns the name of the one that was shown."""
    windows = bpy.context.window_manager.windows
    before = windows[0].scene if len(windows) else bpy.context.scene
    if scene is not None and len(windows):
        windows[0].scene = scene
    return before.name


# --- compositor --------------------------------------------------------------------------------------------


def compositor_tree(scene: Any) -> Optional[Any]:
    """The scene's compositor nodes; None when it has none yet."""
    if GROUP_TREES:
        return scene.compositing_node_group
    return scene.node_tree if scene.use_nodes else None


def make_compositor_tree(scene: Any) -> Any:
    """The scene's compositor nodes, made with one output where there are none."""
    tree = compositor_tree(scene)
    if tree is not None:
        return tree
    if not GROUP_TREES:
        scene.use_nodes = True
        return scene.node_tree
    tree = bpy.data.node_groups.new("Compositing", "CompositorNodeTree")
    tree.interface.new_socket("Image", in_out="OUTPUT", socket_type="NodeSocketColor")
    tree.nodes.new("NodeGroupOutput")
    scene.compositing_node_group = tree
    return tree


def apply_matte_in(node: Any) -> None:
    """Sets a Set Alpha node to multiply color and alpha by the matte: Blender composites premultiplied."""
    if GROUP_TREES:
        node.inputs["Type"].default_value = "Apply Mask"
    else:
        node.mode = "APPLY"


# --- images and strips -------------------------------------------------------------------------------------


def load_sequence(path: str, colorspace: str) -> Any:
    """A new image that counts as a sequence, beginning with the file ``path``."""
    image = bpy.data.images.load(path, check_existing=False)
    image.source = "SEQUENCE"
    image.colorspace_settings.name = colorspace
    return image


def point_sequence_at(image: Any, path: str) -> None:
    """The same image, other files."""
    image.filepath = path
    image.source = "SEQUENCE"
    image.reload()


def movie_length(path: str) -> int:
    """How many frames a movie has, by Blender's count."""
    clip = bpy.data.movieclips.load(path, check_existing=False)
    try:
        return int(clip.frame_duration)
    finally:
        bpy.data.movieclips.remove(clip)


def drop_if_unused(image: Any) -> None:
    if image is not None and not image.users:
        bpy.data.images.remove(image)


def colorspaces(settings: Any) -> List[str]:
    """The names that a colorspace setting offers."""
    return [item.identifier for item in settings.bl_rna.properties["name"].enum_items]


def sequencer_scene(context: Any) -> Any:
    """The scene whose strips are edited: from 5.0 on a workspace has one of its own."""
    return getattr(context, "sequencer_scene", None) or context.scene


@contextmanager
def editing_strips(scene: Any) -> Iterator[None]:
    """Around every change of a scene's strips: 5.0.1 crashes in ``modifiers.new`` where no workspace names a scene for
    its sequencer, as in a file whose strips were only ever made by scripts, or from a timer (measured)."""
    windows = bpy.context.window_manager.windows
    window = bpy.context.window or (windows[0] if len(windows) else None)
    if not GROUP_TREES or window is None:
        yield
        return
    workspace = window.workspace
    before, workspace.sequencer_scene = workspace.sequencer_scene, scene
    try:
        with bpy.context.temp_override(window=window):
            yield
    finally:
        workspace.sequencer_scene = before


def strips_of(scene: Any) -> List[Any]:
    """Every strip of a scene's sequencer, those inside meta strips too."""
    return list(scene.sequence_editor.strips_all) if scene.sequence_editor else []


# --- the screen --------------------------------------------------------------------------------------------


def redraw() -> None:
    """Has every editor that shows Mattewire drawn again; nothing without windows."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type in ("NODE_EDITOR", "SEQUENCE_EDITOR", "IMAGE_EDITOR"):
                area.tag_redraw()


def push_undo(words: str) -> None:
    """Marks a step to come back to. Without windows too, so that scripts and tests can undo."""
    bpy.ops.ed.undo_push(message=words)


def undo() -> None:
    """One step back. From a timer too, where no window is at hand."""
    windows = bpy.context.window_manager.windows
    if bpy.context.window is None and len(windows):
        with bpy.context.temp_override(window=windows[0]):
            bpy.ops.ed.undo()
    else:
        bpy.ops.ed.undo()


def image_size(image: Any) -> Tuple[int, int]:
    width, height = image.size
    return int(width), int(height)
