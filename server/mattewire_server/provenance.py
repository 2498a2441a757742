"""What may stand in a file's header: names that every format takes, and text that every header can hold."""

from __future__ import annotations

import re

from mattewire_protocol.errors import InternalError

_NAME = re.compile(r"[A-Za-z0-9_.+-]{1,64}\Z")


def entry(name: str) -> str:
    """``name`` when it can name an entry in a file's header, else ``InternalError``."""
    if not _NAME.match(name):
        raise InternalError(f"{name!r} cannot name an entry in a file's header.")
    return name


def plain(text: str) -> str:
    """``text`` without NUL, and without half characters from undecodable file names."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
