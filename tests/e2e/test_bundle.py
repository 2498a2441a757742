"""The bundle inside every Python that Nuke 14 to 17 brings, with nothing else installed: it imports, and masks a shot.

pip fetches pyzmq and msgpack for those Pythons, as `mattewire bundle` does, or takes them from the folder that
``$MATTEWIRE_WHEELS`` names. Without either the tests fail and say so. A Python that is not on the machine is skipped
by name; one that is there must work.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mattewire_panel import selftest, vendor
from mattewire_protocol import Client, launch
from mattewire_protocol.errors import InstallIncomplete, MattewireError
from mattewire_server.hosts import bundle as bundles
from mattewire_server.hosts import wheels
from protocol.test_old_pythons import HEAVY, VERSIONS, interpreter

pytestmark = pytest.mark.timeout(600)
IMPORT_S = 0.15
FORBIDDEN = {*HEAVY, "OpenEXR", "PySide2", "PySide6", "nuke", "bpy"}

IMPORT = """
import json, os, sys, time
sys.path.append(sys.argv[1])
before, began = set(sys.modules), time.process_time()
import mattewire_nuke
mattewire_nuke.ready()
from mattewire_panel import frames, panel, prefs, session, tickets, wish
took = time.process_time() - began
loaded = {name: getattr(sys.modules[name], "__file__", None) for name in set(sys.modules) - before}
if len(sys.argv) == 2: print(json.dumps(took))
"""
HOST = (
    IMPORT
    + """
bundle, out, poison = sys.argv[1:]
from mattewire_panel import selftest

os.environ.update(PYTHONHOME=poison, PYTHONPATH=poison, LD_LIBRARY_PATH=poison, QT_PLUGIN_PATH=poison)
plate = selftest.write_plate(selftest.Path(out) / "plate")
request = selftest.request(plate, os.path.join(out, "m.####.exr"))
talk, told = session.Session(name="bundle test", host="no host", start=True), []
view = talk.submit(request, lambda result, error: told.append(error))
until = time.monotonic() + 90
while not view.ended and told in ([], [None]) and time.monotonic() < until:
    talk.pump()
    time.sleep(0.02)
