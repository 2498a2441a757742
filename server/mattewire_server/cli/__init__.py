"""The ``mattewire`` command. Needs the ``server`` extra; without it, says so and how to get it."""

from __future__ import annotations

import sys


def main() -> None:
    """Console entry point."""
    try:
        from .app import app
    except ModuleNotFoundError as problem:
        if (problem.name or "").startswith("mattewire"):
            raise  # a fault of our own, and no package to install
        print(
            f"The mattewire command needs a package that is not installed ({problem.name}).\n"
            'Run: pip install "mattewire[server,video]"\n'
            "Without it, this install is the thin client: import mattewire_protocol.",
            file=sys.stderr,
        )
        sys.exit(2)
    app()
