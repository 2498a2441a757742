"""All the files of a request: names filled in, versions, what is in the way, and outputs that meet."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mattewire_protocol.deliver import Deliverable, ObjectName
from mattewire_protocol.errors import BadField, OutputExists
from mattewire_protocol.messages import FrameEvent, JobEvent
from mattewire_server.kept import KeptStore
from mattewire_server.mattes import NamedObject
from mattewire_server.plates.model import PlateInfo, Window
from mattewire_server.shots import Halted, pull_matte
from mattewire_server.shots.outputs import Outputs
from mattewire_server.shots.shot import Ticket
from server.shots.soft import Soft, SoftDetector, channels, made, write_discs
from server.shots.staged import JOB, frames_of, request, run, run_until

FRAMES = range(1001, 1005)
ALL: dict[str, Any] = {"prompts": ["disc"], "pick": "all"}
BALL, MUG = NamedObject(1, "red ball", "red_ball"), NamedObject(2, "Becher", "Becher")


@pytest.fixture
def discs(tmp_path: Path) -> str:
    return write_discs(tmp_path / "sh010", frames=FRAMES, name="sh010_plate")


def info(**changes: Any) -> PlateInfo:
    facts: dict[str, Any] = {"display": Window(0, 0, 64, 36), "canvas": Window(0, 0, 64, 36), "fps": 24.0}
    fixed = {"kind": "sequence", "first": 1001, "last": 1010, "missing": (), "pixel_aspect": 1.0}
    return PlateInfo(path="/plates/sh010.####.exr", colorspace="ACEScg", identity="0", **{**fixed, **facts, **changes})


def outputs(*deliverables: Deliverable, plate: PlateInfo | None = None, version: int = 0, **changes: Any) -> Outputs:
    wanted = request("/plates/sh010.####.exr", deliverables=deliverables, **changes)
    return Outputs(wanted, plate or info(), (1001, 1004), provenance={}, token=JOB, version=version)


def names(folder: Path) -> list[str]:
    """The files without their documents."""
    return [name for name in made(folder) if not name.endswith(".json")]


# --- names -------------------------------------------------------------------------------------------------------


def test_every_token_through_the_whole_pipeline(tmp_path: Path, out: Path) -> None:
    plate = write_discs(tmp_path / "plate", frames=[1001], name="sh010_plate", attributes={"view": ("string", "left")})
    path = str(out / "{version}" / "{shot}_{view}_{object}_{version}.####.exr")
    chosen = [ObjectName(1, "founder (left)"), ObjectName(3, "été")]
    events = run(request(plate, path, names=chosen, **ALL), Soft())
    assert names(out) == [f"v001/sh010_plate_left_{layer}_v001.1001.exr" for layer in ("disc_2", "ete", "founder_left")]
    assert events[-1].version == 1
    facts = json.loads((out / "v001" / "sh010_plate_left_ete_v001.mattewire.json").read_text())
    assert facts["version"] == 1
    assert [(each["deliverable"], each["object"], each["name"]) for each in facts["outputs"]] == [
        (0, 1, "sh010_plate_left_founder_left_v001.####.exr"),
        (0, 2, "sh010_plate_left_disc_2_v001.####.exr"),
        (0, 3, "sh010_plate_left_ete_v001.####.exr"),
    ]
    assert facts["request"]["out"][0]["path"] == path, "as it was asked for, so that it can be asked for again"


def test_a_plate_with_one_view_is_main(discs: str, out: Path) -> None:
    run(request(discs, str(out / "{shot}.{view}.####.exr"), last=1001), Soft())
    assert names(out) == ["sh010_plate.main.1001.exr"]


def test_each_object_gets_its_own_files_and_an_object_that_is_chosen_only_its(discs: str, out: Path) -> None:
    wanted = [
        Deliverable(str(out / "{object}" / "m.####.exr")),
        Deliverable(str(out / "only.{object}.####.exr"), object=2),
    ]
    run(request(discs, deliverables=wanted, last=1001, **ALL), Soft())
    assert names(out) == ["disc_1/m.1001.exr", "disc_2/m.1001.exr", "disc_3/m.1001.exr", "only.disc_2.1001.exr"]
    one, other = (channels(out / name)[1]["A"] for name in ("disc_2/m.1001.exr", "only.disc_2.1001.exr"))
    assert (one == other).all()


def test_a_folder_named_after_an_object_is_not_made_before_there_is_one(discs: str, out: Path) -> None:
    def nothing() -> None:
        assert not any(path.name != "plates" for path in out.rglob("*"))
        raise Halted

    wanted = request(discs, str(out / "{object}" / "m.####.exr"))
    run_until(Halted, pull_matte(wanted, Soft().engine(), Ticket(JOB), checkpoint=nothing))


@pytest.mark.parametrize(
    ("path", "changes", "message"),
    [
        ("{frame}.####.exr", {}, "{frame}"),
        ("{object}.####.exr", {"content": "layers"}, "these files hold every object"),
        ("{object}.####.exr", {"content": "cryptomatte"}, "these files hold every object"),
    ],
)
def test_a_name_that_cannot_be_filled_in_is_refused_before_the_engine_is_asked(
    discs: str, out: Path, path: str, changes: dict[str, Any], message: str
) -> None:
    stage = Soft()
    with pytest.raises(BadField) as caught:
        run(request(discs, deliverables=[Deliverable(str(out / path), **changes)]), stage)
    assert message in str(caught.value)
    assert caught.value.field == "out[0].path"
    assert not stage.was_asked


# --- versions ----------------------------------------------------------------------------------------------------


def versioned(out: Path) -> list[Deliverable]:
    return [
        Deliverable(str(out / "{shot}_{version}.####.exr")),
        Deliverable(str(out / "{version}" / "crypto.####.exr"), content="cryptomatte"),
        Deliverable(str(out / "{object}_{version}.mov"), "prores4444", fps=24.0),
    ]


def test_the_next_version_is_one_for_all_outputs_and_nothing_is_ever_added_to_one(discs: str, out: Path) -> None:
    (out / "v006").mkdir(parents=True)
    (out / "v006" / "crypto.0999.exr").write_bytes(b"somebody's")
    wanted = request(discs, deliverables=versioned(out), last=1001)
    assert [event.version for event in run(wanted, Soft()) if isinstance(event, JobEvent)] == [7, 7]
    assert run(wanted, Soft())[-1].version == 8
    assert names(out) == [
        *("object_red_v007.mov", "object_red_v008.mov", "sh010_plate_v007.1001.exr", "sh010_plate_v008.1001.exr"),
        *("v006/crypto.0999.exr", "v007/crypto.1001.exr", "v008/crypto.1001.exr"),
    ]


def test_overwriting_means_the_highest_version(discs: str, out: Path) -> None:
    wanted = request(discs, deliverables=versioned(out), last=1001)
    run(wanted, Soft())
    run(wanted, Soft())
    before = made(out)
    assert run(replace(wanted, overwrite=True), Soft())[-1].version == 2
    assert made(out) == before


def test_a_resumed_attempt_goes_on_with_its_version(discs: str, out: Path) -> None:
    """The first attempt's own files must not push it to the next version."""
    checks = iter(range(100))

    def checkpoint() -> None:
        if next(checks) >= 4:
            raise Halted

    wanted = request(discs, deliverables=versioned(out))
    run(request(discs, deliverables=versioned(out), last=1001), Soft())
    seen, _ = run_until(Halted, pull_matte(wanted, Soft().engine(), Ticket(JOB), checkpoint=checkpoint))
    assert seen[0].version == 2
    finished = frozenset(frames_of(seen))
    assert finished
    events = run(wanted, Soft(), Ticket(JOB, 2, finished, seen[0].plate, version=2))
    assert set(frames_of(events)) == set(FRAMES) - finished
    assert events[-1].version == 2
    assert not [name for name in names(out) if "v003" in name]


