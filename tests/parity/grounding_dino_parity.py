"""GroundingDINO here and in the official package, on the same random checkpoint and the same frame: `make parity`.

    python tests/parity/grounding_dino_parity.py --official PYTHON

PYTHON is that of the environment with the official package: it needs transformers 4, this program transformers 5. The
official side makes a full-size random checkpoint in the official format and answers; here the file is loaded through
the key map and asked the same. Logits and boxes before any threshold are compared as sets, because both sides rank
proposals whose scores differ in the last bits only. Controls with a wrong input must be far off, or the comparison
would prove nothing.
"""

from __future__ import annotations

import argparse
import gzip
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import grounding_dino_recipe as recipe
import numpy as np
import torch
import vocabulary
from safetensors.torch import load_file, save_file

from mattewire_server.demo.frames import Renderer
from mattewire_server.engines.grounding_dino import keys, model, pixels, text, weights
from mattewire_server.engines.grounding_dino.options import Options
from mattewire_server.engines.seams import Picture

TOLERANCE = 1e-3
"""Largest difference allowed, as a share of the largest reference value."""

PHRASES = ("red ball", "blue mug on the table", "running dog")
OTHER_PHRASES = ("woman wearing a hat", "shoe", "grass")
NAMES = {"swin-t": "groundingdino-swint-ogc", "swin-b": "groundingdino-swinb-cogcoor"}
MEAN_GAP = 2  # of 255: the official side rounds its resized picture to 8 bits


def rendered(width: int, height: int) -> np.ndarray:
    """A frame of the demo shot, sRGB-encoded uint8."""
    linear, _, _ = Renderer(width, height).frame(12.0)
    rgb = np.clip(linear.transpose(1, 2, 0), 0, 1)
    encoded = np.where(rgb <= 0.0031308, 12.92 * rgb, 1.055 * rgb ** (1 / 2.4) - 0.055)
    return (encoded * 255 + 0.5).astype(np.uint8)


def as_picture(codes: np.ndarray) -> Picture:
    return Picture(1, np.ascontiguousarray(codes.astype(np.float32) / 255))


def apart(
    reference: tuple[torch.Tensor, torch.Tensor], found: tuple[torch.Tensor, torch.Tensor]
) -> tuple[float, float, int]:
    """Largest differences of logits and boxes, as shares of the largest reference values, and how many of our rows
    are somebody's nearest: all of them when the two sets agree one to one."""
    sizes = [float(part.abs().max()) for part in reference]
    ours, theirs = (
        torch.cat([part / size for part, size in zip(both, sizes, strict=True)], dim=1) for both in (found, reference)
    )
    nearest = torch.cdist(theirs, ours, p=float("inf")).argmin(dim=1)
    logits, boxes = (
        float((mine[nearest] - true).abs().max()) / size
        for mine, true, size in zip(found, reference, sizes, strict=True)
    )
    return logits, boxes, int(nearest.unique().numel())


