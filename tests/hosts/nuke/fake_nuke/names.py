"""Names that the fake offers and ``types-nuke`` 13.2.8 does not have, with the documentation that proves each."""

from __future__ import annotations

_GUIDE = "https://learn.foundry.com/nuke/developers"

PROOF = {
    "nuke.ProgressTask.kUserCanCancel": f"{_GUIDE}/17.1/pythondevguide/_autosummary/nuke.ProgressTask.html",
    "nuke.ProgressTask.kShowTimeToGo": f"{_GUIDE}/17.1/pythondevguide/_autosummary/nuke.ProgressTask.html",
    "nuke.ProgressTask.kDelayedPopup": f"{_GUIDE}/17.1/pythondevguide/_autosummary/nuke.ProgressTask.html",
    "nuke.ProgressTask.kModal": f"{_GUIDE}/17.1/pythondevguide/_autosummary/nuke.ProgressTask.html",
    "nuke.ProgressTask.kDefaultFlags": f"{_GUIDE}/17.1/pythondevguide/_autosummary/nuke.ProgressTask.html",
    "nukescripts.panels": f"{_GUIDE}/17.1/pythondevguide/_autosummary/nukescripts.panels.html",
    "nukescripts.panels.PythonPanel": f"{_GUIDE}/160/pythondevguide/_modules/nukescripts/panels.html",
    "nukescripts.panels.WidgetKnob": f"{_GUIDE}/17.1/pythondevguide/_autosummary/nukescripts.panels.html",
    "nukescripts.panels.registerPanel": f"{_GUIDE}/17.1/pythondevguide/_autosummary/nukescripts.panels.html",
    "nukescripts.panels.unregisterPanel": f"{_GUIDE}/17.1/pythondevguide/_autosummary/nukescripts.panels.html",
    "nukescripts.panels.restorePanel": f"{_GUIDE}/17.1/pythondevguide/_autosummary/nukescripts.panels.html",
    "nukescripts.panels.registerWidgetAsPanel": (
        f"{_GUIDE}/160/pythondevguide/_autosummary/nukescripts.panels.registerWidgetAsPanel.html"
    ),
    "nukescripts.registerWidgetAsPanel": (
        f"{_GUIDE}/160/pythondevguide/_autosummary/nukescripts.panels.registerWidgetAsPanel.html"
    ),
    "nukescripts.executeInMainThread": f"{_GUIDE}/160/pythondevguide/_autosummary/nukescripts.executeInMainThread.html",
    "nukescripts.executeInMainThreadWithResult": (
        f"{_GUIDE}/151/pythondevguide/_autosummary/nukescripts.executeInMainThreadWithResult.html"
    ),
}
