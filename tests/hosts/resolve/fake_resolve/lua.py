"""Lua scripts against the same objects, in LuaJIT 2.1, as Resolve has it: ``object:Method(…)``.

A table goes in as a list (keys 1 to n) or a dict, a list or dict comes out as a table, None as nil.
``object.Method(…)`` with a dot is the mistake that it is in Resolve: the object itself is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lupa.luajit21 import LuaRuntime, lua_type

from .api import ApiObject, Fabricated


class Host:
    """One Lua with the globals that Resolve gives a script."""

    def __init__(self, app: Any) -> None:
        self.printed: list[str] = []
        self._wrapped: dict[int, _Handle] = {}
        self._lua = LuaRuntime(unpack_returned_tuples=False)
        # After a collection lupa 2.8 now and then hands Lua another object than the one meant (seen: a clip for a bin).
        # A script is short, and its Lua ends with it.
        self._lua.execute('collectgarbage("stop")')
        named = self._lua.globals()
        named.resolve, named.fusion, named.bmd = map(self.out, (app.resolve, app.fusion, app.bmd))
        named.fu, named.Resolve = named.fusion, lambda: self.out(app.resolve)
        named.print = lambda *words: self.printed.append("\t".join(map(str, words)))

    def run(self, text: str, arguments: dict[str, Any]) -> Any:
        """Runs a script with ``arguments`` as further globals; what it returns, as Python's own kinds."""
        for name, value in arguments.items():
            self._lua.globals()[name] = self.out(value)
        return self.into(self._lua.execute(text))

    def out(self, value: Any) -> Any:
        """From Python to Lua."""
        if isinstance(value, ApiObject):
            return self._wrapped.setdefault(id(value), _Handle(self, value))
        if isinstance(value, dict):
            return self._lua.table_from({key: self.out(each) for key, each in value.items()})
        if isinstance(value, (list, tuple)):
            return self._lua.table_from([self.out(each) for each in value])
        return value

    def into(self, value: Any) -> Any:
        """From Lua to Python."""
        if isinstance(value, _Handle):
            return value._object
        if lua_type(value) == "table":
            found = {self.into(key): self.into(each) for key, each in value.items()}
            listed = set(found) == set(range(1, len(found) + 1))
            return [found[number] for number in range(1, len(found) + 1)] if listed else found
        return value


class _Handle:
    """What Lua holds of an object: the same one each time, so that ``==`` works."""

    def __init__(self, host: Host, wrapped: ApiObject) -> None:
        self._host = host
        self._object = wrapped

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._object, name)
        return self._method(name, value) if callable(value) or isinstance(value, Fabricated) else value

    def _method(self, name: str, bound: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            if not arguments or arguments[0] is not self:
                raise TypeError(f"{type(self._object).__name__}.{name} is called with a colon: object:{name}()")
            return self._host.out(bound(*map(self._host.into, arguments[1:])))

        return call