def accounted(path: Path, size: str) -> tuple[str, bool]:
    """Whether every tensor of the file and of the model has its counterpart, with the shape it must have."""
    source = weights.Source(NAMES[size], path, path)
    mapped = keys.convert(model._read_original(source))
    wanted = model.build(weights.MODELS[source.name].channels).state_dict()
    missing = [name for name in wanted if name not in mapped.tensors and name not in keys.FILLED]
    unexpected = [*mapped.unknown, *(name for name in mapped.tensors if name not in wanted)]
    misshapen = [
        name for name, tensor in mapped.tensors.items() if name in wanted and tensor.shape != wanted[name].shape
    ]
    line = (
        f"{size}: {len(mapped.tensors)} tensors placed, {len(mapped.left_out)} left out, {len(keys.FILLED)} filled;"
        f" missing {len(missing)}, unexpected {len(unexpected)}, wrong shape {len(misshapen)}"
    )
    return line, not (missing or unexpected or misshapen)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--official", type=Path, required=True, help="python of the official environment")
    parser.add_argument("--long-edge", type=int, default=1333, help="of the picture that the models see")
    parser.add_argument("--sizes", default="swin-t,swin-b", help="checkpoints to make and load; the first one is run")
    parser.add_argument("--jpeg", type=Path, help="a photograph, for the preprocessing")
    parser.add_argument("--golden", type=Path, help="write what CI compares with into this folder")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    sizes, fine, rows = asked.sizes.split(","), True, []

    def tell(row: str, good: bool) -> None:
        nonlocal fine
        fine = fine and good
        rows.append(f"{row}  {'fine' if good else 'NOT FINE'}")
        print(rows[-1], flush=True)

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        listed = vocabulary.write(folder / "bert", 30522)
        frame = rendered(1280, 720)
        given = pixels.prepare(as_picture(frame), asked.long_edge)
        small = pixels.prepare(Picture(1, recipe.picture()), 160)
        save_file({"pixels": given, "small": small}, folder / "pixels.safetensors")
        cv2.imwrite(str(folder / "rendered.jpg"), frame[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 92])
        pictures = ["rendered.jpg"]
        if asked.jpeg:
            (folder / "photograph.jpg").write_bytes(asked.jpeg.read_bytes())
            pictures.append("photograph.jpg")
        (folder / "request.json").write_text(json.dumps({
            "threads": asked.threads, "sizes": sizes, "run": sizes[0], "caption": ". ".join(PHRASES) + ".",
            "pictures": pictures,
        }))  # fmt: skip
        started = time.monotonic()
        program = Path(__file__).with_name("grounding_dino_official.py")
        subprocess.run([str(asked.official), "-W", "ignore", str(program), str(folder)], check=True)
        print(
            f"official side: {time.monotonic() - started:.0f} s, {(folder / 'versions.json').read_text()}", flush=True
        )
        official = load_file(folder / "official.safetensors")

        if asked.golden:
            write_golden(asked.golden, folder, official)
        for size in sizes:
            tell(*accounted(folder / f"{size}.pth", size))
        for name in pictures:
            codes = official[f"codes {name}"].numpy()
            deviation = torch.tensor(pixels.DEVIATION).view(3, 1, 1)
            gap = (pixels.prepare(as_picture(codes), pixels.LONG_EDGE)[0] - official[f"prepared {name}"]) * deviation
            steps = float(gap.abs().max()) * 255
            tell(
                f"preprocessing of {name}, {codes.shape[1]}x{codes.shape[0]}: {steps:.2f} / 255 at most",
                steps < MEAN_GAP,
            )

        options = Options(model=NAMES[sizes[0]], weights=folder / f"{sizes[0]}.pth", vocabulary=listed)
        network = model.Network(weights.find(options), "cpu", "float32")
        words = text.caption(PHRASES, network.pieces, network.unknown, "prompts")
        tell("token ids as the official tokenizer's", list(words.ids) == official["ids"].tolist())
        columns = len(words.ids)
        reference = (official["logits"][:, :columns], official["boxes"])
        started = time.monotonic()
        found = network.logits(given, words)
        took = time.monotonic() - started
        logits, boxes, distinct = apart(reference, found)
        tell(
            f"{sizes[0]} at {given.shape[3]}x{given.shape[2]}, {len(boxes_of(found))} queries x {columns} tokens:"
            f" logits {logits:.1e}, boxes {boxes:.1e}, one to one {distinct} (ours {took:.0f} s)",
            max(logits, boxes) <= TOLERANCE and distinct == len(boxes_of(found)),
        )
        other = text.caption(OTHER_PHRASES, network.pieces, network.unknown, "prompts")
        shared = min(columns, len(other.ids))
        controls = {
            "swapped RGB": (reference, network.logits(given.flip(1).contiguous(), words)),
            "other text": ((reference[0][:, :shared], reference[1]), _cut(network.logits(given, other), shared)),
        }
        for what, (true, wrong) in controls.items():
            far = max(apart(true, wrong)[:2])
            tell(f"    control {what}: {far:.1e}", far > 100 * TOLERANCE)
        network.follow_transformers()
        logits, boxes, _ = apart(reference, network.logits(given, words))
        tell(
            f"    transformers' own rule at the edges, for comparison: logits {logits:.1e}, boxes {boxes:.1e}",
            max(logits, boxes) > TOLERANCE,
        )
    print("\n" + "\n".join(rows) + f"\n\n{'Parity holds.' if fine else 'PARITY DOES NOT HOLD.'}")
    return 0 if fine else 1


def write_golden(into: Path, folder: Path, official: dict[str, torch.Tensor]) -> None:
    """The official answers to the recipe, and the names and shapes of the full-size files' tensors."""
    into.mkdir(parents=True, exist_ok=True)
    logits = official["small logits"].numpy()
    tokens = np.isfinite(logits).all(axis=0)  # the rest is padding
    np.savez_compressed(into / "small.npz", logits=logits[:, tokens], boxes=official["small boxes"].numpy())
    for path in sorted(folder.glob("*.names")):
        # No time stamp, so that the same names give the same file.
        (into / f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes(), mtime=0))


def boxes_of(answer: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
    return answer[1]


def _cut(answer: tuple[torch.Tensor, torch.Tensor], columns: int) -> tuple[torch.Tensor, torch.Tensor]:
    return answer[0][:, :columns], answer[1]


if __name__ == "__main__":
    sys.exit(main())
