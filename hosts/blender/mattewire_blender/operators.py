# SPDX-FileCopyrightText: The Mattewire developers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the panel's buttons do. None of them waits while Blender has windows; without windows they finish first."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Optional, Set, Tuple

import bpy
from bpy.props import BoolProperty, StringProperty

from mattewire_panel.words import dialog
from mattewire_protocol.connection import data_folder
from mattewire_protocol.errors import MattewireError

from . import api, jobs, selftest
from .desk import desk, is_open, wake
from .target import Target, selected
from .work import Work

EVERY_S = 0.1
REPORT_NAME = "selftest-blender.json"
Result = Set[str]


class Serving:
    """An operator that goes on while a job runs: a timer's events serve it, Esc stops it and keeps what is done.

    It is one undo step: Blender notes the state when it ends, with the mattes in place.
    """

    doing = ""
    _timer: Any = None
    _work: Optional[Work] = None

    def start(self, context: Any) -> Work:
        raise NotImplementedError

    def invoke(self, context: Any, event: Any) -> Result:
        if bpy.app.background or context.window is None:
            return self.execute(context)
        work = self._started(context)
        if work is None:
            return {"CANCELLED"}
        self._work, work.owned = work, True
        manager = context.window_manager
        self._timer = manager.event_timer_add(EVERY_S, window=context.window)
        manager.progress_begin(0, 1)
        manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: Any, event: Any) -> Result:
        work = self._work
        if event.type == "ESC" and event.value == "PRESS":
            jobs.stop(work)
            return {"RUNNING_MODAL"}
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        desk().pump()
        desk().serve(work)
        context.window_manager.progress_update(work.view.fraction)
        context.workspace.status_text_set(f"Mattewire: {desk().model.headline()} Esc stops and keeps what is done.")
        api.redraw()
        if not work.finished:
            return {"PASS_THROUGH"}
        self._leave(context)
        return self._result(work)

    def execute(self, context: Any) -> Result:
        work = self._started(context)
        if work is None:
            return {"CANCELLED"}
        work.owned = True
        return self._result(jobs.wait(work))

    def cancel(self, context: Any) -> None:
        """Blender itself ends the operator, as when a file is opened: the job goes on in the daemon."""
        if self._work is not None:
            self._work.owned = False
        self._leave(context)

    def _started(self, context: Any) -> Optional[Work]:
        try:
            return self.start(context)
        except MattewireError as problem:
            self._tell(problem)
            return None

    def _leave(self, context: Any) -> None:
        manager = context.window_manager
        if self._timer is not None:
            manager.event_timer_remove(self._timer)
            self._timer = None
        manager.progress_end()
        context.workspace.status_text_set(None)

    def _result(self, work: Work) -> Result:
        if work.error is not None:
            self._tell(work.error)
        elif work.lost:
            self.report({"WARNING"}, f"The plate {work.target.name} is gone; its mattes are in {work.pattern}.")
        else:
            self.report({"INFO"}, desk().model.headline())
        return {"FINISHED"} if work.placed and not work.lost else {"CANCELLED"}

    def _tell(self, problem: MattewireError) -> None:
        desk().failed(problem, self.doing)
        self.report({"ERROR"}, dialog(problem, self.doing).text)


class MATTEWIRE_OT_mask_subject(Serving, bpy.types.Operator):
    """Find the subject by words or marks, track it through the shot, and put the mattes behind the plate"""

    bl_idname = "mattewire.mask_subject"
    bl_label = "Mask Subject"
    bl_options = {"REGISTER", "UNDO"}
    __annotations__ = {
        "prompt": StringProperty(name="What to mask", description="Instead of the panel's words", options={"SKIP_SAVE"})
    }
    doing = jobs.MASKING

    def start(self, context: Any) -> Work:
        target = selected(context)
        settings = api.scene_of(target.scene).mattewire
        if self.prompt:
            settings.prompt = self.prompt
        return jobs.mask(target, settings)


class MATTEWIRE_OT_update(Serving, bpy.types.Operator):
    """Bring the mattes up to what is set now; the subject is tracked again only where it must be"""

    bl_idname = "mattewire.update"
    bl_label = "Update"
    bl_options = {"REGISTER", "UNDO"}
    doing = jobs.UPDATING

    def start(self, context: Any) -> Work:
        target = selected(context)
        return jobs.update(target, api.scene_of(target.scene).mattewire)


class MATTEWIRE_OT_stop(bpy.types.Operator):
    """Stop the job; finished frames are kept"""

    bl_idname = "mattewire.stop"
    bl_label = "Stop"

    def execute(self, context: Any) -> Result:
        work = desk().running()
        if work is None:
            self.report({"INFO"}, "No job is running.")
            return {"CANCELLED"}
        jobs.stop(work)
        return {"FINISHED"}


