"""Ctrl-C, forks, the end of the program, and libraries that are missing or too old: programs of
their own."""
import os
import subprocess
import sys
import tempfile
import unittest

from fixture import DEADLINE, run_python

INTERRUPT = """
import os, signal, threading, time
signal.signal(signal.SIGINT, signal.default_int_handler)
def ends(call):
    thread = threading.Thread(target=lambda: (time.sleep(0.02), os.kill(os.getpid(), signal.SIGINT)))
    begin = time.monotonic()
    try:
        thread.start()
        call()
        print("returned")
    except KeyboardInterrupt:
        took = time.monotonic() - begin
        print("late" if took > 5 else "interrupted")
    thread.join()
"""

UNDER_TRAFFIC = """
heard, interrupted, sent, armed, number = {}, 0, 0, False, getattr(signal, sys.argv[1])
def interrupt(*_):
    global armed
    if armed:
        armed = False
        raise KeyboardInterrupt
def annoy():
    while not done.wait(0.0003):
        signal.pthread_kill(threading.main_thread().ident, number)
# Not a function of Python's, whose first step may be interrupted when it has the packet.
listener = multicast.MulticastListener(None, GROUP, PORT, handler=heard.__setitem__)
signal.signal(number, interrupt)
until = time.monotonic() + 20  # more than it takes, however busy the machine is
done = threading.Event()
thread = threading.Thread(target=annoy)
thread.start()
while interrupted <= 60 and time.monotonic() < until:
    for _ in range(20):
        multicast.sendto(b"%d" % sent, GROUP, PORT, 0)
        sent += 1
    try:
        armed = True
        while armed and time.monotonic() < until:
            multicast.poll()
        armed = False
    except KeyboardInterrupt:
        interrupted += 1
done.set()
thread.join()
while multicast.default_poller().serve(0.1) or multicast.default_poller()._pending:
    pass
numbers = list(map(int, heard))
missing = sent - len(heard)
print(interrupted > 60, not missing if sys.argv[2] else listener.is_open,
      numbers == sorted(numbers))
if missing and sys.argv[2]:
    print(sent, missing, listener.stats(), interrupted)
"""


class CtrlC(unittest.TestCase):
    def test_every_wait(self):
        printed, errors = run_python(INTERRUPT + """
listener = multicast.listen(None, GROUP, PORT)
heard = multicast.MulticastListener(None, GROUP, PORT, handler=print)
ends(lambda: listener.next())
ends(lambda: listener.next(60))
ends(lambda: next(listener))
ends(lambda: multicast.poll(-1))
ends(lambda: multicast.poll(60))
ends(lambda: multicast.loop(-1))
ends(lambda: multicast.loop())
ends(lambda: multicast.loop(0, 60))
ends(lambda: multicast.listen(print, GROUP, PORT))
ends(lambda: listener.receive_batch())
multicast.Timer(0, lambda: listener.next())  # waits inside of a callback
ends(lambda: multicast.poll(None))
multicast.Timer(0, lambda: [0 for _ in iter(int, 1)])  # does not end
ends(lambda: multicast.poll(None))
""")
        self.assertEqual((printed, errors), ("interrupted\n" * 12, ""))

    def test_a_signal_that_the_wait_does_not_know_of(self):
        """As one that came just before it began: nothing interrupts the system call."""
        printed, errors = run_python("""
import _thread, threading, time
listener = multicast.listen(None, GROUP, PORT)
for wait in (listener.next, lambda: multicast.poll(None)):
    begin = time.monotonic()
    try:
        threading.Timer(0.02, _thread.interrupt_main).start()
        wait()
    except KeyboardInterrupt:
        print(time.monotonic() - begin < 5)
""")
        self.assertEqual((printed, errors), ("True\nTrue\n", ""))

    def test_under_traffic_it_surfaces_and_no_packet_is_lost(self):
        """The handler runs anywhere: between packets, and before a callback begins."""
        for number, is_exact in (("SIGINT", "True"), ("SIGALRM", "")):
            printed, errors = run_python(INTERRUPT + UNDER_TRAFFIC, number, is_exact)
            self.assertEqual((printed, errors), ("True True True\n", ""))

    def test_a_signal_whose_handler_raises_nothing_ends_no_wait(self):
        printed, errors = run_python(INTERRUPT + """
noted, took = [], []
signal.signal(signal.SIGALRM, lambda *_: noted.append(1))
listener = multicast.listen(None, GROUP, PORT)
signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
until = time.monotonic() + 20  # a process that stands still gets one for many
while len(noted) <= 5 and time.monotonic() < until:
    begin = time.monotonic()
    try:
        print(listener.next(0.2))
    except TimeoutError:
        took.append(time.monotonic() - begin)
signal.setitimer(signal.ITIMER_REAL, 0)
print(len(noted) > 5 and min(took) >= 0.2)
""")
        self.assertEqual((printed, errors), ("True\n", ""))


