"""SAM 2 here and in the official package, on the same random checkpoint and the same frames: `make parity`.

For each model the official package builds its full-size predictor, random weights are put in and saved in Meta's
format, our loader reads that file through the key map, and both track the same 24 rendered frames in float32 on the
CPU: a box on the middle frame, forward, a correction point on a later frame, then backward. Raw mask logits and object
scores are compared; three controls with a wrong input must be far off, or the comparison would prove nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from sam2_official import CONFIGS, Official, Tracked
from sam2_recipe import SMALL_OVERRIDES, Shot

from mattewire_server.engines.sam2 import checkpoint
from mattewire_server.engines.sam2.memory import Look
from mattewire_server.engines.sam2.predictor import Features, Predictor
from mattewire_server.engines.sam2.prepare import DEVIATION, Frame
from mattewire_server.engines.sam2.sizes import configuration
from mattewire_server.engines.sam2.track import Sam2Track
from mattewire_server.engines.seams import Hint, Mark, Picture, Segment, ShotInfo

sys.path.insert(0, str(Path(__file__).parents[1] / "server" / "engines"))
from sam2_tiny import SIZE, tiny_config

TOLERANCE = 1e-3
"""Largest difference allowed, as a share of the largest reference value."""


class Recording(Sam2Track):
    """Our track, fed the official package's own input tensors, its raw looks noted."""

    images: torch.Tensor
    seen: Look

    def _features(self, picture: Picture) -> Features:
        return self._predictor.features(self.images[picture.frame][None].float())

    def _segment(self, look: Look) -> Segment:
        self.seen = look
        return super()._segment(look)


def ours(
    predictor: Predictor, images: torch.Tensor, shot: Shot, *, until: int | None = None, box: bool = True, shift=0.0
) -> Tracked:
    """Our track of the shot. ``until``: only forward, up to this frame. ``box`` off: a point stands in its place."""
    track = Recording(predictor, ShotInfo(0, shot.frames - 1, shot.width, shot.height), border=0)
    track.images = images
    # Ours are continuous coordinates, the package's name pixels and have half a model pixel added.
    half_x, half_y = 0.5 * shot.width / predictor.size, 0.5 * shot.height / predictor.size
    x0, y0, x1, y1 = (side + half for side, half in zip(shot.box, (half_x, half_y) * 2, strict=True))
    empty = np.zeros((shot.height, shot.width, 3), np.float32)
    middle = Mark((x0 + x1) / 2, (y0 + y1) / 2)
    first = Hint(1, (x0 + shift, y0, x1 + shift, y1)) if box else Hint(1, None, (middle,))
    track.step(Picture(shot.keyframe, empty), [first])
    if until is None:
        point = Mark(shot.point[0] + half_x, shot.point[1] + half_y)
        track.step(Picture(shot.corrected, empty), [Hint(1, None, (point,))])
    last = shot.frames - 1 if until is None else until
    out = Tracked()
    for index in [*range(shot.keyframe, last + 1), *(range(shot.keyframe - 1, -1, -1) if until is None else ())]:
        track.step(Picture(index, empty))
        out.logits[index] = track.seen.logits[0, 0]
        out.scores[index] = float(track.seen.object_score)
    track.close()
    return out


def differences(reference: Tracked, found: Tracked) -> tuple[float, float]:
    """Largest difference of logits and of scores, each as a share of the largest reference value."""
    common = sorted(found.logits)
    seen = [index for index in common if reference.scores[index] > 0]  # elsewhere the logits are one constant
    largest = max((float(reference.logits[index].abs().max()) for index in seen), default=1.0)
    apart = max(float((reference.logits[index] - found.logits[index]).abs().max()) for index in common)
    score = max(abs(value) for value in reference.scores.values())
    return apart / largest, max(abs(reference.scores[index] - found.scores[index]) for index in common) / score


def compare(
    name: str, config: str, ours_config, overrides: tuple[str, ...], shot: Shot, rows: list, prepared=None
) -> dict:
    started = time.monotonic()
    official = Official(config, overrides)
    state = official.load_video(shot, prepared)
    reference = official.calibrate(state, shot)
    images = torch.stack([state["images"][index] for index in range(shot.frames)])
    took = time.monotonic() - started
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "official.pt"
        official.save(path)
        tensors = checkpoint.read(path)
        wanted = checkpoint.shapes(ours_config)
        missing, unexpected = set(wanted) - set(tensors), set(tensors) - set(wanted)
        model = checkpoint.load(path, ours_config)
        del tensors
    predictor = Predictor(model, torch.device("cpu"), torch.float32)
    started = time.monotonic()
    found = ours(predictor, images, shot)
    mine = time.monotonic() - started
    present = sum(score > 0 for score in reference.scores.values())
    logits, scores = differences(reference, found)
    agree = all((reference.scores[index] > 0) == (found.scores[index] > 0) for index in reference.scores)
    fine = not missing and not unexpected and agree and max(logits, scores) <= TOLERANCE
    fine = fine and 0 < present < shot.frames
    rows.append(
        f"{name:<22} {len(official.names):>4} tensors, missing {len(missing)}, unexpected {len(unexpected)}; "
        f"{shot.frames} frames, {present} in sight; logits {logits:.1e}, scores {scores:.1e} "
        f"{'fine' if fine else 'NOT FINE'}  (official {took:.0f} s, ours {mine:.0f} s)"
    )
    print(rows[-1], flush=True)
    last = shot.keyframe + 2
    controls = {
        "swapped RGB": ours(predictor, images.flip(1), shot, until=last),
        "dropped box": ours(predictor, images, shot, until=last, box=False),
        "shifted prompt": ours(predictor, images, shot, until=last, shift=40.0),
    }
    for what, wrong in controls.items():
        apart = max(differences(reference, wrong))
        far = apart > 100 * TOLERANCE
        fine = fine and far
        rows.append(f"    control {what:<16} {apart:.1e} {'far off, as it must be' if far else 'TOO CLOSE'}")
        print(rows[-1], flush=True)
    return {"fine": fine, "reference": reference, "images": images, "names": official.names, "score": official.score}


