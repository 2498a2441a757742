"""How much to fuzz: a little in every run, ``MATTEWIRE_FUZZ=34000`` for each of the six targets in
the documented run (``make fuzz``, 204,000 inputs)."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "fuzz",
    max_examples=int(os.environ.get("MATTEWIRE_FUZZ", "300")),
    deadline=None,
    database=None,
    derandomize="MATTEWIRE_FUZZ" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)
