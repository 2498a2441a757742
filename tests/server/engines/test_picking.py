"""Settings of engines: the request first, then the environment, then the default; a wrong one is named."""

from pathlib import Path

import pytest

from mattewire_protocol.errors import BadField
from mattewire_server.engines.picking import DEVICES, one_of, path, picker, share, whole, yes


def test_the_request_goes_before_the_environment_and_that_before_the_default() -> None:
    pick = picker({"size": 3, "other": None}, {"SIZE": "4", "OTHER": "5", "EMPTY": ""})
    assert pick("size", "SIZE", 1, whole(0, 9)) == 3
    assert pick("other", "OTHER", 1, whole(0, 9)) == 5
    assert pick("third", "THIRD", 1, whole(0, 9)) == 1
    assert pick("empty", "EMPTY", 1, whole(0, 9)) == 1


@pytest.mark.parametrize(
    ("settings", "environment", "field"), [({"size": "x"}, {"SIZE": "3"}, "size"), ({}, {"SIZE": "10"}, "SIZE")]
)
def test_what_cannot_be_used_is_named_where_it_was_said(
    settings: dict[str, object], environment: dict[str, str], field: str
) -> None:
    with pytest.raises(BadField) as refusal:
        picker(settings, environment)("size", "SIZE", 1, whole(0, 9))
    assert refusal.value.field == field


@pytest.mark.parametrize(("raw", "value"), [(True, True), ("on", True), ("No", False), ("0", False)])
def test_yes(raw: object, value: bool) -> None:
    assert yes(raw) is value


@pytest.mark.parametrize(
    ("made", "raw"), [(yes, "perhaps"), (share, "1.5"), (share, "nan"), (one_of(DEVICES), "tpu"), (whole(0, 9), None)]
)
def test_nonsense_is_refused(made, raw: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        made(raw)


def test_a_path_may_start_at_home() -> None:
    assert path("~/weights") == Path.home() / "weights"
