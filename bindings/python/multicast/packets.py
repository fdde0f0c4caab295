"""Received packets with all that is known of them, and batches without copies."""
from __future__ import annotations

import ctypes
import sys
from typing import Any, Iterator, List, Optional, Tuple

from . import _abi, _memory
from ._addresses import Address, known
from ._errors import UsageError, check
from ._library import C

_GROUP: int = getattr(_abi.mc_packet, "group").offset
_ADDRESS_SIZE = ctypes.sizeof(_abi.mc_address)


class Packet:
    """A received packet: its bytes, and where it came from and how. Yours to keep; any thread."""

    __slots__ = ("_at", "_own", "__weakref__")

    def __init__(self, lent: int, keep: bool = True) -> None:
        """Of the mc_packet at an address: copied, or lent until _keep()."""
        self._at: int = lent
        self._own = False
        if keep:
            self._keep()

    def _keep(self) -> None:
        if not self._own:
            out = ctypes.c_void_p()
            check(C.mc_packet_copy(ctypes.byref(out), self._at))
            assert out.value is not None
            self._at, self._own = out.value, True

    def _keep_if_held(self) -> None:
        """When the library takes it back. 3: who calls this, its self, and getrefcount's."""
        if sys.getrefcount(self) > 3:
            self._keep()
        else:
            self._at = 0

    def __del__(self) -> None:
        if getattr(self, "_own", False):
            C.mc_packet_free(self._at)

    @property
    def _c(self) -> _abi.mc_packet:
        if not self._at:
            raise UsageError("the packet is gone: it was lent")
        return _abi.mc_packet.from_address(self._at)

    @property
    def data(self) -> bytes:
        """The bytes, at most the listener's mtu."""
        fields = self._c
        return bytes(_memory.at(fields.data or 0)[:fields.size]) if fields.size else b""

    @property
    def wire_size(self) -> int:
        """How many bytes arrived."""
        return self._c.wire_size

    @property
    def addr(self) -> Address:
        """Who sent it, as the socket module writes addresses."""
        return known[_memory.sources((self._at,))[0]]

    @property
    def group(self) -> Address:
        """Where it was sent to: the group and port; of an answer, this host's own address."""
        self._c
        return known[bytes(_memory.at(self._at + _GROUP)[:_ADDRESS_SIZE])]

    @property
    def interface_index(self) -> int:
        """Where it came in; socket.if_indextoname tells its name."""
        return self._c.interface_index

    @property
    def flags(self) -> int:
        """PACKET_TRUNCATED, PACKET_TRAIN and so on."""
        return self._c.flags

    @property
    def is_truncated(self) -> bool:
        """Whether it was cut to the mtu."""
        return bool(self.flags & _abi.MC_PACKET_TRUNCATED)

    @property
    def time(self) -> Optional[int]:
        """When the kernel received it, in nanoseconds since 1970; None without
        details=PACKET_TIME."""
        stamped = _abi.MC_PACKET_TIME | _abi.MC_PACKET_HARDWARE_TIME
        return self._c.time if self.flags & stamped else None

    @property
    def ttl(self) -> Optional[int]:
        """The TTL or hop limit it arrived with; None without details=PACKET_TTL."""
        return self._c.ttl if self.flags & _abi.MC_PACKET_TTL else None

    @property
    def dscp(self) -> Optional[int]:
        """Its Differentiated Services code point; None without details=PACKET_DSCP."""
        return self._c.dscp if self.flags & _abi.MC_PACKET_DSCP else None

    def reply(self, data: "bytes | bytearray | memoryview | str") -> None:
        """Sends one packet back to who sent this one. Does not wait (WouldBlock)."""
        raw = as_bytes(data)
        self._c
        check(C.mc_reply(self._at, raw, len(raw)))

    def __bytes__(self) -> bytes:
        return self.data

    def __len__(self) -> int:
        return self._c.size

    def __repr__(self) -> str:
        if not self._at:
            return "<multicast.Packet, gone>"
        return f"<multicast.Packet of {len(self)} bytes from {self.addr}>"


