"""The artist's init.py: in, changed, out, to the last byte."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mattewire_protocol.errors import NotWritable
from mattewire_server.hosts import nuke

STARTUP = Path("/data/mattewire/hosts/nuke/mattewire_nuke/startup")
OTHERS = [
    b"",
    b"import nuke\nnuke.pluginAddPath('./gizmos')\n",
    b"import nuke\r\nnuke.pluginAddPath('./gizmos')\r\n",
    b"import nuke\nnuke.pluginAddPath('./gizmos')",
    b"import nuke\r\nnuke.pluginAddPath('./gizmos')",
    b"# -*- coding: latin-1 -*-\n# K\xfcnstler\nprint('\xe9')\n\n\n",
    b"\xef\xbb\xbfimport nuke\n",
    b"\n",
    b"\r\n",
    b"if True:\n    pass\n    # nothing more",
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / ".nuke").mkdir()
    return tmp_path / ".nuke"


def install(folder: Path, startup: Path = STARTUP) -> nuke.Change:
    change = nuke.installing(folder, startup)
    nuke.carry_out(change)
    return change


def uninstall(folder: Path) -> nuke.Change:
    change = nuke.uninstalling(folder)
    nuke.carry_out(change)
    return change


def paths_added(init: Path) -> list[str]:
    """What Nuke's plug-in path gets when it runs this file: run in a Python of its own, with a ``nuke`` that notes."""
    program = (
        "import sys, types; nuke = types.ModuleType('nuke'); added = []; nuke.pluginAddPath = added.append\n"
        f"sys.modules['nuke'] = nuke; exec(compile(open({str(init)!r}, 'rb').read(), 'init.py', 'exec'))\n"
        "sys.stdout = sys.__stdout__; print('ADDED', *added, sep='\\n')"
    )
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)
    return done.stdout.split("ADDED\n")[1].splitlines()


@pytest.mark.parametrize("text", OTHERS)
def test_in_and_out_again_leaves_every_byte(folder: Path, text: bytes) -> None:
    init = folder / "init.py"
    init.write_bytes(text)
    install(folder)
    after = init.read_bytes()
    assert after.startswith(text)
    assert paths_added(init)[-1] == STARTUP.as_posix()
    assert (folder / nuke.BACKUP).read_bytes() == text
    if b"\r\n" in text:
        assert after.count(b"\n") == after.count(b"\r\n")
    assert after.endswith(b"\n") == (not text or text.endswith(b"\n"))
    assert not install(folder).needed
    assert init.read_bytes() == after
    uninstall(folder)
    assert init.read_bytes() == text
    assert [path.name for path in folder.iterdir()] == ["init.py"]
    assert not uninstall(folder).needed


