"""What a panel says, word for word where an artist reads it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mattewire_panel import words
from mattewire_protocol import errors
from mattewire_protocol.errors import BadField


def test_a_dialog_says_what_happened_then_the_way_out() -> None:
    told = words.dialog(errors.NotWritable("/m cannot be written.", advice="Choose another folder."), "Mask subject")
    assert told.title == "Mask subject"
    assert told.text == "/m cannot be written.\n\nChoose another folder."
    assert told.details == "not_writable\n\n/m cannot be written.\nChoose another folder."
    assert told.button == ""


def test_a_field_is_named_as_the_panel_names_it() -> None:
    told = words.dialog(BadField("must be larger than x0.", field="request.boxes[2].x1", advice="Draw it again."))
    assert told.text == "Boxes: must be larger than x0.\n\nDraw it again."
    assert "request.boxes[2].x1" in told.details
    assert words.field_label("prompts") == "What to mask"
    assert words.field_label("priority") == ""
    assert words.field_label("") == ""
    assert words.field_label("request") == ""


def test_the_class_sentence_stands_in_for_advice_and_is_not_said_twice() -> None:
    assert words.dialog(errors.DiskFull()).text == errors.DiskFull.sentence
    assert words.dialog(errors.DiskFull("/m is full.")).text == f"/m is full.\n\n{errors.DiskFull.sentence}"


@pytest.mark.parametrize(
    ("problem", "button"),
    [
        (errors.DaemonUnreachable(), words.START),
        (errors.TimedOut(), words.RETRY),
        (errors.NotKept(), words.TRACK),
        (errors.OutputExists(), words.VERSION_UP),
        (errors.OutOfMemory(), words.RETRY),
        (errors.NothingFound(), ""),
        (errors.InstallIncomplete(), ""),
    ],
)
def test_the_button_helps_at_once(problem: errors.MattewireError, button: str) -> None:
    assert words.dialog(problem).button == button


def test_a_wrong_version_is_one_clear_line() -> None:
    told = words.dialog(errors.WrongProtocol("Protocol 3 to 4 is spoken here.", field="protocol_min"))
    assert "\n" not in told.text
    assert "Update the older one" in told.text


@pytest.mark.parametrize("error", errors.BY_CODE.values(), ids=errors.BY_CODE)
def test_every_error_has_a_dialog(error: type[errors.MattewireError]) -> None:
    for problem in (error(), error("what happened"), error("what happened", field="out", advice="the way out")):
        told = words.dialog(problem)
        assert told.text
        assert told.details.startswith(error.code)
        assert "Traceback" not in told.text


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("red ball", ["red ball"]),
        (" red   ball ;\n blue mug, red ball,,", ["red ball", "blue mug"]),
        ("\n , ; ", []),
        ("grüner Würfel", ["grüner Würfel"]),
    ],
)
def test_phrases_as_artists_type_them(typed: str, found: list[str]) -> None:
    assert words.phrases(typed) == found


@given(st.text())
def test_phrases_are_clean_whatever_is_typed(typed: str) -> None:
    found = words.phrases(typed)
    assert len(set(found)) == len(found)
    assert all(phrase == " ".join(phrase.split()) and phrase for phrase in found)
    assert words.phrases("\n".join(found)) == found


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min 00 s"),
        (125, "2 min 05 s"),
        (3599.7, "1 h 00 min"),
        (3780, "1 h 03 min"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert words.duration(seconds) == text


def test_sizes() -> None:
    assert words.size(320_000_000) == "320 MB"
    assert words.size(1_540_000_000) == "1.5 GB"
