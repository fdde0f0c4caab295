"""Of a listener's groups: whom to hear in them, and what becomes of them."""
from __future__ import annotations

import ctypes
from typing import Any, Callable, Iterable, NamedTuple, Optional, Sequence

from . import _abi, _calls, _residents
from ._errors import check
from ._kept import Whom
from ._library import C
from ._texts import of_group, of_text


class Event(NamedTuple):
    """What became of a group, or of its interface. kind: EVENT_JOINED and so on; sentence: the same
    for people; interface: "" and interface_index 0 where there is none, or not one only."""

    kind: int
    group: str
    interface: str
    interface_index: int
    sentence: str


class Groups:
    """The part of a listener that is about sources and events. group is text in the words of add(),
    without a source; None: all groups of the source's family. Sources are changed at any time, and
    nothing is lost of one that is heard before and after. In a handler, too: of packets that were
    read together with its own, it gets those that are still to be heard. (Where a listener has
    several groups and one is named, this begins with what is read next.)"""

    _handle: Optional[int]

    def allow_source(self, source: str, group: Optional[str] = None) -> None:
        """Of a list of those to hear: adds one."""
        self._change(C.mc_listener_allow_source, source, group)
        self._note(group, lambda whom: whom.hear(source))

    def drop_source(self, source: str, group: Optional[str] = None) -> None:
        """Of a list of those to hear: takes one out. Without any, nothing is heard."""
        self._change(C.mc_listener_drop_source, source, group)
        self._note(group, lambda whom: whom.refuse(source))

    def block_source(self, source: str, group: Optional[str] = None) -> None:
        """Of a list of those not to hear: adds one."""
        self._change(C.mc_listener_block_source, source, group)
        self._note(group, lambda whom: whom.refuse(source))

    def unblock_source(self, source: str, group: Optional[str] = None) -> None:
        """Of a list of those not to hear: takes one out."""
        self._change(C.mc_listener_unblock_source, source, group)
        self._note(group, lambda whom: whom.hear(source))

    def _change(self, call: Callable[..., int], source: str, group: Optional[str]) -> None:
        check(call(self._handle, of_group(group), of_text("a source", source)))

    def hear_only(self, sources: Iterable[str], group: Optional[str] = None) -> None:
        """Replaces the list by one of those to hear, which may be empty."""
        each = list(_several(sources))
        self._replace(_abi.MC_SOURCES_ONLY, each, group)
        self._note(group, lambda whom: whom.replace(each, True))

    def hear_all_but(self, sources: Iterable[str] = (), group: Optional[str] = None) -> None:
        """Replaces the list by one of those not to hear; of none: all are heard."""
        each = list(_several(sources))
        self._replace(_abi.MC_SOURCES_EXCEPT, each, group)
        self._note(group, lambda whom: whom.replace(each, False))

    def _note(self, group: Optional[str], change: Callable[[Whom], None]) -> None:
        """For packets that were read before it and are still to be handed over."""
        raise NotImplementedError

    def _replace(self, mode: int, sources: Sequence[str], group: Optional[str]) -> None:
        texts = [of_text("a source", each) for each in sources]
        array = (ctypes.c_char_p * len(texts))(*texts)
        check(C.mc_listener_set_sources(self._handle, of_group(group), mode, array, len(texts)))

    def handle_event(self, event: Event) -> Any:
        """Implemented by subclasses that want to know what becomes of their groups. Returning true
        closes the listener."""
        raise NotImplementedError

    def set_silence(self, seconds: float) -> None:
        """After how many seconds without a packet handle_event is told EVENT_SILENCE; 0: never."""
        check(C.mc_listener_set_silence(self._handle, seconds))

    @property
    def _hears_events(self) -> bool:
        return type(self).handle_event is not Groups.handle_event


def _several(sources: Iterable[str]) -> Iterable[str]:
    if isinstance(sources, str):
        raise TypeError("sources are several texts, and not one")
    return sources


@_calls.at_entry(lambda arguments: None)
def _on_event(event: int, user: int) -> int:
    try:
        told = _residents.find(user)
        if told is None:
            return 0
        lent = _abi.mc_event.from_address(event)
        enough = bool(told.handle_event(Event(
            lent.kind, _text(lent.group), _text(lent.interface), lent.interface_index,
            _text(lent.sentence))))
        if enough:
            told._end()
        return int(enough)
    except BaseException as exception:
        _calls.note(exception)
        return 0


def _text(text: Optional[bytes]) -> str:
    return (text or b"").decode(errors="replace")


on_event_c = _abi.mc_event_fn(_on_event)
