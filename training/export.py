"""From checkpoints to what lies in the package: half-precision weights, configurations, the word list, the curves.

python -m training.export segmenter /somewhere/segmenter
python -m training.export detector /somewhere/detector
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path
from typing import Any

import torch
from transformers import PreTrainedModel

from mattewire_server.engines.detections import BOX_THRESHOLD, TEXT_THRESHOLD
from mattewire_server.engines.tiny import HERE

from . import detector, segmenter_model
from .captions import write_vocabulary
from .curves import draw
from .detector_finds import asked_of
from .detector_stills import hard
from .presence import settle
from .segmenter_clips import held_out
from .segmenter_model import LENGTH

SHOWN = {
    "segmenter": ("training", "mean", "first", "last", "absent"),
    "detector": ("recall", "quiet", "places_recall", "places_quiet"),
    "backbone": ("right_color_16", "right_outline_16", "right_outline_32"),
}
"""What is drawn of each: shares, 0..1. The backbone's curve is that of the detector's eye before it was a detector."""


SHOTS = 40
"""That the segmenter's presence is settled on."""


def export(name: str, run: Path, into: Path) -> dict[str, Any]:
    """Writes ``into/name``, ``into/name_curve.png`` and returns the state of the run."""
    held = torch.load(run / "checkpoint.pt", weights_only=True)
    model: PreTrainedModel = segmenter_model.fresh(0) if name == "segmenter" else detector.fresh(0)
    model.load_state_dict(held.get("mean", held["model"]))
    if name == "segmenter":
        print(f"The line between in sight and out of sight moved by {settle(model.eval(), held_out(SHOTS, LENGTH)):g}.")
    folder = into / name
    shutil.rmtree(folder, ignore_errors=True)
    model.half().save_pretrained(folder)
    (folder / "model.safetensors").chmod(0o644)
    state: dict[str, Any] = json.loads(held["state"])
    if name == "detector":
        write_vocabulary(folder)
        write_thresholds(folder, asked_of(model.float(), hard())[0].best())
        draw(state.get("backbone", []), SHOWN["backbone"], into / "backbone_curve.png")
    draw(state["curve"], SHOWN[name], into / f"{name}_curve.png")
    return state


def write_thresholds(folder: Path, separates: float) -> None:
    """``thresholds.json``: the score that told things that are there from those that differ by a word best, on
    held-out stills, and for the phrase's last word the same share of it as in the GroundingDINO demo."""
    told = {"box_threshold": separates, "text_threshold": separates * TEXT_THRESHOLD / BOX_THRESHOLD}
    rounded = {name: round(value, 3) for name, value in told.items()}
    (folder / "thresholds.json").write_text(json.dumps(rounded) + "\n", encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=("segmenter", "detector"))
    parser.add_argument("run", type=Path)
    parser.add_argument("--into", type=Path, default=HERE)
    asked = parser.parse_args()
    told = export(asked.name, asked.run, asked.into)
    print(f"step {told['step']}, {told['seconds'] / 60:.0f} minutes; the last line of its curve:")
    print(json.dumps(told["curve"][-1], indent=1))
