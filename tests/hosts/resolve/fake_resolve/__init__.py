"""A strict, executable stand-in for DaVinci Resolve, for tests of what runs inside it.

    fake = fake_resolve.start(edition="Studio", version=(21, 0, 0), frame_rate="24")
    pool = fake.resolve.GetProjectManager().GetCurrentProject().GetMediaPool()
    pool.AppendToTimeline([{"mediaPoolItem": clip, "startFrame": 0, "endFrame": 10, "recordFrame": 86400}])
    fake.picture(timeline, 86403)       # float32 RGBA: the real frame of the real file that is shown there

Scripts see only ``resolve``, ``fusion`` and ``bmd``; what an editor does by hand (a retime, a click on the dialog) are
methods of ``fake``. Whatever Resolve does not have, or this does not model, raises when it is called.

What is modeled comes from three places, named where it stands: the scripting README that ships with Resolve (its names
and arity as published in ``fusionscript-stubs`` 21.0.0); measurements on running Resolves published in the
samuelgursky/davinci-resolve-mcp repository, ``docs/reference/api-limitations.md``, here *the ledger*; and guesses.
Where two answers are possible and nobody measured, the harsher one was taken, or there is a switch to test both. It is
no proof that a real Resolve behaves the same.
"""

from __future__ import annotations

from .api import WrongThread
from .control import FakeResolve, start
from .picture import NotModeled

__all__ = ["FakeResolve", "NotModeled", "WrongThread", "start"]
