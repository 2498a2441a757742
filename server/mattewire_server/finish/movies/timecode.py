"""A plate's timecode as a movie's: OpenEXR's packed bits to ``hh:mm:ss:ff``."""

from __future__ import annotations

from fractions import Fraction

_DROP_FRAME = Fraction(30000, 1001)
_FASTEST = 30
"""Above it two frames share a number, and the bit that tells them apart is another one in 50 and 60 Hz systems."""


def timecode_text(packed: tuple[int, int], fps: Fraction) -> str:
    """``01:02:03:04``, or ``01:02:03;04`` where frame numbers are dropped (SMPTE ST 12-1).

    ``packed``: time and user bits as OpenEXR and DPX store them: hours, minutes, seconds and frames in binary-coded
    decimals, a byte each, with the drop-frame flag in bit 6. Empty for a timecode that does not exist at ``fps``:
    cameras and scanners leave garbage there, and a movie without timecode is better than a wrong one.
    """
    bits = packed[0]
    hour, minute = _decimal(bits >> 24 & 0x3F), _decimal(bits >> 16 & 0x7F)
    second, frame = _decimal(bits >> 8 & 0x7F), _decimal(bits & 0x3F)
    dropped = bool(bits >> 6 & 1)
    exists = hour < 24 and minute < 60 and second < 60 and frame < round(fps) and fps <= _FASTEST
    if dropped:  # every minute but each tenth begins with frame 2
        exists = exists and fps == _DROP_FRAME and not (frame < 2 and second == 0 and minute % 10)
    return f"{hour:02}:{minute:02}:{second:02}{';' if dropped else ':'}{frame:02}" if exists else ""


def _decimal(byte: int) -> int:
    tens, ones = byte >> 4, byte & 15
    return 10 * tens + ones if ones < 10 else 99  # 99 is beyond hours, minutes, seconds and frames alike
