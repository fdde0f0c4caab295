"""One program of examples/ffi with itself, in a private network, and with what goes wrong.

usage: program_test.py LANGUAGE PREFIX WORK
"""
import itertools
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

import programs

DEADLINE = 30
FLOOD = 10_000_000  # packets, of which Python sends some hundred thousand in a second
GROUP, PORT = "239.1.2.3", "4242"
program = None

# A library that is older than any that these programs were written for.
OLDER = """
int mc_version_number(void) { return 9; }
const char* mc_version(void) { return "0.0.9"; }
"""
SCRIPT = "MULTICAST_0.1 { global: mc_*; local: *; };"


def finish(child):
    """Its output, its messages and its status; it is ended where it does not end by itself."""
    out, err = child.communicate(timeout=DEADLINE)
    return out.decode(), err.decode(), child.returncode


class Talk(unittest.TestCase):
    def start(self, *words, **changed):
        child = program.run(*words, **changed)
        watchdog = threading.Timer(DEADLINE, child.kill)
        watchdog.start()
        self.addCleanup(watchdog.cancel)
        self.addCleanup(child.kill)
        return child

    def listen(self, *words):
        child = self.start("listen", GROUP, PORT, *words)
        for line in child.stderr:
            if line == b"listening\n":
                return child
        self.fail(f"it does not listen: {finish(child)}")

    def send(self, *texts):
        self.assertEqual(finish(self.start("send", GROUP, PORT, *texts)), ("", "", 0))

    def heard(self, child):
        """The texts that a listener that has ended printed, once it was seen who sent them."""
        out, err, status = finish(child)
        self.assertEqual(status, 0, err)
        texts = []
        for line in out.splitlines():
            source, text = line.split(": ", 1)
            self.assertRegex(source, r"^127\.0\.0\.1:\d+$")
            texts.append(text)
        return texts, err

    def refused(self, child):
        """The one message with which it ended; of an accident it would not speak so shortly."""
        out, err, status = finish(child)
        self.assertEqual(out, "")
        self.assertIn(status, (1, 2, 127), err)
        self.assertTrue(0 < err.count("\n") <= 2, err)
        return err

    def test_it_hears_what_matches_as_often_as_it_was_told(self):
        child = self.listen("price [0-9]", "3")
        self.send("news: none", "price 1 €", "", "a price 2", "price 3")
        self.send("price unknown", "price 4 %s %d", "price 5")
        texts, err = self.heard(child)
        self.assertEqual(texts, ["price 1 €", "price 3", "price 4 %s %d"])
        self.assertRegex(err, r"[78] arrived, 3 delivered, 4 filtered, 0 lost\n$")

    def test_a_packet_may_be_empty_or_contain_what_ends_a_text_in_c(self):
        child = self.listen("", "3")
        self.send("")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.bind(("127.0.0.1", 0))
            sender.sendto(b"a\0b", (GROUP, int(PORT)))
        self.send("end")
        self.assertEqual(self.heard(child)[0], ["", "a\0b", "end"])

    def test_a_signal_ends_it_with_its_counters(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            child = self.listen("price")
            self.send("news", "price 1")
            first = child.stdout.readline()
            self.assertTrue(first.endswith(b": price 1\n"), first)
            child.send_signal(number)
            texts, err = self.heard(child)
            self.assertEqual(texts, [])
            self.assertEqual(err, "2 arrived, 1 delivered, 1 filtered, 0 lost\n")

    def test_a_signal_ends_it_under_a_flood(self):
        child = self.listen("flood")
        sent = itertools.count()

        def flood():
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                sender.bind(("127.0.0.1", 0))
                while child.poll() is None and next(sent) < FLOOD:
                    sender.sendto(b"flood", (GROUP, int(PORT)))

        thread = threading.Thread(target=flood)
        thread.start()
        for _ in range(1000):
            self.assertTrue(child.stdout.readline().endswith(b"flood\n"))
        child.send_signal(signal.SIGTERM)
        self.heard(child)
        thread.join()
        self.assertLess(next(sent), FLOOD, "the flood was over before it ended")

    def all_refused(self, *cases):
        """Starts all at once, of which each is a list of words and what is to be said of them."""
        for child, expected in [(self.start(*words), expected) for words, expected in cases]:
            self.assertRegex(self.refused(child), expected)

    def test_wrong_words_are_answered_with_what_is_right(self):
        usage = "listen GROUP PORT EXPRESSION"
        self.all_refused(([], usage), (["send", GROUP, PORT], usage),
                         (["sing", GROUP, PORT, "x"], usage),
                         (["listen", GROUP, PORT, "x", "1", "2"], usage))

    def test_numbers_that_are_none_are_refused(self):
        self.all_refused((["send", GROUP, "70000", "x"], "."), (["listen", GROUP, "-1", "x"], "."),
                         (["listen", GROUP, PORT, "x", "many"], "."))

    def test_the_sentence_of_the_library_is_passed_on(self):
        self.all_refused((["listen", "10.0.0.1", PORT, "x"], "not a multicast"),
                         (["send", "nonsense", PORT, "x"], '"nonsense"'),
                         (["listen", GROUP, PORT, "("], r"missing \)"))

    def test_a_library_that_is_not_there_is_named(self):
        with tempfile.TemporaryDirectory() as empty:
            look = [sys.executable, "-c", "import ctypes; ctypes.CDLL('libmulticast.so.0')"]
            if subprocess.run(look, env={**os.environ, "LD_LIBRARY_PATH": empty},
                              stderr=subprocess.DEVNULL, check=False).returncode == 0:
                self.skipTest("it is there: the system has it installed")
            said = self.refused(self.start("send", GROUP, PORT, "x", LD_LIBRARY_PATH=empty))
            self.assertIn("libmulticast.so.0", said)
            self.assertIn("No such file or directory", said)

    def test_a_library_that_is_too_old_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "old.c").write_text(OLDER, encoding="ascii")
            pathlib.Path(folder, "old.map").write_text(SCRIPT, encoding="ascii")
            subprocess.run(["cc", "-shared", "-fPIC", "old.c", "-o", "libmulticast.so.0",
                            "-Wl,-soname,libmulticast.so.0", "-Wl,--version-script=old.map"],
                           cwd=folder, env=program.environment, check=True)
            said = self.refused(self.start("listen", GROUP, PORT, "x", LD_LIBRARY_PATH=folder))
            self.assertRegex(said, r"libmulticast|symbol lookup error.*mc_")


def main():
    global program
    language, prefix, work = sys.argv[1], *map(pathlib.Path, sys.argv[2:])
    try:
        program = programs.Program(language, prefix, work).make()
    except programs.Missing as problem:
        print(f"skipped: {problem}")
        return 77
    return 0 if unittest.main(argv=sys.argv[:1], exit=False).result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
