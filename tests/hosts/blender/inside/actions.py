"""The buttons, one after another, on a plate whose frame 1001 stands at scene frame 1."""

from __future__ import annotations

import glob
import time
from typing import Any

import bpy
import stage

DURATION = 24


def run(folder: str, what: str, plate: str, **how: Any) -> dict[str, Any]:
    made = stage.scene(160, 90)
    nodes = stage.tree(made)
    stage.image_node(nodes, plate, start=1, duration=how.pop("duration", DURATION), offset=1000)
    made.mattewire.prompt = "red ball"
    made.mattewire.out = f"{folder}/mattes/ball_{{version}}.####.exr"
    return globals()[what](made, folder, **how)


def files(folder: str) -> list[str]:
    return sorted(glob.glob(f"{folder}/mattes/*.exr"))


def matte(made: Any) -> Any:
    nodes = stage.extension("api").compositor_tree(made)
    return next((node for node in nodes.nodes if "mattewire" in node), None)


def range(made: Any, folder: str, first: int, last: int) -> dict[str, Any]:
    settings = made.mattewire
    settings.range, settings.first, settings.last = "CUSTOM", first, last
    settings.use_keyframe, settings.keyframe = True, 7
    jobs, target = stage.extension("jobs"), stage.extension("target")
    work = jobs.wait(jobs.mask(target.selected_node(made), settings))
    request = work.request
    return {"asked": [request.first, request.last, request.keyframe], "files": files(folder)}


def undo(made: Any, folder: str) -> dict[str, Any]:
    """The operator as a button or F3 runs it: with its undo step."""
    bpy.ops.ed.undo_push(message="before")
    before = stage.nodes_of(made)
    finished = bpy.ops.mattewire.mask_subject("EXEC_DEFAULT", True)
    after = stage.nodes_of(bpy.context.scene)
    bpy.ops.ed.undo()
    undone = stage.nodes_of(bpy.context.scene)
    bpy.ops.ed.redo()
    redone = stage.nodes_of(bpy.context.scene)
    return {
        "result": list(finished),
        "before": before,
        "after": after,
        "undone": undone,
        "redone": redone,
        "files": files(folder),
        "undoable": sorted(bpy.types.MATTEWIRE_OT_mask_subject.bl_options),
    }


def unowned_undo(made: Any, folder: str) -> dict[str, Any]:
    """A job that no operator looks after is shown by the timer's pump, as one undo step of its own."""
    bpy.ops.ed.undo_push(message="before")
    before = stage.nodes_of(made)
    jobs, desk = stage.extension("jobs"), stage.extension("desk").desk()
    work = jobs.mask(stage.extension("target").selected_node(made), made.mattewire)
    while not work.finished:
        desk.pump()
        time.sleep(0.01)
    after = stage.nodes_of(bpy.context.scene)
    bpy.ops.ed.undo()
    return {"before": before, "after": after, "undone": stage.nodes_of(bpy.context.scene), "left": len(desk.works)}


def undo_while_running(made: Any, folder: str, engine: str, prompt: str) -> dict[str, Any]:
    """What the artist undoes while the job runs stays undone."""
    made.mattewire.engine, made.mattewire.prompt = engine, prompt
    jobs = stage.extension("jobs")
    bpy.ops.ed.undo_push(message="before")
    work = jobs.mask(stage.extension("target").selected_node(made), made.mattewire)
    work.owned = True
    stage.serve(work, lambda: work.placed)
    bpy.ops.ed.undo_push(message="placed")
    bpy.ops.ed.undo()
    stage.serve(work, lambda: work.finished)
    return {"nodes": stage.nodes_of(bpy.context.scene), "lost": work.lost, "state": work.view.state}


