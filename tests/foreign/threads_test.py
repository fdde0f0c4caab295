"""Threads and forks from Python: what is allowed elsewhere, and what is refused there."""
import ctypes
import os
import queue
import threading
import unittest

import mc
from fixture import (DEADLINE, GROUP, Case, bytes_of, numbered, ok, send, stats_of, wait_until)


def in_thread(body):
    """What the body returns in a thread of its own; what it raises is raised here."""
    outcome = queue.Queue()

    def run():
        try:
            outcome.put((body(), None))
        except BaseException as error:  # noqa: B902 - handed over, not hidden
            outcome.put((None, error))

    thread = threading.Thread(target=run)
    thread.start()
    result, error = outcome.get(timeout=DEADLINE)
    thread.join(DEADLINE)
    if error is not None:
        raise error
    return result


def in_child(body):
    """The exit status of a forked child that runs the body: 0 when it raised nothing."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            body()
            status = 0
        except BaseException as error:  # noqa: B902 - printed
            os.write(2, f"in the child: {error!r}\n".encode())
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


class OtherThreads(Case):
    def test_they_post_while_this_one_loops(self):
        threads_of_posts, order, given_back = set(), [], []
        destroy = self.keep(mc.destroy_fn(given_back.append))
        here = threading.get_ident()

        @mc.post_fn
        def run(user):
            threads_of_posts.add(threading.get_ident())
            order.append(user)
            if len(order) == 1200:
                ok(mc.poller_stop(self.poller))

        def post(first):
            for number in range(first, first + 300):
                ok(mc.poller_post(self.poller, run, number, destroy))

        self.new_listener(lambda data: 0)  # so that the loop does not end before
        late = []
        watchdog = threading.Timer(DEADLINE,
                                   lambda: late.append(mc.poller_stop(self.poller)))
        watchdog.start()
        threads = [threading.Thread(target=post, args=(i * 1000 + 1,)) for i in range(4)]
        for thread in threads:
            thread.start()
        self.assertEqual(ok(mc.poller_loop(self.poller, -1, 0)), mc.STOPPED)
        for thread in threads:
            thread.join()
        watchdog.cancel()
        watchdog.join()
        self.assertEqual(late, [])
        self.assertEqual(threads_of_posts, {here})
        for i in range(4):  # each thread's in its order
            mine = [number for number in order if number // 1000 == i]
            self.assertEqual(mine, list(range(i * 1000 + 1, i * 1000 + 301)))
        self.assertEqual(sorted(given_back), sorted(order))

    def test_they_are_refused_elsewhere(self):
        listener = self.new_listener(lambda data: 0)
        multicaster = self.new_multicaster()
        never = self.keep(mc.timer_fn(lambda _: 0))
        timer = self.new(mc.timer_new, mc.timer_free, self.poller, 1000, 0, never, None,
                         mc.destroy_fn())
        stats = mc.stats()

        def elsewhere():
            other = mc.handle()
            for outcome in (
                    mc.poller_poll(self.poller, 0), mc.poller_loop(self.poller, 0, 0),
                    mc.poller_fd(self.poller), mc.poller_is_polling(self.poller),
                    mc.poller_set_interruptible(self.poller, 1), mc.listener_close(listener),
                    mc.listener_set_mtu(listener, 5), mc.listener_is_open(listener),
                    mc.listener_stats(listener, ctypes.byref(stats), ctypes.sizeof(stats)),
                    mc.multicaster_send(multicaster, b"x", 1), mc.multicaster_resume(multicaster),
                    mc.timer_set(timer, 1, 1), mc.timer_stop(timer),
                    mc.listener_new(ctypes.byref(other), self.poller)):
                self.assert_fails(outcome, mc.ERROR_THREAD, "thread")
            self.assertIsNone(other.value)

        in_thread(elsewhere)
        self.assertEqual(mc.listener_is_open(listener), 1)  # nothing was touched
        self.assertEqual(mc.timer_is_running(timer), 1)

    def test_what_another_thread_frees_goes_in_the_next_turn(self):
        given_back = []
        destroy = self.keep(mc.destroy_fn(
            lambda user: given_back.append((user, threading.get_ident()))))
        handler = self.keep(mc.packet_fn(lambda packet, user: 0))
        listener = self.new_listener(
            set_up=lambda new: ok(mc.listener_set_handler(new, handler, 1, destroy)))
        in_thread(lambda: self.free(mc.listener_free, listener))
        self.assertEqual(given_back, [])
        ok(mc.poller_poll(self.poller, 0))
        self.assertEqual(given_back, [(1, threading.get_ident())])
        self.assertEqual(stats_of(mc.poller_stats, self.poller).channels, 0)

    def test_another_thread_takes_the_poller_over(self):
        heard = []
        listener = self.new_listener(heard.append)

        def elsewhere():
            self.assert_fails(mc.poller_poll(self.poller, 0), mc.ERROR_THREAD)
            ok(mc.poller_adopt(self.poller))
            send(numbered(0, 5), port=self.port)
            self.poll_until(lambda: len(heard) == 5)

        in_thread(elsewhere)
        self.assertEqual(heard, numbered(0, 5))
        self.assert_fails(mc.listener_close(listener), mc.ERROR_THREAD)
        ok(mc.poller_adopt(self.poller))
        ok(mc.listener_close(listener))

    def test_each_has_its_own_default_poller_and_any_may_send(self):
        listener = self.new_listener()
        pollers = {mc.default_poller(), in_thread(mc.default_poller)}
        self.assertEqual(len(pollers), 2)
        in_thread(lambda: send([b"from elsewhere"], port=self.port))
        self.assertEqual(self.next(listener), b"from elsewhere")

    def test_a_copy_goes_to_another_thread_which_answers_it(self):
        answers, copies = [], queue.Queue()

        @mc.packet_fn
        def hand_over(packet, _):
            copy = mc.packet_pointer()
            ok(mc.packet_copy(ctypes.byref(copy), packet))
            copies.put(copy)
            return 0

        def answer():
            copy = copies.get(timeout=DEADLINE)
            text = bytes_of(copy).upper()
            ok(mc.reply(copy, text, len(text)))
            mc.packet_free(copy)

        self.new_listener(set_up=lambda new: ok(
            mc.listener_set_handler(new, hand_over, None, mc.destroy_fn())))
        asker = self.new_multicaster()
        handler = self.keep(mc.packet_fn(lambda packet, _: answers.append(bytes_of(packet)) or 0))
        ok(mc.multicaster_set_handler(asker, handler, None, mc.destroy_fn()))
        answerer = threading.Thread(target=answer)
        answerer.start()
        ok(mc.multicaster_send(asker, b"hello", 5))
        self.poll_until(lambda: answers)
        answerer.join()
        self.assertEqual(answers, [b"HELLO"])

    def test_a_thread_that_ends_takes_its_default_poller_along_without_running_user_code(self):
        given_back, ports = [], []
        destroy = self.keep(mc.destroy_fn(given_back.append))
        handler = self.keep(mc.packet_fn(lambda packet, user: 0))

        def elsewhere():
            listener = mc.handle()
            ok(mc.listener_new(ctypes.byref(listener), None))
            ok(mc.listener_set_handler(listener, handler, 1, destroy))
            ok(mc.listener_add(listener, GROUP, self.port))
            ok(mc.listener_open(listener))
            ports.append(len(udp_ports(self.port)))
            return listener

        listener = in_thread(elsewhere)
        self.assertEqual(ports, [1])
        self.assertTrue(wait_until(lambda: not udp_ports(self.port)))
        self.assertEqual(given_back, [])
        mc.listener_free(listener)  # a handle still, to be freed


def udp_ports(port):
    """The lines of this network's UDP sockets that are bound to the port."""
    lines = []
    for family in ("udp", "udp6"):
        with open(f"/proc/thread-self/net/{family}", encoding="ascii") as file:
            lines += [line for line in file if line.split()[1].endswith(f":{port:04X}")]
    return lines


