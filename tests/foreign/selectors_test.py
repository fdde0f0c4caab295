"""The library nests in Python's selectors: each kind of them, beside a descriptor of the loop."""
import selectors
import socket
import time
import unittest

import mc
import nested
from fixture import DEADLINE, Case, numbered, ok, send, send_singly, stats_of


class Selectors(Case):
    def new_selector(self, kind):
        selector = kind()
        self.addCleanup(selector.close)
        return selector

    def serve_all(self, kind):
        selector = self.new_selector(kind)
        done = []
        work = nested.Work(self, lambda: done.append(True))
        here, there = socket.socketpair()
        self.addCleanup(here.close)
        self.addCleanup(there.close)
        echoes = []

        def echo():  # the loop's own work goes on meanwhile
            echoes.append(here.recv(1))
            if len(echoes) < 100:
                there.send(b"x")

        selector.register(work.poller_fd, selectors.EVENT_READ, work.serve)
        selector.register(work.pulled_fd, selectors.EVENT_READ, work.pull)
        selector.register(here, selectors.EVENT_READ, echo)
        there.send(b"x")
        work.start()
        end = time.monotonic() + DEADLINE
        while not (done and len(echoes) == 100) and time.monotonic() < end:
            for key, _ in selector.select(1):
                key.data()
        work.check()
        self.assertEqual(len(echoes), 100)
        # What has nothing to do is not readable: a source that pauses, a timer that has ended.
        self.assertEqual([key.fd for key, _ in selector.select(0)], [])

    def test_epoll(self):
        self.serve_all(selectors.EpollSelector)

    def test_poll(self):
        self.serve_all(selectors.PollSelector)

    def test_select(self):
        self.serve_all(selectors.SelectSelector)

    def test_a_burst_beyond_a_turns_share_keeps_the_descriptor_readable(self):
        heard = []
        listener = self.new_listener(heard.append)
        selector = self.new_selector(selectors.DefaultSelector)
        selector.register(ok(mc.poller_fd(self.poller)), selectors.EVENT_READ)
        self.assertEqual(selector.select(0), [])
        # Not more than fits where a system grants no more than its default of 208 KiB.
        send_singly(numbered(0, 400), port=self.port)
        served = 0
        while selector.select(0):
            ok(mc.poller_poll(self.poller, 0))
            served += 1
            self.assertLessEqual(served, 100)
        self.assertEqual(heard, numbered(0, 400))
        self.assertGreater(served, 1)
        self.assertEqual(stats_of(mc.listener_stats, listener).lost, 0)
        self.assertEqual(stats_of(mc.poller_stats, self.poller).turns, served)

    def test_the_descriptor_is_readable_when_a_timer_is_due_and_not_before(self):
        fired = []
        function = self.keep(mc.timer_fn(lambda _: fired.append(time.monotonic()) or 0))
        selector = self.new_selector(selectors.DefaultSelector)
        selector.register(ok(mc.poller_fd(self.poller)), selectors.EVENT_READ)
        begin = time.monotonic()
        self.new(mc.timer_new, mc.timer_free, self.poller, 0.05, 0, function, None,
                 mc.destroy_fn())
        self.assertEqual(len(selector.select(DEADLINE)), 1)
        ok(mc.poller_poll(self.poller, 0))
        self.assertEqual(len(fired), 1)
        self.assertGreaterEqual(fired[0] - begin, 0.05)
        self.assertEqual(selector.select(0), [])

    def test_what_next_has_read_ahead_keeps_its_descriptor_readable(self):
        listener = self.new_listener()
        selector = self.new_selector(selectors.DefaultSelector)
        selector.register(ok(mc.listener_fd(listener)), selectors.EVENT_READ)
        send(numbered(0, 10), port=self.port)
        heard = []
        while selector.select(0):
            heard.append(self.next(listener, 0))
            self.assertLessEqual(len(heard), 12)
        self.assertEqual([each for each in heard if each is not None], numbered(0, 10))


if __name__ == "__main__":
    unittest.main()
