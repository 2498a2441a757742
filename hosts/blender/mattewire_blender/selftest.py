# SPDX-FileCopyrightText: The Mattewire developers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The self-test in Blender: the shared test's plate, masked and composited in a scene of its own, judged, and undone.

The mattes are judged as Blender's compositor renders them, so that files, frame numbers and wiring all count.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any, List, Optional

import bpy

from mattewire_panel import selftest as shared
from mattewire_panel import tiny_exr
from mattewire_protocol.errors import BadField, MattewireError

from . import api, jobs
from .desk import desk
from .graph import OUTPUTS, tickets
from .target import COMPOSITOR, Target
from .work import Work

TICK_S = 0.05
SCENE = "Mattewire Self-Test"
START = 11
"""Where the plate's first frame lies in the scene: not where its number would put it."""


class Run:
    """One self-test: ``folder`` holds its plate, mattes and renders."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.before = ""
        self.scene: Any = None
        self.work: Optional[Work] = None
        self.pattern = shared.write_plate(folder / "plate")

    def open_plate(self) -> str:
        scene = self.scene = bpy.data.scenes.new(SCENE)
        render = scene.render
        render.resolution_x, render.resolution_y, render.resolution_percentage = shared.WIDTH, shared.HEIGHT, 100
        render.image_settings.file_format = "OPEN_EXR"
        render.image_settings.color_mode, render.image_settings.color_depth = "RGBA", "32"
        render.image_settings.exr_codec = "ZIP"
        render.use_compositing, render.use_sequencer = True, False
        scene.camera = bpy.data.objects.new(SCENE, bpy.data.cameras.new(SCENE))
        scene.collection.objects.link(scene.camera)
        self.before = api.show_scene(
            scene
        )  # image sequences stand still in a scene that no window shows (measured in 5.0)
        tree = api.make_compositor_tree(scene)
        # 4.5 puts a Render Layers node in, and would render the empty scene for it.
        for other in [each for each in tree.nodes if each.bl_idname not in OUTPUTS]:
            tree.nodes.remove(other)
        node = tree.nodes.new("CompositorNodeImage")
        node.image = api.load_sequence(self.pattern.replace("####", str(shared.FIRST)), "Linear Rec.709")
        node.frame_duration = shared.LAST - shared.FIRST + 1
        node.frame_start, node.frame_offset = START, shared.FIRST - 1
        self.target = Target(COMPOSITOR, scene.name, node.name)
        scene.mattewire.prompt = shared.PROMPT
        scene.mattewire.out = str(self.folder / "mattes" / "selftest_{version}.####.exr")
        api.push_undo("Mattewire Self-Test: plate")
        return f"{shared.LAST - shared.FIRST + 1} frames from {shared.FIRST}, at scene frame {START}."

    def mask(self) -> Optional[str]:
        own = desk()
        if self.work is None:
            self.work = jobs.mask(self.target, self.scene.mattewire)
            self.work.owned = True
        own.pump()
        own.serve(self.work)
        if not self.work.finished:
            return None
        if self.work.error is not None:
            raise self.work.error
        return self.work.view.line()

    def render(self, test: shared.SelfTest) -> str:
        for frame in range(shared.FIRST, shared.LAST + 1):
            test.judged(shared.judge(frame, self._alpha(START + frame - shared.FIRST)))
        return test.expect_good()

    def undo(self) -> str:
        api.push_undo("Mattewire Self-Test: mattes")
        api.undo()
        scene = api.scene_of(SCENE)
        if scene is None or tickets(api.compositor_tree(scene)):
            raise BadField("One undo did not take the mattes out.", field="undo", advice="Send the report.")
        return "One undo took the mattes out."

    def clean(self) -> str:
        scene = api.scene_of(SCENE)
        if scene is not None:
            api.show_scene(api.scene_of(self.before))
            tree = api.compositor_tree(scene)
            images = [node.image for node in tree.nodes if node.bl_idname == "CompositorNodeImage" and node.image]
            camera = scene.camera
            bpy.data.scenes.remove(scene)
            if camera is not None:
                bpy.data.cameras.remove(camera.data)
            if api.GROUP_TREES and not tree.users:
                bpy.data.node_groups.remove(tree)
            for image in images:
                api.drop_if_unused(image)
        return "The scene is gone."

    def _alpha(self, frame: int) -> List[List[float]]:
        """The alpha that the compositor renders, top line first."""
        scene = api.scene_of(SCENE)
        scene.frame_set(frame)
        path = self.folder / f"render.{frame}.exr"
        scene.render.filepath = str(path)
        bpy.ops.render.render(write_still=True, scene=scene.name)
        _, rows = tiny_exr.read_channel(path, "A")
        return rows


class Test:
    """The whole test. Not to be run inside an operator: it undoes, and that takes an operator's ground away."""

    def __init__(self, report: Path, *, keep: bool = False) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="mattewire-selftest-")
        self.report = report
        self.steps = shared.SelfTest("Blender", bpy.app.version_string, time.strftime("%Y-%m-%d"))
        run = Run(Path(self._folder.name))
        self.steps.add("Open the plate in the compositor", run.open_plate)
        self.steps.add("Mask the subject", run.mask)
        self.steps.add("Render the composite and compare", lambda: run.render(self.steps))
        self.steps.add("Undo", run.undo)
        if not keep:
            self.steps.add("Clean up", run.clean, always=True)

    def tick(self) -> Optional[float]:
        """One step's turn, for ``bpy.app.timers``; None at the end, when the report is written."""
        if self.steps.tick():
            return TICK_S
        self.steps.welcome = desk().session.welcome
        self._folder.cleanup()
        try:
            self.steps.write_report(self.report, {"background": str(bpy.app.background)})
        except MattewireError as problem:
            desk().failed(problem, "Self-test")
        last = test_lines(self.steps)
        print("\n".join(last))
        api.redraw()
        return None

    def run(self) -> shared.SelfTest:
        """All of it at once: Blender waits meanwhile, some seconds."""
        while self.tick() is not None:
            time.sleep(TICK_S)
        return self.steps


def test_lines(steps: shared.SelfTest) -> List[str]:
    verdict = "All is well." if steps.ok else "Something is wrong."
    return [f"Mattewire self-test in Blender {steps.version}: {verdict}", *steps.lines()]
