"""Messages to bytes and back, by the layout of ``SPEC.md``: ``[b"MW", header, body, *binary]``.

``encode`` writes reproducible bytes: map keys in dataclass order, ``None`` left out, everything else written,
floats as float64. ``decode`` is strict and total: whatever bytes come in, it returns a ``Message`` or raises one
of the ``MessageError`` leaves, never anything else. Two stages keep it so: ``unpack`` turns one part into a plain
tree within fixed limits, ``from_wire`` turns the tree into the dataclass that the header's type names.
"""

from __future__ import annotations

import secrets
import typing
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import cache
from math import isfinite
from typing import Any, Callable, Dict, List, Sequence, Tuple, Type, TypeVar, Union

import msgpack

from . import errors, messages
from .errors import BadField, BadMessage, MattewireError, TooLarge, UnknownMessage, WrongProtocol
from .messages import MESSAGES, OLDEST_PROTOCOL, PROTOCOL

MAGIC = b"MW"
MAX_MESSAGE_BYTES = 1_048_576
"""Header and body together."""
MAX_BINARY_BYTES = 1_000_000
"""Each binary part."""
MAX_BINARY_PARTS = 4
MAX_DEPTH = 32
"""Maps and lists inside each other, the outermost counted."""
MAX_LIST = 20_000
"""Entries of one list. Without it a few bytes can claim, and make the reader reserve, gigabytes."""
MAX_MAP = 256
MAX_ID = 64
MAX_INTEGER = 2**53 - 1
"""Integers lie in -MAX_INTEGER..MAX_INTEGER, where every client language counts exactly (ECMA-262 20.1.2.6)."""

ANY_VERSION = ("hello", "error")
"""These keep their shape in every protocol version, so that a refusal can always be read."""

Part = Union[bytes, bytearray, memoryview]
T = TypeVar("T")


@dataclass(frozen=True)
class Header:
    """What every message says of itself; ``answers`` is the id of the message this one answers, else ``""``."""

    protocol: int
    type: str
    id: str
    answers: str = ""

    def __post_init__(self) -> None:
        for name in ("type", "id", "answers"):
            value = getattr(self, name)
            if len(value) > MAX_ID or not (value or name == "answers"):
                raise BadField(f"must be 1 to {MAX_ID} characters.", field=name)


@dataclass(frozen=True)
class Message:
    """A decoded message: ``body`` is an instance of ``messages.MESSAGES[type]``."""

    header: Header
    body: Any
    binary: Tuple[bytes, ...] = ()

    @property
    def type(self) -> str:
        return self.header.type

    @property
    def id(self) -> str:
        return self.header.id

    @property
    def answers(self) -> str:
        return self.header.answers


def new_id() -> str:
    """A fresh message id: 16 hexadecimal characters, 64 random bits."""
    return secrets.token_hex(8)


def error_body(exc: MattewireError) -> messages.Error:
    """The body of the ``error`` message that tells a peer of ``exc``; ``error_of`` is the way back."""
    return messages.Error(exc.code, exc.message, exc.field, exc.advice, exc.retryable)


def error_of(body: messages.Error) -> MattewireError:
    """The exception that ``body`` tells of, as it was on the other side."""
    return errors.from_wire(body.code, body.message, body.field, body.advice, body.retryable)


# --- out ---------------------------------------------------------------------------------------------------


def encode(body: object, *, id: str = "", answers: str = "", binary: Sequence[Part] = ()) -> List[bytes]:
    """The parts of one message, ready for ``send_multipart``. ``id`` is made up when empty.

    ``BadField``: a field holds what its type does not allow. ``TooLarge``: a peer would refuse it.
    """
    header = Header(PROTOCOL, messages.name_of(body), id or new_id(), answers)
    head, content = pack(to_wire(header)), pack(to_wire(body))
    parts = [MAGIC, head, content, *(bytes(part) for part in binary)]
    _check_sizes(parts)
    return parts


def pack(tree: Dict[str, Any]) -> bytes:
    """One part as msgpack; ``tree`` is what ``to_wire`` returns."""
    packed: bytes = msgpack.packb(tree, use_bin_type=True)
    return packed


