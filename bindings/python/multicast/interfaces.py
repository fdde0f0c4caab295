"""The host's network interfaces, as the library sees them."""
from __future__ import annotations

import ctypes
from typing import List, NamedTuple, Optional, Tuple

from . import _abi, _addresses, _memory
from ._addresses import Address
from ._errors import check
from ._library import C
from ._texts import of_group


class Interface(NamedTuple):
    """A network interface. flags: INTERFACE_UP, INTERFACE_MULTICAST, INTERFACE_LOOPBACK."""

    name: str
    index: int  # type: ignore[assignment]
    flags: int
    addresses: Tuple[Address, ...]


def interfaces() -> List[Interface]:
    """All of them, in the order of their indexes. Any thread; allowed in callbacks."""
    out = ctypes.c_void_p()
    count = check(C.mc_interfaces(ctypes.byref(out)))
    try:
        each = _memory.pointers(out.value or 0, count) if count else ()
        return [_interface(_abi.mc_interface.from_address(address)) for address in each]
    finally:
        C.mc_interfaces_free(out)


def _interface(given: _abi.mc_interface) -> Interface:
    size = _addresses.SIZE
    raw = _memory.at(given.addresses or 0)[:given.address_count * size] if given.addresses else b""
    addresses = tuple(_addresses.decoded(raw[at:at + size]) for at in range(0, len(raw), size))
    return Interface((given.name or b"").decode(), given.index, given.flags, addresses)


def default_interface(ip: Optional[str] = None) -> Tuple[int, str]:
    """The index and name of the interface that a group as text means now: the one it names, else
    the default one. InterfaceError: there is none."""
    name = ctypes.create_string_buffer(_abi.MC_INTERFACE_NAME_SIZE)
    index = check(C.mc_interface_default(of_group(ip), name, len(name)))
    return index, name.value.decode()
