"""Color groups: clips whose grades before and after their own are shared."""

from __future__ import annotations

from typing import Any

from .api import ApiObject


class ColorGroup(ApiObject):
    """A group, known by its name; what it does to the picture is not modeled."""

    def __init__(self, app: Any, name: str) -> None:
        super().__init__(app)
        self._name = name

    def GetName(self) -> str:
        """The group's name."""
        return self._name
