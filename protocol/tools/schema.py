"""JSON Schema (draft 2020-12) of protocol 1: shapes from the dataclasses, limits from ``meanings``."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from mattewire_protocol import codec, messages

from .meanings import MEANINGS

SCHEMA_ID = "mattewire-protocol-1.schema.json"


def build() -> dict[str, Any]:
    """One schema for a whole message, ``{"header": …, "body": …}``; ``$defs`` has every map by its class name."""
    classes = [codec.Header, *messages.MESSAGES.values()]
    _, definitions = msgspec.json.schema_components(classes, ref_template="#/$defs/{name}")
    for name, definition in sorted(definitions.items()):
        for field, (meaning, limits) in MEANINGS[name].items():
            _limit(definition["properties"][field], meaning, limits)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": f"Mattewire protocol {messages.PROTOCOL}",
        "description": "Generated from mattewire_protocol. Fields that are not listed are allowed and ignored.",
        "type": "object",
        "required": ["header", "body"],
        "properties": {"header": {"$ref": "#/$defs/Header"}, "body": {"type": "object"}},
        "oneOf": [_message(name, cls) for name, cls in messages.MESSAGES.items()],
        "$defs": dict(sorted(definitions.items())),
    }


def as_text() -> str:
    return json.dumps(build(), indent=1, ensure_ascii=False) + "\n"


def _message(name: str, cls: type) -> dict[str, Any]:
    return {
        "title": name,
        "properties": {
            "header": {"properties": {"type": {"const": name}}},
            "body": {"$ref": f"#/$defs/{cls.__name__}"},
        },
    }


def _limit(schema: dict[str, Any], meaning: str, limits: dict[str, Any]) -> None:
    """Adds ``limits`` where the value's own type stands: beside it, or in the branch that is not null."""
    schema["description"] = meaning
    branches = [branch for branch in schema.get("anyOf", ()) if branch.get("type") != "null"]
    (branches[0] if branches else schema).update(limits)
