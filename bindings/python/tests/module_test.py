"""Listening, sending and polling: what is documented, and what is beyond."""
import os
import re
import select
import socket
import threading
import time
import unittest

import multicast
from fixture import GROUP, Case, run_python
from multicast import Multicaster, MulticastListener, filters


class Sending(Case):
    def test_text_is_one_packet_and_an_iterable_is_many(self):
        listener = self.pull()
        self.send("h\xe4")
        self.send(bytearray(b"b"))
        self.send(memoryview(b"view"))
        self.send([b"1", "2", b""])
        self.send(each for each in ("3", b"4"))
        expected = ["h\xe4".encode(), b"b", b"view", b"1", b"2", b"", b"3", b"4"]
        self.assertEqual([listener.next(5) for _ in expected], expected)
        with self.assertRaises(TimeoutError):
            listener.next(0)

    def test_what_is_refused(self):
        for packets, kind in ((5, TypeError), ([5], TypeError), (None, TypeError),
                              (b"x" * 70000, multicast.ArgumentError)):
            with self.assertRaises(kind):
                self.send(packets)
        for given in ({"ip": "10.0.0.1"}, {"port": 0}, {"port": 70000}, {"ttl": 256}):
            with self.assertRaises(ValueError) as refused:
                multicast.sendto(b"", **given)
            self.assertIsInstance(refused.exception, multicast.Error)
        with self.assertRaises(OSError) as refused:
            multicast.sendto(b"", "239.1.1.1%eth9")
        self.assertIn("eth9", str(refused.exception))
        self.assertEqual(refused.exception.name, "MC_ERROR_INTERFACE")
        with self.assertRaises(TypeError):
            multicast.sendto(b"", b"239.1.1.1")

    def test_a_ttl_in_words(self):
        listener = self.pull(details=multicast.PACKET_TTL)
        for text, number in (("same host", 0), ("Same Subnet", 1), ("site", 32), ("same region", 64),
                             ("CONTINENT", 128), ("unrestricted", 255), ("7", 7), (8, 8)):
            with Multicaster(GROUP, self.port, text) as multicaster:
                self.assertEqual(multicaster.ttl, number)
                multicaster.send(b"1")
                multicaster.ttl = 9
                multicaster.ttl = text
                self.assertEqual(multicaster.ttl, number)
                multicaster.send(b"2")
            multicast.sendto(b"3", GROUP, self.port, ttl=text)
            multicast.sendto([b"4"], GROUP, self.port, ttl=text)
            self.assertEqual([listener.receive(5).ttl for _ in range(4)], [number] * 4)
        with Multicaster(GROUP, self.port, 0) as multicaster:
            for wrong, kind, says in (("same planet", multicast.ArgumentError, "same site"),
                                      ("256", multicast.ArgumentError, "256"),
                                      (-1, multicast.ArgumentError, "-1"),
                                      ("1\0", multicast.ArgumentError, "NUL"),
                                      (1.5, TypeError, "ttl .* not float"),
                                      (None, TypeError, "ttl"), (b"site", TypeError, "ttl")):
                for call in (lambda: setattr(multicaster, "ttl", wrong),
                             lambda: Multicaster(GROUP, self.port, wrong),
                             lambda: multicast.sendto(b"", GROUP, self.port, wrong)):
                    with self.assertRaisesRegex(kind, says):
                        call()
            self.assertEqual(multicaster.ttl, 0)

    def test_a_nul_in_a_text_is_refused(self):
        listener = self.pull()
        sender = Multicaster(GROUP, self.port, 0)
        for call in (lambda text: MulticastListener(None, text + GROUP),
                     lambda text: listener.add(text), lambda text: listener.remove(text),
                     lambda text: Multicaster(text), lambda text: multicast.sendto(b"", text),
                     lambda text: listener.block_source(text),
                     lambda text: listener.allow_source("10.0.0.1", text),
                     lambda text: listener.hear_only(["10.0.0.1", text]),
                     lambda text: listener.hear_all_but([], text),
                     filters.source, sender.set_source_address, multicast.default_interface):
            for text in (GROUP + "\0garbage", "10.0.0.1\0x", "10.0.0.0/8\0-x", "\0"):
                with self.assertRaises(multicast.ArgumentError) as refused:
                    call(text)
                self.assertIn(repr(text)[1:-1], str(refused.exception))
        listener.hear_all_but()  # nothing was changed

    def test_a_multicaster_yields_packets_and_lives_while_it_is_open(self):
        class Countdown(Multicaster):
            def __iter__(self):
                yield from ("2", b"1", bytearray(b"0"))

        Countdown(GROUP, self.port, 0)
        self.hear(lambda packet: packet == b"0")
        multicast.loop(5)
        self.assertEqual(self.heard, [b"2", b"1", b"0"])

    def test_an_iteration_pauses_and_goes_on(self):
        paused = []

        class Pausing(Multicaster):
            def __iter__(self):
                yield b"1"
                paused.append(1)
                yield None
                yield b"2"

        multicaster = Pausing(GROUP, self.port, 0)
        self.hear()
        self.poll_until(lambda: paused and self.heard)
        self.assertTrue(multicaster.is_open)
        multicaster.resume()
        self.poll_until(lambda: len(self.heard) == 2)
        self.assertFalse(multicaster.is_open)

    def test_sending_directly(self):
        listener = self.pull()
        with Multicaster(GROUP, self.port, 0) as multicaster:
            multicaster.send("one")
            self.assertEqual(multicaster.send_many([b"two", b"six", ""]), 3)
            self.assertEqual(multicaster.send_packed(b"abc", b"\1\0\0\0\2\0\0\0"), 2)
            with self.assertRaises(ValueError):
                multicaster.send_packed(b"abc", b"\1\0\0\0\3\0\0\0")
            multicaster.ttl, multicaster.batching = 0, True
            multicaster.send(b"later")
            self.assertEqual(multicaster.flush(), 0)
            self.assertEqual(multicaster.stats().sent, 7)
        expected = [b"one", b"two", b"six", b"", b"a", b"bc", b"later"]
        self.assertEqual([listener.next(5) for _ in expected], expected)
        with self.assertRaises(multicast.ClosedError):
            multicaster.send(b"")
        multicaster.close()

    def test_questions_and_answers(self):
        answers = []

        class Asker(Multicaster):
            def handle_answer(self, packet):
                answers.append(packet)
                return True

        asker = Asker(GROUP, self.port, 0)
        responder = self.pull(details=multicast.PACKET_TTL | multicast.PACKET_TIME)
        asker.send(b"who?")
        question = responder.receive(5)
        self.assertEqual((question.data, question.ttl, question.dscp), (b"who?", 0, None))
        self.assertEqual(question.addr[1], asker.source[1])
        self.assertEqual(question.group, (GROUP, self.port))
        self.assertGreater(question.time, 10 ** 18)
        question.reply("me")
        self.poll_until(lambda: answers)
        self.assertEqual(answers[0].data, b"me")  # kept, though it was lent
        self.assertFalse(asker.is_open)


