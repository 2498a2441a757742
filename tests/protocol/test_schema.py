from __future__ import annotations

import dataclasses
import json
import math
from typing import Any

import jsonschema
import pytest
import run_vectors

from mattewire_protocol import codec, messages
from mattewire_protocol.errors import BadField
from tools import samples, schema
from tools.meanings import MEANINGS

STORED = run_vectors.VECTORS.parent / "schema" / schema.SCHEMA_ID
SCHEMA = json.loads(STORED.read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
FILES = run_vectors.load()


def part_validator(cls: type) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator({"$ref": f"#/$defs/{cls.__name__}", "$defs": SCHEMA["$defs"]})


def every_class() -> dict[str, type]:
    """Every dataclass that travels, by name."""
    found: dict[str, type] = {}

    def visit(value: Any) -> None:
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            found[type(value).__name__] = type(value)
            for field in dataclasses.fields(value):
                visit(getattr(value, field.name))
        elif isinstance(value, list):
            for item in value:
                visit(item)

    for body in [codec.Header(1, "ping", "1"), *samples.MINIMAL.values(), *samples.FULL.values()]:
        visit(body)
    return found


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert [one["title"] for one in SCHEMA["oneOf"]] == list(messages.MESSAGES)


def test_every_good_vector_is_valid() -> None:
    good = [vector for vectors in FILES.values() for vector in vectors if "refuse" not in vector]
    assert len(good) > 80
    for vector in good:
        VALIDATOR.validate({"header": vector["header"], "body": vector["body"]})


def test_refused_fields_are_mostly_invalid() -> None:
    """Relations between fields, blank text and NaN are beyond JSON Schema; everything else it refuses."""
    beyond = {
        "3.0 for a whole number",
        "NaN in an unknown field",
        "integer of 2**63 in an unknown list",
        "protocol range upside down",
        "empty path",
        "control character in a path",
        "nothing to mask",
        "drop points alone",
        "empty phrase",
        "last before first",
        "keyframe outside the range",
        "box without width",
        "box upside down",
        "look for nothing",
        "NaN",
        "infinity",
    }
    passed = set()
    for vector in FILES["refused"]:
        if vector["refuse"]["code"] == "bad_field":
            header, body = (codec.msgpack.unpackb(run_vectors.part(part)) for part in vector["parts"][1:])
            if VALIDATOR.is_valid({"header": header, "body": body}):
                passed.add(vector["name"])
    assert passed <= beyond, passed - beyond
    assert {"3.0 for a whole number", "box upside down"} <= passed, "the list above is not stale"


def test_unknown_fields_are_valid_and_wrong_types_are_not() -> None:
    message: dict[str, Any] = {"header": {"protocol": 1, "type": "stop", "id": "7", "later": 1}, "body": {"later": []}}
    assert VALIDATOR.is_valid(message)
    assert not VALIDATOR.is_valid({**message, "body": {"when": 7}})
    assert not VALIDATOR.is_valid({**message, "header": {"protocol": 1, "type": "make_coffee", "id": "7"}})


def test_every_field_has_a_meaning_and_every_meaning_a_field() -> None:
    classes = every_class()
    assert set(MEANINGS) == set(classes)
    for name, cls in classes.items():
        assert list(MEANINGS[name]) == [field.name for field in dataclasses.fields(cls)], name
        for field, (meaning, _) in MEANINGS[name].items():
            assert meaning, f"{name}.{field}"
            assert not meaning.endswith("."), f"{name}.{field}"


def beyond(limits: dict[str, Any]) -> list[Any]:
    """Values just outside ``limits``."""
    values: list[Any] = []
    if "minimum" in limits:
        step: Any = 1 if isinstance(limits["minimum"], int) else 1e-6
        values += [limits["minimum"] - step, limits["maximum"] + step]
        if isinstance(step, float):
            values += [math.nextafter(limits["maximum"], math.inf)]
    if "enum" in limits:
        values.append("no such word")
    if "minLength" in limits:
        values.append("")
    if "maxLength" in limits:
        values.append("x" * (limits["maxLength"] + 1))
    if limits.get("minItems"):
        values.append([])
    if "pattern" in limits:
        values += ["", "/", "0x", "1;2"]
    return values


def allowed(limits: dict[str, Any]) -> list[Any]:
    """The outermost values within ``limits``."""
    values: list[Any] = [limits[edge] for edge in ("minimum", "maximum") if edge in limits]
    values += limits.get("enum", [])
    return values + (["x" * limits["maxLength"]] if "maxLength" in limits else [])


def full(cls: type) -> dict[str, Any]:
    """A valid map of ``cls`` in which any one field can be moved to its edge."""
    wide = {
        "Header": {"protocol": 1, "type": "ping", "id": "1"},
        "Hello": {"protocol_min": 1, "protocol_max": 65535},
        "Box": {"frame": 1, "x0": -1e6, "y0": -1e6, "x1": 1e6, "y1": 1e6},
        "Point": {"frame": 1, "x": 1.0, "y": 1.0},
        "MatteRequest": codec.to_wire(samples.MINIMAL["submit"])["request"],
        "Search": codec.to_wire(samples.MINIMAL["detect"])["search"],
        "Plate": {"path": "p"},
        "Deliverable": {"path": "p"},
        "ObjectName": {"object": 1, "name": "n"},
        "CleanUp": {"object": 1},
        "Shape": {"use": "garbage", "path": "p"},
        "Edges": {"method": "matting"},
        "Depth": {"engine": "d"},
        "WorstFrame": {"frame": 1},
        "Vertex": {"x": 1.0, "y": 1.0},
        "Detection": {"object": 1, "x0": 0.0, "y0": 0.0, "x1": 1.0, "y1": 1.0},
        "FrameRun": {"first": 1, "last": 1, "state": "done"},
    }
    by_name = {body.__name__: name for name, body in messages.MESSAGES.items()}
    return dict(wide.get(cls.__name__) or codec.to_wire(samples.MINIMAL[by_name[cls.__name__]]))


LIMITED = [
    pytest.param(cls, field, limits, id=f"{name}.{field}")
    for name, cls in every_class().items()
    for field, (_, limits) in MEANINGS[name].items()
    if limits
]


@pytest.mark.parametrize(("cls", "field", "limits"), LIMITED)
def test_limits_are_the_ones_the_reader_keeps(cls: type, field: str, limits: dict[str, Any]) -> None:
    validator = part_validator(cls)
    for value in beyond(limits):
        tree = {**full(cls), field: value}
        assert not validator.is_valid(tree), value
        with pytest.raises(BadField) as caught:
            codec.from_wire(cls, tree)
        assert caught.value.field == field
    for value in allowed(limits):
        tree = {**full(cls), field: value}
        if (cls.__name__, field, value) in EDGES_AGAINST_ANOTHER_FIELD:
            continue
        validator.validate(tree)
        codec.from_wire(cls, tree)


EDGES_AGAINST_ANOTHER_FIELD = {
    ("Box", "x0", 1e6),
    ("Box", "y0", 1e6),
    ("Box", "x1", -1e6),
    ("Box", "y1", -1e6),
    ("Deliverable", "fps", 1000.0),
    ("Deliverable", "tolerance", 20.0),
    ("Deliverable", "colors", "plate"),
    ("Deliverable", "colors", "foreground"),
}
