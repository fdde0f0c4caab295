"""Who is called back: objects by the number that travels through the library as `user`.

The functions that the library calls are made once for all and live as long as the process: nothing
that is collected can be called. Here are weak references only; a poller holds those who are open,
so that they live while they are open, named or not, and end with their poller. """
from __future__ import annotations

import weakref
from itertools import count
from typing import Any, Dict, Optional

_keys = count(1)
_known: "Dict[int, weakref.ref[Any]]" = {}


def enter(resident: object) -> int:
    """A number for it, as long as it lives."""
    key = next(_keys)

    def forget(_: object) -> None:
        _known.pop(key, None)

    _known[key] = weakref.ref(resident, forget)
    return key


def find(key: Optional[int]) -> Any:
    """Who has this number; None: it is gone."""
    found = _known.get(key or 0)
    return None if found is None else found()
