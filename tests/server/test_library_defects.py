"""Defects measured in released libraries, each with the proof that our own call does not meet it.

Versions they were measured in: OpenImageIO 3.2.2, OpenEXR 3.5.3, opencv-python-headless 5.0.0, PyAV 18.1, pyzmq 27.3
(libzmq 4.3.5), msgspec 0.22. The one not here, native VP9 decoders that drop alpha, waits for the code that reads alpha
from WebM; plates use color only.
"""

import os
import re
from importlib import metadata
from pathlib import Path

import cv2
import numpy as np
import OpenEXR
import OpenImageIO
import pytest
import zmq

import mattewire_server
from mattewire_protocol import codec, messages
from mattewire_protocol.connection import Connection, write_connection
from mattewire_protocol.deliver import Deliverable
from mattewire_protocol.errors import BadMessage
from mattewire_server import wire
from mattewire_server.daemon import keys
from mattewire_server.daemon.server import Daemon
from mattewire_server.daemon.watchers import Sent
from mattewire_server.mattes import SUFFIX, FrameMattes, MatteWriter
from mattewire_server.plates import open_plate
from mattewire_server.plates.model import PlateInfo, Window
from mattewire_server.settings import Settings

WIDTH, HEIGHT = 61, 37  # odd, so that a wrong stride cannot come out right by chance


def plate_info(folder: Path) -> PlateInfo:
    window = Window(0, 0, WIDTH, HEIGHT)
    return PlateInfo(str(folder / "plate.####.exr"), "sequence", 1, 9, (), window, window, 1.0, None, "sRGB", "x")


def odd_arrays() -> dict[str, np.ndarray]:
    """The same matte in memory layouts that defective writers read with the wrong stride."""
    matte = np.random.default_rng(5).random((HEIGHT, WIDTH)).astype(np.float32)
    wide = np.zeros((HEIGHT, WIDTH, 4), np.float32)
    wide[..., 3] = matte
    framed = np.zeros((HEIGHT + 8, WIDTH + 8), np.float32)
    framed[4:-4, 4:-4] = matte
    return {
        "plain": matte,
        "channel of four": wide[..., 3],
        "crop": framed[4:-4, 4:-4],
        "upside down": np.ascontiguousarray(matte[::-1])[::-1],
        "transposed": np.ascontiguousarray(matte.T).T,
        "Fortran order": np.asfortranarray(matte),
    }


@pytest.mark.parametrize("layout", list(odd_arrays()))
@pytest.mark.parametrize("format", ["exr", "png16", "tiff16"])
def test_strides(tmp_path: Path, layout: str, format: str) -> None:
    """OpenImageIO given a 2-D array, and OpenEXR given any view, write the wrong pixels and report success."""
    matte = odd_arrays()[layout]
    deliverable = Deliverable(str(tmp_path / f"m.####{SUFFIX[format]}"), format)
    writer = MatteWriter(deliverable, plate=plate_info(tmp_path), provenance={}, token="job12345")
    path = writer.write(FrameMattes(3, Window(0, 0, WIDTH, HEIGHT), matte))
    if format == "exr":
        with OpenEXR.File(path, separate_channels=True) as file:
            read = np.asarray(file.channels()["A"].pixels)
        assert np.array_equal(read, odd_arrays()["plain"].astype(np.float16))
    else:
        read = cv2.imread(path, cv2.IMREAD_UNCHANGED)
        assert np.array_equal(read, np.rint(odd_arrays()["plain"] * np.float32(65535)).astype(np.uint16))


def test_png_is_not_written_by_the_library_that_hides_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OpenImageIO's PNG writer returns True on a full disk. test_mattes fills a real one; this pins the way around."""
    monkeypatch.setattr(OpenImageIO.ImageOutput, "create", lambda *name: pytest.fail(f"asked for {name}"))
    writer = MatteWriter(
        Deliverable(str(tmp_path / "m.####.png"), "png8"), plate=plate_info(tmp_path), provenance={}, token="job12345"
    )
    assert Path(writer.write(FrameMattes(1, Window(0, 0, WIDTH, HEIGHT), odd_arrays()["plain"]))).exists()


def test_a_tiff_without_exif_is_written_without_complaint(tmp_path: Path) -> None:
    """OpenImageIO 3.2 tries an empty Exif directory for every TIFF; libtiff refuses, and the error text says so.

    A writer that minds error texts would refuse every file: ours asks for no Exif.
    """
    writer = MatteWriter(
        Deliverable(str(tmp_path / "m.####.tif"), "tiff16"), plate=plate_info(tmp_path), provenance={}, token="job12345"
    )
    path = writer.write(FrameMattes(1, Window(0, 0, WIDTH, HEIGHT), odd_arrays()["plain"]))
    source = OpenImageIO.ImageInput.open(path)
    assert not [fact.name for fact in source.spec().extra_attribs if fact.name.startswith("Exif")]
    source.close()


