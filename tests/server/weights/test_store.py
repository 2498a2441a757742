from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mattewire_protocol.errors import BadField, WeightsMissing
from mattewire_server.cli.app import app
from mattewire_server.weights import MANIFEST, Entry, Source, add, check, entry, installed, locate, pull, record_of
from mattewire_server.weights import store as module

NAME = "sam2.1-tiny"
FILE = "sam2.1_hiera_tiny.pt"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("MATTEWIRE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def file(tmp_path) -> Path:
    path = tmp_path / FILE
    path.write_bytes(b"tensors" * 1000)
    return path


@pytest.fixture
def publisher(monkeypatch):
    """Stands in for the network: what each address would send, or an error."""
    sent: dict[str, bytes | WeightsMissing] = {}

    def fetch(url, path, *, expected=None, progress=None):
        content = sent[url]
        if isinstance(content, WeightsMissing):
            raise content
        path.write_bytes(content)

    monkeypatch.setattr(module, "download", fetch)
    return sent


def folder(tmp_path: Path) -> Path:
    """A Hugging Face folder, with a file in it that does not belong to the weights."""
    path = tmp_path / "hf"
    path.mkdir()
    (path / "config.json").write_text("{}")
    (path / "model.safetensors").write_bytes(b"header and tensors")
    (path / "README.md").write_text("words")
    return path


def test_what_was_added_is_found_with_its_hash(file, home):
    told = []
    record = add(NAME, file, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (7000, 7000)
    assert locate(NAME) == home / "weights" / NAME / FILE
    assert locate(NAME).read_bytes() == file.read_bytes()
    assert record == record_of(NAME) == check(NAME)
    assert record.sha256 == sha256(file.read_bytes()).hexdigest()
    assert installed() == [NAME]


def test_a_folder_is_added_without_what_is_no_part_of_it(tmp_path, home):
    record = add("mm-grounding-dino-tiny", folder(tmp_path))
    assert locate("mm-grounding-dino-tiny") == home / "weights" / "mm-grounding-dino-tiny"
    assert sorted(record.files) == ["config.json", "model.safetensors"]
    assert len(record.sha256) == 64


def test_a_folder_of_the_older_kind_is_added(tmp_path):
    path = folder(tmp_path)
    (path / "model.safetensors").rename(path / "pytorch_model.bin")
    (path / "training_args.bin").write_bytes(b"no part of it")
    assert sorted(add("vitmatte-base-composition-1k", path).files) == ["config.json", "pytorch_model.bin"]


def test_adding_again_replaces(file, tmp_path):
    add(NAME, file)
    other = tmp_path / "other.pt"
    other.write_bytes(b"other")
    add(NAME, other)
    assert locate(NAME).name == "other.pt"
    assert sorted(path.name for path in locate(NAME).parent.iterdir()) == ["other.pt", "record.json"]


def test_what_is_not_here_says_the_three_ways_out():
    with pytest.raises(WeightsMissing, match="is not on this machine") as told:
        locate(NAME)
    for way in (f"weights pull {NAME}", FILE, f"weights add {NAME} PATH", "--engine preview"):
        assert way in told.value.advice


def test_a_file_that_went_away_or_shrank_is_told(file):
    add(NAME, file)
    locate(NAME).write_bytes(b"short")
    with pytest.raises(WeightsMissing, match=r"not the file that was recorded \(5 of 7000 bytes\)"):
        locate(NAME)
    (module.weights_folder() / NAME / FILE).unlink()
    with pytest.raises(WeightsMissing, match="is gone"):
        locate(NAME)
    assert installed() == []


def test_check_finds_a_file_that_changed_at_the_same_size(file):
    add(NAME, file)
    locate(NAME).write_bytes(b"Tensors" * 1000)
    assert locate(NAME)
    with pytest.raises(WeightsMissing, match="changed: its SHA-256 is"):
        check(NAME)


@pytest.mark.parametrize("text", ["{", "[]", '{"name": "x"}', '{"name": "x", "origin": "y", "files": {"a": 3}}'])
def test_a_damaged_record_is_told(file, text):
    add(NAME, file)
    (module.weights_folder() / NAME / "record.json").write_text(text)
    with pytest.raises(WeightsMissing, match=r"record\.json cannot be read"):
        locate(NAME)


def test_names_that_are_not_known_are_told_with_those_that_are():
    with pytest.raises(BadField, match=r"'sam3' is not in the list of weights: sam2\.1-tiny, "):
        locate("sam3")


def test_a_path_that_is_nothing_or_no_folder_of_weights(tmp_path):
    with pytest.raises(BadField, match="there is no file or folder"):
        add(NAME, tmp_path / "gone.pt")
    with pytest.raises(BadField, match=r"holds no \.safetensors"):
        add(NAME, tmp_path)


def test_the_first_pull_records_the_hash(publisher):
    publisher[entry(NAME).files[0].url] = b"published"
    record = pull(NAME)
    assert record.sha256 == sha256(b"published").hexdigest()
    assert record.origin == entry(NAME).files[0].url
    assert locate(NAME).name == FILE


def test_pulling_again_fetches_nothing_and_other_bytes_are_refused(publisher):
    url = entry(NAME).files[0].url
    publisher[url] = b"published"
    pull(NAME)
    publisher[url] = b"something else"
    assert pull(NAME).sha256 == sha256(b"published").hexdigest()
    locate(NAME).unlink()
    with pytest.raises(WeightsMissing, match="differs from the record"):
        pull(NAME)


def test_a_failed_pull_says_why_and_the_three_ways_out(publisher):
    publisher[entry(NAME).files[0].url] = WeightsMissing("https://… cannot be fetched (no route to host).")
    with pytest.raises(WeightsMissing, match="cannot be fetched") as told:
        pull(NAME)
    assert "weights add" in told.value.advice
    with pytest.raises(WeightsMissing, match="is not on this machine"):
        locate(NAME)


def test_licenses_that_may_not_allow_commercial_work_must_be_accepted(publisher):
    name = "mm-grounding-dino-tiny"
    for source in entry(name).files:
        publisher[source.url] = source.name.encode()
    with pytest.raises(BadField, match="does not plainly allow commercial work") as told:
        pull(name)
    assert told.value.field == "--accept-license"
    assert sorted(pull(name, accept_license=True).files) == sorted(source.name for source in entry(name).files)


def test_every_entry_says_where_from_and_under_which_license():
    assert len({item.name for item in MANIFEST}) == len(MANIFEST)
    for item in MANIFEST:
        assert item.license
        assert item.license_url.startswith("https://")
        assert item.files
        assert all(source.url.startswith("https://") and source.url.endswith(source.name) for source in item.files)


def test_a_size_is_told_only_when_all_of_it_is_known():
    known = Entry("a", "A", "sam2", (Source("x", "https://x", 3), Source("y", "https://y", 4)), "MIT", "https://", True)
    assert known.size == 7
    assert entry(NAME).size is None


class TestCommands:
    """``mattewire weights …`` as people type it."""

    def run(self, *words: str):
        return CliRunner().invoke(app, ["weights", *words])

    @pytest.fixture(autouse=True)
    def without_torch(self, monkeypatch):
        """These commands must work where torch is not installed; the tensors are then not looked at, and it is said."""
        monkeypatch.setattr("mattewire_server.cli.weights.importlib.util.find_spec", lambda name: None)

    def test_list_shows_every_entry_and_what_is_here(self, file):
        add(NAME, file)
        facts = json.loads(self.run("list", "--json").stdout)
        assert [item["name"] for item in facts] == [item.name for item in MANIFEST]
        assert [item["name"] for item in facts if item["here"]] == [NAME]
        assert "size" not in facts[0], "no publisher states it, so none is given"
        shown = self.run("list")
        assert shown.exit_code == 0
        assert "groundingdino-swinb-cogcoor" in shown.stderr

    def test_add_then_check(self, file):
        added = self.run("add", NAME, str(file))
        assert added.exit_code == 0, added.stderr
        assert "not looked at: torch and transformers are not installed" in added.stderr
        checked = self.run("check")
        assert checked.exit_code == 0
        assert sha256(file.read_bytes()).hexdigest() in checked.stderr
        locate(NAME).write_bytes(b"Tensors" * 1000)
        wrong = self.run("check", NAME)
        assert wrong.exit_code == 1
        assert "changed" in wrong.stderr

    def test_check_with_nothing_here(self):
        assert "No weights are here yet" in self.run("check").stderr

    def test_pull_without_a_network(self, publisher):
        publisher[entry(NAME).files[0].url] = WeightsMissing("https://… cannot be fetched (no route to host).")
        failed = self.run("pull", NAME)
        assert failed.exit_code == 1
        assert "--engine preview" in failed.stderr

    def test_pull_wants_the_license_accepted(self, publisher):
        for source in entry("mm-grounding-dino-base").files:
            publisher[source.url] = b"x"
        refused = self.run("pull", "mm-grounding-dino-base")
        assert refused.exit_code == 1
        assert "--accept-license" in refused.stderr
        assert self.run("pull", "mm-grounding-dino-base", "--accept-license").exit_code == 0