problem = told[0] if told else None
ticket = tickets.Ticket(view.job_id, request, frames.FrameMap(selftest.FIRST, selftest.LAST))
verdicts = [] if view.state != "done" else [
    selftest.judge_file(os.path.join(out, "m.%d.exr" % frame), frame) for frame in sorted(view.frames)
]
talk.close(5)
print(json.dumps({
    "python": "%d.%d" % sys.version_info[:2],
    "loaded": loaded,
    "problem": str(problem or talk.problem or ""),
    "line": view.line(),
    "iou": {verdict.frame: verdict.iou for verdict in verdicts},
    "good": all(verdict.good for verdict in verdicts),
    "ticket": tickets.Ticket.from_text(ticket.to_text()) == ticket,
    "base": [sys.prefix, sys.base_prefix, os.path.dirname(os.__file__)],
}))
"""
)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> bundles.Bundle:
    chosen = os.environ.get("MATTEWIRE_WHEELS")
    out = tmp_path_factory.mktemp("bundle") / "nuke"
    try:
        return bundles.make("nuke", out, wheels.PYTHONS, [vendor.platform_tag()], Path(chosen) if chosen else None)
    except InstallIncomplete as problem:
        pytest.fail(f"{problem} (or name a folder of wheels in MATTEWIRE_WHEELS)")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder with the interpreter recorded, as install-host leaves it; a daemon in it is ended."""
    monkeypatch.setenv("MATTEWIRE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("MATTEWIRE_PYTHON", raising=False)
    launch.record_interpreter(sys.executable)
    yield tmp_path / "home"
    with contextlib.suppress(MattewireError), Client(name="test end") as client:
        pid = client.welcome.pid
        client.stop()
        deadline = time.monotonic() + 20
        while launch.process_exists(pid) and time.monotonic() < deadline:
            time.sleep(0.05)


@pytest.fixture
def poison(tmp_path: Path) -> Path:
    """A folder as LD_LIBRARY_PATH and PYTHONHOME that no other Python starts with."""
    folder = tmp_path / "poison"
    folder.mkdir()
    for name in ("libm.so.6", "libdl.so.2", "libpthread.so.0", "libz.so.1", "libstdc++.so.6"):
        (folder / name).write_bytes(b"of another system")
    return folder


def run(python: str, program: str, *words: object) -> subprocess.CompletedProcess[str]:
    """``program`` in a Python without site-packages, user packages or PYTHON variables."""
    command = [python, "-I", "-S", "-W", "error", "-c", program, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)


def python_of(version: str) -> str:
    found = interpreter(version)
    if not found:
        pytest.skip(f"Python {version} is not on this machine.")
    return found


@pytest.mark.parametrize("version", VERSIONS)
def test_the_bundle_masks_a_shot(
    version: str, bundle: bundles.Bundle, home: Path, poison: Path, tmp_path: Path
) -> None:
    python = python_of(version)
    assert not (home / "connection.json").exists()
    first = run(python, HOST, bundle.folder, tmp_path / "first", poison)
    assert first.returncode == 0, first.stderr
    told: dict[str, Any] = json.loads(first.stdout)
    assert (told["problem"], told["python"]) == ("", version)
    assert told["line"] == "8 frames finished."
    assert sorted(told["iou"], key=int) == [str(frame) for frame in range(selftest.FIRST, selftest.LAST + 1)]
    assert told["good"], told["iou"]
    assert told["ticket"]
    assert (home / "connection.json").exists(), "it started the daemon itself"
    _check_loaded(told, bundle)
    # With its bytecode kept, as in any second start; the least of three, as other programs run on this machine too.
    quick = [json.loads(run(python, IMPORT, bundle.folder).stdout) for _ in range(3)]
    assert min(quick) < IMPORT_S, quick


def _check_loaded(told: dict[str, Any], bundle: bundles.Bundle) -> None:
    assert not {name.split(".")[0] for name in told["loaded"]} & FORBIDDEN
    places = (str(bundle.folder), *told["base"])
    strangers = {name: file for name, file in told["loaded"].items() if file and not file.startswith(places)}
    assert strangers == {}
    assert told["loaded"]["zmq"].startswith(str(bundle.folder / "vendor"))


def test_the_poison_is_one(poison: Path) -> None:
    """Without the scrubbing, the daemon's Python would not get as far as its own first line."""
    for name in ("PYTHONHOME", "LD_LIBRARY_PATH"):
        environment = {**os.environ, name: str(poison)}
        done = subprocess.run([sys.executable, "-c", "import zlib"], env=environment, capture_output=True, check=False)
        assert done.returncode != 0, name


def test_a_python_that_the_bundle_lacks_is_told_in_one_line(bundle: bundles.Bundle, tmp_path: Path) -> None:
    """As in a host of another version; here the folder for this Python is renamed."""
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    program = (
        "import sys; sys.path.append(sys.argv[1])\nfrom mattewire_panel import vendor\n"
        "vendor.tag = lambda: 'cp399-linux_x86_64'\nimport mattewire_nuke\n"
        "try: mattewire_nuke.ready()\nexcept ImportError as problem: print(problem)"
    )
    told = run(python_of(version), program, bundle.folder).stdout
    assert told.startswith("Mattewire needs zmq and msgpack for cp399-linux_x86_64; this bundle has cp310-")
    assert told.count("\n") == 1


NUKE = """
import sys, types
nuke = types.ModuleType("nuke")
nuke.pluginAddPath = lambda folder: run(folder + "/init.py")
sys.modules["nuke"] = nuke
def run(path):
    with open(path, "rb") as stream:
        exec(compile(stream.read(), path, "exec"), {"__file__": path, "__name__": "init"})
run(sys.argv[1])
before = set(sys.modules)
import mattewire_nuke
print(mattewire_nuke.__file__, "zmq" in sys.modules, any("PySide" in name for name in sys.modules))
"""


@pytest.mark.parametrize("version", VERSIONS)
def test_a_render_node_with_the_bundle_on_its_path_loads_next_to_nothing(version: str, bundle: bundles.Bundle) -> None:
    """init.py runs in every Nuke, farm nodes too: it makes the package importable and no more."""
    done = run(python_of(version), NUKE, bundle.folder / "init.py")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(bundle.folder / "mattewire_nuke" / "__init__.py"), "False", "False"]


def test_nothing_heavy_is_in_the_bundle(bundle: bundles.Bundle) -> None:
    tops = {path.name for folder in (bundle.folder / "vendor").iterdir() for path in folder.iterdir()}
    assert {name for name in tops if not name.endswith((".dist-info", ".libs"))} == {"zmq", "msgpack"}
    for folder in (bundle.folder / "vendor").iterdir():
        texts = [path for path in folder.rglob("*") if path.is_file() and "LICENSE" in path.name.upper()]
        texts += [path for path in folder.rglob("*") if path.is_file() and "COPYING" in path.name.upper()]
        assert {path.relative_to(folder).parts[0].split("-")[0] for path in texts} >= {"pyzmq", "msgpack"}
    assert bundle.size < 8_000_000 * len(bundle.tags)
