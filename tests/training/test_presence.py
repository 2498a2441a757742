from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from training import presence, segmenter

SHOTS: Any = None
"""Nothing looks at them: what is judged is told by the tests."""


def untrained() -> Any:
    """As much of a model as has a line."""
    head = SimpleNamespace(proj_out=SimpleNamespace(bias=torch.nn.Parameter(torch.full((1,), 0.25))))
    return SimpleNamespace(mask_decoder=SimpleNamespace(pred_obj_score_head=head))


def line_of(model: Any) -> float:
    return 0.25 - float(model.mask_decoder.pred_obj_score_head.proj_out.bias.detach())


def test_the_line_settles_where_both_are_best_together(monkeypatch: pytest.MonkeyPatch) -> None:
    def judged(model: Any, _: Any) -> dict[str, float]:
        line = line_of(model)
        return {"mean": 0.9 - 0.05 * line**2, "absent": min(0.6 + 0.3 * line, 0.96)}

    model = untrained()
    monkeypatch.setattr(segmenter, "judged", judged)
    assert presence.settle(model, SHOTS) == line_of(model) == 1.25


@pytest.mark.parametrize("absent", [math.nan, 1.0])
def test_where_nothing_is_won_it_stays(absent: float, monkeypatch: pytest.MonkeyPatch) -> None:
    model = untrained()
    monkeypatch.setattr(segmenter, "judged", lambda *_: {"mean": 0.9, "absent": absent})
    assert presence.settle(model, SHOTS) == line_of(model) == 0.0