class Programs(unittest.TestCase):
    def test_the_end_of_the_program_with_everything_open(self):
        for end in ("", "sys.exit()", "del listener, own"):
            printed, errors = run_python("""
import threading, time
listener = multicast.listen(None, GROUP, PORT)
heard = multicast.MulticastListener(lambda packet, addr: True, GROUP, PORT,
                                    handler=lambda packet, addr: None)
timer = multicast.Timer(60, print)
own = multicast.Poller()
kept = multicast.MulticastListener(None, GROUP, PORT, handler=print, poller=own)
batch = multicast.sendto([b"1", b"2"], GROUP, PORT, 0) or listener.receive_batch()
view = batch[0]
def serve():
    multicast.MulticastListener(None, GROUP, PORT, handler=lambda packet, addr: None)
    while True:
        multicast.poll(None)
for _ in range(3):
    threading.Thread(target=serve, daemon=True).start()
multicast.poll(0.05)
print("end", flush=True)
""" + end)
            self.assertEqual((printed, errors), ("end\n", ""))

    def test_a_daemon_thread_under_traffic_at_the_end(self):
        for _ in range(2):
            printed, errors = run_python("""
import threading
def serve():
    multicast.MulticastListener(None, GROUP, PORT, handler=lambda packet, addr: None)
    multicast.loop(None)
def flood():
    while True:
        multicast.sendto([b"x"] * 100, GROUP, PORT, 0)
for each in (serve, serve, flood):
    threading.Thread(target=each, daemon=True).start()
multicast.poll(0.1)
""")
            self.assertEqual((printed, errors), ("", ""))

    def test_a_forked_child_is_told_and_starts_afresh(self):
        printed, errors = run_python("""
import os
listener = multicast.listen(None, GROUP, PORT)
heard = []
kept = multicast.MulticastListener(None, GROUP, PORT, handler=lambda p, a: heard.append(p))
poller = multicast.default_poller()
child = os.fork()
if child == 0:
    for call in (poller.poll, listener.next, kept.close, poller.stop):
        try:
            call()
        except multicast.UsageError as error:
            print(error.name)
    mine = multicast.listen(None, GROUP, PORT + 1)
    multicast.sendto(b"mine", GROUP, PORT + 1, 0)
    print(mine.next(5), multicast.default_poller() is poller, flush=True)
    del listener, kept, poller
    os._exit(0)
os.waitpid(child, 0)
multicast.sendto(b"still", GROUP, PORT, 0)
multicast.poll(5)
print(heard, listener.next(5))
""")
        self.assertEqual(printed, "MC_ERROR_FORKED\n" * 4 + "b'mine' False\n"
                         "[b'still'] b'still'\n")
        self.assertEqual(errors, "")

    def test_a_fork_inside_of_a_callback(self):
        printed, _ = run_python("""
import os
def fork(packet, addr):
    global child
    child = os.fork()
multicast.MulticastListener(None, GROUP, PORT, handler=fork)
multicast.sendto([b"1"], GROUP, PORT, 0)
try:
    multicast.poll(5)
except multicast.UsageError as error:
    print(error.name, flush=True)
    os._exit(0)
os.waitpid(child, 0)
print("parent")
""")
        self.assertEqual(printed, "MC_ERROR_FORKED\nparent\n")


class Libraries(unittest.TestCase):
    """The package alone: the fixture would name the library."""

    def fails_to_load(self, program, *arguments):
        program = "import multicast, sys\ntry:\n    " + program + """
except multicast.LibraryError as error:
    print(error)
"""
        environment = {**os.environ, "LD_LIBRARY_PATH": ""}
        return subprocess.run([sys.executable, "-c", program, *arguments], text=True, check=True,
                              capture_output=True, timeout=DEADLINE, env=environment).stdout

    def compiled(self, source):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = os.path.join(folder.name, "libmulticast.so.0")
        compiler = os.environ.get("CC", "cc").split()
        subprocess.run([*compiler, "-shared", "-fPIC", "-x", "c", "-", "-o", path],
                       input=source, text=True, check=True)
        return path

    def test_one_that_is_missing(self):
        said = self.fails_to_load("multicast.use_library('/nowhere/x.so'); multicast.sendto(b'')")
        self.assertIn("looked for /nowhere/x.so (not there)", said)
        self.assertIn("use_library", said)

    def test_where_it_was_looked_for(self):
        said = self.fails_to_load(
            "multicast._library._places = lambda: ['libnowhere.so.0', '/usr/local/x/libm.so.0'];"
            " multicast.listen()")
        self.assertIn("libnowhere.so.0: cannot open shared object file", said)
        self.assertIn("/usr/local/x/libm.so.0 (not there)", said)

    def test_ones_that_do_not_fit(self):
        older = 'const char* mc_version(void) { return "0.1.0"; }'
        for source, sentence in ((older.replace("0.1.0", "0.0.9"), "is libmulticast 0.0.9, and"),
                                 (older.replace("0.1.0", "7.1.0"), "is libmulticast 7.1.0, and"),
                                 (older, "older than this package"),
                                 ("int nothing;", "is no libmulticast")):
            said = self.fails_to_load("multicast.use_library(sys.argv[1]); multicast.poll()",
                                      self.compiled(source))
            self.assertIn(sentence, said)

    def test_one_that_is_in_use_stays(self):
        said = self.fails_to_load("""multicast.use_library(sys.argv[1])
    print(multicast.library_path() == sys.argv[1], multicast.library_version())
    try:
        multicast.use_library("other")
    except RuntimeError as error:
        print(error)""", os.environ["MC_LIBRARY"])
        self.assertRegex(said, r"True \d+\.\d+\.\d+\n.* is in use already\n")


if __name__ == "__main__":
    unittest.main()
