from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from mattewire_protocol.errors import BadField, WeightsMissing
from mattewire_server.engines.sam2 import checkpoint, keymap
from mattewire_server.engines.sam2.sizes import at_size, configuration
from server.engines.sam2_tiny import save_folder, tiny_config, tiny_model

NAMES = json.loads((Path(__file__).parents[2] / "golden" / "sam2" / "small.json").read_text())["names"]


@pytest.fixture
def official() -> dict[str, torch.Tensor]:
    """A checkpoint with the names and shapes that the official package gave its narrowed model."""
    generator = torch.Generator().manual_seed(1)
    return {name: torch.randn(tuple(shape), generator=generator) for name, shape in NAMES.items()}


def saved(path: Path, tensors: dict[str, torch.Tensor]) -> Path:
    torch.save({"model": tensors}, path)
    return path


def test_every_official_name_has_a_place_and_every_place_a_name():
    made = [new for name in NAMES for new in keymap.converted(name)]
    assert set(made) == set(checkpoint.shapes(tiny_config()))
    shared = [new for new in made if made.count(new) > 1]
    assert set(shared) == {keymap.POINT_TABLE}
    assert made.count(keymap.POINT_TABLE) == 4


def test_names_of_deeper_models_follow_the_same_rules():
    """The full sizes only count higher; blocks and stages of large are the most."""
    assert keymap.converted("image_encoder.trunk.blocks.47.mlp.layers.1.bias") == (
        "vision_encoder.backbone.blocks.47.mlp.proj_out.bias",
    )
    assert keymap.converted("memory_attention.layers.3.cross_attn_image.out_proj.weight") == (
        "memory_attention.layers.3.cross_attn_image.o_proj.weight",
    )
    assert keymap.converted("sam_mask_decoder.transformer.layers.1.cross_attn_token_to_image.out_proj.bias") == (
        "mask_decoder.transformer.layers.1.cross_attn_token_to_image.o_proj.bias",
    )
    assert keymap.converted("memory_encoder.mask_downsampler.encoder.12.bias") == (
        "memory_encoder.mask_downsampler.final_conv.bias",
    )
    assert keymap.converted("memory_encoder.mask_downsampler.encoder.10.weight") == (
        "memory_encoder.mask_downsampler.layers.3.layer_norm.weight",
    )


@pytest.mark.parametrize(
    ("version", "size", "parameters"),
    [
        # Counted on the official package's own predictors (facebookresearch/sam2's README rounds the same numbers).
        ("2.1", "tiny", 38_962_498),
        ("2.1", "base-plus", 80_850_178),
        ("2.0", "tiny", 38_945_986),
    ],
)
def test_full_sizes_have_the_official_number_of_parameters(version, size, parameters):
    shapes = checkpoint.shapes(configuration(version, size))
    buffers = {name for name in shapes if name.endswith("positional_embedding")}
    assert sum(torch.Size(shape).numel() for name, shape in shapes.items() if name not in buffers) == parameters


def test_a_file_of_meta_loads_with_every_value_in_its_place(tmp_path, official):
    model = checkpoint.load(saved(tmp_path / "m.pt", official), tiny_config())
    state = model.state_dict()
    for name, tensor in official.items():
        for new in keymap.converted(name):
            place = state[new]
            if new == keymap.POINT_TABLE:
                place = place[keymap.POINT_ROWS.index(name)][None]
            assert torch.equal(place, tensor), name
    assert not model.training
    assert not any(parameter.requires_grad for parameter in model.parameters())


def test_a_folder_loads_with_its_own_configuration(tmp_path):
    folder = save_folder(tmp_path / "hf")
    config = checkpoint.config_of(folder, "2.1", "tiny", 64)
    assert config.image_size == 64
    assert config.vision_config.fpn_hidden_size == 128
    model = checkpoint.load(folder, config)
    for name, tensor in tiny_model().state_dict().items():
        assert torch.equal(model.state_dict()[name], tensor), name


def test_a_half_precision_file_becomes_float32(tmp_path, official):
    halves = {name: tensor.half() for name, tensor in official.items()}
    model = checkpoint.load(saved(tmp_path / "m.pt", halves), tiny_config())
    assert {tensor.dtype for tensor in model.state_dict().values()} == {torch.float32}


