"""Runs in every Nuke that has this folder on NUKE_PATH, render nodes too: it makes the package importable, no more."""

import os
import sys


def _mattewire_path() -> None:
    here = os.path.dirname(os.path.abspath(__file__))
    root = os.path.dirname(os.path.dirname(here))  # the folder that holds mattewire_nuke
    # In a bundle everything lies in one folder; in a clone of the repository beside it.
    hosts = os.path.dirname(root)
    for folder in (root, os.path.join(hosts, "common"), os.path.join(os.path.dirname(hosts), "protocol")):
        names = ("mattewire_nuke", "mattewire_panel", "mattewire_protocol")
        if any(os.path.isdir(os.path.join(folder, name)) for name in names) and folder not in sys.path:
            sys.path.append(folder)


_mattewire_path()
