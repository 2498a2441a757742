"""A strip is masked in the sequencer, twice, with an effect strip in the way; values and what lies where are kept."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np
import stage


def run(folder: str, plate: str, width: int, height: int, last: int, space: str) -> dict[str, Any]:
    made = stage.scene(width, height)
    made.render.use_sequencer, made.render.use_compositing = True, False
    made.sequencer_colorspace_settings.name = space
    editor = made.sequence_editor_create()
    strip = editor.strips.new_image("plate", plate, 2, 101)
    first = int(plate.split(".")[-2])
    for frame in range(first + 1, last + 1):
        strip.elements.append(plate.rpartition("/")[2].replace(str(first), str(frame)))
    blocking = editor.strips.new_effect(
        "above", "COLOR", 3, 90, **({"length": 50} if stage.GROUP_TREES else {"frame_end": 140})
    )
    blocking.mute = True
    strip.select, blocking.select, editor.active_strip = True, False, strip
    settings = made.mattewire
    settings.prompt, settings.out = "red ball", f"{folder}/mattes/ball_{{version}}.####.exr"
    settings.content = "cryptomatte"  # chosen in the compositor; it has no meaning here
    jobs, target = stage.extension("jobs"), stage.extension("target")
    before = sorted(each.name for each in editor.strips)
    bpy.ops.ed.undo_push(message="before")
    jobs.wait(jobs.mask(target.selected_strip(made), settings))
    once = described(made)
    for frame in range(101, 101 + last - first + 1):
        np.save(f"{folder}/strip.{frame}.npy", stage.render(made, frame))
    settings.feather = 2.0
    jobs.wait(jobs.update(target.selected_strip(made), settings))
    twice = described(made)
    target.selected_strip(made).remove(once["request"])
    gone = sorted(each.name for each in editor.strips), len(strip.modifiers)
    return {"before": before, "once": once, "twice": twice, "gone": gone}


def described(made: Any) -> dict[str, Any]:
    matte = next(each for each in made.sequence_editor.strips if "mattewire" in each)
    plate = made.sequence_editor.strips["plate"]
    return {
        "names": sorted(each.name for each in made.sequence_editor.strips),
        "channel": matte.channel,
        "span": [matte.frame_final_start, matte.frame_final_end],
        "files": [element.filename for element in matte.elements],
        "mute": matte.mute,
        "modifiers": [[each.type, each.input_mask_strip.name] for each in plate.modifiers],
        "content": stage.extension("made").ticket_in(matte).request.out[0].content,
        "request": stage.extension("made").ticket_in(matte).request.plate.path,
    }
