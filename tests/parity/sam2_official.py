"""The reference side: the official SAM 2 video predictor on the recipe's weights. Needs the package ``sam2``."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from sam2.build_sam import build_sam2_video_predictor
from sam2_recipe import Shot, weights

CONFIGS = {
    "sam2.1-tiny": "configs/sam2.1/sam2.1_hiera_t.yaml",
    "sam2.1-small": "configs/sam2.1/sam2.1_hiera_s.yaml",
    "sam2.1-base-plus": "configs/sam2.1/sam2.1_hiera_b+.yaml",
    "sam2.1-large": "configs/sam2.1/sam2.1_hiera_l.yaml",
    "sam2.0-tiny": "configs/sam2/sam2_hiera_t.yaml",
    "sam2.0-small": "configs/sam2/sam2_hiera_s.yaml",
    "sam2.0-base-plus": "configs/sam2/sam2_hiera_b+.yaml",
    "sam2.0-large": "configs/sam2/sam2_hiera_l.yaml",
}

SETTINGS = (
    # What `apply_postprocessing` sets, but for filling holes: a CUDA extension, which the package skips on a CPU.
    "++model.sam_mask_decoder_extra_args.dynamic_multimask_via_stability=true",
    "++model.sam_mask_decoder_extra_args.dynamic_multimask_stability_delta=0.05",
    "++model.sam_mask_decoder_extra_args.dynamic_multimask_stability_thresh=0.98",
    "++model.binarize_mask_from_pts_for_mem_enc=true",
    "++model.add_all_frames_to_correct_as_cond=true",  # or propagation would compute a corrected frame anew
)

SCORE_BIAS = "sam_mask_decoder.pred_obj_score_head.layers.2.bias"
SCORE_WEIGHT = "sam_mask_decoder.pred_obj_score_head.layers.2.weight"


@dataclass
class Tracked:
    """What came out, by frame: mask logits (h, w) before any enlarging, and the object score's logit."""

    logits: dict[int, torch.Tensor] = field(default_factory=dict)
    scores: dict[int, float] = field(default_factory=dict)


class Official:
    """The official predictor for one configuration, with weights from the recipe."""

    def __init__(self, config: str, overrides: Sequence[str] = ()) -> None:
        self.model = build_sam2_video_predictor(
            config,
            None,
            device="cpu",
            hydra_overrides_extra=[*SETTINGS, *overrides],
            apply_postprocessing=False,
        )
        state = self.model.state_dict()
        for name, tensor in state.items():
            tensor.copy_(torch.from_numpy(weights(name, tuple(tensor.shape))))
        self.names = {name: tuple(tensor.shape) for name, tensor in state.items()}

    def set_score(self, factor: float, bias: float) -> None:
        """Spreads the object score and moves it, so that some frames are in sight and some are not."""
        self.score = (factor, bias)
        state = self.model.state_dict()
        state[SCORE_WEIGHT].copy_(torch.from_numpy(weights(SCORE_WEIGHT, self.names[SCORE_WEIGHT])) * factor)
        state[SCORE_BIAS].fill_(bias)

    def save(self, path: Path) -> None:
        """As Meta publishes: one table under the key "model"."""
        torch.save({"model": self.model.state_dict()}, path)

    @torch.inference_mode()
    def load_video(self, shot: Shot, images: torch.Tensor | None = None) -> dict:
        """The predictor's state for the shot, read from JPEG files as the package does.

        ``images``: input tensors (frames, 3, size, size) to use in place of the files' own.
        """
        with tempfile.TemporaryDirectory() as folder:
            for index in range(shot.frames):
                Image.fromarray(shot.render(index)).save(Path(folder) / f"{index:05d}.jpg", quality=95)
            state = self.model.init_state(folder)
        if images is not None:
            state["images"], state["cached_features"] = images, {}
        kept = {}
        for index in range(shot.frames):  # the package keeps one frame's features; the tracks below share them
            self.model._get_image_feature(state, index, 1)
            kept.update(state["cached_features"])
        state["cached_features"] = kept
        return state

    def track(self, state: dict, shot: Shot) -> Tracked:
        """Box on the keyframe, forward up to the correction, a keep point there, forward to the end, then backward."""
        self.model.reset_state(state)
        self.model.add_new_points_or_box(state, shot.keyframe, 1, box=np.array(shot.box, np.float32))
        count = shot.corrected - shot.keyframe
        for _ in self.model.propagate_in_video(state, shot.keyframe, max_frame_num_to_track=count):
            pass
        self.model.add_new_points_or_box(
            state, shot.corrected, 1, points=np.array([shot.point], np.float32), labels=np.array([1], np.int32)
        )
        for _ in self.model.propagate_in_video(state, shot.corrected):
            pass
        for _ in self.model.propagate_in_video(state, shot.keyframe, reverse=True):
            pass
        kept = state["output_dict_per_obj"][0]
        out = Tracked()
        for index, entry in sorted({**kept["non_cond_frame_outputs"], **kept["cond_frame_outputs"]}.items()):
            out.logits[index] = entry["pred_masks"][0, 0].float()
            out.scores[index] = float(entry["object_score_logits"])
        return out

    def calibrate(self, state: dict, shot: Shot, tries: int = 8) -> Tracked:
        """Chooses the score's spread and offset so that both kinds of frames occur, and returns that track.

        No score may lie so near to zero that rounding decides whether the object is in sight.
        """
        self.set_score(1.0, 0.0)
        factor = 2.0 / max(float(np.std(list(self.track(state, shot).scores.values()))), 1e-6)
        bias = 0.0
        for _ in range(tries):
            self.set_score(factor, bias)
            out = self.track(state, shot)
            found = np.sort(list(out.scores.values()))
            present = int((found > 0).sum())
            both = shot.frames // 6 <= present <= shot.frames * 5 // 6
            if both and np.abs(found).min() > 0.005 * np.abs(found).max():
                return out
            middle = found[shot.frames // 3 : shot.frames * 2 // 3]
            gap = int(np.argmax(np.diff(middle)))
            bias -= float(middle[gap] + middle[gap + 1]) / 2
        raise SystemExit("No offset of the object score gives both kinds of frames; change the shot.")
