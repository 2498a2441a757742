"""Mattewire's wire protocol and its thin client: pyzmq and msgpack only, Python 3.9 and later."""

from .client import Client
from .connection import Connection, read_connection
from .deliver import CleanUp, Deliverable, Depth, Edges, ObjectName, Shape, Vertex
from .errors import MattewireError
from .jobview import JobView
from .request import Box, MatteRequest, Plate, Point, Search

__all__ = [
    "Box",
    "CleanUp",
    "Client",
    "Connection",
    "Deliverable",
    "Depth",
    "Edges",
    "JobView",
    "MatteRequest",
    "MattewireError",
    "ObjectName",
    "Plate",
    "Point",
    "Search",
    "Shape",
    "Vertex",
    "read_connection",
]
