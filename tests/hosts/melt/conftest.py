"""MLT's own player. Without the stage ``.ci/hosts`` these tests are not collected; in it, melt must be there."""

from __future__ import annotations

import os

if not os.environ.get("MATTEWIRE_REAL_HOSTS"):
    collect_ignore_glob = ["test_*.py"]
