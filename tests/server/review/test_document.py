"""The one file: nothing in it can be ended, replaced or fetched by what stands in it."""

from __future__ import annotations

import base64
import hashlib
import html
import io
import re

import pytest

from mattewire_server.review.document import SCRIPTS, Pictures, facts_text, script_text, write_document
from server.review.rig import block, facts_in

HOSTILE = "</script><script>alert(1)</script><!-- {{script}} {{facts}} & \u2028 \" ' é"


def written(facts: dict[str, object], title: str = "ball", **pictures: bytes) -> str:
    collected, out = Pictures(), io.BytesIO()
    for name, data in pictures.items():
        collected.add(name.replace("_", "-"), data)
    write_document(out, facts, title, collected)
    collected.close()
    return out.getvalue().decode("utf-8")


def test_whatever_an_artist_types_is_text() -> None:
    page = written({"prompt": HOSTILE, "named": {HOSTILE: HOSTILE}}, title=HOSTILE)
    assert facts_in(page) == {"prompt": HOSTILE, "named": {HOSTILE: HOSTILE}}
    assert "alert(1)</script>" not in page
    titled = re.search(r"<title>(.*?)</title>", page, re.DOTALL)
    assert titled is not None
    assert html.unescape(titled[1]) == HOSTILE
    assert page.count("<script") == page.count("</script>") == 2


def test_facts_hold_no_mark_that_html_reads() -> None:
    assert not set(facts_text({"a": HOSTILE})) & set("<>&\u2028")
    with pytest.raises(ValueError, match="JSON"):
        facts_text({"score": float("nan")})


def test_pictures_stand_in_blocks_after_the_script() -> None:
    data = bytes(range(256)) * 9
    page = written({}, plate_1001=data, matte_1001_0=b"m")
    assert block(page, "plate-1001") == data
    assert block(page, "matte-1001-0") == b"m"
    assert block(page, "plate-1002") == b""
    assert page.index('"use strict"') < page.index('id="plate-1001"') < page.index('id="matte-1001-0"')
    assert page.rstrip().endswith("</html>")


def test_the_size_of_the_pictures_is_known_before_the_page_is_written() -> None:
    pictures = Pictures()
    pictures.add("plate-1", b"abc")
    out = io.BytesIO()
    pictures.copy_to(out)
    assert pictures.bytes == len(out.getvalue())
    pictures.close()


def test_the_policy_allows_the_pages_own_script_and_style_and_no_request() -> None:
    page = written({"a": 1})
    found = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert found is not None
    rules = dict(rule.strip().split(" ", 1) for rule in html.unescape(found[1]).split(";"))
    assert rules["default-src"] == "'none'"
    for tag, rule in (("<script>", "script-src"), ("<style>", "style-src")):
        text = page[page.index(tag) + len(tag) :]
        text = text[: text.index(tag.replace("<", "</"))]
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert rules[rule] == f"'sha256-{digest}'"


def test_nothing_in_it_names_another_place() -> None:
    page = written({"a": 1})
    assert not re.findall(r"""https?://|\bsrc=|\bhref=|@import|url\(|fetch\(|XMLHttpRequest|import\(""", page)
    assert " style=" not in page, "the policy forbids it, and the browser would drop it in silence"


def test_every_script_is_in_it() -> None:
    text = script_text()
    assert len(SCRIPTS) == len(set(SCRIPTS)) == 6
    assert text.startswith("(() => {") and text.endswith("})();\n")  # noqa: PT018
    assert "</script" not in text
    assert "\r" not in text
