"""Starting the daemon from a client: the right interpreter, nothing of the host's environment, detached.

A host application poisons its children: its PYTHONHOME, LD_LIBRARY_PATH and Qt variables break another Python.
Only an allow-list of variables goes through; what matters from the host (its OCIO config) travels in the request.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Dict, List, Mapping, Optional

from .connection import HOME_VARIABLE, Connection, data_folder, make_private_folder, read_connection, write_private
from .errors import DaemonUnreachable, InstallIncomplete

INTERPRETER_NAME = "interpreter.json"
START_TIMEOUT_S = 60.0

_PASSED = frozenset(
    "PATH HOME USER LOGNAME SHELL LANG LANGUAGE TZ TMPDIR TMP TEMP SYSTEMROOT SYSTEMDRIVE WINDIR COMSPEC PATHEXT "
    "USERPROFILE USERNAME HOMEDRIVE HOMEPATH APPDATA LOCALAPPDATA PROGRAMDATA PROGRAMFILES NUMBER_OF_PROCESSORS "
    "CUDA_VISIBLE_DEVICES HTTP_PROXY HTTPS_PROXY NO_PROXY SSL_CERT_FILE SSL_CERT_DIR".split()
)
_PASSED_PREFIXES = ("LC_", "XDG_", "MATTEWIRE_", "HF_")


def scrubbed_environment(source: Optional[Mapping[str, str]] = None) -> Dict[str, str]:
    """The variables a daemon may inherit from ``source`` (this process's own by default)."""
    environment = os.environ if source is None else source
    passed = {
        name: value
        for name, value in environment.items()
        if name.upper() in _PASSED or name.upper().startswith(_PASSED_PREFIXES)
    }
    if passed.get(HOME_VARIABLE):  # the daemon's current folder is another one
        passed[HOME_VARIABLE] = str(Path(passed[HOME_VARIABLE]).expanduser().absolute())
    return passed


def record_interpreter(interpreter: str) -> None:
    """Remembers the absolute Python that has the server installed, for clients inside hosts."""
    write_private(data_folder() / INTERPRETER_NAME, json.dumps({"python": os.path.abspath(interpreter)}) + "\n")


def daemon_interpreter() -> str:
    """The Python that runs the daemon: ``$MATTEWIRE_PYTHON``, the recorded one, or this one outside a host.

    Empty inside a host that none was recorded for: its own program would only start a second host.
    """
    chosen = os.environ.get("MATTEWIRE_PYTHON")
    if chosen:
        return chosen
    try:
        recorded = json.loads((data_folder() / INTERPRETER_NAME).read_text(encoding="utf-8"))["python"]
        if isinstance(recorded, str) and os.path.isabs(recorded) and Path(recorded).exists():
            return recorded
    except (OSError, ValueError, KeyError, TypeError):
        pass  # never recorded, or broken: fall through to this interpreter
    return sys.executable if os.path.basename(sys.executable).lower().startswith("python") else ""


def start_daemon(interpreter: str = "", timeout: float = START_TIMEOUT_S) -> Connection:
    """Starts the daemon detached and returns its connection; one that already runs is simply used.

    Raises ``InstallIncomplete`` when that Python lacks the server, ``DaemonUnreachable`` with its last words
    when it does not come up within ``timeout`` seconds.
    """
    python = interpreter or daemon_interpreter()
    if not python:  # a host that embeds Python may not know where one lies
        raise InstallIncomplete(
            "It is not known which Python has the Mattewire server.",
            advice="Run `mattewire install-host` for this host, or `mattewire serve` once, then try again.",
        )
    command: List[str] = [python, "-m", "mattewire_server.daemon", "--detach", "--wait", str(timeout)]
    try:
        done = subprocess.run(
            command,
            env=scrubbed_environment(),
            cwd=str(make_private_folder(data_folder())),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=timeout + 10,
            check=False,
        )
    except OSError as problem:
        raise DaemonUnreachable(f"{python} cannot be run: {problem}.") from None
    except subprocess.TimeoutExpired:
        raise DaemonUnreachable(f"The daemon did not come up within {timeout:g} s.") from None
    words = done.stderr.decode("utf-8", "replace").strip()
    if done.returncode:
        if "No module named" in words:
            raise InstallIncomplete(
                f"{python} has no Mattewire server ({words.splitlines()[-1]}).",
                advice=f'Run: "{python}" -m pip install "mattewire[server,video]"',
            )
        raise DaemonUnreachable(f"The daemon did not start: {words[-500:] or done.returncode}.")
    return read_connection()


def process_exists(pid: int) -> bool:
    """Whether a process of this number runs on this machine. On Windows, where asking is not harmless, True."""
    if os.name != "posix":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
