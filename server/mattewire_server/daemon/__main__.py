"""``python -m mattewire_server.daemon``: the process that clients start."""

from __future__ import annotations

import argparse
import sys

from mattewire_protocol.errors import AlreadyRunning, MattewireError

from ..settings import load_settings
from . import lifecycle


def main() -> int:
    parser = argparse.ArgumentParser(prog="mattewire_server.daemon")
    parser.add_argument("--detach", action="store_true", help="start in the background and return once it serves")
    parser.add_argument("--wait", type=float, default=60.0, help="seconds to wait for it to serve")
    arguments = parser.parse_args()
    try:
        if arguments.detach:
            lifecycle.detach(arguments.wait)
        else:
            lifecycle.serve(load_settings())
    except AlreadyRunning as problem:
        print(problem, file=sys.stderr)
        return lifecycle.ALREADY_RUNNING
    except MattewireError as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
