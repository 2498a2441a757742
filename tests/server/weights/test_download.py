"""Downloads against a real HTTP server on this machine that can break off, change its file, and ignore ranges."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from mattewire_protocol.errors import WeightsMissing
from mattewire_server.weights import download as module
from mattewire_server.weights.download import download

DATA = bytes(range(256)) * 4000
OTHER = DATA[::-1] + b"newer"


@dataclass
class Site:
    """What the server has and how it behaves. ``break_after``: bytes of each answer, then the line goes dead."""

    data: bytes = DATA
    etag: str = '"one"'
    ranges: bool = True
    announce: bool = True
    break_after: list[int] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    address: str = ""


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            wanted = self.headers.get("Range", "")
            site.asked.append(wanted)
            if self.path != "/weights.pt":
                self.send_error(404)
                return
            start = 0
            match = re.match(r"bytes=(\d+)-$", wanted)
            if match and site.ranges and self.headers.get("If-Range") == site.etag:
                start = int(match[1])
                if start >= len(site.data):
                    self.send_error(416)
                    return
            body = site.data[start:]
            self.send_response(206 if start else 200)
            self.send_header("ETag", site.etag)
            if site.announce:
                self.send_header("Content-Length", str(len(body)))
            else:
                self.send_header("Connection", "close")
            self.end_headers()
            cut = site.break_after.pop(0) if site.break_after else len(body)
            self.wfile.write(body[:cut])
            if cut < len(body) or not site.announce:
                self.close_connection = True

        def log_message(self, *args: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    site.address = f"http://127.0.0.1:{server.server_port}/weights.pt"
    yield site
    server.shutdown()
    thread.join()
    server.server_close()


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_arrives_whole_with_progress(site, tmp_path):
    told: list[tuple[int, int]] = []
    download(site.address, tmp_path / "w.pt", progress=lambda done, total: told.append((done, total)))
    assert (tmp_path / "w.pt").read_bytes() == DATA
    assert told[-1] == (len(DATA), len(DATA))
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert left(tmp_path) == ["w.pt"]


def test_a_line_that_breaks_is_taken_up_where_it_broke(site, tmp_path):
    site.break_after = [300_000, 200_000]
    download(site.address, tmp_path / "w.pt")
    assert sha256((tmp_path / "w.pt").read_bytes()).digest() == sha256(DATA).digest()
    assert site.asked == ["", "bytes=300000-", "bytes=500000-"]


def test_a_dead_line_leaves_a_part_that_the_next_pull_goes_on_with(site, tmp_path):
    site.break_after = [300_000, 0]
    with pytest.raises(WeightsMissing, match=r"cut off after 300000 of 1024000 bytes|cannot be fetched"):
        download(site.address, tmp_path / "w.pt")
    assert left(tmp_path) == ["w.pt.partial", "w.pt.partial.json"]
    download(site.address, tmp_path / "w.pt")
    assert site.asked[-1] == "bytes=300000-"
    assert (tmp_path / "w.pt").read_bytes() == DATA
    assert left(tmp_path) == ["w.pt"]


def test_a_file_that_changed_in_between_is_fetched_anew_and_not_joined(site, tmp_path):
    site.break_after = [300_000, 0]
    with pytest.raises(WeightsMissing):
        download(site.address, tmp_path / "w.pt")
    site.data, site.etag = OTHER, '"two"'
    download(site.address, tmp_path / "w.pt")
    assert (tmp_path / "w.pt").read_bytes() == OTHER


@pytest.mark.parametrize("change", ["no ranges", "weak validator", "no validator"])
def test_servers_that_cannot_resume_start_over(site, tmp_path, change):
    if change == "no ranges":
        site.ranges = False
    site.etag = {"weak validator": 'W/"one"', "no validator": ""}.get(change, site.etag)
    site.break_after = [300_000, 0]
    with pytest.raises(WeightsMissing):
        download(site.address, tmp_path / "w.pt")
    download(site.address, tmp_path / "w.pt")
    assert (tmp_path / "w.pt").read_bytes() == DATA


def test_a_server_that_tells_no_length(site, tmp_path):
    site.announce = False
    download(site.address, tmp_path / "w.pt")
    assert (tmp_path / "w.pt").read_bytes() == DATA


def test_a_part_that_is_whole_already_is_taken(site, tmp_path):
    """The machine stopped between the last byte and the rename."""
    site.break_after = [300_000, 0]
    with pytest.raises(WeightsMissing):
        download(site.address, tmp_path / "w.pt")
    (tmp_path / "w.pt.partial").write_bytes(DATA)
    asked = len(site.asked)
    download(site.address, tmp_path / "w.pt")
    assert (tmp_path / "w.pt").read_bytes() == DATA
    assert len(site.asked) == asked


def test_a_part_longer_than_the_file_is_thrown_away(site, tmp_path):
    site.break_after = [300_000, 0]
    with pytest.raises(WeightsMissing):
        download(site.address, tmp_path / "w.pt")
    (tmp_path / "w.pt.partial").write_bytes(DATA + b"more")
    download(site.address, tmp_path / "w.pt")
    assert (tmp_path / "w.pt").read_bytes() == DATA


def test_a_damaged_note_beside_the_part_starts_over(site, tmp_path):
    (tmp_path / "w.pt.partial").write_bytes(b"something")
    (tmp_path / "w.pt.partial.json").write_text("{")
    download(site.address, tmp_path / "w.pt")
    assert (tmp_path / "w.pt").read_bytes() == DATA


def test_not_found_is_told(site, tmp_path):
    with pytest.raises(WeightsMissing, match="answered 404 Not Found"):
        download(site.address + "x", tmp_path / "w.pt")
    assert left(tmp_path) == []


def test_no_network_is_told(tmp_path):
    with pytest.raises(WeightsMissing, match="cannot be fetched"):
        download("http://127.0.0.1:9/weights.pt", tmp_path / "w.pt")


def test_a_file_of_another_size_than_the_publisher_states_is_refused(site, tmp_path):
    with pytest.raises(WeightsMissing, match="has 1024000 bytes, 5 were expected"):
        download(site.address, tmp_path / "w.pt", expected=5)
    assert left(tmp_path) == []


def test_a_line_that_gives_nothing_again_and_again_is_given_up(site, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_TRIES", 3)
    site.break_after = [1000, 1000, 1000, 1000]
    with pytest.raises(WeightsMissing):
        download(site.address, tmp_path / "w.pt")
    assert len(site.asked) == 3
