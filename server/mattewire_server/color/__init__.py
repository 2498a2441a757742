"""Color: plate colorspaces, and the way from each of them to what the models see."""

from .config import BUILTIN, ColorConfig, builtin_config, open_config
from .exposure import automatic_exposure
from .lookup import known_colorspaces, transform_for
from .spaces import SPACES, Colorspace
from .transform import ColorTransform

__all__ = [
    "BUILTIN",
    "SPACES",
    "ColorConfig",
    "ColorTransform",
    "Colorspace",
    "automatic_exposure",
    "builtin_config",
    "known_colorspaces",
    "open_config",
    "transform_for",
]
