"""Every method of the stand-in has a name and a number of arguments that the published stubs know."""

from __future__ import annotations

import ast
import importlib.metadata
import inspect
from pathlib import Path
from typing import Any

import pytest
from fake_resolve import control, fusion, items, names, pool, project, properties, timeline, ui
from fake_resolve.api import ApiObject, methods

VERSION = "21.0.0"
Arity = tuple[int, float]


def stubs() -> ast.Module:
    """The parsed stub file. Fails, and says so, without it: names that nobody checked are worth nothing."""
    installed = {each.metadata["Name"]: each for each in importlib.metadata.distributions()}
    if "fusionscript-stubs" not in installed:
        pytest.fail(f"fusionscript-stubs=={VERSION} is not installed: it is in the dev group")
    files = installed["fusionscript-stubs"].files or []
    found = next(file for file in files if file.name == "fusionscript.pyi")
    return ast.parse(Path(str(found.locate())).read_text(encoding="utf-8"))


def arities(tree: ast.Module) -> dict[str, dict[str, list[Arity]]]:
    """Class, method, and the (fewest, most) arguments of each of its overloads."""
    found: dict[str, dict[str, list[Arity]]] = {}
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            for member in node.body:
                if isinstance(member, ast.FunctionDef):
                    most = len(member.args.args) - 1
                    fewest = most - len(member.args.defaults)
                    span = (fewest, float("inf") if member.args.vararg else most)
                    found.setdefault(node.name, {}).setdefault(member.name, []).append(span)
    return found


def span_of(method: Any) -> Arity:
    parameters = list(inspect.signature(method).parameters.values())[1:]
    fewest = sum(p.default is p.empty and p.kind is not p.VAR_POSITIONAL for p in parameters)
    return fewest, float("inf") if any(p.kind is p.VAR_POSITIONAL for p in parameters) else len(parameters)


def modeled() -> list[type[ApiObject]]:
    """All classes of the stand-in that scripts meet."""
    modules = (control, fusion, items, pool, project, timeline, ui)
    found = {
        value
        for module in modules
        for value in vars(module).values()
        if inspect.isclass(value) and issubclass(value, ApiObject) and value is not ApiObject
    }
    return sorted(
        (each for each in found if each.__name__ not in ("Marked", "Colored")), key=lambda each: each.__name__
    )


@pytest.mark.parametrize("cls", modeled(), ids=lambda cls: cls.__name__)
def test_names_and_arity(cls: type[ApiObject]) -> None:
    if cls.__name__ in names.UNLISTED_CLASSES:
        assert cls.__name__ not in arities(stubs())
        return
    known = arities(stubs())[cls.__name__]
    wrong = []
    for name, method in methods(cls).items():
        path = f"{cls.__name__}.{name}"
        fewest, most = span_of(method)
        spans = known.get(name, [])
        if not spans:
            wrong.append(f"{path} is not in the stubs")
        elif most != max(span[1] for span in spans):
            wrong.append(f"{path} takes {most}, the stubs say {spans}")
        elif fewest != min(span[0] for span in spans) and path not in names.OPTIONAL:
            wrong.append(f"{path} needs {fewest}, the stubs say {spans}")
    assert wrong == []


def test_every_exception_is_needed() -> None:
    known = arities(stubs())
    by_name = {cls.__name__: cls for cls in modeled()}
    for path in names.OPTIONAL:
        cls, name = path.split(".")
        assert span_of(getattr(by_name[cls], name))[0] < min(span[0] for span in known[cls][name]), path
    assert set(names.UNLISTED_CLASSES) == set(by_name) - set(known)


def test_constants_are_the_stubs() -> None:
    listed = [
        node.target.id
        for node in stubs().body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and isinstance(node.target.id, str)
    ]
    assert set(properties.CONSTANTS) <= set(listed)
    for prefix in ("COMPOSITE_", "SCALE_", "RETIME_", "DYNAMIC_ZOOM_"):
        ordered = [name for name in listed if name.startswith(prefix)]
        assert ordered == sorted(ordered, key=lambda name: properties.CONSTANTS[name])


def test_positional_only() -> None:
    for cls in modeled():
        for name, method in methods(cls).items():
            kinds = {p.kind for p in list(inspect.signature(method).parameters.values())[1:]}
            assert kinds <= {inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.VAR_POSITIONAL}, (cls, name)


def test_the_check_can_fail() -> None:
    assert "Razor" not in arities(stubs())["Timeline"]
    assert arities(stubs())["Timeline"]["GetTrackName"] == [(2, 2)]


def test_hasattr_says_yes_and_the_call_says_no(fake: Any) -> None:
    edit = fake.project.GetCurrentTimeline()
    assert hasattr(edit, "Razor")
    assert "Razor" not in dir(edit)
    assert "GetTrackCount" in dir(edit)
    with pytest.raises(AttributeError, match=r"Timeline\.Razor"):
        edit.Razor(86400)


def test_wrong_arity_and_keywords(fake: Any) -> None:
    edit = fake.project.GetCurrentTimeline()
    with pytest.raises(TypeError):
        edit.GetTrackCount()
    with pytest.raises(TypeError):
        edit.GetTrackCount("video", 1)
    with pytest.raises(TypeError):
        edit.GetTrackCount(trackType="video")
