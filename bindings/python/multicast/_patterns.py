"""Regular expressions of Python's re, as the library's RE2 means them: translated, or refused.

What an expression means is decided from what Python itself parsed: its tree is written anew, every
set of bytes spelled out, so that nothing depends on what the two languages have in common. What
RE2 cannot do is refused with a sentence. The reference is re.match of the expression on the
packet's bytes; text is an expression on the bytes of its UTF-8, in which classes and (?i) know
ASCII. """
from __future__ import annotations

import importlib
import re
import sys
from typing import Any, FrozenSet, Iterable, List, Optional, Tuple, Union

_parser: Any = importlib.import_module(
    "re._parser" if sys.version_info >= (3, 11) else "sre_parse")

Pattern = Union[str, bytes, "re.Pattern[str]", "re.Pattern[bytes]"]

_ALL = frozenset(range(256))
_WORD = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
_CATEGORIES = {
    "CATEGORY_DIGIT": frozenset(b"0123456789"),
    "CATEGORY_SPACE": frozenset(b" \t\n\r\f\v"),
    "CATEGORY_WORD": _WORD,
}
_REFUSED = {
    "GROUPREF": "a reference to a group",
    "GROUPREF_EXISTS": "a question whether a group matched",
    "ATOMIC_GROUP": "an atomic group",
    "POSSESSIVE_REPEAT": "a possessive repetition",
    "ASSERT": "a look ahead or behind",
    "ASSERT_NOT": "a look ahead or behind",
}


class PatternRefused(ValueError):
    """An expression means in Python what the library cannot do; the sentence says what, and what
    to do instead."""


class _Flags:
    """What inline flags change for a part of the expression."""

    def __init__(self, bits: int) -> None:
        self.bits = bits
        self.ignore_case = bool(bits & re.IGNORECASE)
        self.multiline = bool(bits & re.MULTILINE)
        self.dot_all = bool(bits & re.DOTALL)

    def changed(self, add: int, remove: int) -> "_Flags":
        return _Flags((self.bits | add) & ~remove)


def _escaped(byte: int) -> str:
    return f"\\x{byte:02x}"


def _set(members: Iterable[int]) -> str:
    """A set of bytes, as RE2 writes it."""
    ordered = sorted(members)
    if len(ordered) == 1:
        return _escaped(ordered[0])
    if not ordered:
        return "[^\\x00-\\xff]"
    runs: List[Tuple[int, int]] = []
    for byte in ordered:
        if runs and runs[-1][1] == byte - 1:
            runs[-1] = runs[-1][0], byte
        else:
            runs.append((byte, byte))
    return "[" + "".join(_escaped(first) if first == last else f"{_escaped(first)}-{_escaped(last)}"
                         for first, last in runs) + "]"


def _with_case(members: FrozenSet[int]) -> FrozenSet[int]:
    """With the other case of its letters: re knows those of ASCII in bytes."""
    return members | frozenset(byte ^ 32 for byte in members
                               if 65 <= byte <= 90 or 97 <= byte <= 122)


