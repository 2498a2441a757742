"""Who may talk to the daemon."""

from __future__ import annotations

from pathlib import Path

import pytest

from mattewire_protocol.errors import BadField, NotAuthorized
from mattewire_server.daemon import keys
from mattewire_server.daemon.keys import DOMAIN, AllowedKeys


def test_only_the_local_key_in_our_domain() -> None:
    mine, other = keys.new_pair(), keys.new_pair()
    allowed = AllowedKeys(mine.public)
    assert allowed.callback(DOMAIN, mine.public.encode())
    assert not allowed.callback(DOMAIN, other.public.encode())
    assert not allowed.callback("elsewhere", mine.public.encode())
    assert not allowed.callback(DOMAIN, b"")
    assert mine.secret not in repr(mine)


def test_a_file_in_the_folder_counts_while_it_is_there(tmp_path: Path) -> None:
    artist, farm = keys.new_pair().public, keys.new_pair().public
    (tmp_path / "artist.key").write_text(artist + "\n")
    (tmp_path / "notes.txt").write_text("not a key")
    allowed = AllowedKeys(keys.new_pair().public, tmp_path)
    assert allowed.callback(DOMAIN, artist.encode())
    assert not allowed.callback(DOMAIN, farm.encode())
    (tmp_path / "farm.key").write_text(farm)
    assert allowed.callback(DOMAIN, farm.encode())
    (tmp_path / "artist.key").unlink()
    assert not allowed.callback(DOMAIN, artist.encode())
    (tmp_path / "broken.key").write_text("?")
    assert not allowed.callback(DOMAIN, farm.encode()), "a folder that cannot be read lets nobody in"


def test_a_broken_folder_is_told_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(NotAuthorized, match="No client key"):
        AllowedKeys("k" * 40, tmp_path)
    (tmp_path / "panel.key").write_text("k" * 39)
    with pytest.raises(BadField, match=r"panel\.key"):
        AllowedKeys("k" * 40, tmp_path)


@pytest.mark.parametrize("interface", ["127.0.0.1", "127.3.2.1", "::1"])
def test_this_machine_needs_no_folder(interface: str) -> None:
    keys.check_interface(interface, None)


@pytest.mark.parametrize("interface", ["0.0.0.0", "192.168.1.5", "::", "localhost", "*", ""])
def test_other_machines_need_named_keys(interface: str) -> None:
    with pytest.raises(BadField) as caught:
        keys.check_interface(interface, None)
    assert caught.value.field == "MATTEWIRE_INTERFACE"


def test_with_a_folder_other_interfaces_are_fine(tmp_path: Path) -> None:
    keys.check_interface("0.0.0.0", tmp_path)
