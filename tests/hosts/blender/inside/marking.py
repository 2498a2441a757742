"""Marks as the Image Editor sets them, on a picture whose data window begins elsewhere than its display window."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import bpy
import stage


class View:
    """A region's view: 400 screen pixels across the picture, which begins at (50, 30)."""

    def __init__(self, width: int, height: int) -> None:
        self.height = 400 * height / width

    def region_to_view(self, x: float, y: float) -> tuple[float, float]:
        return (x - 50) / 400, (y - 30) / self.height

    def view_to_region(self, x: float, y: float, clip: bool = True) -> tuple[float, float]:
        return 50 + x * 400, 30 + y * self.height


def run(folder: str, plate: str, size: list[int], box: list[float], point: list[float]) -> dict[str, Any]:
    """``size``: of the data window. ``box`` and ``point``: where to click, in the data window's pixels, y up."""
    made = stage.scene(160, 90)
    nodes = stage.tree(made)
    node = stage.image_node(nodes, plate, start=1, duration=12, offset=1000)
    made.frame_set(5)
    user = SimpleNamespace(frame_start=1, frame_duration=12, frame_offset=1000)
    view = View(*size)
    context = SimpleNamespace(
        scene=made,
        space_data=SimpleNamespace(type="IMAGE_EDITOR", image=node.image, image_user=user),
        region=SimpleNamespace(view2d=view),
        window=SimpleNamespace(cursor_modal_set=lambda kind: None, cursor_modal_restore=lambda: None),
        window_manager=SimpleNamespace(modal_handler_add=lambda operator: True),
    )
    mark = bpy.types.MATTEWIRE_OT_mark
    assert mark.poll(context)
    settings = made.mattewire

    def click(kind: str, events: list[tuple[str, str, float, float]]) -> list[str]:
        settings.mark_kind = kind
        operator = SimpleNamespace(report=lambda level, text: None, _from=None)
        operator._left = lambda context, result: mark._left(operator, context, result)
        results = [next(iter(mark.invoke(operator, context, None)))]
        for name, value, x, y in events:
            across, up = view.view_to_region(x / size[0], y / size[1])
            event = SimpleNamespace(type=name, value=value, mouse_region_x=across, mouse_region_y=up)
            results.append(next(iter(mark.modal(operator, context, event))))
        return results

    x0, y0, x1, y1 = box
    dragged = click(
        "BOX",
        [("MOUSEMOVE", "NOTHING", 1, 1), ("LEFTMOUSE", "PRESS", x0, y0), ("LEFTMOUSE", "RELEASE", x1, y1)],
    )
    kept = click("KEEP", [("LEFTMOUSE", "PRESS", *point)])
    left = click("DROP", [("MOUSEMOVE", "NOTHING", 1, 1), ("ESC", "PRESS", 1, 1)])
    slipped = click("BOX", [("LEFTMOUSE", "PRESS", x0, y0), ("LEFTMOUSE", "RELEASE", x0 + 0.5, y0 + 0.5)])
    marks = [[each.kind, each.frame, each.x, each.y, each.x1, each.y1] for each in settings.marks]

    overlay = stage.extension("overlay")
    raster, frame = stage.extension("marks").shown(context)
    lines = [overlay.segments(outline, view.view_to_region) for outline in overlay.outlines(settings, raster, frame)]
    elsewhere = list(overlay.outlines(settings, raster, frame + 1))

    settings.out = f"{folder}/mattes/ball_{{version}}.####.exr"
    jobs = stage.extension("jobs")
    work = jobs.wait(jobs.mask(stage.extension("target").selected_node(made), settings))
    if work.error is not None:
        raise work.error
    alpha = stage.render(made, 7)[..., 3]
    return {
        "events": [dragged, kept, left, slipped],
        "marks": marks,
        "lines": [[list(place) for place in each] for each in lines],
        "elsewhere": len(elsewhere),
        "request": [
            [[box.frame, box.x0, box.y0, box.x1, box.y1] for box in work.request.boxes],
            [[point.frame, point.x, point.y, point.keep] for point in work.request.points],
        ],
        "center": stage.center(alpha),
    }
