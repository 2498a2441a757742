"""What every object of the scripting interface has in common: the doors that each call goes through.

In this order, for each public method of each object:

1. another thread than the one that started the fake raises ``WrongThread`` (our rule: scripts poll, threads stay away);
2. while an upsell dialog is open, every call answers False, also the ones that only read (the ledger: "Studio-gated
   calls on the free edition raise a modal that blocks LATER calls");
3. an object that was deleted answers None to everything.

Arguments are positional only, as across Resolve's bridge; a wrong number of them raises ``TypeError``.
"""

from __future__ import annotations

import functools
import inspect
import threading
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from .control import FakeResolve


class WrongThread(RuntimeError):
    """Something other than the script's own thread called Resolve."""


class Fabricated:
    """What the bridge hands out for a name that does not exist: ``hasattr`` says yes, the call fails.

    The ledger: on 19.1.3 ``hasattr(item, "TotallyMadeUpName")`` is True, while ``dir`` lists the real names only. A
    real Resolve raises ``TypeError`` ("'NoneType' object is not callable") or answers None, by version; here it is an
    ``AttributeError`` that says what was called, so that no test passes by accident.
    """

    def __init__(self, owner: str, name: str) -> None:
        self._path = f"{owner}.{name}"

    def __call__(self, *_arguments: Any) -> NoReturn:
        raise AttributeError(f"{self._path}: Resolve has no such method, or the fake does not model it")


class ApiObject:
    """An object that scripts see. Its public methods are Resolve's; everything of ours begins with an underscore."""

    def __init__(self, app: FakeResolve) -> None:
        self._app = app
        self._id = str(uuid.uuid4())
        self._gone = False

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        for name, value in list(vars(cls).items()):
            if not name.startswith("_") and inspect.isfunction(value):
                setattr(cls, name, _through_the_doors(value))

    def __getattr__(self, name: str) -> Fabricated:
        if name.startswith("_"):  # Python's own protocols, and ours, must be able to find nothing
            raise AttributeError(name)
        return Fabricated(type(self).__name__, name)

    def __dir__(self) -> list[str]:
        """The real names: the one probe that can be trusted (the ledger)."""
        return sorted(methods(type(self)))


def methods(cls: type) -> dict[str, Callable[..., Any]]:
    """The public methods of a class, inherited ones too, by name."""
    return {name: value for name, value in inspect.getmembers(cls, inspect.isfunction) if not name.startswith("_")}


def constants(names: str, first: int = 0) -> dict[str, int]:
    """Numbers counted up from ``first`` for a list of words, as the README does with its constants."""
    return {name: number for number, name in enumerate(names.split(), first)}


def _through_the_doors(method: Callable[..., Any]) -> Callable[..., Any]:
    signature = inspect.signature(method)

    @functools.wraps(method)
    def called(self: ApiObject, *arguments: Any) -> Any:
        signature.bind(self, *arguments)  # arity first: also while a dialog is open a typing mistake is one
        if threading.get_ident() != self._app.thread:
            raise WrongThread(f"{type(self).__name__}.{method.__name__} was called from another thread")
        if self._app.dialog is not None:
            return False
        return None if self._gone else method(self, *arguments)

    return called
