"""The examples of Python's multicast module, as its documentation has them."""
import ctypes
import os
import time
import unittest

import mc
from fixture import Case, buffers, bytes_of, new_port, ok

DEFAULT = (mc.DEFAULT_GROUP, mc.DEFAULT_PORT)


def sendto(packets, group=mc.DEFAULT_GROUP, port=mc.DEFAULT_PORT, ttl=mc.DEFAULT_TTL):
    """The module's sendto(packets, ip, port, ttl): one packet, or many."""
    if isinstance(packets, bytes):
        return ok(mc.sendto(packets, len(packets), group, port, ttl))
    packets = list(packets)
    return ok(mc.sendto_many(buffers(packets), len(packets), group, port, ttl))


class Module(Case):
    def test_listen_sendto_poll_next(self):
        # listener = listen(); sendto('test'); poll(); listener.next() -> 'test'
        listener = self.new(mc.listener_new, mc.listener_free, None)
        ok(mc.listener_add(listener, *DEFAULT))
        ok(mc.listener_open(listener))
        sendto(b"test")
        ok(mc.poll(0))
        self.assertEqual(self.next(listener), b"test")
        self.assertIsNone(self.next(listener, 0))

    def test_nothing_given_means_the_defaults(self):
        listener = self.new_listener(group=None, port=mc.DEFAULT_PORT)
        sendto(b"no group", None)
        sendto(b"empty group", b"")
        self.assertEqual([self.next(listener) for _ in range(2)], [b"no group", b"empty group"])

    def test_listen_with_a_handler_blocks_until_it_has_had_enough(self):
        heard = []

        def handler(packet, user):
            heard.append((bytes_of(packet), user))
            if len(heard) == 3:
                return 1
            sendto([b"%d" % len(heard)])
            return 0

        # What begins it must come while it listens: a timer of the same poller.
        first = mc.timer_fn(lambda _: sendto(b"0"))
        self.new(mc.timer_new, mc.timer_free, None, 0, 0, first, None, mc.destroy_fn())
        ok(mc.listen(mc.packet_fn(handler), 42, *DEFAULT, mc.DEFAULT_MTU, 0))
        self.assertEqual([user for _, user in heard], [42] * 3)
        self.assertEqual(heard[0][0], b"0")

    def test_listen_ends_after_its_limit(self):
        heard = []
        handler = mc.packet_fn(lambda packet, _: heard.append(bytes_of(packet)) or 0)
        begin = mc.timer_fn(lambda _: sendto([b"12345", b"2", b"3"]) - 3)
        self.new(mc.timer_new, mc.timer_free, None, 0, 0, begin, None, mc.destroy_fn())
        self.assertEqual(mc.listen(handler, None, *DEFAULT, 4, 2), 0)
        self.assertEqual(heard, [b"1234", b"2"])  # mtu 4, limit 2

    def test_listen_says_when_it_was_stopped(self):
        stop = mc.timer_fn(lambda _: mc.poller_stop(mc.default_poller()))
        self.new(mc.timer_new, mc.timer_free, None, 0, 0, stop, None, mc.destroy_fn())
        never = mc.packet_fn(lambda packet, user: 0)
        self.assertEqual(mc.listen(never, None, *DEFAULT, mc.DEFAULT_MTU, 0), mc.STOPPED)

    def test_printer(self):
        # class Printer(MulticastListener): filter = lambda packet, addr: True
        #     def handle_packet(self, packet, addr): print packet; return True  # Stop listening
        printed = []
        accept = self.keep(mc.filter_fn(lambda packet, _: 1))

        @mc.packet_fn
        def handle_packet(packet, _):
            printed.append(bytes_of(packet))
            return 1

        # Printer(); sendto('test'); poll()
        printer = self.new(mc.listener_new, mc.listener_free, None)
        keeper = self.new(mc.filter_callable, mc.filter_free, accept, None, mc.destroy_fn())
        ok(mc.listener_set_filter(printer, keeper))
        ok(mc.listener_set_handler(printer, handle_packet, None, mc.destroy_fn()))
        ok(mc.listener_add(printer, *DEFAULT))
        ok(mc.listener_open(printer))
        sendto(b"test")
        sendto(b"too late")
        ok(mc.poll(5))
        self.assertEqual(printed, [b"test"])
        self.assertEqual(mc.listener_is_open(printer), 0)

    def test_sendto_of_many(self):
        listener = self.new_listener(group=DEFAULT[0], port=DEFAULT[1])
        packets = [b"first", b"", b"\0third\0"]
        self.assertEqual(sendto(packets), 3)
        self.assertEqual([self.next(listener) for _ in packets], packets)

    def test_a_multicaster_is_an_iterable_of_packets(self):
        # class Countdown(Multicaster): def __iter__(self): yield from ...
        packets = iter([b"3", b"2", b"1", b"", b"0"])
        lent = []

        @mc.source_fn
        def source(buffer, _):
            packet = next(packets, None)
            if packet is None:
                return mc.SOURCE_END
            lent[:] = [packet]  # valid until the next call
            buffer.contents.data = ctypes.cast(ctypes.c_char_p(packet), ctypes.c_void_p)
            buffer.contents.size = len(packet)
            return mc.SOURCE_PACKET

        heard = []
        port = new_port()
        listener = self.new_listener(lambda data: heard.append(data) or data == b"0",
                                     mc.default_poller(), DEFAULT[0], port)
        multicaster = self.new(mc.multicaster_new, mc.multicaster_free, None, DEFAULT[0], port,
                               mc.DEFAULT_TTL)
        ok(mc.multicaster_set_source(multicaster, source, None, mc.destroy_fn()))
        self.assertEqual(mc.loop(-1, 0), 0)
        self.assertEqual(heard, [b"3", b"2", b"1", b"", b"0"])
        self.assertEqual(mc.multicaster_is_open(multicaster), 0)
        self.assertEqual(mc.listener_is_open(listener), 0)

    def test_register_poll_unregister(self):
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        self.addCleanup(os.close, writer)
        told = []
        handle_read = self.keep(mc.descriptor_fn(
            lambda fd, events, _: told.append((fd, events, os.read(fd, 100))) or 0))
        ok(mc.register(reader, 0, handle_read, mc.descriptor_fn(), None, mc.destroy_fn()))
        self.assertEqual(mc.poll(0), 0)
        os.write(writer, b"x")
        self.assertEqual(mc.poll(5), 1)
        self.assertEqual(told, [(reader, mc.READABLE, b"x")])
        ok(mc.unregister(reader))
        os.write(writer, b"y")
        self.assertEqual(mc.poll(0), 0)
        self.assertEqual(len(told), 1)

    def test_loop_sleeps_between_polls_and_ends_when_polling_is_false(self):
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        self.addCleanup(os.close, writer)
        os.write(writer, b"abc")
        told = []
        handle_read = self.keep(mc.descriptor_fn(
            lambda fd, events, _: told.append(os.read(fd, 1)) or int(len(told) == 3)))
        ok(mc.register(reader, 0, handle_read, mc.descriptor_fn(), None, mc.destroy_fn()))
        self.assertEqual(mc.poller_is_polling(mc.default_poller()), 1)
        begin = time.monotonic()
        self.assertEqual(mc.loop(-1, 0.02), 0)
        self.assertEqual(told, [b"a", b"b", b"c"])
        self.assertGreaterEqual(time.monotonic() - begin, 0.04)  # it slept twice at least
        self.assertEqual(mc.poller_is_polling(mc.default_poller()), 0)

    def test_the_ttl_table(self):
        table = {"HOST": 0, "SUBNET": 1, "SITE": 32, "REGION": 64, "CONTINENT": 128,
                 "UNRESTRICTED": 255}
        listener = self.new_listener(
            group=DEFAULT[0], set_up=lambda new: ok(mc.listener_set_details(new, mc.PACKET_TTL)))
        for name, ttl in table.items():
            with self.subTest(name):
                sendto(b"far", *DEFAULT[:1], self.port, getattr(mc, "TTL_" + name))
                packet = mc.packet_pointer()
                self.assertEqual(ok(mc.listener_next(listener, ctypes.byref(packet), 5)), 1)
                self.assertTrue(packet.contents.flags & mc.PACKET_TTL)
                self.assertEqual(packet.contents.ttl, ttl)


if __name__ == "__main__":
    unittest.main()
