"""Being asked: listeners without a handler, whose packets are pulled."""
from __future__ import annotations

import ctypes
from typing import Any, AsyncIterator, List, Optional, TypeVar

from . import _abi, _calls, _memory, _waits
from ._errors import ArgumentError, Error, check, failure
from ._library import C
from .filters import Filter
from .packets import Batch, Packet
from .poller import Poller

_Self = TypeVar("_Self", bound="Pulled")


def _told(resident: Any) -> str:
    """What repr() says of what may be open."""
    try:
        state = "open" if resident.is_open else "closed"
    except Error as failed:  # another thread's, or a parent process's
        state = f"not to be asked here: {failed.name}"
    return f"<multicast.{type(resident).__name__}, {state}>"


class Pulled:
    """The part of a listener that is asked for packets."""

    _handle: Optional[int]
    _poller: Poller
    _filter: Optional[Filter]
    _hears_events: bool

    def __init__(self) -> None:
        self._lent: Optional[Batch] = None
        self._waiting: List[Any] = []  # tasks of asyncio
        self._out = ctypes.c_void_p()  # what the library gave and nobody has taken
        self._most = _abi.MC_MAX_BATCH  # packets to read together
        self._ahead: List[bytes] = []  # of those, which nobody has asked for yet: the last first
        self._ahead_of = 0  # where they are lent

    @property
    def is_open(self) -> bool:
        """Whether it listens."""
        return self._poller._handle is not None and check(C.mc_listener_is_open(self._handle)) == 1

    def __repr__(self) -> str:
        return _told(self)

    def _pull(self, timeout: Optional[float], most: int) -> int:
        """The address of a batch of at most so many packets, lent until the next pull."""
        self._end_lending()
        out, call = self._out, C.mc_listener_next_packed
        given, handle, poller = ctypes.byref(out), self._handle, self._poller
        seconds, deadline = 0.0, None
        while out.value is None:  # otherwise an exception came before it was taken
            if self._is_plain and seconds == 0.0:
                result = call(handle, given, most, seconds)
            else:
                _waits.begin(poller._c)
                try:
                    result = _calls.run(poller._left, call, handle, given, most, seconds)
                finally:
                    _waits.end()
            if result > 0:
                break
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
        address, out.value = out.value, None
        assert address is not None
        return address

    @property
    def _is_plain(self) -> bool:
        """Whether no callback runs while it is pulled."""
        return self._filter is None and not self._hears_events

    def next(self, timeout: Optional[float] = None) -> bytes:
        """The next packet of a listener without a handler. Waits up to `timeout` seconds (None:
        for ever; TimeoutError), and serves nothing else meanwhile. StopIteration: it is closed, or
        its poller was stopped meanwhile.

        Packets that came together are read together, unless fileno() was asked for. So what is set
        meanwhile (a filter, an mtu, sources) may begin some packets later."""
        if not self._ahead:
            self._look_ahead(timeout)
        return self._ahead.pop()

    __next__ = next

    def _look_ahead(self, timeout: Optional[float]) -> None:
        address = self._pull(timeout, self._most)
        self._ahead_of = address
        self._ahead = list(_memory.packets(address))
        self._ahead.reverse()

    def __iter__(self: _Self) -> _Self:
        return self

    def receive(self, timeout: Optional[float] = None) -> Packet:
        """The same with all that is known of the packet."""
        if not self._ahead:
            self._look_ahead(timeout)
        pointers = _memory.pointed(self._ahead_of)
        packet = Packet(pointers[-len(self._ahead)])
        self._ahead.pop()
        return packet

    def receive_batch(self, timeout: Optional[float] = None,
                      most: int = _abi.MC_MAX_BATCH) -> Batch:
        """The packets that were read together, at most so many, without copying: lent until the
        next pull, and until it closes."""
        if most < 1:
            raise ArgumentError(f"a batch has 1 packet or more, and not {most}")
        if self._ahead:
            batch = Batch(self._ahead_of, len(self._ahead))
            self._ahead = []
        else:
            batch = Batch(self._pull(timeout, most))
        self._lent = batch
        return batch

    def _end_lending(self) -> None:
        lent, self._lent = self._lent, None
        if lent is not None and not lent._give_back():
            raise BufferError("a view of the last batch's memory is kept: copy with bytes() what"
                              " is to stay")

    def _forget(self) -> None:
        """What was read ahead is gone, as what waits in the socket is."""
        self._end_lending()
        self._ahead = []
        self._out.value = None

    def fileno(self) -> int:
        """A descriptor that is readable while next(0) has something to do, for other event loops.
        Only of a listener without a handler; the same while it is open. Lent."""
        fd = self._descriptor()
        self._most = 1  # what is read ahead does not make it readable
        return fd

    def _descriptor(self) -> int:
        return check(C.mc_listener_fd(self._handle))

    def __aiter__(self) -> AsyncIterator[bytes]:
        """async for packet in listener: on the running loop."""
        from .aio import packets
        return packets(self)
