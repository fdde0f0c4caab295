"""Pollers, descriptors, timers and posted functions from Python."""
import ctypes
import errno
import os
import socket
import threading
import unittest

import mc
from fixture import GROUP, Case, descriptors, new_port, ok, stats_of

descriptors_at_first = descriptors()


class Descriptors(Case):
    def setUp(self):
        super().setUp()
        self.here, self.there = socket.socketpair()
        self.addCleanup(self.here.close)
        self.addCleanup(self.there.close)
        self.told = []

    def register(self, flags=0, verdict=0, user=None, destroy=None):
        """Both handlers note what they are told; the one that reads empties the descriptor."""
        def read(fd, events, user):
            self.told.append(("read", fd, events, user))
            self.here.recv(100)
            return verdict

        def write(fd, events, user):
            self.told.append(("write", fd, events, user))
            return verdict

        ok(mc.poller_register(self.poller, self.here.fileno(), flags,
                              self.keep(mc.descriptor_fn(read)),
                              self.keep(mc.descriptor_fn(write)), user,
                              destroy or mc.destroy_fn()))

    def test_each_handler_is_told_of_its_events(self):
        self.register(user=5)
        fd = self.here.fileno()
        self.assertEqual(ok(mc.poller_poll(self.poller, 0)), 1)
        self.assertEqual(self.told, [("write", fd, mc.WRITABLE, 5)])
        ok(mc.poller_watch(self.poller, fd, mc.READABLE))
        self.there.send(b"x")
        ok(mc.poller_poll(self.poller, 0))
        self.assertEqual(self.told[1:], [("read", fd, mc.READABLE, 5)])
        ok(mc.poller_watch(self.poller, fd, 0))  # it rests
        self.there.send(b"x")
        self.assertEqual(ok(mc.poller_poll(self.poller, 0)), 0)
        self.assertEqual(stats_of(mc.poller_stats, self.poller).descriptors, 1)

    def test_enough_unregisters_and_gives_the_user_back(self):
        given_back = []
        self.register(verdict=1, user=6, destroy=self.keep(mc.destroy_fn(given_back.append)))
        self.assertEqual(ok(mc.poller_loop(self.poller, -1, 0)), 0)  # nothing was left
        self.assertEqual((len(self.told), given_back), (1, [6]))
        self.assert_fails(mc.poller_unregister(self.poller, self.here.fileno()),
                          mc.ERROR_NOT_REGISTERED)

    def test_once_and_edge_triggered(self):
        self.register(flags=mc.EDGE_TRIGGERED)
        ok(mc.poller_poll(self.poller, 0))
        self.assertEqual(ok(mc.poller_poll(self.poller, 0)), 0)  # still writable, told already
        ok(mc.poller_unregister(self.poller, self.here.fileno()))
        self.register(flags=mc.ONCE)
        ok(mc.poller_poll(self.poller, 0))
        self.assertEqual(mc.poller_is_polling(self.poller), 0)
        self.assertEqual(len(self.told), 2)

    def test_what_is_refused(self):
        given_back = []
        destroy = self.keep(mc.destroy_fn(given_back.append))
        self.register()
        function = self.keep(mc.descriptor_fn(lambda fd, events, user: 0))
        nothing = mc.descriptor_fn()
        for fd, flags, read, code in (
                (self.here.fileno(), 0, function, mc.ERROR_REGISTERED),
                (self.there.fileno(), 0, nothing, mc.ERROR_NULL),
                (self.there.fileno(), 64, function, mc.ERROR_FLAGS),
                (-1, 0, function, mc.ERROR_DESCRIPTOR),
                (9999, 0, function, -errno.EBADF)):
            self.assert_fails(mc.poller_register(self.poller, fd, flags, read, nothing, 1, destroy),
                              code)
        with open(__file__, encoding="utf-8") as file:
            self.assert_fails(mc.poller_register(self.poller, file.fileno(), 0, function, nothing,
                                                 1, destroy), -errno.EPERM)
        self.assertEqual(given_back, [])  # nothing was taken


class Timers(Case):
    def new_timer(self, after, every, fn, user=None, destroy=None):
        return self.new(mc.timer_new, mc.timer_free, self.poller, after, every,
                        self.keep(mc.timer_fn(fn)), user, destroy or mc.destroy_fn())

    def test_again_and_again_until_it_says_enough(self):
        fired, given_back = [], []
        timer = self.new_timer(0.001, 0.001, lambda user: fired.append(user) or len(fired) == 3, 8,
                               self.keep(mc.destroy_fn(given_back.append)))
        self.assertEqual(mc.timer_is_running(timer), 1)
        self.assertEqual(ok(mc.poller_loop(self.poller, -1, 0)), 0)
        self.assertEqual((fired, mc.timer_is_running(timer), given_back), ([8] * 3, 0, []))
        self.free(mc.timer_free, timer)
        self.assertEqual(given_back, [8])

    def test_stopped_and_set_anew_in_its_own_callback(self):
        fired = []

        def again(_):
            fired.append(len(fired))
            if len(fired) < 3:
                ok(mc.timer_set(timer, 0, 0))
            return 0

        timer = self.new_timer(1000, 0, again)
        ok(mc.timer_stop(timer))
        self.assertEqual(ok(mc.poller_loop(self.poller, -1, 0)), 0)
        self.assertEqual(fired, [])
        ok(mc.timer_set(timer, 0.001, 0))
        self.assertEqual(ok(mc.poller_loop(self.poller, -1, 0)), 0)
        self.assertEqual(fired, [0, 1, 2])

    def test_of_two_the_earlier_fires_first(self):
        fired = []
        late = self.new_timer(3600, 0, lambda _: fired.append("late") or 0)
        self.new_timer(0.001, 0, lambda _: fired.append("early") or ok(mc.timer_set(late, 0, 0)))
        ok(mc.poller_loop(self.poller, -1, 0))
        self.assertEqual(fired, ["early", "late"])


