"""Listeners: hearing groups, by a handler that is called or by asking for the next packet."""
from __future__ import annotations

import ctypes
import inspect
from collections import deque
from types import FunctionType, TracebackType
from typing import Any, Callable, Deque, Dict, Iterable, List, Optional, Tuple, Type

from . import _abi, _calls, _memory, _residents
from ._addresses import Address, known
from ._errors import ArgumentError, check, failure
from ._kept import Kept, Whom, keep
from ._library import C
from ._texts import of_group
from .filters import FilterLike, make
from .groups import Groups, on_event_c
from .packets import Batch
from .poller import Poller, default_poller
from .pulling import Pulled
from .stats import Stats, read_stats

PacketHandler = Callable[[bytes, Address], Any]
BatchHandler = Callable[[Batch], Any]
DEFAULT_GROUP: str = _abi.MC_DEFAULT_GROUP.decode()
DEFAULT_PORT: int = _abi.MC_DEFAULT_PORT
DEFAULT_MTU: int = _abi.MC_DEFAULT_MTU
_address_of = known.__getitem__


class MulticastListener(Pulled, Groups):
    """Hears a multicast group, from its making on.

    Subclasses implement handle_packet(packet, addr), or handle_batch(batch); or these are given as
    handler= or batch_handler=. They are called while the poller is served, and what they return
    true for was enough: the listener closes. Such a listener lives while it is open, named or not.
    Without a handler it is pulled: next(), iteration, `async for`; and then it closes when it is
    collected.

    filter: a function of (packet, addr), an expression (str, bytes or compiled), or a filter of
    multicast.filters. As a class attribute, a function is called so as well, unbound. ip is a
    group as text, [source@]group[%interface]; mtu the most bytes of a packet that are shown; limit
    how many packets close it. details: PACKET_TIME | PACKET_TTL | PACKET_DSCP. pending=True: an
    interface may come later; silence: see set_silence(). is_open=False leaves it closed: add()
    groups to it, then open().

    What a handler raises surfaces from the poller's poll(), and packets that were read together
    with that one follow with the next poll(). A batch handler that raises has had its batch.
    Everything may be called in handlers, but for what polls. What handle_packet sets (filter, mtu,
    limit, sources) holds from the next packet on, what handle_batch sets from the next batch. """

    _class_filter: Any = None

    def __init_subclass__(cls, **given: Any) -> None:
        super().__init_subclass__(**given)
        own = inspect.getattr_static(cls, "filter", None)
        if not (isinstance(own, property) and own is MulticastListener.__dict__["filter"]):
            # What a subclass calls filter is the first; the attribute stays that of the instance.
            cls._class_filter = staticmethod(own) if isinstance(own, FunctionType) else own
            setattr(cls, "filter", MulticastListener.__dict__["filter"])

    def __init__(self, filter: Optional[FilterLike] = None, ip: str = DEFAULT_GROUP,
                 port: int = DEFAULT_PORT, mtu: int = DEFAULT_MTU, *,
                 handler: Optional[PacketHandler] = None,
                 batch_handler: Optional[BatchHandler] = None, poller: Optional[Poller] = None,
                 limit: Optional[int] = None, details: int = 0, ignore_own: bool = False,
                 kernel_filter: bool = False, receive_buffer: Optional[int] = None,
                 pending: bool = False, silence: float = 0, is_open: bool = True) -> None:
        super().__init__()
        self._handle = None
        self._take, self._is_batch = self._chosen_handler(handler, batch_handler)
        self._poller = default_poller() if poller is None else poller
        self._key = _residents.enter(self)
        self._generation = 0  # counts openings and closings
        self._change_count = 0  # and these, and what was set that packets are judged by
        self._filter_change = self._limit_change = 0  # which of them was the last of these
        self._whom: Optional[Whom] = None  # changes of sources that may come after packets
        self._is_late = False  # it is handing over what was kept back
        self._words: List[str] = []  # of its groups, without sources
        self._left = 0  # packets until the limit; below 0: there is none
        self._rest: Deque[Kept] = deque()  # packets that an exception kept back
        self._unseen = self._unseen_bytes = 0  # delivered here, and never seen by the handler
        self._truncated = 0  # more than the library knows
        self._filtered = self._not_for_us = 0  # and refused by what was set after they were read
        self._filter = None
        self._given_filter: Any = None
        self._limit: Optional[int] = None
        self._mtu = mtu
        out = ctypes.c_void_p()
        check(C.mc_listener_new(ctypes.byref(out), self._poller._c))
        self._handle = out.value
        if filter is None:
            filter = self._class_filter
        if filter is not None:
            self.filter = filter
        self.mtu = mtu
        self.limit = limit
        self._set(C.mc_listener_set_details, details)
        self._set(C.mc_listener_set_ignore_own, ignore_own)
        self._set(C.mc_listener_set_kernel_filter, kernel_filter)
        if receive_buffer is not None:
            self._set(C.mc_listener_set_receive_buffer, receive_buffer)
        self._set(C.mc_listener_set_pending, pending)
        if silence:
            self.set_silence(silence)
        if self._hears_events:
            check(C.mc_listener_set_event_handler(self._handle, on_event_c, self._key, None))
        if self._take is not None:
            check(C.mc_listener_set_packed_handler(self._handle, _on_packed_c, self._key, None))
        if is_open:
            self.add(ip, port)
            self.open()

    def _chosen_handler(self, handler: Any, batch_handler: Any) -> Tuple[Any, bool]:
        kind = type(self)
        if handler is None and kind.handle_packet is not MulticastListener.handle_packet:
            handler = self.handle_packet
        if batch_handler is None and kind.handle_batch is not MulticastListener.handle_batch:
            batch_handler = self.handle_batch
        if handler is not None and batch_handler is not None:
            raise TypeError("a listener hands over packets or batches, and not both")
        for each in (handler, batch_handler):
            if each is not None and not callable(each):
                raise TypeError(f"{each!r} cannot be called")
        return (handler, False) if batch_handler is None else (batch_handler, True)

    def _set(self, call: Callable[..., int], value: int) -> None:
        check(call(self._handle, int(value)))

    def handle_packet(self, packet: bytes, addr: Address) -> Any:
        """Implemented by subclasses: called with each packet that the filter accepts. Returning
        true: enough, the listener closes."""
        raise NotImplementedError

    def handle_batch(self, batch: Batch) -> Any:
        """Implemented by subclasses instead of handle_packet: called with packets that were read
        together, without copying them. They are lent until it returns. Returning true: enough."""
        raise NotImplementedError

    # ---- Open and closed

    def add(self, ip: str = DEFAULT_GROUP, port: int = DEFAULT_PORT) -> None:
        """Adds a group to hear; only while closed."""
        check(C.mc_listener_add(self._handle, of_group(ip), _port(port)))
        self._words.append(_words(ip))

    def remove(self, ip: str = DEFAULT_GROUP, port: int = DEFAULT_PORT) -> None:
        """Removes what was added in the same words; only while closed."""
        check(C.mc_listener_remove(self._handle, of_group(ip), _port(port)))
        if _words(ip) in self._words:
            self._words.remove(_words(ip))

    def open(self) -> None:
        """Joins its groups, all or none, and begins to listen."""
        if self.is_open:
            check(C.mc_listener_open(self._handle))  # says so
        self._forget()
        self._set(C.mc_listener_set_limit, self._limit or 0)
        check(C.mc_listener_open(self._handle))
        self._generation += 1
        self._change_count += 1
        self._drop(self._rest)
        self._left = self._limit or -1
        if self._take is not None:
            self._poller._alive.add(self)

    def close(self) -> None:
        """Leaves its groups; no callback follows. It may be opened again. Closing again does
        nothing."""
        self._end()
        self._drop(self._rest)
        self._forget()
        result = C.mc_listener_close(self._handle)
        if result < 0 and self._poller._handle is not None:
            raise failure(result)

    def _end(self) -> None:
        """It hears no more: of its poller's end, too."""
        self._generation += 1
        self._change_count += 1
        self._poller._alive.discard(self)
        for task in list(self._waiting):
            task.end()

    def __enter__(self) -> "MulticastListener":
        return self

    def __exit__(self, kind: "Type[BaseException] | None", value: "BaseException | None",
                 trace: "TracebackType | None") -> None:
        self.close()

    def __del__(self) -> None:
        handle = getattr(self, "_handle", None)
        if handle is not None:
            self._handle = None
            if self._lent is None or self._lent._give_back():
                C.mc_listener_free(handle)  # otherwise somebody may still look at its memory

    # ---- Options

    @property
    def filter(self) -> Any:
        """What was given as filter; None: every packet. May be set at any time. In the handler it
        holds from the next packet on: of those that were read together with the handler's, it gets
        what the new filter accepts. What the former refused does not come back."""
        return self._given_filter

    @filter.setter
    def filter(self, given: Optional[FilterLike]) -> None:
        made = None if given is None else make(given)
        check(C.mc_listener_set_filter(self._handle, None if made is None else made._handle))
        self._filter, self._given_filter = made, given
        self._change_count += 1
        self._filter_change = self._change_count

    @property
    def mtu(self) -> int:
        """The most bytes of a packet that are shown. May be set at any time, and holds from the
        next packet on."""
        return self._mtu

    @mtu.setter
    def mtu(self, size: int) -> None:
        if not 0 < size <= _abi.MC_MAX_PACKET:
            raise ArgumentError(f"an mtu is 1 to {_abi.MC_MAX_PACKET} bytes, and not {size}")
        self._set(C.mc_listener_set_mtu, size)
        self._mtu = size
        self._change_count += 1

    @property
    def limit(self) -> Optional[int]:
        """After how many packets it closes, from setting it and from each opening; None: never."""
        return self._limit

    @limit.setter
    def limit(self, packets: Optional[int]) -> None:
        if packets is not None and packets < 1:
            raise ArgumentError(f"a limit is 1 packet or more, and not {packets}; None: no limit")
        self._set(C.mc_listener_set_limit, packets or 0)
        self._limit, self._left = packets, packets or -1
        self._change_count += 1
        self._limit_change = self._change_count

    @property
    def poller(self) -> Poller:
        """Which poller serves it."""
        return self._poller

    def stats(self) -> Stats:
        """Its counters. What was read when the handler had enough counts as not arrived."""
        stats = read_stats(C.mc_listener_stats, self._handle or 0)
        unseen, of_bytes = self._unseen + len(self._ahead), sum(map(len, self._ahead))
        stats.arrived -= unseen
        stats.delivered -= unseen + self._filtered + self._not_for_us
        stats.filtered += self._filtered
        stats.not_for_us += self._not_for_us
        stats.truncated += self._truncated
        stats.delivered_bytes -= self._unseen_bytes + of_bytes
        return stats

    # ---- Being called

    def _hand_over(self, address: int) -> int:
        """Takes a batch from the library. 1: enough, the listener closes."""
        if self._is_batch:
            return self._hand_over_batch(address)
        packets, senders = _memory.contents(address)
        if self._left > 0:
            self._left -= len(packets)
        each = zip(packets, map(_address_of, senders))
        take, generation, change = self._take, self._generation, self._change_count
        if not self._rest:  # this was read after what was set
            self._whom = None
        if self._rest or _calls.has_raised():  # not before what was raised has surfaced
            self._keep_back(keep(address, each, change))
            return 0
        try:
            for packet, addr in each:
                if take(packet, addr):
                    self._count_unseen([len(packet) for packet, _ in each])
                    return self._heed(True, generation)
                if self._change_count != change:
                    return self._heed_change(address, each, generation, change)
        except BaseException:
            if self._generation == generation:
                self._keep_back(keep(address, each, change))
            raise
        return self._heed(False, generation) if self._left == 0 else 0

    def _heed_change(self, address: int, each: Iterable[Tuple[bytes, Address]], generation: int,
                     change: int) -> int:
        """Goes on with the rest of a batch when the handler set something."""
        if self._generation != generation:
            self._count_unseen([len(packet) for packet, _ in each])
            return 0
        return self._heed(self._hand_over_kept(deque(keep(address, each, change))), generation)

    def _hand_over_kept(self, packets: Deque[Kept]) -> Any:
        """Hands over packets that were read before something was set, as what is set now wants
        them. Whether the handler had enough. What it raises keeps back the rest; so does Ctrl-C,
        wherever it comes: they are taken out one by one."""
        take, generation = self._take, self._generation
        self._is_late, is_last = True, False
        try:
            while packets:
                kept = packets.popleft()
                if not self._is_wanted(kept):
                    continue
                shown = kept.packet[:self._mtu]
                self._unseen_bytes += kept.counted - len(shown)
                self._truncated += (len(shown) < len(kept.packet)) - _was_cut(kept)
                is_last = self._is_last(kept)
                # Its handler may set another limit.
                enough = take(shown, kept.addr) or (is_last and self._left == 0)
                if enough or self._generation != generation:
                    self._drop(packets)
                    return enough
        except BaseException:
            if self._generation == generation:
                if is_last and self._left == 0:
                    self._drop(packets)
                    self.close()
                else:
                    self._rest = packets
            raise
        finally:
            self._is_late = False
        return False

    def _is_wanted(self, kept: Kept) -> bool:
        if self._whom is not None and not self._whom.is_heard(kept.addr[0]):
            self._not_for_us += 1
            self._uncount(kept)
            return False
        if kept.change >= self._filter_change or self._filter is None:
            return True
        is_wanted = False
        try:
            is_wanted = self._filter.matches(kept.packet, kept.addr)
        finally:
            if not is_wanted:  # or it raised
                self._filtered += 1
                self._uncount(kept)
        return is_wanted

    def _uncount(self, kept: Kept) -> None:
        """Of what the library counted, when it gave the packet."""
        self._unseen_bytes += kept.counted
        self._truncated -= _was_cut(kept)
        if kept.change >= self._limit_change and self._left >= 0 and self.is_open:
            self._left += 1
            self._set(C.mc_listener_set_limit, self._left)

    def _is_last(self, kept: Kept) -> bool:
        """Whether it reaches a limit that was set after it was read."""
        if kept.change >= self._limit_change or self._left <= 0:
            return False
        self._left -= 1
        if self._left > 0:
            self._set(C.mc_listener_set_limit, self._left)
        return self._left == 0

    def _note(self, group: Optional[str], change: Callable[[Whom], None]) -> None:
        if not (self._rest or self._is_late or _calls.is_inside()):
            return
        self._change_count += 1
        if self._whom is None:
            self._whom = Whom()
        if group is None or len(set(self._words)) == 1:
            change(self._whom)
        else:  # whose group is whose is known to the library alone
            self._whom = None

    def _hand_over_batch(self, address: int) -> int:
        batch, generation = Batch(address), self._generation
        if self._left > 0:
            self._left -= len(batch)
        is_clean = True
        try:
            enough = self._take(batch)
        finally:
            is_clean = batch._give_back()
            if not is_clean:
                self._poller._is_pinned = True
        if not is_clean:
            self._heed(False, generation)
            raise BufferError("a view of the batch's memory was kept when its handler returned:"
                              " copy with bytes() what is to stay")
        return self._heed(enough, generation)

    def _heed(self, enough: Any, generation: int) -> int:
        """What follows from what a handler said, unless it closed the listener itself."""
        if self._generation != generation:
            return 0
        if enough or self._left == 0:
            self._end()
        return 1 if enough else 0

    def _count_unseen(self, sizes: List[int]) -> None:
        self._unseen += len(sizes)
        self._unseen_bytes += sum(sizes)

    def _drop(self, packets: Deque[Kept]) -> None:
        """Nobody sees these any more."""
        self._count_unseen([kept.counted for kept in packets])
        self._truncated -= sum(map(_was_cut, packets))
        packets.clear()

    def _keep_back(self, packets: List[Kept]) -> None:
        """Until the next poll."""
        self._rest.extend(packets)
        if self._rest and self not in self._poller._pending:
            self._poller._pending.append(self)

    def _deliver_pending(self) -> None:
        """Hands over what was kept back."""
        generation = self._generation
        enough = self._hand_over_kept(self._rest)
        if enough and self._generation == generation:
            self.close()
        else:
            self._heed(False, generation)


def _was_cut(kept: Kept) -> bool:
    return kept.counted < len(kept.packet)


def _words(ip: Optional[str]) -> str:
    """A group's text without a source. What is the same in other words counts as another."""
    return (ip or DEFAULT_GROUP).rpartition("@")[2]


def _port(port: int) -> int:
    if not isinstance(port, int):
        raise TypeError(f"a port is a number, and not {type(port).__name__}")
    if not 0 <= port <= 65535:
        raise ArgumentError(f"{port} is no port: 1 to 65535")
    return port


# ---- What the library calls

def _hand_over_late(arguments: Dict[str, Any]) -> None:
    listener = _residents.find(arguments["user"])
    if listener is not None:
        generation = listener._generation
        if listener._hand_over(arguments["batch"]):
            C.mc_listener_close(listener._handle)
        elif listener._generation == generation and listener._left != 0:
            listener._poller._suspects.append((listener, generation))


@_calls.at_entry(_hand_over_late)
def _on_packed(batch: int, user: int) -> int:
    try:
        listener = _residents.find(user)
        return 0 if listener is None else int(listener._hand_over(batch))
    except BaseException as exception:
        _calls.note(exception)
        return 0


_on_packed_c = _abi.mc_packed_fn(_on_packed)
