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
        if count <= 2 * _abi.MC_MAX_BATCH:
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


class _Areas(Dict[int, Any]):
    """areas[address] is at(address), kept: the library uses the same few places again and again,
    and these own nothing."""

    def __missing__(self, address: int) -> Any:
        if len(self) >= _KEPT:
            self.clear()
        area = self[address] = at(address)
        return area


class _Layouts(Dict[bytes, Any]):
    """What was worked out of an array of the library's, by what is in it."""

    def __setitem__(self, raw: bytes, made: Any) -> None:
        if len(self) >= _KEPT:
            self.clear()
        super().__setitem__(raw, made)


_KEPT = 1024
_areas = _Areas()
_packet_layouts = _Layouts()
_source_layouts = _Layouts()


def contents(address: int) -> Tuple[Sequence[bytes], Sequence[bytes]]:
    """The packets of an mc_packed, copied, and who sent each, as mc_addresses. Batches mostly look
    like an earlier one: then one call of C cuts out all packets, and another all senders."""
    areas = _areas
    data, _, offsets, sizes, count, packets = _packed(areas[address])
    taken = cut(data, offsets, sizes, count)
    raw_packets = areas[packets][:8 * count]
    found = _source_layouts.get(raw_packets)
    if found is None:
        pointed = _uint64[count](raw_packets)
        step = pointed[1] - pointed[0] if count > 1 else _PACKET_SIZE
        if step >= _PACKET_SIZE and pointed == tuple(
                range(pointed[0], pointed[0] + step * count, step)):
            places = range(0, step * count, step)
            found = at(pointed[0] + _SOURCE), _cutter(places, [_SOURCE_SIZE] * count)
            _source_layouts[raw_packets] = found
        else:
            return taken, sources(pointed)
    area, senders = found
    return taken, senders(area)


def packets(address: int) -> Sequence[bytes]:
    """The packets of an mc_packed, copied."""
    data, _, offsets, sizes, count, _ = _packed(_areas[address])
    return cut(data, offsets, sizes, count)


def pointed(address: int) -> Tuple[int, ...]:
    """Where the mc_packets of an mc_packed are."""
    _, _, _, _, count, each = _packed(_areas[address])
    return pointers(each, count)


def cut(data: int, offsets: int, sizes: int, count: int) -> Sequence[bytes]:
    """Packets at data, copied, of which there are arrays of offsets and of sizes."""
    raw = _areas[offsets][:4 * count] + _areas[sizes][:4 * count]
    known = _packet_layouts.get(raw)
    if known is not None:
        return known(at(data))  # type: ignore[no-any-return]
    numbers = _uint32[2 * count](raw)
    firsts, lengths = numbers[:count], numbers[count:]
    if lengths.count(lengths[0]) == count:  # others will hardly come again
        _packet_layouts[raw] = _cutter(firsts, lengths)
    block = at(data)
    return [block[first:first + size] for first, size in zip(firsts, lengths)]


def _cutter(firsts: Sequence[int], lengths: Sequence[int]) -> Any:
    """Cuts pieces out of a block, at once."""
    text, at_byte = "=", 0
    for first, length in zip(firsts, lengths):
        text += f"{first - at_byte}x{length}s"
        at_byte = first + length
    return struct.Struct(text).unpack_from


def sources(packets: Sequence[int]) -> List[bytes]:
    """Who sent each of the mc_packets at these addresses, as mc_addresses."""
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

    def slices(self, firsts: Sequence[int], sizes: Sequence[int]) -> List[memoryview]:
        whole = self.whole
        made = [whole[first:first + size] for first, size in zip(firsts, sizes)]
        self._made += made
        return made

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
