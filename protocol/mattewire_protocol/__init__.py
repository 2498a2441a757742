"""Mattewire's wire protocol and its thin client: pyzmq and msgpack only, Python 3.9 and later."""

from .client import Client
from .connection import Connection, read_connection
from .errors import MattewireError
from .jobview import JobView
from .request import Box, Deliverable, MatteRequest, Plate, Point, Search

__all__ = [
    "Box",
    "Client",
    "Connection",
    "Deliverable",
    "JobView",
    "MatteRequest",
    "MattewireError",
    "Plate",
    "Point",
    "Search",
    "read_connection",
]
