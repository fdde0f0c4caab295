"""The functions of the module: multicast in one call, on the calling thread's default poller."""
from __future__ import annotations

import struct
from typing import Any, Callable, Iterable, List, Optional, Union, overload

from ._errors import Error, failure
from ._library import C
from ._texts import of_group
from .listener import (DEFAULT_GROUP, DEFAULT_MTU, DEFAULT_PORT, MulticastListener, PacketHandler,
                       _port)
from .multicaster import DEFAULT_TTL, Ttl, _ttl
from .packets import as_bytes
from .poller import default_poller

Packets = Union[bytes, bytearray, memoryview, str, Iterable[Any]]


def sendto(packets: Packets, ip: str = DEFAULT_GROUP, port: int = DEFAULT_PORT,
           ttl: Ttl = DEFAULT_TTL) -> None:
    """Sends packets to the multicast group at ip on port, waiting for room.

    Bytes are one packet, and so is text, in UTF-8; anything else that is iterable is many: a list
    or tuple leaves together, of others each leaves as it is yielded. ttl: 0 stays on the host, 1
    in the subnet, 32 in the site, 64 in the region, 128 on the continent, 255 goes anywhere; or in
    words, as "same site" (Multicaster lists them). Any thread; allowed in callbacks. Error: it says
    why not all were sent, and has `sent`, how many were."""
    group, number, hops = of_group(ip), _port(port), _ttl(ttl)
    if isinstance(packets, (bytes, bytearray, memoryview, str)):
        _send_one(as_bytes(packets), group, number, hops, 0)
    elif isinstance(packets, (list, tuple)):
        _send_together([as_bytes(each) for each in packets], group, number, hops)
    elif isinstance(packets, Iterable):
        for sent, each in enumerate(packets):
            _send_one(as_bytes(each), group, number, hops, sent)
    else:
        raise TypeError("packets are bytes or text for one, or an iterable of them for many, and"
                        f" not {type(packets).__name__}")


def _send_one(raw: bytes, group: Optional[bytes], port: int, ttl: int, sent_before: int) -> None:
    result = C.mc_sendto(raw, len(raw), group, port, ttl)
    if result < 0:
        raise _with_sent(failure(result), sent_before)


def _send_together(raw: List[bytes], group: Optional[bytes], port: int, ttl: int) -> None:
    sizes = struct.pack(f"={len(raw)}I", *map(len, raw))
    sent = C.mc_sendto_packed(b"".join(raw), sizes, len(raw), group, port, ttl)
    if sent < 0:
        raise _with_sent(failure(sent), 0)
    if sent < len(raw):
        raise _with_sent(failure(C.mc_last_error_code()), sent)


def _with_sent(error: Error, sent: int) -> Error:
    error.sent = sent
    return error


@overload
def listen(packet_handler: None = None, ip: str = ..., port: int = ..., mtu: int = ...,
           limit: Optional[int] = ...) -> MulticastListener: ...


@overload
def listen(packet_handler: PacketHandler, ip: str = ..., port: int = ..., mtu: int = ...,
           limit: Optional[int] = ...) -> None: ...


def listen(packet_handler: Optional[PacketHandler] = None, ip: str = DEFAULT_GROUP,
           port: int = DEFAULT_PORT, mtu: int = DEFAULT_MTU,
           limit: Optional[int] = None) -> Optional[MulticastListener]:
    """Calls packet_handler(packet, addr) with each packet to the group at ip on port, and does not
    return before that returns something true, `limit` packets came, or the poller is stopped.
    Meanwhile the default poller serves all else. What the handler raises ends it.

    Without a handler it returns at once: an iterator over packets, each awaited when it is asked
    for. mtu is the most bytes of a packet that are shown."""
    poller = default_poller()
    if packet_handler is None:
        return MulticastListener(None, ip, port, mtu, poller=poller, limit=limit)
    poller._c
    with MulticastListener(None, ip, port, mtu, handler=packet_handler, poller=poller,
                           limit=limit) as listener:
        while listener in poller._alive and not poller._stopping:
            poller.serve(None)
        poller._stopping = False
    return None


def register(fd: Any, flags: int = 0, *, on_read: Optional[Callable[[int], Any]] = None,
             on_write: Optional[Callable[[int], Any]] = None) -> None:
    """Poller.register() of the default poller."""
    default_poller().register(fd, flags, on_read=on_read, on_write=on_write)


def unregister(fd: Any) -> None:
    """Poller.unregister() of the default poller."""
    default_poller().unregister(fd)


def poll(timeout: "float | None" = 0) -> None:
    """Poller.poll() of the default poller."""
    default_poller().poll(timeout)


def loop(timeout: "float | None" = 0, interval: float = 0) -> None:
    """Poller.loop() of the default poller."""
    default_poller().loop(timeout, interval)
