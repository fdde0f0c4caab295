"""The examples in Python, as a new user has them: alone in a folder, the library installed."""
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import unittest

import mc
from fixture import DEADLINE, Case, ok, wait_until
from interrupt_test import is_waiting

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(HERE, "..", "..", "examples")
ROUNDS = 30


class Examples(Case):
    def start(self, name):
        """The example, in an empty folder, with the library where the system finds it."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        shutil.copy(os.path.join(FOLDER, name), folder.name)
        place = os.path.dirname(os.environ["MC_LIBRARY"])
        environment = {key: value for key, value in os.environ.items() if "MC_" not in key}
        child = subprocess.Popen([sys.executable, "-u", name], cwd=folder.name, text=True,
                                 env={**environment, "LD_LIBRARY_PATH": place},
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                 preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        watchdog = threading.Timer(DEADLINE, child.kill)
        watchdog.start()
        self.addCleanup(watchdog.join)
        self.addCleanup(watchdog.cancel)
        return child

    def test_listen_prints_what_it_hears_until_it_is_interrupted(self):
        child = self.start("listen.py")
        self.assertTrue(wait_until(lambda: is_waiting(child.pid)))
        for text in (b"hello", "grüße".encode(), b"\xff"):
            ok(mc.sendto(text, len(text), b"239.1.2.3", 4242, mc.TTL_SUBNET))
        heard = [child.stdout.readline() for _ in range(3)]
        self.assertEqual(heard, ["hello\n", "grüße\n", "\ufffd\n"])
        child.send_signal(signal.SIGINT)
        self.assertEqual(child.communicate()[1], "")
        self.assertEqual(child.returncode, -signal.SIGINT)

    def test_ctrl_c_ends_listen_while_packets_come_all_the_time(self):
        flood = subprocess.Popen([sys.executable, os.path.join(HERE, "flood.py"), "239.1.2.3",
                                  "4242", str(3_000_000)])
        self.addCleanup(flood.wait)
        self.addCleanup(flood.kill)
        for _ in range(ROUNDS):
            child = self.start("listen.py")
            self.assertEqual(child.stdout.readline(), "flood\n")
            child.send_signal(signal.SIGINT)
            self.assertEqual(child.communicate()[1], "")
            self.assertEqual(child.returncode, -signal.SIGINT)
        self.assertIsNone(flood.poll(), "the flood ended too early to disturb")

    def test_listen_has_ten_lines(self):
        with open(os.path.join(FOLDER, "listen.py"), encoding="utf-8") as file:
            lines = [line for line in file if line.strip() and not line.startswith("#")]
        self.assertEqual(len(lines), 10)

    def test_printer_prints_the_one_packet(self):
        child = self.start("printer.py")
        printed, errors = child.communicate()
        self.assertEqual((printed, errors, child.returncode), ("test\n", "", 0))


if __name__ == "__main__":
    unittest.main()
