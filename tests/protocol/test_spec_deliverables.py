"""The hand-written pages of SPEC.md on color, files, names, clean-up and kept shots say what the code has."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

from mattewire_protocol import deliver
from mattewire_protocol.request import MatteRequest
from mattewire_server.cli.files import SUFFIXES
from mattewire_server.finish import cryptomatte, names
from mattewire_server.kept.address import AFTER_THE_ENGINE, SETTLED
from mattewire_server.mattes import TOKENS, expand
from mattewire_server.plates import file_color

SPEC = (Path(__file__).parents[2] / "protocol" / "SPEC.md").read_text(encoding="utf-8")
WORD = re.compile(r"`([\w{}]+)`")


def part(heading: str) -> str:
    """The text under a heading, up to the next one."""
    return re.split(r"^##+ ", SPEC.split(f"### {heading}\n")[1], maxsplit=1, flags=re.M)[0]


def first_cells(text: str, head: str) -> dict[str, str]:
    """Rows of the table whose first cell is ``head``: what is in code marks in the first cell, to the rest."""
    table = text.split(f"| {head} |")[1].split("\n\n")[0]
    rows = [line.split("|") for line in table.splitlines()[2:]]
    return {word: "|".join(row[2:]) for row in rows for word in re.findall(r"`([^`]+)`", row[1])}


def test_every_format_content_and_channels_is_explained() -> None:
    files = part("Files")
    formats = first_cells(files, "`format`")
    assert tuple(formats) == deliver.FORMATS
    for format, rest in formats.items():
        assert f"`{SUFFIXES[format]}`" in rest
    assert tuple(first_cells(files, "`content`")) == deliver.CONTENTS
    assert tuple(first_cells(files, "`channels`")) == tuple(word for word in deliver.CHANNELS if word)
    assert f"`{cryptomatte.LAYER}`" in files
    assert cryptomatte.LEVELS == 3 * 2


def test_who_says_the_colorspace_is_in_the_order_of_the_code() -> None:
    sources = (file_color.REQUEST, file_color.FILE_RULES, file_color.METADATA, file_color.FILE_KIND)
    assert tuple(first_cells(part("Color"), "`colorspace_from`")) == sources


def test_tokens() -> None:
    assert tuple(first_cells(part("Tokens in paths"), "token")) == tuple(f"{{{token}}}" for token in TOKENS)
    filled = expand("{shot}.{object}.{version}.{view}.{{x}}", shot="sh010", version=1, object_layer="mug")
    assert filled == "sh010.mug.v001.main.{x}"


def test_examples_of_names() -> None:
    text = part("Names of objects")
    examples = dict(re.findall(r"`([^`]+)` is\s+`([^`]+)`", text.split("layer name*")[1]))
    assert examples == {name: names.legal_names([name])[0] for name in ("été", "founder (left)", "1", "mask")}
    assert f"{names.LONGEST} characters" in " ".join(text.split())
    assert names.object_names({2: "red ball"}, several=True) == {2: "red ball 2"}
    assert names.object_names({2: "red ball"}, several=False) == {2: "red ball"}
    assert names.object_names({3: ""}) == {3: "object 3"}


def test_clean_up_is_in_the_order_of_its_fields() -> None:
    steps = re.findall(r"^\d\. (?:`(\w+)`|(garbage|holdout))", part("From the engine to the files"), re.M)
    fields = [field.name for field in dataclasses.fields(deliver.CleanUp) if field.name != "object"]
    assert ["".join(step) for step in steps] == ["garbage", *fields, "holdout"]


def test_what_changes_a_logit_and_what_does_not() -> None:
    """Every field of a request is on one side, and on the side that the address of a kept shot puts it on."""
    text = part("Kept shots").split("What can change a logit")[1]
    can, cannot = (set(WORD.findall(side)) for side in text.split("What cannot:"))
    fields = {field.name for field in dataclasses.fields(MatteRequest)}
    assert cannot == AFTER_THE_ENGINE - {"reuse", "finish_of"}
    assert can == fields - AFTER_THE_ENGINE - SETTLED | {"first", "last"}
    for words in ("the plate's path, view", "the OCIO config", "where detection begins", "the quality it was made at"):
        assert words in " ".join(text.split()), "what is settled on, not typed"
