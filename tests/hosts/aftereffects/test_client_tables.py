"""The client's tables and types are what the dataclasses make of them, and a stale file is noticed."""

from __future__ import annotations

import dataclasses
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hosts.aftereffects.client_rig import EXTENSION
from mattewire_protocol import errors, messages, request

ROOT = EXTENSION.parents[1]
CLIENT = Path("hosts", "aftereffects_cep", "client", "mattewire")


def generate(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "protocol" / "generate.py"), "--root", str(root / "protocol"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    (tmp_path / "protocol").mkdir()
    for name in ("vectors", "schema"):
        shutil.copytree(ROOT / "protocol" / name, tmp_path / "protocol" / name)
    shutil.copy(ROOT / "protocol" / "SPEC.md", tmp_path / "protocol")
    (tmp_path / CLIENT).mkdir(parents=True)
    for name in ("tables.js", "messages.d.ts"):
        shutil.copy(ROOT / CLIENT / name, tmp_path / CLIENT / name)
    return tmp_path


def test_nothing_is_stale(copied: Path) -> None:
    done = generate(copied, "--check")
    assert (done.returncode, done.stderr) == (0, ""), "run python protocol/generate.py"


@pytest.mark.parametrize("name", ["tables.js", "messages.d.ts"])
def test_a_stale_file_is_named_and_made_anew(copied: Path, name: str) -> None:
    path = copied / CLIENT / name
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("last_seq", "job_number"), encoding="utf-8")
    done = generate(copied, "--check")
    assert (done.returncode, done.stderr.strip()) == (1, f"stale: {path}")
    assert generate(copied).returncode == 0
    assert path.read_text(encoding="utf-8") == text


def test_a_missing_file_is_stale(copied: Path) -> None:
    (copied / CLIENT / "tables.js").unlink()
    assert generate(copied, "--check").returncode == 1


def test_a_copy_of_the_protocol_alone_has_no_client(copied: Path) -> None:
    shutil.rmtree(copied / "hosts")
    assert generate(copied, "--check").returncode == 0
    assert generate(copied).returncode == 0
    assert not (copied / "hosts").exists()


def test_everything_is_in_the_tables() -> None:
    tables = (ROOT / CLIENT / "tables.js").read_text(encoding="utf-8")
    for name, cls in messages.MESSAGES.items():
        assert f'{name}: "{cls.__name__}"' in tables
        assert f"\n  {cls.__name__}: [" in tables
        for field in dataclasses.fields(cls):
            assert f'name: "{field.name}"' in tables
    for code, leaf in errors.BY_CODE.items():
        assert f"\n  {code}: {{ sentence: " in tables
        assert leaf.sentence in tables


def test_what_a_client_sends_may_be_given_without_defaults() -> None:
    types = (ROOT / CLIENT / "messages.d.ts").read_text(encoding="utf-8")
    given = types.split("export interface MatteRequestInput {")[1].split("\n}")[0]
    for field in dataclasses.fields(request.MatteRequest):
        required = field.name in ("plate", "out")
        assert f"\n  {field.name}{'' if required else '?'}: " in given
    assert "interface WelcomeInput" not in types, "a client sends none"
