"""Makes the vector runner and the generator importable; neither is in the wheel."""

import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
for folder in (Path(__file__).parent, REPOSITORY / "protocol"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
