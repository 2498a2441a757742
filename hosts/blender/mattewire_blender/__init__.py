# SPDX-FileCopyrightText: The Mattewire developers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mattewire for Blender: type what to mask, get a tracked matte behind the plate, in compositor or sequencer."""

from __future__ import annotations


def register() -> None:
    from . import desk, marks, operators, overlay, settings, ui

    for module in (desk, settings, operators, marks, ui, overlay):
        module.register()


def unregister() -> None:
    from . import desk, marks, operators, overlay, settings, ui

    for module in (overlay, ui, marks, operators, settings, desk):
        module.unregister()
