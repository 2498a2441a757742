"""How well a detector finds what is asked for, and how quiet it is when that is not there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from transformers import MMGroundingDinoForObjectDetection

from .detector_loss import shared
from .detector_stills import Batch

THRESHOLDS = np.arange(0.05, 0.96, 0.01)


@dataclass(frozen=True)
class Finds:
    """Of each present thing that was asked for: the best score of a box that fits it (IoU 0.5), 0 where there is none.
    Of each absent phrase: the best score of any box."""

    present: list[float]
    absent: list[float]

    def at(self, threshold: float) -> tuple[float, float]:
        """Recall, and the share of absent phrases that find nothing."""
        return (
            float(np.mean(np.array(self.present) >= threshold)) if self.present else float("nan"),
            float(np.mean(np.array(self.absent) < threshold)) if self.absent else float("nan"),
        )

    def best(self) -> float:
        """The threshold at which the worse of both is best."""
        return float(max(THRESHOLDS, key=lambda threshold: min(self.at(float(threshold)))))


def finds(scores: list[Tensor], found: list[Tensor], batches: list[Batch]) -> Finds:
    """``scores``: token scores of each batch (pictures, boxes, tokens), 0..1. ``found``: boxes (pictures, boxes, 4)."""
    told = Finds([], [])
    for sure, where, batch in zip(scores, found, batches, strict=True):
        for picture, question in enumerate(batch.questions):
            for span in question.caption.spans:
                score = sure[picture][:, list(span.subject)].max(1).values
                there = [number for number, columns in question.answers if span.subject[0] in columns]
                if not there:
                    told.absent.append(float(score.max()))
                for number in there:
                    fits = shared(batch.boxes[picture][number], where[picture])[0] >= 0.5
                    told.present.append(float(score[fits].max()) if fits.any() else 0.0)
    return told


def asked_of(model: MMGroundingDinoForObjectDetection, batches: list[Batch]) -> tuple[Finds, Finds]:
    """What the decoder finds, and what the encoder's best 24 proposals would find without it."""
    model.eval()
    outputs = []
    with torch.no_grad():
        for batch in batches:
            made = model(pixel_values=batch.pixels, input_ids=batch.ids, attention_mask=batch.mask)
            top = made.enc_outputs_class.amax(-1).topk(24, 1).indices[..., None]
            early = made.enc_outputs_class.gather(1, top.expand(-1, -1, made.enc_outputs_class.shape[-1])).sigmoid()
            where = made.enc_outputs_coord_logits.gather(1, top.expand(-1, -1, 4)).sigmoid()
            outputs.append((made.logits.sigmoid(), made.pred_boxes, early, where))
    model.train()
    scores, found, early, where = (list(each) for each in zip(*outputs, strict=True))
    return finds(scores, found, batches), finds(early, where, batches)


def judged(model: MMGroundingDinoForObjectDetection, batches: list[Batch]) -> dict[str, float]:
    """Recall at IoU 0.5 and share of quiet absent phrases at the threshold that suits both best, of the decoder and of
    the proposals alone; and the decoder's mean best score of present and of absent phrases."""
    late, early = asked_of(model, batches)
    told: dict[str, float] = {}
    for prefix, each in (("", late), ("places_", early)):
        threshold = each.best()
        told[f"{prefix}recall"], told[f"{prefix}quiet"] = each.at(threshold)
        told[f"{prefix}threshold"] = threshold
    return told | {"present": float(np.mean(late.present)), "absent": float(np.mean(late.absent))}
