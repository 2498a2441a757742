"""The golden vectors, through the client's reader and through the daemon's."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import run_vectors

from mattewire_protocol import codec, errors, messages
from mattewire_server import wire

FILES = run_vectors.load()
GOLDEN = ("conversation", "jobs", "events", "daemon")
ALL = [pytest.param(vector, id=f"{name}: {vector['name']}") for name, vectors in FILES.items() for vector in vectors]
READERS = pytest.mark.parametrize("decode", [codec.decode, wire.decode], ids=["codec", "wire"])


@READERS
@pytest.mark.parametrize("vector", ALL)
def test_vector(vector: dict[str, Any], decode: run_vectors.Decode) -> None:
    assert run_vectors.failure(vector, decode) == ""


def test_every_message_has_its_least_and_its_full_form() -> None:
    seen: dict[str, list[dict[str, Any]]] = {}
    for group in GOLDEN:
        for vector in FILES[group]:
            assert vector["sender"] == messages.SENDER[vector["header"]["type"]]
            seen.setdefault(vector["header"]["type"], []).append(vector["body"])
    assert set(seen) == set(messages.MESSAGES)
    for name, bodies in seen.items():
        fields = set(messages.MESSAGES[name].__dataclass_fields__)
        assert set(bodies[-1]) == fields, f"{name}: the fullest vector lacks {fields - set(bodies[-1])}"
        required_only = {key for key in fields if key in bodies[0]}
        assert len(bodies) == 2 or required_only == fields


def test_full_forms_hold_no_default() -> None:
    """Else a writer that always writes defaults would pass. ``limits`` and ``preview`` have nested ones."""
    for group in GOLDEN:
        for vector in FILES[group]:
            if vector["name"].endswith("every field"):
                cls = messages.MESSAGES[vector["header"]["type"]]
                plain = {name: field.default for name, field in cls.__dataclass_fields__.items()}
                same = [name for name, value in vector["body"].items() if value == plain[name]]
                assert same == [], vector["name"]


def test_every_reader_code_and_every_error_code_is_there() -> None:
    refused = {vector["refuse"]["code"] for vector in FILES["refused"]}
    readers = {leaf.code for leaf in errors.MessageError.__subclasses__()}
    assert refused == readers
    assert [vector["body"]["code"] for vector in FILES["errors"]] == list(errors.BY_CODE)
    for vector in FILES["errors"]:
        assert vector["body"]["retryable"] is errors.BY_CODE[vector["body"]["code"]].retryable


def test_names_are_unique_and_files_small() -> None:
    for name, vectors in FILES.items():
        names = [vector["name"] for vector in vectors]
        assert len(set(names)) == len(names), name
        assert (run_vectors.VECTORS / f"{name}.json").stat().st_size < 100_000


def test_parts_from_pieces() -> None:
    assert run_vectors.part("4d57") == b"MW"
    assert run_vectors.part(["4d", {"hex": "5758", "times": 2}, ""]) == b"MWXWX"


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (lambda vector: vector["header"].update(id="other"), "header is"),
        (lambda vector: vector["body"].update(last_seq=1), "body is"),
        (lambda vector: vector["parts"].append([]), "binary"),
        (lambda vector: vector["parts"].pop(), "refused with"),
        (lambda vector: vector.update(refuse={"code": "bad_field", "field": ""}), "must be refused"),
        (lambda vector: vector["body"].pop("last_seq"), "on the wire"),
    ],
)
def test_the_runner_notices(spoil: Any, expected: str) -> None:
    vector = copy.deepcopy(next(vector for vector in FILES["jobs"] if vector["name"] == "watch, least"))
    spoil(vector)
    if expected == "binary":
        vector["same_bytes"] = False
        assert run_vectors.failure(vector, lambda parts: codec.decode(parts[:3])) == "binary parts differ"
    else:
        assert expected in run_vectors.failure(vector)


def test_the_runner_notices_other_bytes() -> None:
    other = copy.deepcopy(next(vector for vector in FILES["accepted"] if vector["name"] == "fields in another order"))
    assert run_vectors.failure(other) == ""
    del other["same_bytes"]
    assert "written as" in run_vectors.failure(other)


def test_the_script_reports_failures(tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_vectors.main([str(tmp_path)]) == 1, "nothing run is a failure"
    (tmp_path / "one.json").write_text('[{"name": "spoilt", "parts": [], "refuse": {"code": "x", "field": ""}}]')
    assert run_vectors.main([str(tmp_path)]) == 1
    assert "one.json, spoilt: refused with" in capsys.readouterr().out
    assert run_vectors.main([]) == 0
