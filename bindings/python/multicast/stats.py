"""Counters of listeners, multicasters and pollers."""
from __future__ import annotations

import ctypes
from typing import Any, Callable

from . import _abi
from ._errors import check


class Stats(_abi.mc_stats):
    """Counters since birth, as types.h has them: arrived = delivered + filtered + not_for_us +
    lost + lost_or_rejected. What a kind of object does not have is 0."""

    def __repr__(self) -> str:
        told = ((name, getattr(self, name)) for name, *_ in _abi.mc_stats._fields_)
        return "Stats(" + ", ".join(f"{name}={value}" for name, value in told if value) + ")"


def read_stats(call: Callable[..., Any], handle: int) -> Stats:
    """What one of the library's three functions fills in."""
    stats = Stats()
    check(call(handle, ctypes.byref(stats), ctypes.sizeof(stats)))
    return stats
