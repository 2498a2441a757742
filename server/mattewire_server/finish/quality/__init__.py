"""Quality control: what each frame's mattes are worth, and why a frame asks for a look."""

from .judge import REACH, Quality, Verdict, alone
from .names import AGAIN, ASKING, NAMES
from .seen import Seen, colors_under, see, small

__all__ = ["AGAIN", "ASKING", "NAMES", "REACH", "Quality", "Seen", "Verdict", "alone", "colors_under", "see", "small"]
