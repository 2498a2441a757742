"""What the tiny detector is scolded for, in two places: the encoder's proposals, and the decoder that refines them.

Word scores are logits for each token of the caption; a token is right where the thing answers to its whole phrase, so
that "red" of "red star" is wrong on a red ball. Every place of every level is told what it should say (as in FCOS, Tian
et al. 2019): the middles of a thing's box at the levels that suit its size answer for it, the rest of its box may say
what it likes, and everything else is background. Focal loss (Lin et al. 2017, gamma 2), L1 and generalized IoU
(Rezatofighi et al. 2019) of boxes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import Tensor

from .backbone import STRIDES

if TYPE_CHECKING:
    from .detector_stills import Batch

SUITS = ((0.0, 40.0), (26.0, 90.0), (60.0, float("inf")))
"""Pixels of a thing's long side for which each level answers. Most things have two."""

MIDDLE, INSIDE = 0.6, 0.9
"""Shares of a box around its center: what answers for the thing, and what is not held against it."""

SAME, NEAR = 0.5, 0.35
"""IoU of a query's starting box with a thing, from which it answers for the thing, and is not held against it."""


def focal(logits: Tensor, truth: Tensor, alpha: float = 0.4) -> Tensor:
    """Of each logit."""
    cross = F.binary_cross_entropy_with_logits(logits, truth, reduction="none")
    sure = logits.sigmoid()
    wrong = truth * (1 - sure) + (1 - truth) * sure
    return (truth * alpha + (1 - truth) * (1 - alpha)) * wrong**2 * cross


