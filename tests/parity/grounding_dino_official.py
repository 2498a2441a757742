"""The official side of the GroundingDINO comparison. Runs in the parity environment, never in the project's.

    python grounding_dino_official.py FOLDER

FOLDER holds ``request.json`` and what it names; this makes a random checkpoint of the official model in the official
format, runs it, and leaves the answers beside it.
"""

from __future__ import annotations

import json
import math
import os
import sys
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import grounding_dino_recipe as recipe
import numpy as np
import standins
import torch
import transformers
import vocabulary
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import BertConfig, BertModel

transformers.utils.logging.set_verbosity_error()
standins.install()

import groundingdino.datasets.transforms as official_transforms
from groundingdino.config import GroundingDINO_SwinB_cfg, GroundingDINO_SwinT_OGC
from groundingdino.models import build_model
from groundingdino.models.GroundingDINO.backbone import backbone
from groundingdino.util.slconfig import SLConfig

CONFIGS = {"swin-t": GroundingDINO_SwinT_OGC, "swin-b": GroundingDINO_SwinB_cfg}


def text_encoder(folder: Path, config: BertConfig) -> None:
    """A folder that the official code takes for bert-base-uncased: random weights, the vocabulary that is there."""
    torch.manual_seed(1)
    BertModel(config).save_pretrained(folder)
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "BertTokenizer", "do_lower_case": True})
    )


def randomized(size: str, folder: Path) -> torch.nn.Module:
    """The official model with no tensor left at the zeros and ones that its own initialization gives.

    Zeros would hide whole branches: box heads, sampling offsets and the fusion gains start at or near zero. The first
    boxes are widened until some fill the picture's width, where the two implementations differ by design.

    The embedding of query k varies smoothly with k. Queries are given to proposals by rank, and where two proposals
    score alike but for the last bits, float32 ranks them by chance: with unrelated neighbors that chance would
    show as a difference of 0.3 in both implementations against their own float64.
    """
    torch.manual_seed(2)
    args = SLConfig.fromfile(CONFIGS[size].__file__)
    args.device, args.text_encoder_type = "cpu", str(folder)
    args.use_checkpoint = args.use_transformer_ckpt = False  # saves memory in training, warns outside it
    model = build_model(args)
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            parameter.add_(noise * (0.5 if "gamma_" in name else 0.05 if "bbox_embed" in name else 0.02))
        model.transformer.enc_out_bbox_embed.layers[-1].bias[2] += 8.5
        queries = model.transformer.tgt_embed.weight
        phase = torch.rand(queries.shape[1], generator=generator) * 2 * math.pi
        rank = torch.arange(queries.shape[0])[:, None] / queries.shape[0]
        queries.copy_(torch.cos(2 * math.pi * rank + phase))
    return model.eval()


def small(folder: Path) -> dict[str, torch.Tensor]:
    """The recipe's small model on the recipe's picture: names and shapes of its tensors, and its answer."""
    (folder / "small").mkdir()
    vocabulary.write(folder / "small", recipe.WORDS)
    text_encoder(folder / "small", BertConfig(**recipe.BERT))
    args = SLConfig.fromfile(GroundingDINO_SwinT_OGC.__file__)
    args.device, args.text_encoder_type = "cpu", str(folder / "small")
    args.use_checkpoint = args.use_transformer_ckpt = False
    args.enc_layers = args.dec_layers = recipe.LAYERS
    args.dim_feedforward, args.num_queries = recipe.FEED_FORWARD, recipe.QUERIES
    full_size = backbone.build_swin_transformer
    backbone.build_swin_transformer = lambda name, **settings: full_size(name, **settings, **recipe.SWIN)
    model = build_model(args).eval()
    backbone.build_swin_transformer = full_size
    with torch.no_grad():
        for name, parameter in model.named_parameters(remove_duplicate=False):
            parameter.copy_(torch.from_numpy(recipe.values(name, tuple(parameter.shape))))
        output = model(load_file(folder / "pixels.safetensors")["small"], captions=[". ".join(recipe.CAPTION) + "."])
    write_names(model, folder / "small.names")
    return {"small logits": output["pred_logits"][0].contiguous(), "small boxes": output["pred_boxes"][0].contiguous()}


def write_names(model: torch.nn.Module, path: Path) -> None:
    lines = (f"{name} {'x'.join(map(str, tensor.shape))}" for name, tensor in model.state_dict().items())
    path.write_text("\n".join(lines) + "\n")


def main(folder: Path) -> None:
    request = json.loads((folder / "request.json").read_text())
    text_encoder(folder / "bert", BertConfig())
    torch.set_num_threads(1)  # the golden file comes out the same on any number of cores
    answers = small(folder)
    torch.set_num_threads(request["threads"])
    for size in request["sizes"]:
        model = randomized(size, folder / "bert")
        # As released: a dict with "model", every name behind "module.", and the left-overs of training.
        state = {f"module.{name}": tensor for name, tensor in model.state_dict().items()}
        write_names(model, folder / f"{size}.names")
        state["module.label_enc.weight"] = torch.zeros(2001, 256)
        torch.save({"model": state}, folder / f"{size}.pth")
        if size == request["run"]:
            pixels = load_file(folder / "pixels.safetensors")["pixels"]
            with torch.inference_mode():
                output = model(pixels, captions=[request["caption"]])
            answers["logits"] = output["pred_logits"][0].contiguous()
            answers["boxes"] = output["pred_boxes"][0].contiguous()
            answers["ids"] = torch.tensor(model.tokenizer([request["caption"]])["input_ids"][0])
    prepare = official_transforms.Compose(
        [
            official_transforms.RandomResize([800], max_size=1333),
            official_transforms.ToTensor(),
            official_transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
        ]
    )
    for name in request["pictures"]:
        image = Image.open(folder / name).convert("RGB")
        answers[f"codes {name}"] = torch.from_numpy(np.array(image))  # the same decoding for both sides
        answers[f"prepared {name}"] = prepare(image, None)[0].contiguous()
    save_file(answers, folder / "official.safetensors")
    (folder / "versions.json").write_text(
        json.dumps({"torch": torch.__version__, "transformers": transformers.__version__})
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