def test_a_shot_finished_again_gets_the_next_version(discs: str, tmp_path: Path, out: Path) -> None:
    store = KeptStore(tmp_path, 10**9)
    wanted = request(discs, deliverables=versioned(out), last=1002)
    kept = run(wanted, Soft(), keep=store)[-1].kept
    job = pull_matte(replace(wanted, finish_of="job-00000"), None, Ticket("job-00002", kept=kept), keep=store)
    assert [event.version for event in job if isinstance(event, JobEvent)] == [2, 2]
    assert {name.replace("v002", "v001") for name in names(out) if "v002" in name} == {
        name for name in names(out) if "v001" in name
    }


# --- what is in the way ------------------------------------------------------------------------------------------


def test_an_objects_files_in_the_way_are_noticed_before_tracking(discs: str, out: Path) -> None:
    out.mkdir()
    (out / "disc_2.1003.exr").write_bytes(b"the artist's own")
    stage = Soft()
    wanted = request(discs, str(out / "{object}.####.exr"), **ALL)
    with pytest.raises(
        OutputExists, match=r"One of these frames is there already, the first is .*disc_2\.1003"
    ) as caught:
        run(wanted, stage)
    assert caught.value.field == "out[0].path"
    assert stage.qualities == []
    run(replace(wanted, overwrite=True), stage)


