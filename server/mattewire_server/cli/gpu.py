"""The check of GPU and torch, for ``mattewire doctor``. Never imports torch into this process."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from .findings import Finding, pip_install, version_of

TORCH_QUESTION = (
    "import json, torch; print(json.dumps([torch.__version__, torch.version.cuda, torch.cuda.is_available()]))"
)
CUDA_INDEX = "https://download.pytorch.org/whl/cu128"
"""PyTorch's own index for builds with CUDA; the plain package is such a build on Linux, the CPU build on Windows."""


@dataclass(frozen=True)
class TorchBuild:
    """An installed torch. ``cuda``: the CUDA version it was built for, empty for a CPU build. ``fault``: why it
    cannot be imported, empty when it can."""

    version: str
    cuda: str = ""
    sees_gpu: bool = False
    fault: str = ""


def check_gpu() -> Finding:
    """The classic install fault: an NVIDIA GPU, and a torch that was built without CUDA."""
    gpu, torch = nvidia_gpu(), torch_build()
    seen = gpu or "no NVIDIA GPU seen"
    if torch is None:
        cure = pip_install("models") if gpu else ""
        return Finding("GPU", "note", f"{seen}; torch is not installed, so only engines without models run.", cure)
    if torch.fault:
        what = f"{seen}; torch {torch.version} is installed but does not start: {torch.fault}."
        return Finding("GPU", "fault", what, _torch_again(gpu))
    if gpu and not torch.cuda:
        return Finding(
            "GPU", "fault", f"{gpu} is here, but torch {torch.version} is a build for the CPU.", _torch_again(gpu)
        )
    if gpu and not torch.sees_gpu:
        what = f"{gpu} is here, but torch {torch.version} (CUDA {torch.cuda}) cannot use it."
        return Finding("GPU", "fault", what, "Update the NVIDIA driver, then restart.")
    return Finding("GPU", "fine" if gpu else "note", f"{seen}; torch {torch.version}.")


def nvidia_gpu() -> str:
    """The first NVIDIA GPU's name, by its driver's own tool; ``""`` when there is none."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return "an NVIDIA GPU" if Path("/proc/driver/nvidia/version").exists() else ""
    command = [tool, "--query-gpu=name", "--format=csv,noheader"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip().splitlines()[0] if done.returncode == 0 and done.stdout.strip() else ""


def torch_build() -> TorchBuild | None:
    """What torch says of itself, asked in a process of its own: importing it takes seconds, may crash, and this
    process must stay light. None when torch is not installed."""
    version = version_of("torch")
    if not version:
        return None
    command = [sys.executable, "-c", TORCH_QUESTION]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    except (OSError, subprocess.TimeoutExpired) as problem:
        return TorchBuild(version, fault=str(problem))
    try:
        version, cuda, sees_gpu = json.loads(done.stdout.strip().splitlines()[-1])
    except (ValueError, IndexError):
        words = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        return TorchBuild(version, fault=words[-1].rstrip("."))
    return TorchBuild(version, cuda or "", bool(sees_gpu))


def _torch_again(gpu: str) -> str:
    index = f" --index-url {CUDA_INDEX}" if gpu else ""
    return f'"{sys.executable}" -m pip install --force-reinstall torch{index}'