class Listening(Case):
    def test_listen_blocks_until_the_handler_has_had_enough(self):
        multicast.Timer(0, lambda: self.send([b"1", b"2", b"3"]))
        heard = []
        multicast.listen(lambda packet, addr: heard.append((packet, addr[0])) or packet == b"2",
                         GROUP, self.port)
        self.assertEqual(heard, [(b"1", "127.0.0.1"), (b"2", "127.0.0.1")])

    def test_listen_ends_after_its_limit_or_when_stopped(self):
        multicast.Timer(0, lambda: self.send([b"1234", b"2", b"3"]))
        heard = []
        multicast.listen(lambda packet, addr: heard.append(packet), GROUP, self.port, 2, 2)
        self.assertEqual(heard, [b"12", b"2"])
        multicast.Timer(0, multicast.default_poller().stop)
        multicast.listen(lambda packet, addr: None, GROUP, self.port)

    def test_an_iterator_ends_when_its_limit_is_reached(self):
        listener = multicast.listen(None, GROUP, self.port, limit=3)
        self.send([b"1", b"2", b"3", b"4"])
        self.assertEqual(next(listener), b"1")
        self.assertEqual(list(listener), [b"2", b"3"])
        self.assertFalse(listener.is_open)
        with self.assertRaises(StopIteration):
            listener.next()

    def test_a_limit_closes_a_listener_with_a_handler(self):
        listener = self.hear(limit=70)
        self.send([b"%d" % number for number in range(100)])
        multicast.loop(1)
        self.assertEqual(len(self.heard), 70)
        self.assertFalse(listener.is_open)
        self.assertEqual(listener.stats().delivered, 70)
        listener.open()
        self.send([b"x"])
        self.poll_until(lambda: len(self.heard) == 71)

    def test_enough_in_the_middle_of_a_batch(self):
        listener = self.hear(lambda packet: packet == b"5")
        self.send([b"%d" % number for number in range(10)])
        multicast.loop(1)
        self.assertEqual(self.heard, [b"%d" % number for number in range(6)])
        stats = listener.stats()
        self.assertEqual((stats.delivered, stats.arrived), (6, 6))
        self.assertEqual(stats.delivered_bytes, 6)

    def test_a_handler_that_closes_gets_nothing_more_even_if_it_opens_again(self):
        class Fickle(MulticastListener):
            def handle_packet(fickle, packet, addr):
                self.heard.append(packet)
                if packet == b"2":
                    fickle.close()
                    fickle.open()

        fickle = Fickle(None, GROUP, self.port)
        self.send([b"1", b"2", b"3"])
        multicast.poll(1)
        self.assertEqual(self.heard, [b"1", b"2"])
        self.send([b"4"])
        self.poll_until(lambda: len(self.heard) == 3)
        self.assertEqual(self.heard[2], b"4")
        fickle.close()

    def test_filters_of_every_kind(self):
        class ByAttribute(MulticastListener):
            filter = lambda packet, addr: packet == b"abc" and addr[0] == "127.0.0.1"  # noqa: E731

        class ByExpression(MulticastListener):
            filter = "a.c$"

        class Mixed:
            filter = staticmethod(lambda packet, addr: packet == b"abc")

        class ByMixin(Mixed, MulticastListener):
            pass

        made = [ByAttribute(None, GROUP, self.port), ByExpression(None, GROUP, self.port),
                ByMixin(None, GROUP, self.port)]
        for given in (lambda packet, addr: b"bc" in packet, "ab", b"a.c", re.compile("A", re.I),
                      filters.prefix(b"ab") & filters.size(3, 3), ~filters.prefix("x")):
            made.append(self.pull(filter=given))
        self.send([b"xyz", b"abc"])
        for listener in made:
            self.assertEqual(listener.next(5), b"abc")
        made[0].filter = None
        self.assertIsNone(made[0].filter)
        self.send(b"any")
        self.assertEqual(made[0].next(5), b"any")
        for given in (5, [b"a"], b"(", "a(?=b)"):
            with self.assertRaises((TypeError, ValueError, re.error)):
                self.pull(filter=given)

    def test_batches_without_copies(self):
        kept, batches = [], []

        class Batches(MulticastListener):
            def handle_batch(self, batch):
                batches.append(batch)
                kept.append(batch[0])
                for view, size, first in zip(batch, batch.sizes, batch.offsets):
                    assert view == batch.data[first:first + size] and view.readonly
                self_heard.extend(map(bytes, batch))
                assert batch.packets() == [bytes(view) for view in batch]
                assert batch.addrs()[0] == batch.packet(0).addr
                return batch.packets()[-1] == b"end"

        self_heard = self.heard
        Batches(None, GROUP, self.port)
        expected = [b"%d" % number for number in range(100)] + [b"", b"end"]
        self.send(expected)
        multicast.loop(1)
        self.assertEqual(self.heard, expected)
        for late in (lambda: kept[0][0], lambda: batches[0].data, lambda: len(batches[0])):
            with self.assertRaises(ValueError):
                late()

    def test_a_view_that_is_kept_is_told_of(self):
        printed, _ = run_python("""
kept, poller = [], multicast.Poller()
listener = multicast.MulticastListener(None, GROUP, PORT, poller=poller,
                                       batch_handler=lambda batch: kept.append(batch.data[:2]))
multicast.sendto(b"abc", GROUP, PORT, 0)
try:
    poller.poll(5)
except BufferError as error:
    print(error)
poller.close()
del poller, listener
print(bytes(kept[0]))  # whoever looks all the same does not crash
""")
        self.assertRegex(printed, "a view .* was kept .*\nb'ab'\n")

    def test_batches_that_are_pulled(self):
        listener = self.pull()
        self.send([b"1", b"22", b"333"])
        batch = listener.receive_batch(5, 2)
        self.assertEqual([bytes(each) for each in batch], [b"1", b"22"])
        self.assertEqual(listener.next(5), b"333")
        with self.assertRaises(ValueError):
            batch[0]

    def test_its_descriptor_tells_of_every_packet(self):
        listener = self.pull()
        self.send([b"1", b"2", b"3"])
        self.assertEqual(listener.next(5), b"1")
        waits = select.poll()
        waits.register(listener.fileno(), select.POLLIN)
        self.assertEqual([listener.next(0) for _ in range(2)], [b"2", b"3"])
        self.send([b"4", b"5"])
        for packet in (b"4", b"5"):
            self.assertTrue(waits.poll(5000))
            self.assertEqual(listener.next(0), packet)
        self.assertFalse(waits.poll(0))

    def test_every_form_of_pulling_goes_on_where_another_ended(self):
        listener = self.pull()
        self.send([b"%d" % number for number in range(6)])
        self.assertEqual(listener.next(5), b"0")
        self.assertEqual(listener.stats().delivered, 1)
        self.assertEqual(listener.receive(5).data, b"1")
        batch = listener.receive_batch(5)
        self.assertEqual(batch.packets(), [b"2", b"3", b"4", b"5"])
        self.assertEqual(bytes(batch[1]), b"3")
        self.assertEqual(batch.packet(3).data, b"5")

    def test_a_listener_with_a_handler_is_not_pulled(self):
        listener = self.hear()
        with self.assertRaises(multicast.UsageError):
            listener.next(0)
        with self.assertRaises(TypeError):
            MulticastListener(handler=print, batch_handler=print)
        with self.assertRaises(TypeError):
            MulticastListener(handler=5)

    def test_closing_twice_and_using_what_is_closed(self):
        listener, poller = self.hear(), multicast.Poller()
        listener.close()
        listener.close()
        mine = MulticastListener(None, GROUP, self.port, handler=print, poller=poller)
        poller.close()
        poller.close()
        mine.close()
        self.assertFalse(mine.is_open)
        with self.assertRaises(multicast.ClosedError):
            poller.poll()
        with self.assertRaises(multicast.ClosedError):
            mine.open()
        with self.assertRaises(StopIteration):
            pulled = self.pull()
            pulled.close()
            next(pulled)