def test_a_file_that_only_looks_like_one_does_not_stop_a_job(discs: str, out: Path) -> None:
    """``object`` stands for the objects until they are known, and is a name that an artist may have used."""
    out.mkdir()
    (out / "object.1003.exr").write_bytes(b"the artist's own")
    run(request(discs, str(out / "{object}.####.exr")), Soft())
    assert (out / "object.1003.exr").read_bytes() == b"the artist's own"
    assert (out / "object_red.1003.exr").exists()


def test_a_file_of_one_output_that_was_deleted_makes_the_frame_anew(discs: str, out: Path) -> None:
    wanted = request(discs, str(out / "a.####.exr"), str(out / "b.####.png"))
    identity = run(wanted, Soft())[0].plate
    whole = made(out)
    (out / "b.1002.png").unlink()
    events = run(wanted, Soft(), Ticket(JOB, 2, frozenset(FRAMES), identity))
    assert frames_of(events) == [1002]
    assert made(out) == whole


# --- outputs that meet -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("{object}.####.exr", "object_red.####.exr"),
        ("{object}.####.exr", "{object}.%04d.exr"),
        ("{shot}.####.exr", "sh010_plate.####.exr"),
        ("{view}_{version}.####.exr", "main_v001.####.exr"),
        ("{object}.mov", "object_red.mov"),
    ],
)
def test_two_outputs_that_meet_once_their_names_are_filled_in(discs: str, out: Path, first: str, second: str) -> None:
    kind = {"format": "prores4444", "fps": 24.0} if first.endswith("mov") else {}
    wanted = [Deliverable(str(out / name), **kind) for name in (first, second)]
    stage = Soft()
    with pytest.raises(BadField, match=r"same files as out\[0\].*name of its own") as caught:
        run(request(discs, deliverables=wanted), stage)
    assert caught.value.field == "out[1].path"
    assert stage.qualities == [], "before tracking"
    assert made(out) == {}


def test_a_newcomer_whose_file_another_output_has(discs: str, out: Path) -> None:
    """Nobody could know while it was tracked; what is finished stays."""
    stage = Soft(detector=SoftDetector({"green": 1003}))
    files = [Deliverable(str(out / "disc_2.####.exr")), Deliverable(str(out / "{object}.####.exr"))]
    wanted = request(discs, deliverables=files, redetect_every=2, exclude=["blue"], **ALL)
    seen, problem = run_until(BadField, pull_matte(wanted, stage.engine(), Ticket(JOB)))
    assert problem.field == "out[1].path"
    assert frames_of(seen) == list(FRAMES)
    assert len(names(out)) == 8


