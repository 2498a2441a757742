"""Weights in every form that they are published in, and what is said of those that do not fit."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from safetensors.torch import load_file, save_file

from mattewire_protocol.errors import BadField, WeightsMissing
from mattewire_server.engines.vitmatte import keys
from mattewire_server.engines.vitmatte.checkpoint import examine, load
from mattewire_server.engines.vitmatte.options import Options
from mattewire_server.engines.vitmatte.pixels import ORIGINAL, TRANSFORMERS
from mattewire_server.engines.vitmatte.weights import find
from mattewire_server.weights import add, entry
from server.engines.vitmatte_tiny import random_model

NAMES = {
    "backbone.embeddings.position_embeddings": "backbone.pos_embed",
    "backbone.embeddings.projection.weight": "backbone.patch_embed.proj.weight",
    "backbone.encoder.layer.0.attention.qkv.bias": "backbone.blocks.0.attn.qkv.bias",
    "backbone.encoder.layer.2.attention.rel_pos_w": "backbone.blocks.2.attn.rel_pos_w",
    "backbone.encoder.layer.1.residual.conv2.weight": "backbone.blocks.1.residual.conv2.weight",
    "backbone.encoder.layer.3.mlp.fc1.weight": "backbone.blocks.3.mlp.fc1.weight",
    "backbone.encoder.layer.3.norm2.bias": "backbone.blocks.3.norm2.bias",
    "decoder.convstream.convs.1.conv.weight": "decoder.convstream.convs.1.conv.weight",
    "decoder.convstream.convs.2.batch_norm.running_mean": "decoder.convstream.convs.2.bn.running_mean",
    "decoder.fusion_blocks.3.conv.conv.weight": "decoder.fusion_blks.3.conv.conv.weight",
    "decoder.fusion_blocks.0.conv.batch_norm.running_var": "decoder.fusion_blks.0.conv.bn.running_var",
    "decoder.matting_head.matting_convs.1.weight": "decoder.matting_head.matting_convs.1.weight",
}
"""transformers' names and those of the original's modules, written down by reading both; one of each kind."""


def original_names(tensors: dict[str, Any]) -> dict[str, Any]:
    """As hustvl/ViTMatte's modules name them."""
    swaps = (
        ("backbone.embeddings.position_embeddings", "backbone.pos_embed"),
        ("backbone.embeddings.projection", "backbone.patch_embed.proj"),
        ("backbone.encoder.layer.", "backbone.blocks."),
        (".attention.", ".attn."),
        ("fusion_blocks", "fusion_blks"),
        ("batch_norm", "bn"),
    )
    renamed = {}
    for name, tensor in tensors.items():
        for new, old in swaps:
            name = name.replace(new, old)
        renamed[name] = tensor.clone()
    return renamed


def loaded(path: Path) -> Any:
    return load(find(Options(weights=path)))


def same(model: Any, folder: Path) -> bool:
    wanted = load_file(folder / "model.safetensors")
    state = model.state_dict()
    return state.keys() == wanted.keys() and all(torch.equal(state[name], tensor) for name, tensor in wanted.items())


def test_a_hugging_face_folder(folder: Path) -> None:
    model, how = loaded(folder)
    assert same(model, folder)
    assert how == TRANSFORMERS
    assert not model.training
    assert not any(parameter.requires_grad for parameter in model.parameters())
    assert examine(folder, {}) == len(load_file(folder / "model.safetensors"))


def test_a_folder_with_older_tensors_and_a_short_config(folder: Path, tmp_path: Path) -> None:
    """``pytorch_model.bin``, as the base weights are published, without counters; widths as the config leaves them."""
    old = tmp_path / "old"
    old.mkdir()
    tensors = load_file(folder / "model.safetensors")
    kept = {name: tensor for name, tensor in tensors.items() if not name.endswith("num_batches_tracked")}
    torch.save(kept, old / "pytorch_model.bin")
    shutil.copy(folder / "config.json", old)
    model, how = loaded(old)
    assert same(model, folder)
    assert how == TRANSFORMERS


def test_widths_that_a_config_leaves_out_are_the_published_ones(folder: Path, tmp_path: Path) -> None:
    """They are a tuple in transformers' defaults, which its own model cannot add to a list."""
    short = tmp_path / "short"
    shutil.copytree(folder, short)
    config = json.loads((short / "config.json").read_text())
    del config["fusion_hidden_sizes"]
    (short / "config.json").write_text(json.dumps(config))
    with pytest.raises(WeightsMissing, match=r"decoder\.fusion_blocks\.0\.conv\.conv\.weight is 16 x .*, not 256 x"):
        loaded(short)