class _Writer:
    """Writes one parsed expression."""

    def __init__(self, shown: str) -> None:
        self.shown = shown
        self.asks_inside = False  # a \B was written, which RE2 sees in an empty packet, too

    def refuse(self, what: str) -> PatternRefused:
        return PatternRefused(f"the expression {self.shown} has {what}, which the library's"
                              " expressions cannot do: use a function as filter, or combine"
                              " filters (multicast.filters)")

    def sequence(self, tree: Any, flags: _Flags, is_last: bool) -> str:
        """A run of parts. `is_last`: nothing of the expression follows it."""
        parts = list(tree)
        return "".join(self.part(str(kind), value, flags, is_last and at == len(parts))
                       for at, (kind, value) in enumerate(parts, 1))

    def part(self, kind: str, value: Any, flags: _Flags, is_last: bool) -> str:
        if kind in _REFUSED:
            raise self.refuse(_REFUSED[kind])
        method = getattr(self, "on_" + kind.lower(), None)
        if method is None:
            raise self.refuse(f"something new ({kind})")
        return str(method(value, flags, is_last))

    def on_literal(self, value: int, flags: _Flags, is_last: bool) -> str:
        if value > 127 and not self.shown.startswith("b"):
            return "(?:" + "".join(map(_escaped, chr(value).encode())) + ")"
        members = frozenset([value])
        return _set(_with_case(members) if flags.ignore_case else members)

    def on_not_literal(self, value: int, flags: _Flags, is_last: bool) -> str:
        members = self.member("LITERAL", value)
        return _set(_ALL - (_with_case(members) if flags.ignore_case else members))

    def on_any(self, value: Any, flags: _Flags, is_last: bool) -> str:
        return _set(_ALL if flags.dot_all else _ALL - {10})

    def member(self, kind: str, value: Any) -> FrozenSet[int]:
        if kind == "LITERAL":
            first = last = value
        elif kind == "RANGE":
            first, last = value
        elif kind == "CATEGORY":
            name = str(value).replace("_NOT_", "_")
            if name not in _CATEGORIES:
                raise self.refuse(f"a class that depends on the locale ({value})")
            return _ALL - _CATEGORIES[name] if "_NOT_" in str(value) else _CATEGORIES[name]
        else:
            raise self.refuse(f"something new ({kind})")
        if last > 127 and not self.shown.startswith("b"):
            raise self.refuse("a character beyond ASCII in a class, where it would be several"
                              " bytes")
        return frozenset(range(first, last + 1))

    def on_in(self, value: Any, flags: _Flags, is_last: bool) -> str:
        negated = False
        members: FrozenSet[int] = frozenset()
        for kind, each in value:
            if str(kind) == "NEGATE":
                negated = True
            else:
                members |= self.member(str(kind), each)
        if flags.ignore_case:
            members = _with_case(members)
        return _set(_ALL - members if negated else members)

    def on_category(self, value: Any, flags: _Flags, is_last: bool) -> str:
        return _set(self.member("CATEGORY", value))

    def on_branch(self, value: Any, flags: _Flags, is_last: bool) -> str:
        return "(?:" + "|".join(self.sequence(each, flags, is_last) for each in value[1]) + ")"

    def on_subpattern(self, value: Any, flags: _Flags, is_last: bool) -> str:
        _, add, remove, tree = value
        return "(?:" + self.sequence(tree, flags.changed(add, remove), is_last) + ")"

    def on_max_repeat(self, value: Any, flags: _Flags, is_last: bool) -> str:
        least, most, tree = value
        inner = self.sequence(tree, flags, is_last and most == 1)
        if not inner:
            return ""
        if least == 0 and most == 1:
            count = "?"
        elif most == _parser.MAXREPEAT:
            count = {0: "*", 1: "+"}.get(least, f"{{{least},}}")
        else:
            count = f"{{{least},{most}}}"
        return f"(?:{inner}){count}"

    # Which of several matches is found matters to nobody here.
    on_min_repeat = on_max_repeat

    def on_failure(self, value: Any, flags: _Flags, is_last: bool) -> str:
        return _set(())

    def on_at(self, value: Any, flags: _Flags, is_last: bool) -> str:
        where = str(value)
        if where == "AT_BEGINNING":
            return "(?m:^)" if flags.multiline else "\\A"
        if where == "AT_BEGINNING_STRING":
            return "\\A"
        if where == "AT_END_STRING":
            return "\\z"
        if where == "AT_BOUNDARY":
            return "\\b"
        if where == "AT_NON_BOUNDARY":
            self.asks_inside = True
            return "\\B"
        if where != "AT_END":
            raise self.refuse(f"something new ({where})")
        if flags.multiline:
            return "(?m:$)"
        if not is_last:
            raise self.refuse("a $ with something behind it (at the end of the expression it"
                              " works; \\Z works everywhere)")
        return "(?:\\x0a?\\z)"


def translated(pattern: Pattern) -> Tuple[bytes, Optional[bool]]:
    """The expression for mc_filter_regex; and where that could not say what of empty packets is
    meant, whether they match. PatternRefused: it is none for the library; re.error: none at
    all."""
    given: "re.Pattern[Any]" = pattern if isinstance(pattern, re.Pattern) else re.compile(pattern)
    source, flags = given.pattern, given.flags & ~re.DEBUG
    if flags & re.LOCALE:
        raise PatternRefused(f"the expression {source!r} depends on the locale (re.LOCALE)")
    if isinstance(source, str):  # classes as on bytes
        flags = flags & ~re.UNICODE | re.ASCII
        source = re.sub(r"^((?:\(\?[aiLmsux]+\))*)", lambda found: found[1].replace("u", "a"),
                        source)
    tree = _parser.parse(source, flags)
    writer = _Writer(repr(source))
    text = writer.sequence(tree, _Flags(tree.state.flags), True)
    empty: Optional[bool] = None
    if writer.asks_inside:
        nothing: Any = "" if isinstance(given.pattern, str) else b""
        empty = given.match(nothing) is not None
    return text.encode("ascii"), empty