class Running(Case):
    def test_a_poll_inside_a_callback_is_refused(self):
        outcomes = []

        @mc.timer_fn
        def inside(_):
            outcomes.extend((mc.poller_poll(self.poller, 0), mc.poller_loop(self.poller, 0, 0)))
            return 0

        self.new(mc.timer_new, mc.timer_free, self.poller, 0, 0, inside, None, mc.destroy_fn())
        ok(mc.poller_loop(self.poller, -1, 0))
        self.assertEqual(outcomes, [mc.ERROR_BUSY] * 2)

    def test_functions_run_in_the_order_of_posting_and_what_they_post_a_turn_later(self):
        order, given_back = [], []
        destroy = self.keep(mc.destroy_fn(given_back.append))

        @mc.post_fn
        def run(user):
            order.append(user)
            if user < 100:
                ok(mc.poller_post(self.poller, run, user + 100, destroy))

        for number in (1, 2, 3):
            ok(mc.poller_post(self.poller, run, number, destroy))
        self.assertEqual(mc.poller_is_polling(self.poller), 1)
        ok(mc.poller_poll(self.poller, 0))
        self.assertEqual((order, given_back), ([1, 2, 3], [1, 2, 3]))
        self.assertEqual(ok(mc.poller_loop(self.poller, -1, 0)), 0)
        self.assertEqual(order, [1, 2, 3, 101, 102, 103])
        self.assertEqual(given_back, order)

    def test_what_was_posted_to_a_poller_that_is_freed_is_only_given_back(self):
        ran, given_back = [], []
        run, destroy = mc.post_fn(ran.append), mc.destroy_fn(given_back.append)
        poller = self.new(mc.poller_new, mc.poller_free)
        ok(mc.poller_post(poller, run, 4, destroy))
        self.free(mc.poller_free, poller)
        self.assertEqual((ran, given_back), ([], [4]))

    def test_a_stop_is_kept_for_the_next_loop_once_and_a_wake_for_the_next_wait(self):
        self.new_listener(lambda data: 0)
        ok(mc.poller_stop(self.poller))
        ok(mc.poller_stop(self.poller))
        self.assertEqual(ok(mc.poller_loop(self.poller, -1, 0)), mc.STOPPED)
        ok(mc.poller_wake(self.poller))
        self.assertEqual(ok(mc.poller_poll(self.poller, -1)), 0)
        stopper = threading.Timer(0.02, lambda: mc.poller_stop(self.poller))
        stopper.start()
        self.addCleanup(stopper.join)
        self.assertEqual(ok(mc.poller_loop(self.poller, -1, 0)), mc.STOPPED)

    def test_each_wait_policy_serves_everything(self):
        heard = []
        self.new_listener(lambda data: heard.append(data) or 0)
        pulled = self.new_listener(port=new_port())
        for policy, seconds in ((mc.WAIT_HYBRID, 50e-6), (mc.WAIT_HYBRID, 1),
                                (mc.WAIT_COALESCE, 200e-6), (mc.WAIT_BLOCK, 0)):
            ok(mc.poller_set_wait(self.poller, policy, seconds))
            heard.clear()
            # Sent by another thread while this one waits, as a rule.
            sender = threading.Thread(target=lambda: ok(
                mc.sendto(b"x", 1, GROUP, self.port, mc.TTL_HOST)))
            sender.start()
            while not heard:
                ok(mc.poller_poll(self.poller, 10))
            sender.join()
            self.assertEqual(heard, [b"x"])
            packet = mc.packet_pointer()
            self.assertEqual(ok(mc.listener_next(pulled, ctypes.byref(packet), 0.002)), 0)
        self.assert_fails(mc.poller_set_wait(self.poller, mc.WAIT_HYBRID, 1.5), mc.ERROR_TIME,
                          "0 to 1 second")
        self.assert_fails(mc.poller_set_wait(self.poller, 7, 0), mc.ERROR_FLAGS, "policy 7",
                          "MC_WAIT_HYBRID")

    def test_times_that_are_none(self):
        nan = float("nan")
        never = self.keep(mc.timer_fn(lambda _: 0))
        timer = mc.handle()
        for outcome in (mc.poller_poll(self.poller, nan), mc.poller_loop(self.poller, 0, nan),
                        mc.timer_new(ctypes.byref(timer), self.poller, nan, 0, never, None,
                                     mc.destroy_fn()),
                        mc.timer_new(ctypes.byref(timer), self.poller, -1, 0, never, None,
                                     mc.destroy_fn())):
            self.assert_fails(outcome, mc.ERROR_TIME)
        self.assertIsNone(timer.value)

    def test_programs_that_are_executed_inherit_no_descriptor_of_the_library(self):
        self.new_listener(lambda data: 0)
        pulled = self.new_listener(port=new_port())
        ok(mc.multicaster_send(self.new_multicaster(), b"x", 1))
        ok(mc.sendto(b"x", 1, GROUP, self.port, mc.TTL_HOST))
        ours = [int(fd) for fd in descriptors() if fd not in descriptors_at_first]
        self.assertIn(mc.listener_fd(pulled), ours)
        self.assertGreater(len(ours), 5)
        for fd in ours:
            self.assertFalse(os.get_inheritable(fd), os.readlink(f"/proc/self/fd/{fd}"))


if __name__ == "__main__":
    unittest.main()
