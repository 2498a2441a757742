"""The tables of ``SPEC.md`` that come from the types: what stands between ``<!-- generated: NAME -->`` markers."""

from __future__ import annotations

import dataclasses
import re
import typing
from typing import Any

from mattewire_protocol import codec, deliver, errors, messages, request
from mattewire_server.jobs import states

from . import samples
from .meanings import MEANINGS

_MARKED = re.compile(r"(<!-- generated: ([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def fill(spec: str) -> str:
    """``spec`` with every marked place filled anew. ``KeyError`` for a marker that names no table."""
    tables = build()
    unused = set(tables) - {name for _, name, _ in _MARKED.findall(spec)}
    if unused:
        raise KeyError(f"SPEC.md has no place for {', '.join(sorted(unused))}.")
    return _MARKED.sub(lambda found: f"{found[1]}\n{tables[found[2]]}\n{found[3]}", spec)


def build() -> dict[str, str]:
    """Every table by its marker's name."""
    bodies = set(messages.MESSAGES.values())
    parts = _parts(bodies)
    of_client = (request.__name__, deliver.__name__)
    asked = [cls for cls in parts if cls.__module__ in of_client]
    told = [cls for cls in parts if cls.__module__ not in of_client]
    return {
        "header": _fields(codec.Header),
        "messages": _messages(),
        **{f"messages-{group}": _group(names) for group, names in samples.GROUPS.items()},
        "request": "\n".join(_section(cls.__name__, cls) for cls in asked),
        "parts": "\n".join(_section(cls.__name__, cls) for cls in told),
        "transitions": _transitions(),
        "errors": _errors(),
        "sizes": _sizes(),
        "timings": _timings(),
    }


def _rows(*rows: typing.Sequence[str]) -> str:
    head, *rest = rows
    lines = [head, ["---"] * len(head), *rest]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"


def _parts(bodies: set[type]) -> list[type]:
    """The dataclasses that stand inside bodies, in the order of their definition."""
    found: dict[type, None] = {}

    def visit(cls: Any) -> None:
        for hint in typing.get_type_hints(cls).values():
            for part in [hint, *typing.get_args(hint)]:
                if dataclasses.is_dataclass(part) and isinstance(part, type) and part not in found:
                    if part not in bodies:
                        found[part] = None
                    visit(part)

    for cls in messages.MESSAGES.values():
        visit(cls)
    return list(found)


def _messages() -> str:
    answered = {asked: answer for answer, asked in samples.ANSWERS.items()} | {
        "unwatch": "watching",
        "finish": "accepted",
    }
    rows = []
    for name, cls in messages.MESSAGES.items():
        if name in messages.EVENTS:
            continue
        answer = answered.get(name)
        rows.append((f"`{name}`", messages.SENDER[name], f"`{answer}`" if answer else "", _summary(cls)))
    events = [(f"`{name}`", "daemon", "", _summary(messages.MESSAGES[name])) for name in messages.EVENTS]
    return _rows(("message", "sent by", "answered by", "what it does"), *rows, *events)


def _group(names: typing.Iterable[str]) -> str:
    return "\n".join(_section(f"`{name}`", messages.MESSAGES[name]) for name in names)


def _section(title: str, cls: Any) -> str:
    text = " ".join((cls.__doc__ or "").split("\n\n")[0].split()).replace("``", "`")
    table = "\n" + _fields(cls) if dataclasses.fields(cls) else "\nNo fields.\n"
    return f"#### {title}\n\n{text}\n{table}"


def _summary(cls: type) -> str:
    text = " ".join((cls.__doc__ or "").split()).replace("``", "`")
    return text.split(". ")[0].rstrip(".") + "."


def _fields(cls: Any) -> str:
    hints = typing.get_type_hints(cls)
    rows = []
    for item in dataclasses.fields(cls):
        meaning, limits = MEANINGS[cls.__name__][item.name]
        rows.append((f"`{item.name}`", _type(hints[item.name]), _default(item), _range(limits, meaning)))
    return _rows(("field", "type", "default", "meaning"), *rows)


def _type(hint: Any) -> str:
    inner = [kind for kind in typing.get_args(hint) if kind is not type(None)]
    if typing.get_origin(hint) is list:
        return f"list of {_type(inner[0])}"
    if inner:
        return _type(inner[0])
    words = {str: "text", int: "integer", float: "number", bool: "boolean"}
    if hint in words:
        return words[hint]
    wire = {cls: name for name, cls in messages.MESSAGES.items()}.get(hint)
    return f"[{wire or hint.__name__}](#{(wire or hint.__name__).lower()})"


def _default(item: dataclasses.Field[Any]) -> str:
    if item.default_factory is not dataclasses.MISSING:
        value = item.default_factory()
        return f"`{value}`".replace("'", '"') if isinstance(value, list) else "its defaults"
    if item.default is dataclasses.MISSING:
        return "**required**"
    words = {None: "absent", "": "empty", True: "`true`", False: "`false`"}
    if item.default is None or isinstance(item.default, (str, bool)):
        return words.get(item.default, f"`{item.default}`")
    return f"`{item.default}`"


def _range(limits: dict[str, Any], meaning: str) -> str:
    notes = []
    if "minimum" in limits:
        notes.append(f"{limits['minimum']:,} to {limits['maximum']:,}")
    if "enum" in limits:
        notes.append(", ".join(f"`{word}`" for word in limits["enum"]))
    if limits.get("minItems") or limits.get("minLength"):
        notes.append("not empty")
    if "maxItems" in limits:
        notes.append(f"at most {limits['maxItems']:,}")
    if "maxLength" in limits:
        notes.append(f"at most {limits['maxLength']:,} characters")
    return f"{meaning} ({'; '.join(notes)})" if notes else meaning


def _transitions() -> str:
    rows = []
    for state, after in states.FOLLOWS.items():
        rows.append((f"`{state}`", ", ".join(f"`{name}`" for name in after) or "nothing: it is final"))
    return _rows(("state", "may become"), *rows)


def _errors() -> str:
    rows = [(f"`{code}`", "yes" if cls.retryable else "no", cls.sentence) for code, cls in errors.BY_CODE.items()]
    return _rows(("code", "retryable", "sentence for the artist"), *rows)


def _sizes() -> str:
    return _rows(
        ("limit", "value"),
        ("header and body together", f"{codec.MAX_MESSAGE_BYTES:,} bytes"),
        ("one binary part", f"{codec.MAX_BINARY_BYTES:,} bytes"),
        ("binary parts", str(codec.MAX_BINARY_PARTS)),
        ("maps and lists inside each other, the outermost counted", str(codec.MAX_DEPTH)),
        ("entries of one list", f"{codec.MAX_LIST:,}"),
        ("entries of one map", f"{codec.MAX_MAP:,}"),
        ("`type`, `id` and `answers` of the header", f"{codec.MAX_ID} characters"),
        ("integers, in unknown fields too", f"-{codec.MAX_INTEGER:,} to {codec.MAX_INTEGER:,}"),
    )


def _timings() -> str:
    limits = messages.Limits()
    return _rows(
        ("name", "default", "meaning"),
        *(
            (f"`{item.name}`", f"{getattr(limits, item.name):,}", MEANINGS["Limits"][item.name][0])
            for item in dataclasses.fields(limits)
        ),
    )
