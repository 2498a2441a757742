"""The list of accepted licenses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mattewire_protocol.errors import BadField, NotWritable
from mattewire_server.weights import MANIFEST, entry, pull
from mattewire_server.weights import store as module
from mattewire_server.weights.licenses import FILE, accept, accepted


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MATTEWIRE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_words_are_accepted_for_one_engine(home: Path) -> None:
    assert not accepted("a", "words")
    accept("a", "words")
    accept("b", "other")
    assert accepted("a", "words")
    assert accepted("b", "other")
    assert not accepted("a", "other")
    assert not accepted("c", "words")
    accept("a", "new words")
    assert accepted("a", "new words")
    assert not accepted("a", "words")
    assert json.loads((home / FILE).read_text()) == {"a": "new words", "b": "other"}


@pytest.mark.parametrize("content", ["", "[1]", "{", '"words"'])
def test_a_damaged_list_accepts_nothing_and_is_written_anew(home: Path, content: str) -> None:
    home.mkdir()
    (home / FILE).write_text(content)
    assert not accepted("a", "words")
    accept("a", "words")
    assert accepted("a", "words")


def test_a_folder_that_cannot_be_made_is_told(home: Path) -> None:
    home.parent.joinpath("home").write_text("a file where the folder belongs")
    with pytest.raises(NotWritable):
        accept("a", "words")


def test_pulling_with_the_license_accepted_is_accepting_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "download", lambda url, path, **how: path.write_bytes(b"tensors"))
    matting = entry("vitmatte-small-composition-1k")
    with pytest.raises(BadField) as refused:
        pull(matting.name)
    assert refused.value.field == "--accept-license"
    assert "Composition-1k" in refused.value.message
    assert not accepted("vitmatte", matting.license)
    pull(matting.name, accept_license=True)
    assert accepted("vitmatte", matting.license)


def test_matting_weights_are_marked_and_carry_no_invented_hash_or_size() -> None:
    ours = [item for item in MANIFEST if item.engine == "vitmatte"]
    assert [item.name for item in ours] == ["vitmatte-small-composition-1k", "vitmatte-base-composition-1k"]
    for item in ours:
        assert not item.commercial
        assert item.size is None
        assert item.license_url == f"https://huggingface.co/hustvl/{item.name}"
        assert [source.name for source in item.files][::2] == ["config.json", "preprocessor_config.json"]
