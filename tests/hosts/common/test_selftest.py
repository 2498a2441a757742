"""The self-test itself: its disc, its verdicts, its steps when they break, and a whole run against a real daemon."""

from __future__ import annotations

import json
from math import hypot
from pathlib import Path

import numpy as np
import OpenImageIO as oiio
import pytest

from e2e.house import House
from mattewire_panel import selftest
from mattewire_panel.selftest import FIRST, HEIGHT, LAST, WIDTH, SelfTest
from mattewire_panel.session import Session
from mattewire_protocol import JobView
from mattewire_protocol.errors import BadField, DiskFull, NotWritable

Rows = list[list[float]]


def disc(frame: int, right: int = 0, down: int = 0) -> Rows:
    return [[selftest.coverage(frame, x - right, y - down) for x in range(WIDTH)] for y in range(HEIGHT)]


# --- the disc and the verdict ------------------------------------------------------------------------------


@pytest.mark.parametrize("frame", [FIRST, 1005, LAST])
def test_the_disc_is_what_many_samples_say(frame: int) -> None:
    across, down = selftest.center(frame)
    finer = (np.arange(64) + 0.5) / 64
    xs = (np.arange(WIDTH)[:, None] + finer).ravel()
    ys = (np.arange(HEIGHT)[:, None] + finer).ravel()
    inside = np.hypot(xs[None, :] - across, ys[:, None] - down) <= selftest.RADIUS
    counted = inside.reshape(HEIGHT, 64, WIDTH, 64).mean(axis=(1, 3))
    assert np.abs(counted - np.array(disc(frame))).max() < 0.05
    assert abs(counted.sum() - np.array(disc(frame)).sum()) < 0.5
    assert selftest.RADIUS < across < WIDTH - selftest.RADIUS
    assert selftest.RADIUS < down < HEIGHT - selftest.RADIUS


def test_the_disc_itself_is_perfect() -> None:
    verdict = selftest.judge(1003, disc(1003))
    assert (verdict.frame, verdict.iou) == (1003, 1.0)
    assert verdict.centroid < 1e-9
    assert verdict.good


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (disc(1003, right=1), "center off by 1.00"),
        (disc(1003, right=2, down=2), "center off by 2.83"),
        ([[1.0 - alpha for alpha in row] for row in disc(1003)], "overlap 0.0"),
        (disc(1003)[::-1], "overlap"),
        ([[0.0] * WIDTH for _ in range(HEIGHT)], "the matte is empty"),
        ([[1.0] * WIDTH for _ in range(HEIGHT)], "overlap 0.0"),
        ([[0.5 * alpha for alpha in row] for row in disc(1003)], "overlap 0.500"),
        (disc(1004), "center off by 4.12"),
    ],
    ids=["a pixel off", "further off", "inverted", "upside down", "empty", "full", "half as bright", "the next frame"],
)
def test_a_wrong_matte_is_seen(rows: Rows, words: str) -> None:
    verdict = selftest.judge(1003, rows)
    assert not verdict.good
    assert words in verdict.words


def test_a_data_window_is_put_where_it_belongs() -> None:
    rows = [row[10:60] for row in disc(1001)[5:40]]
    assert selftest.judge(1001, rows, (10, 5, 59, 39)).iou == 1.0
    assert selftest.judge(1001, rows, (12, 5, 61, 39)).centroid == pytest.approx(2.0)
    wider = [[0.0] * (WIDTH + 4)] * 2 + [[0.0, 0.0, *row, 0.0, 0.0] for row in disc(1001)] + [[0.0] * (WIDTH + 4)] * 2
    assert selftest.judge(1001, wider, (-2, -2, WIDTH + 1, HEIGHT + 1)).iou == 1.0


def test_rows_that_cannot_be_judged() -> None:
    with pytest.raises(BadField, match="96 x 54"):
        selftest.judge(1001, disc(1001)[:-1])
    with pytest.raises(BadField, match="50 x 54"):
        selftest.judge(1001, disc(1001), (0, 0, 49, 53))
    broken = disc(1001)
    broken[7][9] = float("nan")
    with pytest.raises(BadField, match="NaN at 9, 7"):
        selftest.judge(1001, broken)


