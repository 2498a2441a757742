"""``nuke.execute``: Write nodes to files, on the main thread, while nothing else can happen.

Files of a proxy render are as small as the proxy, and go to the Write's ``proxy`` name, or to ``file`` where it has
none. An EXR's data window is the format joined with the bounding box; with ``autocrop``, the bounding box alone.
"""

from __future__ import annotations

import os
from typing import Any, List, Optional, Union

from . import callbacks, session
from .evaluate import picture_of, proxy_scale
from .graph import toNode
from .picture import Picture, union, write_picture
from .threads import on_main_thread
from .timing import path_at, write_frame


@on_main_thread
def execute(
    nameOrNode: Any,
    start: Optional[int] = None,
    end: Optional[int] = None,
    incr: int = 1,
    views: Optional[List[str]] = None,
    continueOnError: bool = False,
) -> None:
    """Renders ``start`` to ``end``, both included. Raises ``RuntimeError``: an error of a node, a folder that is not
    there, "Cancelled" when the user stops it, or another render under way.
    """
    now = session.current()
    node = toNode(nameOrNode) if isinstance(nameOrNode, str) else nameOrNode
    if node is None or node._kind.name != "Write":
        raise RuntimeError(f"{nameOrNode} is not executable")
    if now.rendering:
        raise RuntimeError("I'm already executing something else")
    first = now.root.firstFrame() if start is None else int(start)
    last = now.root.lastFrame() if end is None else int(end)
    now.rendering = True
    frame = now.root._frame()
    try:
        with now.loop.excused():
            callbacks.send("BeforeRender", node)
            for done, number in enumerate(range(first, last + 1, incr)):
                if now.cancel_after is not None and done >= now.cancel_after:
                    now.cancel_after = None
                    raise RuntimeError("Cancelled")
                callbacks.send("BeforeFrameRender", node)
                for view in views or node._knob("views")._string.split():
                    _render(node, number, view, continueOnError)
                callbacks.send("AfterFrameRender", node)
            callbacks.send("AfterRender", node)
    finally:
        now.rendering = False
        now.root._knobs["frame"]._numbers = [frame]


def _render(node: Any, frame: int, view: str, go_on: bool) -> None:
    session.current().root._knobs["frame"]._numbers = [float(frame)]
    scale = proxy_scale()
    knob = node._knob("proxy") if scale < 1 and node._knob("proxy")._string else node._knob("file")
    path = path_at(knob, write_frame(node, frame), view, frame)
    try:
        _write(node, picture_of(node, frame, view, scale), path)
    except RuntimeError as error:
        if not go_on:
            raise RuntimeError(f"{node._full_name()}: {error}") from error


def _write(node: Any, picture: Picture, path: str) -> None:
    folder = os.path.dirname(path)
    if not path:
        raise RuntimeError("no output filename")
    if not os.path.isdir(folder):
        if not node._knob("create_directories").value():
            raise RuntimeError(f"{path}: No such file or directory")
        try:
            os.makedirs(folder, exist_ok=True)
        except OSError as error:
            raise RuntimeError(f"{folder}: {error.strerror}") from error
    wanted = node._knob("channels")._channels()
    channels = [name for name in wanted if name in picture.channels] or wanted[:1]
    options = {name: node._knob(name).value() for name in ("datatype", "compression") if node._has(name)}
    crop = node._has("autocrop") and node._knob("autocrop").value()
    space = node._knob("colorspace").value()
    if not node._knob("raw").value() and not (space == "linear" or (space == "default" and path.endswith(".exr"))):
        raise RuntimeError(f"the fake writes linear or raw pixels only, not {space}")
    write_picture(path, picture, channels, picture.bbox if crop else union(picture.size.box, picture.bbox), options)


@on_main_thread
def sample(node: Any, channel: str, x: float, y: float, dx: float = 1, dy: float = 1) -> float:
    return node.sample(channel, x, y, dx, dy)


@on_main_thread
def filename(node: Any, i: Union[int, None] = None) -> Optional[str]:
    """The node's file name with its expressions evaluated, frame pattern kept; None without one."""
    if not node._has("file") or not node._knob("file")._string:
        return None
    return node._knob("file").evaluate()
