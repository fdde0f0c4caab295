"""What callbacks raise surfaces from the call that ran them, and nothing is lost or leaks by it."""
import gc
import threading
import unittest
import weakref

import multicast
from fixture import GROUP, Case
from multicast import Multicaster, MulticastListener, filters


class Oops(Exception):
    pass


class Raising(Case):
    def poll_raises(self, text, poll=lambda: multicast.poll(5)):
        with self.assertRaises(Oops) as raised:
            poll()
        self.assertEqual(str(raised.exception), text)

    def numbered(self, count):
        return [b"%d" % number for number in range(count)]

    def test_packets_read_together_follow_with_the_next_poll(self):
        def raise_at(packet):
            if packet in (b"1", b"3"):
                raise Oops(packet.decode())

        listener = self.hear(raise_at)
        self.send(self.numbered(6))
        self.poll_raises("1")
        self.assertEqual(self.heard, self.numbered(2))
        self.assertTrue(multicast.default_poller().polling)
        self.poll_raises("3")
        multicast.poll()
        self.assertEqual(self.heard, self.numbered(6))
        self.assertEqual(listener.stats().delivered, 6)

    def test_order_is_kept_among_batches(self):
        def raise_once(packet):
            if packet == b"10":
                raise Oops("10")

        self.hear(raise_once)
        expected = self.numbered(500)
        for each in expected:
            self.send(each)
        self.poll_raises("10")
        self.poll_until(lambda: len(self.heard) >= 500)
        self.assertEqual(self.heard, expected)

    def test_listen_and_loop_raise_too(self):
        def handler(packet, addr):
            raise Oops("listen")

        multicast.Timer(0, lambda: self.send(b"x"))
        self.poll_raises("listen", lambda: multicast.listen(handler, GROUP, self.port))
        self.hear(lambda packet: handler(packet, None))
        self.send(b"x")
        self.poll_raises("listen", lambda: multicast.loop(5))

    def test_a_limit_and_a_close_hold_for_what_was_kept_back(self):
        def raise_first(packet):
            if packet == b"0":
                raise Oops("0")
            return packet == b"2"

        listener = self.hear(raise_first, limit=4)
        self.send(self.numbered(6))
        self.poll_raises("0")
        multicast.poll()
        self.assertEqual(self.heard, self.numbered(3))
        self.assertEqual(listener.stats().delivered, 3)
        other = self.hear(raise_first)
        self.send([b"0", b"1"])
        self.poll_raises("0")
        other.close()
        multicast.poll()
        self.assertEqual(len(self.heard), 4)

    def test_every_callback(self):
        def fail(*_):
            raise Oops("failed")

        class Failing(Multicaster):
            def __iter__(self):
                yield b"first"
                fail()

        poller = multicast.default_poller()
        listener = self.pull(filter=filters.prefix(b"1") & fail)
        self.send(b"1")
        self.poll_raises("failed", lambda: listener.next(5))
        self.poll_raises("failed", lambda: filters.function(fail).matches(b""))
        multicast.Timer(0, fail)
        self.poll_raises("failed")
        poller.post(fail)
        self.poll_raises("failed")
        sender = Failing(GROUP, self.port, 0)
        self.poll_raises("failed")
        self.poll_until(lambda: not sender.is_open)
        MulticastListener(None, GROUP, self.port, batch_handler=fail)
        self.send(b"x")
        self.poll_raises("failed")

    def test_a_filter_that_raises_loses_no_packet_but_its_own(self):
        def choose(packet, addr):
            if packet == b"1":
                raise Oops("1")
            return True

        listener = self.pull(choose)
        self.send(self.numbered(4))
        with self.assertRaises(Oops):
            listener.next(5)
        self.assertEqual([listener.next(5) for _ in range(3)], [b"0", b"2", b"3"])

    def test_several_are_raised_one_by_one_and_the_gravest_first(self):
        def interrupt():
            raise KeyboardInterrupt

        poller = multicast.default_poller()
        for number in range(2):
            poller.post(lambda number=number: self.fail(f"post {number}"))
        poller.post(interrupt)
        with self.assertRaises(KeyboardInterrupt):
            multicast.poll(5)
        for number in range(2):
            with self.assertRaisesRegex(AssertionError, f"post {number}"):
                multicast.poll(5)
        multicast.poll()

    def test_polling_inside_of_a_callback_is_refused(self):
        self.hear(lambda packet: multicast.poll())
        self.send(b"x")
        with self.assertRaises(multicast.UsageError) as refused:
            multicast.poll(5)
        self.assertEqual(refused.exception.name, "MC_ERROR_BUSY")

    def test_another_poller_inside_of_a_callback_raises_there(self):
        inner, caught = multicast.Poller(), []

        def fail():
            raise Oops("inner")

        def outer():
            inner.post(fail)
            try:
                inner.poll(5)
            except Oops as error:
                caught.append(str(error))

        multicast.Timer(0, outer)
        multicast.poll(5)
        self.assertEqual(caught, ["inner"])
        inner.close()


class Lifetimes(Case):
    def collected(self, make):
        """Whether what make() returned is collected."""
        reference = weakref.ref(make())
        gc.collect()
        return reference() is None

    def test_who_is_open_lives_and_who_is_not_does_not(self):
        self.assertTrue(self.collected(self.pull))
        self.assertFalse(self.collected(self.hear))
        self.send(b"1")
        self.poll_until(lambda: self.heard)

        def closed():
            listener = self.hear()
            listener.close()
            return listener

        self.assertTrue(self.collected(closed))
        self.assertFalse(self.collected(lambda: multicast.Timer(0, lambda: None)))
        self.assertTrue(self.collected(multicast.Poller))

    def test_a_poller_takes_what_lives_on_it_along(self):
        def made():
            poller = multicast.Poller()
            self.hear(poller=poller)
            multicast.Timer(0, lambda: None, poller=poller)
            return poller

        self.assertTrue(self.collected(made))

    def test_a_filter_that_refers_to_its_listener_is_no_leak(self):
        class Counting(MulticastListener):
            def __init__(self, port):
                super().__init__(self.count, GROUP, port)

            def count(self, packet, addr):
                return True

        self.assertTrue(self.collected(lambda: Counting(self.port)))

    def test_what_handlers_close_and_drop(self):
        others = [self.hear() for _ in range(3)]

        def drop(packet):
            for each in others:
                each.close()
            others.clear()
            gc.collect()

        first = self.hear(drop)
        self.send([b"1", b"2"])
        multicast.poll(5)
        multicast.poll()
        self.assertTrue(first.is_open)
        self.assertTrue(set(self.heard) <= {b"1", b"2"})

    def test_a_poller_that_its_callback_closes(self):
        poller = multicast.Poller()
        self.hear(lambda packet: poller.close(), poller=poller)
        self.send([b"1", b"2"])
        poller.loop(5)
        with self.assertRaises(multicast.ClosedError):
            poller.poll()

    def test_what_a_thread_made_ends_with_it_and_can_be_dropped_elsewhere(self):
        left = []

        def work():
            left.append(multicast.default_poller())
            left.append(multicast.Poller())
            left.append(self.pull())
            left.append(self.hear(poller=left[1]))
            left.append(multicast.Multicaster(GROUP, self.port, 0))

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        with self.assertRaises(multicast.ClosedError):
            left[0].stop()
        with self.assertRaises(multicast.Error):
            left[4].send(b"x")
        left[1].adopt()
        left[1].poll()
        self.assertFalse(left[2].is_open)
        left.clear()
        gc.collect()


if __name__ == "__main__":
    unittest.main()
