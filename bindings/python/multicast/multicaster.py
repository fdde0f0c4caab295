"""Multicasters: sending to a group, and being answered."""
from __future__ import annotations

import ctypes
import struct
from typing import Any, Iterable, Iterator, Optional, Sequence, Union, cast

from . import _abi, _addresses, _calls, _residents
from ._addresses import Address
from ._errors import ArgumentError, Error, check, failure
from ._library import C
from ._texts import of_group, of_text
from .filters import Filter, FilterLike, make
from .listener import DEFAULT_GROUP, DEFAULT_PORT, _port
from .packets import Packet, as_bytes
from .poller import Poller, default_poller
from .pulling import _told
from .stats import Stats, read_stats

DEFAULT_TTL: int = _abi.MC_DEFAULT_TTL
Ttl = Union[int, str]
_END = object()


class _Lent(ctypes.Structure):
    """An mc_buffer whose data Python's bytes may be assigned to."""
    _fields_ = [("data", ctypes.c_char_p), ("size", ctypes.c_size_t)]


assert ctypes.sizeof(_Lent) == ctypes.sizeof(_abi.mc_buffer)


class Multicaster:
    """Sends to a multicast group. ttl: 0 stays on the host, 1 in the subnet, 32 in the site, 64 in
    the region, 128 on the continent, 255 goes anywhere; or the same in words: "same host", "same
    subnet", "same site", "same region", "same continent" (without "same ", too), "unrestricted".

    Subclasses that are iterable yield packets: they are asked for the next whenever there is room
    to send, while the poller is served, from its next turn on; and when they end, the multicaster
    closes. Yielding None pauses, until resume(). Such a multicaster lives while it is open, named
    or not; as does one that implements handle_answer(packet), called with what comes back to its
    port: returning true closes it. What these raise surfaces from the poller's poll(); an
    iteration that raised has ended.

    Others send directly: send(), send_many(). Packets are bytes, or text, which is sent as UTF-8.
    pending=True: an interface, or an address to send from, that is not there is no error; until it
    comes, what is sent directly fails with ENODEV, and an iteration waits.
    """

    def __init__(self, ip: str = DEFAULT_GROUP, port: int = DEFAULT_PORT, ttl: Ttl = DEFAULT_TTL, *,
                 poller: Optional[Poller] = None, loopback: bool = True, batching: bool = False,
                 pace: Optional["tuple[int, int]"] = None, train_limit: Optional[int] = None,
                 source_port: Optional[int] = None, share_port: bool = False,
                 filter: Optional[FilterLike] = None, pending: bool = False) -> None:
        self._handle: Optional[int] = None
        self._poller = poller if poller is not None else default_poller()
        self._key = _residents.enter(self)
        self._iterator: Optional[Iterator[Any]] = None
        self._lent = b""  # what the library may look at until it asks again
        self._filter: Optional[Filter] = None
        self._ttl, self._loopback, self._batching = _ttl(ttl), True, False
        out = ctypes.c_void_p()
        new = C.mc_multicaster_new_pending if pending else C.mc_multicaster_new
        check(new(ctypes.byref(out), self._poller._c, of_group(ip), _port(port), self._ttl))
        self._handle = out.value
        if not loopback:
            self.loopback = False
        if source_port is not None:
            self.set_source_port(source_port, share_port)
        if train_limit is not None:
            self.set_train_limit(train_limit)
        if pace is not None:
            self.set_pace(*pace)
        if filter is not None:
            self.set_filter(filter)
        if batching:
            self.batching = True
        kind = type(self)
        if kind.handle_send_error is not Multicaster.handle_send_error:
            check(C.mc_multicaster_set_error_handler(self._handle, _on_send_error_c, self._key,
                                                     None))
        if kind.handle_answer is not Multicaster.handle_answer:
            check(C.mc_multicaster_set_handler(self._handle, _on_answer_c, self._key, None))
            self._poller._alive.add(self)
        if hasattr(kind, "__iter__"):
            self.set_source(cast(Iterable[Any], self))

    def handle_answer(self, packet: Packet) -> Any:
        """Implemented by subclasses that want answers. packet.reply() in here leaves from this
        port."""
        raise NotImplementedError

    def handle_send_error(self, error: Error, datagrams: int) -> Any:
        """Implemented by subclasses: told of packets that waited and could not be sent. Returning
        true closes it."""
        raise NotImplementedError

    # ---- Sending

    def send(self, packet: "bytes | str") -> None:
        """Sends one packet at once; WouldBlock: there is no room now."""
        raw = packet if type(packet) is bytes else as_bytes(packet)
        result = C.mc_multicaster_send(self._handle, raw, len(raw))
        if result < 0:
            raise failure(result)

    def send_many(self, packets: Sequence["bytes | str"]) -> int:
        """Sends packets at once, in order, as trains where sizes allow. How many left: fewer when
        there was no room for the rest (WouldBlock: for none)."""
        raw = [each if type(each) is bytes else as_bytes(each) for each in packets]
        return self.send_packed(b"".join(raw), struct.pack(f"={len(raw)}I", *map(len, raw)))

    def send_packed(self, data: bytes, sizes: bytes) -> int:
        """The same for packets that lie one behind the other in data. sizes: a 32-bit number in
        host order for each, as bytes, or an array of them ("I")."""
        lengths = as_bytes(sizes)
        count = len(lengths) // 4
        raw = data if type(data) is bytes else as_bytes(data)
        total = sum(struct.unpack(f"={count}I", lengths[:4 * count]))
        if total > len(raw) or len(lengths) % 4:
            raise ArgumentError(f"the sizes say {total} bytes, and there are {len(raw)}")
        return check(_calls.run(self._poller._left, C.mc_multicaster_send_packed, self._handle, raw,
                                lengths, count))

    def send_to(self, addr: Address, packet: "bytes | str") -> None:
        """Sends one packet at once to one host, from this port."""
        raw = as_bytes(packet)
        check(C.mc_multicaster_send_to(self._handle, _addresses.encoded(addr), raw, len(raw)))

    def flush(self) -> int:
        """Sends what waits, as far as there is room; how many packets still wait."""
        return check(_calls.run(self._poller._left, C.mc_multicaster_flush, self._handle))

    def set_source(self, packets: Optional[Iterable[Any]]) -> None:
        """Pulls packets from an iterable; when it ends, this closes. None stops pulling. iter() is
        called when the first is wanted."""
        if packets is not None and not hasattr(packets, "__iter__"):
            raise TypeError(f"{type(packets).__name__} is not iterable")
        check(C.mc_multicaster_set_source(self._handle, None if packets is None else _on_source_c,
                                          self._key, None))
        self._iterator = None if packets is None else _later(packets)
        if packets is not None:
            self._poller._alive.add(self)

    def resume(self) -> None:
        """Asks an iteration that yielded None again."""
        check(C.mc_multicaster_resume(self._handle))

    # ---- Options

    @property
    def ttl(self) -> Any:
        """How far packets travel, as a number, 0 to 255. May be set in words, too."""
        return self._ttl

    @ttl.setter
    def ttl(self, ttl: Ttl) -> None:
        hops = _ttl(ttl)
        check(C.mc_multicaster_set_ttl(self._handle, hops))
        self._ttl = hops

    @property
    def loopback(self) -> bool:
        """Whether listeners on this host hear it, too."""
        return self._loopback

    @loopback.setter
    def loopback(self, on: bool) -> None:
        check(C.mc_multicaster_set_loopback(self._handle, int(on)))
        self._loopback = bool(on)

    @property
    def batching(self) -> bool:
        """Whether single sends of a turn leave together, at its end."""
        return self._batching

    @batching.setter
    def batching(self, on: bool) -> None:
        check(_calls.run(self._poller._left, C.mc_multicaster_set_batching, self._handle, int(on)))
        self._batching = bool(on)

    def set_pace(self, bytes_per_second: int, burst: int) -> None:
        """How fast what waits may leave; 0: as fast as it can."""
        check(C.mc_multicaster_set_pace(self._handle, _natural(bytes_per_second), _natural(burst)))

    def set_train_limit(self, datagrams: int) -> None:
        """How many datagrams leave together at most, 1 to MAX_TRAIN."""
        check(C.mc_multicaster_set_train_limit(self._handle, _natural(datagrams)))

    def set_dscp(self, dscp: int) -> None:
        """The Differentiated Services code point of what it sends, 0 to 63."""
        check(C.mc_multicaster_set_dscp(self._handle, _natural(dscp)))

    def set_source_address(self, address: Optional[str]) -> None:
        """The address of this host to send from; None: the interface's."""
        check(C.mc_multicaster_set_source_address(
            self._handle, None if address is None else of_text("an address", address)))

    def set_source_port(self, port: int, shared: bool = False) -> None:
        """The port to send from and be answered at; 0: one that the system chooses."""
        check(C.mc_multicaster_set_source_port(self._handle, _port(port), int(shared)))

    def set_filter(self, filter: Optional[FilterLike]) -> None:
        """Which answers handle_answer gets."""
        made = None if filter is None else make(filter)
        check(C.mc_multicaster_set_filter(self._handle, None if made is None else made._handle))
        self._filter = made

    @property
    def source(self) -> Address:
        """Where it sends from: the port, and the address where the group's text named one."""
        raw = ctypes.create_string_buffer(_addresses.SIZE)
        check(C.mc_multicaster_source(self._handle, raw))
        return _addresses.decoded(raw.raw)

    @property
    def poller(self) -> Poller:
        """Which poller serves it."""
        return self._poller

    def fileno(self) -> int:
        """A descriptor that is writable when there is room to send. Lent."""
        return check(C.mc_multicaster_fd(self._handle))

    def stats(self) -> Stats:
        """Its counters."""
        return read_stats(C.mc_multicaster_stats, self._handle or 0)

    # ---- The end

    @property
    def is_open(self) -> bool:
        """Whether it may send."""
        return (self._poller._handle is not None
                and check(C.mc_multicaster_is_open(self._handle)) == 1)

    def close(self) -> None:
        """Closes it for good. Closing again does nothing."""
        self._poller._alive.discard(self)
        result = C.mc_multicaster_close(self._handle)
        if result < 0 and self._poller._handle is not None:
            raise failure(result)

    def __enter__(self) -> "Multicaster":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        handle = getattr(self, "_handle", None)
        if handle is not None:
            self._handle = None
            C.mc_multicaster_free(handle)

    def __repr__(self) -> str:
        return _told(self)

    def _next(self, buffer: int) -> int:
        """Fills in the next packet of the iteration."""
        if self._iterator is None:
            return _abi.MC_SOURCE_END
        packet = next(self._iterator, _END)
        if packet is _END:
            return self._end_source()
        if packet is None:
            return _abi.MC_SOURCE_PAUSE
        self._lent = packet if type(packet) is bytes else as_bytes(packet)
        given = _Lent.from_address(buffer)
        given.data, given.size = self._lent, len(self._lent)
        return _abi.MC_SOURCE_PACKET

    def _end_source(self) -> int:
        self._iterator = None
        if type(self).handle_answer is Multicaster.handle_answer:
            self._poller._leaving.append(self)  # what was pulled is still to be sent
        return _abi.MC_SOURCE_END


