from __future__ import annotations

import re

import pytest

from mattewire_protocol import errors
from mattewire_protocol.errors import BY_CODE, BadField, MattewireError, from_wire


def every_class(cls: type[MattewireError] = MattewireError) -> list[type[MattewireError]]:
    return [cls, *(sub for child in cls.__subclasses__() for sub in every_class(child))]


def test_the_drawn_tree_is_the_tree() -> None:
    drawn = re.findall(r"\b[A-Z]\w+", (errors.__doc__ or "").split("\n\n")[1])
    assert drawn == [cls.__name__ for cls in every_class()]


def test_every_leaf_has_a_code_and_a_sentence_of_its_own() -> None:
    leaves = [cls for cls in every_class() if not cls.__subclasses__()]
    assert list(BY_CODE.values()) == leaves
    assert len({cls.code for cls in leaves}) == len({cls.sentence for cls in leaves}) == len(leaves)
    for cls in leaves:
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", cls.code)
        assert cls.code == re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower(), "code and class say the same"


def test_every_sentence_says_what_is_wrong_and_the_way_out() -> None:
    for cls in BY_CODE.values():
        first, _, way_out = cls.sentence.partition(". ")
        assert first
        assert way_out.endswith("."), cls.sentence
        assert len(cls.sentence) < 130


def test_message_field_and_advice_show() -> None:
    error = errors.PlateUnreadable("Frame 1009 is cut short.", field="plate.path")
    assert str(error) == "plate.path: Frame 1009 is cut short. " + errors.PlateUnreadable.sentence
    assert str(errors.PlateUnreadable()) == errors.PlateUnreadable.sentence
    assert str(errors.DiskFull("No space.", advice="Delete old versions.")) == "No space. Delete old versions."


def test_a_field_fault_is_a_value_error_too() -> None:
    with pytest.raises(ValueError, match="x1"):
        raise BadField("must be larger.", field="x1")


@pytest.mark.parametrize(
    ("field", "prefix", "joined"),
    [
        ("x1", "boxes", "boxes.x1"),
        ("[2].x1", "boxes", "boxes[2].x1"),
        ("", "boxes", "boxes"),
        ("x1", "", "x1"),
        ("boxes[2].x1", "request", "request.boxes[2].x1"),
        ("x1", "[2]", "[2].x1"),
    ],
)
def test_paths_join(field: str, prefix: str, joined: str) -> None:
    outer = BadField("is wrong.", field=field, advice="Mend it.").within(prefix)
    assert (outer.field, outer.message, outer.advice) == (joined, "is wrong.", "Mend it.")


def test_a_code_made_later_stays_readable() -> None:
    error = from_wire("lens_cap_on", "It is dark.", "plate", "Take it off.", retryable=True)
    assert type(error) is MattewireError
    assert (error.code, error.retryable, str(error)) == ("lens_cap_on", True, "plate: It is dark. Take it off.")
    assert MattewireError.code == "error", "the class is not changed"


def test_a_known_code_brings_its_own_retryable() -> None:
    assert from_wire("disk_full", "Full.").retryable is True
    assert from_wire("camera_raw", "BRAW.", retryable=True).retryable is False
