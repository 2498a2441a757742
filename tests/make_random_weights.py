"""Random weights of a real SAM 2 architecture, to run every stage where nothing can be downloaded.

    python tests/make_random_weights.py sam2.1-tiny FOLDER
    mattewire weights add sam2.1-tiny FOLDER

The mattes mean nothing; files, scores, progress and timing are real.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from transformers import Sam2VideoModel

from mattewire_server.engines.sam2.sizes import configuration
from mattewire_server.weights import entry
from parity.sam2_recipe import weights


def make(name: str, folder: Path, in_sight: float = 4.0) -> None:
    """Writes a Hugging Face folder. ``in_sight`` is the object score's offset: most frames then have a matte."""
    config = entry(name).config
    model = Sam2VideoModel(configuration(config["version"], config["size"])).eval().requires_grad_(False)
    for key, tensor in model.state_dict().items():
        shape = tuple(tensor.shape)
        random = "gaussian_matrix" if "positional_embedding" in key else key
        tensor.copy_(torch.from_numpy(weights(random, shape)))
    model.mask_decoder.pred_obj_score_head.proj_out.bias.fill_(in_sight)
    model.save_pretrained(folder)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name")
    parser.add_argument("folder", type=Path)
    asked = parser.parse_args()
    make(asked.name, asked.folder)
