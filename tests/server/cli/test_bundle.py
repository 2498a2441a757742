"""The support bundle tells enough to help, and nothing that must stay on the machine."""

import json
import zipfile
from pathlib import Path

import pytest

from mattewire_protocol.connection import Connection, write_connection
from mattewire_protocol.errors import NotWritable
from mattewire_server.cli.bundle import LOG_TAIL, write_bundle

SECRET = "s" * 40


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    monkeypatch.setenv("MATTEWIRE_HOME", str(folder))
    write_connection(Connection(1, "tcp://127.0.0.1:9", "p" * 40, "c" * 40, SECRET, pid=999_999_999))
    (folder / "daemon.log").write_text(f'{{"message": "serving, key {SECRET}"}}\n')
    (folder / "worker.log").write_bytes(b"x" * LOG_TAIL + b"the end\xff\n")
    (folder / "jobs.sqlite3").write_bytes(b"prompt: secret film")
    (folder / "plate.1001.exr").write_bytes(b"footage")
    return folder


def test_holds_logs_and_findings_but_no_footage_and_no_keys(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "help.zip"
    names = write_bundle(path, [{"subject": "Disk", "cure": "Free some."}])
    with zipfile.ZipFile(path) as bundle:
        assert sorted(bundle.namelist()) == sorted(names)
        assert set(names) == {"findings.json", "variables.json", "jobs.json", "logs/daemon.log", "logs/worker.log"}
        texts = {name: bundle.read(name).decode() for name in names}
    assert json.loads(texts["findings.json"])[0]["cure"] == "Free some."
    assert "serving, key (key)" in texts["logs/daemon.log"]
    assert texts["logs/worker.log"].endswith("the end\ufffd\n")
    assert len(texts["logs/worker.log"]) < LOG_TAIL + 100
    assert not any(word in text for text in texts.values() for word in (SECRET, "footage", "secret film"))
    assert "MATTEWIRE_HOME" in texts["variables.json"]
    assert str(home) not in texts["variables.json"]


def test_says_when_it_cannot_be_written(home: Path, tmp_path: Path) -> None:
    with pytest.raises(NotWritable) as refusal:
        write_bundle(tmp_path / "no such folder" / "help.zip", [])
    assert refusal.value.field == "--bundle"
