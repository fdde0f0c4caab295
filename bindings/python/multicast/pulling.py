"""Being asked: listeners without a handler, whose packets are pulled."""
from __future__ import annotations

import ctypes
from typing import Any, AsyncIterator, Callable, List, Optional, TypeVar

from . import _abi, _calls, _memory, _waits
from ._errors import ArgumentError, check, failure
from ._library import C
from .filters import Filter
from .packets import Batch, Packet
from .poller import Poller

_Self = TypeVar("_Self", bound="Pulled")


class Pulled:
    """The part of a listener that is asked for packets."""

    _handle: Optional[int]
    _poller: Poller
    _filter: Optional[Filter]

    def __init__(self) -> None:
        self._lent: Optional[Batch] = None
        self._waiting: List[Any] = []  # tasks of asyncio

    @property
    def is_open(self) -> bool:
        """Whether it listens."""
        return self._poller._handle is not None and C.mc_listener_is_open(self._handle) == 1

    def _pull(self, call: Callable[..., int], timeout: Optional[float], *most: int) -> int:
        """What one of the library's three calls gives: its address."""
        if self._lent is not None:
            self._end_lending()
        out = ctypes.c_void_p()
        given = ctypes.byref(out)
        handle, poller = self._handle, self._poller
        seconds, deadline = 0.0, None
        while True:
            if self._filter is None and seconds == 0.0:
                result = call(handle, given, *most, seconds)
            else:
                result = _waits.wait(poller._c, lambda: _calls.run(
                    poller._left, call, handle, given, *most, seconds))
            if result > 0:
                assert out.value is not None
                return out.value
            if result < 0 and result != _abi.MC_ERROR_INTERRUPTED:
                if result == _abi.MC_ERROR_CLOSED:
                    raise StopIteration
                raise failure(result)
            if deadline is None:
                deadline = _waits.Deadline(timeout)
            elif poller._stopping:
                poller._stopping = False
                raise StopIteration
            if deadline.has_passed():
                raise TimeoutError("no packet came in time")
            seconds = deadline.left()

    def next(self, timeout: Optional[float] = None) -> bytes:
        """The next packet of a listener without a handler. Waits up to `timeout` seconds (None:
        for ever; TimeoutError), and serves nothing else meanwhile. StopIteration: it is closed, or
        its poller was stopped meanwhile."""
        data, size = _memory.pointers(self._pull(C.mc_listener_next, timeout), 2)
        return bytes(_memory.at(data)[:size]) if size else b""

    __next__ = next

    def __iter__(self: _Self) -> _Self:
        return self

    def receive(self, timeout: Optional[float] = None) -> Packet:
        """The same with all that is known of the packet."""
        return Packet(self._pull(C.mc_listener_next, timeout))

    def receive_batch(self, timeout: Optional[float] = None,
                      most: int = _abi.MC_MAX_BATCH) -> Batch:
        """The packets that were read together, at most so many, without copying: lent until the
        next pull, and until it closes."""
        if most < 1:
            raise ArgumentError(f"a batch has 1 packet or more, and not {most}")
        self._lent = Batch(self._pull(C.mc_listener_next_packed, timeout, most))
        return self._lent

    def _end_lending(self) -> None:
        if self._lent is not None:
            if not self._lent._give_back():
                self._lent = None
                raise BufferError("a view of the last batch's memory is kept: copy with bytes()"
                                  " what is to stay")
            self._lent = None

    def fileno(self) -> int:
        """A descriptor that is readable while next(0) has something to do, for other event loops.
        Only of a listener without a handler; the same while it is open. Lent."""
        return check(C.mc_listener_fd(self._handle))

    def __aiter__(self) -> AsyncIterator[bytes]:
        """async for packet in listener: on the running loop."""
        from .aio import packets
        return packets(self)
