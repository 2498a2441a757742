"""The daemon's decoder: the contract of ``mattewire_protocol.codec.decode``, typed by msgspec.

Three rules make the two agree. Both read a part with ``codec.unpack``, so layout, size and number limits are the
same by construction. msgspec then builds the dataclass, in about half the time of the pure-Python reader, which
matters because the daemon reads a request with 10,000 boxes between two heartbeats. And whatever msgspec refuses,
or raises by accident (its typed decoder lets UnicodeDecodeError and RecursionError through), is put to
``codec.from_wire``, which has the last word and names the field. The vectors and a fuzz test hold both to it.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from mattewire_protocol import codec
from mattewire_protocol.codec import Message, Part, encode, error_body, new_id, read_header

__all__ = ["Message", "decode", "encode", "error_body", "new_id", "read_header"]


def decode(parts: Sequence[Part]) -> Message:
    """One message from a peer. Raises only leaves of ``MessageError``: see ``codec.decode``."""
    header = read_header(parts)
    cls = codec.body_class(header)
    tree = codec.unpack(parts[2])
    try:
        body = msgspec.convert(tree, cls)
    except Exception:
        body = codec.from_wire(cls, tree)
    return Message(header, body, tuple(bytes(part) for part in parts[3:]))
