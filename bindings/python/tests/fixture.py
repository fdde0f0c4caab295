"""What the tests share. Each runs in a private network (netlab here -- python3 X_test.py): nothing
leaves it. MC_LIBRARY names the shared library, PYTHONPATH the folder of the package.
"""
import gc
import itertools
import os
import pathlib
import socket
import subprocess
import sys
import threading
import time
import unittest

import multicast

if [name for _, name in socket.if_nameindex()] != ["lo"]:
    sys.exit("run this inside a private network: netlab here -- python3 ...")
if "MC_LIBRARY" in os.environ:
    multicast.use_library(os.environ["MC_LIBRARY"])

GROUP = "239.2.3.4"
DEADLINE = 30  # seconds for what must happen at all
_ports = itertools.count(5000)


def descriptors():
    """How many descriptors the process has open."""
    return len(os.listdir("/proc/self/fd"))


class Case(unittest.TestCase):
    """A test in a thread of its own, which begins without a default poller: afterwards the process
    has the descriptors that it had before, and nobody raised what nobody saw."""

    def run(self, result=None):
        before = descriptors()
        thread = threading.Thread(target=super().run, args=(result,))
        thread.start()
        thread.join()
        gc.collect()
        end = time.monotonic() + DEADLINE  # the library ends with the thread, a little later
        while descriptors() != before and time.monotonic() < end:
            time.sleep(0.001)
        if descriptors() != before:
            left = f"{descriptors()} descriptors, {before} before"
            result.addFailure(self, (AssertionError, AssertionError(left), None))

    def setUp(self):
        unraised = []
        hook, sys.unraisablehook = sys.unraisablehook, unraised.append
        self.addCleanup(setattr, sys, "unraisablehook", hook)
        self.addCleanup(lambda: self.assertEqual([each.exc_value for each in unraised], []))
        self.port = next(_ports)
        self.heard = []

    def hear(self, enough=lambda packet: False, **options):
        """A listener that notes what it hears."""
        options.setdefault("filter", None)

        def handler(packet, addr):
            self.heard.append(packet)
            return enough(packet)
        return self.pull(handler=handler, **options)

    def pull(self, filter=None, **options):
        return multicast.MulticastListener(filter, GROUP, self.port, **options)

    def send(self, packets):
        multicast.sendto(packets, GROUP, self.port, 0)

    def poll_until(self, condition, poll=multicast.poll):
        end = time.monotonic() + DEADLINE
        while not condition():
            self.assertLess(time.monotonic(), end, "too late")
            poll(0.2)


def run_python(program, *arguments, status=0):
    """What a program of its own prints, on standard output and error."""
    head = (f"import sys; sys.path[:0] = [{str(pathlib.Path(__file__).parent)!r}]\n"
            "import fixture, multicast\nGROUP, PORT = fixture.GROUP, 4999\n")
    ran = subprocess.run([sys.executable, "-c", head + program, *arguments], text=True,
                         capture_output=True, timeout=DEADLINE)
    if ran.returncode != status:
        raise AssertionError(f"status {ran.returncode}: {ran.stdout}{ran.stderr}")
    return ran.stdout, ran.stderr
