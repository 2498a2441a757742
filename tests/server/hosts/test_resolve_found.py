"""Which Resolve and which Pythons are here, from files as three systems have them."""

from __future__ import annotations

import os
import plistlib
from pathlib import Path

import pytest

from mattewire_server.hosts.resolve_found import Found, pythons_here, resolve_here

LINE = "0x7fc6e47816c0 | Main | INFO  | 2021-12-25 16:47:57,075 | Running DaVinci Resolve{} v{} (Linux/Clang x86_64)\n"


def touch(path: Path, text: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "root"


def linux(root: Path) -> Path:
    touch(root / "opt/resolve/bin/resolve")
    return root / "home" / ".local/share/DaVinciResolve/logs"


def test_none_is_here(root: Path) -> None:
    for system in ("linux", "darwin", "win32"):
        assert resolve_here(root / "home", system, {"PROGRAMFILES": str(root)}, root) is None


def test_the_newest_log_says_edition_and_version(root: Path) -> None:
    logs = linux(root)
    assert resolve_here(root / "home", "linux", {}, root) == Found(root / "opt/resolve/bin/resolve")
    old = touch(logs / "rollinglog.txt", LINE.format("", "17.4.1.0004"))
    os.utime(old, (1, 1))
    new = touch(
        logs / "ResolveDebug.txt", LINE.format("", "20.0.0.0001") + "else\n" + LINE.format(" Studio", "20.3.1.0006")
    )
    touch(logs / "nothing.txt", "no line of the kind\n")
    found = resolve_here(root / "home", "linux", {}, root)
    assert found == Found(root / "opt/resolve/bin/resolve", "Studio", (20, 3, 1, 6), new)
    assert found.name == "Studio 20.3.1"
    new.unlink()
    found = resolve_here(root / "home", "linux", {}, root)
    assert found is not None
    assert (found.edition, found.version, found.said_by) == ("free", (17, 4, 1, 4), old)


def test_windows(root: Path) -> None:
    known = {"PROGRAMFILES": str(root / "Program Files"), "APPDATA": str(root / "Roaming")}
    program = touch(root / "Program Files/Blackmagic Design/DaVinci Resolve/Resolve.exe")
    log = root / "Roaming/Blackmagic Design/DaVinci Resolve/Support/logs/davinci_resolve.log"
    touch(log, LINE.format("", "21.1.0.0014"))
    assert resolve_here(root / "home", "win32", known, root) == Found(program, "free", (21, 1, 0, 14), log)


@pytest.mark.parametrize(
    ("name", "identity", "edition"),
    [
        ("DaVinci Resolve/DaVinci Resolve.app", "com.blackmagic-design.DaVinciResolve", ""),
        ("DaVinci Resolve.app", "com.blackmagic-design.DaVinciResolveLite", "free"),
        ("DaVinci Resolve Studio.app", "com.blackmagic-design.DaVinciResolveAppStore", "Studio"),
    ],
)
def test_macos_without_a_log(root: Path, name: str, identity: str, edition: str) -> None:
    facts = root / "Applications" / name / "Contents" / "Info.plist"
    facts.parent.mkdir(parents=True)
    facts.write_bytes(plistlib.dumps({"CFBundleShortVersionString": "20.3.1", "CFBundleIdentifier": identity}))
    found = resolve_here(root / "home", "darwin", {}, root)
    assert found == Found(root / "Applications" / name, edition, (20, 3, 1), facts)
    facts.write_bytes(b"broken")
    assert resolve_here(root / "home", "darwin", {}, root) == Found(root / "Applications" / name)


def test_pythons(root: Path) -> None:
    assert pythons_here("linux", {}, root) == []
    touch(root / "usr/lib/x86_64-linux-gnu/libpython3.11.so.1.0")
    touch(root / "usr/lib64/libpython3.9.so")
    touch(root / "usr/lib64/libpython3.so")
    assert pythons_here("linux", {}, root) == [(3, 9), (3, 11)]
    touch(root / "Library/Frameworks/Python.framework/Versions/3.12/Python")
    touch(root / "Library/Frameworks/Python.framework/Versions/Current/Python")
    assert pythons_here("darwin", {}, root) == [(3, 12)]
    known = {"PROGRAMFILES": str(root / "Program Files"), "LOCALAPPDATA": str(root / "Local")}
    touch(root / "Program Files/Python313/python.exe")
    touch(root / "Local/Programs/Python/Python310/python.exe")
    touch(root / "Local/Programs/Python/Launcher/py.exe")
    assert pythons_here("win32", known, root) == [(3, 10), (3, 13)]
    for name in ("FUSION_Python3_Home", "FUSION_PYTHON3_HOME"):
        assert pythons_here("win32", {**known, name: "D:/studio/Python312"}, root) == [(3, 12)], "it wins"
