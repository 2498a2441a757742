"""``mattewire doctor --bundle``: one zip to send with a question. No footage, no mattes, no keys."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from mattewire_protocol import Client, MattewireError, codec
from mattewire_protocol.connection import read_connection
from mattewire_protocol.errors import NotWritable

from ..settings import load_settings

LOG_TAIL = 2_000_000
"""Bytes kept of each log, its end."""


def write_bundle(path: Path, findings: Sequence[Mapping[str, str]]) -> list[str]:
    """Writes the zip and returns the names in it. ``NotWritable`` when it cannot be written.

    Findings, the end of each log, the job list without requests (states, counts, errors), and the names of the
    ``MATTEWIRE_`` variables that are set. File paths that an error mentions stay in: they are often the answer.
    """
    contents = {
        "findings.json": json.dumps([dict(finding) for finding in findings], indent=2),
        "variables.json": json.dumps(sorted(name for name in os.environ if name.startswith("MATTEWIRE_"))),
        "jobs.json": json.dumps(_jobs(), indent=2),
        **_logs(),
    }
    secrets = _secrets()
    try:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
            for name, text in contents.items():
                bundle.writestr(name, _without(text, secrets))
    except OSError as problem:
        raise NotWritable(f"{path} cannot be written: {problem.strerror}.", field="--bundle") from None
    return list(contents)


def _logs() -> dict[str, str]:
    settings = load_settings()
    found: dict[str, str] = {}
    for pattern in ("daemon*.log*", "worker*.log*"):
        for path in sorted(settings.home.glob(pattern)):
            with path.open("rb") as stream:
                stream.seek(max(path.stat().st_size - LOG_TAIL, 0))
                found[f"logs/{path.name}"] = stream.read().decode("utf-8", "replace")
    return found


def _jobs() -> list[dict[str, object]] | str:
    """From the daemon when it runs; a stopped one is not started for this."""
    try:
        with Client(name="mattewire doctor", timeout=5) as client:
            return [{**codec.to_wire(job), "label": ""} for job in client.jobs(200)]  # a label quotes the prompt
    except MattewireError as problem:
        return str(problem)


def _secrets() -> list[str]:
    try:
        connection = read_connection()
    except MattewireError:
        return []
    return [connection.client_secret_key, connection.client_public_key, connection.server_key]


def _without(text: str, secrets: Sequence[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, "(key)")
    return text
