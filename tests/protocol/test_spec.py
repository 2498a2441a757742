"""SPEC.md, schema and vectors are what the types make of them, and released vectors cannot slip away."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mattewire_protocol import codec, errors, messages
from mattewire_protocol.connection import Connection
from mattewire_server.finish.quality import ASKING, NAMES
from mattewire_server.jobs import states
from tools import tables

PROTOCOL = Path(__file__).parents[2] / "protocol"
SPEC = (PROTOCOL / "SPEC.md").read_text(encoding="utf-8")


def generate(*arguments: str, root: Path = PROTOCOL) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(PROTOCOL / "generate.py"), "--root", str(root), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    for name in ("vectors", "schema"):
        shutil.copytree(PROTOCOL / name, tmp_path / name)
    shutil.copy(PROTOCOL / "SPEC.md", tmp_path)
    return tmp_path


def test_nothing_is_stale() -> None:
    done = generate("--check")
    assert (done.returncode, done.stderr) == (0, ""), "run python protocol/generate.py"


@pytest.mark.parametrize("name", ["SPEC.md", "schema/mattewire-protocol-1.schema.json", "vectors/jobs.json"])
def test_check_notices_a_stale_file(copied: Path, name: str) -> None:
    path = copied / name
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("last_seq", "job_number"), encoding="utf-8")
    done = generate("--check", root=copied)
    assert done.returncode == 1
    assert done.stderr.strip() == f"stale: {path}"
    assert "job_number" in path.read_text(encoding="utf-8"), "--check writes nothing"


def test_a_stale_spec_is_made_anew(copied: Path) -> None:
    spec = copied / "SPEC.md"
    spec.write_text(SPEC.replace("**required**", "optional"), encoding="utf-8")
    assert generate(root=copied).returncode == 0
    assert spec.read_text(encoding="utf-8") == SPEC


def released(copied: Path) -> Path:
    """Makes the stored vectors differ from today's writer, as after a new field: one good one, one refusal."""
    path = copied / "vectors" / "jobs.json"
    vectors = json.loads(path.read_text(encoding="utf-8"))
    vectors[0]["parts"][2] = codec.pack({**vectors[0]["body"], "dropped": 1}).hex()
    path.write_text(json.dumps(vectors), encoding="utf-8")
    return path


def test_a_vector_is_not_changed_in_passing(copied: Path) -> None:
    path = released(copied)
    before = path.read_text(encoding="utf-8")
    done = generate(root=copied)
    assert done.returncode == 1
    assert "'submit, least' would change" in done.stderr
    assert path.read_text(encoding="utf-8") == before


def test_changes_can_be_accepted_before_a_release(copied: Path) -> None:
    path = released(copied)
    assert generate("--accept-changes", root=copied).returncode == 0
    assert path.read_bytes() == (PROTOCOL / "vectors" / "jobs.json").read_bytes()
    assert not (copied / "vectors" / "older.json").exists()


def test_a_released_vector_is_kept_and_still_runs(copied: Path) -> None:
    released(copied)
    assert generate("--keep-as", "0.1.0", root=copied).returncode == 0
    (kept,) = json.loads((copied / "vectors" / "older.json").read_text(encoding="utf-8"))
    assert (kept["name"], kept["same_bytes"]) == ("submit, least (0.1.0)", False)
    assert generate("--check", root=copied).returncode == 0
    script = Path(__file__).with_name("run_vectors.py")
    subprocess.run([sys.executable, str(script), str(copied / "vectors")], check=True, timeout=60)


def test_a_vector_file_that_nothing_makes_is_named(copied: Path) -> None:
    (copied / "vectors" / "mine.json").write_text("[]", encoding="utf-8")
    done = generate("--check", root=copied)
    assert done.returncode == 1
    assert "no longer made" in done.stderr


def test_a_table_without_its_place_is_an_error() -> None:
    with pytest.raises(KeyError, match="errors"):
        tables.fill(SPEC.replace("<!-- generated: errors -->", ""))


def test_prose_names_what_the_code_has() -> None:
    """The hand-written parts: states, connection file, data limits of ZeroMQ, versions."""
    job_states = SPEC.split("### Job states")[1].split("### Frame states")[0]
    frame_states = SPEC.split("### Frame states")[1].split("## 6")[0]
    first_table = job_states.split("<!--")[0]
    assert re.findall(r"^\| `(\w+)` \|", first_table, re.M) == list(dict.fromkeys([*states.FOLLOWS]))
    assert re.findall(r"^\| `(\w+)` \|", frame_states, re.M) == list(messages.FRAME_STATES)
    security = SPEC.split("## 11. Security")[1]
    assert set(Connection.__dataclass_fields__) <= set(re.findall(r"`(\w+)`", security))
    assert f"{codec.MAX_MESSAGE_BYTES:,}" in SPEC.split("## 3")[0]
    assert SPEC.startswith(f"# Mattewire protocol {messages.PROTOCOL}\n")


def test_prose_names_every_flag_and_which_ask_for_no_look() -> None:
    told = SPEC.split("`flags` are ")[1].split("do not make a frame")[0]
    every, merely = told.replace("\n", " ").split(";")
    assert re.findall("`([^`]+)`", every) == list(NAMES)
    assert re.findall("`([^`]+)`", merely) == [name for name in NAMES if name not in ASKING]


def test_reader_codes_are_explained() -> None:
    explained = re.findall(r"^\| `(\w+)` \|", SPEC.split("What a reader of bytes gives")[1].split("## 10")[0], re.M)
    assert set(explained) == {cls.code for cls in errors.MessageError.__subclasses__()}


def test_links_lead_somewhere() -> None:
    def anchor(heading: str) -> str:
        return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")

    anchors = {anchor(heading) for heading in re.findall(r"^#+ (.*)$", SPEC, re.M)}
    for target in re.findall(r"\]\(#([^)]+)\)", SPEC):
        assert target in anchors
    for target in re.findall(r"\]\(([^#)][^)]*)\)", SPEC):
        assert (PROTOCOL / target).exists()


def test_tables_hold() -> None:
    """Each row of a table has as many cells as its head."""
    for table in re.findall(r"(?:^\|.*\n)+", SPEC, re.M):
        cells = {len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}
        assert len(cells) == 1, table