def test_the_plate_is_a_red_disc_on_gray(tmp_path: Path) -> None:
    pattern = selftest.write_plate(tmp_path / "a" / "plate")
    assert pattern == str(tmp_path / "a" / "plate" / "selftest.####.exr")
    names = sorted(path.name for path in (tmp_path / "a" / "plate").iterdir())
    assert names == [f"selftest.{frame}.exr" for frame in range(FIRST, LAST + 1)]
    pixels = oiio.ImageBuf(str(tmp_path / "a" / "plate" / "selftest.1008.exr")).get_pixels(oiio.FLOAT)
    assert pixels.shape == (HEIGHT, WIDTH, 3)
    across, down = selftest.center(1008)
    assert pixels[int(down), int(across)] == pytest.approx([0.6, 0.012, 0.012], abs=1e-3)
    assert pixels[0, 0] == pytest.approx([0.18] * 3, abs=1e-3)
    ys, xs = np.nonzero(pixels[..., 0] > 0.39)
    assert hypot(xs.mean() + 0.5 - across, ys.mean() + 0.5 - down) < 0.1


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotWritable):
        selftest.write_plate(tmp_path / "file" / "plate")


# --- steps -------------------------------------------------------------------------------------------------


def test_steps_run_in_order_and_are_asked_until_they_have_words() -> None:
    test = SelfTest("Nuke", "16.0v3", "2026-11-22")
    asked: list[str] = []

    def slow() -> str | None:
        asked.append("slow")
        return "took three" if asked.count("slow") == 3 else None

    test.add("Slow", slow)
    test.add("Quick", lambda: asked.append("quick") or "at once")
    assert not test.ok
    assert test.run(lambda: asked.append("-"), pause=0)
    assert asked == ["slow", "-", "slow", "-", "slow", "-", "quick"]
    assert [(step.name, step.ok, step.words) for step in test.steps] == [
        ("Slow", True, "took three"),
        ("Quick", True, "at once"),
    ]
    assert test.tick() is False


def broken() -> str:
    return {"alpha": "fine"}["beta"]


def test_a_broken_step_has_words_and_the_rest_does_not_run_but_clean_up_does() -> None:
    test = SelfTest("Nuke", "16.0v3", "2026-11-22")
    ran: list[str] = []
    test.add("Works", lambda: "fine")
    test.add("Breaks", broken)
    test.add("Never", lambda: ran.append("never") or "")
    test.add("Undo", lambda: ran.append("undo") or "undone", always=True)
    assert not test.run(lambda: None, pause=0)
    assert ran == ["undo"]
    works, breaks, never, undo = test.steps
    assert (works.ok, breaks.ok, never.ok, undo.ok) == (True, False, None, True)
    assert breaks.words.startswith("KeyError: 'beta' (test_selftest.py, line ")
    assert "Traceback" not in breaks.words
    assert breaks.details.startswith("Traceback")
    assert never.words == "Not run."
    assert test.lines()[1].startswith("✗ Breaks: KeyError")
    assert test.lines()[2] == "– Never: Not run."


def test_our_own_errors_keep_their_advice() -> None:
    def full() -> str:
        raise DiskFull("/m is full.", advice="Free some space.")

    test = SelfTest("Nuke", "16.0v3", "2026-11-22")
    test.add("Write", full)
    assert not test.run(lambda: None, pause=0)
    assert test.steps[0].words == "/m is full. Free some space."


def test_a_step_that_never_answers_fails_in_bounded_time() -> None:
    test = SelfTest("Nuke", "16.0v3", "2026-11-22")
    test.add("Waits", lambda: None, patience=0.05)
    assert not test.run(lambda: None, pause=0.01)
    assert "within 0.05 s" in test.steps[0].words
    assert 0.05 <= test.steps[0].seconds < 1


