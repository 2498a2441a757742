"""``mattewire doctor``: stand-ins are real programs and packages on the path, found as the real ones would be."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import namedtuple
from dataclasses import replace
from pathlib import Path

import pytest

from mattewire_server import weights
from mattewire_server.cli import doctor
from mattewire_server.cli.findings import Finding
from mattewire_server.kept import KeptStore
from server.cli.conftest import Run
from server.kept.shots import LIMIT, A, keep


def test_low_disk_and_a_folder_that_is_not_there_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "not" / "yet"
    assert doctor.check_disk(place).what.endswith(f"free at {tmp_path}")
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**12, 10**12, 10**9))
    low = doctor.check_disk(place)
    assert (low.state, low.what) == ("note", f"1.0 GB free at {tmp_path}")
    assert low.cure.startswith("Free some space")


def test_packages_name_the_missing_ones_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [finding.state for finding in doctor.check_packages()] == ["fine"]
    monkeypatch.setitem(doctor.PACKAGES, "a-package-nobody-has", ("a-package-nobody-has",))
    fine, missing = doctor.check_packages()
    assert "numpy" in fine.what
    assert missing.what == "missing a-package-nobody-has"
    assert missing.cure == f'"{sys.executable}" -m pip install "mattewire[server,video]"'


MODELS = {"torch": "2.13.0", "transformers": "5.23.0"}


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation with the models' packages and an empty weights folder, which is returned."""
    monkeypatch.setenv("MATTEWIRE_HOME", str(tmp_path))
    monkeypatch.setattr(doctor, "version_of", lambda name: MODELS.get(name, ""))
    for name in doctor.WEIGHTS_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "weights"


def take(name: str, folder: Path) -> None:
    source = folder / f"{name}.bin"
    source.write_bytes(b"numbers")
    weights.add(name, source)


def test_weights_that_are_here_and_the_three_ways_out(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (none,) = doctor.check_weights()
    assert (none.state, none.what) == ("note", f"none in {models}; without a segmenter only engine preview runs.")
    ways = ("weights pull sam2.1-base-plus;", "weights add sam2.1-base-plus PATH;", "--engine preview")
    assert all(way in none.cure for way in ways)
    assert "https://dl.fbaipublicfiles.com/segment_anything_2/092824/sam2.1_hiera_base_plus.pt" in none.cure
    take("sam2.1-tiny", tmp_path)
    take("bert-base-uncased", tmp_path)
    (half,) = doctor.check_weights()
    assert half.what.startswith("sam2.1-tiny, bert-base-uncased in ")
    assert "phrases do not" in half.what, "a word list is no detector"
    assert "weights pull groundingdino-swint-ogc;" in half.cure
    take("mm-grounding-dino-tiny", tmp_path)
    names = "sam2.1-tiny, mm-grounding-dino-tiny, bert-base-uncased"
    assert doctor.check_weights() == [Finding("Weights", "fine", f"{names}, in {models}.")]
    (models / "sam2.1-tiny" / "sam2.1-tiny.bin").write_bytes(b"num")
    assert "without a segmenter" in doctor.check_weights()[0].what, "a cut file is not here"
    monkeypatch.setenv("MATTEWIRE_SAM2_WEIGHTS", "/studio/sam2.pt")
    (fine,) = doctor.check_weights()
    assert (fine.state, "MATTEWIRE_SAM2_WEIGHTS=/studio/sam2.pt" in fine.what) == ("fine", True)


def test_without_the_models_packages_weights_are_not_spoken_of(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "version_of", lambda name: "2.13.0" if name == "torch" else "")
    assert doctor.check_weights() == []


def test_looking_imports_no_torch(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    program = "import sys; from mattewire_server.cli import doctor as d; f = d.check_weights(), d.check_engines(); "
    ran = subprocess.run(
        [sys.executable, "-c", program + "print(f[0][0].subject, sorted({'torch', 'transformers'} & {*sys.modules}))"],
        env={**os.environ, "MATTEWIRE_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout == "Weights []\n"


def test_movies_that_can_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    fine = doctor.check_video()
    assert (fine.state, fine.what.endswith("reads movies and writes webm and prores4444.")) == ("fine", True)
    assert doctor.can_encode("prores_ks")
    assert not doctor.can_encode("truemotion1"), "FFmpeg only reads it"
    monkeypatch.setattr(doctor, "can_encode", lambda codec: codec != "libvpx-vp9")
    note = doctor.check_video()
    assert (note.state, "cannot write webm (libvpx-vp9)" in note.what) == ("note", True)
    assert note.cure.endswith("pip install --force-reinstall av")


def test_movies_without_pyav_and_with_a_broken_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "mattewire_server.finish.movies.encoders", None)
        broken = doctor.check_video()
    assert (broken.state, "does not start" in broken.what) == ("fault", True)
    monkeypatch.setattr(doctor, "version_of", lambda name: "")
    missing = doctor.check_video()
    assert (missing.state, missing.cure.endswith('pip install "mattewire[video]"')) == ("note", True)


def test_where_kept_shots_are_and_how_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MATTEWIRE_HOME", str(tmp_path))
    monkeypatch.setenv("MATTEWIRE_KEEP_GB", "2.5")
    assert doctor.check_kept() == Finding("Kept shots", "fine", f"0 in {tmp_path / 'kept'}, 0.0 of 2.5 GB.")
    store = KeptStore(tmp_path, LIMIT)
    keep(store, A, range(1, 3))
    (entry,) = store.shots()
    monkeypatch.setattr(KeptStore, "shots", lambda self: [replace(entry, size=1_260_000_000)] * 2)
    assert doctor.check_kept().what == f"2 in {tmp_path / 'kept'}, 2.5 of 2.5 GB."
    monkeypatch.setenv("MATTEWIRE_KEEP_GB", "0")
    assert (doctor.check_kept().state, "none are kept" in doctor.check_kept().what) == ("note", True)
    monkeypatch.setenv("MATTEWIRE_KEEP_GB", "lots")
    fault = doctor.check_kept()
    assert (fault.state, "MATTEWIRE_KEEP_GB: must be 0 to 100000 GB" in fault.what) == ("fault", True)


def test_the_daemon_down_and_up(daemon_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    up = doctor.check_daemon()
    assert up.state == "fine"
    assert "worker idle" in up.what
    monkeypatch.setenv("MATTEWIRE_HOME", str(tmp_path))
    assert doctor.check_daemon() == Finding("Daemon", "fine", "not running; it starts when it is needed.")


@pytest.mark.usefixtures("daemon_home")
def test_the_command(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "check_gpu", lambda: Finding("GPU", "fine", "none"))
    findings = json.loads(run("doctor", "--json").stdout)
    assert [finding["subject"] for finding in findings][:3] == ["Python", "Packages", "Movies"]
    assert {finding["subject"] for finding in findings} >= {"GPU", "Engines", "Disk", "Kept shots", "Daemon"}
    assert "✓ Python: " in run("doctor").stderr
    cure = f'"C:\\Program Files\\[x]\\python.exe" -m pip install {"long " * 80}"mattewire[server]"'
    monkeypatch.setattr(doctor, "check_python", lambda: Finding("Python", "fault", "odd [1]", cure))
    told = run("doctor", code=1).stderr
    assert "✗ Python: odd [1]" in told
    assert cure in told, "the cure stands on one line, to be copied"
