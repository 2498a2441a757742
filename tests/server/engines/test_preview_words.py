"""What the preview engine understands of a phrase, and what it says of one that it does not."""

import pytest

from mattewire_protocol.errors import PromptNotUnderstood
from mattewire_server.engines.preview import words


@pytest.mark.parametrize(
    ("text", "colors", "shape"),
    [
        ("the red ball", (("red", ""),), "round"),
        ("White Ball", (("white", ""),), "round"),
        ("blue mug", (("blue", ""),), "compact"),
        ("dark green square block", (("green", "dark"),), "boxy"),
        ("light grey pole", (("gray", "light"),), "long"),
        ("red and yellow blocks", (("red", ""), ("yellow", "")), "boxy"),
        ("navy thing", (("blue", "dark"),), "any"),
        ("round pink thing", (("pink", ""),), "any"),
        ("a triangle", (), "pointed"),
        ("teal boxes", (("cyan", ""),), "boxy"),
        ("orange", (("orange", ""),), "any"),
    ],
)
def test_reads_colors_tones_and_shapes(text, colors, shape):
    phrase = words.parse(text)
    assert (phrase.text, phrase.colors, phrase.shape) == (text, colors, shape)


@pytest.mark.parametrize(("text", "word"), [("person in yellow", "person"), ("red bal", "bal"), ("dog", "dog")])
def test_names_the_word_it_does_not_know_and_the_way_out(text, word):
    with pytest.raises(PromptNotUnderstood) as caught:
        words.parse(text)
    assert repr(word) in caught.value.message
    assert all(known in caught.value.message for known in ("purple", "dark", "ball"))
    assert 'pip install "mattewire[models]"' in caught.value.advice
    assert "mattewire weights" in caught.value.advice
    assert "box" in caught.value.advice


@pytest.mark.parametrize("text", ["the", "dark", "...", ""])
def test_needs_a_color_or_a_shape(text):
    with pytest.raises(PromptNotUnderstood, match="no color or shape word"):
        words.parse(text)


def test_every_listed_word_is_understood():
    for word in words.UNDERSTANDS:
        assert words.parse(f"{word} thing").text == f"{word} thing"


def test_says_round_only_of_understood_round_phrases():
    assert words.says_round("red ball")
    assert not words.says_round("red box")
    assert not words.says_round("football player")
    assert not words.says_round("")
