"""A studio's OpenColorIO config, by way of OpenImageIO: its spaces as curve and matrix, and its file rules."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from functools import lru_cache

import cv2
import numpy as np
import OpenImageIO as oiio
from numpy.typing import NDArray

from mattewire_protocol.errors import ColorConfigUnreadable, UnknownColorspace

from .config_files import FIELD, ConfigFiles, files_of
from .fitting import fit
from .names import key, spellings
from .spaces import SPACES, Colorspace

BUILTIN = "ocio://studio-config-v4.0.0_aces-v2.0_ocio-v2.5"
"""The newest studio config that OpenImageIO 3.2 carries (OpenColorIO 2.5.1). By name, for "default" and "latest"
mean another config in every release."""

_SCHEME = "ocio://"
_ENDLESS = 1e30  # leaves room for a matrix and the largest exposure
_MOVING = ("default", "latest")


class _Names:
    """What names stand for. As OpenColorIO has it, case does not count; where that finds nothing, nor does
    punctuation (and the first such name is meant)."""

    def __init__(self, meanings: Mapping[str, str]) -> None:
        self.written = tuple(meanings)
        self._exact = {name.lower(): meaning for name, meaning in meanings.items()}
        self._loose = {key(name): meaning for name, meaning in reversed(list(meanings.items())) if key(name)}

    def find(self, name: str) -> str:
        return self._exact.get(name.lower()) or self._loose.get(key(name), "")


class ColorConfig:
    """One OpenColorIO config. Threads may share it.

    ``name``: its path, or ``ocio://`` name. ``identity``: short text that differs when the config, the tables it
    reads or the environment variables it asks for change. ``interchange``: the config's own linear space where its
    colors are handed over, and ``meets`` what that space is taken for: the role ``aces_interchange`` is ACES2065-1;
    a config without it is searched for a linear space that Mattewire knows by name (ACES2065-1, ACEScg, linear
    Rec.709…); failing that, its role ``scene_linear`` is taken as linear Rec.709, as Nuke's own config means it.
    """

    def __init__(self, name: str, files: ConfigFiles) -> None:
        """Raises ``ColorConfigUnreadable``. See ``open_config``."""
        self.name, self._files = name, files
        self._config = oiio.ColorConfig(name)
        problem = self._config.geterror()
        if problem:  # OpenImageIO goes on with a config of its own
            raise ColorConfigUnreadable(f"The OCIO config {name} cannot be read: {_first_line(problem)}", field=FIELD)
        self.colorspaces: tuple[str, ...] = tuple(self._config.getColorSpaceNames())
        aliases = {alias: space for space in self.colorspaces for alias in self._config.getAliases(space)}
        self._names = _Names({**aliases, **{space: space for space in self.colorspaces}})
        self._roles = _Names({role: self._config.getColorSpaceNameByRole(role) for role in self._config.getRoles()})
        self.interchange, self.meets = self._meeting()
        self._spaces: dict[str, Colorspace] = {}
        self._one_at_a_time = threading.Lock()

    @property
    def identity(self) -> str:
        return self._files.identity

    @property
    def spoken_names(self) -> tuple[str, ...]:
        """Spaces, aliases and roles: everything that ``find`` answers to."""
        return (*self._names.written, *self._roles.written)

    def find(self, name: str, *, roles: bool = True) -> str:
        """The config's own name of the space that ``name`` stands for: a space, alias or role; else ``""``."""
        for spelling in spellings(name):
            found = self._names.find(spelling) or (self._roles.find(spelling) if roles else "")
            if found:
                return found
        return ""

    def space(self, name: str, *, roles: bool = True) -> Colorspace | None:
        """The space that ``name`` stands for, ready to transform a plate; None when the config has none such.

        Raises ``UnknownColorspace`` for data (masks, normals), ``ColorConfigUnreadable`` where the space is broken.
        """
        found = self.find(name, roles=roles)
        if not found:
            return None
        if self._config.isData(found):
            raise UnknownColorspace(
                f"{name!r} is for data in {self.name}, and data is no picture.",
                field="plate.colorspace",
                advice="Choose the colorspace that the plate was rendered or recorded in.",
            )
        with self._one_at_a_time:
            if found not in self._spaces:
                self._spaces[found] = self._fitted(found)
            return self._spaces[found]

    def by_file_rules(self, path: str) -> str:
        """The space that the config's file rules give ``path``; ``""`` when only the Default rule matches, and for
        data (a rule for masks says nothing of a plate)."""
        if self._config.filepathOnlyMatchesDefaultRule(path):
            return ""
        found = self.find(self._config.getColorSpaceFromFilepath(path))
        return "" if not found or self._config.isData(found) else found

    def _meeting(self) -> tuple[str, Colorspace]:
        by_name = {space.name: space for space in SPACES}
        role = self._roles.find("aces_interchange")
        if role:
            return role, by_name["ACES2065-1"]
        linear = [by_name["ACES2065-1"], *(space for space in SPACES if space.curve is None)]
        for space in linear:
            for spelling in (space.name, *space.aliases):
                found = self._names.find(spelling)
                if found and self._config.isColorSpaceLinear(found):
                    return found, space
        role = self._roles.find("scene_linear")
        if role:
            return role, by_name["linear Rec.709"]
        raise ColorConfigUnreadable(
            f"{self.name} does not say how its colors meet those of others.",
            field=FIELD,
            advice="Give it the role aces_interchange.",
        )

    def _fitted(self, name: str) -> Colorspace:
        def whole(codes: NDArray[np.float32]) -> NDArray[np.float32]:
            return self._to_rec709(name, codes)

        found = fit(whole)
        if found is None:
            return Colorspace(name, source=self.identity, whole=whole)
        return Colorspace(name, found.curve, found.matrix, found.display, source=self.identity)

    def _to_rec709(self, name: str, codes: NDArray[np.float32]) -> NDArray[np.float32]:
        """(h, w, 3) codes of space ``name`` to linear Rec.709, by OpenColorIO itself."""
        self._files.use(self.name, name, self.interchange)
        source = oiio.ImageBuf(np.ascontiguousarray(codes))
        turned = oiio.ImageBufAlgo.colorconvert(
            source,
            name,
            self.interchange,
            unpremult=False,
            context_key="",
            context_value="",
            colorconfig=self.name,
        )
        pixels = None if turned.has_error else turned.get_pixels(oiio.FLOAT)
        if pixels is None:
            problem = _first_line(turned.geterror())
            raise ColorConfigUnreadable(f"{name!r} of {self.name} cannot be used: {problem}", field=FIELD)
        # A logarithm's code of 60 is no number in float32, and infinite in every channel it must stay white.
        np.nan_to_num(pixels, copy=False, nan=0.0, posinf=_ENDLESS, neginf=-_ENDLESS)
        if self.meets.matrix is None:
            return np.asarray(pixels, np.float32)
        return np.asarray(cv2.transform(pixels, self.meets.matrix), np.float32)


