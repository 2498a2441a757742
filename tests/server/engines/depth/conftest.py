"""Folders of the real architectures at a hundredth of their size, with random weights."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch
from transformers import (
    DepthAnythingConfig,
    DepthAnythingForDepthEstimation,
    Dinov2Config,
    DPTConfig,
    DPTForDepthEstimation,
)
from transformers.utils import logging as transformers_logging

from mattewire_server.engines.seams import Picture

transformers_logging.disable_progress_bar()

DEPTH_ANYTHING = {"size": {"height": 70, "width": 70}, "keep_aspect_ratio": True, "ensure_multiple_of": 14}
MIDAS = {"size": {"height": 64, "width": 64}, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}
NECK: dict[str, Any] = {"neck_hidden_sizes": [8, 16, 24, 32], "fusion_hidden_size": 16}


def depth_anything(folder: Path, **changes: Any) -> Path:
    torch.manual_seed(0)
    backbone = Dinov2Config(
        hidden_size=32,
        num_hidden_layers=4,
        num_attention_heads=2,
        mlp_ratio=2,
        patch_size=14,
        image_size=70,
        out_indices=[1, 2, 3, 4],
        reshape_hidden_states=False,
    )
    config = DepthAnythingConfig(
        backbone_config=backbone, reassemble_hidden_size=32, head_hidden_size=8, **NECK, **changes
    )
    DepthAnythingForDepthEstimation(config).save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(DEPTH_ANYTHING))
    return folder


def midas(folder: Path) -> Path:
    torch.manual_seed(0)
    config = DPTConfig(
        hidden_size=32,
        num_hidden_layers=4,
        num_attention_heads=2,
        intermediate_size=64,
        image_size=64,
        patch_size=16,
        backbone_out_indices=[0, 1, 2, 3],
        use_auxiliary_head=False,
        **NECK,
    )
    DPTForDepthEstimation(config).save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(MIDAS))
    return folder


@pytest.fixture(scope="session")
def networks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("networks")
    depth_anything(folder / "anything")
    midas(folder / "dpt")
    return folder


@pytest.fixture
def folders(networks: Path, tmp_path: Path) -> dict[str, Path]:
    """A folder of each family, copied: some tests damage theirs."""
    own = shutil.copytree(networks, tmp_path / "networks")
    return {"depth-anything": own / "anything", "midas": own / "dpt"}


@pytest.fixture
def picture() -> Picture:
    rgb = np.random.default_rng(0).random((108, 192, 3)).astype(np.float32)
    return Picture(1004, rgb)


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No weights of this machine, and none of its choices."""
    monkeypatch.setenv("MATTEWIRE_HOME", str(tmp_path / "home"))
    for name in ("MATTEWIRE_DEPTH_MODEL", "MATTEWIRE_DEPTH_WEIGHTS", "MATTEWIRE_DTYPE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MATTEWIRE_DEVICE", "cpu")