def to_wire(body: object) -> Dict[str, Any]:
    """The plain map that stands for a dataclass on the wire.

    ``BadField`` names a field whose value does not fit its declared type: a sender never says what its peer would
    refuse. ``TooLarge`` for a list longer than ``MAX_LIST``.
    """
    tree: Dict[str, Any] = {}
    for name, _, write, _ in _plan(type(body)):
        value = getattr(body, name)
        if value is None:
            continue
        try:
            tree[name] = write(value)
        except BadField as fault:
            raise fault.within(name) from None
    return tree


# --- in ----------------------------------------------------------------------------------------------------


def read_header(parts: Sequence[Part]) -> Header:
    """The header alone, so that a peer whose body cannot be read is answered under the right id.

    ``BadMessage``: not this protocol's layout. ``TooLarge``: a size limit. ``WrongProtocol``: a version not spoken
    here; the types in ``ANY_VERSION`` are read at every version.
    """
    if len(parts) < 3 or bytes(parts[0][:3]) != MAGIC:
        raise BadMessage("It is not a Mattewire message: it must be the parts MW, header and body.")
    _check_sizes(parts)
    try:
        header = from_wire(Header, unpack(parts[1]))
    except MattewireError as fault:
        field = f"header.{fault.field}" if fault.field else "header"
        raise BadMessage(f"The header cannot be read: {fault.message}", field=field) from None
    if header.type not in ANY_VERSION and not OLDEST_PROTOCOL <= header.protocol <= PROTOCOL:
        raise WrongProtocol(
            f"The message is of protocol {header.protocol}; this side speaks {OLDEST_PROTOCOL} to {PROTOCOL}."
        )
    return header


def decode(parts: Sequence[Part]) -> Message:
    """One message. Raises what ``read_header`` raises, ``UnknownMessage``, ``BadMessage`` or ``BadField``."""
    header = read_header(parts)
    return Message(header, from_wire(body_class(header), unpack(parts[2])), tuple(bytes(part) for part in parts[3:]))


def body_class(header: Header) -> Type[Any]:
    """The dataclass of the header's type, or ``UnknownMessage``."""
    cls = MESSAGES.get(header.type)
    if cls is None:
        raise UnknownMessage(f"{header.type!r} is not a message of protocol {PROTOCOL}.")
    return cls


def unpack(part: Part) -> Dict[str, Any]:
    """One part as a plain map of text, numbers, booleans, None, lists and maps, within this module's limits.

    ``BadMessage``: no msgpack map, or not exactly one; raw bytes, extension types, keys that are not text, depth,
    list and map limits. ``BadField``: NaN, infinity or an integer beyond ``MAX_INTEGER``, in unknown fields too.
    """
    try:
        tree = msgpack.unpackb(
            bytes(part), raw=False, strict_map_key=True, max_array_len=MAX_LIST, max_map_len=MAX_MAP, max_ext_len=0
        )
    except Exception as cause:  # msgpack raises ValueError, UnicodeDecodeError, its own classes and RecursionError
        raise BadMessage(f"It is not one msgpack map ({type(cause).__name__}).") from None
    if type(tree) is not dict:
        raise BadMessage("Header and body must each be a map.")
    _check_tree(tree, 1)
    return tree


def from_wire(cls: Type[T], mapping: Any) -> T:
    """The dataclass ``cls`` from a plain map. Unknown keys are ignored; ``BadField`` has the path of the fault."""
    if not isinstance(mapping, dict):
        raise BadField(f"must be a map, not {_kind(mapping)}.")
    values: Dict[str, Any] = {}
    for name, read, _, required in _plan(cls):
        if name in mapping:
            try:
                values[name] = read(mapping[name])
            except BadField as fault:
                raise fault.within(name) from None
        elif required:
            raise BadField("is missing.", field=name)
    return cls(**values)


# --- checks of the plain tree ------------------------------------------------------------------------------


def _check_sizes(parts: Sequence[Part]) -> None:
    if len(parts) > 3 + MAX_BINARY_PARTS:
        raise TooLarge(f"It has more than {MAX_BINARY_PARTS} binary parts.")
    size = len(parts[1]) + len(parts[2])
    if size > MAX_MESSAGE_BYTES:
        raise TooLarge(f"Header and body are {size:,} bytes; the limit is {MAX_MESSAGE_BYTES:,}.")
    for part in parts[3:]:
        if len(part) > MAX_BINARY_BYTES:
            raise TooLarge(f"A binary part is {len(part):,} bytes; the limit is {MAX_BINARY_BYTES:,}.")