def test_keys_are_never_readable_by_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``zmq.auth.create_certificates`` leaves secret keys at mode 0644. Ours: 0600 at every moment, whatever umask."""
    modes: list[int] = []
    replace = os.replace
    monkeypatch.setattr(
        os, "replace", lambda source, target: (modes.append(os.stat(source).st_mode & 0o777), replace(source, target))
    )
    before = os.umask(0)
    try:
        pair = keys.new_pair()
        path = tmp_path / "home" / "connection.json"
        write_connection(Connection(1, "tcp://127.0.0.1:1", pair.public, pair.public, pair.secret), path)
    finally:
        os.umask(before)
    assert modes == [0o600]
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_no_reply_is_lost_silently(tmp_path: Path) -> None:
    """A ROUTER at its default drops what a slow peer cannot take (18,000 of 20,000 measured) and says nothing."""
    daemon = Daemon(Settings(home=tmp_path / "home"))
    context = zmq.Context()
    dealer = context.socket(zmq.DEALER)
    try:
        dealer.linger = 0
        dealer.rcvhwm = 10
        dealer.curve_serverkey = daemon.server_pair.public.encode()
        dealer.curve_publickey = daemon.client_pair.public.encode()
        dealer.curve_secretkey = daemon.client_pair.secret.encode()
        dealer.connect(daemon.address)
        dealer.send_multipart(codec.encode(messages.Ping()))
        assert daemon._router.poll(5000)
        peer = daemon._router.recv_multipart()[0]
        event = messages.StageEvent("job12345", 1, 1, "reading", "x" * 400)
        outcomes = [daemon.reply(peer, "", event) for _ in range(20_000)]
        assert outcomes.count(Sent.FULL) > 0, "the peer was to be overrun"
        received = 0
        while dealer.poll(500):
            dealer.recv_multipart()
            received += 1
        assert received == outcomes.count(Sent.YES)
        assert daemon.reply(b"nobody", "", event) is Sent.GONE
    finally:
        dealer.close()
        context.destroy(linger=0)
        daemon.close()


@pytest.mark.parametrize(
    "body",
    [
        b"\x81\xa6job_id\xa2\xff\xfe",  # text that is not UTF-8: msgspec raises a bare UnicodeDecodeError
        b"\x81\xa1x" + b"\x91" * 5000 + b"\xc0",  # depth: msgspec raises RecursionError
    ],
)
def test_decoding_never_raises_what_is_not_ours(body: bytes) -> None:
    header = codec.encode(messages.Cancel("job12345"), id="a")[1]
    with pytest.raises(BadMessage):
        wire.decode([b"MW", header, body])


def requirements() -> dict[str, set[str]]:
    """Package names by extra; ``""`` is the base install."""
    found: dict[str, set[str]] = {"": set()}
    for line in metadata.requires("mattewire") or []:
        name = re.match(r"[A-Za-z0-9_.-]+", line)
        extra = re.search(r"extra == ['\"](\w+)['\"]", line)
        assert name
        found.setdefault(extra[1] if extra else "", set()).add(name[0].lower().replace("_", "-"))
    return found


def test_heavy_and_encumbered_packages_stay_in_their_extras() -> None:
    """torchcodec's wheels need CUDA libraries that a CPU torch lacks; PyAV's carry GPL encoders: asked for by name."""
    needed = requirements()
    assert needed[""] == {"pyzmq", "msgpack"}
    assert not needed["server"] & {"torch", "torchcodec", "torchvision", "av", "transformers"}
    assert needed["video"] == {"av"}
    assert not any("torchcodec" in names for names in needed.values())


def test_exr_plates_do_not_pass_through_opencv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenCV's wheel is built without OpenEXR (and would make 8 bits of it)."""
    pixels = np.full((4, 6, 3), 3.5, np.float16)
    OpenEXR.File({"type": OpenEXR.scanlineimage}, {"RGB": pixels}).write(str(tmp_path / "p.1001.exr"))
    monkeypatch.setattr(cv2, "imread", lambda *a, **k: pytest.fail("OpenCV was asked"))
    plate = open_plate(str(tmp_path / "p.####.exr"))
    try:
        rgb = plate.read(1001).rgb
    finally:
        plate.close()
    assert rgb.dtype == np.float16
    assert np.all(rgb == 3.5)


def test_no_edge_is_measured_by_a_function_whose_last_bit_depends_on_memory() -> None:
    """OpenCV 5.0's ``magnitude`` of the same numbers differs with the alignment of its result (measured), and a rerun
    must give the same bytes; numpy's square root does not."""
    noise = np.random.default_rng(7).normal(size=(2, 4096)).astype(np.float32)
    room = np.zeros(4096 + 16, np.float32)

    def at(offset: int) -> bytes:
        out = room[offset : offset + 4096]
        np.sqrt(noise[0] * noise[0] + noise[1] * noise[1], out=out)
        return out.tobytes()

    assert {at(offset) for offset in (0, 1, 4, 8)} == {at(0)}
    package = Path(mattewire_server.__file__).parent
    users = [path for path in package.rglob("*.py") if "cv2.magnitude" in path.read_text(encoding="utf-8")]
    assert users == []
