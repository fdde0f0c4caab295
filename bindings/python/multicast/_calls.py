"""Calls of the library that may run callbacks: what those raise surfaces from the call.

ctypes drops what a callback raises, and then returns anything at all. So every callback catches it
and notes it with the call that is going on in its thread, which raises it when the library has
returned. One place escapes every `try`: Python runs the handlers of signals at the first step of a
function, before its first line. So while the main thread, where handlers run, is in the library,
Ctrl-C has a handler of ours before its own, which lets what this package does with a callback go
on, and follows when the library has returned; in code of yours it is what it was. What handlers of
other signals raise in that place reaches sys.unraisablehook, which is ours meanwhile: it is noted
all the same, and the callback has done what would be lost.
"""
from __future__ import annotations

import importlib
import os
import sys
import threading
from threading import get_ident
from types import CodeType
from typing import Any, Callable, Dict, List, Optional

# Without the conversions of the module signal, which cost more than all the rest.
_signal: Any = importlib.import_module("_signal")


class _Thread(threading.local):
    raised: Optional[List[BaseException]] = None  # by the callbacks of the call that goes on


_thread = _Thread()
_main = threading.main_thread().ident
_entries: Dict[CodeType, Callable[[Dict[str, Any]], None]] = {}
_deferred: List[int] = []  # Ctrl-C that came when a callback began
_interrupt: Any = None  # its own handler


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


def _on_interrupt(number: int, frame: Any) -> None:
    """Ctrl-C, while the main thread is in the library."""
    if frame is not None and frame.f_globals.get("__package__") == __package__:
        _deferred.append(number)
    else:
        _interrupt(number, frame)


def run(left: List[BaseException], function: Callable[..., int], *arguments: Any) -> int:
    """The result of a function of the library. Raises what its callbacks raised, the first of it;
    what they raised besides is added to `left`, for the next call to raise."""
    outer = _thread.raised
    mine: List[BaseException] = []
    try:
        _thread.raised = mine
        if outer is None and get_ident() == _main:
            result = _run_in_main_thread(function, arguments)
        else:
            result = function(*arguments)
            if _deferred and get_ident() == _main:  # it waited inside of a callback
                _interrupt(_deferred.pop(), None)
    finally:
        _thread.raised = outer
        if mine:
            left.extend(mine)
    if left:
        raise_first(left)
    return result


def _run_in_main_thread(function: Callable[..., int], arguments: Any) -> int:
    global _interrupt
    hook = sys.unraisablehook

    def take(unraisable: Any) -> None:
        if not _take(unraisable):
            hook(unraisable)

    interrupt = _signal.getsignal(_signal.SIGINT)
    try:
        sys.unraisablehook = take
        if callable(interrupt) and interrupt is not _on_interrupt:
            _interrupt = interrupt
            _signal.signal(_signal.SIGINT, _on_interrupt)
        return function(*arguments)
    finally:
        if sys.unraisablehook is take:
            sys.unraisablehook = hook
        if _signal.getsignal(_signal.SIGINT) is _on_interrupt:
            _restore(interrupt)
        if _deferred:
            number = _deferred[0]
            _deferred.clear()
            _interrupt(number, None)


def _restore(interrupt: Any) -> None:
    """signal() handles what came before it does what it is for, and may raise instead."""
    try:
        _signal.signal(_signal.SIGINT, interrupt)
    except BaseException:
        _signal.signal(_signal.SIGINT, interrupt)
        raise


def raise_first(left: List[BaseException]) -> None:
    """Raises what is to end the program first (KeyboardInterrupt), then the oldest."""
    if left:
        for at, each in enumerate(left):
            if not isinstance(each, Exception):
                raise left.pop(at)
        raise left.pop(0)


def _forget_after_fork() -> None:
    global _main
    _main = get_ident()


os.register_at_fork(after_in_child=_forget_after_fork)
