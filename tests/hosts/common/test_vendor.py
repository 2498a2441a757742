"""The right folder for this Python and machine, the studio's own packages first, one clear line when there is none."""

from __future__ import annotations

import importlib
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from mattewire_panel import vendor

PANEL = Path(vendor.__file__).parents[1]


@pytest.mark.parametrize(
    ("system", "machine", "tag"),
    [
        ("linux", "x86_64", "linux_x86_64"),
        ("linux", "aarch64", "linux_arm64"),
        ("win32", "AMD64", "win_amd64"),
        ("win32", "ARM64", "win_arm64"),
        ("darwin", "arm64", "macos_arm64"),
        ("darwin", "x86_64", "macos_x86_64"),
    ],
)
def test_platforms_have_the_bundles_names(system: str, machine: str, tag: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    assert vendor.platform_tag() == tag
    assert vendor.tag() == f"cp{sys.version_info[0]}{sys.version_info[1]}-{tag}"


def bare(code: str) -> str:
    """What a Python without any package says."""
    program = f"import sys; sys.path.append({str(PANEL)!r})\nfrom pathlib import Path\n" + code
    done = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def stand_in(folder: Path, version: str) -> None:
    for name in vendor.NEEDED:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.py").write_text(f"version = {version!r}\n")


def test_the_folder_for_this_python_is_used(tmp_path: Path) -> None:
    stand_in(tmp_path / vendor.tag(), "bundled")
    stand_in(tmp_path / "cp27-irix", "another Python's")
    told = bare(
        "from mattewire_panel import vendor\n"
        f"vendor.use(Path({str(tmp_path)!r})); vendor.use(Path({str(tmp_path)!r}))\n"
        "import zmq, msgpack; print(zmq.version, msgpack.version, len([p for p in sys.path if 'cp' in p]))"
    )
    assert told == "bundled bundled 1"


def test_a_studios_own_packages_win(tmp_path: Path) -> None:
    stand_in(tmp_path / "studio", "studio")
    stand_in(tmp_path / "vendor" / vendor.tag(), "bundled")
    told = bare(
        f"sys.path.append({str(tmp_path / 'studio')!r})\nfrom mattewire_panel import vendor\n"
        f"vendor.use(Path({str(tmp_path / 'vendor')!r}))\nimport zmq, msgpack; print(zmq.version, msgpack.version)"
    )
    assert told == "studio studio"


def test_what_the_studio_lacks_comes_from_the_bundle(tmp_path: Path) -> None:
    stand_in(tmp_path / "studio", "studio")
    (tmp_path / "studio" / "zmq.py").unlink()
    stand_in(tmp_path / "vendor" / vendor.tag(), "bundled")
    told = bare(
        f"sys.path.append({str(tmp_path / 'studio')!r})\nfrom mattewire_panel import vendor\n"
        f"vendor.use(Path({str(tmp_path / 'vendor')!r}))\nimport zmq, msgpack; print(zmq.version, msgpack.version)"
    )
    assert told == "bundled studio"


@pytest.mark.parametrize(("made", "named"), [(["cp27-irix", "cp311-amiga"], "cp27-irix, cp311-amiga"), ([], "none")])
def test_no_folder_for_this_python_is_one_clear_line(tmp_path: Path, made: list[str], named: str) -> None:
    for name in made:
        (tmp_path / "vendor" / name).mkdir(parents=True)
    told = bare(
        "from mattewire_panel import vendor\n"
        f"try: vendor.use(Path({str(tmp_path / 'vendor')!r}))\nexcept ImportError as problem: print(problem)"
    )
    assert told.startswith(f"Mattewire needs zmq and msgpack for {vendor.tag()}; this bundle has {named}.")
    assert "mattewire bundle" in told
    assert "\n" not in told


def test_nothing_is_changed_where_both_are_there(tmp_path: Path) -> None:
    before = list(sys.path)
    stand_in(tmp_path / vendor.tag(), "bundled")
    vendor.use(tmp_path)
    assert sys.path == before
    assert importlib.import_module("zmq").__file__ != str(tmp_path / vendor.tag() / "zmq.py")