class Polling(Case):
    def test_registered_objects_are_told(self):
        class Reader:
            def __init__(self, end):
                self.end, self.told = end, []

            def fileno(self):
                return self.end.fileno()

            def handle_read(self):
                self.told.append(self.end.recv(10))

        here, there = socket.socketpair()
        with here, there:
            reader = Reader(here)
            multicast.register(reader)
            there.send(b"x")
            multicast.poll(5)
            self.assertEqual(reader.told, [b"x"])
            with self.assertRaises(multicast.UsageError):
                multicast.register(reader)
            multicast.unregister(reader)
            there.send(b"y")
            multicast.poll()
            self.assertEqual(reader.told, [b"x"])
            for wrong in (object(), there, -1, 9999):
                with self.assertRaises((TypeError, AttributeError, ValueError, OSError)):
                    multicast.register(wrong)
            told = []
            multicast.register(there, multicast.ONCE, on_write=told.append)
            multicast.loop(1)
            self.assertEqual(told, [multicast.WRITABLE])

    def test_loop_ends_when_polling_is_false(self):
        poller, fired = multicast.default_poller(), []

        def fire():
            fired.append(1)
            if len(fired) == 3:
                poller.polling = False

        timer = multicast.Timer(0, fire, every=0.001)
        begin = time.monotonic()
        multicast.loop(1, 0.01)
        self.assertEqual(len(fired), 3)
        self.assertGreater(time.monotonic() - begin, 0.02)
        self.assertTrue(timer.is_running)
        timer.stop()
        multicast.loop(1)  # nothing is left
        self.assertFalse(poller.polling)

    def test_stop_from_another_thread_ends_the_wait_and_the_sleep(self):
        poller = multicast.default_poller()
        self.hear()
        for arguments in ((None, 0), (0, 3600)):
            stopper = threading.Timer(0.02, poller.stop)
            stopper.start()
            poller.loop(*arguments)
            stopper.join()

    def test_posted_functions_run_in_order_on_the_pollers_thread(self):
        poller, ran = multicast.default_poller(), []
        thread = threading.Thread(target=lambda: [poller.post(
            lambda number: ran.append((number, threading.get_ident())), n) for n in range(5)])
        thread.start()
        self.poll_until(lambda: len(ran) == 5)
        thread.join()
        self.assertEqual(ran, [(number, threading.get_ident()) for number in range(5)])

    def test_options_and_counters(self):
        log = []
        with multicast.Poller() as poller:
            poller.log = lambda level, code, sentence: log.append((level, sentence))
            poller.loop(0)
            self.assertIn(log[0][0], (multicast.LOG_INFO, multicast.LOG_WARNING))
            poller.set_wait(multicast.WAIT_HYBRID, 1e-5)
            with self.assertRaises(ValueError):
                poller.set_wait(77)
            with self.assertRaises(ValueError):
                poller.poll(float("nan"))
            with self.assertRaises(TypeError):
                poller.poll("soon")
            self.assertIn("turns", repr(poller.stats()) + "turns")
            self.assertGreater(poller.fileno(), 0)
        self.assertEqual(multicast.interfaces()[0].name, "lo")
        self.assertEqual(multicast.default_interface(), (1, "lo"))

    def test_the_thread_that_is_wrong_is_told(self):
        poller, raised, reprs = multicast.default_poller(), [], []
        theirs = [self.hear(), Multicaster(GROUP, self.port, 0), multicast.Timer(9, print)]

        def use():
            for call in (poller.poll, lambda: theirs[0].is_open, lambda: theirs[1].is_open,
                         lambda: theirs[2].is_running):
                try:
                    call()
                except multicast.UsageError as error:
                    raised.append(error.name)
            reprs.extend(map(repr, theirs[:2]))

        thread = threading.Thread(target=use)
        thread.start()
        thread.join()
        self.assertEqual(raised, ["MC_ERROR_THREAD"] * 4)
        for each, kind in zip(reprs, ("MulticastListener", "Multicaster")):
            self.assertEqual(each, f"<multicast.{kind}, not to be asked here: MC_ERROR_THREAD>")
            self.assertEqual(repr(theirs[reprs.index(each)]), f"<multicast.{kind}, open>")

    def test_os_descriptors_are_closed_by_their_owner_only(self):
        reader, writer = os.pipe()
        multicast.register(reader, on_read=lambda events: True)
        os.write(writer, b"x")
        multicast.loop(1)
        os.close(reader)
        os.close(writer)


if __name__ == "__main__":
    unittest.main()
