"""The real architecture with random weights: pictures, both formats, what is refused, and the official answers."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from mattewire_protocol.errors import OutOfMemory, WeightsMissing
from mattewire_server.engines.grounding_dino import edges, engine, keys, model, pixels, weights
from mattewire_server.engines.grounding_dino.options import Options
from mattewire_server.engines.grounding_dino.text import caption
from mattewire_server.engines.seams import Picture
from parity import grounding_dino_recipe as recipe
from parity.vocabulary import write

GOLDEN = Path(__file__).parents[3] / "golden" / "grounding_dino"


def source(path: Path, vocabulary: Path | None = None, name: str = "groundingdino-swint-ogc") -> weights.Source:
    return weights.Source(name, path, vocabulary or path)


def settings(folder: Path, **more: Any) -> dict[str, Any]:
    return {"detector_weights": folder, "device": "cpu", "detect_long_edge": 128, **more}


# --- pictures --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "long_edge", "seen"),
    [
        ((1920, 1080), 1333, (1333, 750)),  # the long edge decides
        ((640, 480), 1333, (1066, 800)),  # the short edge decides; enlarged
        ((480, 640), 1333, (800, 1066)),
        ((800, 800), 1333, (800, 800)),
        ((1920, 1080), 1080, (1080, 608)),
        ((4096, 2160), 1440, (1439, 759)),
        ((1000, 1), 1333, (1000, 1)),
    ],
)
def test_the_size_the_detector_sees(given: tuple[int, int], long_edge: int, seen: tuple[int, int]) -> None:
    assert pixels.detection_size(*given, long_edge) == seen


def test_pictures_are_normalized_channel_by_channel() -> None:
    rgb = np.broadcast_to(np.float32([0.485, 0.456 + 0.224, 0.0]), (20, 30, 3)).copy()
    made = pixels.prepare(Picture(1, rgb), 60)
    assert made.shape == (1, 3, 36, 54)
    assert made.dtype == torch.float32
    expected = torch.tensor([0.0, 1.0, -0.406 / 0.225])
    torch.testing.assert_close(made[0].mean(dim=(1, 2)), expected, atol=1e-5, rtol=0)


def test_a_step_edge_is_antialiased_when_shrunk() -> None:
    rgb = np.zeros((400, 400, 3), np.float32)
    rgb[:, ::2] = 1  # stripes of one pixel: a plain bilinear resize would pick some of them
    made = pixels.prepare(Picture(1, rgb), 100) * torch.tensor(pixels.DEVIATION).view(1, 3, 1, 1)
    inner = made[0, 0, 5:-5, 5:-5] + pixels.MEAN[0]
    assert float((inner - 0.5).abs().max()) < 0.05


# --- the official answers ----------------------------------------------------------------------------------------


def official_tensors() -> dict[str, torch.Tensor]:
    lines = gzip.decompress((GOLDEN / "small.names.gz").read_bytes()).decode().splitlines()
    shapes = {
        name: tuple(int(n) for n in shape.split("x") if n) for name, _, shape in (li.partition(" ") for li in lines)
    }
    return {
        name: torch.from_numpy(recipe.values(name, shape))
        for name, shape in shapes.items()
        if not name.endswith("relative_position_index")
    }


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> model.Network:
    """The recipe's network, its weights through the key map."""
    folder = tmp_path_factory.mktemp("small")
    write(folder, recipe.WORDS)
    config = transformers.GroundingDinoConfig(
        backbone_config=transformers.SwinConfig(image_size=224, out_indices=[2, 3, 4], **recipe.SWIN),
        text_config=transformers.BertConfig(**recipe.BERT),
        encoder_layers=recipe.LAYERS,
        decoder_layers=recipe.LAYERS,
        encoder_ffn_dim=recipe.FEED_FORWARD,
        decoder_ffn_dim=recipe.FEED_FORWARD,
        num_queries=recipe.QUERIES,
    )
    network = transformers.GroundingDinoForObjectDetection(config)
    model.fill(network, keys.convert(official_tensors()), source(folder))
    network.save_pretrained(folder)
    return model.Network(source(folder), "cpu", "float32")


def answer(network: model.Network, picture: np.ndarray, phrases: tuple[str, ...] = recipe.CAPTION) -> Any:
    words = caption(phrases, network.pieces, network.unknown, "prompts")
    return network.logits(pixels.prepare(Picture(1, picture), 160), words)


def difference(found: Any) -> float:
    """From the official answer, both matched as sets; share of the largest reference value."""
    golden = np.load(GOLDEN / "small.npz")
    columns = found[0].shape[1]
    truth = [torch.from_numpy(golden["logits"])[:, :columns], torch.from_numpy(golden["boxes"])]
    ours, theirs = (torch.cat([p / t.abs().max() for p, t in zip(b, truth, strict=True)], 1) for b in (found, truth))
    return float(torch.cdist(theirs, ours, p=float("inf")).min(dim=1).values.max())


