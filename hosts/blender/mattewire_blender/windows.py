# SPDX-FileCopyrightText: The Mattewire developers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The windows of an EXR plate. Blender shows the data window alone and forgets where it lay (measured in 4.5 and 5.0).

Marks made on such a picture have to be moved by that, so its header is read here. After the OpenEXR file layout
document, https://openexr.com/en/latest/OpenEXRFileLayout.html.
"""

from __future__ import annotations

import struct
from typing import Dict, NamedTuple, Optional

MAGIC = 20000630
HEADER_BYTES = 1 << 20
"""More than any header that was met; previews and color tables lie in headers too."""


class Corner(NamedTuple):
    """Where the data window's top left corner lies, seen from the display window's, y down, and the data's size."""

    left: int
    top: int
    width: int
    height: int


def corner_of(path: str) -> Optional[Corner]:
    """None for a file that is no EXR, or whose header cannot be read: the picture is then taken as it is shown."""
    try:
        with open(path, "rb") as stream:
            data = stream.read(HEADER_BYTES)
        if struct.unpack_from("<i", data)[0] != MAGIC:
            return None
        values = _attributes(data)
        left, top, right, bottom = struct.unpack("<4i", values["dataWindow"])
        display_left, display_top = struct.unpack_from("<2i", values["displayWindow"])
    except (OSError, struct.error, KeyError, IndexError, ValueError):
        return None
    return Corner(left - display_left, top - display_top, right - left + 1, bottom - top + 1)


def _attributes(data: bytes) -> Dict[str, bytes]:
    """The first part's values by name: each is a name, a type and a size, and an empty name ends them."""
    found: Dict[str, bytes] = {}
    at = 8
    while data[at]:
        end = data.index(b"\0", at)
        name = data[at:end].decode("latin-1")
        at = data.index(b"\0", end + 1) + 1
        (size,) = struct.unpack_from("<i", data, at)
        if size < 0:
            raise ValueError(f"{name} has a size below zero")
        found[name] = data[at + 4 : at + 4 + size]
        at += 4 + size
    return found