def _later(packets: Iterable[Any]) -> Iterator[Any]:
    yield from packets


def _ttl(ttl: Ttl) -> int:
    if isinstance(ttl, str):
        return check(C.mc_ttl_parse(of_text("a TTL", ttl)))
    if not isinstance(ttl, int):
        raise TypeError("ttl is a number, 0 to 255, or text, as 'same site', and not"
                        f" {type(ttl).__name__}")
    if not 0 <= ttl <= 255:
        raise ArgumentError(f"a TTL is 0 to 255, and not {ttl}")
    return ttl


def _natural(number: int) -> int:
    if not 0 <= number < 2 ** 63:
        raise ArgumentError(f"{number} is out of range")
    return number


# ---- What the library calls

@_calls.at_entry(lambda arguments: None)
def _on_source(buffer: int, user: int) -> int:
    multicaster = _residents.find(user)
    try:
        return 0 if multicaster is None else int(multicaster._next(buffer))
    except BaseException as exception:
        if multicaster is not None:
            multicaster._end_source()
        _calls.note(exception)
        return _abi.MC_SOURCE_END


@_calls.at_entry(lambda arguments: None)
def _on_send_error(code: int, sentence: bytes, datagrams: int, user: int) -> int:
    try:
        multicaster = _residents.find(user)
        if multicaster is None:
            return 0
        error = failure(code, sentence.decode(errors="replace"))
        return int(bool(multicaster.handle_send_error(error, datagrams)))
    except BaseException as exception:
        _calls.note(exception)
        return 0


@_calls.at_entry(lambda arguments: None)
def _on_answer(packet: int, user: int) -> int:
    try:
        multicaster = _residents.find(user)
        if multicaster is None:
            return 1
        shown = Packet(packet, keep=False)
        try:
            enough = bool(multicaster.handle_answer(shown))
        finally:
            shown._keep_if_held()
        if enough:
            multicaster._poller._alive.discard(multicaster)
        return int(enough)
    except BaseException as exception:
        _calls.note(exception)
        return 0


_on_source_c = _abi.mc_source_fn(_on_source)
_on_send_error_c = _abi.mc_send_error_fn(_on_send_error)
_on_answer_c = _abi.mc_packet_fn(_on_answer)
