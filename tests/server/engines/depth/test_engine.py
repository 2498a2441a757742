"""The depth engines: real architectures from folders, what is refused, what they say of themselves."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForDepthEstimation

from mattewire_protocol.errors import BadField, EngineFailed, WeightsMissing
from mattewire_protocol.messages import EngineInfo
from mattewire_server import engines
from mattewire_server.engines import depth, held
from mattewire_server.engines.depth import weights
from mattewire_server.engines.depth.pixels import prepare
from mattewire_server.engines.seams import Engine, Picture
from mattewire_server.weights import add, entry, pull
from server.engines.depth.conftest import depth_anything

FACTORIES = {"depth-anything": depth.depth_anything, "midas": depth.midas}
FAMILIES = sorted(FACTORIES)


def engine(family: str, folder: Path) -> Engine:
    return FACTORIES[family]({"depth_weights": str(folder)})


@pytest.mark.parametrize("family", FAMILIES)
def test_an_estimate_is_what_the_network_says(family: str, folders: dict[str, Path], picture: Picture) -> None:
    made = engine(family, folders[family])
    assert (made.name, made.detector, made.segmenter) == (family, None, None)
    said = made.depth.estimate(picture)  # type: ignore[union-attr]
    assert said.dtype == np.float32
    assert said.shape == {"depth-anything": (70, 126), "midas": (64, 64)}[family]
    assert np.ptp(said) > 0
    network = made.depth.network()  # type: ignore[union-attr]
    with torch.inference_mode():
        theirs = AutoModelForDepthEstimation.from_pretrained(folders[family])
        direct = theirs(pixel_values=prepare(picture, network.how)).predicted_depth[0].numpy()
    assert np.abs(said - direct).max() < 1e-6
    assert np.array_equal(made.depth.estimate(picture), said)  # type: ignore[union-attr]


@pytest.mark.parametrize("family", FAMILIES)
def test_relative_inverse_distance_is_told_from_meters(family: str, folders: dict[str, Path]) -> None:
    assert engine(family, folders[family]).depth.metric is False  # type: ignore[union-attr]


def test_meters_stay_within_what_the_network_was_trained_to(tmp_path: Path, picture: Picture) -> None:
    folder = depth_anything(tmp_path / "indoors", depth_estimation_type="metric", max_depth=20)
    made = engine("depth-anything", folder)
    assert made.depth.metric is True  # type: ignore[union-attr]
    said = made.depth.estimate(picture)  # type: ignore[union-attr]
    assert 0 < said.min() < said.max() < 20


def test_the_network_is_let_go_of_and_loaded_again(folders: dict[str, Path], picture: Picture) -> None:
    made = engine("midas", folders["midas"])
    before = made.depth.estimate(picture)  # type: ignore[union-attr]
    assert held.parts(made) == [made.depth]
    held.let_go([made])
    assert made.depth._network is None  # type: ignore[union-attr]
    assert np.array_equal(made.depth.estimate(picture), before)  # type: ignore[union-attr]


def test_provenance_says_all_that_can_change_a_distance(
    folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = engine("depth-anything", folders["depth-anything"]).provenance
    assert set(facts) == {
        "depth_engine", "depth_model", "depth_weights_sha256", "depth_weights_license", "depth_device", "depth_dtype",
        "torch", "transformers",
    }  # fmt: skip
    assert (facts["depth_device"], facts["depth_dtype"]) == ("cpu", "float32")
    assert len(facts["depth_weights_sha256"]) == 64
    monkeypatch.setenv("MATTEWIRE_DTYPE", "bfloat16")
    assert engine("depth-anything", folders["depth-anything"]).provenance["depth_dtype"] == "bfloat16"


def test_listing_the_engines_imports_no_torch(folders: dict[str, Path]) -> None:
    program = (
        "import sys; from mattewire_server.engines.depth import midas;"
        f"assert midas({{'depth_weights': {str(folders['midas'])!r}}}).depth.metric is False;"
        "assert 'torch' not in sys.modules and 'transformers' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


# --- weights -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", FAMILIES)
def test_without_weights_there_is_no_depth(family: str) -> None:
    with pytest.raises(WeightsMissing, match="not on this machine") as missing:
        FACTORIES[family]({})
    assert "weights pull" in missing.value.advice
    assert "leave depth out" in missing.value.advice
    assert "preview" not in missing.value.advice


def test_added_weights_are_found_and_their_hash_and_license_are_told(
    folders: dict[str, Path], picture: Picture
) -> None:
    kept = add("depth-anything-v2-base", folders["depth-anything"])
    made = depth.depth_anything({})
    assert made.label == "Depth Anything V2 base"
    assert made.provenance["depth_weights_sha256"] == kept.sha256
    assert made.provenance["depth_weights_license"] == made.license == "CC-BY-NC-4.0"
    assert not made.commercial
    assert made.depth.estimate(picture).shape == (70, 126)  # type: ignore[union-attr]
    add("depth-anything-v2-small", folders["depth-anything"])
    assert depth.depth_anything({}).commercial
    assert depth.depth_anything({}).label == "Depth Anything V2 small"  # every film may use it
    assert depth.depth_anything({"depth_model": "depth-anything-v2-base"}).label == "Depth Anything V2 base"
    with pytest.raises(BadField, match="is not one of depth-anything-v2-small"):
        depth.depth_anything({"depth_model": "dpt-large"})


def test_what_forbids_commercial_work_is_listed_and_refused_until_it_is_accepted(folders: dict[str, Path]) -> None:
    add("depth-anything-v2-large", folders["depth-anything"])

    def told() -> EngineInfo:
        return next(each for each in engines.describe() if each.name == "depth-anything")

    assert (told().ready, told().does, told().license) == (False, ["depth"], "CC-BY-NC-4.0")
    with pytest.raises(BadField, match=r"Depth Anything V2 large .* \(CC-BY-NC-4\.0\)") as refused:
        engines.load("depth-anything", {})
    assert "mattewire engines accept depth-anything" in refused.value.advice
    engines.accept("depth-anything")
    assert told().ready
    assert engines.load("depth-anything", {}).depth is not None


def test_only_what_allows_commercial_work_is_pulled_unasked() -> None:
    free = {name: entry(name).commercial for names in weights.FAMILIES.values() for name in names}
    assert [name for name, commercial in free.items() if not commercial] == [
        "depth-anything-v2-base",
        "depth-anything-v2-large",
    ]
    with pytest.raises(BadField, match=r"CC-BY-NC-4\.0"):
        pull("depth-anything-v2-large")


def test_a_folder_of_the_other_family_is_refused(folders: dict[str, Path]) -> None:
    with pytest.raises(WeightsMissing, match=r"config\.json says dpt, not depth_anything"):
        engine("depth-anything", folders["midas"])


@pytest.mark.parametrize("fault", ["missing", "unexpected", "misshapen"])
def test_tensors_that_do_not_fit_are_named(fault: str, folders: dict[str, Path], picture: Picture) -> None:
    file = folders["midas"] / "model.safetensors"
    tensors = load_file(file)
    name = "head.head.4.bias"
    if fault == "missing":
        del tensors[name]
    elif fault == "unexpected":
        name = "head.extra.weight"
        tensors[name] = torch.zeros(3)
    else:
        tensors[name] = torch.zeros(7)
    save_file(tensors, file, metadata={"format": "pt"})
    with pytest.raises(WeightsMissing, match=f"1 {fault}: {name}"):
        engine("midas", folders["midas"]).depth.estimate(picture)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("file", "text"),
    [("config.json", "{"), ("config.json", "[]"), ("preprocessor_config.json", '{"size": "huge"}')],
)
def test_a_damaged_folder_is_refused_by_its_file(
    file: str, text: str, folders: dict[str, Path], picture: Picture
) -> None:
    (folders["midas"] / file).write_text(text)
    with pytest.raises(WeightsMissing, match=file.replace(".", r"\.")):
        engine("midas", folders["midas"]).depth.estimate(picture)  # type: ignore[union-attr]


def test_truncated_tensors_are_refused(folders: dict[str, Path], picture: Picture) -> None:
    file = folders["midas"] / "model.safetensors"
    file.write_bytes(file.read_bytes()[:5000])
    with pytest.raises(WeightsMissing, match="cannot be used as"):
        engine("midas", folders["midas"]).depth.estimate(picture)  # type: ignore[union-attr]


def test_a_path_without_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing, match="no folder"):
        engine("midas", tmp_path / "nowhere")


def test_distances_that_are_no_numbers_name_the_frame(folders: dict[str, Path], picture: Picture) -> None:
    file = folders["midas"] / "model.safetensors"
    tensors = load_file(file)
    tensors["head.head.4.bias"].fill_(float("nan"))
    save_file(tensors, file, metadata={"format": "pt"})
    with pytest.raises(EngineFailed, match="Frame 1004: the distances are not numbers"):
        engine("midas", folders["midas"]).depth.estimate(picture)  # type: ignore[union-attr]


def test_a_device_that_is_not_there_is_refused(folders: dict[str, Path], picture: Picture) -> None:
    made = depth.midas({"depth_weights": str(folders["midas"]), "device": "mps"})
    with pytest.raises(BadField, match="mps"):
        made.depth.estimate(picture)  # type: ignore[union-attr]
