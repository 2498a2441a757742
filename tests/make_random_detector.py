"""Random weights of the real GroundingDINO Swin-T, to run every stage where nothing can be downloaded.

    python tests/make_random_detector.py FOLDER
    MATTEWIRE_DETECTOR_WEIGHTS=FOLDER mattewire detect shot.####.exr --detector grounding-dino --prompt ball

What it finds means nothing; boxes, scores, phrases and timing are real.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from transformers import BertConfig, GroundingDinoConfig, GroundingDinoForObjectDetection

from mattewire_server.engines.grounding_dino.model import SWIN
from parity.vocabulary import write


def make(folder: Path) -> None:
    """Writes a Hugging Face folder with ``vocab.txt`` (the words of ``parity.vocabulary``)."""
    torch.manual_seed(11)
    config = GroundingDinoConfig(backbone_config=SWIN[96], text_config=BertConfig())
    model = GroundingDinoForObjectDetection(config).eval().requires_grad_(False)
    for head in model.bbox_embed:
        torch.nn.init.normal_(head.layers[-1].weight, std=0.02)
    torch.nn.init.normal_(model.model.encoder_output_bbox_embed.layers[-1].weight, std=0.1)
    # The last norm's gain is the scale of the scores: small, so that few of them are far from a half.
    model.model.decoder.layer_norm.weight.fill_(0.1)
    model.save_pretrained(folder)
    write(folder, config.text_config.vocab_size)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    make(parser.parse_args().folder)
