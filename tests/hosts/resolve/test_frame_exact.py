"""The matte seen at each record frame is that of the source frame which the clip shows there: for every record frame.

Nothing here is compared with a map of our own making. The plate's frames carry their number in bars, and a ball that
moves along; the real daemon masks the ball; then both are read out of the pixels that the stand-in shows, the clip's
on track 1, the cut-out's on track 2.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import footage
import numpy as np
import pytest
from numpy.typing import NDArray
from resolve_rig import opened

from e2e.house import House
from mattewire_protocol import Client, Deliverable, JobView, MatteRequest, Plate
from mattewire_protocol.codec import new_id
from mattewire_resolve import clips, placing
from mattewire_resolve.api.connection import connect
from mattewire_resolve.placing import Kind, Results

WIDTH, HEIGHT, BARS, RADIUS = 128, 96, 48, 9.0
FRAMES = 60
HOUR = 86400
STEP = 1.6
RATES = ("24", "25", "29.97", "59.94")
SIZE = (WIDTH, HEIGHT)


def ball_at(number: int) -> float:
    """x of the ball's center in the frame that carries ``number``."""
    return 15.25 + STEP * number


def picture(number: int) -> NDArray[np.float32]:
    """(96, 128, 3): bars above, a red ball on gray below."""
    made = np.full((HEIGHT, WIDTH, 3), 0.2, np.float32)
    made[:BARS] = footage.numbered(number, WIDTH, BARS) * 0.7
    ys, xs = np.mgrid[0:HEIGHT, 0:WIDTH] + 0.5
    part = np.clip(RADIUS + 0.5 - np.hypot(xs - ball_at(number), ys - 72.25), 0, 1)[..., None]
    return (made * (1 - part) + np.array([0.8, 0.05, 0.05], np.float32) * part).astype(np.float32)


def write_movie(path: Path, fps: str) -> str:
    """Frames 0 to 59, without loss."""
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("png", rate=footage.RATES.get(fps) or Fraction(fps))
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "rgb24"
        for number in range(FRAMES):
            codes = (picture(number) * 255).round().astype(np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(codes, format="rgb24")))
        container.mux(stream.encode())
    return str(path)


def write_sequence(folder: Path, first: int) -> str:
    folder.mkdir()
    for number in range(FRAMES):
        footage.write_image(folder / f"plate.{first + number}.exr", picture(number))
    return str(folder / "plate.%04d.exr")


def masked(client: Client, plate: str, out: list[Deliverable], first: int, last: int) -> JobView:
    """The job, done."""
    wanted = MatteRequest(Plate(plate), out, first, last, prompts=["red ball"], engine="preview")
    view = JobView(new_id())
    client.submit(wanted, view.job_id)
    for event in client.watch(view.job_id):
        view.apply(event)
    assert view.state == "done", view.error
    return view


@pytest.fixture(scope="module")
def shots(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tuple[str, Results]]]:
    """By the rate of a movie, and "sequence": the plate, and the cut-outs of all its frames."""
    folder = tmp_path_factory.mktemp("shots")
    house = House(tmp_path_factory.mktemp("house"))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in house.variables.items():
            patch.setenv(name, value)
        try:
            house.start()
            made = {}
            with house.client() as client:
                for name in (*RATES, "sequence"):
                    first = 1001 if name == "sequence" else 1
                    plate = folder / name
                    path = write_sequence(plate, first) if first > 1 else write_movie(plate.with_suffix(".mov"), name)
                    out = placing.deliverables(Kind.CUT_OUT, False, str(folder / "mattes"))
                    view = masked(client, path, out, first, first + FRAMES - 1)
                    made[name] = path, Results.of_view(view, "red ball")
                for kind, movie in ((Kind.MATTE, False), (Kind.CUT_OUT, True)):
                    out = placing.deliverables(kind, movie, str(folder / "more"), 24.0)
                    view = masked(client, made["24"][0], out, 6, 45)
                    made[f"{kind} of a part"] = made["24"][0], Results.of_view(view, "red ball")
            yield made
        finally:
            house.end()


def laid(fake: Any, plate: str, begin: int, end: int) -> Any:
    """The item of the source frames ``begin`` to ``end``, counted from 0, the last one excluded."""
    pool, sequence = fake.project.GetMediaPool(), plate.endswith(".exr")
    wanted = {"FilePath": plate, "StartIndex": 1001, "EndIndex": 1000 + FRAMES} if sequence else plate
    (media,) = pool.ImportMedia([wanted])
    base = 1001 if sequence and fake.sequence_frames == "file numbers" else 0
    info = {"mediaPoolItem": media, "startFrame": base + begin, "endFrame": base + end, "recordFrame": HOUR + 7}
    (item,) = pool.AppendToTimeline([info])
    return item