@pytest.mark.parametrize("wrapped", [True, False])
def test_an_original_file(folder: Path, tmp_path: Path, wrapped: bool) -> None:
    """Its architecture is read off its shapes, and it gets the numbers it was trained with."""
    tensors = original_names(load_file(folder / "model.safetensors"))
    path = tmp_path / "ViTMatte_S_Com.pth"
    torch.save({"model": tensors, "iteration": 5} if wrapped else tensors, path)
    model, how = loaded(path)
    assert same(model, folder)
    assert how == ORIGINAL
    with torch.no_grad():
        pixels = torch.rand(1, 4, 96, 128, generator=torch.Generator().manual_seed(1))
        assert torch.equal(model(pixel_values=pixels).alphas, random_model()(pixel_values=pixels).alphas)


def test_the_key_map() -> None:
    theirs = random_model().state_dict()
    for new, old in NAMES.items():
        assert new in theirs
        assert set(keys.renamed({old: theirs[new]})) == {new}
    assert keys.renamed(original_names(theirs)).keys() == theirs.keys()
    assert keys.is_original(original_names(theirs))
    assert not keys.is_original(theirs)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (
            lambda tensors: tensors.pop("decoder.matting_head.matting_convs.3.bias"),
            r"matting_convs\.3\.bias is missing",
        ),
        (lambda tensors: tensors.update(extra=torch.zeros(1)), "extra does not belong there"),
        (
            lambda tensors: tensors.update({"backbone.encoder.layer.0.norm1.bias": torch.zeros(5)}),
            r"layer\.0\.norm1\.bias is 5, not 32",
        ),
    ],
)
def test_tensors_that_do_not_fit_are_named(folder: Path, tmp_path: Path, fault: Any, said: str) -> None:
    bad = tmp_path / "bad"
    shutil.copytree(folder, bad)
    tensors = load_file(bad / "model.safetensors")
    fault(tensors)
    save_file(tensors, bad / "model.safetensors")
    with pytest.raises(WeightsMissing, match=said) as told:
        loaded(bad)
    assert "mattewire weights" in told.value.advice


def test_files_that_are_none(folder: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut"
    shutil.copytree(folder, cut)
    (cut / "model.safetensors").write_bytes((folder / "model.safetensors").read_bytes()[:5000])
    with pytest.raises(WeightsMissing, match=r"model\.safetensors cannot be read"):
        loaded(cut)
    (cut / "model.safetensors").unlink()
    with pytest.raises(WeightsMissing, match=r"neither model\.safetensors nor pytorch_model\.bin"):
        loaded(cut)
    (tmp_path / "other.pth").write_bytes(b"no tensors")
    with pytest.raises(WeightsMissing, match=r"other\.pth cannot be read"):
        loaded(tmp_path / "other.pth")
    torch.save({"model": [1, 2]}, tmp_path / "list.pth")
    with pytest.raises(WeightsMissing, match="no table of tensors"):
        loaded(tmp_path / "list.pth")
    (cut / "config.json").write_text('{"model_type": "sam2"}')
    with pytest.raises(WeightsMissing, match="says sam2, not vitmatte"):
        find(Options(weights=cut))
    with pytest.raises(WeightsMissing, match="there is nothing there"):
        find(Options(weights=tmp_path / "gone"))


def test_the_weights_folder(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MATTEWIRE_HOME", str(tmp_path))
    with pytest.raises(WeightsMissing, match="ViTMatte small") as absent:
        find(Options())
    assert "pull vitmatte-small-composition-1k --accept-license" in absent.value.advice
    assert "preview" not in absent.value.advice
    record = add("vitmatte-base-composition-1k", folder)
    source = find(Options())
    assert (source.name, source.label, source.kept) == ("vitmatte-base-composition-1k", "ViTMatte base", True)
    assert source.sha256() == record.sha256
    assert source.license == entry(source.name).license
    assert not source.commercial
    with pytest.raises(BadField, match=r"'sam2\.1-tiny' is not one of vitmatte-small"):
        find(Options(model="sam2.1-tiny"))