def test_the_network_answers_as_the_official_package_did(small: model.Network) -> None:
    assert difference(answer(small, recipe.picture())) < 1e-3


def test_other_pictures_and_other_words_answer_differently(small: model.Network) -> None:
    assert difference(answer(small, np.ascontiguousarray(recipe.picture()[..., ::-1]))) > 0.1
    assert difference(answer(small, recipe.picture(), ("dog", "woman holding a ball"))) > 0.1


def test_the_rule_at_the_edges_by_hand() -> None:
    values = torch.tensor([0.0, 0.0005, 0.001, 0.5, 0.9995, 1.0])
    # Below a thousandth, x is taken for 0.001 and 1 - x for what it is; the other end likewise.
    expected = [np.log(0.001), np.log(0.001 / 0.9995), np.log(0.001 / 0.999), 0.0, np.log(0.9995 / 0.001), np.log(1000)]
    assert edges.official_inverse_sigmoid(values).tolist() == pytest.approx(expected, rel=1e-4)


def test_transformers_own_rule_at_the_edges_would_answer_differently(small: model.Network, tmp_path: Path) -> None:
    plain = model.Network(source(small_folder(small, tmp_path)), "cpu", "float32")
    plain.follow_transformers()
    assert difference(answer(plain, recipe.picture())) > 0.01


def small_folder(network: model.Network, place: Path) -> Path:
    network._model.save_pretrained(place)
    write(place, recipe.WORDS)
    return place


# --- formats -----------------------------------------------------------------------------------------------------


def test_half_precision_runs_and_agrees_roughly(folder: Path, picture: Picture) -> None:
    fine, coarse = (model.Network(source(folder), "cpu", dtype) for dtype in ("float32", "bfloat16"))
    words = caption(["red mug"], fine.pieces, fine.unknown, "prompts")
    given = pixels.prepare(picture, 128)
    first, second = fine.logits(given, words)[0], coarse.logits(given, words)[0]
    assert first.dtype == second.dtype == torch.float32
    assert torch.isfinite(second).all()
    assert float((first - second).median().abs()) < 0.2 * float(first.abs().max())


def test_the_same_picture_gives_the_same_bits(folder: Path, picture: Picture) -> None:
    network = model.Network(source(folder), "cpu", "float32")
    words = caption(["red mug", "cat"], network.pieces, network.unknown, "prompts")
    first, second = (network.logits(pixels.prepare(picture, 128), words) for _ in range(2))
    assert torch.equal(first[0], second[0])
    assert torch.equal(first[1], second[1])


def test_boxes_come_in_picture_pixels_and_stay_inside(folder: Path, picture: Picture) -> None:
    network = model.Network(source(folder), "cpu", "float32")
    words = caption(["red mug"], network.pieces, network.unknown, "prompts")
    scores, boxes = network.scores(pixels.prepare(picture, 128), words, picture.width, picture.height)
    assert scores.shape == (20, 5)
    assert 0 <= scores.min() <= scores.max() <= 1
    assert boxes.min() >= 0
    assert (boxes[:, 2] <= 128).all()
    assert (boxes[:, 3] <= 72).all()


def test_mm_grounding_dino_loads_and_finds(
    make_tiny: Callable[..., Any], tmp_path: Path, vocabulary: Path, picture: Picture
) -> None:
    make_tiny("mm-grounding-dino").save_pretrained(tmp_path)
    shutil.copy(vocabulary, tmp_path / "vocab.txt")
    made = engine(
        settings(tmp_path, detector_model="mm-grounding-dino-tiny", box_threshold=0.0, text_threshold=0.0, refine=False)
    )
    assert made.detector is not None
    found = made.detector.find(picture, ["red mug"])
    assert 0 < len(found) <= 16


# --- what is refused -----------------------------------------------------------------------------------------------


def refusal(path: Path, vocabulary: Path | None = None, **more: Any) -> str:
    with pytest.raises(WeightsMissing) as problem:
        model.Network(source(path, vocabulary, **more), "cpu", "float32")
    assert "mattewire weights" in problem.value.advice
    return problem.value.message


