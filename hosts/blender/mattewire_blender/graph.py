# SPDX-FileCopyrightText: The Mattewire developers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mattes in the compositor: an Image node into Set Alpha, or a Cryptomatte node, right behind the plate.

Nothing here keeps a node: an undo replaces them all, so each call finds them again by what they carry.
"""

from __future__ import annotations

from typing import Any, Dict, List

from . import api
from .made import KEY, PLATE_KEY, Made, is_for, ticket_in

MATTE_NODE, ALPHA_NODE, CRYPTO_NODE = "CompositorNodeImage", "CompositorNodeSetAlpha", "CompositorNodeCryptomatteV2"
OUTPUTS = ("NodeGroupOutput", "CompositorNodeComposite")
RIGHT, BELOW = 260.0, 330.0
"""How far from the plate's node the new ones stand; an Image node is 140 to 240 wide and about 320 high."""


def matte_of(tree: Any, plate: Any, path: str) -> Any | None:
    """The node that shows the mattes of the plate in node ``plate``, whose files are ``path``: by its wires, whatever
    was renamed or now shows another version; else, where something was put in between, by what it was made for."""
    mattes = [node for node in tree.nodes if ticket_in(node) is not None]
    wired = [node for node in mattes if plate in _plates_behind(node)]
    return next(iter([*wired, *(node for node in mattes if is_for(node, plate.name, path))]), None)


def place(tree: Any, plate: Any, made: Made) -> Any:
    """Puts the mattes behind the node ``plate``, or brings those that are there up to date; returns their node."""
    node = matte_of(tree, plate, made.ticket.request.plate.path)
    wanted = CRYPTO_NODE if made.content == "cryptomatte" else MATTE_NODE
    if node is not None and node.bl_idname != wanted:
        remove(tree, node)
        node = None
    if node is None:
        node = _new_crypto(tree, plate) if wanted == CRYPTO_NODE else _new_matte(tree, plate)
    _show(node, made)
    node[KEY], node[PLATE_KEY] = made.ticket.to_text(), plate.name
    node.label = made.label
    return node


def refresh(node: Any) -> None:
    """Has Blender read the files again: what was missing a moment ago is remembered as missing."""
    if node.image is not None:
        node.image.reload()


def remove(tree: Any, node: Any) -> None:
    """Takes the mattes out; what was behind them is fed by the plate again."""
    image = node.image
    ends = [node] if node.bl_idname == CRYPTO_NODE else _alphas_of(node)
    for end in ends:
        fed = end.inputs["Image"].links[0].from_socket if end.inputs["Image"].links else None
        for target in [link.to_socket for link in end.outputs["Image"].links]:
            if fed is not None:
                tree.links.new(fed, target)
        if end != node:
            tree.nodes.remove(end)
    tree.nodes.remove(node)
    api.drop_if_unused(image)


# --- inside ------------------------------------------------------------------------------------------------


def _new_matte(tree: Any, plate: Any) -> Any:
    matte, alpha = tree.nodes.new(MATTE_NODE), tree.nodes.new(ALPHA_NODE)
    matte.name, alpha.name = "Matte", "Matte to Alpha"
    api.apply_matte_in(alpha)
    matte.location = (plate.location[0], plate.location[1] - BELOW)
    alpha.location = (plate.location[0] + RIGHT, plate.location[1])
    _put_behind(tree, plate, alpha)
    tree.links.new(matte.outputs["Alpha"], alpha.inputs["Alpha"])
    _keep_selection(tree, plate, [matte, alpha])
    return matte


def _new_crypto(tree: Any, plate: Any) -> Any:
    node = tree.nodes.new(CRYPTO_NODE)
    node.name, node.source = "Matte", "IMAGE"
    node.location = (plate.location[0] + RIGHT, plate.location[1])
    _put_behind(tree, plate, node)
    _keep_selection(tree, plate, [node])
    return node


def _put_behind(tree: Any, plate: Any, node: Any) -> None:
    """Everything that the plate's Image fed is fed by ``node``; with nothing there, the output is, if it is free."""
    fed = [link.to_socket for link in plate.outputs["Image"].links]
    tree.links.new(plate.outputs["Image"], node.inputs["Image"])
    for socket in fed or _free_output(tree):
        tree.links.new(node.outputs["Image"], socket)


def _free_output(tree: Any) -> List[Any]:
    for node in tree.nodes:
        if node.bl_idname in OUTPUTS and len(node.inputs):
            return [] if node.inputs[0].links else [node.inputs[0]]
    return []


def _keep_selection(tree: Any, plate: Any, new: List[Any]) -> None:
    """New nodes come selected and active; the artist's selection is put back."""
    for node in new:
        node.select = False
    plate.select = True
    tree.nodes.active = plate


def _show(node: Any, made: Made) -> None:
    path = made.first_file()
    if node.image is None or node.image.users > 1:  # a copied node shares its image: leave that to the copy
        node.image = api.load_sequence(path, api.DATA)
    elif api.absolute(node.image.filepath, node.image) != path:
        api.point_sequence_at(node.image, path)
    else:
        node.image.reload()
    node.image.name = made.title
    node.frame_duration = made.last - made.first + 1
    node.frame_start = made.frames.host(made.first)
    node.frame_offset = made.first - 1
    node.use_auto_refresh = True
    if node.bl_idname == CRYPTO_NODE and made.names:
        node.matte_id = ",".join(made.names)


def _alphas_of(matte: Any) -> List[Any]:
    """The Set Alpha nodes that this matte feeds straight."""
    return [link.to_node for link in matte.outputs["Alpha"].links if link.to_node.bl_idname == ALPHA_NODE]


def _plates_behind(node: Any) -> List[Any]:
    ends = [node] if node.bl_idname == CRYPTO_NODE else _alphas_of(node)
    return [link.from_node for end in ends for link in end.inputs["Image"].links]


def tickets(tree: Any) -> Dict[str, str]:
    """Which jobs' mattes a tree shows: node name to job id."""
    found = {node.name: ticket_in(node) for node in tree.nodes}
    return {name: ticket.job_id for name, ticket in found.items() if ticket is not None}
