"""Memory does not grow with packets: memory_test.py [MILLIONS] sends so many through every form.

Without a number it is a short test.
"""
import gc
import os
import sys
import threading
import unittest

import multicast
from fixture import GROUP, Case

PACKETS = 200_000
# A sanitizer keeps what was freed for a while.
ROOM = 300_000 if "asan" in os.environ.get("LD_PRELOAD", "") else 1024  # KiB
TRAIN = [b"%064d" % number for number in range(128)]


def resident():
    """Kilobytes of memory that the process has."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


class Memory(Case):
    def flood(self, receive, count, sender):
        received = 0
        while received < count:
            sender.send_many(TRAIN)
            got = receive()
            received += got
        return received

    def check(self, receive, count=None):
        count = count or PACKETS
        with multicast.Multicaster(GROUP, self.port, 0) as sender:
            self.flood(receive, count // 4, sender)
            gc.collect()
            before = resident()
            self.flood(receive, count, sender)
            gc.collect()
            grown = resident() - before
        print(f"{self._testMethodName}: {count} packets, {grown} KiB more")
        # A leak of one byte a packet would show in the long run, of one object
        # a batch in the short.
        self.assertLess(grown, ROOM)

    def test_packets_of_a_handler(self):
        counted = [0]

        def handle(packet, addr):
            counted[0] += 1

        multicast.MulticastListener(None, GROUP, self.port, handler=handle)
        self.check(lambda: self.polled(counted))

    def polled(self, counted):
        before = counted[0]
        multicast.poll()
        return counted[0] - before

    def test_batches_of_a_handler(self):
        counted = [0]

        def handle(batch):
            for view in batch:
                counted[0] += len(view) > 0

        multicast.MulticastListener(None, GROUP, self.port, batch_handler=handle)
        self.check(lambda: self.polled(counted))

    def test_pulling(self):
        listener = self.pull(filter=multicast.filters.size(1))

        def receive():
            count = 0
            try:
                while True:
                    listener.next(0)
                    count += 1
            except TimeoutError:
                return count

        self.check(receive, PACKETS // 4)

    def test_handlers_that_raise(self):
        counted = [0]

        def handle(packet, addr):
            counted[0] += 1
            if counted[0] % 50 == 0:
                raise KeyError(packet)

        multicast.MulticastListener(None, GROUP, self.port, handler=handle)

        def receive():
            before = counted[0]
            try:
                multicast.poll()
            except KeyError:
                pass
            return counted[0] - before

        self.check(receive, PACKETS // 4)

    def test_opening_and_closing(self):
        def receive():
            with self.hear(filter=lambda packet, addr: True), multicast.Poller() as poller:
                multicast.Timer(0, lambda: None, poller=poller).stop()
                thread = threading.Thread(target=lambda: multicast.listen(None, GROUP, self.port))
                thread.start()
                thread.join()
            return 128

        self.check(receive, PACKETS // 10)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        PACKETS = int(float(sys.argv.pop(1)) * 1e6)
    unittest.main()
