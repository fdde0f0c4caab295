"""What filters mean, slowly, and written from docs/filters.md alone: no code of the library's.

A filter is a tuple: its kind, then what it is made of.
  ("everything",)  ("prefix", data)  ("bytes", offset, value, mask or None)  ("size", least, most)
  ("source", network)  ("port", first, last)  ("regex", for RE2, for Python, what it was made from)
  ("callable", number, modulus, remainder)  ("all", parts)  ("any", parts)  ("not", part)
A packet is its bytes and its source: (address as text, port), or None.
"""
import functools
import ipaddress
import re
import zlib

COSTS = {"everything": 0, "size": 0, "source": 0, "port": 0, "prefix": 1, "bytes": 1, "regex": 2,
         "callable": 4}  # 3: costly expressions

compiled = functools.lru_cache(maxsize=4096)(re.compile)
network_of = functools.lru_cache(maxsize=4096)(ipaddress.ip_network)
address_of = functools.lru_cache(maxsize=65536)(ipaddress.ip_address)


def cost(tree):
    """A combination costs what its dearest part costs; one of nothing, what is cheapest."""
    if tree[0] in ("all", "any"):
        return max(map(cost, tree[1]), default=0)
    return cost(tree[1]) if tree[0] == "not" else COSTS[tree[0]]


def says(data, modulus, remainder):
    """What a callable of the tests says of a packet."""
    return zlib.crc32(data) % modulus == remainder


def ask(number, modulus, remainder, data, asked):
    """Asks a callable, unless it was asked; `asked` is what each has said, in order."""
    if number not in asked:
        asked[number] = says(data, modulus, remainder)
    return asked[number]


def accepts(tree, data, source, asked):
    """Whether the filter accepts the packet; `asked` (a dict) gets the callables that were asked."""
    kind, *rest = tree
    if kind == "everything":
        return True
    if kind == "prefix":
        return data.startswith(rest[0])
    if kind == "bytes":
        offset, value, mask = rest
        there = data[offset:offset + len(value)]
        if len(data) < offset + len(value):
            return False
        mask = mask if mask is not None else b"\xff" * len(value)
        return all(a & m == b & m for a, b, m in zip(there, value, mask))
    if kind == "size":
        return rest[0] <= len(data) <= rest[1]
    if kind == "source":
        return source is not None and address_of(source[0]) in network_of(rest[0])
    if kind == "port":
        return source is not None and rest[0] <= source[1] <= rest[1]
    if kind == "regex":
        return compiled(rest[1]).match(data) is not None
    if kind == "callable":
        return ask(*rest, data, asked)
    if kind == "not":
        return not accepts(rest[0], data, source, asked)
    in_order = sorted(rest[0], key=cost)  # stable
    decide = all if kind == "all" else any
    return decide(accepts(part, data, source, asked) for part in in_order)
