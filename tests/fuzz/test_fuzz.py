"""Whatever bytes or text come in: an answer or an error of our own tree, never anything else.

The documented run is ``make fuzz``: 34,000 inputs for each target, 204,000 in all.
"""

import json
from pathlib import Path

import inputs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mattewire_protocol import MattewireError, codec
from mattewire_protocol.connection import Connection, read_connection
from mattewire_protocol.errors import MessageError
from mattewire_server import channel, patterns, wire
from mattewire_server.daemon.server import Daemon
from mattewire_server.settings import Settings
from mattewire_server.supervisor import Supervisor

FUZZ = settings(settings.get_profile("fuzz"))


@FUZZ
@given(inputs.messages)
def test_decoding(parts: list[bytes]) -> None:
    """Both decoders refuse with a message error or accept, they agree on which, and what they accept packs again."""
    outcomes = []
    for decode in (codec.decode, wire.decode):
        try:
            outcomes.append(decode(parts))
        except MessageError as refusal:
            outcomes.append((refusal.code, refusal.field))
    assert outcomes[0] == outcomes[1]
    if isinstance(outcomes[0], codec.Message):
        message = outcomes[0]
        again = codec.encode(message.body, id=message.id, answers=message.answers, binary=message.binary)
        assert codec.decode(again).body == message.body


class NoWorker(Supervisor):
    """A supervisor whose worker never starts: the daemon's own side is under test."""

    def start(self) -> None:
        return


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory):
    made = Daemon(Settings(home=tmp_path_factory.mktemp("home")))
    made.desk._supervisor = NoWorker(lambda generation, raw: None, made.settings.worker_log)
    answers: list[object] = []
    made.reply = lambda peer, identity, body, binary=(): answers.append(body)  # type: ignore[method-assign]
    made.answers = answers  # type: ignore[attr-defined]
    yield made
    made.close()


@FUZZ
@given(inputs.messages)
def test_dispatch(daemon, parts: list[bytes]) -> None:
    """The daemon gives at most one answer to anything, and never an error of its own making."""
    daemon.answers.clear()
    daemon._serve(b"peer", parts)
    assert len(daemon.answers) <= 1
    assert not any(getattr(answer, "code", "") == "internal_error" for answer in daemon.answers)
    daemon.stop_when = ""


pattern_text = st.text(alphabet="ab1290#%d$F._-/\\ :[]{}~é\u2028\x00", max_size=24) | st.text(max_size=24)


@FUZZ
@given(pattern_text, st.integers(-10_000_000, 10_000_000))
def test_patterns(text: str, frame: int) -> None:
    """A pattern parses to one that writes and reads frame numbers, or is refused with its field."""
    try:
        pattern = patterns.parse_pattern(text, "out[0].path")
    except MattewireError as refusal:
        assert refusal.field
        return
    assert patterns.parse_pattern(pattern.text).path(frame) == pattern.path(frame)


@FUZZ
@given(pattern_text | st.from_regex(r"-?\d{1,12}[-:]-?\d{1,12}", fullmatch=True))
def test_ranges(text: str) -> None:
    try:
        first, last = patterns.parse_range(text, "--range")
    except MattewireError as refusal:
        assert refusal.field
        return
    assert first <= last


GOOD_CONNECTION = {
    "protocol": 1,
    "address": "tcp://127.0.0.1:5555",
    "server_key": "k" * 40,
    "client_public_key": "k" * 40,
    "client_secret_key": "k" * 40,
}


@st.composite
def connection_text(draw: st.DrawFn) -> bytes:
    if draw(st.booleans()):
        return draw(st.binary(max_size=80))
    values = {
        **GOOD_CONNECTION,
        **draw(st.dictionaries(st.sampled_from(sorted(GOOD_CONNECTION)), inputs.scalars, max_size=2)),
    }
    for name in draw(st.lists(st.sampled_from(sorted(values)), max_size=2)):
        values.pop(name, None)
    return json.dumps(values, default=repr).encode("utf-8", "surrogatepass")


@FUZZ
@given(connection_text())
def test_connection_file(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "connection.json"
    path.write_bytes(raw)
    try:
        connection = read_connection(path)
    except MattewireError:
        return
    assert isinstance(connection, Connection)


@FUZZ
@given(st.binary(max_size=96) | inputs.trees.map(inputs._packed))
def test_channel(raw: bytes) -> None:
    """Not reachable from outside; a confused worker must still not take the daemon down."""
    try:
        record = channel.unpack(raw)
    except MattewireError:
        return
    assert isinstance(record, channel.Record)
