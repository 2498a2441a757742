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
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from importlib import metadata
from pathlib import Path

from mattewire_protocol.errors import BadField, InstallIncomplete, NotWritable

PACKAGE = "mattewire_blender"
CLIENT = ("mattewire_protocol", "mattewire_panel")
NEEDED = ("pyzmq", "msgpack")

PLATFORMS = {
    "linux-x64": "manylinux_2_28_x86_64",
    "windows-x64": "win_amd64",
    "macos-arm64": "macosx_11_0_arm64",
    "macos-x64": "macosx_10_15_x86_64",
}
"""Blender's names of platforms, and pip's for what runs on the oldest systems that Blender 4.5 runs on."""

PYTHONS = ("3.11", "3.13")
"""Of Blender 4.5 to 5.0, and of 5.1 and later."""

_EPOCH = (2020, 1, 1, 0, 0, 0)
_FITS = (
    ("linux-x64", re.compile(r"manylinux.*_x86_64\Z")),
    ("windows-x64", re.compile(r"win_amd64\Z")),
    ("macos-arm64", re.compile(r"macosx_.*_(arm64|universal2)\Z")),
    ("macos-x64", re.compile(r"macosx_.*_(x86_64|universal2)\Z")),
)


def download_wheels(
    folder: Path, platforms: Iterable[str] = tuple(PLATFORMS), pythons: Iterable[str] = PYTHONS
) -> None:
    """Fetches pyzmq's and msgpack's wheels into ``folder``, through this Python's pip.

    ``platforms``: Blender's names; ``pythons``: as ``3.11``. ``BadField`` for a platform that is none,
    ``InstallIncomplete`` with pip's last words when it cannot.
    """
    for platform in platforms:
        if platform not in PLATFORMS:
            raise BadField(
                f"{platform} is no platform of Blender's.", field="platform", advice=f"Use {', '.join(PLATFORMS)}."
            )
        for python in pythons:
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--only-binary", ":all:", "--no-deps"]
            command += ["--dest", str(folder), "--python-version", python, "--platform", PLATFORMS[platform]]
            done = subprocess.run([*command, *NEEDED], capture_output=True, text=True, check=False)
            if done.returncode:
                raise InstallIncomplete(
                    f"pip found no wheels for Python {python} on {platform}: {done.stderr.strip()[-300:]}",
                    advice="Check the network, or give a folder of wheels that were fetched before.",
                )


def build_extension(out: Path, wheels: Path) -> list[str]:
    """Writes the extension to ``out``, with the wheels of pyzmq and msgpack that lie in ``wheels``.

    Returns the platforms that it is for, by Blender's names. ``InstallIncomplete`` when a package or every wheel of one
    is missing, or no platform has both; ``NotWritable``.
    """
    carried = sorted(path for path in wheels.glob("*.whl") if _project(path) in NEEDED)
    platforms = _platforms(carried)
    if not platforms:
        raise InstallIncomplete(
            f"{wheels} has no wheels of pyzmq and msgpack for one and the same platform.",
            field="wheels",
            advice="Leave the folder out to have them fetched, or run pip download for both.",
        )
    version = metadata.version("mattewire")
    client_name, client = _client_wheel(version)
    contents = _package_files(PACKAGE)
    names = [client_name, *(path.name for path in carried)]
    manifest = contents["blender_manifest.toml"].decode("utf-8")
    contents["blender_manifest.toml"] = _filled_in(manifest, version, names, platforms).encode("utf-8")
    contents[f"wheels/{client_name}"] = client
    contents.update({f"wheels/{path.name}": path.read_bytes() for path in carried})
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(_zipped(contents))
    except OSError as problem:
        raise NotWritable(f"{out} cannot be written: {problem.strerror}.", field="--out") from None
    return platforms


def _filled_in(manifest: str, version: str, wheels: Sequence[str], platforms: Sequence[str]) -> str:
    """The manifest with this version, its wheels and its platforms."""
    lines = "".join(f'  "./wheels/{name}",\n' for name in wheels)
    listed = ", ".join(f'"{name}"' for name in platforms)
    manifest, versions = re.subn(r'(?m)^version = ".*"$', f'version = "{version}"', manifest)
    manifest, lists = re.subn(r"(?m)^wheels = \[\]$", f"wheels = [\n{lines}]\nplatforms = [{listed}]", manifest)
    if (versions, lists) != (1, 1):
        raise InstallIncomplete("The extension's manifest has no place for its version and wheels.", field="manifest")
    return manifest


def _platforms(wheels: Iterable[Path]) -> list[str]:
    """Those that every needed package has a wheel for."""
    found: dict[str, set[str]] = {name: set() for name, _ in _FITS}
    for path in wheels:
        for tag in path.stem.rpartition("-")[2].split("."):
            for name, fits in _FITS:
                if fits.match(tag):
                    found[name].add(_project(path))
    return [name for name, projects in found.items() if projects == set(NEEDED)]


def _project(wheel: Path) -> str:
    return wheel.name.partition("-")[0].lower()


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
