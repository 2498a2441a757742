"""Installs the extension as an artist does with *Install from Disk*, wheels and all."""

from __future__ import annotations

from typing import Any

import addon_utils
import bpy

MODULE = "bl_ext.user_default.mattewire"


def run(folder: str, extension: str) -> dict[str, Any]:
    bpy.ops.extensions.package_install_files(filepath=extension, repo="user_default", enable_on_install=True)
    bpy.ops.wm.save_userpref()
    import msgpack
    import zmq

    import mattewire_panel

    return {
        "version": bpy.app.version_string,
        "enabled": MODULE in bpy.context.preferences.addons and addon_utils.check(MODULE)[1],
        "from": [module.__file__ for module in (mattewire_panel, zmq, msgpack)],
        "operators": sorted(name for name in dir(bpy.ops.mattewire) if not name.startswith("_")),
    }
