"""Calls of the library that may run callbacks: what those raise surfaces from the call.

ctypes drops what a callback raises. So every callback catches it and notes it with the call that
is going on in its thread, which raises it when the library has returned. One place escapes every
`try`: Python runs the handlers of signals at the first step of a function, before its first line.
What such a handler raises (Ctrl-C) reaches sys.unraisablehook; for calls from the main thread,
where handlers run, the hook is ours meanwhile, notes it all the same, and has the callback done
what would be lost. """
from __future__ import annotations

import os
import sys
import threading
from types import CodeType
from typing import Any, Callable, Dict, List, Optional


class _Thread(threading.local):
    raised: Optional[List[BaseException]] = None  # by the callbacks of the call that goes on


_thread = _Thread()
_main = threading.main_thread().ident
_entries: Dict[CodeType, Callable[[Dict[str, Any]], None]] = {}


def note(exception: BaseException) -> None:
    """Keeps what a callback raised for the call that goes on; with none, Python reports it."""
    if _thread.raised is None:
        raise exception
    _thread.raised.append(exception)


def has_raised() -> bool:
    """Whether a callback of the call that goes on has raised something."""
    return bool(_thread.raised)


def is_inside() -> bool:
    """Whether this is inside of a callback."""
    return _thread.raised is not None


def at_entry(recover: "Callable[[Dict[str, Any]], None]"
             ) -> "Callable[[Callable[..., Any]], Callable[..., Any]]":
    """Marks a callback: `recover` is told its arguments, by name, when it was not even begun."""
    def mark(function: Callable[..., Any]) -> Callable[..., Any]:
        _entries[function.__code__] = recover
        return function
    return mark


def _take(unraisable: Any) -> bool:
    """Whether it was a callback's, which is then noted."""
    trace = unraisable.exc_traceback
    if trace is None or _thread.raised is None or unraisable.exc_value is None:
        return False
    recover = _entries.get(trace.tb_frame.f_code)
    if recover is None:
        return False
    _thread.raised.append(unraisable.exc_value)
    try:
        recover(trace.tb_frame.f_locals)
    except BaseException as second:
        _thread.raised.append(second)
    return True


def run(left: List[BaseException], function: Callable[..., int], *arguments: Any) -> int:
    """The result of a function of the library. Raises what its callbacks raised, the first of it;
    what they raised besides is added to `left`, for the next call to raise."""
    outer = _thread.raised
    mine: List[BaseException] = []
    previous: Any = None
    try:
        _thread.raised = mine
        if threading.get_ident() == _main:
            previous = sys.unraisablehook

            def hook(unraisable: Any) -> None:
                if not _take(unraisable):
                    previous(unraisable)

            sys.unraisablehook = hook
        result = function(*arguments)
    finally:
        _thread.raised = outer
        if previous is not None and sys.unraisablehook is hook:
            sys.unraisablehook = previous
        if mine:
            left.extend(mine)
    if left:
        raise_first(left)
    return result


def raise_first(left: List[BaseException]) -> None:
    """Raises what is to end the program first (KeyboardInterrupt), then the oldest."""
    if left:
        for at, each in enumerate(left):
            if not isinstance(each, Exception):
                raise left.pop(at)
        raise left.pop(0)


def _forget_after_fork() -> None:
    global _main
    _main = threading.get_ident()


os.register_at_fork(after_in_child=_forget_after_fork)
