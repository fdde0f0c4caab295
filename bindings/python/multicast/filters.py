"""Filters: which packets reach a handler.

A filter looks at one packet: the whole datagram, whatever the listener's mtu, and who sent it.
Filters are immutable and belong to no thread; any number of listeners and combinations share one.
& | ~ combine them:

    prefix(b"NOTIFY") & ~source("10.0.0.0/8")

Parts are asked by what they cost, not in the order given: sizes and sources first, functions last
(docs/ filters.md). A function costs a call from C for each packet: put something cheap beside it,
as in prefix(b"x") & function(f), and it is asked only about what begins so. All of this module may
be used in callbacks. """
from __future__ import annotations

import ctypes
import re
import weakref
from itertools import count as _count
from typing import Any, Callable, Dict, List, Optional, Sequence, Union

from . import _abi, _calls, _memory, _patterns
from ._addresses import Address, encoded, known
from ._errors import ArgumentError, check
from ._library import C
from ._patterns import PatternRefused
from ._texts import of_text
from .packets import as_bytes

__all__ = ["Filter", "FilterLike", "PatternRefused", "all_of", "any_of", "bytes_at", "everything",
           "function", "make", "not_", "prefix", "regex", "size", "source", "source_port"]

Function = Callable[[bytes, Address], Any]


class Filter:
    """Decides on packets. Made by the functions of this module."""

    __slots__ = ("_handle", "_parts", "__weakref__")

    def __init__(self, constructor: str, *arguments: Any, parts: Sequence[object] = ()) -> None:
        self._handle: Optional[int] = None
        # What the library's filter refers to, so that Python sees the circles there may be.
        self._parts = tuple(parts)
        out = ctypes.c_void_p()
        check(getattr(C, constructor)(ctypes.byref(out), *arguments))
        self._handle = out.value

    def __del__(self) -> None:
        handle = getattr(self, "_handle", None)
        if handle is not None:
            self._handle = None
            C.mc_filter_free(handle)

    def matches(self, packet: "bytes | str", addr: Optional[Any] = None) -> bool:
        """Whether a listener would accept this packet from addr; None: from nowhere, and then no
        source and no port matches. Raises what a function among its parts raises. Any thread."""
        raw = as_bytes(packet)
        came_from = None if addr is None else encoded(addr)
        return check(_calls.run([], C.mc_filter_matches, self._handle, raw, len(raw),
                                came_from)) == 1

    def __str__(self) -> str:
        """As text, parts in the order in which they are asked; for people to read."""
        length = check(C.mc_filter_describe(self._handle, None, 0))
        text = ctypes.create_string_buffer(length + 1)
        check(C.mc_filter_describe(self._handle, text, length + 1))
        return text.value.decode(errors="replace")

    def __repr__(self) -> str:
        return f"<multicast.Filter {self}>"

    def __and__(self, other: "FilterLike") -> "Filter":
        return all_of(self, other)

    def __or__(self, other: "FilterLike") -> "Filter":
        return any_of(self, other)

    def __rand__(self, other: "FilterLike") -> "Filter":
        return all_of(other, self)

    def __ror__(self, other: "FilterLike") -> "Filter":
        return any_of(other, self)

    def __invert__(self) -> "Filter":
        return not_(self)


FilterLike = Union[Filter, Function, str, bytes, "re.Pattern[str]", "re.Pattern[bytes]"]


class _Function:
    """A function that filters ask. Held by the filter made of it, as that is by its
    combinations."""

    __slots__ = ("call", "key", "__weakref__")

    def __init__(self, call: Function) -> None:
        self.call = call
        self.key = key = next(_keys)

        def forget(_: object) -> None:
            _functions.pop(key, None)

        _functions[key] = weakref.ref(self, forget)


_keys = _count(1)
_functions: Dict[int, "weakref.ref[_Function]"] = {}


@_calls.at_entry(lambda arguments: None)
def _on_filter(packet: int, user: int) -> int:
    try:
        found = _functions.get(user)
        asked = None if found is None else found()
        if asked is None:
            return 0
        data, size = _memory.pointers(packet, 2)
        raw = _memory.at(data)[:size] if size else b""
        return 1 if asked.call(raw, known[_memory.sources((packet,))[0]]) else 0
    except BaseException as exception:
        _calls.note(exception)
        return 0


