"""Finding pyzmq and msgpack inside a host: the host's own, a studio's, or those that lie beside the panel.

A bundle holds one folder for each Python and platform, ``vendor/cp311-linux_x86_64``, because both packages are
compiled and pyzmq has no stable interface below Python 3.12 (measured). The folder is put at the end of ``sys.path``:
what a studio has installed itself wins.
"""

from __future__ import annotations

import importlib
import platform
import sys
from pathlib import Path

NEEDED = ("zmq", "msgpack")


def tag() -> str:
    """The name of the folder for this Python on this machine: ``cp311-linux_x86_64``."""
    return f"cp{sys.version_info[0]}{sys.version_info[1]}-{platform_tag()}"


def platform_tag() -> str:
    """``linux_x86_64``, ``win_amd64``, ``macos_arm64`` or ``macos_x86_64``."""
    machine = platform.machine().lower()
    machine = {"amd64": "x86_64", "aarch64": "arm64"}.get(machine, machine)
    if sys.platform.startswith("win"):
        return "win_amd64" if machine == "x86_64" else f"win_{machine}"
    system = "macos" if sys.platform == "darwin" else "linux"
    return f"{system}_{machine}"


def use(root: Path) -> None:
    """Makes ``zmq`` and ``msgpack`` importable. ``ImportError`` with one clear line when that cannot be."""
    missing = _missing()
    if not missing:
        return
    folder = root / tag()
    if folder.is_dir() and str(folder) not in sys.path:
        sys.path.append(str(folder))
        importlib.invalidate_caches()
        missing = _missing()
    if missing:
        there = sorted(path.name for path in root.iterdir()) if root.is_dir() else []
        raise ImportError(
            f"Mattewire needs {' and '.join(missing)} for {tag()}; this bundle has {', '.join(there) or 'none'}. "
            "Make one with `mattewire bundle` for this host."
        )


def _missing() -> list[str]:
    missing = []
    for name in NEEDED:
        try:
            importlib.import_module(name)
        except ImportError:
            missing.append(name)
    return missing
