"""Nodes that make one picture of the pictures above them: Copy, Shuffle, Premult, Grade, Merge, Reformat, Crop."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Tuple

from . import session
from .picture import Box, Picture, Size, overlap, union

Maker = Callable[[Any, Any, List[Picture]], Picture]


def placed(picture: Picture, box: Box) -> Picture:
    """The same picture over another box; zeros where it had nothing."""
    planes = {name: picture.over(name, box) for name in picture.channels}
    return Picture(picture.size, box, planes, picture.metadata)


def scaled_picture(picture: Picture, scale: float) -> Picture:
    """For proxy mode. Whole factors average blocks, others take the nearest pixel."""
    import numpy as np

    size = Size(max(1, round(picture.size.width * scale)), max(1, round(picture.size.height * scale)))
    size = size._replace(aspect=picture.size.aspect)
    factor = round(1 / scale)
    x, y, r, t = picture.bbox
    if abs(factor * scale - 1) < 1e-9:
        box = (x // factor, y // factor, -(-r // factor), -(-t // factor))
        whole = placed(picture, (box[0] * factor, box[1] * factor, box[2] * factor, box[3] * factor))
        planes = {name: _blocks(plane, factor) for name, plane in whole.channels.items()}
        return Picture(size, box, planes, picture.metadata)
    box = tuple(round(edge * scale) for edge in picture.bbox)
    rows = np.clip(((np.arange(box[3] - box[1]) + 0.5) / scale).astype(int), 0, t - y - 1)
    columns = np.clip(((np.arange(box[2] - box[0]) + 0.5) / scale).astype(int), 0, r - x - 1)
    planes = {name: plane[np.ix_(rows, columns)] for name, plane in picture.channels.items()}
    return Picture(size, box, planes, picture.metadata)


def _blocks(plane: Any, factor: int) -> Any:
    height, width = plane.shape[0] // factor, plane.shape[1] // factor
    return plane.reshape(height, factor, width, factor).mean(axis=(1, 3))


def _copy(node: Any, wanted: Any, pictures: List[Picture]) -> Picture:
    below, above = pictures[0], pictures[1] if len(pictures) > 1 else None
    boxes = {"union": union, "intersection": overlap, "A side": lambda b, a: a, "B side": lambda b, a: b}
    box = boxes[node._knob("bbox").value()](below.bbox, above.bbox if above else below.bbox)
    out = placed(below, box)
    mix = float(node._knob("mix")._at(wanted.frame))
    for number in range(4):
        source, target = node._knob(f"from{number}").value(), node._knob(f"to{number}").value()
        if "none" in (source, target):
            continue
        taken = _plane(above, source, box)
        out.channels[target] = taken if mix == 1 else taken * mix + out.over(target, box) * (1 - mix)
    return out


def _plane(picture: Any, channel: str, box: Box) -> Any:
    import numpy as np

    shape = (box[3] - box[1], box[2] - box[0])
    if channel == "white":
        return np.ones(shape, np.float32)
    if channel == "black" or picture is None:
        return np.zeros(shape, np.float32)
    return picture.over(channel, box)


def _shuffle(node: Any, wanted: Any, pictures: List[Picture]) -> Picture:
    source = session.current().layers.get(node._knob("in").value(), [])
    targets = node._knob("out")._channels()
    box, out = pictures[0].bbox, placed(pictures[0], pictures[0].bbox)
    parts = ("red", "green", "blue", "alpha")
    for target, part in zip(targets, parts):
        word = node._knob(part).value()
        at = parts.index(word) if word in parts else -1
        name = word if at < 0 else source[at] if at < len(source) else "black"
        out.channels[target] = _plane(pictures[0], name, box)
    return out


def _shuffle2(node: Any, wanted: Any, pictures: List[Picture]) -> Picture:
    sides = {"B": pictures[0], "A": pictures[1] if len(pictures) > 1 else None}
    sources = [sides[node._knob(f"fromInput{number}").value()] for number in (1, 2)]
    box, out = pictures[0].bbox, placed(pictures[0], pictures[0].bbox)
    for layer, source, target in node._knob("mappings").value():
        out.channels[target] = _plane(sources[max(layer, 0)], source, box)
    return out


def _premult(node: Any, wanted: Any, pictures: List[Picture]) -> Picture:
    import numpy as np

    out = placed(pictures[0], pictures[0].bbox)
    alpha = out.over(node._knob("alpha").value(), out.bbox)
    divide = node._kind.name == "Unpremult"
    by = np.where(alpha != 0, alpha, 1) if divide else alpha
    for name in node._knob("channels")._channels():
        if name in out.channels and name != node._knob("alpha").value():
            out.channels[name] = out.channels[name] / by if divide else out.channels[name] * by
    return out


def _grade(node: Any, wanted: Any, pictures: List[Picture]) -> Picture:
    """``(A x + B) ** (1/gamma)``, A and B as in Foundry's reference of the node; ``reverse`` is not modeled."""
    import numpy as np

    if node._knob("reverse").value():
        raise RuntimeError(f"{node._full_name()}: the fake does not model reverse")
    names = ("blackpoint", "whitepoint", "black", "white", "multiply", "add", "gamma")
    knobs = {name: node._knob(name)._all(wanted.frame) for name in names}
    out = placed(pictures[0], pictures[0].bbox)
    mix = float(node._knob("mix")._at(wanted.frame))
    for channel in node._knob("channels")._channels():
        if channel not in out.channels:
            continue
        part = ("red", "green", "blue", "alpha").index(channel.split(".")[1])
        of = {name: values[part] for name, values in knobs.items()}
        gain = of["multiply"] * (of["white"] - of["black"]) / (of["whitepoint"] - of["blackpoint"])
        graded = gain * out.channels[channel] + (of["add"] + of["black"] - gain * of["blackpoint"])
        if node._knob("black_clamp").value():
            graded = np.maximum(graded, 0)
        if of["gamma"] != 1:
            graded = np.where(graded > 0, np.maximum(graded, 0) ** (1 / of["gamma"]), graded)
        if node._knob("white_clamp").value():
            graded = np.minimum(graded, 1)
        mixed = graded * mix + out.channels[channel] * (1 - mix)
        out.channels[channel] = mixed.astype(np.float32)
    return out