def cancel(made: Any, folder: str, engine: str, prompt: str, after: int) -> dict[str, Any]:
    made.mattewire.engine, made.mattewire.prompt = engine, prompt
    jobs = stage.extension("jobs")
    work = jobs.mask(stage.extension("target").selected_node(made), made.mattewire)
    work.owned = True
    stage.serve(work, lambda: work.view.done >= after)
    bpy.ops.mattewire.stop()
    stage.serve(work, lambda: work.finished)
    node = matte(made)
    return {
        "state": work.view.state,
        "done": work.view.done,
        "headline": stage.extension("desk").desk().model.headline(),
        "files": files(folder),
        "shown": [node.frame_start, node.frame_duration, node.frame_offset],
        "image": node.image.filepath,
    }


def again(made: Any, folder: str) -> dict[str, Any]:
    """Masked twice; between the two the artist has moved and renamed things, and put a blur behind."""
    nodes = stage.extension("api").compositor_tree(made)
    bpy.ops.mattewire.mask_subject()
    first = matte(made)
    first_file, name = first.image.filepath, first.name
    first.location = (-321.0, -77.0)
    alpha = next(node for node in nodes.nodes if node.bl_idname == "CompositorNodeSetAlpha")
    blur = nodes.nodes.new("CompositorNodeBlur")
    nodes.links.new(alpha.outputs["Image"], blur.inputs["Image"])
    nodes.links.new(blur.outputs["Image"], stage.output(nodes).inputs[0])
    nodes.nodes["Image"].name = "Plate"
    before, images = stage.nodes_of(made), len(bpy.data.images)
    made.mattewire.prompt = "ball"
    bpy.ops.mattewire.mask_subject()
    second = matte(made)
    return {
        "before": before,
        "after": stage.nodes_of(made),
        "images": [images, len(bpy.data.images)],
        "name": [name, second.name],
        "location": list(second.location),
        "paths": [first_file, second.image.filepath],
        "label": second.label,
        "active": nodes.nodes.active.name,
    }


def finish(made: Any, folder: str, dilate: float) -> dict[str, Any]:
    """Update after a change of clean-up: the tracked shot is finished again."""
    bpy.ops.mattewire.mask_subject()
    area = float(stage.render(made, 5)[..., 3].sum())
    made.mattewire.dilate = dilate
    jobs = stage.extension("jobs")
    work = jobs.wait(jobs.update(stage.extension("target").selected_node(made), made.mattewire))
    ticket = stage.extension("made").ticket_in(matte(made))
    return {
        "area": [area, float(stage.render(made, 5)[..., 3].sum())],
        "tracked_by": work.tracked_by,
        "jobs": [ticket.job_id, ticket.tracked_by],
        "path": matte(made).image.filepath,
        "stages": work.view.stage,
        "nodes": stage.nodes_of(made),
    }


def reopened(made: Any, folder: str) -> dict[str, Any]:
    """Saved, opened again, updated: the node finds its job by what it carries."""
    bpy.ops.mattewire.mask_subject()
    name, path = matte(made).name, matte(made).image.filepath
    bpy.ops.wm.save_as_mainfile(filepath=f"{folder}/shot.blend")
    stage.extension("desk").close()
    bpy.ops.wm.open_mainfile(filepath=f"{folder}/shot.blend")
    made = bpy.context.scene
    made.mattewire.feather = 3.0
    result = bpy.ops.mattewire.update()
    node = matte(made)
    soft = stage.render(made, 5)[..., 3]
    return {
        "result": list(result),
        "names": [name, node.name],
        "paths": [path, node.image.filepath],
        "soft": int(((soft > 0.02) & (soft < 0.98)).sum()),
        "nodes": stage.nodes_of(made),
    }


def another_file(made: Any, folder: str, engine: str, prompt: str) -> dict[str, Any]:
    """Another .blend is opened while the job runs; its nodes have the same names."""
    bpy.ops.wm.save_as_mainfile(filepath=f"{folder}/same-names.blend")
    made.mattewire.engine, made.mattewire.prompt = engine, prompt
    desk = stage.extension("desk").desk()
    work = stage.extension("jobs").mask(stage.extension("target").selected_node(made), made.mattewire)
    bpy.ops.wm.open_mainfile(filepath=f"{folder}/same-names.blend")
    while not work.view.ended:
        desk.pump()
        time.sleep(0.01)
    desk.pump()
    return {"nodes": stage.nodes_of(bpy.context.scene), "state": work.view.state, "placed": work.placed}


