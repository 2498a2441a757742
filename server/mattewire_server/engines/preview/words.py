"""What the preview engine understands of a phrase: color words, shape words, and words that change nothing.

The eleven basic color terms are those of Berlin and Kay, *Basic Color Terms* (1969), plus cyan. A phrase needs at
least one color or shape word and no word that is unknown: a preview that guessed at "the actor" would mislead.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mattewire_protocol.errors import PromptNotUnderstood

COLOR_WORDS = {
    "red": "red",
    "scarlet": "red",
    "crimson": "red",
    "orange": "orange",
    "yellow": "yellow",
    "golden": "yellow",
    "green": "green",
    "lime": "green",
    "cyan": "cyan",
    "teal": "cyan",
    "turquoise": "cyan",
    "blue": "blue",
    "navy": "blue",
    "purple": "purple",
    "violet": "purple",
    "pink": "pink",
    "magenta": "pink",
    "brown": "brown",
    "white": "white",
    "gray": "gray",
    "grey": "gray",
    "black": "black",
}
"""Color words by the color they stand for."""

TONE_WORDS = {"light": "light", "pale": "light", "dark": "dark", "deep": "dark", "bright": "bright", "vivid": "bright"}
"""Words that narrow the color word after them."""

SHAPE_WORDS = {
    **dict.fromkeys(("ball", "sphere", "circle", "disc", "disk", "dot", "marble"), "round"),
    **dict.fromkeys(("box", "block", "square", "cube", "rectangle", "card", "tile", "brick"), "boxy"),
    **dict.fromkeys(("triangle", "cone"), "pointed"),
    **dict.fromkeys(("mug", "cup", "bottle", "can", "blob"), "compact"),
    **dict.fromkeys(("stripe", "pole", "pillar", "stick", "bar", "line"), "long"),
    **dict.fromkeys(("thing", "object", "shape", "item"), "any"),
}
"""Shape words by the kind of outline they stand for."""

FILLER = frozenset(
    [
        "a",
        "an",
        "the",
        "this",
        "that",
        "one",
        "round",
        "square-shaped",
        "colored",
        "coloured",
        "of",
        "and",
        "small",
        "big",
        "large",
        "moving",
    ]
)

UNDERSTANDS = (
    *dict.fromkeys(COLOR_WORDS),
    *dict.fromkeys(TONE_WORDS),
    *dict.fromkeys(SHAPE_WORDS),
)
"""Every word that carries meaning here, for lists and messages."""


@dataclass(frozen=True)
class Phrase:
    """A phrase as understood: ``colors`` are (color, tone) pairs, tone ``""`` when plain; any of them may match.

    ``shape`` is ``round``, ``boxy``, ``pointed``, ``compact``, ``long`` or ``any``.
    """

    text: str
    colors: tuple[tuple[str, str], ...]
    shape: str


def parse(text: str) -> Phrase:
    """Reads one phrase, such as ``"the dark green block"`` or ``"white ball"``; plurals count as the singular.

    Raises ``PromptNotUnderstood`` that names the first unknown word, lists the known ones and the way to the models.
    """
    tokens = re.findall(r"[^\W_]+(?:-[^\W_]+)*", text.casefold())
    colors: list[tuple[str, str]] = []
    shape, tone = "", ""
    for token in tokens:
        word = _known(token)
        if word in TONE_WORDS:
            tone = TONE_WORDS[word]
        elif word in COLOR_WORDS:
            colors.append((COLOR_WORDS[word], tone or ("dark" if word == "navy" else "")))
            tone = ""
        elif word in SHAPE_WORDS:
            shape = SHAPE_WORDS[word]
        elif word == "round":
            shape = shape or "round"
        elif word not in FILLER:
            raise _not_understood(f"The preview engine does not understand {token!r} in {text!r}.")
    if not colors and not shape:
        raise _not_understood(f"The preview engine finds no color or shape word in {text!r}.")
    return Phrase(text, tuple(dict.fromkeys(colors)), shape or "any")


def says_round(text: str) -> bool:
    """True for a phrase that is understood and names something round."""
    try:
        return bool(text) and parse(text).shape == "round"
    except PromptNotUnderstood:
        return False


def _known(token: str) -> str:
    """The token, or its singular where only that is a known word."""
    known = (*COLOR_WORDS, *TONE_WORDS, *SHAPE_WORDS, *FILLER)
    for word in (token, token.removesuffix("s"), token.removesuffix("es")):
        if word in known:
            return word
    return token


def _not_understood(message: str) -> PromptNotUnderstood:
    colors, tones, shapes = (", ".join(table) for table in (COLOR_WORDS, TONE_WORDS, SHAPE_WORDS))
    return PromptNotUnderstood(
        f"{message} It knows colors ({colors}), tones ({tones}) and shapes ({shapes}).",
        field="prompts",
        advice="Use those words, draw a box around the subject, or get the real models: "
        '`pip install "mattewire[models]"`, then `mattewire weights`.',
    )