def test_a_truncated_safetensors_file(folder: Path, tmp_path: Path) -> None:
    place = tmp_path / "cut"
    shutil.copytree(folder, place)
    whole = (place / "model.safetensors").read_bytes()
    (place / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    assert str(place) in refusal(place)


def test_a_folder_with_a_tensor_missing_one_too_many_and_one_of_another_shape(folder: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    place = tmp_path / "odd"
    shutil.copytree(folder, place)
    tensors = load_file(place / "model.safetensors")
    del tensors["model.text_projection.bias"]
    tensors["model.level_embed"] = torch.zeros(4, 31)
    tensors["surplus"] = torch.zeros(1)
    save_file(tensors, place / "model.safetensors", metadata={"format": "pt"})
    message = refusal(place)
    assert "1 missing: model.text_projection.bias" in message
    assert "1 unexpected: surplus" in message
    assert "1 misshapen: model.level_embed (4, 31), not (4, 32)" in message


def test_a_folder_as_older_transformers_wrote_it(folder: Path, tmp_path: Path, picture: Picture) -> None:
    """Published folders are of 2024: Swin's old names, a copy of the box head for each layer, indices, no last norm."""
    from safetensors.torch import load_file, save_file

    place = tmp_path / "old"
    shutil.copytree(folder, place)
    tensors = load_file(place / "model.safetensors")
    swin = "model.backbone.conv_encoder.model."
    assert f"{swin}encoder.layers.0.blocks.0.attention.self.query.weight" in tensors
    tensors = {name: tensor for name, tensor in tensors.items() if "swin.layernorm" not in name}
    for name, tensor in [*tensors.items()]:
        if name.startswith("bbox_embed.0."):
            for copy in (name.replace(".0.", ".1.", 1), f"model.decoder.{name}"):
                tensors[copy] = tensor.clone()
    tensors[f"{swin}encoder.layers.0.blocks.0.attention.self.relative_position_index"] = torch.zeros(16, 16).long()
    tensors["model.text_backbone.embeddings.position_ids"] = torch.arange(256)[None]
    save_file(tensors, place / "model.safetensors", metadata={"format": "pt"})
    old, new = (model.Network(source(each), "cpu", "float32") for each in (place, folder))
    words = caption(["red mug"], new.pieces, new.unknown, "prompts")
    given = pixels.prepare(picture, 128)
    assert torch.equal(old.logits(given, words)[0], new.logits(given, words)[0])


def test_another_architecture(folder: Path, tmp_path: Path) -> None:
    place = tmp_path / "bert"
    shutil.copytree(folder, place)
    (place / "config.json").write_text(json.dumps({"model_type": "bert"}))
    assert "says bert, not GroundingDINO Swin-T OGC" in refusal(place)
    assert "says grounding-dino, not MM-Grounding-DINO tiny" in refusal(folder, name="mm-grounding-dino-tiny")


@pytest.mark.parametrize("text", ["", "{", '{"model_type": "no such model"}'])
def test_a_config_that_cannot_be_read(folder: Path, tmp_path: Path, text: str) -> None:
    place = tmp_path / "odd"
    shutil.copytree(folder, place)
    (place / "config.json").write_text(text)
    assert "config.json" in refusal(place)


def test_a_tokenizer_that_cannot_be_read(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text("{")
    assert f"{tmp_path} cannot be used as bert-base-uncased" in refusal(folder, tmp_path)


def test_a_folder_of_another_size(folder: Path, tmp_path: Path) -> None:
    place = tmp_path / "base"
    shutil.copytree(folder, place)
    config = json.loads((place / "config.json").read_text())
    config["backbone_config"]["embed_dim"] = 128
    (place / "config.json").write_text(json.dumps(config))
    assert "it is GroundingDINO Swin-B cogcoor" in refusal(place)


def test_an_original_file_in_torchs_older_format(tmp_path: Path, vocabulary: Path) -> None:
    path = tmp_path / "old.pth"
    tensors = {"model": {"backbone.0.patch_embed.proj.weight": torch.zeros(192, 3, 4, 4)}}
    torch.save(tensors, path, _use_new_zipfile_serialization=False)
    assert "192 channels" in refusal(path, vocabulary)


def test_an_original_file_with_too_few_tensors_names_the_first(tmp_path: Path, vocabulary: Path) -> None:
    path = tmp_path / "small.pth"
    torch.save({"model": {"module.backbone.0.patch_embed.proj.weight": torch.zeros(96, 3, 4, 4)}}, path)
    message = refusal(path, vocabulary)
    assert "missing: model.level_embed" in message
    assert "…" in message


def test_an_original_file_of_another_size(tmp_path: Path, vocabulary: Path) -> None:
    path = tmp_path / "large.pth"
    torch.save({"model": {"backbone.0.patch_embed.proj.weight": torch.zeros(192, 3, 4, 4)}}, path)
    assert "192 channels" in refusal(path, vocabulary)


def test_a_file_of_something_else(tmp_path: Path, vocabulary: Path) -> None:
    path = tmp_path / "other.pth"
    torch.save({"model": {"image_encoder.trunk.pos_embed": torch.zeros(1)}}, path)
    assert "it starts with image_encoder.trunk.pos_embed" in refusal(path, vocabulary)


def test_a_truncated_original_file(tmp_path: Path, vocabulary: Path) -> None:
    path = tmp_path / "cut.pth"
    torch.save({"model": {"backbone.0.patch_embed.proj.weight": torch.zeros(96, 3, 4, 4)}}, path)
    path.write_bytes(path.read_bytes()[:-500])
    assert "cannot be read" in refusal(path, vocabulary)


class Hostile:
    def __reduce__(self) -> Any:
        return (print, ("this must never run",))


def test_a_file_that_would_run_code_is_not_read(
    tmp_path: Path, vocabulary: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "hostile.pth"
    torch.save({"model": Hostile()}, path)
    assert "cannot be read" in refusal(path, vocabulary)
    assert capsys.readouterr().out == ""


def test_box_heads_that_differ_between_layers_are_refused(small: model.Network) -> None:
    tensors = official_tensors()
    tensors["bbox_embed.1.layers.0.weight"] = tensors["bbox_embed.1.layers.0.weight"] + 1
    with pytest.raises(WeightsMissing, match=r"1 differing: bbox_embed\.1\.layers\.0\.weight"):
        model.fill(small._model, keys.convert(tensors), source(GOLDEN))


def test_a_vocabulary_with_other_special_words(folder: Path, tmp_path: Path) -> None:
    words = (folder / "vocab.txt").read_text().splitlines()
    words[1012], words[1013] = words[1013], words[1012]
    listed = tmp_path / "vocab.txt"
    listed.write_text("\n".join(words))
    assert "[101, 102, 1013, 1029]" in refusal(folder, listed)


def test_a_vocabulary_with_windows_line_ends_and_odd_words(folder: Path, tmp_path: Path) -> None:
    words = (folder / "vocab.txt").read_text().splitlines()
    words[5] = "\u2028"  # a line separator to splitlines(), one word to BERT
    listed = tmp_path / "vocab.txt"
    listed.write_bytes("\r\n".join([*words, ""]).encode())
    assert model.load_tokenizer(listed).encode("red", add_special_tokens=False) == [words.index("red")]


def test_a_vocabulary_larger_than_the_weights(folder: Path, tmp_path: Path) -> None:
    assert "the weights only 1200" in refusal(folder, write(tmp_path, 1300))


def test_words_come_from_the_file_and_not_from_a_hub(folder: Path) -> None:
    tokenizer = model.load_tokenizer(folder)
    assert tokenizer.convert_ids_to_tokens(tokenizer.encode("Red mug", add_special_tokens=False)) == ["red", "mug"]
    tokenizer.save_pretrained(folder.parent / "saved")
    (folder.parent / "saved" / "vocab.txt").unlink(missing_ok=True)
    again = model.load_tokenizer(folder.parent / "saved")  # tokenizer.json alone
    assert again.encode("red mug", add_special_tokens=False) == tokenizer.encode("red mug", add_special_tokens=False)


def test_out_of_memory_is_told_as_such(folder: Path, picture: Picture) -> None:
    network = model.Network(source(folder), "cpu", "float32")
    words = caption(["red mug"], network.pieces, network.unknown, "prompts")

    def full(**inputs: Any) -> Any:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")

    network._model = full
    with pytest.raises(OutOfMemory, match="The detector ran out of memory") as problem:
        network.logits(pixels.prepare(picture, 128), words)
    assert problem.value.retryable


# --- the engine --------------------------------------------------------------------------------------------------


def test_the_engine_end_to_end(folder: Path, picture: Picture) -> None:
    made = engine(settings(folder, box_threshold=0.0, text_threshold=0.0, refine=False, max_objects=5))
    assert made.detector is not None
    found = made.detector.find(picture, ["red mug", "cat"], ["dog"])
    assert len(found) <= 5
    assert found == sorted(found, key=lambda item: -item.score)
    assert {item.phrase for item in found} <= {"red mug", "cat"}
    assert made.segmenter is None


def test_the_provenance_names_everything_that_can_change_a_box(folder: Path) -> None:
    made = engine(settings(folder, box_threshold=0.4))
    facts = dict(made.provenance)
    assert facts["detector_weights_sha256"] == source(folder).sha256()
    assert facts["detector_device"] == "cpu"
    assert facts["detector_dtype"] == "float32"
    assert facts["detector_thresholds"] == "0.4 0.25"
    assert facts["torch"].startswith("2.")
    assert all(isinstance(value, str) for value in facts.values())


def test_options_default_to_the_official_thresholds() -> None:
    assert (Options().box_threshold, Options().text_threshold) == (0.30, 0.25)
