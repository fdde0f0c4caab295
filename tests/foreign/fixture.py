"""What the tests in Python share: a poller each, callbacks that are kept alive, deadlines.

Every test runs in a private network (`netlab here -- python3 X_test.py`): nothing leaves it.
"""
import ctypes
import itertools
import os
import socket
import sys
import threading
import time
import unittest

import mc

if [name for _, name in socket.if_nameindex()] != ["lo"]:
    sys.exit("run this inside a private network: netlab here -- python3 ...")

DEADLINE = 30  # seconds for what must happen at all
GROUP = b"239.2.1.1"
OTHER_GROUP = b"239.2.1.2"
_ports = itertools.count(5000)


class Failure(Exception):
    """A function of the library failed: its code and its sentence."""

    def __init__(self, code):
        super().__init__(f"{mc.error_name(code).decode()}: {mc.last_error().decode()}")
        self.code = code


def ok(outcome):
    """The outcome of a call that must succeed."""
    if outcome < 0:
        raise Failure(outcome)
    return outcome


def bytes_of(packet):
    """The bytes of a packet (a pointer to one), copied."""
    return ctypes.string_at(packet.contents.data, packet.contents.size)


def new_port():
    """A port that no other test of the process uses."""
    return next(_ports)


def descriptors():
    folder = "/proc/self/fd"  # without the one that lists them, which is closed by now
    return sorted(fd for fd in os.listdir(folder) if os.path.lexists(os.path.join(folder, fd)))


def stats_of(call, handle):
    stats = mc.stats()
    ok(call(handle, ctypes.byref(stats), ctypes.sizeof(stats)))
    return stats


def buffers(packets):
    """An array of mc_buffer for these bytes objects, which the caller keeps."""
    array = (mc.buffer * len(packets))()
    for buffer, packet in zip(array, packets):
        buffer.data = ctypes.cast(ctypes.c_char_p(packet), ctypes.c_void_p)
        buffer.size = len(packet)
    return array


def numbered(first, count):
    return [b"%d" % number for number in range(first, first + count)]


def send(packets, group=GROUP, port=mc.DEFAULT_PORT):
    return ok(mc.sendto_many(buffers(packets), len(packets), group, port, mc.TTL_HOST))


def send_singly(packets, group=GROUP, port=mc.DEFAULT_PORT):
    """Not in trains, each of which would be one to the receive buffer."""
    for packet in packets:
        ok(mc.sendto(packet, len(packet), group, port, mc.TTL_HOST))


def wait_until(condition, seconds=DEADLINE):
    """For what nothing announces: asks every millisecond. Whether it came true in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.001)
    return True


class Case(unittest.TestCase):
    """A test with a poller of its own.

    It runs in a thread of its own, which begins without a default poller and without kept sockets
    and ends with them: afterwards the process has the descriptors that it had before. No callback
    may have raised an exception.
    """

    def run(self, result=None):
        before = descriptors()
        thread = threading.Thread(target=super().run, args=(result,))
        thread.start()
        thread.join()
        if not wait_until(lambda: descriptors() == before, 10):
            left = f"{len(descriptors()) - len(before)} descriptors more than before"
            result.addFailure(self, (AssertionError, AssertionError(left), None))

    def setUp(self):
        self.kept = []
        self.unraised = []
        hook, sys.unraisablehook = sys.unraisablehook, self.unraised.append
        self.addCleanup(setattr, sys, "unraisablehook", hook)
        self.addCleanup(lambda: self.assertEqual(self.unraised, [], "raised in a callback"))
        self.port = new_port()
        self.poller = self.new(mc.poller_new, mc.poller_free)

    def keep(self, thing):
        """Keeps alive what the library uses: callbacks, bytes."""
        self.kept.append(thing)
        return thing

    def new(self, constructor, free, *arguments):
        """A handle, freed after the test unless that was done already (see free())."""
        handle = mc.handle()
        ok(constructor(ctypes.byref(handle), *arguments))
        self.addCleanup(self.free, free, handle)
        return handle

    @staticmethod
    def free(function, handle):
        function(handle)
        handle.value = None

    def assert_fails(self, outcome, code, *parts):
        """The call failed with this code, and its sentence contains these texts."""
        self.assertEqual(mc.error_name(outcome), mc.error_name(code))
        self.assertEqual(mc.last_error_code(), code)
        for part in parts:
            self.assertIn(part, mc.last_error().decode())

    def new_listener(self, handler=None, poller=None, group=GROUP, port=None, set_up=None):
        """An open listener. The handler gets bytes and returns whether it has had enough; without
        one the listener is pulled. `set_up` is called before it opens."""
        listener = self.new(mc.listener_new, mc.listener_free, poller or self.poller)
        ok(mc.listener_add(listener, group, port or self.port))
        if handler is not None:
            function = mc.packet_fn(lambda packet, _: int(bool(handler(bytes_of(packet)))))
            ok(mc.listener_set_handler(listener, self.keep(function), None, mc.destroy_fn()))
        if set_up is not None:
            set_up(listener)
        ok(mc.listener_open(listener))
        return listener

    def new_multicaster(self, poller=None, group=GROUP, port=None):
        return self.new(mc.multicaster_new, mc.multicaster_free, poller or self.poller, group,
                        port or self.port, mc.TTL_HOST)

    def next(self, listener, timeout=DEADLINE):
        """The next packet of a pulled listener; None when there was none in time."""
        packet = mc.packet_pointer()
        if ok(mc.listener_next(listener, ctypes.byref(packet), timeout)) == 0:
            return None
        return bytes_of(packet)

    def poll_until(self, condition, poller=None):
        """Polls until the condition holds; fails when that takes longer than the deadline."""
        end = time.monotonic() + DEADLINE
        while not condition():
            self.assertLess(time.monotonic(), end, "too late")
            ok(mc.poller_poll(poller or self.poller, 1))
