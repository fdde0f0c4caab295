"""UDP multicast: sending, listening, filtering, over libmulticast.

    >>> from multicast import listen, sendto, poll
    >>> listener = listen()
    >>> sendto('test')
    >>> poll()
    >>> listener.next()
    b'test'

The module's functions and, unless another Poller is given, its classes use the calling thread's
default poller. Packets are bytes; text is sent as UTF-8. A group is text,
[source@]group[%interface]. Times are in seconds. What goes wrong raises multicast.Error or one of
its kinds, with a sentence that says what to do. docs/languages.md tells the rest;
multicast.filters and multicast.aio have modules of their own. """
from typing import Any

from . import _abi, filters
from ._addresses import Address
from ._errors import (ArgumentError, ClosedError, Error, InterfaceError, PermissionDenied,
                      SystemFailure, UsageError, WouldBlock)
from ._library import LibraryError, library_path, library_version, use_library
from .filters import Filter, PatternRefused
from .groups import Event
from .interfaces import Interface, default_interface, interfaces
from .listener import DEFAULT_GROUP, DEFAULT_MTU, DEFAULT_PORT, MulticastListener
from .multicaster import DEFAULT_TTL, Multicaster
from .packets import Batch, Packet
from .poller import Poller, default_poller
from .simple import listen, loop, poll, register, sendto, unregister
from .stats import Stats
from .timers import Timer

__version__ = f"{_abi.MC_VERSION_MAJOR}.{_abi.MC_VERSION_MINOR}.{_abi.MC_VERSION_PATCH}"

EDGE_TRIGGERED = _abi.MC_EDGE_TRIGGERED
EVENT_DOWN = _abi.MC_EVENT_DOWN
EVENT_HEARD = _abi.MC_EVENT_HEARD
EVENT_JOINED = _abi.MC_EVENT_JOINED
EVENT_LOST = _abi.MC_EVENT_LOST
EVENT_PENDING = _abi.MC_EVENT_PENDING
EVENT_REJOINED = _abi.MC_EVENT_REJOINED
EVENT_SILENCE = _abi.MC_EVENT_SILENCE
EVENT_UP = _abi.MC_EVENT_UP
FAILED = _abi.MC_FAILED
HANGUP = _abi.MC_HANGUP
INTERFACE_LOOPBACK = _abi.MC_INTERFACE_LOOPBACK
INTERFACE_MULTICAST = _abi.MC_INTERFACE_MULTICAST
INTERFACE_UP = _abi.MC_INTERFACE_UP
LOG_ERROR = _abi.MC_LOG_ERROR
LOG_INFO = _abi.MC_LOG_INFO
LOG_WARNING = _abi.MC_LOG_WARNING
MAX_BATCH = _abi.MC_MAX_BATCH
MAX_PACKET = _abi.MC_MAX_PACKET
MAX_TRAIN = _abi.MC_MAX_TRAIN
ONCE = _abi.MC_ONCE
PACKET_DSCP = _abi.MC_PACKET_DSCP
PACKET_HARDWARE_TIME = _abi.MC_PACKET_HARDWARE_TIME
PACKET_TIME = _abi.MC_PACKET_TIME
PACKET_TRAIN = _abi.MC_PACKET_TRAIN
PACKET_TRUNCATED = _abi.MC_PACKET_TRUNCATED
PACKET_TTL = _abi.MC_PACKET_TTL
PRIORITY = _abi.MC_PRIORITY
READABLE = _abi.MC_READABLE
TTL_CONTINENT = _abi.MC_TTL_CONTINENT
TTL_HOST = _abi.MC_TTL_HOST
TTL_REGION = _abi.MC_TTL_REGION
TTL_SITE = _abi.MC_TTL_SITE
TTL_SUBNET = _abi.MC_TTL_SUBNET
TTL_UNRESTRICTED = _abi.MC_TTL_UNRESTRICTED
WAIT_BLOCK = _abi.MC_WAIT_BLOCK
WAIT_COALESCE = _abi.MC_WAIT_COALESCE
WAIT_HYBRID = _abi.MC_WAIT_HYBRID
WRITABLE = _abi.MC_WRITABLE

__all__ = [
    "Address", "ArgumentError", "Batch", "ClosedError", "Error", "Event", "Filter", "Interface",
    "InterfaceError", "LibraryError", "Multicaster", "MulticastListener", "Packet",
    "PatternRefused", "PermissionDenied", "Poller", "Stats", "SystemFailure", "Timer", "UsageError",
    "WouldBlock", "default_interface", "default_poller", "filters", "interfaces", "library_path",
    "library_version", "listen", "loop", "poll", "register", "sendto", "unregister", "use_library",
    "DEFAULT_GROUP", "DEFAULT_MTU", "DEFAULT_PORT", "DEFAULT_TTL", "EDGE_TRIGGERED", "EVENT_DOWN",
    "EVENT_HEARD", "EVENT_JOINED", "EVENT_LOST", "EVENT_PENDING", "EVENT_REJOINED", "EVENT_SILENCE",
    "EVENT_UP", "FAILED",
    "HANGUP", "INTERFACE_LOOPBACK", "INTERFACE_MULTICAST", "INTERFACE_UP", "LOG_ERROR", "LOG_INFO",
    "LOG_WARNING", "MAX_BATCH", "MAX_PACKET", "MAX_TRAIN", "ONCE", "PACKET_DSCP",
    "PACKET_HARDWARE_TIME", "PACKET_TIME",
    "PACKET_TRAIN", "PACKET_TRUNCATED", "PACKET_TTL", "PRIORITY", "READABLE", "TTL_CONTINENT",
    "TTL_HOST", "TTL_REGION", "TTL_SITE", "TTL_SUBNET", "TTL_UNRESTRICTED", "WAIT_BLOCK",
    "WAIT_COALESCE", "WAIT_HYBRID", "WRITABLE",
]


def __getattr__(name: str) -> Any:
    if name == "__defaultPoller":  # its documented name
        return default_poller()
    if name == "aio":  # asyncio is loaded by who wants it
        import importlib
        return importlib.import_module(".aio", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