# --- on plain data -----------------------------------------------------------------------------------------------


def test_what_there_is_before_and_after_the_objects_are_known(tmp_path: Path) -> None:
    each = Deliverable(str(tmp_path / "{object}.####.exr"))
    folder = Deliverable(str(tmp_path / "{object}" / "m.####.exr"))
    both = Deliverable(str(tmp_path / "m.mov"), "prores4444")
    made_of = outputs(each, folder, both)
    assert [(one.index, one.object) for one in made_of.sequences] == [(0, 0)]
    made_of.open([BALL, MUG])
    assert [(one.index, one.object) for one in made_of.all] == [(0, 1), (0, 2), (1, 1), (1, 2), (2, 0)]
    assert made_of.described() == [
        {"deliverable": 0, "name": "red_ball.####.exr", "object": 1},
        {"deliverable": 0, "name": "Becher.####.exr", "object": 2},
        {"deliverable": 1, "name": "m.####.exr", "object": 1},
        {"deliverable": 1, "name": "m.####.exr", "object": 2},
        {"deliverable": 2, "name": "m.mov", "object": 0},
    ]
    assert made_of.there() == frozenset()
    assert outputs(both).there() is None


@pytest.mark.parametrize(
    ("changes", "of_objects", "need_plate"),
    [
        ({}, False, False),
        ({"path": "{object}.####.exr"}, True, False),
        ({"content": "layers"}, True, False),
        ({"content": "cryptomatte"}, True, False),
        ({"content": "cutout"}, False, True),
        ({"path": "m.mov", "format": "prores4444"}, False, False),
        ({"path": "m.mov", "format": "prores4444", "content": "cutout"}, False, True),
    ],
)
def test_what_it_takes_to_make_them(
    tmp_path: Path, changes: dict[str, Any], of_objects: bool, need_plate: bool
) -> None:
    wanted = Deliverable(**{"path": "m.####.exr", **changes})
    made_of = outputs(replace(wanted, path=str(tmp_path / wanted.path)))
    made_of.open([BALL])
    assert (made_of.of_objects, made_of.need_plate) == (of_objects, need_plate)


@pytest.mark.parametrize(
    ("fps", "expected"), [(24000 / 1001, (24000, 1001)), (30000 / 1001, (30000, 1001)), (12.5, (25, 2))]
)
def test_a_rate_that_went_through_a_float_is_exact_again(tmp_path: Path, fps: float, expected: tuple[int, int]) -> None:
    movie = Deliverable(str(tmp_path / "m.mov"), "prores4444")
    for made_of in (outputs(movie, plate=info(fps=fps)), outputs(replace(movie, fps=fps))):
        rate = made_of.movies[0].fps
        assert rate is not None
        assert (rate.numerator, rate.denominator) == expected


def test_removing_frames_leaves_the_others(discs: str, out: Path) -> None:
    wanted = request(discs, str(out / "a.####.exr"), str(out / "b.####.png"))
    run(wanted, Soft())
    files = Outputs(wanted, info(), (1001, 1004), provenance={}, token=JOB)
    files.open([BALL])
    files.remove([1002, 1003, 1099])
    assert names(out) == ["a.1001.exr", "a.1004.exr", "b.1001.png", "b.1004.png"]
    shutil.rmtree(out)


def test_a_frame_event_lists_every_sequence_and_no_movie(discs: str, out: Path) -> None:
    events = run(request(discs, deliverables=versioned(out), last=1001), Soft())
    (event,) = [event for event in events if isinstance(event, FrameEvent)]
    assert event.paths == [str(out / "sh010_plate_v001.1001.exr"), str(out / "v001" / "crypto.1001.exr")]
    assert [Path(path).suffix for path in events[-1].outputs] == [".exr", ".json", ".json"] * 2 + [
        ".mov",
        ".json",
        ".json",
    ]