_MERGES: Dict[str, Callable[[Any, Any, Any, Any], Any]] = {
    "over": lambda a, b, aa, ba: a + b * (1 - aa),
    "under": lambda a, b, aa, ba: a * (1 - ba) + b,
    "plus": lambda a, b, aa, ba: a + b,
    "minus": lambda a, b, aa, ba: a - b,
    "from": lambda a, b, aa, ba: b - a,
    "multiply": lambda a, b, aa, ba: a * b,
    "mask": lambda a, b, aa, ba: b * aa,
    "stencil": lambda a, b, aa, ba: b * (1 - aa),
    "copy": lambda a, b, aa, ba: a,
}


def _merge(node: Any, wanted: Any, pictures: List[Picture]) -> Picture:
    operation = node._knob("operation").value()
    if operation not in _MERGES:
        raise RuntimeError(f"{node._full_name()}: the fake does not model {operation}")
    out = pictures[0]
    for above in [*pictures[1:2], *pictures[3:]]:
        boxes = {"union": union, "intersection": overlap, "A": lambda b, a: a, "B": lambda b, a: b}
        box = boxes[node._knob("bbox").value()](out.bbox, above.bbox)
        alphas = above.over("rgba.alpha", box), out.over("rgba.alpha", box)
        names = set(session.current().layers["rgba"]) | (set(out.channels) & set(above.channels))
        merged = {name: _MERGES[operation](above.over(name, box), out.over(name, box), *alphas) for name in names}
        kept = {name: out.over(name, box) for name in out.channels if name not in merged}
        out = Picture(out.size, box, {**kept, **merged}, out.metadata)
    return out