def open_config(ocio: str) -> ColorConfig:
    """The config that a request names: a file (``config.ocio``, ``.ocioz``), or a built-in as ``ocio://NAME``.

    A built-in must be named in full, for ``ocio://default`` and ``…-latest`` change with every release, and a rerun
    would not give the same mattes. Opening the same, unchanged config again costs next to nothing.
    Raises ``ColorConfigUnreadable`` naming the path and the reason.
    """
    if not ocio.startswith(_SCHEME):
        path = os.path.abspath(os.path.expanduser(ocio))
        return _opened(path, files_of(path))
    if ocio.endswith(_MOVING):
        advice = f"Name one, as in {BUILTIN}."
        raise ColorConfigUnreadable(f"{ocio} is another config in every release.", field=FIELD, advice=advice)
    return _opened(ocio, ConfigFiles(ocio))


def builtin_config() -> ColorConfig:
    """The pinned config for spaces that neither the studio's config nor Mattewire's own table has."""
    return open_config(BUILTIN)


@lru_cache(maxsize=8)
def _opened(name: str, files: ConfigFiles) -> ColorConfig:
    return ColorConfig(name, files)


def _first_line(problem: str) -> str:
    line = (problem.splitlines() or ["OpenColorIO gives no reason"])[0].strip()
    return line if line.endswith(".") else f"{line}."
