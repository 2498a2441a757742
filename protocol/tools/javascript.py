"""What the JavaScript client takes from the types: ``tables.js``, read when it runs, and ``messages.d.ts``, its types.

The field tables, their defaults and limits, the error table and the sizes stand in Python alone; nobody types them a
second time. Rules between fields are code in both languages, and a test runs both over the same messages.
"""

from __future__ import annotations

import dataclasses
import json
import typing
from pathlib import Path
from typing import Any

from mattewire_protocol import codec, errors, messages

from .meanings import MEANINGS

CLIENT = Path("hosts", "aftereffects_cep", "client", "mattewire")
"""Where the files lie, from the root of the repository."""

_NOTE = "// Made by protocol/generate.py from mattewire_protocol. Do not edit.\n"
_KINDS = {str: "text", int: "integer", float: "number", bool: "boolean"}
_TYPES = {"text": "string", "integer": "number", "number": "number", "boolean": "boolean"}


def build() -> dict[str, str]:
    """The text of each file by its name."""
    return {"tables.js": tables_js(), "messages.d.ts": messages_d_ts()}


def classes(roots: typing.Iterable[Any] = (codec.Header, *messages.MESSAGES.values())) -> dict[str, Any]:
    """Every dataclass that travels, by name: the header, the bodies, and what stands inside them."""
    found: dict[str, Any] = {}

    def visit(cls: Any) -> None:
        if cls.__name__ not in found:
            found[cls.__name__] = cls
            for hint in typing.get_type_hints(cls).values():
                for part in [hint, *typing.get_args(hint)]:
                    if dataclasses.is_dataclass(part):
                        visit(part)

    for cls in roots:
        visit(cls)
    return found


def row(cls: Any, item: dataclasses.Field[Any]) -> dict[str, Any]:
    """One field: ``name``, ``type`` (text, integer, number, boolean or a class), and what else holds for it."""
    hint = typing.get_type_hints(cls)[item.name]
    inner = [kind for kind in typing.get_args(hint) if kind is not type(None)]
    kind = inner[0] if inner else hint
    made: dict[str, Any] = {"name": item.name, "type": _KINDS.get(kind) or kind.__name__}
    if typing.get_origin(hint) is list:
        made["list"] = True
    elif inner:
        made["optional"] = True
    default = item.default if item.default_factory is dataclasses.MISSING else item.default_factory()
    if default is dataclasses.MISSING:
        made["required"] = True
    elif not dataclasses.is_dataclass(default):  # a class in its place is made of its own defaults
        made["default"] = default
    return {**made, **MEANINGS[cls.__name__][item.name][1]}


def tables_js() -> str:
    families = {
        code: next(base.__name__ for base in cls.__mro__ if errors.MattewireError in base.__bases__)
        for code, cls in errors.BY_CODE.items()
    }
    error_rows = [
        f"  {code}: {_js({'sentence': cls.sentence, 'retryable': cls.retryable, 'family': families[code]})},"
        for code, cls in errors.BY_CODE.items()
    ]
    fields = []
    for name, cls in sorted(classes().items()):
        rows = [f"    {_js(row(cls, item))}," for item in dataclasses.fields(cls)]
        fields.append(f"  {name}: [\n" + "\n".join(rows) + "\n  ]," if rows else f"  {name}: [],")
    limits = {
        "messageBytes": codec.MAX_MESSAGE_BYTES,
        "binaryBytes": codec.MAX_BINARY_BYTES,
        "binaryParts": codec.MAX_BINARY_PARTS,
        "depth": codec.MAX_DEPTH,
        "list": codec.MAX_LIST,
        "map": codec.MAX_MAP,
        "id": codec.MAX_ID,
    }
    return "\n".join(
        [
            _NOTE,
            f"export const PROTOCOL = {messages.PROTOCOL};",
            f"export const OLDEST_PROTOCOL = {messages.OLDEST_PROTOCOL};",
            "",
            "/** Sizes in bytes and counts that no message goes beyond. */",
            f"export const SIZES = {_js(limits)};",
            "",
            f"export const ANY_VERSION = {_js(codec.ANY_VERSION)};",
            f"export const EVENTS = {_js(messages.EVENTS)};",
            f"export const FINAL_STATES = {_js(messages.FINAL_STATES)};",
            "",
            "/** Message type to the class of its body.",
            " * @type {Readonly<Record<string, string>>} */",
            f"export const MESSAGES = {_js({name: cls.__name__ for name, cls in messages.MESSAGES.items()})};",
            "",
            "/** What every error code means.",
            " * @type {Readonly<Record<string, {sentence: string, retryable: boolean, family: string}>>} */",
            "export const ERRORS = {",
            *error_rows,
            "};",
            "",
            "/** Every class that travels: its fields in the order in which they are read, checked and written.",
            ' * @type {Readonly<Record<string, ReadonlyArray<import("./fields.js").Field>>>} */',
            "export const FIELDS = {",
            *fields,
            "};",
            "",
        ]
    )


def messages_d_ts() -> str:
    """``Plate`` is a whole one, as it is read; ``PlateInput`` is what a client gives, defaults left out."""
    lines = [_NOTE]
    bodies = {name: cls.__name__ for name, cls in messages.MESSAGES.items()}
    of_client = [name for name in bodies if messages.SENDER[name] != "daemon"]
    given = classes(messages.MESSAGES[name] for name in of_client)
    for name, cls in sorted(classes().items()):
        if name == "Header":
            continue
        meaning = " ".join((cls.__doc__ or "").split("\n\n")[0].split()).replace("``", "`")
        rows = [(item.name, row(cls, item)) for item in dataclasses.fields(cls)]
        for suffix in ("", "Input") if name in given else ("",):
            lines += [f"/** {meaning} */", f"export interface {name}{suffix} {{"]
            for field, facts in rows:
                lines.append(f"  /** {MEANINGS[name][field][0]} */")
                absent = "?" if suffix and "required" not in facts else ""
                lines.append(f"  {field}{absent}: {_ts(facts, suffix)};")
            lines += ["}", ""]
    for name in messages.EVENTS:
        assert "type" not in {item.name for item in dataclasses.fields(messages.MESSAGES[name])}, name
    return "\n".join(
        [
            *lines,
            "/** Message type to its body. */",
            "export interface Bodies {",
            *(f"  {name}: {cls};" for name, cls in bodies.items()),
            "}",
            "",
            "/** Message type to what a client gives for its body. */",
            "export interface BodyInputs {",
            *(f"  {name}: {bodies[name]}Input;" for name in of_client),
            "}",
            "",
            "/** An event of a job: its body, and in `type` which event it is. */",
            "export type JobEvents =",
            *(f'  | ({{ type: "{name}" }} & {bodies[name]})' for name in messages.EVENTS),
            "  ;",
            "",
        ]
    )


def _ts(facts: dict[str, Any], suffix: str) -> str:
    if "enum" in facts:
        kind = " | ".join(json.dumps(word) for word in facts["enum"])
    else:
        kind = _TYPES.get(facts["type"]) or facts["type"] + suffix
    if facts.get("list"):
        return f"{kind}[]"
    return f"{kind} | null" if facts.get("optional") else kind


def _js(value: Any) -> str:
    """A JavaScript literal on one line; keys bare where they may be."""
    if isinstance(value, dict):
        pairs = (f"{key if key.isidentifier() else json.dumps(key)}: {_js(item)}" for key, item in value.items())
        return "{ " + ", ".join(pairs) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_js(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)