class Batch:
    """Packets that were read together, where they were read: nothing is copied.

    len(batch) of them; batch[i] and iteration give memoryviews. All of it is lent until the
    handler returns, or until the next pull: views raise ValueError afterwards. What is to stay is
    copied: bytes(batch[i]), batch.packets(), batch.packet(i). """

    __slots__ = ("_head", "_views", "_offsets", "_sizes", "_pointers")

    def __init__(self, address: int, last: Optional[int] = None) -> None:
        """Of the mc_packed at an address; only the last so many of its packets."""
        data, size, offsets, sizes, count, packets = _memory.packed(address)
        if last is not None:
            skipped = count - last
            offsets, sizes = offsets + 4 * skipped, sizes + 4 * skipped
            packets, count = packets + 8 * skipped, last
        self._head: Optional[Tuple[int, int, int, int, int, int]] = (
            data, size, offsets, sizes, count, packets)
        self._views: Optional[_memory.Views] = None
        self._offsets: Optional[Tuple[int, ...]] = None
        self._sizes: Optional[Tuple[int, ...]] = None
        self._pointers: Optional[Tuple[int, ...]] = None

    def _lent(self) -> Tuple[int, int, int, int, int, int]:
        if self._head is None:
            raise ValueError("the batch was given back: it is lent until its handler returns, or"
                             " until the next pull")
        return self._head

    def _give_back(self) -> bool:
        """False when somebody keeps a view of the memory."""
        self._head = None
        views, self._views = self._views, None
        return views is None or views.release()

    def _memory(self) -> _memory.Views:
        head = self._lent()
        if self._views is None:
            self._views = _memory.Views(head[0], head[1])
        return self._views

    def _each(self) -> Tuple[int, ...]:
        head = self._lent()
        if self._pointers is None:
            self._pointers = _memory.pointers(head[5], head[4])
        return self._pointers

    @property
    def data(self) -> memoryview:
        """The block of memory in which all of them lie, in order, with gaps that mean nothing."""
        return self._memory().whole

    @property
    def offsets(self) -> Tuple[int, ...]:
        """Where in data each begins, in bytes."""
        head = self._lent()
        if self._offsets is None:
            self._offsets = _memory.integers(head[2], head[4])
        return self._offsets

    @property
    def sizes(self) -> Tuple[int, ...]:
        """How many bytes each has, at most the listener's mtu."""
        head = self._lent()
        if self._sizes is None:
            self._sizes = _memory.integers(head[3], head[4])
        return self._sizes

    def __len__(self) -> int:
        return self._lent()[4]

    def __getitem__(self, index: int) -> memoryview:
        return self._memory().slices([self.offsets[index]], [self.sizes[index]])[0]

    def __iter__(self) -> Iterator[memoryview]:
        return iter(self._memory().slices(self.offsets, self.sizes))

    def packets(self) -> List[bytes]:
        """All of them, copied: the quickest way to keep them."""
        data, _, offsets, sizes, count, _ = self._lent()
        return list(_memory.cut(data, offsets, sizes, count))

    def addrs(self) -> List[Address]:
        """Who sent each."""
        return [known[raw] for raw in _memory.sources(self._each())]

    def packet(self, index: int) -> Packet:
        """One with all that is known of it, copied."""
        return Packet(self._each()[index])

    def __repr__(self) -> str:
        return "<multicast.Batch, given back>" if self._head is None else (
            f"<multicast.Batch of {len(self)} packets>")


def as_bytes(packet: Any) -> bytes:
    """One packet's bytes: text is UTF-8. TypeError: it is neither text nor bytes."""
    if type(packet) is bytes:
        return packet
    if isinstance(packet, str):
        return packet.encode()
    try:
        return memoryview(packet).tobytes()
    except TypeError:
        raise TypeError("a packet is bytes, or text, which is sent as UTF-8, and not"
                        f" {type(packet).__name__}") from None
