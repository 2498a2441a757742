"""Which colorspace a plate is in, and who said so."""

from __future__ import annotations

from typing import NamedTuple

from ..color import ColorConfig

REQUEST, FILE_RULES, METADATA, FILE_KIND = "request", "file rules", "metadata", "file kind"

SCENE_LINEAR = "scene_linear"
"""The role that a studio's config gives to its renders."""


class FileColor(NamedTuple):
    """A colorspace's ``name``, and ``source``: who said so, one of the four words above."""

    name: str
    source: str


def choose_colorspace(
    requested: str, path: str, of_file: FileColor, config: ColorConfig | None = None, *, floating: bool = False
) -> FileColor:
    """The colorspace to read a plate in.

    In this order: ``requested`` by the artist or host; the file rules of the studio's ``config`` for ``path`` (a
    frame, or the movie), unless only its Default rule matches; ``of_file``: what the file itself says, or what its
    kind implies. Floating-point files that say nothing are the config's ``scene_linear`` where it has that role, as
    in Nuke; without a config they are linear Rec.709.

    Nothing is looked up here: whether a name is known, ``color.transform_for`` says.
    """
    if requested.strip():
        return FileColor(requested, REQUEST)
    ruled = config.by_file_rules(path) if config else ""
    if ruled:
        return FileColor(ruled, FILE_RULES)
    if config and floating and of_file.source == FILE_KIND:
        return FileColor(config.find(SCENE_LINEAR) or of_file.name, FILE_KIND)
    return of_file
