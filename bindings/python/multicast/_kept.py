"""Packets that were read together, and what was set since: a handler that sets something has it
heeded from the next packet on, although that was read before."""
from __future__ import annotations

import socket
from typing import Dict, Iterable, List, NamedTuple, Sequence, Set, Tuple

from . import _memory
from ._addresses import Address


class Kept(NamedTuple):
    """A packet that is still to be handed over."""

    packet: bytes  # all that arrived, whatever the mtu
    addr: Address
    counted: int  # how many bytes of it the library counted as delivered
    change: int  # the listener's last change when it was read


def keep(address: int, each: Iterable[Tuple[bytes, Address]], change: int) -> List[Kept]:
    """The last packets of an mc_packed. The library cuts a packet to the mtu by saying less, and
    its filters looked at all of it: so it is still there."""
    last = list(each)
    pointers = _memory.pointed(address)[-len(last):] if last else ()
    return [Kept(_whole(at), addr, len(packet), change)
            for at, (packet, addr) in zip(pointers, last)]


def _whole(packet: int) -> bytes:
    data, _, wire_size = _memory.pointers(packet, 3)
    return bytes(_memory.at(data)[:wire_size]) if wire_size else b""


class Whom:
    """What changes of a list of sources leave of what was heard before them."""

    def __init__(self) -> None:
        self._only: Dict[bool, Set[str]] = {}  # by family, whether it is IPv6
        self._refused: Set[str] = set()

    def hear(self, source: str) -> None:
        self._refused.discard(_host(source))
        self._only.get(":" in source, set()).add(_host(source))

    def refuse(self, source: str) -> None:
        self._refused.add(_host(source))

    def replace(self, sources: Sequence[str], is_only: bool) -> None:
        hosts = {_host(each) for each in sources}
        families = {":" in each for each in sources} or {False, True}  # all are of one family
        self._refused = {each for each in self._refused if (":" in each) not in families}
        for family in families:
            self._only.pop(family, None)
            if is_only:
                self._only[family] = set(hosts)
        if not is_only:
            self._refused |= hosts

    def is_heard(self, host: str) -> bool:
        only = self._only.get(":" in host)
        return host not in self._refused and (only is None or host in only)


def _host(source: str) -> str:
    """As addresses of packets have it."""
    family = socket.AF_INET6 if ":" in source else socket.AF_INET
    return socket.inet_ntop(family, socket.inet_pton(family, source))
