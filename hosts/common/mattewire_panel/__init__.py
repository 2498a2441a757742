"""What every panel needs and no host has a say in: the line to the daemon, jobs, frames, pixels, names and words.

Python 3.9, the standard library and ``mattewire_protocol`` only; nothing here imports a host, Qt, numpy or an image
library. Panels call it from the host's main thread, and nothing it does there waits.
"""
