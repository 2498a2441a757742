"""The page itself: one HTML file with everything in it, which opens from a disk and asks nobody for anything.

The pictures stand in data blocks (``<script type="text/plain">``) as base64, after the page's own script and in frame
order: the first frame shows while the rest is still being read, and no picture is decoded before it is looked at.
A Content-Security-Policy allows the page's one script and one style sheet, by their hashes, and no request at all.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import shutil
import tempfile
from collections.abc import Mapping
from importlib import resources
from typing import IO, Any

SCRIPTS = ("pictures.js", "views.js", "stage.js", "plot.js", "worst.js", "review.js")
"""The page's script in the order in which it is put together; one file cannot see what comes after it at load."""


_PART = re.compile(r"\{\{([a-z]+)\}\}")


class Pictures:
    """The data blocks, collected on disk: a long shot's pictures are larger than what should be held in memory."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close()
        self.bytes = 0

    def add(self, name: str, data: bytes) -> None:
        """Adds a picture as the block ``name`` (letters, digits and ``-``)."""
        block = b'<script type="text/plain" id="%s">%s</script>\n' % (name.encode("ascii"), base64.b64encode(data))
        self._file.write(block)
        self.bytes += len(block)

    def copy_to(self, out: IO[bytes]) -> None:
        self._file.seek(0)
        shutil.copyfileobj(self._file, out, 1 << 20)

    def close(self) -> None:
        self._file.close()


def write_document(out: IO[bytes], facts: Mapping[str, Any], title: str, pictures: Pictures) -> None:
    """Writes the page to ``out``. ``facts``: what its script shows, anything JSON can say."""
    style, script = _asset("review.css"), script_text()
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; base-uri 'none'; "
        "form-action 'none'"
    )
    head, _, foot = _asset("review.html").partition("<!-- pictures -->")
    parts = {
        "policy": html.escape(policy),
        "title": html.escape(title),
        "style": style,
        "facts": facts_text(facts),
        "script": script,
    }
    # In one pass: a file name may well hold "{{script}}".
    out.write(_PART.sub(lambda found: parts[found[1]], head).encode("utf-8"))
    pictures.copy_to(out)
    out.write(foot.encode("utf-8"))


def facts_text(facts: Mapping[str, Any]) -> str:
    """``facts`` as JSON that may stand in a script block: no text of an artist's can end the block or open a comment
    (HTML Living Standard, 4.12.1.3, restrictions for contents of script elements)."""
    text = json.dumps(facts, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def script_text() -> str:
    """The page's script: its files in one function of their own, so that they share names with each other alone."""
    return "(() => {\n" + '"use strict";\n' + "\n".join(_asset(name) for name in SCRIPTS) + "})();\n"


def _asset(name: str) -> str:
    # Read as text: a checkout with CRLF must give the hashes that the browser computes, which sees LF.
    asset = resources.files("mattewire_server.review") / "page" / name
    return asset.read_text(encoding="utf-8").replace("\r\n", "\n")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