def test_nothing_was_tested_is_not_fine() -> None:
    assert not SelfTest("Nuke", "16.0v3", "2026-11-22").run(lambda: None, pause=0)


def test_a_frame_that_was_not_judged_or_is_bad_is_named() -> None:
    test = SelfTest("Nuke", "16.0v3", "2026-11-22")
    for frame in range(FIRST, LAST):
        test.judged(selftest.judge(frame, disc(frame)))
    with pytest.raises(BadField, match="1008 has no matte"):
        test.expect_good()
    test.judged(selftest.judge(LAST, disc(LAST, right=3)))
    with pytest.raises(BadField, match=r"1008: overlap 0\.\d+, center off by 3"):
        test.expect_good()
    test.judged(selftest.judge(LAST, disc(LAST)))
    assert test.expect_good() == "8 frames: overlap at least 1.000, center off by at most 0.00 pixels."


def test_the_report_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotWritable):
        SelfTest("Nuke", "16.0v3", "2026-11-22").write_report(tmp_path / "file" / "report.json")


# --- the whole of it ---------------------------------------------------------------------------------------


def test_a_whole_run_against_a_real_daemon(house: House, tmp_path: Path) -> None:
    """As a panel's adapter does it; the host's own steps (nodes, undo) would stand between these."""
    house.start()
    session = Session(name="test", host="no host 1.0", start=False)
    test = SelfTest("no host", "1.0", "2026-11-22")
    plate = tmp_path / "plate"
    view: list[JobView] = []
    refused: list[object] = []

    def open_() -> str | None:
        if session.state != "on":
            return None
        test.welcome = session.welcome
        return f"Daemon {session.welcome.server}."

    def hand_in() -> str:
        request = selftest.request(str(plate / "selftest.####.exr"), str(tmp_path / "m.####.exr"))
        view.append(session.submit(request, lambda _, error: refused.append(error)))
        return "Handed in."

    def mask() -> str | None:
        assert refused in ([], [None])
        return view[0].line() if view[0].ended else None

    def judge() -> str:
        for frame in range(FIRST, LAST + 1):
            test.judged(selftest.judge_file(str(tmp_path / f"m.{frame}.exr"), frame))
        return test.expect_good()

    test.add("Plate", lambda: selftest.write_plate(plate))
    test.add("Daemon", open_)
    test.add("Hand in", hand_in)
    test.add("Mask", mask)
    test.add("Pixels", judge)
    session.open()
    try:
        assert test.run(session.pump), test.lines()
    finally:
        session.close(2)
    test.write_report(tmp_path / "reports" / "no-host.json", {"qt": "none"})
    report = json.loads((tmp_path / "reports" / "no-host.json").read_text())
    assert report["schema"] == "mattewire.selftest.1"
    assert (report["host"], report["host_version"], report["date"]) == ("no host", "1.0", "2026-11-22")
    assert (report["ok"], report["protocol"], report["engine"]) == (True, 1, "preview")
    assert report["daemon"] == session.welcome.server != ""
    assert [step["name"] for step in report["steps"]] == ["Plate", "Daemon", "Hand in", "Mask", "Pixels"]
    assert [frame["frame"] for frame in report["frames"]] == list(range(FIRST, LAST + 1))
    assert min(frame["iou"] for frame in report["frames"]) > 0.95
    assert report["facts"] == {"qt": "none"}
    assert report["os"]
    assert report["python"]


def test_a_daemon_that_fails_is_told_in_the_report(tmp_path: Path) -> None:
    """No daemon, and none may be started: the step that waits for it says what to do."""
    session = Session(name="test", start=False)
    test = SelfTest("no host", "1.0", "2026-11-22")

    def open_() -> str | None:
        if session.problem is not None:
            raise session.problem
        return None if session.state != "on" else "On."

    test.add("Daemon", open_, patience=10)
    session.open()
    try:
        assert not test.run(session.pump)
    finally:
        session.close(2)
    assert "mattewire serve" in test.steps[0].words
    assert test.report()["ok"] is False
