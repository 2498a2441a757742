"""Random weights of SAM 2.1's and GroundingDINO's real architectures, narrowed until a frame takes milliseconds.

    python tests/make_tiny_weights.py FOLDER
    MATTEWIRE_SAM2_WEIGHTS=FOLDER/sam2 MATTEWIRE_SAM2_FINAL_SIZE=128 MATTEWIRE_SAM2_DRAFT_SIZE=64 \\
        MATTEWIRE_DETECTOR_WEIGHTS=FOLDER/detector mattewire mask … --engine sam2

The mattes mean nothing; files, scores, progress and provenance are real. ``make_random_weights.py`` and
``make_random_detector.py`` make them at full size.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from parity.vocabulary import write
from server.engines.grounding_dino.conftest import WORDS, tiny_model
from server.engines.sam2_tiny import save_folder

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    save_folder(folder / "sam2")
    tiny_model().save_pretrained(folder / "detector")
    write(folder / "detector", WORDS)
