"""What the review page shows in a real headless Chromium: its views, one object, a close-up, and other shots."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from e2e.browser import Browser
from e2e.review_screen import FIRST_PICTURE, FLAGGED, MISSING, color_at, frame_of, near, settle
from mattewire_protocol.deliver import Deliverable
from mattewire_protocol.request import MatteRequest, Plate
from mattewire_server.plates import open_plate
from mattewire_server.review import MadeFile, Page, make_page, shot_of
from mattewire_server.sidecar import sidecar
from server.review.rig import FIRST, HEIGHT, HOSTILE, LAST, WIDTH, deliver, event, mattes_of, shot, tree_of, write_plate

OPENED_WITHIN_MS = 2000
LARGEST_OF_300 = 60_000_000
"""Bytes of a page of 300 frames of 960 x 540 on a plate full of detail."""


# --- looking ---------------------------------------------------------------------------------------------------------


def test_the_five_views(opened: Browser) -> None:
    """Colors inside the box, outside of everything, and on the disc's edges, against what each view stands for."""
    opened.press("End")
    inside, outside = (75.5, 44.5), (5.5, 50.5)
    settle(opened, f"Frame {LAST}, All objects, overlay")
    green, blue, yellow = (60, 110, 60), (40, 60, 210), (240, 228, 66)
    mixed = tuple(round(0.45 * b + 0.55 * y) for b, y in zip(blue, yellow, strict=True))
    assert near(color_at(opened, *inside), mixed)  # type: ignore[arg-type]
    assert near(color_at(opened, *outside), green)
    opened.press("2")
    settle(opened, f"Frame {LAST}, All objects, matte")
    assert color_at(opened, *inside) == (255, 255, 255)
    assert color_at(opened, *outside) == (0, 0, 0)
    opened.press("3")
    settle(opened, f"Frame {LAST}, All objects, checkerboard")
    assert near(color_at(opened, *inside), blue)
    assert color_at(opened, *outside) in ((92, 92, 92), (128, 128, 128))
    opened.press("4")
    settle(opened, f"Frame {LAST}, All objects, edge")
    core, ground = color_at(opened, *inside), color_at(opened, *outside)
    assert max(core) - min(core) <= 3 >= max(ground) - min(ground), "gray"
    edge = [color_at(opened, x + 0.5, 18.5) for x in range(16, 30)]
    assert any(red > 220 and blue_part > 220 for red, _, blue_part in edge), "the line at half"
    assert any(red > blue_part + 60 for red, _, blue_part in edge), "the soft edge"
    opened.press("5")
    settle(opened, f"Frame {LAST}, All objects, difference")
    now, before = mattes_of(LAST)[1], mattes_of(LAST - 1)[1]
    change = now[18] - before[18]
    grown, shrunk = int(np.argmax(change)), int(np.argmin(change))
    red, _, blue_part = color_at(opened, grown + 0.5, 18.5)
    assert red > blue_part + 60
    red, _, blue_part = color_at(opened, shrunk + 0.5, 18.5)
    assert blue_part > red + 60
    assert near(color_at(opened, *inside), (64, 64, 64)), "what has not changed is dim"
    part = 100 * np.maximum(now - before, 0).mean()
    legend = opened.evaluate("document.getElementById('legend').textContent")
    assert legend.startswith("against 1005: +")
    assert float(legend.split("+")[1].split()[0]) == pytest.approx(part, abs=0.03)


def test_the_buttons_of_the_views_are_pressed_one_at_a_time(opened: Browser) -> None:
    pressed = "[...document.querySelectorAll('#views [aria-pressed=true]')].map((one) => one.dataset.view)"
    for key, name in zip("12345", ("overlay", "matte", "checkerboard", "edge", "difference"), strict=True):
        opened.press(key)
        assert opened.evaluate(pressed) == [name]
        opened.do("click", selector=f"#views button:nth-child({'12345'.index(key) + 1})")
        assert opened.evaluate(pressed) == [name]


def test_opacity(opened: Browser) -> None:
    opened.do("select", selector="#object", label="red ball")
    settle(opened, "Frame 1001, red ball, overlay")
    plate = (220, 40, 40)
    before = color_at(opened, 20, 18)
    assert not near(before, plate, 30)
    opened.evaluate("document.getElementById('opacity').focus()")
    opened.press("Home")
    opened.wait("document.getElementById('opacity-value').textContent === '0 %'")
    assert frame_of(opened) == FIRST, "the slider keeps its own keys"
    opened.wait("document.getElementById('opacity').value === '0'")
    assert near(color_at(opened, 20, 18), plate)
    opened.press("]", "]")
    assert opened.evaluate("document.getElementById('opacity').value") == "10"
    opened.do("click", selector="#opacity", at=[48, 8])
    assert 45 <= int(opened.evaluate("document.getElementById('opacity').value")) <= 55
    opened.press("ArrowRight")
    assert frame_of(opened) == FIRST + 1, "after the mouse, the arrows are the frames' again"


