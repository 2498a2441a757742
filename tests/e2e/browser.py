"""A real headless Chromium for tests, driven through ``browser.mjs``. Bounded in time; always ended by ``close``.

Without Chromium, Node.js or playwright-core the tests are skipped and say so; with ``MATTEWIRE_CHROMIUM=required``, as
CI sets it, they fail.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

PROGRAM = Path(__file__).with_name("browser.mjs")
PATIENCE_S = 60.0


class Browser:
    """One page at a time; each call waits for its answer. ``AssertionError`` where the browser says no."""

    def __init__(self, node: str, chromium: str) -> None:
        self._process = subprocess.Popen(
            [node, str(PROGRAM), chromium], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        said = self._answer()
        if "absent" in said:
            self.close()
            not_here(said["absent"])
        self.version = said["value"]

    def do(self, verb: str, **words: Any) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": verb, **words}) + "\n")
        self._process.stdin.flush()
        said = self._answer()
        assert "error" not in said, f"{verb} {words}: {said['error']}"
        return said["value"]

    def open(self, file: Path | str, width: int = 1280, height: int = 720) -> None:
        """Goes to a file in a fresh profile; it is still being read when this returns."""
        self.do("open", file=str(file), width=width, height=height)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.do("press", key=key)

    def evaluate(self, script: str) -> Any:
        return self.do("evaluate", script=script)

    def wait(self, script: str) -> None:
        """Until ``script`` is true."""
        self.do("wait", script=script)

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(timeout=15)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        watchdog = threading.Timer(PATIENCE_S, self._process.kill)
        watchdog.start()
        try:
            line = self._process.stdout.readline()
        finally:
            watchdog.cancel()
        assert line, "the browser's program ended, or did not answer in time"
        found: dict[str, Any] = json.loads(line)
        return found


def start() -> Browser:
    """A browser, or the test is skipped (or fails; see above)."""
    node = shutil.which("node")
    if node is None:
        not_here("Node.js is not installed")
    chromium = os.environ.get("MATTEWIRE_CHROMIUM_PATH") or "/usr/bin/chromium"
    if not Path(chromium).exists():
        chromium = shutil.which("chromium") or shutil.which("chromium-browser") or ""
    if not chromium:
        not_here("there is no Chromium on this machine")
    assert node is not None
    return Browser(node, chromium)


def not_here(words: str) -> None:
    if os.environ.get("MATTEWIRE_CHROMIUM") == "required":
        pytest.fail(words)
    pytest.skip(f"NOT TESTED: {words}.")
