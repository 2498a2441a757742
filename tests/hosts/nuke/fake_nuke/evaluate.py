"""Nodes to pixels: what a node shows at one frame, in one view, in full size or in proxy.

Every class of the catalog is modeled, or says that it is not. Filters are not Nuke's: Reformat and Transform take the
nearest pixel, proxies average whole blocks.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, List, NamedTuple, Optional

from . import session
from .formats import Format
from .operations import OPERATIONS, placed, scaled_picture
from .picture import Picture, Size, black
from .reads import read_channels, read_format, read_metadata, read_picture_at
from .timing import source_frame


class Wanted(NamedTuple):
    """What is asked of a node. ``scale`` below 1 is proxy mode."""

    frame: float
    view: str
    scale: float = 1.0


def proxy_scale() -> float:
    """The scale of pictures now; 1 unless proxy mode is on."""
    root = session.current().root
    if not root._knob("proxy").value():
        return 1.0
    if root._knob("proxy_type").value() == "scale":
        return float(root._knob("proxy_scale").value())
    return root._knob("proxy_format").value().width() / root._knob("format").value().width()


def root_size(scale: float = 1.0) -> Size:
    return size_of(session.current().root._knob("format").value(), scale)


def size_of(form: Format, scale: float = 1.0) -> Size:
    return Size(max(1, round(form._width * scale)), max(1, round(form._height * scale)), form._aspect)


def picture_of(node: Any, frame: float, view: Optional[str] = None, scale: Optional[float] = None) -> Picture:
    """The picture of ``node``. Raises ``RuntimeError`` where Nuke would show an error."""
    return evaluate(node, Wanted(frame, view or _first_view(), proxy_scale() if scale is None else scale))


def picture_now(node: Any) -> Picture:
    return picture_of(node, session.current().root._frame())


def _first_view() -> str:
    views = session.current().root._views()
    return views[0] if views else "main"


def evaluate(node: Optional[Any], wanted: Wanted) -> Picture:
    """``None``, a missing input, is black in the script's format."""
    if node is None:
        return black(root_size(wanted.scale))
    kind = node._kind.name
    if node._is_off() and kind != "Read":
        return evaluate(node._input(0), wanted)
    if kind in _CLASSES:
        return _CLASSES[kind](node, wanted)
    if kind in OPERATIONS:
        pictures = [evaluate(node._input(0), wanted)]
        pictures += [evaluate(above, wanted) for above in node._inputs[1:]]
        if node._kind.optional > 0 and node._input(node._kind.optional) is not None:
            raise RuntimeError(f"{node._full_name()}: the fake models no mask input")
        return OPERATIONS[kind](node, wanted, pictures)
    raise RuntimeError(f"{node._full_name()}: the fake makes no pictures of {kind}")


def _read(node: Any, wanted: Wanted) -> Picture:
    found = read_picture_at(node, wanted.frame, wanted.view, wanted.scale)
    if found is None:
        return black(size_of(format_of_node(node), wanted.scale), ["rgba.red", "rgba.green", "rgba.blue"])
    picture, is_proxy = found
    return picture if is_proxy or wanted.scale == 1 else scaled_picture(picture, wanted.scale)


def _constant(node: Any, wanted: Wanted) -> Picture:
    import numpy as np

    chosen = node._knob("format")._format
    size = size_of(chosen, wanted.scale) if chosen is not None else root_size(wanted.scale)
    color = node._knob("color")._all(wanted.frame)
    names = ["rgba.red", "rgba.green", "rgba.blue", "rgba.alpha"]
    planes = {name: np.full((size.height, size.width), value, np.float32) for name, value in zip(names, color)}
    return Picture(size, size.box, planes)


def _through(node: Any, wanted: Wanted) -> Picture:
    return evaluate(node._input(0), wanted)


def _in_time(node: Any, wanted: Wanted) -> Picture:
    return evaluate(node._input(0), wanted._replace(frame=source_frame(node, wanted.frame)))


def _group(node: Any, wanted: Wanted) -> Picture:
    inside = node.output()
    if inside is None:
        raise RuntimeError(f"{node._full_name()}: no Output node")
    return evaluate(inside, wanted)


def _input(node: Any, wanted: Wanted) -> Picture:
    return evaluate(node._parent._input(node._knob("number").value()), wanted)


def _switch(node: Any, wanted: Wanted) -> Picture:
    return evaluate(node._input(int(node._knob("which")._at(wanted.frame))), wanted)


def _one_view(node: Any, wanted: Wanted) -> Picture:
    return evaluate(node._input(0), wanted._replace(view=node._knob("view").value()))


