"""Every public name of the stand-in exists in the published type stubs, or is proven by a page of Foundry's."""

from __future__ import annotations

import ast
import importlib.metadata
import inspect
import types
from pathlib import Path
from typing import Any

import pytest

STUBS = {
    "nuke": ["_nuke", "callbacks", "executeInMain", "colorspaces", "utils", "scripts", "overrides"],
    "nuke.callbacks": ["callbacks"],
    "nuke.rotopaint": ["_curveknob", "_curvelib"],
    "_curveknob": ["_curveknob"],
    "nukescripts": [],
    "nukescripts.panels": [],
}
"""Where ``types-nuke`` describes each module; ``nukescripts`` is not in it at all."""

Names = dict[str, set[str] | None]


def stub_folder() -> Path:
    files = importlib.metadata.files("types-nuke") or []
    return Path(str(next(file for file in files if file.name == "_nuke.pyi").locate())).parent


def names_in(folder: Path, stub: str) -> Names:
    """Every top-level name of a stub file; classes with all their members, inherited ones too."""
    bases: dict[str, list[str]] = {}
    found: Names = {}
    outside = names_in(folder, "_nuke") if stub == "_curveknob" else {}  # where CurveKnob's base class is
    for node in ast.parse((folder / f"{stub}.pyi").read_text()).body:
        if isinstance(node, ast.ClassDef):
            members = found.setdefault(node.name, set())
            assert members is not None
            bases[node.name] = [base.id for base in node.bases if isinstance(base, ast.Name)]
            for member in node.body:
                if isinstance(member, ast.FunctionDef):
                    members.add(member.name)
                elif isinstance(member, ast.AnnAssign) and isinstance(member.target, ast.Name):
                    members.add(member.target.id)
        elif isinstance(node, ast.FunctionDef):
            found[node.name] = None
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found[node.target.id] = None

    def with_inherited(name: str) -> set[str]:
        if name not in found:
            return outside.get(name) or set()
        own = found[name] or set()
        return own.union(*(with_inherited(base) for base in bases.get(name, [])))

    return {name: with_inherited(name) if members is not None else None for name, members in found.items()}


def public_members(cls: type) -> set[str]:
    """What the class and its bases in the stand-in offer, without what every object has."""
    return {
        name for base in cls.__mro__ if base.__module__ != "builtins" for name in vars(base) if not name.startswith("_")
    }


def offered(module: types.ModuleType) -> list[str]:
    return [name for name in vars(module) if not name.startswith("_")]


@pytest.mark.parametrize("module_name", STUBS)
def test_names(fake: Any, module_name: str) -> None:
    from fake_nuke.names import PROOF

    module = importlib.import_module(module_name)
    folder = stub_folder()
    known: Names = {}
    for stub in STUBS[module_name]:
        known.update(names_in(folder, stub))
    made_up = []
    for name in offered(module):
        value = getattr(module, name)
        if isinstance(value, types.ModuleType):
            continue
        path = f"{module_name}.{name}"
        if name not in known and path not in PROOF:
            made_up.append(path)
        elif inspect.isclass(value) and path not in PROOF:
            members = public_members(value) - (known[name] or set())
            made_up += [f"{path}.{member}" for member in members if f"{path}.{member}" not in PROOF]
    assert made_up == []


def test_the_check_can_fail(fake: Any) -> None:
    known = names_in(stub_folder(), "_nuke")
    assert "setInput" in (known["Group"] or set())  # inherited from Node
    assert "bogus" not in known
    assert "nosuch" not in (known["Node"] or set())


def test_no_proof_is_left_over(fake: Any) -> None:
    from fake_nuke.names import PROOF

    for path in PROOF:
        module = next(name for name in sorted(STUBS, key=len, reverse=True) if f"{path}.".startswith(f"{name}."))
        value: Any = importlib.import_module(module)
        for part in path[len(module) + 1 :].split(".") if path != module else []:
            value = getattr(value, part)
    assert all(page.startswith("https://learn.foundry.com/") for page in PROOF.values())
