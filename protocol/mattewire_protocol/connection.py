"""Where the daemon lives and how to reach it: the data folder and the connection file.

The connection file is the local secret: whoever can read it can use the daemon. It is mode 0600 from the moment
it exists, inside a folder of mode 0700.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Dict, Optional

from .errors import BadField, DaemonUnreachable

HOME_VARIABLE = "MATTEWIRE_HOME"
CONNECTION_NAME = "connection.json"


@dataclass(frozen=True)
class Connection:
    """What a client needs. Keys are Z85 text of 40 characters (ZeroMQ RFC 32); ``started_at`` is Unix seconds."""

    protocol: int
    address: str
    server_key: str
    client_public_key: str
    client_secret_key: str
    pid: int = 0
    server: str = ""
    started_at: float = 0.0

    def __repr__(self) -> str:
        """Without the secret: connections end up in logs and tracebacks."""
        return f"Connection(address={self.address!r}, pid={self.pid}, protocol={self.protocol})"


def data_folder() -> Path:
    """The user's own Mattewire folder: ``$MATTEWIRE_HOME``, or the platform's usual place for application data."""
    chosen = os.environ.get(HOME_VARIABLE)
    if chosen:
        return Path(chosen).expanduser().absolute()
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA")
        return (Path(base) if base else Path.home() / "AppData" / "Local") / "Mattewire"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "Mattewire"
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "mattewire"


def make_private_folder(folder: Path) -> Path:
    """Creates ``folder`` (and parents) for this user alone, mode 0700."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.name == "posix" and folder.stat().st_mode & 0o077:
        folder.chmod(0o700)
    return folder


def write_private(path: Path, text: str) -> None:
    """Writes ``text`` to ``path`` in one step, readable by this user alone from the first byte."""
    make_private_folder(path.parent)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mkstemp makes it 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    except BaseException:
        try:
            os.unlink(temporary)
        except OSError:
            pass  # the first failure is the one to tell
        raise


def connection_path() -> Path:
    return data_folder() / CONNECTION_NAME


def write_connection(connection: Connection, path: Optional[Path] = None) -> None:
    write_private(path or connection_path(), json.dumps(asdict(connection), indent=2) + "\n")


def read_connection(path: Optional[Path] = None) -> Connection:
    """The running daemon's connection. ``DaemonUnreachable`` when there is no file, ``BadField`` when it is broken."""
    path = path or connection_path()
    try:
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        raise DaemonUnreachable(f"No daemon has left its connection file at {path}.") from None
    except (OSError, UnicodeDecodeError) as problem:
        raise DaemonUnreachable(f"The connection file {path} cannot be read: {problem}.") from None
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        raise _broken(path, "", "is not JSON.") from None
    if not isinstance(values, dict):
        raise _broken(path, "", "is not a JSON object.")
    return _checked(path, values)


def _checked(path: Path, values: Dict[str, Any]) -> Connection:
    known = {field.name: field for field in fields(Connection)}
    kept: Dict[str, Any] = {}
    for name, field in known.items():
        if name not in values:
            if isinstance(field.default, (int, float, str)):
                continue
            raise _broken(path, name, "is missing.")
        value = values[name]
        expected = {"int": (int,), "float": (int, float), "str": (str,)}[str(field.type)]
        if isinstance(value, bool) or not isinstance(value, expected):
            raise _broken(path, name, f"must be {field.type}, not {type(value).__name__}.")
        if name.endswith("_key") and len(str(value)) != 40:
            raise _broken(path, name, "must be a key of 40 characters.")
        kept[name] = value
    if not kept["address"].startswith("tcp://"):
        raise _broken(path, "address", "must start with tcp://.")
    return Connection(**kept)


def _broken(path: Path, field: str, what: str) -> BadField:
    return BadField(
        f"{what} ({path})", field=f"connection.{field}" if field else "connection", advice="Restart the daemon."
    )
