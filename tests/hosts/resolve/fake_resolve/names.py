"""Where the fake and ``fusionscript-stubs`` 21.0.0 part, each with the reason."""

from __future__ import annotations

README = "README of the scripting folder that ships with DaVinci Resolve, as of 24 July 2026"
GUIDE = "Fusion 8 Scripting Guide, Blackmagic Design"

OPTIONAL = {
    "Timeline.AddMarker": f"{README}: customData is optional",
    "TimelineItem.AddMarker": f"{README}: customData is optional",
    "MediaPoolItem.AddMarker": f"{README}: customData is optional",
    "Timeline.AddTrack": f"{README}: the second argument is optional",
    "Timeline.CreateCompoundClip": f"{README}: clipInfo is optional",
    "Timeline.CreateSubtitlesFromAudio": f"{README}: the settings are optional",
    "Timeline.DuplicateTimeline": f"{README}: the name is optional",
    "Timeline.DeleteClips": f"{README}: the boolean is optional, False by default",
    "TimelineItem.GetDuration": f"{README}: subframe_precision is optional",
    "TimelineItem.GetStart": f"{README}: subframe_precision is optional",
    "TimelineItem.GetEnd": f"{README}: subframe_precision is optional",
    "TimelineItem.GetLeftOffset": f"{README}: subframe_precision is optional",
    "TimelineItem.GetRightOffset": f"{README}: subframe_precision is optional",
    "TimelineItem.GetProperty": f"{README}: without a key a dict of all",
    "TimelineItem.SetProperty": f"{README}: a key and a value, or one dict",
    "MediaPoolItem.GetClipProperty": f"{README}: without a name a dict of all",
    "MediaPool.ImportTimelineFromFile": f"{README}: importOptions is optional",
    "MediaStorage.AddClipMattesToMediaPool": f"{README}: stereoEye is optional",
    "Project.GetSetting": f"{README}: without a name a dict of all",
    "ProjectManager.CreateProject": f"{README}: mediaLocationPath is optional",
}
"""Arguments that the stubs demand and Resolve does not."""

UNLISTED_CLASSES = {
    "Fusion": f"{GUIDE}: the stubs have the class without methods",
    "FusionComp": f"{GUIDE}: the stubs have the class without methods",
    "FusionTool": f"{GUIDE}: not in the stubs",
    "Bmd": f"{GUIDE}: not in the stubs",
    "UIManager": f"{GUIDE}: not in the stubs",
    "UIDispatcher": f"{GUIDE}: not in the stubs",
}
"""Classes whose methods cannot be held to the stubs."""

CONSTANT_CLASS = "Resolve"
"""The class that holds the README's constants as attributes."""
