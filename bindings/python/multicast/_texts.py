"""What is given as text, as bytes for the library, to which a text ends at its first NUL."""
from __future__ import annotations

from typing import Optional

from ._errors import ArgumentError


def of_text(what: str, text: str) -> bytes:
    """`what` says in errors what the text was to be."""
    if not isinstance(text, str):
        raise TypeError(f"{what} is text, and not {type(text).__name__}")
    if "\0" in text:
        raise ArgumentError(f"{what} has no NUL, and {text!r} has one")
    return text.encode()


def of_group(ip: Optional[str]) -> Optional[bytes]:
    """A group's text; None stays what it is."""
    return None if ip is None else of_text("a group, as '239.1.2.3',", ip)
