"""Pollers: waiting for everything at once, and serving it.

A poller and all that lives on it belong to one thread: the one that made it, or adopted it. Each
thread has a default poller of its own, which the functions of the module and everything made
without a poller use. What callbacks raise surfaces from poll(), serve() and loop(). """
from __future__ import annotations

import ctypes
import os
import threading
import time
from collections import deque
from types import TracebackType
from typing import Any, Callable, Deque, Dict, List, Optional, Set, Tuple, Type

from . import _abi, _calls, _residents, _waits
from ._errors import ArgumentError, ClosedError, check, failure
from ._library import C
from .stats import Stats, read_stats


class _Registration:
    """A descriptor that is watched, and who is told."""

    __slots__ = ("given", "read", "write", "flags")

    def __init__(self, given: Any, read: Optional[Callable[[int], Any]],
                 write: Optional[Callable[[int], Any]], flags: int) -> None:
        self.given, self.read, self.write, self.flags = given, read, write, flags


class Poller:
    """Serves listeners, multicasters, timers, descriptors, and functions that were posted.

    Not in callbacks: poll(), serve(), loop() of the same poller (UsageError). From any thread, and
    from signal handlers: stop(), wake(); post() from any thread. All else from the poller's thread
    only. """

    def __init__(self) -> None:
        out = ctypes.c_void_p()
        self._handle: Optional[int] = None
        check(C.mc_poller_new(ctypes.byref(out)))
        assert out.value is not None
        self._begin(out.value, False)

    def _begin(self, handle: int, is_default: bool) -> None:
        self._handle = handle
        self._is_default = is_default
        self._key = _residents.enter(self)
        self._alive: Set[Any] = set()  # who is open, and so lives
        self._leaving: List[Any] = []  # multicasters that end when all they have is sent
        self._pending: List[Any] = []  # listeners with packets that an exception kept back
        self._left: List[BaseException] = []  # what callbacks raised and no call has raised yet
        self._descriptors: Dict[int, _Registration] = {}
        self._posted: Deque[Tuple[Callable[..., Any], Tuple[Any, ...]]] = deque()
        self._suspects: List[Tuple[Any, int]] = []  # listeners that may have been closed by chance
        self._is_pinned = False  # somebody looks at its memory, which must stay for good
        self._stopping = False
        self._sleeper = threading.Lock()
        self._sleeper.acquire()
        self._log: Optional[Callable[[int, int, str], Any]] = None
        check(C.mc_poller_set_interruptible(handle, 1))

    def __del__(self) -> None:
        handle = getattr(self, "_handle", None)
        if handle is not None and not self._is_default and not self._is_pinned:
            self._handle = None
            C.mc_poller_adopt(handle)  # its thread may have ended, and would never read its mail
            C.mc_poller_free(handle)

    @property
    def _c(self) -> int:
        if self._handle is None:
            raise ClosedError("the poller is closed")
        return self._handle

    # ---- Polling

    def poll(self, timeout: "float | None" = 0) -> None:
        """Waits up to `timeout` seconds (0: not at all; None or negative: for ever) for events,
        and serves them. Returns early when woken, or when a signal came."""
        self.serve(timeout)

    def serve(self, timeout: "float | None" = 0) -> int:
        """poll(), and how many were ready."""
        handle = self._c
        if self._left:
            _calls.raise_first(self._left)
        if self._pending:
            self._deliver_pending()
            timeout = 0
        if timeout == 0:
            return self._turn(handle, 0.0)
        _check_seconds("timeout", timeout)
        deadline = _waits.Deadline(timeout)
        while True:
            begin, left = time.monotonic(), deadline.left()
            served = self._turn(handle, left)
            if served or deadline.has_passed() or self._handle is None:
                return served
            if time.monotonic() - begin < left - 0.002:
                return 0  # woken, or something was left to be done

    def _turn(self, handle: int, seconds: float) -> int:
        _waits.begin(handle)
        try:
            served = _calls.run(self._left, C.mc_poller_poll, handle, seconds)
        finally:
            _waits.end()
            if self._suspects:
                self._open_again()
            if self._leaving:
                ended = [each for each in self._leaving if not each.is_open]
                self._leaving = [each for each in self._leaving if each not in ended]
                self._alive.difference_update(ended)
        return served if served >= 0 else check(served)

    def _open_again(self) -> None:
        """A callback that a signal kept from beginning gave the library anything for an answer."""
        suspects, self._suspects = self._suspects, []
        for listener, generation in suspects:
            if listener._generation == generation and not listener.is_open:
                check(C.mc_listener_open(listener._handle))

    def _deliver_pending(self) -> None:
        listeners, self._pending = self._pending, []
        for at, listener in enumerate(listeners):
            try:
                listener._deliver_pending()
            except BaseException:
                self._pending[:0] = listeners[at:]
                raise

    def loop(self, timeout: "float | None" = 0, interval: float = 0) -> None:
        """Polls, waiting up to `timeout` seconds, and sleeps `interval` seconds, by turns: until
        stop(), until polling is set to False, or until nothing is left to serve. Both 0: it never
        waits."""
        _check_seconds("timeout", timeout)
        if not 0 <= interval < float("inf"):
            raise ArgumentError(f"an interval is 0 or more seconds, and not {interval}")
        if not self._is_busy():
            self._stopping = False
            check(_calls.run(self._left, C.mc_poller_loop, self._c, 0.0, 0.0))  # the log says why
            return
        while not self._stopping:
            self.serve(timeout)
            if self._handle is None or not self._is_busy():
                break
            if interval and not self._stopping:
                self._sleeper.acquire(timeout=interval)
        self._stopping = False

    def _is_busy(self) -> bool:
        return bool(self._pending or self._left or check(C.mc_poller_is_polling(self._c)))

    @property
    def polling(self) -> bool:
        """Whether something is left to serve, and loop() has not been stopped. False ends loop(),
        as stop() does."""
        return self._handle is not None and self._is_busy() and not self._stopping

    @polling.setter
    def polling(self, on: bool) -> None:
        if on:
            self._stopping = False
        else:
            self.stop()

    def stop(self) -> None:
        """Ends the loop that runs, or the next one, once. Any thread, and signal handlers."""
        handle = self._c
        self._stopping = True
        if self._sleeper.locked():
            try:
                self._sleeper.release()
            except RuntimeError:  # another thread was quicker
                pass
        check(C.mc_poller_wake(handle))

    def wake(self) -> None:
        """Ends the wait that runs, or the next one. Any thread, and signal handlers."""
        check(C.mc_poller_wake(self._c))

    def post(self, function: Callable[..., Any], *arguments: Any) -> None:
        """Has the poller's thread call function(*arguments), in its next turn; in order. Any
        thread. What the function raises surfaces there."""
        if not callable(function):
            raise TypeError(f"{function!r} cannot be called")
        posted = (function, arguments)
        self._posted.append(posted)
        result = C.mc_poller_post(self._c, _on_posted_c, self._key, None)
        if result < 0:
            self._posted.remove(posted)
            raise failure(result)

    def adopt(self) -> None:
        """Makes the calling thread the owner, of all that lives on the poller, too. Its former
        owner must have returned from it."""
        check(C.mc_poller_adopt(self._c))

    def fileno(self) -> int:
        """A descriptor that is readable when poll() has something to do, for other event loops.
        Lent."""
        return check(C.mc_poller_fd(self._c))

    # ---- Descriptors

    def register(self, fd: Any, flags: int = 0, *,
                 on_read: Optional[Callable[[int], Any]] = None,
                 on_write: Optional[Callable[[int], Any]] = None) -> None:
        """Watches a descriptor: an object with fileno(), and with handle_read(), handle_write() or
        both, which are called without arguments. Or any descriptor, with functions that are called
        with the events (READABLE and so on). flags: EDGE_TRIGGERED, ONCE. The object is kept while
        it is registered; one that returns True, and nothing else, is unregistered."""
        number = fd if isinstance(fd, int) else fd.fileno()
        read = on_read or _without_arguments(getattr(fd, "handle_read", None))
        write = on_write or _without_arguments(getattr(fd, "handle_write", None))
        if read is None and write is None:
            raise TypeError(f"{fd!r} has neither handle_read() nor handle_write()")
        check(C.mc_poller_register(self._c, number, flags, None if read is None else _on_read_c,
                                   None if write is None else _on_write_c, self._key, None))
        self._descriptors[number] = _Registration(fd, read, write, flags)

    def unregister(self, fd: Any) -> None:
        """Watches it no more. It stays open: it is yours."""
        number = self._number_of(fd)
        check(C.mc_poller_unregister(self._c, number))
        self._descriptors.pop(number, None)

    def watch(self, fd: Any, events: int) -> None:
        """Which of READABLE, PRIORITY and WRITABLE are told of a registered descriptor; 0 rests
        it."""
        check(C.mc_poller_watch(self._c, self._number_of(fd), events))

    def _number_of(self, fd: Any) -> int:
        if isinstance(fd, int):
            return fd
        for number, each in self._descriptors.items():  # it may be closed by now
            if each.given is fd:
                return number
        return int(fd.fileno())

    # ---- Options, and the end

    def set_wait(self, policy: int, seconds: float = 0) -> None:
        """How it waits: WAIT_BLOCK, WAIT_HYBRID or WAIT_COALESCE (docs/performance.md says
        when)."""
        check(C.mc_poller_set_wait(self._c, policy, seconds))

    @property
    def log(self) -> Optional[Callable[[int, int, str], Any]]:
        """Who is told, as log(level, code, sentence), what goes less well than asked for; None:
        nobody. level: LOG_ERROR, LOG_WARNING, LOG_INFO."""
        return self._log

    @log.setter
    def log(self, function: Optional[Callable[[int, int, str], Any]]) -> None:
        if function is not None and not callable(function):
            raise TypeError(f"{function!r} cannot be called")
        told = None if function is None else _on_log_c
        check(C.mc_poller_set_log(self._c, told, self._key, None))
        self._log = function

    def stats(self) -> Stats:
        """Its counters."""
        return read_stats(C.mc_poller_stats, self._c)

    def close(self) -> None:
        """Closes everything that lives on it. Closing again does nothing. Allowed in callbacks."""
        for each in list(self._alive) if self._is_pinned else ():
            each.close()
        handle, self._handle = self._handle, None
        if handle is not None:
            if not self._is_pinned:
                C.mc_poller_free(handle)
            self._alive.clear()
            self._descriptors.clear()
            self._posted.clear()
            self._pending.clear()

    def __enter__(self) -> "Poller":
        return self

    def __exit__(self, kind: "Type[BaseException] | None", value: "BaseException | None",
                 trace: "TracebackType | None") -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<multicast.Poller, {'closed' if self._handle is None else 'open'}>"


