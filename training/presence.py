"""Where the segmenter draws the line between in sight and out of sight: on shots in no pool, and not in the exam.

A training sees things far oftener than it sees them gone, and answers accordingly. As a detector's thresholds do, this
line settles on what does best, once the weights are made; the model's own line at 0 is moved there.
"""

from __future__ import annotations

import math

from transformers import Sam2VideoModel

from . import segmenter
from .segmenter_clips import Batch

LINES = (0.0, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0)
"""All are tried: what is out of sight is remembered so, and with another line later frames get other answers."""


def settle(model: Sam2VideoModel, shots: Batch) -> float:
    """Moves the line of ``model``, and returns by how much. ``shots``: with things that go out of sight, see
    ``segmenter_clips.held_out``; where none does, the line stays.

    Best is where the mean IoU, which counts nothing for a thing that is taken to be gone, and the share of frames on
    which it is seen to be gone are most together; of several the first.
    """
    bias = model.mask_decoder.pred_obj_score_head.proj_out.bias
    start = bias.detach().clone()
    told: dict[float, float] = {}
    for line in LINES:
        bias.data = start - line
        score = segmenter.judged(model, shots)
        told[line] = score["mean"] + (0.0 if math.isnan(score["absent"]) else score["absent"])
    best = max(told, key=lambda line: (told[line], -line))
    bias.data = start - best
    return best