def _check_tree(tree: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise BadMessage(f"Maps and lists are nested deeper than {MAX_DEPTH}.")
    is_map = type(tree) is dict
    for key, value in tree.items() if is_map else enumerate(tree):
        kind = type(value)
        if is_map and type(key) is not str:
            raise BadMessage("A map has a key that is not text.")
        try:
            if kind is dict or kind is list:
                _check_tree(value, depth + 1)
            elif kind is float:
                _check_float(value)
            elif kind is int:
                _check_integer(value)
            elif kind is not str and kind is not bool and value is not None:
                raise BadMessage("A map has raw bytes or an extension type; bytes travel in binary parts.")
        except BadField as fault:
            raise fault.within(str(key) if is_map else f"[{key}]") from None


def _check_float(value: float) -> None:
    if not isfinite(value):
        raise BadField(f"must be a finite number, not {value!r}.")


def _check_integer(value: int) -> None:
    if not -MAX_INTEGER <= value <= MAX_INTEGER:
        raise BadField(f"must lie between -{MAX_INTEGER} and {MAX_INTEGER}.")


# --- fields by their declared types ------------------------------------------------------------------------

Turn = Callable[[Any], Any]
"""Turns one value from or to the wire, or raises ``BadField`` with the path below the value."""

Plan = Tuple[Tuple[str, Turn, Turn, bool], ...]


def _make_plan(cls: Any) -> Plan:
    """Of each field of ``cls``: name, how it is read, how it is written, whether it must be there."""
    hints = typing.get_type_hints(cls)
    plan = []
    for item in fields(cls):
        read, write = _turns(hints[item.name])
        plan.append((item.name, read, write, item.default is MISSING and item.default_factory is MISSING))
    return tuple(plan)


_plan: Callable[[Any], Plan] = cache(_make_plan)


def _turns(hint: Any) -> Tuple[Turn, Turn]:
    """Reader and writer of a declared type: text, a number, yes/no, a list, a dataclass, or one of these or None."""
    if typing.get_origin(hint) is Union:
        (inner,) = [kind for kind in typing.get_args(hint) if kind is not type(None)]
        read, write = _turns(inner)
        return _or_none(read), write
    if typing.get_origin(hint) is list:
        read, write = _turns(typing.get_args(hint)[0])
        return _each(read), _each(write)
    if is_dataclass(hint):
        return _reader_of(hint), _writer_of(hint)
    read = {str: _text, bool: _yes_no, int: _integer, float: _number}[hint]
    return read, read


def _or_none(read: Turn) -> Turn:
    return lambda value: None if value is None else read(value)


def _each(turn: Turn) -> Turn:
    def every(value: Any) -> List[Any]:
        if type(value) not in (list, tuple):
            raise BadField(f"must be a list, not {_kind(value)}.")
        if len(value) > MAX_LIST:
            raise TooLarge(f"A list has {len(value):,} entries; the limit is {MAX_LIST:,}.")
        turned = []
        for index, item in enumerate(value):
            try:
                turned.append(turn(item))
            except BadField as fault:
                raise fault.within(f"[{index}]") from None
        return turned

    return every


def _reader_of(cls: Any) -> Turn:
    return lambda value: from_wire(cls, value)


def _writer_of(cls: Any) -> Turn:
    def write(value: Any) -> Dict[str, Any]:
        if type(value) is not cls:
            raise BadField(f"must be {cls.__name__}, not {_kind(value)}.")
        return to_wire(value)

    return write


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise BadField(f"must be text, not {_kind(value)}.")
    if not value.isascii():
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:  # a file name with bytes that are no UTF-8, as os.fsdecode gives it
            raise BadField("has characters that are not Unicode text.", advice="Rename the file or folder.") from None
    return value


def _yes_no(value: Any) -> bool:
    if not isinstance(value, bool):
        raise BadField(f"must be true or false, not {_kind(value)}.")
    return value


def _integer(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise BadField(f"must be a whole number, not {_kind(value)}.")
    _check_integer(value)
    return value


def _number(value: Any) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise BadField(f"must be a number, not {_kind(value)}.")
    _check_float(value)
    return float(value)


def _kind(value: Any) -> str:
    """What a wire value is, in words of the protocol rather than of Python."""
    names = {dict: "a map", list: "a list", str: "text", bool: "true or false", type(None): "nothing"}
    fallback = "a number with decimals" if isinstance(value, float) else "a whole number"
    return names.get(type(value), fallback if isinstance(value, (int, float)) else type(value).__name__)
