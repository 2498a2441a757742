"""PlayerDebugMode on stand-ins for `reg` and `defaults`: read, set, and set back to what it was, of whatever type."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from mattewire_protocol.errors import InstallIncomplete, NotWritable
from mattewire_server.hosts import aftereffects_debug
from mattewire_server.hosts.aftereffects_debug import VALUE, commands, is_on, take_back, turn_on


class System:
    """``places``: the values of each registry key or preference domain, with their types."""

    def __init__(self) -> None:
        self.places: dict[str, dict[str, tuple[str, str]]] = {}
        self.refuses = False

    def __call__(self, command: Sequence[str]) -> tuple[int, str]:
        verb, place, words = command[1], command[2], list(command[3:])
        if self.refuses and verb in ("add", "write", "delete"):
            return 1, ""
        return self.does(verb, place, words)

    def take(self, place: str, name: str | None) -> tuple[int, str]:
        values = self.places.get(place)
        if values is None or (name is not None and name not in values):
            return 1, ""
        if name is None:
            del self.places[place]
        else:
            del values[name]
        return 0, ""

    def does(self, verb: str, place: str, words: list[str]) -> tuple[int, str]:
        raise NotImplementedError


class Windows(System):
    """``reg``, as ``reg /?`` describes it."""

    name, place, text, number = "win32", "HKCU\\Software\\Adobe\\CSXS.{}", "REG_SZ", ("REG_DWORD", "0x0")

    def does(self, verb: str, place: str, words: list[str]) -> tuple[int, str]:
        values = self.places.get(place)
        if verb == "query":
            if values is None or (words and words[1] not in values):
                return 1, ""
            shown = {name: values[name] for name in (words[1:] if words else values)}
            lines = [f"    {name}    {kind}    {text}" for name, (kind, text) in shown.items()]
            long = place.replace("HKCU", "HKEY_CURRENT_USER")
            return 0, "\r\n".join(["", long, *lines, "", ""]) if lines else "\r\n"
        assert words[-1] == "/f", "else it asks, and waits"
        if verb == "add":
            assert (words[0], words[2], words[4]) == ("/v", "/t", "/d")
            self.places.setdefault(place, {})[words[1]] = (words[3], words[5])
            return 0, ""
        assert verb == "delete"
        return self.take(place, words[1] if len(words) == 3 else None)


class Mac(System):
    """``defaults``, as its manual page describes it."""

    name, place, text, number = "darwin", "com.adobe.CSXS.{}", "string", ("integer", "0")

    def does(self, verb: str, place: str, words: list[str]) -> tuple[int, str]:
        values = self.places.get(place)
        if verb in ("read", "read-type"):
            if values is None or (words and words[0] not in values):
                return 1, ""
            if verb == "read-type":
                return 0, f"Type is {values[words[0]][0]}\n"
            if words:
                return 0, f"{values[words[0]][1]}\n"
            return 0, "{\n" + "".join(f"    {name} = {text};\n" for name, (_, text) in values.items()) + "}\n"
        if verb == "delete":
            return self.take(place, words[0] if words else None)
        assert verb == "write"
        kind = {"-int": "integer", "-bool": "boolean", "-string": "string"}[words[1]] if len(words) == 3 else "string"
        text = {"true": "1", "false": "0"}[words[-1]] if kind == "boolean" else words[-1]
        self.places.setdefault(place, {})[words[0]] = (kind, text)
        return 0, ""


@pytest.fixture(params=[Windows, Mac])
def system(request: pytest.FixtureRequest) -> Windows | Mac:
    return request.param()


def test_what_is_typed() -> None:
    assert commands("win32") == [
        "reg add HKCU\\Software\\Adobe\\CSXS.11 /v PlayerDebugMode /t REG_SZ /d 1 /f",
        "reg add HKCU\\Software\\Adobe\\CSXS.12 /v PlayerDebugMode /t REG_SZ /d 1 /f",
    ]
    assert commands("darwin") == [
        "defaults write com.adobe.CSXS.11 PlayerDebugMode 1",
        "defaults write com.adobe.CSXS.12 PlayerDebugMode 1",
    ]


def test_on_and_as_it_was_with_nothing_left(system: Windows | Mac, tmp_path: Path) -> None:
    record = tmp_path / "debug.json"
    told = turn_on(record, system.name, system)
    assert told[1] == "PlayerDebugMode of CEP 12 was turned on: panels that are not signed are loaded."
    assert system.places == {system.place.format(each): {VALUE: (system.text, "1")} for each in (11, 12)}
    assert is_on(12, system.name, system)
    assert "was on already" in turn_on(record, system.name, system)[0]
    told = take_back(record, system.name, system)
    assert told == [f"PlayerDebugMode of CEP {each} was taken away." for each in (11, 12)]
    assert system.places == {}
    assert not record.exists()
    assert take_back(record, system.name, system) == []


def test_other_settings_and_other_types_come_back(system: Windows | Mac, tmp_path: Path) -> None:
    record, place = tmp_path / "debug.json", system.place
    system.places = {place.format(11): {"LogLevel": (system.text, "1")}, place.format(12): {VALUE: system.number}}
    before = json.dumps(system.places)
    assert not is_on(12, system.name, system)
    turn_on(record, system.name, system)
    assert is_on(11, system.name, system)
    assert is_on(12, system.name, system)
    take_back(record, system.name, system)
    assert json.dumps(system.places) == before


def test_a_truth_value_of_macos_comes_back(tmp_path: Path) -> None:
    system = Mac()
    system.places = {"com.adobe.CSXS.12": {VALUE: ("boolean", "1")}}
    turn_on(tmp_path / "debug.json", "darwin", system)
    assert system.places["com.adobe.CSXS.12"] == {VALUE: ("string", "1")}
    take_back(tmp_path / "debug.json", "darwin", system)
    assert system.places == {"com.adobe.CSXS.12": {VALUE: ("boolean", "1")}}


def test_what_was_on_before_is_not_ours_to_turn_off(system: Windows | Mac, tmp_path: Path) -> None:
    system.places = {system.place.format(each): {VALUE: (system.text, "1")} for each in (11, 12)}
    turn_on(tmp_path / "debug.json", system.name, system)
    assert not (tmp_path / "debug.json").exists()
    assert take_back(tmp_path / "debug.json", system.name, system) == []
    assert is_on(11, system.name, system)


def test_what_somebody_changed_since_stays(system: Windows | Mac, tmp_path: Path) -> None:
    turn_on(tmp_path / "debug.json", system.name, system)
    system.places[system.place.format(11)][VALUE] = (system.text, "0")
    assert "CEP 11 was changed since and stays." in take_back(tmp_path / "debug.json", system.name, system)[0]
    assert system.places == {system.place.format(11): {VALUE: (system.text, "0")}}


def test_a_refusal_is_told_and_can_be_tried_again(system: Windows | Mac, tmp_path: Path) -> None:
    record = tmp_path / "debug.json"
    system.refuses = True
    with pytest.raises(NotWritable, match="was refused with exit status 1"):
        turn_on(record, system.name, system)
    system.refuses = False
    turn_on(record, system.name, system)
    take_back(record, system.name, system)
    assert system.places == {}


def test_a_broken_record_counts_as_none(tmp_path: Path) -> None:
    for text in ("", "[]", "\xff"):
        (tmp_path / "debug.json").write_text(text, encoding="latin-1")
        assert take_back(tmp_path / "debug.json", "darwin", Mac()) == []


def test_a_real_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "defaults"
    program.write_text('#!/bin/sh\necho "$1 $2"\nexit 3\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert aftereffects_debug.run(["defaults", "read", "here"]) == (3, "read here\n")
    with pytest.raises(InstallIncomplete, match="could not be run") as caught:
        aftereffects_debug.run(["reg", "query"])
    assert commands()[0] in caught.value.advice


def test_a_command_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def late(command: list[str], **options: object) -> None:
        raise subprocess.TimeoutExpired(command, 20)

    monkeypatch.setattr(subprocess, "run", late)
    with pytest.raises(InstallIncomplete, match="timed out"):
        aftereffects_debug.run(["defaults", "read"])
