"""A .blend with a movie strip that is fitted to the scene's rate. Only the file browser's operator makes such a strip,
and only Blender 4.5 lets it run without windows (5.0.1 crashes in it)."""

from __future__ import annotations

from typing import Any

import bpy
import stage


def run(folder: str, plate: str, fps: int, start: int) -> dict[str, Any]:
    made = stage.scene(160, 90, fps=fps)
    made.sequence_editor_create()
    window = bpy.context.window_manager.windows[0]
    area = window.screen.areas[-1]
    area.ui_type = "SEQUENCE_EDITOR"
    region = next(region for region in area.regions if region.type == "WINDOW")
    with bpy.context.temp_override(window=window, area=area, region=region):
        bpy.ops.sequencer.movie_strip_add(
            filepath=plate, frame_start=start, channel=1, adjust_playback_rate=True, use_framerate=False, sound=False
        )
    path = f"{folder}/fitted.blend"
    bpy.ops.wm.save_as_mainfile(filepath=path)
    return {"blend": path, "length": made.sequence_editor.strips[0].frame_final_duration}
