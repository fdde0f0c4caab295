"""asyncio: listeners as asynchronous iterators, pollers served by the running loop.

    async for packet in listener:                 # one without a handler
        ...
    async with multicast.aio.serving(poller):     # handlers, timers, multicasters of the poller
        ...

Both in the thread that the poller belongs to.
"""
from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import AsyncIterator, List, Optional

from .packets import Packet
from .poller import Poller, default_poller
from .pulling import Pulled

_AT_ONCE = 64  # packets, before others of the loop have their turn


class _Readable:
    """Waits until a listener has something to do, or is closed. Several may wait for one."""

    def __init__(self, listener: Pulled) -> None:
        self._loop = asyncio.get_running_loop()
        self._fd = listener._descriptor()
        self._waiting = listener._waiting
        self._done: "asyncio.Future[None]" = self._loop.create_future()

    async def wait(self) -> None:
        if not self._waiting:
            self._loop.add_reader(self._fd, self._tell_all)
        self._waiting.append(self)
        try:
            await self._done
        finally:
            self.end()

    def _tell_all(self) -> None:
        for each in list(self._waiting):
            each.end()

    def end(self) -> None:
        """It waits no more; before the descriptor is closed, too."""
        if self in self._waiting:
            self._waiting.remove(self)
            if not self._waiting:
                self._loop.remove_reader(self._fd)
        if not self._done.done():
            self._done.set_result(None)


async def packets(listener: Pulled) -> AsyncIterator[bytes]:
    """The packets of a listener without a handler, until it closes."""
    taken = 0
    while True:
        try:
            packet = listener.next(0)
        except TimeoutError:
            taken = 0
            await _Readable(listener).wait()
            continue
        except StopIteration:
            return
        yield packet
        taken += 1
        if taken % _AT_ONCE == 0:
            await asyncio.sleep(0)


async def receive(listener: Pulled) -> Packet:
    """The next packet of a listener without a handler, with all that is known of it.
    StopAsyncIteration: it closed."""
    while True:
        try:
            return listener.receive(0)
        except TimeoutError:
            await _Readable(listener).wait()
        except StopIteration:
            raise StopAsyncIteration from None


@asynccontextmanager
async def serving(poller: Optional[Poller] = None) -> AsyncIterator[Poller]:
    """Serves a poller (None: the thread's default poller) by the running loop, while it is
    entered. What a callback raises ends it, and what waits inside of it, and is raised from
    there."""
    served = poller if poller is not None else default_poller()
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    raised: List[Exception] = []
    fd = served.fileno()

    def serve() -> None:
        try:
            served.serve(0)
        except Exception as exception:
            raised.append(exception)
            loop.remove_reader(fd)
            if task is not None:
                task.cancel()

    loop.add_reader(fd, serve)
    try:
        yield served
    except asyncio.CancelledError:
        if not raised:
            raise
        if task is not None and hasattr(task, "uncancel"):
            task.uncancel()
    finally:
        if not raised:
            loop.remove_reader(fd)
    if raised:
        raise raised[0]
