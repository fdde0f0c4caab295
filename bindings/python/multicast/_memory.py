"""Reads what the library lends, by address: the quickest ways that ctypes has.

An array type as long as any, laid over an address, costs no allocation; a slice of it is bytes,
copied. """
from __future__ import annotations

import ctypes
import struct
import sys
from typing import Any, Callable, Dict, List, Sequence, Tuple

from . import _abi

_chars = ctypes.c_char * (1 << 30)
# at(address)[first:end] are the bytes there, copied.
at: Callable[[int], Any] = _chars.from_address

_packed = struct.Struct("=6Q").unpack_from
assert ctypes.sizeof(_abi.mc_packed) == 48
_SOURCE: int = getattr(_abi.mc_packet, "source").offset
_SOURCE_SIZE = ctypes.sizeof(_abi.mc_address)
_PACKET_SIZE = ctypes.sizeof(_abi.mc_packet)


class _Readers(Dict[int, Callable[[Any], Tuple[int, ...]]]):
    """readers[count](at(address)): so many integers."""

    def __init__(self, code: str) -> None:
        self._code = code

    def __missing__(self, count: int) -> Callable[[Any], Tuple[int, ...]]:
        made: Any = struct.Struct(f"={count}{self._code}").unpack_from
        if count <= _abi.MC_MAX_BATCH:
            self[count] = made
        return made  # type: ignore[no-any-return]


_uint32 = _Readers("I")
_uint64 = _Readers("Q")


def integers(address: int, count: int) -> Tuple[int, ...]:
    return _uint32[count](at(address))


def pointers(address: int, count: int) -> Tuple[int, ...]:
    return _uint64[count](at(address))


def packed(address: int) -> Tuple[int, int, int, int, int, int]:
    """data, size, offsets, sizes, count and packets of an mc_packed."""
    data, size, offsets, sizes, count, packets = _packed(at(address))
    return data, size, offsets, sizes, count, packets


def sources(packets: Sequence[int]) -> List[bytes]:
    """Who sent each of the mc_packets at these addresses, as mc_addresses. They mostly lie at even
    distances, and then an array is laid over all of them at once."""
    first, count = packets[0] + _SOURCE, len(packets)
    if count > 1:
        step = packets[1] - packets[0]
        if step >= _PACKET_SIZE and packets == tuple(
                range(packets[0], packets[0] + step * count, step)):
            whole = at(first)
            return [whole[each:each + _SOURCE_SIZE] for each in range(0, step * count, step)]
    return [at(each + _SOURCE)[:_SOURCE_SIZE] for each in packets]


class Views:
    """A block of memory as a memoryview, read-only, without copying. What was made of it is
    released by release(), so that a view that is used too late raises ValueError."""

    _arrays: Dict[int, Any] = {}

    def __init__(self, address: int, size: int) -> None:
        # A type for each power of two: making one is dear, and so many are kept for good.
        bits = max(size, 1).bit_length()
        kind = self._arrays.get(bits)
        if kind is None:
            kind = self._arrays[bits] = ctypes.c_ubyte * (1 << bits)
        self._block = kind.from_address(address)
        self.whole = memoryview(self._block).cast("B").toreadonly()[:size]
        self._made: List[memoryview] = [self.whole]

    def slice(self, first: int, end: int) -> memoryview:
        view = self.whole[first:end]
        self._made.append(view)
        return view

    def release(self) -> bool:
        """False when somebody keeps a view of his own, made of one of these."""
        clean = True
        for view in self._made:
            try:
                view.release()
            except BufferError:  # an array of numpy's, say
                clean = False
        self._made.clear()
        # 2: the attribute, and getrefcount's argument.
        return clean and sys.getrefcount(self._block) <= 2