def test_missing_tensors_are_named(tmp_path, official):
    del official["no_obj_ptr"]
    path = saved(tmp_path / "m.pt", official)
    with pytest.raises(WeightsMissing, match=r"m\.pt is not this model: no_object_pointer is missing\.") as told:
        checkpoint.load(path, tiny_config())
    assert "weights list" in told.value.advice


def test_a_missing_point_row_is_named(tmp_path, official):
    del official["sam_prompt_encoder.point_embeddings.2.weight"]
    with pytest.raises(WeightsMissing, match=re.escape("point_embeddings.2.weight is missing")):
        checkpoint.load(saved(tmp_path / "m.pt", official), tiny_config())


def test_unexpected_tensors_are_named(tmp_path, official):
    official["text_encoder.embedding"] = torch.zeros(2)
    with pytest.raises(WeightsMissing, match=r"text_encoder\.embedding does not belong there"):
        checkpoint.load(saved(tmp_path / "m.pt", official), tiny_config())


def test_wrong_shapes_are_named(tmp_path, official):
    official["no_obj_ptr"] = torch.zeros(1, 256)
    with pytest.raises(WeightsMissing, match="no_object_pointer is 1 x 256, not 1 x 128"):
        checkpoint.load(saved(tmp_path / "m.pt", official), tiny_config())


def test_weights_of_another_size_name_the_first_three_and_count_the_rest(tmp_path, official):
    path = saved(tmp_path / "m.pt", official)
    with pytest.raises(WeightsMissing, match=r"model: (\S+ is missing(; )?){3}, and \d+ more\."):
        checkpoint.examine(path, {"version": "2.1", "size": "tiny"})


@pytest.mark.parametrize("share", [0.01, 0.5, 0.999])
def test_a_truncated_pt_file_is_told_as_cut_off(tmp_path, official, share):
    path = saved(tmp_path / "m.pt", official)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(WeightsMissing, match=r"m\.pt is cut off after \d+ bytes") as told:
        checkpoint.read(path)
    assert "weights pull" in told.value.advice


def test_a_truncated_safetensors_file_names_the_first_tensors_at_fault(tmp_path):
    folder = save_folder(tmp_path / "hf")
    path = next(folder.glob("*.safetensors"))
    whole = path.read_bytes()
    length = int.from_bytes(whole[:8], "little")
    header = {name: item for name, item in json.loads(whole[8 : 8 + length]).items() if name != "__metadata__"}
    order = sorted(header, key=lambda name: header[name]["data_offsets"][1])
    path.write_bytes(whole[: 8 + length + header[order[40]]["data_offsets"][1] - 1])
    with pytest.raises(WeightsMissing, match="is cut off; the first tensors at fault: ") as told:
        checkpoint.read(folder)
    assert all(name in str(told.value) for name in order[40:43])
    assert order[43] not in str(told.value)


@pytest.mark.parametrize("content", [b"", b"<html>404</html>", b"\x80\x04\x95"])
def test_other_files_are_refused(tmp_path, content):
    path = tmp_path / "m.pt"
    path.write_bytes(content)
    with pytest.raises(WeightsMissing, match="is no PyTorch file"):
        checkpoint.read(path)


def test_a_file_that_would_run_code_is_refused(tmp_path):
    class Trap:
        def __reduce__(self):
            return print, ("this must not run",)

    path = tmp_path / "m.pt"
    torch.save({"model": Trap()}, path)
    with pytest.raises(WeightsMissing, match="is no PyTorch file"):
        checkpoint.read(path)


def test_a_table_of_other_things_is_refused(tmp_path):
    path = tmp_path / "m.pt"
    torch.save({"model": {"epoch": 3}}, path)
    with pytest.raises(WeightsMissing, match="holds no table of tensors"):
        checkpoint.read(path)


def test_an_empty_folder_and_a_gone_file_are_refused(tmp_path):
    with pytest.raises(WeightsMissing, match=r"holds no \.safetensors file"):
        checkpoint.read(tmp_path)
    with pytest.raises(WeightsMissing, match="is gone"):
        checkpoint.read(tmp_path / "m.pt")


@pytest.mark.parametrize("size", [32, 100, 1000])
def test_model_sizes_must_be_whole_tokens(size):
    with pytest.raises(BadField, match="multiple of 32"):
        at_size(tiny_config(), size)


def test_unknown_architectures_are_refused():
    with pytest.raises(BadField, match=r"there is no SAM 2\.1 huge"):
        configuration("2.1", "huge")
