"""How a clip on the timeline looks: its properties, its grade, its Fusion compositions. What is set is read again."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Sequence, Tuple

from .connection import Host


def properties(item: Any) -> Dict[str, Any]:
    """What the Inspector has of a clip; {} for what has none."""
    return dict(item.GetProperty() or {})


def set_properties(item: Any, wanted: Sequence[Tuple[str, Any]]) -> Dict[str, Any]:
    """Sets them in this order, leaving those that are so already; what the item has afterwards."""
    now = properties(item)
    for key, value in wanted:
        if now.get(key) != value:
            item.SetProperty(key, value)
    return properties(item)


def constant(host: Host, name: str) -> Optional[int]:
    """One of the numbers that Resolve has as attributes. None where it has none of that name."""
    found = getattr(host.resolve, name, None)
    if isinstance(found, bool) or not isinstance(found, (int, float)):
        return None  # every name answers something (measured)
    return int(found)


def knows(thing: Any, name: str) -> bool:
    """Whether an object has a method: ``dir`` tells the truth, ``hasattr`` says yes to every name (measured)."""
    return name in dir(thing)


def compositions(item: Any) -> List[str]:
    """Names of a clip's Fusion compositions."""
    return [str(name) for name in item.GetFusionCompNameList() or []]


def import_composition(item: Any, path: str, tools: Sequence[str]) -> Optional[str]:
    """The name of the composition that a file became; None, and nothing changed, when it lacks one of ``tools``."""
    before = compositions(item)
    item.ImportFusionComp(path)
    new = [name for name in compositions(item) if name not in before]
    if len(new) == 1:
        comp = item.GetFusionCompByName(new[0])
        if comp and all(comp.FindTool(tool) for tool in tools):
            return new[0]
    for name in new:
        delete_composition(item, name)
    return None


def delete_composition(item: Any, name: str) -> bool:
    """Whether the composition is gone."""
    if name in compositions(item):
        item.DeleteFusionCompByName(name)
    return name not in compositions(item)


def paint(item: Any, color: str) -> None:
    """Sets the clip color. Nothing depends on it."""
    item.SetClipColor(color)


def copy_grade(item: Any, target: Any) -> bool:
    """Copies the current grade. There is nothing to read it back by, so this is what Resolve answers."""
    return bool(item.CopyGrades([target]))


def join_group(item: Any, target: Any) -> bool:
    """Puts ``target`` in the color group that ``item`` is in; False when that did not hold. Version 19 and later."""
    group = item.GetColorGroup() if knows(item, "GetColorGroup") else None
    if not group:
        return True
    target.AssignToColorGroup(group)
    return bool(target.GetColorGroup())
