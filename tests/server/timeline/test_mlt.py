"""The MLT document: media, positions, and how the matte is applied. melt itself plays it in ``tests/hosts/melt``."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import pytest

from mattewire_protocol.errors import BadField, NotWritable
from mattewire_server.timeline import Media, write_mlt
from mattewire_server.timeline.mlt import document, readable
from mattewire_server.timeline.shot import ALPHA
from server.timeline.test_shot import shot

PNG = Media("/show/a & b/plate.####.png", 991, 1040)


def properties(element: ElementTree.Element) -> dict[str, str]:
    return {each.attrib["name"]: each.text or "" for each in element.findall("property")}


def producers(root: ElementTree.Element) -> dict[str, dict[str, str]]:
    return {each.attrib["id"]: {**each.attrib, **properties(each)} for each in root.findall("producer")}


def cuts(root: ElementTree.Element) -> dict[str, tuple[str, str]]:
    """What of each media is played: first and last position."""
    return {each.attrib["producer"]: (each.attrib["in"], each.attrib["out"]) for each in root.iter("entry")}


def transitions(root: ElementTree.Element) -> list[tuple[str, str, str]]:
    found = (properties(each) for each in root.iter("transition"))
    return [(each["mlt_service"], each["a_track"], each["b_track"]) for each in found]


def test_sequences_are_told_where_they_begin(tmp_path: Path) -> None:
    write_mlt(tmp_path / "a.mlt", shot(plate=PNG), "#336699")
    made = producers(ElementTree.parse(tmp_path / "a.mlt").getroot())
    assert made["plate"]["resource"] == "/show/a & b/plate.%04d.png?begin=991"
    assert (made["plate"]["in"], made["plate"]["out"], made["plate"]["ttl"]) == ("0", "49", "1")
    assert made["matte"]["resource"] == "/show/matte.%04d.png?begin=1001"
    assert cuts(ElementTree.parse(tmp_path / "a.mlt").getroot()) == {
        "background": ("0", "23"), "plate": ("10", "33"), "matte": ("0", "23"),
    }  # fmt: skip
    assert (made["background"]["mlt_service"], made["background"]["resource"]) == ("color", "#336699")


def test_a_gray_matte_becomes_the_plates_alpha() -> None:
    assert transitions(document(shot(plate=PNG))) == [("matte", "1", "2"), ("composite", "0", "1")]


def test_a_cut_out_lies_over_the_background_itself() -> None:
    made = document(shot(plate=PNG, matte=Media("/show/cut.mov", 1001, 1024), lies_in=ALPHA))
    assert transitions(made) == [("composite", "0", "2")]
    assert producers(made)["matte"]["mlt_service"] == "avformat"
    hidden = {each.attrib["producer"]: each.attrib.get("hide", "") for each in made.iter("track")}
    assert hidden == {"background track": "", "plate track": "video", "matte track": ""}


def test_a_movie_plate_is_entered_where_the_shot_begins() -> None:
    made = document(shot(plate=Media("/show/plate.mov", 1, 99), matte=Media("/m.####.png", 11, 34), first=11, last=34))
    assert cuts(made)["plate"] == ("10", "33")


def test_a_proxy_stands_in_for_what_mlt_cannot_read() -> None:
    made = document(shot(proxy=Media("/show/proxy.mov", 1001, 1024)))
    assert producers(made)["plate"]["resource"] == "/show/proxy.mov"
    assert cuts(made)["plate"] == ("0", "23")


def test_every_id_that_is_named_is_there() -> None:
    made = document(shot(plate=PNG))
    ids = [each.attrib["id"] for each in made.iter() if "id" in each.attrib]
    assert len(ids) == len(set(ids))
    named = [each.attrib["producer"] for each in made.iter() if "producer" in each.attrib]
    assert set(named) <= set(ids)
    # A track's producer must stand before the tractor that plays it.
    assert [each.tag for each in made][-1] == "tractor"


def test_size_shape_and_rate() -> None:
    profile = document(shot(plate=PNG, pixel_aspect=2.0, rate=Fraction(24000, 1001))).find("profile")
    assert profile is not None
    told = profile.attrib
    assert (told["width"], told["height"], told["progressive"]) == ("320", "180", "1")
    assert (told["sample_aspect_num"], told["sample_aspect_den"]) == ("2", "1")
    assert (told["display_aspect_num"], told["display_aspect_den"]) == ("32", "9")
    assert (told["frame_rate_num"], told["frame_rate_den"]) == ("24000", "1001")


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({}, "--proxy", "MLT does not read plate"),
        ({"plate": PNG, "matte": Media("/m.####.exr", 1001, 1024)}, "SIDECAR", "MLT does not read m"),
        ({"plate": Media("/100%/p.####.png", 1001, 1024)}, "--proxy", "has a %"),
    ],
)
def test_what_mlt_would_show_as_nothing(changes: dict[str, Media], field: str, words: str) -> None:
    with pytest.raises(BadField, match=words) as told:
        document(shot(**changes))
    assert told.value.field == field


def test_a_color_that_is_none() -> None:
    with pytest.raises(BadField, match="is no color"):
        document(shot(plate=PNG), "blue")


def test_what_is_readable() -> None:
    assert readable("a.####.PNG")
    assert readable("a.mov")
    assert not readable("a.####.exr")
    assert not readable("a")


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotWritable):
        write_mlt(tmp_path / "nowhere" / "a.mlt", shot(plate=PNG))
