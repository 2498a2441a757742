"""Every way in which a job in Nuke can go wrong: what is said, and what is done about it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stage

from e2e.house import House

pytestmark = pytest.mark.usefixtures("nuke16")

LOADED_S = 0.25
"""What one visit to the panel may take while this machine also starts a daemon: seconds mean that something waits."""


@pytest.fixture
def own_house(nuke16: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A daemon that the test may kill."""
    made = House(tmp_path, MATTEWIRE_STOP_GRACE_S="0.2")
    monkeypatch.setenv("MATTEWIRE_HOME", str(made.home))
    monkeypatch.setenv("MATTEWIRE_ENGINES", str(made.engines))  # for one that the panel starts
    try:
        yield made
    finally:
        stage.forget_adapter()
        made.end()


def test_nothing_or_two_nodes_selected(fake: Any, read: Any) -> None:
    import nuke

    from mattewire_nuke import menu

    menu.add()
    fake.select()
    fake.choose("Mattewire/Mask Subject")
    assert fake.dialogs[-1].text.endswith(
        "Nothing is selected.\n\nSelect the one node that shows the plate, then try again."
    )
    fake.select(read, nuke.nodes.Dot())
    fake.choose("Mattewire/Mask Subject")
    assert "2 nodes are selected." in fake.dialogs[-1].text


def test_a_node_with_no_input_and_a_read_with_a_missing_file(fake: Any, read: Any, tmp_path: Path) -> None:
    subject = stage.mask_subject(fake, read)
    subject.setInput(0, None)
    fake.click(subject, "mask")
    assert "MaskSubject1 has no input." in fake.dialogs[-1].text
    assert "Connect it below the plate" in fake.dialogs[-1].text
    subject.setInput(0, read)
    (tmp_path / "plate" / "plate.1001.exr").unlink()
    fake.click(subject, "mask")
    assert "Frame 1001 of Read1 is not there" in fake.dialogs[-1].text
    assert "Render the missing frames" in fake.dialogs[-1].text


def test_nothing_typed_and_an_impossible_value(fake: Any, read: Any) -> None:
    subject = stage.mask_subject(fake, read, "")
    fake.click(subject, "mask")
    assert "says nothing to mask" in fake.dialogs[-1].text
    subject["prompt"].setValue("red ball")
    subject["feather"].setValue(-4)
    fake.click(subject, "mask")
    assert "feather must lie between 0 and 100 pixels, not -4" in fake.dialogs[-1].text


def test_a_folder_that_cannot_be_written(fake: Any, house: Any, read: Any, tmp_path: Path) -> None:
    """The folder's parent is a file, since root may write wherever there is a folder."""
    (tmp_path / "taken").write_text("a file")
    subject = stage.mask_subject(fake, read, out=str(tmp_path / "taken" / "mattes" / "m.####.exr"))
    stage.masked(fake, subject)
    assert "cannot be written" in fake.dialogs[-1].text or "not a folder" in fake.dialogs[-1].text.lower()
    assert "Choose another" in fake.dialogs[-1].text


def test_mattes_that_are_there_already_ask_for_the_next_version(fake: Any, house: Any, read: Any) -> None:
    subject = stage.mask_subject(fake, read, out="m/ball.####.exr")
    stage.masked(fake, subject)
    subject["prompt"].setValue("red disc")
    fake.answer(True)
    copy = stage.masked(fake, subject)
    assert fake.dialogs[-1].text.endswith("Next version?")
    assert subject["out"].value() == "m/ball_{version}.####.exr"
    assert copy.input(1)["file"].value().endswith("ball_v001.####.exr")


def test_no_daemon_asks_whether_to_start_one(
    fake: Any, own_house: House, read: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mattewire_nuke import job

    monkeypatch.setenv("MATTEWIRE_PANEL_START_DAEMON", "no")
    subject = stage.mask_subject(fake, read)
    fake.answer(False)
    fake.click(subject, "mask")
    stage.wait(fake, lambda: fake.dialogs)
    assert fake.dialogs[-1].text.endswith("Start daemon now?")
    assert not job.desk().tasks
    try:
        fake.click(subject, "start_daemon")
        stage.wait(fake, lambda: job.desk().session.state == "on")
        assert subject["status"].value().endswith("is running.")
        copy = stage.masked(fake, subject)
        assert copy is not None
    finally:
        _stop_daemon(own_house)


def test_a_wrong_version_is_one_clear_line(fake: Any, house: Any, read: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from mattewire_protocol import messages

    monkeypatch.setattr(messages, "OLDEST_PROTOCOL", 7)
    monkeypatch.setattr(messages, "PROTOCOL", 7)
    subject = stage.mask_subject(fake, read)
    fake.click(subject, "mask")
    stage.wait(fake, lambda: fake.dialogs)
    assert "different Mattewire versions. Update the older one" in fake.dialogs[-1].text


def test_the_daemon_dies_in_mid_job_and_the_panel_brings_it_back(fake: Any, own_house: House, read: Any) -> None:
    from mattewire_nuke import graph

    own_house.start()
    subject = stage.slow(fake, read, 0.3)
    subject["engine"].setValue("double")
    task = stage.begun(fake, subject, 1)
    with fake.blocking_at_most(LOADED_S):
        own_house.kill()
        try:
            fake.pump(40, lambda: task.view.ended)
        finally:
            _stop_daemon(own_house)
    assert task.view.state == "done"
    assert len(graph.parts(subject)) == 2


def test_the_daemon_dies_in_mid_job_and_stays_away(
    fake: Any, own_house: House, read: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mattewire_nuke import job

    monkeypatch.setenv("MATTEWIRE_PANEL_START_DAEMON", "no")
    own_house.start()
    subject = stage.slow(fake, read, 0.3)
    monkeypatch.setattr(job, "AWAY_S", 0.5)
    stage.begun(fake, subject, 1)
    fake.answer(False)
    own_house.kill()
    stage.wait(fake, lambda: fake.dialogs, 40)
    assert fake.dialogs[-1].text.endswith("Start daemon now?")
    assert subject["status"].value() == "The daemon is away. Finished mattes are kept."


def _stop_daemon(house: House) -> None:
    """Ends the daemon that the panel itself has started."""
    from mattewire_protocol.connection import read_connection

    os.kill(read_connection(house.home / "connection.json").pid, signal.SIGTERM)