class Forks(Case):
    def test_the_childs_calls_on_the_parents_handles_are_refused(self):
        listener = self.new_listener()
        multicaster = self.new_multicaster()

        def child():
            packet = mc.packet_pointer()
            for outcome in (
                    mc.poller_poll(self.poller, 0), mc.poller_stop(self.poller),
                    mc.poller_wake(self.poller), mc.poller_adopt(self.poller),
                    mc.listener_next(listener, ctypes.byref(packet), 0),
                    mc.listener_close(listener), mc.multicaster_send(multicaster, b"x", 1)):
                self.assert_fails(outcome, mc.ERROR_FORKED)
            for free, handle in ((mc.listener_free, listener),
                                 (mc.multicaster_free, multicaster),
                                 (mc.poller_free, self.poller)):
                free(handle)

        self.assertEqual(in_child(child), 0)
        # The parent's are as they were.
        ok(mc.multicaster_send(multicaster, b"still here", 10))
        self.assertEqual(self.next(listener), b"still here")

    def test_the_child_has_a_default_poller_and_sockets_of_its_own(self):
        listener = self.new_listener()
        mine = mc.default_poller()
        send([b"parent"], port=self.port)

        def child():
            send([b"child"], port=self.port)
            heard = []
            handler = mc.packet_fn(lambda packet, _: heard.append(bytes_of(packet)) or 1)
            begin = mc.timer_fn(lambda _: send([b"own"], GROUP, self.port + 1000) - 1)
            timer = mc.handle()
            ok(mc.timer_new(ctypes.byref(timer), None, 0, 0, begin, None, mc.destroy_fn()))
            ok(mc.listen(handler, None, GROUP, self.port + 1000, 100, 0))
            assert heard == [b"own"], heard

        self.assertEqual(in_child(child), 0)
        self.assertEqual(mc.default_poller(), mine)
        self.assertEqual([self.next(listener), self.next(listener)], [b"parent", b"child"])

    def test_a_fork_inside_a_callback(self):
        statuses = []

        def child():
            self.assert_fails(mc.poller_poll(self.poller, 0), mc.ERROR_FORKED)
            ok(mc.poll(0))

        self.new_listener(lambda data: statuses.append(in_child(child)))
        send([b"fork"], port=self.port)
        self.poll_until(lambda: statuses)
        self.assertEqual(statuses, [0])


if __name__ == "__main__":
    unittest.main()
