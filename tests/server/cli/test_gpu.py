"""GPU and torch as ``mattewire doctor`` sees them; stand-ins are real programs and packages, found as real ones."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from mattewire_server.cli import gpu as module
from mattewire_server.cli.findings import Finding

CUDA = "https://download.pytorch.org/whl/cu128"


def program(folder: Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text("#!/bin/sh\n" + script + "\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.fixture
def gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose driver reports an NVIDIA GPU."""
    program(tmp_path / "bin", "nvidia-smi", "echo 'NVIDIA RTX A5000'\necho 'NVIDIA T400'")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def no_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "nvidia_gpu", lambda: "")


def install_torch(folder: Path, monkeypatch: pytest.MonkeyPatch, code: str, version: str = "2.8.0") -> None:
    """A package named torch, found by this process's metadata and by the one that is asked."""
    folder.mkdir()
    (folder / "torch").mkdir()
    (folder / "torch" / "__init__.py").write_text(code)
    facts = folder / f"torch-{version.replace('+', '_')}.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: torch\nVersion: {version}\n")
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setenv("PYTHONPATH", str(folder))


def build(version: str, cuda: str | None, usable: bool) -> str:
    return (
        f"class version:\n    cuda = {cuda!r}\n"
        f"class cuda:\n    is_available = staticmethod(lambda: {usable})\n"
        f"__version__ = {version!r}\n"
        "print('some library says hello')\n"
    )


@pytest.mark.usefixtures("gpu")
def test_a_cpu_build_beside_a_gpu_is_a_fault_with_the_exact_cure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_torch(tmp_path / "site", monkeypatch, build("2.8.0+cpu", None, False), "2.8.0+cpu")
    assert module.check_gpu() == Finding(
        "GPU",
        "fault",
        "NVIDIA RTX A5000 is here, but torch 2.8.0+cpu is a build for the CPU.",
        f'"{sys.executable}" -m pip install --force-reinstall torch --index-url {CUDA}',
    )


@pytest.mark.usefixtures("gpu")
def test_a_torch_that_does_not_start_is_told_with_its_own_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_torch(tmp_path / "site", monkeypatch, "raise OSError('libcudart.so.12: cannot open shared object file')")
    finding = module.check_gpu()
    assert finding.state == "fault"
    assert "torch 2.8.0 is installed but does not start: OSError: libcudart.so.12: cannot open" in finding.what
    assert "--force-reinstall torch" in finding.cure


@pytest.mark.usefixtures("gpu")
def test_a_torch_that_crashes_is_told_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_torch(tmp_path / "site", monkeypatch, "import os; os.abort()")
    finding = module.check_gpu()
    assert finding.state == "fault"
    assert "exit status -6" in finding.what


@pytest.mark.usefixtures("gpu")
def test_a_driver_that_is_too_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_torch(tmp_path / "site", monkeypatch, build("2.8.0", "12.8", False))
    finding = module.check_gpu()
    assert (finding.state, finding.cure) == ("fault", "Update the NVIDIA driver, then restart.")
    assert "(CUDA 12.8) cannot use it" in finding.what


@pytest.mark.usefixtures("gpu")
def test_a_gpu_in_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_torch(tmp_path / "site", monkeypatch, build("2.8.0", "12.8", True))
    assert module.check_gpu() == Finding("GPU", "fine", "NVIDIA RTX A5000; torch 2.8.0.")


@pytest.mark.usefixtures("no_gpu")
def test_without_a_gpu_a_cpu_build_is_right_and_a_broken_one_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_torch(tmp_path / "site", monkeypatch, build("2.8.0+cpu", None, False))
    assert module.check_gpu() == Finding("GPU", "note", "no NVIDIA GPU seen; torch 2.8.0+cpu.")
    (tmp_path / "site" / "torch" / "__init__.py").write_text("raise ImportError('half installed')")
    finding = module.check_gpu()
    assert finding.state == "fault"
    assert CUDA not in finding.cure


@pytest.mark.usefixtures("gpu")
def test_without_torch_the_models_are_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "torch_build", lambda: None)
    finding = module.check_gpu()
    assert finding.state == "note"
    assert finding.cure == f'"{sys.executable}" -m pip install "mattewire[models]"'


@pytest.mark.parametrize("script", ["exit 9", "echo", "sleep 0; kill $$"])
def test_a_driver_that_does_not_answer_is_no_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    program(tmp_path / "bin", "nvidia-smi", script)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    assert module.nvidia_gpu() == ""