@settings(max_examples=60)
@given(text=st.binary(max_size=60), late=st.binary(max_size=20))
def test_whatever_bytes_are_around_the_lines_stay(
    text: bytes, late: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Lines are added, the artist goes on writing below them, they change place, they are taken out."""
    assume(not any(marker in typed for marker in (b"# >>> M", b"# <<< M") for typed in (text, late)))
    folder = tmp_path_factory.mktemp("any")
    init = folder / "init.py"
    init.write_bytes(text)
    install(folder)
    whole_lines = not text or text.endswith(b"\n")
    newline = b"\r\n" if text.count(b"\r\n") * 2 > text.count(b"\n") else b"\n"
    if late:
        init.write_bytes(init.read_bytes() + (b"" if whole_lines else newline) + late)
    install(folder, Path("/another/place"))
    assert b"/another/place" in init.read_bytes()
    uninstall(folder)
    assert init.read_bytes() == text + (newline if late and not whole_lines else b"") + late


def test_a_file_that_was_not_there_goes_again(tmp_path: Path) -> None:
    change = install(tmp_path / ".nuke")
    assert "was made" in change.words
    init = tmp_path / ".nuke" / "init.py"
    assert paths_added(init) == [STARTUP.as_posix()]
    assert stat.S_IMODE(init.stat().st_mode) == 0o644
    assert "taken away" in uninstall(tmp_path / ".nuke").words
    assert list((tmp_path / ".nuke").iterdir()) == []


def test_a_file_that_was_not_there_stays_when_others_wrote_into_it(tmp_path: Path) -> None:
    install(tmp_path / ".nuke")
    init = tmp_path / ".nuke" / "init.py"
    with init.open("ab") as stream:
        stream.write(b"print('mine')\n")
    uninstall(tmp_path / ".nuke")
    assert init.read_bytes() == b"print('mine')\n"


def test_another_folder_changes_the_lines_in_place(folder: Path) -> None:
    init = folder / "init.py"
    init.write_bytes(b"one = 1\n")
    install(folder)
    with init.open("ab") as stream:
        stream.write(b"two = 2\n")
    change = install(folder, Path("/studio/panel/startup"))
    assert "lead Nuke there now" in change.words
    assert paths_added(init) == ["/studio/panel/startup"]
    assert init.read_bytes().startswith(b"one = 1\n# >>>")
    assert init.read_bytes().endswith(b"# <<< Mattewire <<<\ntwo = 2\n")
    assert (folder / nuke.BACKUP).read_bytes() == b"one = 1\n", "the backup is made once"


def test_the_backup_is_kept_when_the_file_has_changed_since(folder: Path) -> None:
    init = folder / "init.py"
    init.write_bytes(b"one = 1\n")
    install(folder)
    init.write_bytes(init.read_bytes() + b"two = 2\n")
    assert "has changed since" in uninstall(folder).notes[0]
    assert init.read_bytes() == b"one = 1\ntwo = 2\n"
    assert (folder / nuke.BACKUP).read_bytes() == b"one = 1\n"


@pytest.mark.parametrize("name", ["it's here", 'say "so"', "Künstler", "a\\b"])
def test_any_folder_name_reaches_nuke(folder: Path, tmp_path: Path, name: str) -> None:
    (folder / "init.py").write_bytes(b"# -*- coding: latin-1 -*-\n")
    install(folder, tmp_path / name)
    assert paths_added(folder / "init.py") == [(tmp_path / name).as_posix()]


def test_a_link_is_followed_and_stays_a_link(folder: Path, tmp_path: Path) -> None:
    real = tmp_path / "dotfiles" / "nuke_init.py"
    real.parent.mkdir()
    real.write_bytes(b"one = 1\n")
    real.chmod(0o640)
    (folder / "init.py").symlink_to(real)
    install(folder)
    assert (folder / "init.py").is_symlink()
    assert paths_added(real) == [STARTUP.as_posix()]
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert [path.name for path in real.parent.iterdir()] == [real.name], "nothing else among the artist's dotfiles"
    uninstall(folder)
    assert real.read_bytes() == b"one = 1\n"


def test_a_link_to_nothing_yet(folder: Path, tmp_path: Path) -> None:
    (folder / "init.py").symlink_to(tmp_path / "later.py")
    install(folder)
    assert paths_added(tmp_path / "later.py") == [STARTUP.as_posix()]
    uninstall(folder)
    assert not (tmp_path / "later.py").exists()
    assert (folder / "init.py").is_symlink()


def test_a_read_only_file_is_left_and_told(folder: Path) -> None:
    init = folder / "init.py"
    init.write_bytes(b"one = 1\n")
    init.chmod(0o444)
    with pytest.raises(NotWritable, match="it is read-only") as caught:
        nuke.installing(folder, STARTUP)
    assert "NUKE_PATH" in caught.value.advice
    assert init.read_bytes() == b"one = 1\n"


def test_a_folder_in_its_place_is_told(folder: Path) -> None:
    (folder / "init.py").mkdir()
    with pytest.raises(NotWritable, match="cannot be changed"):
        nuke.installing(folder, STARTUP)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="drops from root to another user")
@pytest.mark.parametrize(("mode", "words"), [(0o000, "Permission denied"), (0o644, "read-only")])
def test_another_users_file_is_told(tmp_path: Path, mode: int, words: str) -> None:
    """In a process of another uid: root may read and write everything."""
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "init.py").write_bytes(b"one = 1\n")
    (folder / "init.py").chmod(mode)
    for place in (folder, *folder.parents):
        if place.owner() == "root" and not place.stat().st_mode & 0o001:
            place.chmod(place.stat().st_mode | 0o055)
    program = (
        f"import os, sys; sys.path[:] = {sys.path!r}\n"
        "from mattewire_server.hosts import nuke\nfrom pathlib import Path\n"
        "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        f"try: nuke.installing(Path({str(folder)!r}), Path('/p'))\nexcept Exception as problem: print(problem)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert words in done.stdout
    assert "Make it writable" in done.stdout


@pytest.mark.parametrize(
    "text",
    [
        nuke.BEGIN + b"\nimport nuke\n",
        nuke.END + b"\n" + nuke.BEGIN + b"\n",
        nuke.BEGIN + b"\n" + nuke.END + b"\n" + nuke.BEGIN + b"\n" + nuke.END + b"\n",
        b"x = 1  " + nuke.BEGIN + b"\n" + nuke.END + b"\n",
    ],
)
def test_markers_that_somebody_moved_are_not_guessed_at(folder: Path, text: bytes) -> None:
    (folder / "init.py").write_bytes(text)
    for act in (lambda: nuke.installing(folder, STARTUP), lambda: nuke.uninstalling(folder)):
        with pytest.raises(NotWritable) as caught:
            act()
        assert "by hand" in caught.value.advice
    assert (folder / "init.py").read_bytes() == text


def test_a_file_that_stops_nuke_before_our_lines_is_noted(folder: Path) -> None:
    (folder / "init.py").write_bytes(b"one = 1\nprint 'Python 2'\n")
    assert "mistake in line 2" in install(folder).notes[0]
    assert nuke.installing(folder, Path("/other")).notes
    (folder / "init.py").write_bytes(b"pattern = '\\d'\n")
    assert install(folder).notes == []


def test_a_disk_that_fills_up_leaves_the_file_whole(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error is injected: no small file system is mounted here."""
    init = folder / "init.py"
    init.write_bytes(b"one = 1\n")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(NotWritable, match="No space left on device"):
        install(folder)
    assert init.read_bytes() == b"one = 1\n"
    assert sorted(path.name for path in folder.iterdir()) == ["init.py", nuke.BACKUP]


def test_where_nuke_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert nuke.nuke_folder(tmp_path) == tmp_path / ".nuke"
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    assert nuke.nuke_folder() == tmp_path / "me" / ".nuke"