def number_in(pixels: NDArray[np.float32]) -> int:
    return footage.number_in(pixels[:BARS] / 0.7)


def assert_same_frame(fake: Any, item: Any) -> None:
    """At each record frame of the clip: the number in the cut-out's color is the clip's, and its ball is there."""
    edit = fake.project.GetCurrentTimeline()
    (matte,) = edit.GetItemListInTrack("video", 2)
    assert (matte.GetStart(), matte.GetEnd()) == (item.GetStart(), item.GetEnd())
    seen = []
    for record in range(item.GetStart(), item.GetEnd()):
        number = number_in(fake.picture(edit, record, 1))
        alpha = fake.picture(edit, record, 2)[..., 3]
        matte.GetMediaPoolItem().SetClipProperty("Alpha mode", "None")  # its color everywhere, to read the number
        color = fake.picture(edit, record, 2)
        matte.GetMediaPoolItem().SetClipProperty("Alpha mode", "Straight")
        x = float((alpha * (np.arange(WIDTH) + 0.5)).sum() / alpha.sum())
        assert (record, number_in(color)) == (record, number)
        assert abs(x - ball_at(number)) < STEP / 3, (record, number, x, ball_at(number))
        seen.append(number)
    fake.numbers = seen


RETIMED = {"as it is": 100, "half speed": 50, "double speed": 200, "backward": -100, "backward at half": -50}


@pytest.mark.parametrize("percent", RETIMED.values(), ids=RETIMED)
@pytest.mark.parametrize("shot", [*RATES, "sequence", "sequence by its files"])
def test_every_record_frame(shots: dict[str, tuple[str, Results]], shot: str, percent: int) -> None:
    plate, results = shots[shot.split(" by ")[0]]
    fake = opened(size=SIZE)
    if shot.endswith("files"):  # both that are not known of Resolve, the other way round
        fake.sequence_frames, fake.left_offset = "file numbers", "record"
    item = laid(fake, plate, 9, 34)
    if percent != 100:
        fake.retime(item, percent)
    fake.playhead(fake.project.GetCurrentTimeline(), HOUR + 9)
    host = connect(fake.resolve, fake.fusion, fake.bmd)
    before = fake.state(fake.project.GetCurrentTimeline())
    placed = placing.place(host, [clips.under_playhead(host)], results, Kind.CUT_OUT)
    assert placed.notes == []
    assert_same_frame(fake, item)
    assert len(set(fake.numbers)) > 8
    assert fake.numbers == sorted(fake.numbers, reverse=percent < 0)
    placing.remove(host, placed)
    assert fake.state(fake.project.GetCurrentTimeline()) == before


def test_a_movie_of_a_part(shots: dict[str, tuple[str, Results]]) -> None:
    """ProRes 4444, made of the frames 6 to 45: its own first frame is the clip's sixth."""
    plate, results = shots[f"{Kind.CUT_OUT} of a part"]
    assert results.is_movie()
    fake = opened(size=SIZE)
    item = laid(fake, plate, 9, 34)
    fake.playhead(fake.project.GetCurrentTimeline(), HOUR + 9)
    host = connect(fake.resolve, fake.fusion, fake.bmd)
    assert placing.place(host, [clips.under_playhead(host)], results, Kind.CUT_OUT).notes == []
    assert_same_frame(fake, item)
    assert fake.numbers == list(range(9, 34))


@pytest.mark.parametrize("percent", [100, -200])
def test_a_gray_matte(shots: dict[str, tuple[str, Results]], percent: int) -> None:
    """Gray in all three, no alpha, and where the ball is on the clip."""
    plate, results = shots[f"{Kind.MATTE} of a part"]
    fake = opened(size=SIZE)
    item = laid(fake, plate, 9, 22)
    fake.retime(item, percent)
    edit = fake.project.GetCurrentTimeline()
    fake.playhead(edit, HOUR + 9)
    host = connect(fake.resolve, fake.fusion, fake.bmd)
    normal = placing.Choices(composite_mode="COMPOSITE_NORMAL")  # what the others look like is not modeled
    placing.place(host, [clips.under_playhead(host)], results, Kind.MATTE, normal)
    for record in range(item.GetStart(), item.GetEnd()):
        seen = fake.picture(edit, record, 2)
        assert (seen[..., 3] == 1).all()
        assert np.ptp(seen[..., :3], axis=2).max() == 0
        matte = seen[..., 0]
        x = float((matte * (np.arange(WIDTH) + 0.5)).sum() / matte.sum())
        assert abs(x - ball_at(number_in(fake.picture(edit, record, 1)))) < STEP / 3