class MATTEWIRE_OT_worst_frame(bpy.types.Operator):
    """Go to the frame that asks for a look most; pressed again, to the next worst"""

    bl_idname = "mattewire.worst_frame"
    bl_label = "Next Worst Frame"

    @classmethod
    def poll(cls, context: Any) -> bool:
        return is_open() and desk().shown is not None and bool(desk().model.worst())

    def execute(self, context: Any) -> Result:
        own = desk()
        target = own.shown.target if own.shown is not None else None
        scene = api.scene_of(target.scene) if target is not None else None
        if target is None or scene is None:
            self.report({"INFO"}, "The scene that was masked is not in this file.")
            return {"CANCELLED"}
        try:
            frames = target.source().frames
            host = own.model.next_worst_host(scene.frame_current, frames)
        except MattewireError as problem:
            self.report({"ERROR"}, dialog(problem, self.bl_label).text)
            return {"CANCELLED"}
        if host is None:
            self.report({"INFO"}, "The scene shows none of the frames that ask for a look.")
            return {"CANCELLED"}
        scene.frame_set(host)
        self.report({"INFO"}, own.model.about(frames.plate(host)))
        return {"FINISHED"}


class MATTEWIRE_OT_remove(bpy.types.Operator):
    """Take the mattes out of the compositor or sequencer; their files stay"""

    bl_idname = "mattewire.remove"
    bl_label = "Remove"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: Any) -> Result:
        try:
            target = selected(context)
            gone = target.remove(target.source().plate.path)
        except MattewireError as problem:
            self.report({"ERROR"}, dialog(problem, "Remove").text)
            return {"CANCELLED"}
        if not gone:
            self.report({"INFO"}, f"{target.name} has no mattes.")
            return {"CANCELLED"}
        return {"FINISHED"}


class MATTEWIRE_OT_detect(bpy.types.Operator):
    """Look at the keyframe and list what the words find there; boxes are drawn in the Image Editor"""

    bl_idname = "mattewire.detect"
    bl_label = "Detect"

    def execute(self, context: Any) -> Result:
        try:
            target: Target = selected(context)
            scene = api.scene_of(target.scene)
            jobs.detect(target, scene.mattewire, scene.frame_current)
        except MattewireError as problem:
            desk().failed(problem, jobs.DETECTING)
            self.report({"ERROR"}, dialog(problem, jobs.DETECTING).text)
            return {"CANCELLED"}
        if not bpy.app.background:
            return {"FINISHED"}
        while desk().model.detecting:
            desk().pump()
            time.sleep(jobs.WAIT_S)
        problem = desk().model.error
        if problem is not None:
            self.report({"ERROR"}, dialog(problem, jobs.DETECTING).text)
        return {"CANCELLED"} if problem is not None else {"FINISHED"}


class MATTEWIRE_OT_start_daemon(bpy.types.Operator):
    """Start the Mattewire daemon on this machine"""

    bl_idname = "mattewire.start_daemon"
    bl_label = "Start Daemon"

    def execute(self, context: Any) -> Result:
        own = desk()
        own.session.open(lambda result, error: own.failed(error, "Start Daemon") if error else api.redraw())
        wake()
        return {"FINISHED"}


class MATTEWIRE_OT_release(bpy.types.Operator):
    """Give the GPU memory that idle models hold back to Blender"""

    bl_idname = "mattewire.release"
    bl_label = "Release GPU"

    def execute(self, context: Any) -> Result:
        own = desk()
        own.session.release(lambda result, error: own.failed(error, "Release GPU") if error else api.redraw())
        wake()
        return {"FINISHED"}


class MATTEWIRE_OT_self_test(bpy.types.Operator):
    """Mask a small made-up shot with the preview engine, check it in the compositor, write a report"""

    bl_idname = "mattewire.self_test"
    bl_label = "Run Self-Test…"
    __annotations__ = {
        "filepath": StringProperty(name="Report", subtype="FILE_PATH"),
        "keep": BoolProperty(name="Keep the Scene", description="Leave the test's scene in the file"),
    }

    def execute(self, context: Any) -> Result:
        path = Path(self.filepath) if self.filepath else data_folder() / REPORT_NAME
        test = selftest.Test(path, keep=self.keep)
        # From a timer: the test undoes, and an operator must not undo what it stands on. Without windows no timer
        # fires, and nothing is lost by staying here (measured in 4.5 and 5.0).
        if not bpy.app.background:
            bpy.app.timers.register(test.tick)
            self.report({"INFO"}, f"The self-test runs; its report will be {path}")
            return {"FINISHED"}
        steps = test.run()
        if not steps.ok:
            self.report({"ERROR"}, next(step.words for step in steps.steps if step.ok is False))
            return {"CANCELLED"}
        return {"FINISHED"}


CLASSES: Tuple[type, ...] = (
    MATTEWIRE_OT_mask_subject,
    MATTEWIRE_OT_update,
    MATTEWIRE_OT_stop,
    MATTEWIRE_OT_worst_frame,
    MATTEWIRE_OT_remove,
    MATTEWIRE_OT_detect,
    MATTEWIRE_OT_start_daemon,
    MATTEWIRE_OT_release,
    MATTEWIRE_OT_self_test,
)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
