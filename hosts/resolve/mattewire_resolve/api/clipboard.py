"""The clipboard, as far as a script has one."""

from __future__ import annotations

from .connection import Host


def to_clipboard(host: Host, text: str) -> bool:
    """Whether ``text`` is on the clipboard now. Fusion's scripts have ``bmd.setclipboard``; nothing promises it."""
    if host.bmd is None or "setclipboard" not in dir(host.bmd):
        return False
    try:
        host.bmd.setclipboard(text)
        return bool(host.bmd.getclipboard() == text)
    except (AttributeError, TypeError):
        return False