def test_one_object_alone(opened: Browser) -> None:
    opened.press("2")
    opened.do("select", selector="#object", label="red ball")
    settle(opened, "Frame 1001, red ball, matte")
    assert color_at(opened, 20, 18) == (255, 255, 255)
    assert color_at(opened, 75, 44) == (0, 0, 0), "the box is another object"
    assert "score 0.50" in opened.evaluate("document.getElementById('state').textContent"), "the object's own"
    opened.do("click", selector="#stage", at=[5, 5])
    opened.press("o")
    settle(opened, f"Frame 1001, {HOSTILE}, matte")
    assert color_at(opened, 75, 44) == (255, 255, 255)
    assert opened.evaluate("document.getElementById('state').textContent").startswith("done  ·  area 7.")


def test_zoom_and_pan(opened: Browser) -> None:
    opened.press("2")
    settle(opened, "Frame 1001, All objects, matte")
    percent = "Number.parseInt(document.getElementById('zoom').textContent)"
    fitted = opened.evaluate(percent)
    bright = """(() => {
      const canvas = document.getElementById('picture');
      const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
      let count = 0;
      for (let p = 0; p < data.length; p += 4) count += data[p] > 128;
      return count;
    })()"""
    whole = opened.evaluate(bright)
    box = opened.evaluate(
        "[document.getElementById('stage').clientWidth, document.getElementById('stage').clientHeight]"
    )
    scale = min(box[0] / WIDTH, box[1] / HEIGHT)
    at = [box[0] / 2 + (20 - WIDTH / 2) * scale, box[1] / 2 + (18 - HEIGHT / 2) * scale]
    opened.do("wheel", selector="#stage", at=at, by=-100)
    opened.wait(f"{percent} > {fitted}")
    under = f"""[...document.getElementById('picture').getContext('2d')
      .getImageData({at[0]}, {at[1]}, 1, 1).data][0]"""
    assert opened.evaluate(under) == 255, "the disc's middle stays under the pointer"
    opened.press("+", "+")
    assert opened.evaluate(bright) > whole * 1.2
    opened.do("drag", selector="#stage", **{"from": at, "to": [at[0] + 200, at[1] + 300]})
    assert opened.evaluate(under) == 0, "the picture has moved with the pointer"
    opened.press("z")
    assert opened.evaluate(percent) == fitted
    assert opened.evaluate(bright) == whole
    opened.do("click", selector="#larger")
    opened.do("click", selector="#fit")
    assert opened.evaluate(percent) == fitted


def test_f_zooms_to_the_object(opened: Browser) -> None:
    """The second of two, near the lower right corner: its middle comes to the stage's."""
    opened.press("2", "o", "o")
    settle(opened, f"Frame 1001, {HOSTILE}, matte")
    middle = """(() => {
      const canvas = document.getElementById('picture');
      const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
      let [x, y, count] = [0, 0, 0];
      for (let at = 0; at < canvas.width * canvas.height; at += 1)
        if (data[4 * at] > 128) [x, y, count] = [x + (at % canvas.width), y + Math.floor(at / canvas.width), count + 1];
      return [x / count / canvas.width, y / count / canvas.height, count / (canvas.width * canvas.height)];
    })()"""
    x, y, share = opened.evaluate(middle)
    assert x > 0.6
    assert share < 0.1
    opened.press("f")
    x, y, share = opened.evaluate(middle)
    assert (x, y) == pytest.approx((0.5, 0.5), abs=0.02)
    assert 0.1 < share < 0.3
    opened.press("z")
    opened.do("click", selector="#close-up")
    assert opened.evaluate(middle)[2] == share
    opened.press("ArrowRight", "ArrowRight")
    settle(opened, f"Frame {MISSING}")
    opened.press("f")
    fitted = opened.evaluate("document.getElementById('zoom').textContent")
    opened.press("z")
    assert opened.evaluate("document.getElementById('zoom').textContent") == fitted, "nothing to zoom to: all of it"


# --- other shots -----------------------------------------------------------------------------------------------------


def test_without_a_plate_the_mattes_stand_alone(browser: Browser, tmp_path: Path) -> None:
    plate = write_plate(tmp_path / "plate")
    mattes = deliver(tmp_path, plate, "m.mov", format="prores4444")
    told = shot(plate, [mattes])
    for frame in range(FIRST, LAST + 1):
        os.unlink(plate.replace("####", str(frame)))
    made = make_page(told, [mattes], str(tmp_path / "p.html"))
    browser.open(made.path)
    browser.wait(FIRST_PICTURE)
    note = browser.evaluate("document.getElementById('plate-note').textContent")
    assert note == f"The plate is not shown: There is no plate at {plate}."
    assert near(color_at(browser, 5, 50), (70, 70, 70))
    assert not near(color_at(browser, 75, 44), (70, 70, 70), 40)
    assert browser.evaluate("document.getElementById('nothing').checkVisibility()") is True
    assert browser.do("told")["complaints"] == []


