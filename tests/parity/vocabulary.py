"""A vocabulary of BERT's shape, made here: the ids that GroundingDINO fixes, and a few words to type."""

from __future__ import annotations

from pathlib import Path

WORDS = "a the red blue mug dog cat ball on in table grass woman man bag hat wearing holding running shoe".split()
PIECES = ["##s", "##e", "##r", "##ing", *(f"##{letter}" for letter in "abcdfghijklmnopqtuvwxyz")]
FIRST_WORD = 1996


def words(size: int) -> list[str]:
    """``size`` words; [PAD] 0, [UNK] 100, [CLS] 101, [SEP] 102, "." 1012 and "?" 1029 as in bert-base-uncased."""
    listed = [f"[unused{number}]" for number in range(size)]
    fixed = {0: "[PAD]", 100: "[UNK]", 101: "[CLS]", 102: "[SEP]", 103: "[MASK]", 1010: ",", 1012: ".", 1029: "?"}
    first = FIRST_WORD if size > 3000 else 1040
    for number, word in {**fixed, **dict(enumerate([*WORDS, *PIECES], first))}.items():
        listed[number] = word
    return listed


def write(folder: Path, size: int) -> Path:
    """``vocab.txt`` in ``folder``, and the path to it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "vocab.txt"
    path.write_text("\n".join(words(size)) + "\n", encoding="utf-8")
    return path