def _check_seconds(name: str, seconds: "float | None") -> None:
    if seconds is not None and not isinstance(seconds, (int, float)):
        raise TypeError(f"a {name} is a number of seconds, and not {type(seconds).__name__}")
    if seconds is not None and seconds != seconds:
        raise ArgumentError(f"a {name} is a number of seconds, and NaN is none")


def _without_arguments(handler: Optional[Callable[[], Any]]) -> Optional[Callable[[int], Any]]:
    if handler is None:
        return None
    without: Callable[[], Any] = handler
    return lambda events: without()


# ---- What the library calls

def _tell(fd: int, events: int, user: int, is_write: bool) -> int:
    try:
        poller = _residents.find(user)
        told = None if poller is None else poller._descriptors.get(fd)
        if told is None:
            return 1
        if told.flags & _abi.MC_ONCE:
            del poller._descriptors[fd]
        handler: Any = told.write if is_write else told.read
        enough = handler(events) is True
        if enough and poller._descriptors.get(fd) is told:
            del poller._descriptors[fd]
        return int(enough)
    except BaseException as exception:
        _calls.note(exception)
        return 0


@_calls.at_entry(lambda arguments: None)
def _on_read(fd: int, events: int, user: int) -> int:
    return _tell(fd, events, user, False)


@_calls.at_entry(lambda arguments: None)
def _on_write(fd: int, events: int, user: int) -> int:
    return _tell(fd, events, user, True)


