"""Knobs that choose: one of some words, a layer or channel, the channel pairs of a Shuffle."""

from __future__ import annotations

from typing import Any, List, Optional, Sequence, Tuple, Union

from . import session
from .knobs import Knob, quoted
from .number_knobs import Unsigned_Knob
from .tcl import words_of
from .threads import host_class


@host_class
class Enumeration_Knob(Unsigned_Knob):
    """One of some words. A word that is not among them raises ``ValueError``."""

    _code = 4

    def __init__(self, name: str, label: Optional[str] = None, values: Sequence[str] = ()) -> None:
        self._words = list(values)
        super().__init__(name, label)

    def values(self) -> List[str]:
        return list(self._words)

    def numValues(self) -> int:
        return len(self._words)

    def enumName(self, n: int) -> str:
        return self._words[n]

    def setValues(self, values: Sequence[str]) -> None:
        """New choices; the chosen word stays where it is still among them."""
        chosen = self.value()
        with self._changing():
            self._words = list(values)
            self._numbers = [float(self._words.index(chosen)) if chosen in self._words else 0.0]

    def value(self) -> str:
        return self._word(self._all(self._now())[0])

    def getValue(self, index: int = -1, view: Optional[str] = None) -> float:
        return self._all(self._now())[0]

    def setValue(self, value: Union[str, int], index: int = -1) -> bool:
        with self._changing():
            self._set(0, self._number(value), self._now())
        return True

    def _number(self, value: Any) -> float:
        if isinstance(value, str):
            if value not in self._words:
                raise ValueError(f"{self._name}: {value!r} is not one of {', '.join(map(repr, self._words))}")
            return float(self._words.index(value))
        if not isinstance(value, (int, float)) or not 0 <= value < len(self._words):
            raise ValueError(f"{self._name}: {value!r} is not one of {len(self._words)} choices")
        return float(int(value))

    def _at(self, frame: float) -> str:
        return self._word(self._all(frame)[0])

    def _word(self, number: float) -> str:
        return self._words[int(number)] if self._words else ""

    def _text(self) -> str:
        return super()._text() if self._curves else quoted(self._word(self._numbers[0]))

    def _read(self, text: str) -> None:
        words = words_of(text)
        if len(words) == 1 and words[0].braced and len(words_of(words[0].text)) > 1:
            text = words_of(words[0].text)[-1].text  # {{0} B}: Nuke's own dynamic menus carry index and word
        super()._read(text)

    def _from_word(self, word: str) -> float:
        return self._number(word)

    def _state(self) -> Any:
        return (*super()._state(), tuple(self._words))

    def _restore(self, state: Any) -> None:
        super()._restore(state)
        self._words = list(state[2])


@host_class
class Pulldown_Knob(Enumeration_Knob):
    """A menu; choosing an entry runs its command in Nuke. The fake only remembers the choice."""


@host_class
class Channel_Knob(Knob):
    """A layer (``rgba``, ``alpha``) or, where ``depth`` is 1, one channel (``rgba.alpha``).

    Names that no layer has raise ``ValueError``: a file's layers are known once its header was read.
    """

    def __init__(self, name: str, label: Optional[str] = None, init: str = "none", depth: int = 4) -> None:
        super().__init__(name, label)
        self._channel, self._depth = init, depth
        self._settle()

    def depth(self) -> int:
        return self._depth

    def value(self) -> str:
        return self._channel

    def getValue(self) -> str:
        return self._channel

    def setValue(self, name: str) -> None:
        if not isinstance(name, str):
            raise TypeError(f"{self._name}: a channel name is required, not {type(name).__name__}")
        with self._changing():
            self._read(name)

    def _text(self) -> str:
        return self._channel

    def _read(self, text: str) -> None:
        layers = session.current().layers
        channels = {channel for layer in layers.values() for channel in layer}
        known = text in channels if self._depth == 1 else text in layers or text in channels or text == "all"
        if not known and text not in ("none", "black", "white"):
            raise ValueError(f'{self._name}: no channel is named "{text}"')
        self._channel = text

    def _channels(self) -> List[str]:
        """The channels that are chosen, by full name."""
        if self._channel == "none":
            return []
        layers = session.current().layers
        if self._channel == "all":
            return sorted({channel for layer in layers.values() for channel in layer})
        return list(layers.get(self._channel, [self._channel]))

    def _state(self) -> str:
        return self._channel

    def _restore(self, state: str) -> None:
        self._channel = state


@host_class
class ChannelMask_Knob(Channel_Knob):
    pass


class ChannelMatrix(Knob):
    """``mappings`` of a Shuffle2: ``[(input layer 0 or 1, source channel, output channel), …]``."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._pairs: List[Tuple[int, str, str]] = [
            (0, f"rgba.{part}", f"rgba.{part}") for part in ("red", "green", "blue", "alpha")
        ]
        self._settle()

    def Class(self) -> str:
        return "ChannelMappings"

    def value(self) -> List[Tuple[int, str, str]]:
        return list(self._pairs)

    def getValue(self) -> List[Tuple[int, str, str]]:
        return list(self._pairs)

    def setValue(self, pairs: Sequence[Sequence[Any]]) -> bool:
        """Pairs of channel names, each perhaps with the number of the input layer before it; others stay."""
        with self._changing():
            for pair in pairs:
                layer, source, target = pair if len(pair) == 3 else (0, *pair)
                kept = [old for old in self._pairs if old[2] != target]
                self._pairs = [*kept, (-1 if source in ("black", "white") else int(layer), str(source), str(target))]
        return True

    def _text(self) -> str:
        words = [str(len(self._pairs))]
        for layer, source, target in sorted(self._pairs, key=lambda pair: _place(pair[2])):
            words += [source, str(layer), str(-1 if layer < 0 else _place(source)), target, "0", str(_place(target))]
        return " ".join(words)

    def _read(self, text: str) -> None:
        words = text.split()
        rows = [words[at : at + 6] for at in range(1, len(words), 6)]
        if not words or len(rows) != int(words[0]) or any(len(row) != 6 for row in rows):
            raise ValueError(f"mappings cannot be read: {text!r}")
        self._pairs = [(int(row[1]), row[0], row[3]) for row in rows]

    def _state(self) -> Any:
        return tuple(self._pairs)

    def _restore(self, state: Any) -> None:
        self._pairs = list(state)


def _place(channel: str) -> int:
    """Where a channel stands in its layer."""
    layer = session.current().layers.get(channel.split(".")[0], [])
    return layer.index(channel) if channel in layer else -1
