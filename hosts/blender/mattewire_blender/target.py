# SPDX-FileCopyrightText: The Mattewire developers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a job is for, by name: an undo, or a click elsewhere, replaces every node and strip that Python holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional

from mattewire_protocol import Deliverable
from mattewire_protocol.errors import BadField

from . import api, graph, plate, strips
from .made import Made, ticket_in

COMPOSITOR, SEQUENCER = "compositor", "sequencer"


@dataclass(frozen=True)
class Target:
    """``where``: ``compositor`` or ``sequencer``. ``name``: of the plate's node or strip in that scene."""

    where: str
    scene: str
    name: str

    def owner(self) -> Optional[Any]:
        """The plate's node or strip; None when the artist has taken it away."""
        scene = api.scene_of(self.scene)
        if scene is None:
            return None
        if self.where == COMPOSITOR:
            tree = api.compositor_tree(scene)
            return None if tree is None else tree.nodes.get(self.name)
        return next((strip for strip in api.strips_of(scene) if strip.name == self.name), None)

    def source(self) -> plate.Source:
        """The plate. ``BadField`` or ``PlateNotFound``, saying what to do."""
        owner = self.owner()
        if self.where == COMPOSITOR:
            return plate.of_node(owner)
        render = api.scene_of(self.scene).render
        return plate.of_strip(owner, render.fps / render.fps_base)

    def mattes(self, path: str) -> Optional[Any]:
        """The node or strip that shows the mattes of the plate whose files are ``path``."""
        owner, scene = self.owner(), api.scene_of(self.scene)
        if owner is None:
            return None
        if self.where == COMPOSITOR:
            return graph.matte_of(api.compositor_tree(scene), owner, path)
        return strips.matte_of(scene, owner, path)

    def place(self, made: Made) -> bool:
        """Shows the mattes; False when the plate is no longer there."""
        owner, scene = self.owner(), api.scene_of(self.scene)
        if owner is None:
            return False
        if self.where == COMPOSITOR:
            graph.place(api.compositor_tree(scene), owner, made)
        else:
            with api.editing_strips(scene):
                strips.place(scene, owner, made)
        return True

    def refresh(self, path: str) -> None:
        """Has new files of the mattes read."""
        mattes = self.mattes(path)
        if mattes is not None:
            (graph if self.where == COMPOSITOR else strips).refresh(mattes)

    def remove(self, path: str) -> bool:
        """Takes the mattes out; False when there were none."""
        mattes = self.mattes(path)
        if mattes is None:
            return False
        scene = api.scene_of(self.scene)
        if self.where == COMPOSITOR:
            graph.remove(api.compositor_tree(scene), mattes)
        else:
            with api.editing_strips(scene):
                strips.remove(scene, mattes)
        return True

    def deliverable(self, path: str, content: str) -> Deliverable:
        """What this editor can show: A alone in the compositor, gray in the sequencer, which has no use for A alone
        (measured: it divides the picture by it)."""
        if self.where == SEQUENCER:
            return Deliverable(path, channels="Y")
        return Deliverable(path, content=content)


def selected(context: Any) -> Target:
    """What the artist has selected, in the editor that asks. ``BadField`` when it shows no plate."""
    space = getattr(context, "space_data", None)
    if space is not None and space.type == "SEQUENCE_EDITOR":
        return selected_strip(api.sequencer_scene(context))
    return selected_node(context.scene)


def selected_node(scene: Any) -> Target:
    """The active node, or the plate behind the one selected; with nothing selected, the only plate there is."""
    tree = api.compositor_tree(scene)
    nodes = [] if tree is None else [node for node in tree.nodes if _shows_plate(node)]
    chosen = [node for node in nodes if node.select]
    active = None if tree is None else tree.nodes.active
    if active is not None and active.select and active in nodes:
        chosen = [active]
    elif active is not None and active.select and ticket_in(active) is not None:
        behind = [node for node in nodes if graph.matte_of(tree, node, ticket_in(active).request.plate.path) == active]
        chosen = behind or chosen
    elif not chosen:
        chosen = nodes
    if len(chosen) != 1:
        what = "No plate is selected" if not chosen else f"{len(chosen)} plates could be meant"
        raise BadField(
            f"{what}.", field="plate", advice="Select one Image node with a sequence or movie, or a Movie Clip node."
        )
    return Target(COMPOSITOR, scene.name, chosen[0].name)


def selected_strip(scene: Any) -> Target:
    """The active strip, else the only one selected."""
    editor = scene.sequence_editor
    active = editor.active_strip if editor else None
    chosen = [strip for strip in api.strips_of(scene) if strip.select and strip.type in plate.STRIPS]
    chosen = [strip for strip in chosen if ticket_in(strip) is None]
    if active is not None and active in chosen:
        chosen = [active]
    if len(chosen) != 1:
        what = "No plate is selected" if not chosen else f"{len(chosen)} strips are selected"
        raise BadField(f"{what}.", field="plate", advice="Select one image or movie strip.")
    return Target(SEQUENCER, scene.name, chosen[0].name)


def _shows_plate(node: Any) -> bool:
    return node.bl_idname in plate.NODES and ticket_in(node) is None
