# Opens Mattewire's window in DaVinci Resolve Studio: Workspace > Scripts > Mattewire.
#
# Every Python that Resolve may find runs this file, down to 3.6, so that each of them is told what to do. Nothing that
# only Studio has is called before the edition is known: in the free one that opens a dialog, and until it is closed
# every other script fails. Whatever goes wrong ends in a sentence, never in Resolve.

import builtins
import inspect
import os
import sys
import traceback
from typing import Any

# >>> Mattewire >>>
BUNDLE = ""
# <<< Mattewire <<<

OLDEST = (3, 9)


def mattewire_open(resolve: Any, fusion: Any, bmd: Any) -> str:
    """Shows the window until it is closed; returns what to tell the artist where there was none."""
    product = resolve.GetProductName() if resolve else ""
    if not product:
        return "Mattewire runs inside DaVinci Resolve: choose it in Workspace > Scripts."
    if not str(product).endswith("Studio"):
        return (
            "Mattewire's window needs DaVinci Resolve Studio. In the free edition run the Lua script of the menu "
            "instead: it masks the clip under the playhead with the settings in its file."
        )
    if sys.version_info[:2] < OLDEST:
        return (
            f"Mattewire needs Python {OLDEST[0]}.{OLDEST[1]} or newer; Resolve has found {sys.version_info[0]}."
            f"{sys.version_info[1]}. Install a newer Python for all users, then start Resolve again."
        )
    bundle = os.environ.get("MATTEWIRE_BUNDLE") or BUNDLE
    if not os.path.isdir(os.path.join(bundle, "mattewire_resolve")):
        where = f"It is not in {bundle} any more" if bundle else "This script does not know where it is"
        return f"Mattewire was not found. {where}: run `mattewire install-host resolve`."
    if bundle not in sys.path:
        sys.path.insert(0, bundle)
    try:
        from mattewire_resolve.panel import open_panel
    except ImportError as problem:
        return f"Mattewire cannot be loaded: {problem}. Run `mattewire install-host resolve` again."
    return open_panel(resolve, fusion, bmd)


def mattewire_tell(sentence: str, resolve: Any, fusion: Any, bmd: Any) -> None:
    """In the console and, where windows cost nothing but Studio, in one of those."""
    print(sentence)
    if not resolve or not str(resolve.GetProductName()).endswith("Studio"):
        return
    manager = fusion.UIManager() if inspect.isroutine(fusion.UIManager) else fusion.UIManager
    dispatcher = bmd.UIDispatcher(manager)
    window = dispatcher.AddWindow(
        {"ID": "MattewireSays", "WindowTitle": "Mattewire", "Geometry": [200, 200, 460, 140]},
        [
            manager.VGroup(
                {"Spacing": 10, "Margin": 14},
                [
                    manager.Label({"ID": "sentence", "Text": sentence, "WordWrap": True, "Weight": 1}),
                    manager.Button({"ID": "close", "Text": "Close", "Weight": 0}),
                ],
            )
        ],
    )
    window.On.close.Clicked = lambda event: dispatcher.ExitLoop()
    window.On.MattewireSays.Close = lambda event: dispatcher.ExitLoop()
    window.Show()
    dispatcher.RunLoop()
    window.Hide()


def mattewire_main(resolve: Any, fusion: Any, bmd: Any) -> None:
    """All of it. Nothing is ever raised into Resolve."""
    try:
        sentence = mattewire_open(resolve, fusion, bmd)
        if sentence:
            mattewire_tell(sentence, resolve, fusion, bmd)
    except Exception:
        print("Mattewire ended. Send these lines with your question:")
        traceback.print_exc()


def mattewire_given(name: str) -> Any:
    """One of the names that Resolve gives its scripts: as a global or a builtin, by version."""
    return globals().get(name) or getattr(builtins, name, None)


mattewire_bmd = mattewire_given("bmd")
mattewire_fusion = mattewire_given("fusion") or mattewire_given("fu")
mattewire_resolve_app = (
    mattewire_given("resolve")
    or (mattewire_fusion.GetResolve() if mattewire_fusion else None)
    or (mattewire_bmd.scriptapp("Resolve") if mattewire_bmd else None)
)
mattewire_main(mattewire_resolve_app, mattewire_fusion, mattewire_bmd)
