"""Provenance is worked out once, and not before it is read."""

from __future__ import annotations

from mattewire_server.engines.provenance import Late, together


def test_facts_are_asked_for_once_when_the_first_is_read() -> None:
    asked: list[int] = []

    def make() -> dict[str, str]:
        asked.append(1)
        return {"model": "small", "device": "cpu"}

    facts = Late(make)
    assert asked == []
    assert (dict(facts), len(facts), facts["device"]) == ({"model": "small", "device": "cpu"}, 2, "cpu")
    assert asked == [1]


def test_of_several_the_later_one_wins_and_none_is_read_early() -> None:
    def never() -> dict[str, str]:
        raise AssertionError("read before it was asked for")

    together(Late(never), {"seed": "0"})
    facts = together({"detector": "words", "seed": "1"}, Late(lambda: {"seed": "0"}))
    assert dict(facts) == {"detector": "words", "seed": "0"}