def places(height: int, width: int) -> tuple[Tensor, Tensor]:
    """Middles (places, 2) of all places of all levels, x and y as shares of the picture, in the library's order; and
    the level of each."""
    middles, levels = [], []
    for level, stride in enumerate(STRIDES):
        rows, columns = -(-height // stride), -(-width // stride)
        y, x = torch.meshgrid((torch.arange(rows) + 0.5) / rows, (torch.arange(columns) + 0.5) / columns, indexing="ij")
        middles.append(torch.stack([x.flatten(), y.flatten()], 1))
        levels.append(torch.full((rows * columns,), level))
    return torch.cat(middles), torch.cat(levels)


def padded(batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
    """Boxes (pictures, things, 4); which of them are there (pictures, things); and which tokens each answers to
    (pictures, things, tokens)."""
    most = max(1, *(len(boxes) for boxes in batch.boxes))
    boxes = torch.stack([F.pad(each, (0, 0, 0, most - len(each))) for each in batch.boxes])
    words = torch.zeros(len(batch.boxes), most, batch.ids.shape[1], dtype=torch.bool)
    for picture, question in enumerate(batch.questions):
        for thing, columns in question.answers:
            words[picture, thing, columns] = True
    return boxes, (boxes[..., 2:] > 0).all(-1), words


def owners(boxes: Tensor, there: Tensor, height: int, width: int) -> tuple[Tensor, Tensor]:
    """Of each place (pictures, places): the thing that it answers for, or -1; and (pictures, things, places) of what it
    may say without being scolded."""
    middles, levels = places(height, width)
    away = ((middles - boxes[:, :, None, :2]) / (boxes[:, :, None, 2:] / 2).clamp(min=1e-6)).abs().amax(-1)
    away = away.masked_fill(~there[:, :, None], float("inf"))
    long = (boxes[..., 2:] * torch.tensor([width, height])).amax(-1, keepdim=True)
    least, most = torch.tensor(SUITS).unbind(1)
    suits = (long >= least[levels]) & (long < most[levels]) & there[:, :, None]
    nearest = away.masked_fill(~suits, float("inf")).argmin(-1, keepdim=True)
    able = suits & (away < MIDDLE)
    able |= torch.zeros_like(able).scatter(-1, nearest, True) & suits
    closest = away.masked_fill(~able, float("inf")).min(1)
    owner = torch.where(closest.values.isfinite(), closest.indices, -1)
    return owner, away < INSIDE


def scolded(logits: Tensor, owner: Tensor, excused: Tensor, words: Tensor, mask: Tensor) -> Tensor:
    """Focal loss of (pictures, places, tokens), per right token. ``owner``: (pictures, places). ``excused``: (pictures,
    things, places)."""
    mine = words.gather(1, owner.clamp(min=0)[..., None].expand(-1, -1, words.shape[-1]))
    truth = mine & (owner >= 0)[..., None]
    free = torch.einsum("btp,btw->bpw", excused.float(), words.float()) > 0
    known = mask.bool()[:, None] & (truth | ~free)
    return (focal(logits.masked_fill(~known, 0.0), truth.float()) * known).sum() / truth.sum().clamp(min=1)


def proposals_loss(output: Any, batch: Batch) -> dict[str, Tensor]:
    """Of the encoder: every place of every level."""
    boxes, there, words = padded(batch)
    owner, excused = owners(boxes, there, *batch.pixels.shape[-2:])
    logits = output.enc_outputs_class[..., : batch.ids.shape[1]]
    told = {"places": 2 * scolded(logits, owner, excused, words, batch.mask)}
    picture, place = (owner >= 0).nonzero(as_tuple=True)
    found = output.enc_outputs_coord_logits[picture, place].sigmoid()
    return told | of_boxes(found, boxes[picture, owner[picture, place]], "places")


def decoder_loss(model: Any, output: Any, batch: Batch) -> dict[str, Tensor]:
    """Of each decoder layer: a query answers for the thing that its starting box lies on. Several may answer for one:
    the engine keeps the best of boxes that lie on each other."""
    boxes, there, words = padded(batch)
    told: dict[str, Tensor] = {}
    states, text = output.intermediate_hidden_states, output.encoder_last_hidden_state_text
    for layer in range(states.shape[1]):
        start = output.init_reference_points if layer == 0 else output.intermediate_reference_points[:, layer - 1]
        logits = model.class_embed[layer](states[:, layer], text, batch.mask.bool())[..., : batch.ids.shape[1]]
        found = (model.bbox_embed[layer](states[:, layer]) + torch.special.logit(start, eps=1e-5)).sigmoid()
        fit = shared(start[:, :, None].detach(), boxes[:, None])[0].masked_fill(~there[:, None], 0.0)
        best = fit.max(-1)
        owner = torch.where(best.values >= SAME, best.indices, -1)
        told[f"scores_{layer}"] = 2 * scolded(logits, owner, (fit >= NEAR).mT, words, batch.mask)
        picture, query = (best.values >= NEAR).nonzero(as_tuple=True)
        told |= of_boxes(found[picture, query], boxes[picture, best.indices[picture, query]], f"layer_{layer}")
    return told


def of_boxes(found: Tensor, wanted: Tensor, name: str) -> dict[str, Tensor]:
    """L1 and generalized IoU of pairs (pairs, 4)."""
    count = max(len(found), 1)
    return {
        f"{name}_l1": 5 * (found - wanted).abs().sum() / count,
        f"{name}_giou": 2 * (1 - shared(found, wanted)[1]).sum() / count,
    }


def shared(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """IoU and generalized IoU of boxes (..., 4) given by center and size, as they broadcast."""
    (a0, a1), (b0, b1) = ((each[..., :2] - each[..., 2:] / 2, each[..., :2] + each[..., 2:] / 2) for each in (a, b))
    both = (torch.minimum(a1, b1) - torch.maximum(a0, b0)).clamp(min=0).prod(-1)
    union = (a[..., 2:].prod(-1) + b[..., 2:].prod(-1) - both).clamp(min=1e-9)
    hull = (torch.maximum(a1, b1) - torch.minimum(a0, b0)).prod(-1).clamp(min=1e-9)
    return both / union, both / union - (hull - union) / hull