def preprocessing(jpeg: Path | None, shot: Shot, size: int = 1024) -> float:
    """Largest difference of our input square from the official one on a JPEG, in steps of 1/255."""
    from sam2.utils.misc import _load_img_as_tensor

    with tempfile.TemporaryDirectory() as folder:
        if jpeg is None:
            jpeg = Path(folder) / "frame.jpg"
            Image.fromarray(Shot(width=1920, height=1080).render(3)).save(jpeg, quality=95)
        official = _load_img_as_tensor(str(jpeg), size)[0]
        rgb = np.asarray(Image.open(jpeg).convert("RGB"), np.float32) / 255
    lay = Frame(rgb.shape[1], rgb.shape[0], size)
    pixels = lay.pixels(Picture(0, np.ascontiguousarray(rgb)), torch.device("cpu"))[0]
    apart = (pixels * torch.tensor(DEVIATION).view(3, 1, 1)).double()
    mean = torch.tensor((0.485, 0.456, 0.406)).double().view(3, 1, 1)
    return float((apart + mean - official).abs().max()) * 255


def write_golden(path: Path, result: dict, shot: Shot) -> None:
    """The small model's results, for CI: names and shapes of its checkpoint, scores, and every third frame's logits."""
    reference = result["reference"]
    arrays = {f"logits_{index}": reference.logits[index].numpy() for index in range(0, shot.frames, 3)}
    scores = np.array([reference.scores[index] for index in range(shot.frames)], np.float32)
    path.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path / "small.npz", scores=scores, **arrays)
    (path / "small.json").write_text(json.dumps({"names": result["names"], "score": result["score"]}) + "\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", default="sam2.1-tiny,sam2.1-base-plus", help="names, comma separated; or none")
    parser.add_argument("--size", type=int, default=1024, help="side of the model's square")
    parser.add_argument("--jpeg", type=Path, help="a photograph, for the preprocessing")
    parser.add_argument("--golden", type=Path, help="write the small tensors for CI into this folder")
    parser.add_argument("--threads", type=int, default=0)
    asked = parser.parse_args()
    if asked.threads:
        torch.set_num_threads(asked.threads)
    torch.set_grad_enabled(False)
    shot, rows, fine = Shot(), [], True
    steps = preprocessing(asked.jpeg, shot)
    fine = fine and steps < 2
    rows.append(f"preprocessing of {asked.jpeg or 'a rendered JPEG'}: {steps:.2f} / 255 at most")
    print(rows[-1], flush=True)
    # CI has no JPEG of the package's making, so the small model is fed by our preprocessing on both sides.
    lay = Frame(shot.width, shot.height, SIZE)
    frames = [Picture(index, shot.render(index).astype(np.float32) / 255) for index in range(shot.frames)]
    prepared = torch.cat([lay.pixels(frame, torch.device("cpu")) for frame in frames])
    small = compare(f"small ({SIZE})", CONFIGS["sam2.1-tiny"], tiny_config(), SMALL_OVERRIDES, shot, rows, prepared)
    fine = fine and small["fine"]
    if asked.golden:
        write_golden(asked.golden, small, shot)
    tokens = asked.size // 16
    overrides = (
        ()
        if asked.size == 1024
        else (
            f"++model.image_size={asked.size}",
            f"++model.memory_attention.layer.self_attention.feat_sizes=[{tokens},{tokens}]",
            f"++model.memory_attention.layer.cross_attention.feat_sizes=[{tokens},{tokens}]",
        )
    )
    for name in [name for name in asked.models.split(",") if name and name != "none"]:
        version, size = name.removeprefix("sam").split("-", 1)
        config = configuration(version, size, asked.size)
        label = name if asked.size == 1024 else f"{name} ({asked.size})"
        fine = compare(label, CONFIGS[name], config, overrides, shot, rows)["fine"] and fine
    print("\n" + "\n".join(rows) + f"\n\n{'Parity holds.' if fine else 'PARITY DOES NOT HOLD.'}")
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
