"""The whole pipeline for one shot, and the single look before it. No sockets here."""

from .look import look
from .pull import Halted, pull_matte

__all__ = ["Halted", "look", "pull_matte"]
