"""The panel in a real headless Chromium with the real daemon: each scene of panel_program.mjs is a test here.

Without Chromium the tests are skipped and say so; with ``MATTEWIRE_CHROMIUM=required``, as CI sets it, they fail.
``MATTEWIRE_SCREENSHOTS`` names a folder for pictures of the panel.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from xml.etree import ElementTree

import pytest

from hosts.aftereffects.client_rig import EXTENSION, HERE, environment_of, own_node, run

PROGRAM = HERE / "panel_program.mjs"
SCENES = re.findall(r'^ *(?:sides\.)?test\("([^"]+)"', PROGRAM.read_text(encoding="utf-8"), re.MULTILINE)
RESULT = re.compile(r"^ *(not )?ok \d+ - (.+?)(?: # .*)?$")
BUILT = EXTENSION / "mattewire_aftereffects" / "extension"
SECONDS = 240
"""For all scenes together; 45 on two quiet cores."""


def chromium() -> str:
    found = os.environ.get("MATTEWIRE_CHROMIUM_PATH") or "/usr/bin/chromium"
    if not Path(found).exists():
        found = shutil.which("chromium") or shutil.which("chromium-browser") or ""
    if not found:
        words = "There is no Chromium on this machine (/usr/bin/chromium)."
        if os.environ.get("MATTEWIRE_CHROMIUM") == "required":
            pytest.fail(words)
        pytest.skip(f"NOT TESTED: {words}")
    return found


@pytest.fixture(scope="module")
def outcome() -> dict[str, tuple[bool, str]]:
    """Whether each scene passed, and what was said of it."""
    node, browser = own_node(), chromium()
    variables = {"MATTEWIRE_PYTHON": sys.executable, "MATTEWIRE_CHROMIUM_PATH": browser}
    try:
        done = subprocess.run(
            [node, "--test", "--test-reporter=tap", str(PROGRAM)],
            capture_output=True, text=True, check=False, timeout=SECONDS, env=environment_of(variables), cwd=HERE,
        )  # fmt: skip
    except subprocess.TimeoutExpired as late:
        raise AssertionError(f"the panel did not come to an end within {SECONDS} s:\n{late.stdout!r}") from None
    told: dict[str, tuple[bool, str]] = {}
    lines = done.stdout.splitlines()
    for at, line in enumerate(lines):
        found = RESULT.match(line)
        if found:
            told[found[2].replace("\\", "")] = (found[1] is None, "\n".join(lines[at : at + 60]))
    assert told, done.stdout + done.stderr
    return told


@pytest.mark.parametrize("scene", SCENES)
def test_scene(scene: str, outcome: dict[str, tuple[bool, str]]) -> None:
    assert scene in outcome, f"it was not played: {list(outcome)}"
    passed, words = outcome[scene]
    assert passed, words


def test_the_built_extension_is_what_the_sources_build(tmp_path: Path) -> None:
    """Stale? ``npm run build`` in hosts/aftereffects_cep."""
    node = own_node()
    run(node, str(EXTENSION / "build.mjs"), "--out", str(tmp_path / "built"))
    built, here = content(tmp_path / "built"), content(BUILT)
    assert sorted(built) == sorted(here), "run `make panel`"
    assert [name for name in built if built[name] != here[name]] == [], "run `make panel`"


def test_the_manifest() -> None:
    root = ElementTree.parse(BUILT / "CSXS" / "manifest.xml").getroot()
    assert root.get("ExtensionBundleVersion") == metadata.version("mattewire")
    host = root.find("ExecutionEnvironment/HostList/Host")
    assert host is not None
    assert host.attrib == {"Name": "AEFT", "Version": "[23.0,99.9]"}
    runtime = root.find("ExecutionEnvironment/RequiredRuntimeList/RequiredRuntime")
    assert runtime is not None
    assert runtime.attrib == {"Name": "CSXS", "Version": "11.0"}
    assert [each.text for each in root.iter("Parameter")] == ["--enable-nodejs", "--mixed-context"]
    for name in ("MainPath", "ScriptPath"):
        assert all((BUILT / str(each.text)).is_file() for each in root.iter(name))
    assert {each.get("Id") for each in root.iter("Extension")} == {"org.mattewire.aftereffects.panel"}


def test_the_extension_holds_no_paths_of_the_machine_that_built_it() -> None:
    for name, text in content(BUILT).items():
        assert str(EXTENSION.parents[1]) not in text, name
        assert str(Path.home()) + "/" not in text, name
        assert text.isascii() or name in ("index.html", "style.css"), f"{name} is not ASCII"


def content(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in files}


def test_the_panel_type_checks() -> None:
    node = own_node()
    run(node, str(EXTENSION / "node_modules" / "typescript" / "bin" / "tsc"), "-p", str(EXTENSION / "panel"))
