"""The Blender extension as one zip: the panel, the thin client as a wheel, and pyzmq and msgpack for each platform.

Blender installs an extension's wheels beside its own Python and takes of each package the one that fits. What goes into
the file is the extension's own manifest and Blender's rules for it
(https://docs.blender.org/manual/en/4.5/advanced/extensions/python_wheels.html). The same wheels give the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import io
import re
import tempfile
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from importlib import metadata
from pathlib import Path

from mattewire_protocol.errors import BadField, InstallIncomplete, NotWritable

from . import wheels

PACKAGE = "mattewire_blender"
CLIENT = ("mattewire_protocol", "mattewire_panel")

PLATFORMS = {
    "linux_x86_64": "linux-x64",
    "win_amd64": "windows-x64",
    "macos_arm64": "macos-arm64",
    "macos_x86_64": "macos-x64",
}
"""The panel's names for platforms, and Blender's."""

PYTHONS = ("cp311", "cp313")
"""Of Blender 4.5 and 5.0, and of 5.1 and later."""

_EPOCH = (2020, 1, 1, 0, 0, 0)


def build_extension(
    out: Path,
    *,
    platforms: Iterable[str] = tuple(PLATFORMS),
    pythons: Iterable[str] = PYTHONS,
    source: Path | None = None,
) -> list[str]:
    """Writes the extension to ``out`` and returns the names of the wheels in it.

    ``platforms`` and ``pythons``: by the panel's names. ``source``: a folder of wheels to take instead of PyPI's.
    Raises ``InstallIncomplete`` when a wheel cannot be had or a package is missing, ``BadField`` for a platform or
    Python that is none, ``NotWritable``.
    """
    chosen = [wheels.platform_tag(each) for each in dict.fromkeys(platforms)]
    if not chosen:
        raise BadField("is empty.", field="--platform", advice=f"Choose some of {', '.join(PLATFORMS)}.")
    version = metadata.version("mattewire")
    client_name, client = _client_wheel(version)
    carried = {client_name: client}
    with tempfile.TemporaryDirectory(prefix="mattewire-wheels-") as fetched:
        for platform in chosen:
            for python in pythons:
                wheels.fetch(python, platform, Path(fetched), source)
        carried.update({path.name: path.read_bytes() for path in sorted(Path(fetched).glob("*.whl"))})
    contents = _package_files(PACKAGE)
    manifest = contents["blender_manifest.toml"].decode("utf-8")
    filled_in = _filled_in(manifest, version, list(carried), [PLATFORMS[each] for each in chosen])
    contents["blender_manifest.toml"] = filled_in.encode("utf-8")
    contents.update({f"wheels/{name}": data for name, data in carried.items()})
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(_zipped(contents))
    except OSError as problem:
        raise NotWritable(f"{out} cannot be written: {problem.strerror}.", field="--out") from None
    return list(carried)


def _filled_in(manifest: str, version: str, wheels: Sequence[str], platforms: Sequence[str]) -> str:
    """The manifest with this version, its wheels and its platforms."""
    lines = "".join(f'  "./wheels/{name}",\n' for name in wheels)
    listed = ", ".join(f'"{name}"' for name in platforms)
    manifest, versions = re.subn(r'(?m)^version = ".*"$', f'version = "{version}"', manifest)
    manifest, lists = re.subn(r"(?m)^wheels = \[\]$", f"wheels = [\n{lines}]\nplatforms = [{listed}]", manifest)
    if (versions, lists) != (1, 1):
        raise InstallIncomplete("The extension's manifest has no place for its version and wheels.", field="manifest")
    return manifest


def _client_wheel(version: str) -> tuple[str, bytes]:
    """``mattewire_client``: the two pure packages, as any Python's wheel."""
    contents = {
        f"{package}/{name}": data for package in CLIENT for name, data in _package_files(package).items()
    }  # fmt: skip
    facts = f"mattewire_client-{version}.dist-info"
    contents[f"{facts}/METADATA"] = (
        f"Metadata-Version: 2.1\nName: mattewire-client\nVersion: {version}\n"
        "Summary: Mattewire's thin client\nLicense: Apache-2.0\n"
    ).encode()
    contents[f"{facts}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: mattewire\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    record = "".join(f"{name},{_digest(data)},{len(data)}\n" for name, data in sorted(contents.items()))
    contents[f"{facts}/RECORD"] = f"{record}{facts}/RECORD,,\n".encode()
    return f"mattewire_client-{version}-py3-none-any.whl", _zipped(contents)


def _digest(data: bytes) -> str:
    """As wheels write it (https://packaging.python.org/en/latest/specifications/binary-distribution-format/)."""
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode("ascii")


def _package_files(package: str) -> dict[str, bytes]:
    """A package's own files by their path inside it, wherever it is installed; what Python made of them is left out."""
    spec = importlib.util.find_spec(package)
    folder = next(iter(spec.submodule_search_locations or ()), None) if spec is not None else None
    if folder is None:
        raise InstallIncomplete(f"{package} is not installed.", advice="Run: pip install mattewire[server]")
    root = Path(folder)
    paths = (path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}


def _zipped(contents: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(contents.items()):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_STORED if name.endswith(".whl") else zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data)
    return stream.getvalue()
