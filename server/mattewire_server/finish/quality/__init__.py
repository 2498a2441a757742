"""Quality control: what each frame's mattes are worth, and why a frame asks for a look."""

from .judge import ASKING, NAMES, REACH, Doubt, Quality, Verdict, alone
from .seen import Seen, colors_under, see, small

__all__ = ["ASKING", "NAMES", "REACH", "Doubt", "Quality", "Seen", "Verdict", "alone", "colors_under", "see", "small"]
