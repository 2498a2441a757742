"""The modal operator, event by event. Blender as a module sends none, so they are made here; all else is real."""

from __future__ import annotations

import time
from functools import partial
from types import SimpleNamespace
from typing import Any

import stage


class Manager:
    """A window manager's part in a modal operator."""

    def __init__(self) -> None:
        self.timers: list[object] = []
        self.progress: list[float] = []
        self.handlers: list[object] = []
        self.over = False

    def event_timer_add(self, time_step: float, *, window: Any) -> object:
        assert 0 < time_step < 1
        self.timers.append(object())
        return self.timers[-1]

    def event_timer_remove(self, timer: object) -> None:
        self.timers.remove(timer)

    def modal_handler_add(self, operator: object) -> bool:
        self.handlers.append(operator)
        return True

    def progress_begin(self, least: float, most: float) -> None:
        assert (least, most) == (0, 1)

    def progress_update(self, value: float) -> None:
        self.progress.append(value)

    def progress_end(self) -> None:
        self.over = True


def run(folder: str, plate: str, engine: str, prompt: str, stop_after: int = 0) -> dict[str, Any]:
    made = stage.scene(160, 90)
    nodes = stage.tree(made)
    stage.image_node(nodes, plate, start=1, duration=12, offset=1000)
    made.mattewire.engine, made.mattewire.prompt = engine, prompt
    made.mattewire.out = f"{folder}/mattes/ball_{{version}}.####.exr"
    operators, desk = stage.extension("operators"), stage.extension("desk").desk()
    kind = operators.MATTEWIRE_OT_mask_subject
    manager, status, reports = Manager(), [], []
    context = SimpleNamespace(
        scene=made,
        space_data=SimpleNamespace(type="NODE_EDITOR"),
        window=object(),
        window_manager=manager,
        workspace=SimpleNamespace(status_text_set=status.append),
    )
    operator = SimpleNamespace(prompt="", doing=kind.doing, _timer=None, _work=None)
    operator.report = lambda level, text: reports.append([*level, text])
    for name in ("start", "execute", "_started", "_leave", "_result", "_tell"):
        setattr(operator, name, partial(getattr(kind, name), operator))
    windows = operators.bpy
    operators.bpy = SimpleNamespace(app=SimpleNamespace(background=False))
    try:
        results = [next(iter(kind.invoke(operator, context, None)))]
    finally:
        operators.bpy = windows
    owned = operator._work.owned
    deadline = time.monotonic() + 60
    sent = False
    while results[-1] in ("RUNNING_MODAL", "PASS_THROUGH"):
        assert time.monotonic() < deadline
        event = SimpleNamespace(type="TIMER", value="NOTHING")
        if stop_after and not sent and operator._work.view.done >= stop_after:
            event, sent = SimpleNamespace(type="ESC", value="PRESS"), True
        elif len(results) % 5 == 0:
            event = SimpleNamespace(type="MOUSEMOVE", value="NOTHING")
        results.append(next(iter(kind.modal(operator, context, event))))
        time.sleep(0.02)
    return {
        "first": results[0],
        "last": results[-1],
        "kinds": sorted(set(results)),
        "owned": owned,
        "handlers": len(manager.handlers),
        "timers": len(manager.timers),
        "progress": manager.progress,
        "over": manager.over,
        "status": status,
        "reports": reports,
        "state": operator._work.view.state,
        "done": operator._work.view.done,
        "nodes": stage.nodes_of(made),
        "left": len(desk.works),
    }