def _post_again(arguments: Dict[str, Any]) -> None:
    poller = _residents.find(arguments["user"])
    if poller is not None:
        C.mc_poller_post(poller._c, _on_posted_c, poller._key, None)


@_calls.at_entry(_post_again)
def _on_posted(user: int) -> None:
    try:
        poller = _residents.find(user)
        if poller is not None:
            function, arguments = poller._posted.popleft()
            function(*arguments)
    except BaseException as exception:
        _calls.note(exception)


@_calls.at_entry(lambda arguments: None)
def _on_log(level: int, code: int, sentence: bytes, user: int) -> None:
    try:
        poller = _residents.find(user)
        if poller is not None and poller._log is not None:
            log: Any = poller._log
            log(level, code, sentence.decode(errors="replace"))
    except BaseException as exception:
        _calls.note(exception)


_on_read_c = _abi.mc_descriptor_fn(_on_read)
_on_write_c = _abi.mc_descriptor_fn(_on_write)
_on_posted_c = _abi.mc_post_fn(_on_posted)
_on_log_c = _abi.mc_log_fn(_on_log)


# ---- Each thread's own

class _Guard:
    """Goes with its thread, and with it the library's poller."""

    def __init__(self, poller: Poller) -> None:
        self.poller = poller

    def __del__(self) -> None:
        self.poller._handle = None
        self.poller._alive.clear()


class _Default(threading.local):
    guard: Optional[_Guard] = None


_default = _Default()


def default_poller() -> Poller:
    """The calling thread's own poller, made on first use; it ends with the thread. In a forked
    child it starts afresh."""
    guard = _default.guard
    if guard is not None and guard.poller._handle is not None:
        return guard.poller
    handle = C.mc_default_poller()
    if handle is None:
        raise failure(C.mc_last_error_code())
    poller = Poller.__new__(Poller)
    poller._begin(handle, True)
    _default.guard = _Guard(poller)
    return poller


_of_the_parent: List[Any] = []


def _after_fork() -> None:
    _of_the_parent.append(_default.guard)
    _default.guard = None


os.register_at_fork(after_in_child=_after_fork)
