"""The wheel, as an artist's machine gets it: what is in it, and what runs with which extras.

The environments are new virtual environments. They hold the wheel, installed by pip, and links to exactly those
distributions that the wheel's own metadata asks for (nothing is downloaded): a requirement that is not declared is
not there.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterator
from email.message import Message
from email.parser import HeaderParser
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from server.cli.plates import write_balls

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def facts(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return HeaderParser().parsestr(archive.read(name).decode("utf-8"))


class Environment:
    """A virtual environment with the wheel and what its ``extras`` ask for."""

    def __init__(self, folder: Path, wheel: Path, facts: Message, extras: set[str]) -> None:
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
        scripts = "Scripts" if os.name == "nt" else "bin"
        self.python = folder / scripts / ("python.exe" if os.name == "nt" else "python")
        self.command = folder / scripts / "mattewire"
        site = Path(sysconfig.get_path("purelib", "venv", vars={"base": str(folder), "installed_base": str(folder)}))
        self.linked = set(_closure(facts.get_all("Requires-Dist", []), extras))
        for name in self.linked:
            _link(metadata.distribution(name), site)
        pip = [sys.executable, "-m", "pip", "--python", str(self.python), "install", "--quiet"]
        subprocess.run([*pip, "--no-deps", "--no-index", "--no-compile", str(wheel)], check=True, capture_output=True)
        self.home = folder / "data"
        kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "OCIO")}
        self.environment = {**kept, "MATTEWIRE_HOME": str(self.home), "PATH": os.defpath, "COLUMNS": "200"}
        self.folder = folder

    def run(self, *command: object, code: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [str(word) for word in command],
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done

    def ask(self, code: str) -> str:
        return self.run(self.python, "-c", code).stdout.strip()


def _closure(required: list[str], extras: set[str]) -> Iterator[str]:
    """The distributions, by name, that ``required`` asks for, and what these ask for."""
    waiting = [(Requirement(line), extras) for line in required]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        wanted, chosen = waiting.pop()
        if wanted.marker and not any(wanted.marker.evaluate({"extra": extra}) for extra in {"", *chosen}):
            continue
        found = metadata.distribution(wanted.name)
        assert wanted.specifier.contains(found.version, prereleases=True), f"{wanted}: {found.version} is installed"
        key = (wanted.name.lower(), frozenset(wanted.extras))
        if key not in seen:
            seen.add(key)
            yield wanted.name
            waiting += [(Requirement(line), set(wanted.extras)) for line in found.requires or []]


def _link(distribution: metadata.Distribution, site: Path) -> None:
    tops = {path.parts[0] for path in distribution.files or [] if path.parts[0] not in ("..", "__pycache__")}
    for top in tops:
        source = Path(str(distribution.locate_file(top)))
        if source.exists() and not (site / top).exists():
            (site / top).symlink_to(source)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory, wheel: Path, facts: Message) -> Environment:
    return Environment(tmp_path_factory.mktemp("base"), wheel, facts, set())


BUILT = ROOT / "hosts" / "aftereffects_cep" / "mattewire_aftereffects" / "extension"
REVIEW = ("review.html", "review.css", "review.js", "views.js", "stage.js", "plot.js", "worst.js", "pictures.js")
TINY = ("MODEL_CARD.md", "segmenter/config.json", "segmenter/model.safetensors", "segmenter_curve.png")
TINY_BYTES, WHEEL_BYTES = 12_000_000, 15_000_000
"""At most: what the tiny models' card promises, and what a machine without them would not mind fetching."""

