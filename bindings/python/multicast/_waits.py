"""Waiting in the library without losing Ctrl-C, and without being caught there by the end of
Python.

A signal that comes just before a wait begins leaves its note, and the wait does not know. So a
wait is made of short ones. """
from __future__ import annotations

import atexit
import os
import threading
import time
from typing import Callable, Dict, Optional

from ._library import C

SLICE = 0.5  # seconds: how late Ctrl-C is at most, when it falls into that gap

_waiting: Dict[int, int] = {}  # the poller in which each thread waits
_is_ending = False


class Deadline:
    """Until when to wait; None or a negative number of seconds: for ever."""

    def __init__(self, seconds: Optional[float]) -> None:
        self._end = None if seconds is None or seconds < 0 else time.monotonic() + seconds

    def left(self) -> float:
        """Seconds for the next wait."""
        if self._end is None:
            return SLICE
        return min(SLICE, max(0.0, self._end - time.monotonic()))

    def has_passed(self) -> bool:
        return self._end is not None and time.monotonic() >= self._end


def wait(poller: int, call: Callable[[], int]) -> int:
    """Calls what may wait in the poller, so that the end of the program can end it."""
    me = threading.get_ident()
    if _is_ending and threading.current_thread() is not threading.main_thread():
        _rest()
    outer = _waiting.get(me)
    _waiting[me] = poller
    try:
        return call()
    finally:
        if outer is None:
            _waiting.pop(me, None)
        else:
            _waiting[me] = outer
        if _is_ending and threading.current_thread() is not threading.main_thread():
            _rest()


def _rest() -> None:
    """The program ends: this thread, which nobody waits for, is not to be in the library then,
    where Python would end it in the middle."""
    while True:
        time.sleep(3600)


def _end() -> None:
    """Wakes the threads that wait in the library, and waits until they have come out."""
    global _is_ending
    _is_ending = True
    me = threading.get_ident()
    until = time.monotonic() + 2
    while any(each != me for each in _waiting) and time.monotonic() < until:
        for thread, poller in list(_waiting.items()):
            if thread != me:
                C.mc_poller_wake(poller)
        time.sleep(0.001)


def _after_fork() -> None:
    _waiting.clear()


atexit.register(_end)
os.register_at_fork(after_in_child=_after_fork)
