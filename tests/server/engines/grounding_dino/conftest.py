"""A tiny GroundingDINO of the real architecture with random weights, and pictures to run it on."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mattewire_server.engines.seams import Picture
from parity.vocabulary import write

os.environ["HF_HUB_OFFLINE"] = "1"

WORDS = 1200


@pytest.fixture(scope="session")
def vocabulary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``vocab.txt`` with the ids that GroundingDINO fixes and a few words."""
    return write(tmp_path_factory.mktemp("vocabulary"), WORDS)


def tiny_model(family: str = "grounding-dino", seed: int = 5) -> Any:
    """Random numbers everywhere, so that no branch of the network is hidden by a zero."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    swin = transformers.SwinConfig(
        image_size=64, embed_dim=24, depths=[1, 1, 1, 1], num_heads=[1, 2, 3, 6], window_size=4, out_indices=[2, 3, 4]
    )
    bert = transformers.BertConfig(
        vocab_size=WORDS,
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=256,
    )
    name = {"grounding-dino": "GroundingDino", "mm-grounding-dino": "MMGroundingDino"}[family]
    config = getattr(transformers, f"{name}Config")(
        backbone_config=swin,
        text_config=bert,
        d_model=32,
        encoder_layers=1,
        decoder_layers=2,
        encoder_ffn_dim=64,
        decoder_ffn_dim=64,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        num_queries=20,
    )
    torch.manual_seed(seed)
    model = getattr(transformers, f"{name}ForObjectDetection")(config)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=generator) * 0.05)
    return model.eval()


@pytest.fixture(scope="session")
def make_tiny() -> Callable[..., Any]:
    return tiny_model


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory, vocabulary: Path) -> Path:
    """A Hugging Face folder of the tiny model with its vocabulary, as transformers saves it."""
    place = tmp_path_factory.mktemp("tiny") / "grounding-dino"
    tiny_model().save_pretrained(place)
    (place / "vocab.txt").write_bytes(vocabulary.read_bytes())
    return place


@pytest.fixture
def picture() -> Picture:
    """128 x 72: a gradient with a bright square."""
    rgb = np.zeros((72, 128, 3), np.float32)
    rgb[..., 0] = np.linspace(0, 1, 128)
    rgb[..., 1] = np.linspace(1, 0, 72)[:, None]
    rgb[20:50, 40:80] = (0.9, 0.8, 0.1)
    return Picture(1001, rgb)