PANEL = ("CSXS/manifest.xml", "panel.js", "index.html", "host/mattewire.jsx", "host/mattewire_job.jsx")
"""What ``make panel`` built; ``make test`` does so first where Node.js is."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, wheel: Path, facts: Message) -> Environment:
    return Environment(tmp_path_factory.mktemp("server"), wheel, facts, {"server"})


def test_the_wheel_holds_its_packages_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        assert wheel.name.endswith("-py3-none-any.whl")
        tops = {name.split("/")[0] for name in names}
        panels = {"mattewire_panel", *(f"mattewire_{host}" for host in ("nuke", "blender", "resolve", "aftereffects"))}
        packages = {"mattewire_protocol", "mattewire_server", *panels}
        assert {top for top in tops if not top.endswith(".dist-info")} == packages
        for wanted in (
            *("mattewire_protocol/py.typed", "mattewire_server/py.typed", "mattewire_protocol/client.py"),
            *("mattewire_server/shots/pull.py", "mattewire_server/worker/__main__.py", "mattewire_server/cli/app.py"),
            *("mattewire_nuke/startup/menu.py", "mattewire_nuke/startup/init.py", "mattewire_panel/session.py"),
            *("mattewire_blender/blender_manifest.toml", "mattewire_blender/LICENSE"),
            *("mattewire_resolve/lua/settings.lua", "mattewire_resolve/scripts/Mattewire.lua"),
            *(f"mattewire_aftereffects/extension/{name}" for name in PANEL if BUILT.is_dir()),
            *(f"mattewire_server/review/page/{name}" for name in REVIEW),
            *(f"mattewire_server/engines/tiny/{name}" for name in TINY),
        ):
            assert wanted in names
        assert not [name for name in names if "training" in name], "the trainer lies beside the package"
        assert not [name for name in names if "tests/" in name or "/test_" in name]
        assert not [name for name in names if name.endswith((".pyc", ".exr", ".sqlite3"))]
        assert any(name.endswith("licenses/LICENSE") for name in names)
        (entries,) = (name for name in names if name.endswith("entry_points.txt"))
        text = archive.read(entries).decode()
    assert "mattewire = mattewire_server.cli:main" in text
    assert "preview = mattewire_server.engines.preview:engine" in text


def test_the_wheel_stays_small(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        models = [each for each in archive.infolist() if each.filename.startswith("mattewire_server/engines/tiny/")]
    assert sum(each.file_size for each in models if each.filename.endswith(".safetensors")) <= TINY_BYTES
    assert wheel.stat().st_size <= WHEEL_BYTES


def test_the_metadata_asks_for_little(facts: Message) -> None:
    required = [Requirement(line) for line in facts.get_all("Requires-Dist", [])]
    assert {each.name for each in required if each.marker is None} == {"pyzmq", "msgpack"}
    in_server = {each.name.lower() for each in required if each.marker and each.marker.evaluate({"extra": "server"})}
    assert "numpy" in in_server
    assert not in_server & {"torch", "torchvision", "transformers", "av", "pymatting", "scipy"}
    edges = {each.name for each in required if each.marker and each.marker.evaluate({"extra": "edges"})}
    assert edges - {"pyzmq", "msgpack"} == {"pymatting"}
    assert facts["Requires-Python"] == ">=3.10"
    assert facts["License-Expression"] == "Apache-2.0 AND GPL-3.0-or-later"


def test_the_base_install_runs_the_client_and_nothing_heavy(base: Environment) -> None:
    assert {name.lower() for name in base.linked} == {"pyzmq", "msgpack"}
    names = base.ask(
        "import sys, mattewire_protocol as m; assert 'site-packages' in m.__file__;"
        "m.MatteRequest(m.Plate('/a.####.exr'), [m.Deliverable('/b.####.exr')], prompts=['red ball']);"
        "print(' '.join(sorted({name.split('.')[0] for name in sys.modules})))"
    ).split()
    assert "mattewire_server" not in names
    assert not {"numpy", "cv2", "msgspec", "typer", "rich", "asyncio"} & set(names)
    told = base.ask(
        "import mattewire_protocol as m\n"
        "try:\n    m.Client(name='test')\n"
        "except m.MattewireError as problem:\n    print(problem.code, problem.advice or problem.message)"
    )
    assert told.startswith("daemon_unreachable ")


def test_the_command_of_the_base_install_says_what_to_install(base: Environment) -> None:
    told = base.run(base.command, "doctor", code=2).stderr
    assert 'pip install "mattewire[server,video]"' in told
    assert "import mattewire_protocol" in told
    assert "Traceback" not in told


def test_a_client_that_finds_no_server_says_so(base: Environment) -> None:
    told = base.ask(
        "import mattewire_protocol as m\n"
        "try:\n    m.Client(start=True)\n"
        "except m.MattewireError as problem:\n    print(problem.code, problem.advice)"
    )
    assert told.startswith("install_incomplete ")
    assert 'pip install "mattewire[server,video]"' in told


def test_the_server_install_masks_a_shot_without_torch(server: Environment, tmp_path: Path) -> None:
    assert server.ask("import importlib.util as u; print(u.find_spec('torch'), u.find_spec('pytest'))") == "None None"
    assert "site-packages" in server.ask("import mattewire_server; print(mattewire_server.__file__)")
    findings = {each["subject"]: each for each in json.loads(server.run(server.command, "doctor", "--json").stdout)}
    assert findings["Packages"]["state"] == "fine"
    assert findings["Movies"]["state"] == "note"
    assert "ready: preview" in findings["Engines"]["what"]
    plate = write_balls(tmp_path / "plate", range(1001, 1004))
    words = ["mask", plate, "--prompt", "red ball", "--out", tmp_path / "out" / "m.####.exr", "--json"]
    try:
        end = json.loads(server.run(server.command, *words).stdout.splitlines()[-1])
    finally:
        server.run(server.command, "stop")
    assert (end["state"], end["frames"]) == ("done", 3)
    assert sorted(path.name for path in (tmp_path / "out").glob("*.exr")) == [f"m.{n}.exr" for n in (1001, 1002, 1003)]


def test_without_torch_every_engine_is_listed_and_says_what_it_needs(server: Environment) -> None:
    known = {each["name"]: each for each in json.loads(server.run(server.command, "engines", "list", "--json").stdout)}
    needy = {"depth-anything", "grounding-dino", "midas", "sam2", "tiny", "vitmatte"}
    assert set(known) == {"preview", *needy}
    assert known["preview"]["ready"]
    for name in sorted(needy):
        assert not known[name]["ready"]
        assert 'pip install "mattewire[models]"' in known[name]["reason"], name
        assert "torch" in known[name]["reason"], name


def test_a_movie_without_pyav_says_what_to_install(server: Environment, tmp_path: Path) -> None:
    (tmp_path / "shot.mp4").write_bytes(b"\0\0\0\x20ftypisom")
    told = server.ask(
        "from mattewire_server.plates import open_plate\n"
        "from mattewire_protocol.errors import MattewireError\n"
        f"try:\n    open_plate({str(tmp_path / 'shot.mp4')!r})\n"
        "except MattewireError as problem:\n    print(problem.code, problem.advice)"
    )
    assert told == 'install_incomplete Run: pip install "mattewire[video]"'


def test_the_demo_imports_from_the_wheel(server: Environment) -> None:
    code = "import mattewire_server.cli.demo as d, mattewire_server.demo.shot as s; print(d.__file__, s.__file__)"
    assert all("site-packages" in name for name in server.ask(code).split())
