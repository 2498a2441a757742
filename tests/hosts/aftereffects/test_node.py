"""Runs every ``*.test.mjs`` of this folder with Node's own test runner. CEP's Node 17 has none: what must hold under it
too is in the ``test_client_*`` modules, which run small programs under both."""

from __future__ import annotations

from pathlib import Path

import pytest

from hosts.aftereffects.client_rig import HERE, MODULES, own_node, run

PROGRAMS = sorted(path.name for path in HERE.glob("*.test.mjs"))


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name: str) -> None:
    said = run(own_node(), "--test", name, seconds=120)
    assert "\n# fail 0\n" in said
    assert "\n# skipped 0\n" in said, "nothing is left out quietly"
    assert "\n# pass 0\n" not in said, "there is something in it"


def test_there_are_programs() -> None:
    assert {"zmtp_frames.test.mjs", "zmtp_curve.test.mjs", "zmtp_dealer.test.mjs"} <= set(PROGRAMS)


def test_the_client_has_the_types_it_says() -> None:
    """``tsc`` over the client, strict; and it does look: a wrong argument is found."""
    compiler = [str(MODULES / "typescript" / "bin" / "tsc"), "-p", str(MODULES.parent)]
    assert run(own_node(), *compiler) == ""


def test_the_types_notice_a_mistake(tmp_path: Path) -> None:
    client = MODULES.parent / "client"
    (tmp_path / "wrong.js").write_text(
        f'import {{ Client }} from "{client.as_posix()}/mattewire/index.js";\n'
        'new Client({ start: 7 }).submit({ plate: { path: "x" }, out: [], promts: [] }, (event) => event.nonsense);\n'
    )
    (tmp_path / "tsconfig.json").write_text(
        f'{{"extends": "{MODULES.parent.as_posix()}/tsconfig.json", "include": ["wrong.js", "{client.as_posix()}"]}}'
    )
    with pytest.raises(AssertionError) as found:
        run(own_node(), str(MODULES / "typescript" / "bin" / "tsc"), "-p", str(tmp_path))
    for name in ("'number' is not assignable to type 'boolean", "promts", "nonsense"):
        assert name in str(found.value)
