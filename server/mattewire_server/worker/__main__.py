"""``python -m mattewire_server.worker``: started by the daemon, speaks the channel on stdin and stdout.

Standard output is the channel, so nothing else may print there: file descriptor 1 is moved away first and then
points at standard error, for libraries that print from C as well.
"""

from __future__ import annotations

import logging
import os
import sys

from mattewire_protocol.errors import InternalError

from ..locks import take_lock
from ..settings import load_settings

TURN_S = 15.0
"""Seconds that the worker of a daemon that was killed may take to finish its frame: two would write the same files."""


def main() -> int:
    channel_out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        settings = load_settings()
        sys.path.extend(str(folder) for folder in settings.engine_folders)  # at the end: they shadow nothing
        from .runner import Worker  # after the move: importing numeric libraries may print

        turn = take_lock(settings.worker_lock, wait=TURN_S)
        if turn is None:
            raise InternalError("An earlier worker has not ended.", advice="End it, or restart the machine.")
        Worker(sys.stdin.buffer, channel_out, settings).run()
    except Exception:
        logging.getLogger("mattewire.worker").exception("the worker cannot go on")
        return 1
    return 0


if __name__ == "__main__":
    status = main()
    logging.shutdown()
    os._exit(status)  # the listening thread sits in a read that an orderly exit would wait for
