"""Wheels of a few bytes under the real names, so that no test here needs a network."""

from __future__ import annotations

import zipfile
from pathlib import Path

VERSIONS = {"pyzmq": ("zmq", "99.1"), "msgpack": ("msgpack", "99.2")}


def write_wheels(folder: Path, tag: str = "py3-none-any") -> list[str]:
    """Writes a wheel of each and returns their names."""
    folder.mkdir(parents=True, exist_ok=True)
    return sorted(_write(folder, name, tag) for name in VERSIONS)


def _write(folder: Path, name: str, tag: str) -> str:
    module, version = VERSIONS[name]
    facts = f"{name}-{version}.dist-info"
    made = folder / f"{name}-{version}-{tag}.whl"
    with zipfile.ZipFile(made, "w") as wheel:
        wheel.writestr(f"{module}/__init__.py", f"__version__ = {version!r}\n")
        wheel.writestr(f"{facts}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        wheel.writestr(f"{facts}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: {tag}\n")
        wheel.writestr(f"{facts}/licenses/LICENSE", "The license.\n")
        wheel.writestr(f"{facts}/RECORD", "")
    return made.name
