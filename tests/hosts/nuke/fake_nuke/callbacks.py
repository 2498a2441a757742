"""What Nuke calls when something happens: ``addKnobChanged``, ``addOnCreate``, ``addOnScriptLoad`` and their kin."""

from __future__ import annotations

from typing import Any, Callable, Dict, Optional

from . import session
from .threads import on_main_thread

EVENTS = (
    "OnUserCreate",
    "OnCreate",
    "OnDestroy",
    "OnScriptLoad",
    "OnScriptSave",
    "OnScriptClose",
    "KnobChanged",
    "UpdateUI",
    "BeforeRender",
    "BeforeFrameRender",
    "AfterFrameRender",
    "AfterRender",
)
_AT_ROOT = ("OnScriptLoad", "OnScriptSave", "OnScriptClose")
_KNOBS = {"OnCreate": "onCreate", "OnDestroy": "onDestroy", "KnobChanged": "knobChanged"}


def send(event: str, node: Any, knob: Any = None) -> None:
    """Calls everything registered for ``event`` and ``node``, then the node's own script of that name."""
    import __main__

    now = session.current()
    registered = [
        entry
        for entry in list(now.callbacks.get(event, []))
        if entry[3] in ("*", node._kind.name) and entry[4] in (None, node)
    ]
    script = node._knob(_KNOBS[event])._string if event in _KNOBS and node._has(_KNOBS[event]) else ""
    if not registered and not script:
        return
    with now.context(node, knob), now.loop.timed(f"{event} {node._name()}"):
        for call, args, kwargs, _, _ in registered:
            call(*args, **kwargs)
        if script:
            exec(compile(script, f"<{event}>", "exec"), vars(__main__))


def _adder(event: str) -> Callable:
    def add(
        call: Callable, args: Any = (), kwargs: Optional[dict] = None, nodeClass: str = "*", node: Any = None
    ) -> None:
        wanted = "Root" if event in _AT_ROOT and nodeClass == "*" else nodeClass
        entry = (call, args if isinstance(args, tuple) else (args,), kwargs or {}, wanted, node)
        registered = session.current().callbacks.setdefault(event, [])
        if entry not in registered:
            registered.append(entry)

    add.__name__ = add.__qualname__ = f"add{event}"
    return on_main_thread(add)


def _remover(event: str) -> Callable:
    def remove(
        call: Callable, args: Any = (), kwargs: Optional[dict] = None, nodeClass: str = "*", node: Any = None
    ) -> None:
        registered = session.current().callbacks.get(event, [])
        registered[:] = [entry for entry in registered if entry[0] is not call]

    remove.__name__ = remove.__qualname__ = f"remove{event}"
    return on_main_thread(remove)


FUNCTIONS: Dict[str, Callable] = {
    **{f"add{event}": _adder(event) for event in EVENTS},
    **{f"remove{event}": _remover(event) for event in EVENTS},
}
"""``addOnCreate``, ``removeOnCreate`` and so on, as they stand in ``nuke`` and ``nuke.callbacks``."""
