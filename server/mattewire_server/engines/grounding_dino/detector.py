"""The detector behind the seam: phrases in, numbered-to-be boxes out."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .. import detections, second_look
from ..seams import Found, Picture
from .options import Options
from .weights import Source

if TYPE_CHECKING:
    from .model import Network

log = logging.getLogger("mattewire.detector")


class GroundingDinoDetector:
    """Finds any phrase on a picture (``seams.Detector``). The network is loaded on first use and kept until
    ``close``. Deterministic on one device; one picture does not influence another."""

    def __init__(self, source: Source, options: Options) -> None:
        self._source = source
        self._options = options
        self._network: Network | None = None
        self.looked_again: tuple[second_look.SecondLook, ...] = ()
        """What the refiner looked at again in the latest ``find``."""

    def find(self, picture: Picture, phrases: Sequence[str], exclude: Sequence[str] = ()) -> list[Found]:
        """Every match, best first; nothing where nothing reaches the thresholds.

        Excluded phrases are looked for in a pass of their own, so that their words cannot draw the phrases' scores.
        Raises ``PromptNotUnderstood``, ``WeightsMissing``, ``OutOfMemory``.
        """
        options = self._options
        if not phrases:
            return []
        unwanted = self._seen(picture, exclude, "exclude").matches() if exclude else []
        seen = self._seen(picture, phrases, "prompts")
        found = seen.matches()
        looks: list[second_look.SecondLook] = []
        if options.refine:
            faint = [item for item in seen.matches(second_look.FAINT) if item.score < options.box_threshold]
            found, looks = second_look.refine(
                picture,
                detections.suppress([*found, *faint]),
                self._look,
                box_threshold=options.box_threshold,
                confident=max(options.refine_below, options.box_threshold),
            )
            if looks:
                log.info("frame %d: %d second looks, %d confirmed", picture.frame, len(looks),
                         sum(look.closer is not None for look in looks))  # fmt: skip
        self.looked_again = tuple(looks)
        return detections.exclude(found, unwanted)[: options.most]

    def closer(self, picture: Picture, phrases: Sequence[str], around: detections.Box) -> list[Found]:
        """What the phrases find on the padded crop around a box, best first: a second look at a frame whose track is
        in doubt. Empty where the box fills the picture. Boxes in picture pixels."""
        crop = second_look.crop_around(around, picture.width, picture.height)
        if crop is None:
            return []
        found = [item for phrase in phrases for item in second_look.look_at(picture, crop, phrase, self._look)]
        return detections.suppress(found)[: self._options.most]

    def network(self) -> Network:
        """The loaded network. Raises ``WeightsMissing``, ``OutOfMemory``."""
        if self._network is None:
            from ..device import choose_device
            from .model import Network

            device = choose_device(self._options.device).type
            self._network = Network(self._source, device, pick_dtype(self._options.dtype))
        return self._network

    def close(self) -> None:
        """Lets go of the network; the next ``find`` loads it again."""
        self._network = None

    def _look(self, part: Picture, phrase: str) -> list[Found]:
        return self._seen(part, [phrase], "prompts").matches()

    def _seen(self, picture: Picture, phrases: Sequence[str], field: str) -> _Seen:
        from .pixels import prepare
        from .text import caption

        network = self.network()
        words = caption(phrases, network.pieces, network.unknown, field)
        pixels = prepare(picture, self._options.long_edge)
        return _Seen(*network.scores(pixels, words, picture.width, picture.height), words.spans, self._options)


@dataclass(frozen=True)
class _Seen:
    """What one pass of the network gave, before any threshold."""

    scores: detections.Floats
    boxes: detections.Floats
    spans: tuple[detections.Span, ...]
    options: Options

    def matches(self, share: float = 1.0) -> list[Found]:
        """What reaches ``share`` of the thresholds, each thing once, best first."""
        thresholds = self.options.box_threshold * share, self.options.text_threshold * share
        return detections.suppress(detections.matches(self.scores, self.boxes, self.spans, *thresholds))


def pick_dtype(wanted: str) -> str:
    """``auto`` is float32."""
    return "float32" if wanted == "auto" else wanted
