"""The MaskSubject node: how it is made, and what each of its buttons does."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mattewire_panel import words
from mattewire_panel.pixels import Raster
from mattewire_panel.tickets import Ticket
from mattewire_panel.wish import finish_of, out_path, tracked_alike
from mattewire_protocol import Deliverable, MatteRequest, MattewireError
from mattewire_protocol.errors import BadField

from . import api, graph, job, knobs, loop, plate, render
from .plate import Source, Span

NAME = "MaskSubject1"
ENGINES = ("preview", "sam2")
"""What the engine knob offers before the daemon was met."""


SHOW_NOTHING = ("Viewer", "BackdropNode", "StickyNote", "Output")


def create() -> Any:
    """A MaskSubject below the selected node and in its stream; the selected one, where that is one already.

    Raises ``BadField`` when nothing, or more than one node, is selected.
    """
    selected = api.selected()
    if len(selected) != 1:
        found = "Nothing is selected." if not selected else f"{len(selected)} nodes are selected."
        raise BadField(found, field="plate", advice="Select the one node that shows the plate, then try again.")
    if knobs.is_mask_subject(selected[0]):
        return selected[0]
    return below(selected[0])


def below(above: Any) -> Any:
    """A new MaskSubject below ``above``, in one undo step. What hung below ``above`` hangs below the new node."""
    if above.Class() in SHOW_NOTHING:
        raise BadField(f"{above.name()} shows no plate.", field="plate", advice="Select the node that shows the plate.")
    with api.one_step("Mask Subject"), above.parent():
        hanging = [
            (each, at)
            for each in above.dependent()
            for at in range(each.inputs())
            if each.Class() != "Viewer" and each.input(at) is not None and each.input(at).fullName() == above.fullName()
        ]
        group = api.make("Group", name=NAME)
        with group:
            api.make("Output", [api.make("Input")])
        group.setInput(0, above)
        for each, at in hanging:
            each.setInput(at, group)
        group.setXYpos(above.xpos(), above.ypos() + graph.ROW + above.screenHeight() // 2)
        desk = job.desk()
        knobs.add_all(group, desk.preferences, _engines(desk) or ENGINES)
        group["tile_color"].setValue(graph.GREEN)
        group["label"].setValue("[value prompt]")
        first, last = int(above.firstFrame()), int(above.lastFrame())
        group["first"].setValue(first)
        group["last"].setValue(last)
        group["keyframe"].setValue(min(max(api.frame(), first), last))
        group["use_keyframe"].setValue(True)
    group.selectOnly()
    return group


def pressed(name: str) -> None:
    """A button of the node that Nuke says was pressed. Errors become dialogs."""
    press(api.this_node(), name)


def press(node: Any, name: str) -> None:
    """Does what the button ``name`` of ``node`` says; an error becomes a dialog."""
    desk = job.desk()
    call = ACTIONS[name]
    try:
        call(node)
    except render.Stopped:
        desk.model.view, desk.model.error = None, None
    except MattewireError as problem:
        desk.model.error, desk.model.doing = problem, knobs.BUTTONS[name][0]
        desk.tell(problem, knobs.BUTTONS[name][0])
    for listener in list(desk.listeners):
        listener()


def mask(node: Any) -> job.Task:
    """Tracks the subject: hands the job in and returns at once. Raises what is wrong with the knobs or the plate."""
    desk = job.desk()
    tidy(node)
    request, source = asked(node, fresh=True)
    task = desk.submit(node, source, request)
    task.again = lambda button: _again(node, button)
    return task


def update(node: Any) -> job.Task:
    """Brings the mattes to what the knobs say: finished again without tracking where that is enough.

    With nothing changed, the last job's nodes are made anew or brought up to date.
    """
    desk = job.desk()
    if graph.claim(node) or not knobs.hidden(node, knobs.TICKET):
        return mask(node)
    tidy(node)
    ticket = Ticket.from_text(knobs.hidden(node, knobs.TICKET))
    request, source = asked(node, fresh=False)
    state = knobs.hidden(node, knobs.STATE)
    if state not in job.FINISHED or _same(request, ticket.request):
        task = desk.follow(node, source, ticket)
    elif state == "done" and tracked_alike(request, ticket.request) and ticket.tracked_by:
        task = desk.finish(node, source, request, ticket.tracked_by)
    else:
        return mask(node)
    task.again = lambda button: _again(node, button)
    return task


def detect(node: Any) -> None:
    """Looks at the keyframe and shows what was found in a small picture."""
    desk = job.desk()
    tidy(node)
    host = int(node["keyframe"].value()) if node["use_keyframe"].value() else None
    source = _source(node, host, fresh=True)
    wish = knobs.wish(node, source)
    frame = wish.keyframe if wish.keyframe is not None else source.frames.plate(source.frames.first)
    desk.model.detecting, desk.model.error = True, None

    def done(result: Any, error: MattewireError | None) -> None:
        desk.model.detecting = False
        if error is not None:
            desk.model.error, desk.model.doing = error, "Detect"
            desk.tell(error, "Detect")
        elif api.is_there(node):
            (desk.on_found or _show_found)(node, *result)

    def met(welcome: Any, error: MattewireError | None) -> None:
        if error is not None:
            done(None, error)
        else:
            desk.session.detect(wish.search(source.plate, frame), done)

    desk.session.open(met)
    desk.watch()


def _show_found(node: Any, found: Any, jpeg: bytes) -> None:
    """In a window, or in words where there is no Qt."""
    if loop.qt() is not None:
        from . import picture

        aspect = node.pixelAspect()
        picture.show(found, jpeg, knobs.kept_boxes(node), lambda numbers: keep(node, numbers), aspect)
        return
    lines = [f"{match.object}  {match.phrase}, {match.score:.2f}" for match in found.objects]
    api.message("\n".join([f"{len(lines)} found on frame {found.frame}:" if lines else "Nothing was found.", *lines]))


def keep(node: Any, numbers: list[int]) -> None:
    """Only these matches are tracked from now on."""
    if api.is_there(node):
        with api.one_step("Keep boxes"):
            knobs.hide(node, knobs.KEPT, json.dumps(sorted(numbers)))
            node["pick"].setValue("kept boxes" if numbers else "best")


def roto(node: Any) -> None:
    """Has splines fitted to the mattes of the last job, and makes a Roto of them."""
    from . import roto as splines

    desk = job.desk()
    text = knobs.hidden(node, knobs.TICKET)
    ticket = Ticket.from_text(text) if text else None
    if ticket is None or not ticket.outputs or knobs.hidden(node, knobs.STATE) != "done":
        advice = "Press Mask subject first, and wait until it is done."
        raise BadField(f"{node.name()} has no finished mattes.", field="out", advice=advice)
    wanted, path = ticket.request, knobs.splines_beside(ticket.outputs[0])
    out = [Deliverable(path, "splines", tolerance=float(node["tolerance"].value()))]
    finish = finish_of(replace(wanted, out=out, overwrite=True, label="roto"), ticket.tracked_by)

    def done(view: Any, error: MattewireError | None) -> None:
        try:
            if error is not None:
                raise error
            if api.is_there(node):
                splines.load(path, node)
        except MattewireError as problem:
            desk.tell(problem, knobs.BUTTONS["roto"][0], lambda button: _again(node, button))

    desk.aside(finish, done)


def stop(node: Any) -> None:
    if not job.desk().stop(node):
        raise BadField(f"No job of {node.name()} is running.", field="job", advice="There is nothing to stop.")


def remove(node: Any) -> None:
    desk = job.desk()
    if desk.task_of(node) is not None:
        raise BadField(f"{node.name()} has a job that is not finished.", field="job", advice="Press Stop first.")
    graph.remove(node)


def start_daemon(node: Any = None) -> None:
    desk = job.desk()

    def done(welcome: Any, error: MattewireError | None) -> None:
        if error is not None:
            desk.tell(error, words.START)
        elif node is not None and api.is_there(node):
            with api.unrecorded():
                node["status"].setValue(f"{welcome.server} is running.")

    desk.start_daemon(done)


def add_point(node: Any) -> None:
    form = _form(node)
    with api.one_step("Add point"):
        knobs.add_point(node, form.width() / 2, form.height() / 2)


def add_box(node: Any) -> None:
    form = _form(node)
    wide, high = form.width(), form.height()
    with api.one_step("Add box"):
        knobs.add_box(node, wide * 0.25, high * 0.25, wide * 0.75, high * 0.75)


def here(node: Any) -> None:
    with api.one_step("Keyframe"):
        node["keyframe"].setValue(api.frame())
        node["use_keyframe"].setValue(True)


ACTIONS: dict[str, Callable[[Any], Any]] = {
    "detect": detect,
    "mask": mask,
    "stop": stop,
    "update": update,
    "remove": remove,
    "start_daemon": start_daemon,
    "add_point": add_point,
    "add_box": add_box,
    "here": here,
    "roto": roto,
}


def go_on() -> None:
    """After a script was opened: its jobs that were running when it was saved are followed again."""
    for node in api.nodes_in(api.root(), "Group", deep=True):
        if knobs.is_mask_subject(node) and knobs.hidden(node, knobs.STATE) == "running":
            desk = job.desk()
            try:
                ticket = Ticket.from_text(knobs.hidden(node, knobs.TICKET))
                desk.follow(node, _source(node, None, fresh=False, ticket=ticket), ticket)
            except (MattewireError, render.Stopped) as problem:
                with api.unrecorded():
                    node["status"].setValue(str(problem))


def only_selected() -> Any:
    """The selected MaskSubject. ``BadField`` when something else is selected."""
    selected = api.selected()
    if len(selected) != 1 or not knobs.is_mask_subject(selected[0]):
        raise BadField("No MaskSubject is selected.", field="plate", advice="Select one that has mattes.")
    return selected[0]


def as_nodes(node: Any) -> tuple[Source, graph.Mattes]:
    """What the nodes of the mattes of ``node`` are made from. ``BadField`` while it has none."""
    text = knobs.hidden(node, knobs.TICKET)
    ticket = Ticket.from_text(text) if text else None
    if ticket is None or not ticket.outputs:
        raise BadField(f"{node.name()} has no mattes.", field="out", advice="Press Mask subject first.")
    source = _source(node, None, fresh=False, ticket=ticket)
    first, last = ticket.frames.plate_range
    return source, graph.Mattes(ticket.request.out, ticket.outputs, first, last, graph.NEAREST, ticket.request.label)


# --- what the knobs ask for ----------------------------------------------------------------------------------


def asked(node: Any, fresh: bool) -> tuple[MatteRequest, Source]:
    """The job that the knobs describe, and its plate, rendered where it must be.

    ``fresh``: a plate that was rendered before is rendered again, whether or not the script above has changed.
    """
    source = _source(node, None, fresh)
    wish = knobs.wish(node, source, job.desk().model.depth_engine)
    template = os.path.expanduser(str(node["out"].value()).strip())
    if not template:
        raise BadField("is empty.", field="out", advice="Give a pattern such as mattes/{shot}_{version}.####.exr.")
    path = out_path(template, os.path.join(source.folder, "plate"))
    out = knobs.deliverables(str(node["format"].value()), path)
    first, last = source.frames.plate_range
    return wish.request(source.plate, out, first, last), source


def _same(one: MatteRequest, other: MatteRequest) -> bool:
    return replace(one, label="") == replace(other, label="")


def _source(node: Any, host: int | None, fresh: bool, ticket: Ticket | None = None) -> Source:
    """The plate above ``node``: its Read's files, or a render. ``host``: only this frame of the script."""
    above = node.input(0)
    if above is None:
        raise plate.no_input(node)
    view = str(node["view"].value())
    span = knobs.span(node) if host is None else Span("custom", host, host)
    found = plate.lead(above, view)
    if found is not None:
        try:
            return plate.on_disk(above, found, span)
        except ValueError as problem:
            if isinstance(problem, MattewireError):
                raise
    if ticket is not None:  # of a job that is under way: its plate is what it was
        return _as_was(above, ticket, view)
    return _rendered(node, above, view, span, fresh or host is not None)