_on_filter_c = _abi.mc_filter_fn(_on_filter)


def function(call: Function) -> Filter:
    """Accepts what call(packet, addr) returns true for. What it raises surfaces from the call that
    asked (poll, next, matches), and that packet is not accepted. It is asked in whichever thread
    has the packet."""
    if not callable(call):
        raise TypeError(f"{call!r} cannot be called")
    held = _Function(call)
    return Filter("mc_filter_callable", _on_filter_c, held.key, None, parts=(held,))


def regex(pattern: _patterns.Pattern, *, costly: bool = False) -> Filter:
    """Accepts what Python's re.match(pattern, packet) would match: from the first byte on, and not
    necessarily to the end. Text is an expression on bytes of UTF-8; flags of a compiled pattern
    count.

    PatternRefused: the library cannot do what it means; re.error: it means nothing. ArgumentError:
    it is too large, or packets could make it slow, which costly=True allows (docs/filters.md)."""
    text, empty = _patterns.translated(pattern)
    made = Filter("mc_filter_regex_costly" if costly else "mc_filter_regex", text, len(text))
    if empty is None:
        return made
    return any_of(made, size(0, 0)) if empty else all_of(made, size(1))


def everything() -> Filter:
    """Accepts every packet."""
    return Filter("mc_filter_everything")


def prefix(start: "bytes | str") -> Filter:
    """Accepts packets that begin so."""
    raw = as_bytes(start)
    return Filter("mc_filter_prefix", raw, len(raw))


def bytes_at(offset: int, value: "bytes | str", mask: Optional[bytes] = None) -> Filter:
    """Accepts packets that have `value` at `offset`, compared in the bits that `mask`, as long as
    it, has set. What ends before is not accepted."""
    raw = as_bytes(value)
    if mask is not None and len(mask) != len(raw):
        raise ValueError(f"the mask has {len(mask)} bytes and the value {len(raw)}")
    return Filter("mc_filter_bytes", _whole(offset), raw, mask, len(raw))


def size(least: int, most: Optional[int] = None) -> Filter:
    """Accepts packets of `least` to `most` bytes, both included; None: without end."""
    return Filter("mc_filter_size", _whole(least), 2 ** 64 - 1 if most is None else _whole(most))


def source(network: str) -> Filter:
    """Accepts packets from a host ("10.1.2.3", "fd00::1") or a network ("10.0.0.0/8")."""
    return Filter("mc_filter_source", of_text("a source", network))


def source_port(first: int, last: Optional[int] = None) -> Filter:
    """Accepts packets from the ports `first` to `last`, both included; None: from that one."""
    last = first if last is None else last
    for port in (first, last):
        if not 0 <= port <= 65535:
            raise ArgumentError(f"{port} is no port: 0 to 65535")
    return Filter("mc_filter_source_port", first, last)


def _combined(constructor: str, parts: Sequence[FilterLike]) -> Filter:
    made: List[Filter] = [make(each) for each in parts]
    handles = (ctypes.c_void_p * len(made))(*(each._handle for each in made))
    return Filter(constructor, handles, len(made), parts=made)


def all_of(*parts: FilterLike) -> Filter:
    """Accepts what all of them accept; of none: everything."""
    return _combined("mc_filter_all_of", parts)


def any_of(*parts: FilterLike) -> Filter:
    """Accepts what any of them accepts; of none: nothing."""
    return _combined("mc_filter_any_of", parts)


def not_(part: FilterLike) -> Filter:
    """Accepts what the other does not."""
    made = make(part)
    return Filter("mc_filter_not", made._handle, parts=(made,))


def make(given: Any) -> Filter:
    """A filter of whatever means one: a filter, a function, an expression as str, bytes or
    compiled. TypeError: none of these."""
    if isinstance(given, Filter):
        return given
    if isinstance(given, (str, bytes, re.Pattern)):
        return regex(given)
    if callable(given):
        return function(given)
    raise TypeError("a filter is a function of (packet, addr), an expression (str, bytes or"
                    f" compiled), or one of multicast.filters, and not {type(given).__name__}")


def _whole(number: int) -> int:
    """A size for the library, which has none below 0."""
    if number < 0:
        raise ArgumentError(f"a size cannot be negative: {number}")
    return number
