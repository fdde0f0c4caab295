"""Addresses in the form that Python's socket module has for them.

("10.0.0.1", 4242) for IPv4; ("fe80::1", 4242, 0, 2) for IPv6, with the flow label and the scope,
which is an interface's index for link-local ones. """
from __future__ import annotations

import ctypes
import socket
import struct
from typing import Any, Dict, Tuple, Union

from . import _abi
from ._errors import ArgumentError

Address = Union[Tuple[str, int], Tuple[str, int, int, int]]
SIZE = ctypes.sizeof(_abi.mc_address)
_layout = struct.Struct("=HH16sII")
assert _layout.size == SIZE
_MOST = 65536


def decoded(raw: bytes) -> Address:
    """The address that an mc_address of these bytes is."""
    family, port, host, scope, flow = _layout.unpack(raw)
    if family == _abi.MC_IPV6:
        return socket.inet_ntop(socket.AF_INET6, host), port, flow, scope
    return socket.inet_ntop(socket.AF_INET, host[:4]), port


class _Known(Dict[bytes, Address]):
    """Who was heard before, decoded once each. known[raw]: a number of senders is small, and a
    flood of invented ones must not fill the memory."""

    def __missing__(self, raw: bytes) -> Address:
        if len(self) >= _MOST:
            self.clear()
        address = self[raw] = decoded(raw)
        return address


known = _Known()


def encoded(address: Any) -> bytes:
    """An mc_address for (host, port) or (host, port, flow, scope). ArgumentError: it is none."""
    try:
        host, port, *rest = address
        flow, scope = rest if rest else (0, 0)
        if ":" in host:
            return _layout.pack(_abi.MC_IPV6, port, socket.inet_pton(socket.AF_INET6, host), scope,
                                flow)
        return _layout.pack(_abi.MC_IPV4, port, socket.inet_pton(socket.AF_INET, host), 0, 0)
    except (TypeError, ValueError, OSError, struct.error):
        raise ArgumentError(f"{address!r} is no address: ('10.0.0.1', 4242) is one, and"
                            " ('fe80::1', 4242, 0, 2)") from None
