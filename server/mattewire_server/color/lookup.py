"""From a colorspace's name to its transform: the studio's config, then our own table, then the pinned config."""

from __future__ import annotations

from mattewire_protocol.errors import UnknownColorspace

from . import spaces
from .config import ColorConfig, builtin_config
from .names import near
from .spaces import SPACES, Colorspace
from .transform import ColorTransform


def known_colorspaces(config: ColorConfig | None = None) -> tuple[str, ...]:
    """The names to offer an artist: the config's own, or those of the table."""
    return config.colorspaces if config else tuple(space.name for space in SPACES)


def transform_for(colorspace: str, *, exposure: float = 0.0, config: ColorConfig | None = None) -> ColorTransform:
    """The way from ``colorspace`` (a name, alias or role, case-insensitive) to what the models see.

    Looked up in ``config`` first, then in Mattewire's table, then among the names of the pinned built-in config (not
    its roles: what a role means is the studio's own choice). ``exposure``: stops, applied in linear light.

    Raises ``UnknownColorspace`` listing names like it, or ``ColorConfigUnreadable`` where the config's space is broken.
    """
    space = _find(colorspace, config)
    if space is None:
        raise _unknown(colorspace, config)
    return ColorTransform(space, exposure)


def _find(name: str, config: ColorConfig | None) -> Colorspace | None:
    found = config.space(name) if config else None
    return found or spaces.find(name) or builtin_config().space(name, roles=False)


def _unknown(name: str, config: ColorConfig | None) -> UnknownColorspace:
    ours = [spelling for space in SPACES for spelling in (space.name, *space.aliases)]
    candidates = [*(config.spoken_names if config else ()), *ours, *builtin_config().colorspaces]
    alike = near(name, candidates)
    meant = f"Like it: {', '.join(alike)}. " if alike else ""
    where = f"{config.name} has {_listed(config.colorspaces)}. Otherwise" if config else "Choose"
    one_of = f"{where} one of {', '.join(known_colorspaces())}."
    known = f", nor does {config.name}" if config else ""
    return UnknownColorspace(
        f"{name!r} is not a colorspace that Mattewire knows{known}.",
        field="plate.colorspace",
        advice=f"{meant}{one_of}",
    )


def _listed(names: tuple[str, ...], count: int = 12) -> str:
    rest = f" and {len(names) - count} more" if len(names) > count else ""
    return ", ".join(names[:count]) + rest
