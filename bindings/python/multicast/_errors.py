"""What fails raises: the library's codes and sentences as exceptions."""
from __future__ import annotations

import errno
import os
from typing import Any, Dict, Type

from . import _abi
from ._library import C


class Error(Exception):
    """A function of the library failed. Its text is the library's sentence, which says what was
    wrong and what to do; `code` is the library's (MC_ERROR_... or a negative errno), and `name`
    says it as a word."""

    code: int = 0
    sent: int = 0  # of what was to be sent: how many packets were

    @property
    def name(self) -> str:
        return str(C.mc_error_name(self.code).decode()) if self.code else type(self).__name__


class ArgumentError(Error, ValueError):
    """Something that was given is wrong: an address, a port, a size, an expression."""


class UsageError(Error, RuntimeError):
    """Not now, or not here: another thread's, a parent process's, inside of a callback, closed."""


class ClosedError(UsageError):
    """What was asked is closed."""

    code = _abi.MC_ERROR_CLOSED


class SystemFailure(Error, OSError):
    """The system refused; `errno` says what it said."""


class WouldBlock(SystemFailure, BlockingIOError):
    """There is no room to send now: serve the poller, or try again."""


class PermissionDenied(SystemFailure, PermissionError):
    """The system does not allow it."""


class InterfaceError(SystemFailure):
    """There is no such interface, or none for the group."""


_ARGUMENTS = ("ADDRESS", "NOT_MULTICAST", "FAMILY", "SCOPE", "PORT", "MTU", "TTL", "PATTERN",
              "PACKET_TOO_LARGE", "TIME", "FLAGS", "SIZE", "DESCRIPTOR", "FILTER", "COSTLY", "DSCP")
_INTERFACES = ("INTERFACE", "NO_INTERFACE")
_CLASSES: Dict[int, Type[Error]] = {
    **{getattr(_abi, "MC_ERROR_" + each): ArgumentError for each in _ARGUMENTS},
    **{getattr(_abi, "MC_ERROR_" + each): InterfaceError for each in _INTERFACES},
    _abi.MC_ERROR_CLOSED: ClosedError,
}
_SYSTEM: Dict[str, Type[SystemFailure]] = {
    "EAGAIN": WouldBlock, "EPERM": PermissionDenied, "EACCES": PermissionDenied}


def last_sentence() -> str:
    return str(C.mc_last_error().decode(errors="replace"))


def failure(code: int, sentence: "str | None" = None) -> Error:
    """The exception for a negative result; the sentence is that of the thread's last failure."""
    if sentence is None:
        sentence = last_sentence()
    made: Any
    if -4096 <= code < 0:
        kind = _SYSTEM.get(errno.errorcode.get(-code, ""), SystemFailure)
        made = kind(-code, sentence or os.strerror(-code))
    elif _CLASSES.get(code) is InterfaceError:
        made = InterfaceError(errno.ENODEV, sentence)
    else:
        made = _CLASSES.get(code, UsageError)(sentence)
    made.code = code
    return made  # type: ignore[no-any-return]


def check(result: int) -> int:
    """The result of a call that must not fail."""
    if result < 0:
        raise failure(result)
    return result
