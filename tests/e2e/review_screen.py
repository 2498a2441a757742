"""The review page on a headless browser's screen: the frame that it shows, its colors, a picture of it."""

from __future__ import annotations

import os
from pathlib import Path

from e2e.browser import Browser
from server.review.rig import HEIGHT, WIDTH

FIRST_PICTURE = "performance.getEntriesByName('first picture').length > 0"
MISSING, FLAGGED, LOST = 1003, 1005, 1002
"""Frames of the page that most tests look at: without a matte, and flagged."""


def frame_of(browser: Browser) -> int:
    return int(browser.evaluate("document.getElementById('frame').textContent"))


def settle(browser: Browser, label: str) -> None:
    """Until the picture is the one that ``label`` (of the picture, for those who do not see it) begins with."""
    browser.wait(f"document.getElementById('picture').getAttribute('aria-label')?.startsWith({label!r})")


def color_at(browser: Browser, x: float, y: float) -> tuple[int, int, int]:
    """R, G, B on the screen at a point of the plate, in its pixels; the picture is fitted."""
    script = f"""(() => {{
      const canvas = document.getElementById('picture');
      const scale = Math.min(canvas.width / {WIDTH}, canvas.height / {HEIGHT});
      const x = canvas.width / 2 + ({x} - {WIDTH / 2}) * scale;
      const y = canvas.height / 2 + ({y} - {HEIGHT / 2}) * scale;
      return [...canvas.getContext('2d').getImageData(Math.floor(x), Math.floor(y), 1, 1).data].slice(0, 3);
    }})()"""
    red, green, blue = browser.evaluate(script)
    return red, green, blue


def near(color: tuple[int, int, int], wanted: tuple[int, int, int], within: int = 16) -> bool:
    return max(abs(one - other) for one, other in zip(color, wanted, strict=True)) <= within


def kept(browser: Browser, name: str) -> None:
    folder = os.environ.get("MATTEWIRE_SCREENSHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        browser.do("screenshot", file=str(Path(folder) / f"review_{name}.png"))
