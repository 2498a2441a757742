"""A plate is masked in the compositor while Blender's main loop goes round; then Blender renders the composite."""

from __future__ import annotations

from typing import Any

import numpy as np
import stage


def run(folder: str, plate: str, first: int, last: int, width: int, height: int, prompt: str) -> dict[str, Any]:
    made = stage.scene(width, height)
    nodes = stage.tree(made)
    start = 1
    stage.image_node(nodes, plate, start=start, duration=last - first + 1, offset=first - 1)
    settings = made.mattewire
    settings.prompt, settings.out = prompt, f"{folder}/mattes/ball_{{version}}.####.exr"
    jobs, target = stage.extension("jobs"), stage.extension("target")
    work = jobs.mask(target.selected_node(made), settings)
    work.owned = True
    placed_while = []

    def over() -> bool:
        if work.placed and not placed_while:
            placed_while.append(work.view.state)
        return work.finished

    loop = stage.serve(work, over)
    for frame in range(first, last + 1):
        np.save(f"{folder}/composite.{frame}.npy", stage.render(made, start + frame - first))
    return {
        "state": work.view.state,
        "placed_while": placed_while,
        "loop": loop,
        "nodes": stage.nodes_of(made),
        "colorspace": work.view.colorspace,
        "ocio": work.request.ocio,
        "pattern": work.pattern,
        "label": nodes.nodes["Matte"].label,
    }
