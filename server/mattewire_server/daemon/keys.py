"""Who may talk to the daemon: CURVE keys, checked by ZAP (ZeroMQ RFCs 26 and 27)."""

from __future__ import annotations

import hmac
import ipaddress
import logging
from dataclasses import dataclass
from pathlib import Path

import zmq
from zmq.auth.thread import ThreadAuthenticator

from mattewire_protocol.errors import BadField, MattewireError, NotAuthorized

log = logging.getLogger("mattewire.daemon")

DOMAIN = "mattewire"


@dataclass(frozen=True)
class KeyPair:
    """Z85 text of 40 characters each."""

    public: str
    secret: str

    def __repr__(self) -> str:
        return f"KeyPair(public={self.public!r})"


def new_pair() -> KeyPair:
    public, secret = zmq.curve_keypair()
    return KeyPair(public.decode("ascii"), secret.decode("ascii"))


class AllowedKeys:
    """The credentials check that ZAP asks: the local client's key, and those in the folder of a remote daemon."""

    def __init__(self, local: str, folder: Path | None = None) -> None:
        self._local = local.encode("ascii")
        self._folder = folder
        if folder is not None:
            read_allowed(folder)  # a broken folder is told at the start

    def callback(self, domain: str, key: bytes) -> bool:
        """Whether ``key`` (Z85) may talk to this daemon. The name is the authenticator's.

        The folder is read at every handshake: a file that is put there or taken away counts at once.
        """
        if domain != DOMAIN:
            return False
        if hmac.compare_digest(key, self._local):
            return True
        try:
            return self._folder is not None and key in read_allowed(self._folder)
        except (MattewireError, OSError) as problem:
            log.error("the allowed keys cannot be read: %s", problem)
            return False


def read_allowed(folder: Path) -> set[bytes]:
    """The public keys in ``folder``, as Z85: one file per client, ``NAME.key``, holding 40 characters of Z85.

    ``BadField`` names a file that holds something else, ``NotAuthorized`` a folder without any key.
    """
    keys: set[bytes] = set()
    for path in sorted(folder.glob("*.key")):
        text = path.read_text(encoding="ascii", errors="replace").strip()
        if len(text) != 40 or any(ord(character) > 126 or ord(character) < 33 for character in text):
            raise BadField(f"{path} is not a public key of 40 characters.", field="allowed_keys")
        keys.add(text.encode("ascii"))
    if not keys:
        raise NotAuthorized(f"No client key lies in {folder}.", advice="Put one NAME.key file per client there.")
    return keys


def check_interface(interface: str, folder: Path | None) -> None:
    """A daemon that listens beyond this machine must say whose keys it trusts."""
    try:
        address = ipaddress.ip_address(interface)
    except ValueError:
        raise BadField(f"{interface!r} is not an IP address.", field="MATTEWIRE_INTERFACE") from None
    if not address.is_loopback and folder is None:
        raise BadField(
            f"{interface} can be reached from other machines.",
            field="MATTEWIRE_INTERFACE",
            advice="Name a folder of allowed client keys in MATTEWIRE_ALLOWED_KEYS.",
        )


def guard(context: zmq.Context[zmq.Socket[bytes]], allowed: AllowedKeys) -> ThreadAuthenticator:
    """Starts the ZAP handler; it must run before the first CURVE socket binds."""
    authenticator = ThreadAuthenticator(context)
    authenticator.start()
    authenticator.configure_curve_callback(DOMAIN, allowed)
    return authenticator