def test_a_single_frame(browser: Browser, tmp_path: Path) -> None:
    plate = write_plate(tmp_path / "plate")
    mattes = deliver(tmp_path, plate, "m.####.exr")
    tree, request = tree_of(plate, [mattes])
    tree["frames"] = tree["frames"][2:3]
    made = make_page(shot_of(tree, request), [mattes], str(tmp_path / "p.html"))
    browser.open(made.path)
    browser.wait(FIRST_PICTURE)
    browser.press("ArrowRight", "End", "5", " ", " ")
    settle(browser, "Frame 1003, All objects, difference")
    assert browser.evaluate("document.getElementById('message').textContent") == "There is no other frame."
    assert browser.do("told")["complaints"] == []


def test_some_frames_of_a_shot(browser: Browser, tmp_path: Path) -> None:
    """Every third and the worst: steps go from one to the next, and the scrubber stands where the plot says."""
    plate = write_plate(tmp_path / "plate")
    mattes = deliver(tmp_path, plate, "m.####.png", format="png8")
    told = shot(plate, [mattes], [event(FLAGGED, state="flagged")])
    made = make_page(told, [mattes], str(tmp_path / "p.html"), every=3)
    browser.open(made.path)
    browser.wait(FIRST_PICTURE)
    for frame in (1001, 1004, 1005, 1005):
        assert frame_of(browser) == frame
        assert browser.evaluate("[scrub.min, scrub.max, scrub.value].map(Number)") == [1001, 1005, frame]
        browser.press("ArrowRight")
    width = browser.evaluate("plot.clientWidth")
    browser.do("click", selector="#plot", at=[8 + (width - 16) * 0.6, 40])
    assert frame_of(browser) == 1004, "the nearest that is there"
    settle(browser, "Frame 1004")
    browser.press("5")
    settle(browser, "Frame 1004, All objects, difference")
    assert browser.evaluate("document.getElementById('legend').textContent").startswith("against 1001: +")


@pytest.fixture(scope="module")
def long_page(tmp_path_factory: pytest.TempPathFactory) -> Page:
    """Three hundred frames of 960 x 540 with the detail of leaves and grain, from a dozen pictures by hard links."""
    folder = tmp_path_factory.mktemp("long")
    rng = np.random.default_rng(5)
    grain = cv2.GaussianBlur(rng.normal(110, 70, (540, 960)).astype(np.float32), (0, 0), 1.2) * 1.6 - 66
    leaves = np.dstack([grain * 0.6, grain, grain * 0.8])
    for frame in range(1001, 1301):
        names = [folder / f"{kind}.{frame}.tif" for kind in ("plate", "matte")]
        if frame > 1012:
            for name in names:
                os.link(folder / f"{name.name.split('.')[0]}.{1001 + (frame - 1001) % 12}.tif", name)
            continue
        picture = np.clip(np.roll(leaves, 7 * (frame - 1001), axis=1), 0, 255).astype(np.uint8)
        matte = np.zeros((540, 960), np.uint8)
        cv2.circle(matte, (300 + 20 * (frame - 1001), 260), 140, 255, -1, cv2.LINE_AA)
        for name, content in zip(names, (picture, matte), strict=True):
            assert cv2.imwrite(str(name), content, [cv2.IMWRITE_TIFF_COMPRESSION, 1])  # none: quick to read
    made = Deliverable(str(folder / "matte.####.tif"), "tiff8")
    request = MatteRequest(Plate(str(folder / "plate.####.tif")), [made], prompts=["leaf"])
    plate = open_plate(request.plate.path)
    plate.close()
    ball: list[Any] = [(1, "leaf", "leaf")]
    events = [event(frame, score=0.5 + 0.5 * abs(np.sin(frame))) for frame in range(1001, 1301)]
    tree = sidecar(
        request, plate=plate.info, colorspace="sRGB", engine={"name": "preview"}, frames=events, objects=ball
    )
    return make_page(shot_of(tree, request), [MadeFile(made, 0, made.path)], str(folder / "long.html"))


def test_three_hundred_frames_open_at_once(browser: Browser, long_page: Page) -> None:
    assert (long_page.frames, long_page.size.width, long_page.size.height) == (300, 960, 540)
    assert long_page.bytes < LARGEST_OF_300
    assert long_page.bytes > 15_000_000, "not an easy plate"
    browser.open(long_page.path)
    browser.wait(FIRST_PICTURE)
    first = browser.evaluate("performance.getEntriesByName('first picture')[0].startTime")
    browser.wait("document.readyState === 'complete'")
    last = browser.evaluate(
        """new Promise((done) => {
          const begun = performance.now();
          const wait = () => picture.getAttribute('aria-label').startsWith('Frame 1300')
            ? done(performance.now() - begun) : requestAnimationFrame(wait);
          document.getElementById('to-last').click();
          wait();
        })"""
    )
    loaded = browser.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
    print(
        f"{long_page.bytes / 1e6:.1f} MB: first picture {first:.0f} ms, whole {loaded:.0f} ms, last frame {last:.0f} ms"
    )
    assert first < OPENED_WITHIN_MS
    assert loaded < 2 * OPENED_WITHIN_MS
    assert last < OPENED_WITHIN_MS