def _reformat(node: Any, wanted: Any, pictures: List[Picture]) -> Picture:
    import numpy as np

    source = pictures[0]
    target = _reformat_size(node, wanted, source.size)
    wide, high = target.width / source.size.width, target.height / source.size.height
    if target.aspect != source.size.aspect and node._knob("resize").value() not in ("none", "distort"):
        wide, high = wide, wide * source.size.aspect / target.aspect
    else:
        wide, high = _factors(node._knob("resize").value(), wide, high)
    across, up = (0.0, 0.0)
    if node._knob("center").value():
        across = (target.width - source.size.width * wide) / 2
        up = (target.height - source.size.height * high) / 2
    columns = np.floor((np.arange(target.width) + 0.5 - across) / wide).astype(int)
    rows = np.floor((np.arange(target.height) + 0.5 - up) / high).astype(int)[::-1]
    x, y, r, t = source.bbox
    inside = ((rows >= y) & (rows < t))[:, None] & ((columns >= x) & (columns < r))[None, :]
    at = np.ix_(np.clip(t - 1 - rows, 0, t - y - 1), np.clip(columns - x, 0, r - x - 1))
    planes = {name: np.where(inside, plane[at], 0).astype(np.float32) for name, plane in source.channels.items()}
    return Picture(target, target.box, planes, source.metadata)


def _reformat_size(node: Any, wanted: Any, source: Size) -> Size:
    kind = node._knob("type").value()
    if kind == "to format":
        form = node._knob("format").value()
        size = Size(form._width, form._height, form._aspect)
        return Size(round(size.width * wanted.scale), round(size.height * wanted.scale), size.aspect)
    if kind == "to box":
        width = round(node._knob("box_width").value() * wanted.scale)
        if node._knob("box_fixed").value():
            return Size(width, round(node._knob("box_height").value() * wanted.scale), source.aspect)
        return Size(width, round(source.height * width / source.width), source.aspect)
    across, up = node._knob("scale")._all(wanted.frame)
    return Size(round(source.width * across), round(source.height * up), source.aspect)


def _factors(resize: str, wide: float, high: float) -> Tuple[float, float]:
    return {
        "none": (1.0, 1.0),
        "width": (wide, wide),
        "height": (high, high),
        "fit": (min(wide, high),) * 2,
        "fill": (max(wide, high),) * 2,
        "distort": (wide, high),
    }[resize]


def _crop(node: Any, wanted: Any, pictures: List[Picture]) -> Picture:
    box = tuple(round(edge * wanted.scale) for edge in node._knob("box")._all(wanted.frame))
    source = pictures[0]
    if not node._knob("reformat").value():
        return placed(source, overlap(source.bbox, box)) if node._knob("crop").value() else source
    size = Size(box[2] - box[0], box[3] - box[1], source.size.aspect)
    cut = placed(source, box)
    return Picture(size, size.box, cut.channels, source.metadata)


def _transform(node: Any, wanted: Any, pictures: List[Picture]) -> Picture:
    """Whole pixels only."""
    across, up = (round(value * wanted.scale) for value in node._knob("translate")._all(wanted.frame))
    x, y, r, t = pictures[0].bbox
    moved = (x + across, y + up, r + across, t + up)
    return Picture(pictures[0].size, moved, dict(pictures[0].channels), pictures[0].metadata)


OPERATIONS: Dict[str, Maker] = {
    "Copy": _copy,
    "Shuffle": _shuffle,
    "Shuffle2": _shuffle2,
    "Premult": _premult,
    "Unpremult": _premult,
    "Grade": _grade,
    "Merge2": _merge,
    "Reformat": _reformat,
    "Crop": _crop,
    "Transform": _transform,
}
