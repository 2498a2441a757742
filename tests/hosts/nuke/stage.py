"""What the tests of the panel share: plates of a red ball, a daemon beside them, and a fresh adapter in a fake Nuke."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio

WIDTH, HEIGHT = 96, 54
FIRST, LAST = 1001, 1006
RADIUS = 11.0


def center(frame: int) -> tuple[float, float]:
    """Where the ball is, in plate pixels, y down."""
    return 24.25 + 5.0 * (frame - FIRST), 20.5 + 2.0 * (frame - FIRST)


def write_plate(
    folder: Path,
    name: str = "plate",
    *,
    frames: range = range(FIRST, LAST + 1),
    aspect: float = 1.0,
    margin: int = 0,
    color: tuple[float, float, float] = (0.6, 0.012, 0.012),
    at: Callable[[int], tuple[float, float]] = center,
    scale: int = 1,
    blue: tuple[float, float] | None = None,
    radius: Callable[[int], float] = lambda frame: RADIUS,
) -> str:
    """A ball on gray as half-float EXR; its pattern. ``margin``: pixels that the data window exceeds the display by.

    ``scale``: 2 is a proxy of half the size. ``blue``: the place of a second ball, which is blue and stays.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for frame in frames:
        rows, columns = np.mgrid[-margin : HEIGHT + margin, -margin : WIDTH + margin] + 0.5
        x, y = at(frame)
        part = np.clip(radius(frame) + 0.5 - np.hypot(columns - x, rows - y), 0, 1)[..., None]
        picture = (0.18 * (1 - part) + np.array(color) * part).astype(np.float32)
        if blue is not None:
            part = np.clip(RADIUS + 0.5 - np.hypot(columns - blue[0], rows - blue[1]), 0, 1)[..., None]
            picture = (picture * (1 - part) + np.array((0.012, 0.012, 0.6)) * part).astype(np.float32)
        picture = picture[::scale, ::scale]
        spec = oiio.ImageSpec(picture.shape[1], picture.shape[0], 3, "half")
        spec.x, spec.y = -margin, -margin
        spec.full_x, spec.full_y, spec.full_width, spec.full_height = 0, 0, WIDTH // scale, HEIGHT // scale
        spec.attribute("PixelAspectRatio", aspect)
        out = oiio.ImageOutput.create(str(folder / f"{name}.{frame}.exr"))
        assert out.open(str(folder / f"{name}.{frame}.exr"), spec)
        assert out.write_image(np.ascontiguousarray(picture))
        out.close()
    return str(folder / f"{name}.####.exr")


def matte_file(path: str | Path) -> np.ndarray:
    """(h, w) of the A channel over the display window, top row first."""
    image = oiio.ImageBuf(str(path))
    spec = image.spec()
    whole = np.zeros((spec.full_height, spec.full_width), np.float32)
    pixels = np.asarray(image.get_pixels(oiio.FLOAT))[..., list(spec.channelnames).index("A")]
    top, left = spec.y - spec.full_y, spec.x - spec.full_x
    y0, x0 = max(top, 0), max(left, 0)
    y1, x1 = min(top + spec.height, spec.full_height), min(left + spec.width, spec.full_width)
    whole[y0:y1, x0:x1] = pixels[y0 - top : y1 - top, x0 - left : x1 - left]
    return whole


def read_node(pattern: str, first: int = FIRST, last: int = LAST) -> Any:
    """A Read of the plate, as an artist makes one."""
    import nuke

    read = nuke.nodes.Read()
    read["file"].fromUserText(f"{pattern} {first}-{last}")
    return read


def forget_adapter() -> None:
    """As in a Nuke that was just started: nothing of the adapter is loaded."""
    job = sys.modules.get("mattewire_nuke.job")
    if job is not None:
        job.close_desk()
    for name in [name for name in sys.modules if name.split(".")[0] == "mattewire_nuke"]:
        del sys.modules[name]


def wait(fake: Any, condition: Callable[[], Any], seconds: float = 30.0) -> None:
    """Runs the event loop until ``condition()``; fails after ``seconds``."""
    assert fake.pump(seconds, lambda: bool(condition())), "it did not happen in time"


def idle(fake: Any) -> None:
    """Until no job runs any more."""
    from mattewire_nuke import job

    desk = job.desk()
    wait(fake, lambda: not desk.tasks)


def mask_subject(fake: Any, read: Any, prompt: str = "red ball", **values: Any) -> Any:
    """A MaskSubject below ``read``, as the menu makes it, with its knobs set."""
    from mattewire_nuke import node

    fake.select(read)
    made = fake.call(node.create)
    made["prompt"].setValue(prompt)
    for name, value in values.items():
        made[name].setValue(value)
    return made


def masked(fake: Any, subject: Any) -> Any:
    """Presses Mask subject and waits for the end; the Copy that holds the matte."""
    from mattewire_nuke import graph

    fake.click(subject, "mask")
    idle(fake)
    return graph.part(subject, "copy")


def slow(fake: Any, read: Any, seconds: float = 0.15) -> Any:
    """A MaskSubject whose job takes so long for each frame."""
    subject = mask_subject(fake, read, f"sleep={seconds}", use_keyframe=False)
    subject["engine"].setValues(["preview", "double"])
    subject["engine"].setValue("double")
    return subject


def begun(fake: Any, subject: Any, frames: int = 2) -> Any:
    """Presses Mask subject and waits until so many mattes are there; the task."""
    from mattewire_nuke import job

    fake.click(subject, "mask")
    task = job.desk().last
    wait(fake, lambda: task.view.done >= frames)
    return task


def alpha(fake: Any, node: Any, frame: int, **how: Any) -> np.ndarray:
    """(h, w) of the alpha that ``node`` shows, top row first."""
    return fake.evaluate(node, frame, **how).over_format("rgba.alpha")


def overlap(alpha: np.ndarray, x: float, y: float) -> float:
    """Intersection over union of a matte with the ball around (x, y), soft edges counted in part."""
    rows, columns = np.mgrid[0 : alpha.shape[0], 0 : alpha.shape[1]] + 0.5
    ball = np.clip(RADIUS + 0.5 - np.hypot(columns - x, rows - y), 0, 1)
    return float(np.minimum(alpha, ball).sum() / np.maximum(alpha, ball).sum())
