"""A clip matte: the gray matte attached to a clip in the media pool, where the Color page's External Matte finds it.

No script can make the External Matte node: the colorist adds it with a right click in the node editor. Resolve lays a
matte's first frame on the clip's first frame, so what was masked later in the clip must be moved there by hand: the
note says by how much. How Resolve names a sequence in this call was not seen: experimental.
"""

from __future__ import annotations

from typing import List

from mattewire_protocol.errors import NotWritable

from .api import pool
from .api.connection import Host
from .clips import Clip
from .conform import hashes, printf
from .placed import Placed


def attach(host: Host, clip: Clip, pattern: str, frames: List[int], placed: Placed) -> List[str]:
    """Attaches the mattes of ``frames`` (source frames in a row) to the clip's media; sentences about what to do.

    Raises ``NotWritable`` when Resolve does not list the matte afterwards, ``BadField`` when the clip has no media.
    """
    media = pool.by_ids(host, [clip.media_id])
    path = pool.listed_as(host, printf(pattern), frames[0], frames[-1])
    if not media or not pool.attach_matte(host, media[0], path):
        raise NotWritable(
            f"Resolve did not attach {path} to {clip.name} as a clip matte.",
            field="out",
            advice=f"Do it by hand: in the Media page, right-click {hashes(pattern)} > Add as Matte for Clip.",
        )
    placed.clip_mattes.append([clip.media_id, path])
    notes = ["On the Color page, right-click in the node editor > Add Matte to use it."]
    offset = frames[0] - clip.file_first
    if offset:
        notes.append(f"The matte begins {offset} frames into the clip: set its Offset to {offset} in the Key palette.")
    return notes
