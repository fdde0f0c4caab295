"""Work of every kind for one poller that is served by a foreign loop, and what came of it.

A thread posts a function; that resumes the source of a multicaster; that sends a burst of numbered
packets; a listener with a handler and a pulled one hear it; then the thread posts again. A timer
runs besides. The loop calls serve() and pull() when the two descriptors are readable.
"""
import ctypes
import queue
import threading

import mc
from fixture import DEADLINE, bytes_of, numbered, ok, stats_of

BURSTS = 20
BURST = 50
PACKETS = BURSTS * BURST
FIRINGS = 20
# Of a burst: the posted function, the source, the packets, and one to spare for each, as they may
# come together or one after another. A loop that spins makes thousands.
TURNS = BURSTS * 6 + FIRINGS * 2 + 10
PULLS = BURSTS * 8  # a burst is sent in parts, and between them the loop may look


class Work:
    def __init__(self, case, on_done):
        """`case` is the test; on_done() is called once, when all has happened."""
        self.case, self.on_done = case, on_done
        self.poller = case.poller
        self.heard, self.pulled, self.fired, self.resumed = [], [], 0, 0
        self.allowed, self.supplied, self.lent = 0, 0, b""
        self.serves = self.pulls = 0
        self.is_done = False
        self.heard_bursts = queue.Queue()
        case.new_listener(self.hear)
        self.pulled_listener = case.new_listener()
        self.multicaster = case.new_multicaster()
        ok(mc.multicaster_set_source(self.multicaster, case.keep(mc.source_fn(self.supply)), None,
                                     mc.destroy_fn()))
        case.new(mc.timer_new, mc.timer_free, self.poller, 0.001, 0.001,
                 case.keep(mc.timer_fn(self.fire)), None, mc.destroy_fn())
        self.post = case.keep(mc.post_fn(self.resume))
        self.poster = threading.Thread(target=self.post_all)
        self.poller_fd = ok(mc.poller_fd(self.poller))
        self.pulled_fd = ok(mc.listener_fd(self.pulled_listener))

    def start(self):
        self.poster.start()
        self.case.addCleanup(self.poster.join)

    # What the foreign loop calls.

    def serve(self):
        self.serves += 1
        ok(mc.poller_poll(self.poller, 0))
        self.look()

    def pull(self):
        self.pulls += 1
        packets = mc.packets_pointer()
        count = ok(mc.listener_next_many(self.pulled_listener, ctypes.byref(packets),
                                         mc.MAX_BATCH, 0))
        self.pulled += [bytes_of(packets[i]) for i in range(count)]
        self.look()

    # What the library calls.

    def hear(self, data):
        self.heard.append(data)
        if len(self.heard) % BURST == 0:
            self.heard_bursts.put(len(self.heard))
        return False

    def fire(self, _):
        self.fired += 1
        return int(self.fired == FIRINGS)

    def supply(self, buffer, _):
        if self.supplied == self.allowed:
            return mc.SOURCE_PAUSE
        self.lent = b"%d" % self.supplied
        self.supplied += 1
        buffer.contents.data = ctypes.cast(ctypes.c_char_p(self.lent), ctypes.c_void_p)
        buffer.contents.size = len(self.lent)
        return mc.SOURCE_PACKET

    def resume(self, _):
        self.resumed += 1
        self.allowed += BURST
        ok(mc.multicaster_resume(self.multicaster))

    # What the thread does.

    def post_all(self):
        for _ in range(BURSTS):
            ok(mc.poller_post(self.poller, self.post, None, mc.destroy_fn()))
            try:
                self.heard_bursts.get(timeout=DEADLINE)
            except queue.Empty:
                return  # the test says what is missing

    def look(self):
        if self.is_done or len(self.heard) < PACKETS or len(self.pulled) < PACKETS:
            return
        if self.fired == FIRINGS:
            self.is_done = True
            self.on_done()

    def check(self):
        """Nothing was missed, and nothing spun."""
        self.poster.join()
        self.case.assertEqual(self.heard, numbered(0, PACKETS))
        self.case.assertEqual(self.pulled, numbered(0, PACKETS))
        self.case.assertEqual((self.fired, self.resumed), (FIRINGS, BURSTS))
        turns = stats_of(mc.poller_stats, self.poller).turns
        print(f"{turns} turns and {self.pulls} pulls for {BURSTS} bursts, {FIRINGS} firings")
        self.case.assertEqual(turns, self.serves)
        self.case.assertLessEqual(turns, TURNS)
        self.case.assertLessEqual(self.pulls, PULLS)
        self.case.assertEqual(stats_of(mc.listener_stats, self.pulled_listener).lost, 0)