def _rendered(node: Any, above: Any, view: str, span: Span, fresh: bool) -> Source:
    first, last = plate.wanted(above, span)
    made_from = f"{render.signature(above)} {view} {first}-{last}"
    if not fresh and knobs.hidden(node, knobs.RENDERED) == made_from and knobs.hidden(node, knobs.TICKET):
        ticket = Ticket.from_text(knobs.hidden(node, knobs.TICKET))
        if os.path.isdir(os.path.dirname(ticket.request.plate.path)):
            return _as_was(above, ticket, view)
    source = render.source(above, knobs.hidden(node, knobs.ID), view, span)
    with api.unrecorded():
        knobs.hide(node, knobs.RENDERED, made_from)
    return source


def _as_was(above: Any, ticket: Ticket, view: str) -> Source:
    """The plate of a job that was handed in earlier."""
    form, frames = above.format(), ticket.frames
    raster = Raster(form.width(), form.height())
    return Source(
        ticket.request.plate, raster, frames, f"frame + {frames.offset}", plate.home_folder(above, view),
        frames.plate_range,
    )  # fmt: skip


def tidy(node: Any) -> None:
    """Before its knobs are read: an identity of its own, and the engines and views that there are."""
    graph.claim(node)
    with api.unrecorded():
        knobs.offer(node, _engines(job.desk()), job.desk().model.has_depth)


def _engines(desk: job.Desk) -> list[str]:
    return desk.model.engines()


def _form(node: Any) -> Any:
    above = node.input(0)
    if above is None:
        raise plate.no_input(node)
    return above.format()


def _again(node: Any, button: str) -> None:
    """What a dialog's button stands for: the same work once more, or under a name of the next version."""
    if not api.is_there(node):
        return
    if button == words.VERSION_UP and "{version}" not in node["out"].value():
        with api.one_step("Next version"):
            node["out"].setValue(knobs.with_version(str(node["out"].value())))
    press(node, "mask")
