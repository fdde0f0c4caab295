"""Waiting in the library without losing Ctrl-C, and without being caught there by the end of
Python.

A signal that comes just before a wait begins leaves its note, and the wait does not know. So a
wait is made of short ones.
"""
from __future__ import annotations

import atexit
import os
import threading
import time
from threading import get_ident
from typing import Dict, List, Optional

from ._library import C

SLICE = 0.5  # seconds: how late Ctrl-C is at most, when it falls into that gap

_waiting: Dict[int, List[int]] = {}  # the pollers in which each thread waits
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


def begin(poller: int) -> None:
    """Before a call that may wait in the poller, so that the end of the program can end it."""
    if _is_ending:
        _rest_if_not_main()
    _waiting.setdefault(get_ident(), []).append(poller)


def end() -> None:
    """After it."""
    me = get_ident()
    pollers = _waiting.get(me)
    if pollers:  # a forked child has none
        pollers.pop()
        if not pollers:
            del _waiting[me]
    if _is_ending:
        _rest_if_not_main()


def _rest_if_not_main() -> None:
    """The program ends: a thread that nobody waits for is not to be in the library then, where
    Python would end it in the middle."""
    while threading.current_thread() is not threading.main_thread():
        time.sleep(3600)


def _end() -> None:
    """Wakes the threads that wait in the library, and waits until they have come out."""
    global _is_ending
    _is_ending = True
    me = get_ident()
    until = time.monotonic() + 2
    while time.monotonic() < until:
        # A slice, which is empty where the thread came out meanwhile.
        latest = [pollers[-1:] for thread, pollers in list(_waiting.items()) if thread != me]
        if not any(latest):
            break
        for poller in sum(latest, []):
            C.mc_poller_wake(poller)
        time.sleep(0.001)


def _after_fork() -> None:
    _waiting.clear()


atexit.register(_end)
os.register_at_fork(after_in_child=_after_fork)
