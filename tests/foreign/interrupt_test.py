"""Ctrl-C ends a Python program that waits in the library within a tenth of a second.

This bound is what was promised of the library, so it is asserted, of IN_TIME rounds: a machine that
is busy with other things may take the processor away for as long as that.
"""
import os
import signal
import statistics
import subprocess
import sys
import threading
import time
import unittest

from fixture import DEADLINE, wait_until

ROUNDS = 20
PROMISED = 0.1  # seconds
IN_TIME = 15  # of ROUNDS
STUCK = 5  # seconds, of any round
HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.path.join(HERE, "interrupted.py")


def is_waiting(pid):
    """Whether the process rests in a system call that waits for descriptors."""
    with open(f"/proc/{pid}/wchan", encoding="ascii") as file:
        where = file.read()
    if where not in ("", "0"):
        return "poll" in where  # ep_poll, do_sys_poll, poll_schedule_timeout
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:  # not told by this kernel
        return file.read().rpartition(")")[2].split()[0] == "S"


class CtrlC(unittest.TestCase):
    def start(self, kind):
        child = subprocess.Popen([sys.executable, PROGRAM, kind, "239.2.1.9", "5009"], text=True,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        watchdog = threading.Timer(DEADLINE, child.kill)
        watchdog.start()
        self.addCleanup(watchdog.cancel)
        self.assertEqual(child.stdout.readline(), "begins\n")
        return child, watchdog

    def end(self, child, watchdog):
        printed, errors = child.communicate()
        watchdog.cancel()
        self.assertEqual(errors, "")
        return printed

    def interrupt(self, kind):
        """The seconds from the signal to the end of the wait: until the program has ended, which is
        Python's business, would be longer."""
        child, watchdog = self.start(kind)
        self.assertTrue(wait_until(lambda: is_waiting(child.pid)))
        begin = time.monotonic()
        child.send_signal(signal.SIGINT)
        *what, ended = self.end(child, watchdog).split()
        self.assertEqual(what, ["KeyboardInterrupt", "MC_ERROR_INTERRUPTED"])
        self.assertEqual(child.returncode, 130)
        return float(ended) - begin

    def check(self, kind):
        took = [self.interrupt(kind) for _ in range(ROUNDS)]
        median, worst = statistics.median(took), max(took)
        print(f"{kind}: median {median * 1000:.1f} ms, worst {worst * 1000:.1f} ms")
        self.assertLessEqual(sorted(took)[IN_TIME - 1], PROMISED, took)
        self.assertLess(worst, STUCK, took)

    def test_listen(self):
        self.check("listen")

    def test_loop(self):
        self.check("loop")

    def test_next(self):
        self.check("next")

    def test_a_handler_that_raises_nothing_ends_listen_under_traffic(self):
        flood = subprocess.Popen([sys.executable, os.path.join(HERE, "flood.py"), "239.2.1.9",
                                  "5009", str(3_000_000)])
        self.addCleanup(flood.wait)
        self.addCleanup(flood.kill)
        for _ in range(ROUNDS):
            child, watchdog = self.start("traffic")
            self.assertEqual(child.stdout.readline(), "heard\n")
            child.send_signal(signal.SIGINT)
            self.assertTrue(self.end(child, watchdog).startswith("KeyboardInterrupt "))
            self.assertEqual(child.returncode, 130)
        self.assertIsNone(flood.poll(), "the flood ended too early to disturb")

    def test_a_handler_that_stops_the_loop_loses_no_signal_while_callbacks_run(self):
        child, watchdog = self.start("busy")
        self.assertEqual(self.end(child, watchdog), "rounds 200\nreturned None\n")
        self.assertEqual(child.returncode, 0)


if __name__ == "__main__":
    unittest.main()
