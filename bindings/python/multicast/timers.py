"""Timers: functions that a poller calls later, once or again and again."""
from __future__ import annotations

import ctypes
from typing import Any, Callable, Dict, Optional

from . import _abi, _calls, _residents
from ._errors import check
from ._library import C
from .poller import Poller, default_poller


class Timer:
    """Calls `function` `after` seconds from now and then `every` so many seconds (0: once), while
    its poller is served. It lives while it runs, named or not; function returning True stops it.
    Made on the default poller of the thread, unless another is given."""

    def __init__(self, after: float, function: Callable[[], Any], *, every: float = 0,
                 poller: Optional[Poller] = None) -> None:
        self._handle: Optional[int] = None
        if not callable(function):
            raise TypeError(f"{function!r} cannot be called")
        self.function = function
        self._every = every
        self._poller = poller if poller is not None else default_poller()
        self._key = _residents.enter(self)
        out = ctypes.c_void_p()
        check(C.mc_timer_new(ctypes.byref(out), self._poller._c, after, every, _on_timer_c,
                             self._key, None))
        self._handle = out.value
        self._poller._alive.add(self)

    def set(self, after: float, every: float = 0) -> None:
        """Sets it anew, whether it still runs or not. Allowed in its own function."""
        check(C.mc_timer_set(self._handle, after, every))
        self._every = every
        self._poller._alive.add(self)

    def stop(self) -> None:
        """Stops it until it is set anew. Stopping again does nothing."""
        check(C.mc_timer_stop(self._handle))
        self._poller._alive.discard(self)

    @property
    def is_running(self) -> bool:
        """Whether it will fire."""
        return self._poller._handle is not None and check(C.mc_timer_is_running(self._handle)) == 1

    def __enter__(self) -> "Timer":
        return self

    def __exit__(self, *_: object) -> None:
        if self._poller._handle is not None:
            self.stop()

    def __del__(self) -> None:
        handle = getattr(self, "_handle", None)
        if handle is not None:
            self._handle = None
            C.mc_timer_free(handle)


def _fire_again(arguments: Dict[str, Any]) -> None:
    timer = _residents.find(arguments["user"])
    if timer is not None:
        C.mc_timer_set(timer._handle, 0.0, timer._every)


@_calls.at_entry(_fire_again)
def _on_timer(user: int) -> int:
    enough = True
    try:
        timer = _residents.find(user)
        if timer is not None:
            enough = False
            enough = timer.function() is True
            if enough or not C.mc_timer_is_running(timer._handle):
                timer._poller._alive.discard(timer)
    except BaseException as exception:
        _calls.note(exception)
    return int(enough)


_on_timer_c = _abi.mc_timer_fn(_on_timer)
