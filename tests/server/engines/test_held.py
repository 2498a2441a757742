"""What is held on the device, with a stand-in for torch's own numbers."""

from __future__ import annotations

import gc
import sys
import weakref
from types import SimpleNamespace
from typing import Any

import pytest

from mattewire_server.engines import held
from mattewire_server.engines.seams import Engine


class Part:
    """A detector or segmenter that is in a reference cycle, as models are."""

    def __init__(self, fails: bool = False) -> None:
        self.me = self
        self.fails = fails
        self.closed = 0

    def close(self) -> None:
        self.closed += 1
        if self.fails:
            raise RuntimeError("the driver is gone")


class Plain:
    """A part without any of the optional methods."""


def engine(detector: Any = None, segmenter: Any = None) -> Engine:
    return Engine("x", "X", detector, segmenter)


class Torch:
    """Torch on a machine with two CUDA devices, as far as memory goes."""

    def __init__(self, started: bool = True) -> None:
        self.reserved = [100, 20]
        self.cuda = SimpleNamespace(
            is_available=lambda: True,
            is_initialized=lambda: started,
            device_count=lambda: 2,
            memory_reserved=self.reserved.__getitem__,
            empty_cache=lambda: self.reserved.__setitem__(slice(None), [0, 0]),
        )
        self.backends = SimpleNamespace(mps=SimpleNamespace(is_available=lambda: False))


def test_bytes_are_torchs_and_what_parts_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = SimpleNamespace(memory=lambda: 5)
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    assert held.device_bytes([engine(counted, Plain())]) == 5
    monkeypatch.setitem(sys.modules, "torch", Torch())
    assert held.device_bytes([engine(counted, counted), engine(Plain())]) == 125, "a part that is both counts once"
    monkeypatch.setitem(sys.modules, "torch", Torch(started=False))
    assert held.device_bytes([]) == 0, "asking does not start CUDA"
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace())
    assert held.device_bytes([]) == 0, "torch is being imported by another thread"


def test_letting_go_closes_frees_and_empties_the_cache(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    torch = Torch()
    monkeypatch.setitem(sys.modules, "torch", torch)
    stubborn, model = Part(fails=True), Part()
    gone = weakref.ref(model)
    dropped = [engine(model, Plain()), engine(stubborn, stubborn)]
    del model
    gc.disable()
    try:
        held.let_go(dropped)
        assert gone() is None
    finally:
        gc.enable()
    assert (dropped, stubborn.closed, torch.reserved) == ([], 1, [0, 0])
    assert "a part of engine x cannot be closed" in caplog.text


def test_a_refiner_is_a_part_and_each_part_counts_once() -> None:
    one, other = Part(), Part()
    assert held.parts(Engine("x", "X", one, one, refiner=one)) == [one]
    assert held.parts(Engine("x", "X", None, one, refiner=other)) == [one, other]
    held.let_go([Engine("x", "X", None, None, refiner=other)])
    assert other.closed == 1
