"""The key map against the official package's own list of tensors, which `make parity` wrote."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from mattewire_server.engines.grounding_dino import keys, model

GOLDEN = Path(__file__).parents[3] / "golden" / "grounding_dino"
SIZES = {"swin-t": 96, "swin-b": 128}


def original(size: str) -> dict[str, torch.Tensor]:
    """The official tensors without memory behind them."""
    lines = gzip.decompress((GOLDEN / f"{size}.names.gz").read_bytes()).decode().splitlines()
    named = (line.split(" ") for line in lines)
    return {name: torch.empty([int(n) for n in shape.split("x") if n], device="meta") for name, shape in named}


@pytest.mark.parametrize("size", SIZES)
def test_every_tensor_has_its_place_and_shape(size: str) -> None:
    mapped = keys.convert(original(size))
    with torch.device("meta"):
        wanted = model.build(SIZES[size]).state_dict()
    assert mapped.unknown == ()
    assert set(wanted) - set(mapped.tensors) == set(keys.FILLED)
    assert set(mapped.tensors) <= set(wanted)
    assert {name for name, tensor in mapped.tensors.items() if tensor.shape != wanted[name].shape} == set()


@pytest.mark.parametrize("size", SIZES)
def test_no_two_tensors_have_the_same_place(size: str) -> None:
    placed = [goal for name in original(size) for goal in keys.goals(name)]
    assert len(placed) == len(set(placed))


def test_what_is_left_out_is_on_the_list() -> None:
    names = {**original("swin-t"), "label_enc.weight": torch.empty(1), "bert.embeddings.position_ids": torch.empty(1)}
    left_out = keys.convert(names).left_out
    assert {name for name in left_out if "relative_position_index" not in name} == set(keys.LEFT_OUT)
    assert len(left_out) == len(keys.LEFT_OUT) + 12  # one index for each of the 2 + 2 + 6 + 2 Swin blocks


def test_released_files_put_module_before_every_name() -> None:
    plain = original("swin-t")
    assert keys.convert({f"module.{name}": tensor for name, tensor in plain.items()}).tensors.keys() == (
        keys.convert(plain).tensors.keys()
    )


def test_query_key_and_value_are_parted_in_this_order() -> None:
    rows = torch.arange(9.0)
    tensors = keys.convert({"transformer.decoder.layers.3.ca_text.in_proj_bias": rows}).tensors
    start = "model.decoder.layers.3.encoder_attn_text."
    assert {name: tensor.tolist() for name, tensor in tensors.items()} == {
        f"{start}query.bias": [0, 1, 2],
        f"{start}key.bias": [3, 4, 5],
        f"{start}value.bias": [6, 7, 8],
    }


def test_unknown_tensors_are_told() -> None:
    mapped = keys.convert({"transformer.decoder.layers.0.norm9.weight": torch.ones(1), "head.weight": torch.ones(1)})
    assert mapped.unknown == ("transformer.decoder.layers.0.norm9.weight", "head.weight")


def test_norms_of_the_decoder_go_where_they_are_used() -> None:
    # The original numbers them in the order they were added, which is not the order of use.
    start = "transformer.decoder.layers.0."
    assert keys.goals(f"{start}norm1.weight") == ("model.decoder.layers.0.encoder_attn_layer_norm.weight",)
    assert keys.goals(f"{start}norm2.weight") == ("model.decoder.layers.0.self_attn_layer_norm.weight",)
    assert keys.goals(f"{start}catext_norm.weight") == ("model.decoder.layers.0.encoder_attn_text_layer_norm.weight",)
