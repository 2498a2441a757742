"""Finding weights and vocabulary, without torch."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from mattewire_protocol.errors import BadField, WeightsMissing
from mattewire_server.engines.grounding_dino import weights
from mattewire_server.engines.grounding_dino.options import Options, read_options


class Store:
    """The weights folder's side: what is installed, and where."""

    def __init__(self, **places: Path) -> None:
        self._places = {name.replace("_", "-"): place for name, place in places.items()}

    def installed(self) -> list[str]:
        return list(self._places)

    def locate(self, name: str) -> Path:
        if name not in self._places:
            raise WeightsMissing(f"{name} is not on this machine.", advice=f"weights pull {name}; weights add; preview")
        return self._places[name]

    def record_of(self, name: str) -> Any:
        return type("Record", (), {"sha256": f"recorded {name}"})


@pytest.fixture
def original(tmp_path: Path) -> Path:
    path = tmp_path / "files" / "groundingdino_swint_ogc.pth"
    path.parent.mkdir()
    path.write_bytes(b"tensors")
    return path


@pytest.fixture
def words(tmp_path: Path) -> Path:
    path = tmp_path / "bert" / "vocab.txt"
    path.parent.mkdir()
    path.write_text("[PAD]\n")
    return path


def use(monkeypatch: pytest.MonkeyPatch, **places: Path) -> None:
    monkeypatch.setattr(weights, "store", Store(**places))


def test_paths_that_are_given(original: Path, words: Path) -> None:
    source = weights.find(Options(weights=original, vocabulary=words))
    assert (source.checkpoint, source.vocabulary, source.label) == (original, words, "GroundingDINO Swin-T OGC")
    assert source.sha256() == hashlib.sha256(b"tensors").hexdigest()


def test_a_folder_with_one_original_file(original: Path, words: Path) -> None:
    assert weights.find(Options(weights=original.parent, vocabulary=words.parent)).checkpoint == original


def test_the_vocabulary_beside_the_weights(original: Path) -> None:
    (original.parent / "vocab.txt").write_text("[PAD]\n")
    assert weights.find(Options(weights=original)).vocabulary == original.parent


def test_installed_weights_and_their_recorded_hash(
    monkeypatch: pytest.MonkeyPatch, original: Path, words: Path
) -> None:
    use(monkeypatch, groundingdino_swint_ogc=original, bert_base_uncased=words)
    source = weights.find(Options())
    assert (source.checkpoint, source.vocabulary) == (original, words)
    assert source.sha256() == "recorded groundingdino-swint-ogc"


def test_the_first_installed_model_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "tokenizer.json").write_text("{}")
    use(monkeypatch, mm_grounding_dino_large=tmp_path, mm_grounding_dino_tiny=tmp_path)
    assert weights.find(Options()).name == "mm-grounding-dino-tiny"
    assert weights.find(Options(model="mm-grounding-dino-large")).name == "mm-grounding-dino-large"


def test_no_weights_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch)
    with pytest.raises(WeightsMissing, match="groundingdino-swint-ogc"):
        weights.find(Options())


def test_a_missing_vocabulary_names_the_command(monkeypatch: pytest.MonkeyPatch, original: Path) -> None:
    use(monkeypatch, groundingdino_swint_ogc=original)
    with pytest.raises(WeightsMissing, match="bert-base-uncased") as problem:
        weights.find(Options())
    assert "mattewire weights add bert-base-uncased FOLDER" in problem.value.advice
    assert "preview" in problem.value.advice


def test_a_vocabulary_that_is_none(original: Path, tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing, match=r"neither vocab\.txt nor tokenizer\.json"):
        weights.find(Options(weights=original, vocabulary=tmp_path))


def test_a_folder_without_weights(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing, match=r"neither one \.pth file nor a Hugging Face folder") as problem:
        weights.find(Options(weights=tmp_path))
    assert "weights pull" in problem.value.advice
    assert "weights add" in problem.value.advice


def test_two_original_files_are_one_too_many(original: Path) -> None:
    (original.parent / "other.pth").write_bytes(b"")
    with pytest.raises(WeightsMissing, match="neither one"):
        weights.find(Options(weights=original.parent))


def test_an_unknown_model_is_named() -> None:
    with pytest.raises(BadField, match=r"grounding-dino-1\.6") as problem:
        weights.find(Options(model="grounding-dino-1.6"))
    assert problem.value.field == "detector_model"


def test_options_come_from_the_request_then_the_environment_then_the_default() -> None:
    options = read_options(
        {"box_threshold": 0.4, "text_threshold": None, "max_objects": 3, "device": "cpu"},
        {"MATTEWIRE_DEVICE": "cuda", "MATTEWIRE_DETECT_LONG_EDGE": "1440", "MATTEWIRE_DETECTOR_REFINE": "no"},
    )
    assert (options.box_threshold, options.text_threshold, options.most) == (0.4, 0.25, 3)
    assert (options.device, options.long_edge, options.refine) == ("cpu", 1440, False)
    assert read_options({}, {}) == Options()


@pytest.mark.parametrize(
    ("settings", "environment", "field"),
    [
        ({"box_threshold": 1.5}, {}, "box_threshold"),
        ({"device": "tpu"}, {}, "device"),
        ({"max_objects": 0}, {}, "max_objects"),
        ({"detect_long_edge": "large"}, {}, "detect_long_edge"),
        ({}, {"MATTEWIRE_DTYPE": "int8"}, "MATTEWIRE_DTYPE"),
        ({}, {"MATTEWIRE_DETECTOR_REFINE": "perhaps"}, "MATTEWIRE_DETECTOR_REFINE"),
    ],
)
def test_bad_options_are_named(settings: dict[str, Any], environment: dict[str, str], field: str) -> None:
    with pytest.raises(BadField) as problem:
        read_options(settings, environment)
    assert problem.value.field == field
