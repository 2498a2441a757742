"""A strict, executable stand-in for Nuke, for tests of what runs inside it.

    fake = fake_nuke.install()          # from here on `import nuke` gives the stand-in
    nuke.createNode("Read")
    fake.evaluate(node, 1001).over_format("rgba.alpha")
    fake.pump(0.5)                      # the event loop: without it nothing queued for the main thread runs

It knows nodes, knobs, groups, views, undo, threads, progress bars, menus, dialogs, script files and pixels. Whatever it
does not know raises, so that code that passes here used only names that Nuke has; ``names.py`` and the tests hold it
to the public type stubs. It is no proof that the real Nuke behaves the same: what was taken from documentation, from
other people's measurements, or is a guess, is said where it is modeled.

Importing the package needs the standard library only (Python 3.9 on). Pictures need numpy and OpenImageIO.
"""

from __future__ import annotations

from .control import FakeNuke, install, uninstall
from .picture import Picture, Size

__all__ = ["FakeNuke", "Picture", "Size", "install", "uninstall"]