def _join_views(node: Any, wanted: Wanted) -> Picture:
    views = session.current().root._views()
    if wanted.view not in views:
        raise RuntimeError(f"{node._full_name()}: there is no view {wanted.view}")
    return evaluate(node._input(views.index(wanted.view)), wanted)


def _viewer(node: Any, wanted: Wanted) -> Picture:
    return evaluate(node._input(node._knob("input_number").value()), wanted)


def _roto(node: Any, wanted: Wanted) -> Picture:
    from .roto_pixels import matte

    full = wanted._replace(scale=1.0)
    below = evaluate(node._input(0), full) if node._input(0) is not None else None
    chosen = node._knob("format")._format
    size = below.size if below is not None else size_of(chosen) if chosen is not None else root_size()
    drawn = matte(node._knob("curves")._root, size, wanted.frame) * float(node._knob("opacity")._at(wanted.frame))
    result = placed(below, size.box) if below is not None else Picture(size, size.box, {})
    for channel in node._knob("output")._channels():
        under = result.over_format(channel)
        result.channels[channel] = drawn if node._knob("replace").value() else drawn + under * (1 - drawn)
    return result if wanted.scale == 1 else scaled_picture(result, wanted.scale)


def _cryptomatte(node: Any, wanted: Wanted) -> Picture:
    from .cryptomatte import matte

    source = evaluate(node._input(0), wanted._replace(scale=1.0))
    out = placed(source, source.bbox)
    for channel in node._knob("matteOutput")._channels()[:1]:
        out.channels[channel] = matte(node, source)
    return out if wanted.scale == 1 else scaled_picture(out, wanted.scale)


_CLASSES: Dict[str, Callable[[Any, Wanted], Picture]] = {
    "Read": _read,
    "Constant": _constant,
    "Dot": _through,
    "NoOp": _through,
    "Write": _through,
    "Output": _through,
    "TimeOffset": _in_time,
    "FrameHold": _in_time,
    "Retime": _in_time,
    "Group": _group,
    "Input": _input,
    "Switch": _switch,
    "OneView": _one_view,
    "JoinViews": _join_views,
    "Viewer": _viewer,
    "Roto": _roto,
    "Cryptomatte": _cryptomatte,
}


def format_of_node(node: Any) -> Format:
    """The format of what ``node`` shows, at full size; the script's own where that cannot be told."""
    kind = node._kind.name
    if kind == "Read":
        return read_format(node)
    if kind == "Root":
        return node._knob("format").value()
    if kind in ("Constant", "Roto") and node._knob("format")._format is not None and node._input(0) is None:
        return node._knob("format")._format
    if kind == "Reformat" and not node._is_off() and node._knob("type").value() == "to format":
        return node._knob("format").value()
    if kind in ("Reformat", "Crop") and not node._is_off():
        size = picture_of(node, session.current().root._frame(), scale=1.0).size
        return Format(size.width, size.height, pixelAspect=size.aspect)
    if node._is_group():
        return format_of_node(node.output()) if node.output() is not None else root_format()
    above = node._parent._input(node._knob("number").value()) if kind == "Input" else node._input(0)
    return format_of_node(above) if above is not None else root_format()


def root_format() -> Format:
    return session.current().root._knob("format").value()


def channels_of_node(node: Any) -> List[str]:
    """Sorted names; a Read answers from the file's header."""
    if node._kind.name == "Read":
        return read_channels(node)
    return sorted(picture_now(node).channels)


def metadata_of_node(node: Any, frame: Optional[float]) -> Dict[str, Any]:
    """The metadata of the file that the node's first input leads to."""
    at = node
    while at is not None and at._kind.name != "Read":
        at = at._input(0)
    return read_metadata(at, session.current().root._frame() if frame is None else frame) if at is not None else {}


def error_of_node(node: Any) -> str:
    """What is wrong with ``node`` at the current frame; empty when nothing."""
    try:
        picture_now(node)
    except (RuntimeError, ValueError) as error:
        return str(error)
    return ""


def sample(node: Any, channel: str, x: float, y: float, dx: float = 1, dy: float = 1) -> float:
    """The mean of ``channel`` over the pixels that the box around (x, y) touches; one pixel for a 1 x 1 box."""
    import math

    picture = picture_now(node)
    if dx <= 1 and dy <= 1:
        return picture.pixel(channel, x, y)
    left, bottom = math.floor(x - dx / 2), math.floor(y - dy / 2)
    box = (left, bottom, math.ceil(x + dx / 2), math.ceil(y + dy / 2))
    return float(picture.over(channel, box).mean())