def reopened_while_running(made: Any, folder: str, engine: str, prompt: str) -> dict[str, Any]:
    """Saved with the first mattes in place, opened again while the job still runs: Update follows it to its end."""
    made.mattewire.engine, made.mattewire.prompt = engine, prompt
    work = stage.extension("jobs").mask(stage.extension("target").selected_node(made), made.mattewire)
    work.owned = True
    stage.serve(work, lambda: work.placed)
    bpy.ops.wm.save_as_mainfile(filepath=f"{folder}/shot.blend")
    stage.extension("desk").close()
    bpy.ops.wm.open_mainfile(filepath=f"{folder}/shot.blend")
    made = bpy.context.scene
    there = len(files(folder))
    result = bpy.ops.mattewire.update()
    ticket = stage.extension("made").ticket_in(matte(made))
    return {
        "result": list(result),
        "there": there,
        "files": files(folder),
        "jobs": [work.view.job_id, ticket.job_id],
        "nodes": stage.nodes_of(made),
    }


def another_version(made: Any, folder: str, other: str) -> dict[str, Any]:
    """The plate's node is given the next version of the plate, and masked again."""
    bpy.ops.mattewire.mask_subject()
    nodes = stage.extension("api").compositor_tree(made)
    before = stage.nodes_of(made)
    nodes.nodes["Image"].image.filepath = other
    bpy.ops.mattewire.mask_subject()
    ticket = stage.extension("made").ticket_in(matte(made))
    return {"before": before, "after": stage.nodes_of(made), "plate": ticket.request.plate.path}


def removed(made: Any, folder: str) -> dict[str, Any]:
    before, images = stage.nodes_of(made), len(bpy.data.images)
    bpy.ops.mattewire.mask_subject()
    bpy.ops.mattewire.remove()
    return {"before": before, "after": stage.nodes_of(made), "images": [images, len(bpy.data.images)]}


def cryptomatte(made: Any, folder: str) -> dict[str, Any]:
    made.mattewire.content = "cryptomatte"
    bpy.ops.mattewire.mask_subject()
    node = matte(made)
    picture = stage.render(made, 5)
    kind = node.bl_idname
    made.mattewire.content = "matte"
    bpy.ops.mattewire.mask_subject()
    return {
        "kinds": [kind, matte(made).bl_idname],
        "center": stage.center(picture[..., 3]),
        "nodes": stage.nodes_of(made),
        "again": stage.center(stage.render(made, 5)[..., 3]),
    }


def detect(made: Any, folder: str) -> dict[str, Any]:
    made.frame_set(5)
    result = bpy.ops.mattewire.detect()
    matches = made.mattewire.matches
    return {
        "result": list(result),
        "matches": [
            [each.number, each.phrase, each.frame, each.x, each.y, each.x1, each.y1, each.keep] for each in matches
        ],
    }


def worst(made: Any, folder: str) -> dict[str, Any]:
    """The frames that ask for a look, one press after another."""
    own = stage.extension("desk").desk()
    before = bpy.ops.mattewire.worst_frame.poll()
    placed = 0
    jobs = stage.extension("jobs")
    work = jobs.mask(stage.extension("target").selected_node(made), made.mattewire)
    work.owned = True
    while not work.finished:
        own.pump()
        placed += own.serve(work) == "placed"
        time.sleep(0.005)
    order = [each.frame for each in own.model.worst()]
    stage.extension("api").compositor_tree(made).nodes.active = None  # another node, or none, may be by now
    seen = []
    for _ in order:
        bpy.ops.mattewire.worst_frame()
        seen.append([made.frame_current, own.model.about(own.model.looked_at)])
    made.frame_set(1)
    bpy.ops.mattewire.worst_frame()
    return {
        "before": before,
        "after": bpy.ops.mattewire.worst_frame.poll(),
        "order": order,
        "seen": seen,
        "again": made.frame_current,
        "placed": placed,
        "done": [work.view.done, work.view.total],
    }
