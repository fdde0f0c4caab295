"""Listeners, filters and packets from Python."""
import ctypes
import errno
import time
import unittest

import mc
from fixture import (DEADLINE, GROUP, OTHER_GROUP, Case, bytes_of, new_port, numbered, ok, send,
                     send_singly, stats_of)


class Handlers(Case):
    def test_a_batch_handler_gets_what_was_read_together(self):
        batches = []

        @mc.batch_fn
        def handler(packets, count, user):
            self.assertLessEqual(count, mc.MAX_BATCH)
            batches.append([bytes_of(packets[i]) for i in range(count)])
            return int(sum(map(len, batches)) >= 200)

        listener = self.new_listener(set_up=lambda new: ok(
            mc.listener_set_batch_handler(new, handler, None, mc.destroy_fn())))
        send(numbered(0, 200), port=self.port)
        self.assertEqual(ok(mc.poller_loop(self.poller, -1, 0)), 0)
        self.assertEqual(sum(batches, []), numbered(0, 200))
        self.assertLess(len(batches), 100)  # together, not one by one
        self.assertEqual(mc.listener_is_open(listener), 0)

    def test_a_limit_ends_it_after_so_many_packets_from_each_opening(self):
        heard = []
        listener = self.new_listener(heard.append,
                                     set_up=lambda new: ok(mc.listener_set_limit(new, 3)))
        for turn in range(2):
            send(numbered(0, 9), port=self.port)
            self.assertEqual(ok(mc.poller_loop(self.poller, -1, 0)), 0)
            self.assertEqual(heard, numbered(0, 3) * (turn + 1))
            self.assertEqual(mc.listener_is_open(listener), 0)
            ok(mc.listener_open(listener))
        ok(mc.listener_set_limit(listener, 0))
        send(numbered(0, 9), port=self.port)
        self.poll_until(lambda: len(heard) == 15)
        self.assertEqual(mc.listener_is_open(listener), 1)

    def test_a_handler_is_replaced_at_any_time_and_its_user_given_back(self):
        given_back = []
        destroy = self.keep(mc.destroy_fn(given_back.append))
        heard = []
        function = self.keep(mc.packet_fn(lambda packet, user: heard.append(user) or 0))
        listener = self.new_listener(set_up=lambda new: ok(
            mc.listener_set_handler(new, function, 1, destroy)))
        send([b"a"], port=self.port)
        self.poll_until(lambda: len(heard) == 1)
        ok(mc.listener_set_handler(listener, function, 2, destroy))
        self.assertEqual(given_back, [1])
        send([b"b"], port=self.port)
        self.poll_until(lambda: len(heard) == 2)
        self.assertEqual(heard, [1, 2])
        # Whether it is pulled changes only while closed.
        self.assert_fails(mc.listener_set_handler(listener, mc.packet_fn(), None, mc.destroy_fn()),
                          mc.ERROR_OPEN)
        self.free(mc.listener_free, listener)
        self.assertEqual(given_back, [1, 2])

    def test_a_callback_may_free_its_own_listener(self):
        given_back = []
        destroy = self.keep(mc.destroy_fn(given_back.append))
        heard = []

        @mc.packet_fn
        def handler(packet, user):
            heard.append(bytes_of(packet))
            self.free(mc.listener_free, listener)
            self.assertEqual(given_back, [])  # not before the callback has returned
            return 0

        listener = self.new_listener(
            set_up=lambda new: ok(mc.listener_set_handler(new, handler, 7, destroy)))
        send([b"1", b"2"], port=self.port)
        self.poll_until(lambda: given_back)
        self.assertEqual((heard, given_back), ([b"1"], [7]))
        self.assertEqual(mc.poller_is_polling(self.poller), 0)

    def test_several_groups_one_of_them_removed(self):
        def set_up(new):
            ok(mc.listener_add(new, OTHER_GROUP, self.port))
            ok(mc.listener_add(new, b"239.2.1.3", self.port))
            ok(mc.listener_remove(new, b"239.2.1.3", self.port))

        groups = []

        @mc.packet_fn
        def handler(packet, _):
            text = ctypes.create_string_buffer(mc.ADDRESS_TEXT_SIZE)
            group = packet.contents.group
            self.assertEqual(mc.address_format(ctypes.byref(group), text, len(text)),
                             len(text.value))
            groups.append(text.value.decode())
            return 0

        listener = self.new_listener(lambda data: 0, set_up=set_up)
        ok(mc.listener_set_handler(listener, handler, None, mc.destroy_fn()))
        for group in (GROUP, b"239.2.1.3", OTHER_GROUP):
            send([b"x"], group, self.port)
        self.poll_until(lambda: len(groups) == 2)
        self.assertEqual(sorted(groups), [f"239.2.1.1:{self.port}", f"239.2.1.2:{self.port}"])


def views(batch):
    """The packets of a packed batch as views of the library's own memory: nothing is copied."""
    block = (ctypes.c_ubyte * batch.size).from_address(ctypes.addressof(batch.data.contents))
    whole = memoryview(block).cast("B").toreadonly()
    return [whole[offset:offset + size] for offset, size in
            zip(batch.offsets[:batch.count], batch.sizes[:batch.count])]


class Packed(Case):
    def test_a_handler_gets_one_block_and_slices_it_without_copying(self):
        heard, places = [], []

        @mc.packed_fn
        def handler(batch, user):
            batch = batch.contents
            self.assertTrue(1 <= batch.count <= mc.MAX_BATCH)
            slices = views(batch)
            heard.extend(map(bytes, slices))
            for i, view in enumerate(slices):
                packet = batch.packets[i].contents
                self.assertEqual((len(view), packet.wire_size), (packet.size, packet.size))
                if packet.size:
                    places.append(ctypes.string_at(packet.data, packet.size) == view)
                    self.assertEqual(ctypes.addressof(packet.data.contents),
                                     ctypes.addressof(batch.data.contents) + batch.offsets[i])
            return int(len(heard) == 202)

        listener = self.new_listener(set_up=lambda new: ok(
            mc.listener_set_packed_handler(new, handler, None, mc.destroy_fn())))
        packets = numbered(0, 100) + [b"", b"x" * 1000] + numbered(100, 100)
        send(packets, port=self.port)
        self.assertEqual(ok(mc.poller_loop(self.poller, -1, 0)), 0)
        self.assertEqual(heard, packets)
        self.assertEqual(places, [True] * 201)
        self.assertEqual(mc.listener_is_open(listener), 0)

    def test_pulled_packets_come_packed(self):
        listener = self.new_listener(set_up=lambda new: ok(mc.listener_set_mtu(new, 3)))
        packets = numbered(0, 150) + [b"12345", b""]
        send(packets, port=self.port)
        heard = []
        while len(heard) < len(packets):
            packed = mc.packed_pointer()
            count = ok(mc.listener_next_packed(listener, ctypes.byref(packed), 40, DEADLINE))
            self.assertTrue(1 <= count <= 40)
            self.assertEqual(packed.contents.count, count)
            heard += map(bytes, views(packed.contents))
        self.assertEqual(heard, [each[:3] for each in packets])
        packed = mc.packed_pointer()
        self.assertEqual(ok(mc.listener_next_packed(listener, ctypes.byref(packed), 40, 0)), 0)
        self.assertFalse(packed)  # untouched
        self.assert_fails(mc.listener_next_packed(listener, ctypes.byref(packed), 0, 0),
                          mc.ERROR_SIZE)


class Filters(Case):
    def test_a_callable_sees_the_whole_packet_and_is_given_back_at_its_last_use(self):
        given_back = []
        destroy = self.keep(mc.destroy_fn(given_back.append))
        keeper = self.keep(mc.filter_fn(lambda packet, user: int(packet.contents.size > user)))
        long = self.new(mc.filter_callable, mc.filter_free, keeper, 5, destroy)
        listener = self.new_listener(set_up=lambda new: (
            ok(mc.listener_set_mtu(new, 3)), ok(mc.listener_set_filter(new, long))))
        self.free(mc.filter_free, long)
        self.assertEqual(given_back, [])
        send([b"12345", b"123456"], port=self.port)
        self.assertEqual(self.next(listener), b"123")
        counts = stats_of(mc.listener_stats, listener)
        self.assertEqual((counts.arrived, counts.delivered, counts.filtered, counts.truncated),
                         (2, 1, 1, 1))
        ok(mc.listener_set_filter(listener, None))
        self.assertEqual(given_back, [5])

    def test_a_regular_expression_of_bytes(self):
        expression = rb"(\x00|\xff)temp=\d+"
        filter = self.new(mc.filter_regex, mc.filter_free, expression, len(expression))
        matches = {b"\0temp=17": 1, b"\xfftemp=1 and more": 1, b"temp=17": 0, b"": 0}
        for packet, verdict in matches.items():
            self.assertEqual(mc.filter_matches(filter, packet, len(packet), None), verdict)
        listener = self.new_listener(set_up=lambda new: ok(mc.listener_set_filter(new, filter)))
        send(list(matches), port=self.port)
        self.assertEqual([self.next(listener), self.next(listener), self.next(listener, 0)],
                         [b"\0temp=17", b"\xfftemp=1 and more", None])

    def test_a_costly_expression_where_it_is_allowed(self):
        expression = b"(?s).*x.{20}y"
        filter = self.new(mc.filter_regex_costly, mc.filter_free, expression, len(expression))
        matches = {b"aax" + bytes(20) + b"y": 1, b"aax" + bytes(21) + b"y": 0}
        for packet, verdict in matches.items():
            self.assertEqual(mc.filter_matches(filter, packet, len(packet), None), verdict)


class Pulling(Case):
    def test_next_many_lends_what_came_together(self):
        listener = self.new_listener()
        send(numbered(0, 150), port=self.port)
        heard = []
        while len(heard) < 150:
            packets = mc.packets_pointer()
            count = ok(mc.listener_next_many(listener, ctypes.byref(packets), 40, DEADLINE))
            self.assertTrue(1 <= count <= 40)
            heard += [bytes_of(packets[i]) for i in range(count)]
        self.assertEqual(heard, numbered(0, 150))

    def test_next_waits_its_time_and_ends_early_when_woken(self):
        listener = self.new_listener()
        begin = time.monotonic()
        self.assertIsNone(self.next(listener, 0.05))
        self.assertGreaterEqual(time.monotonic() - begin, 0.05)
        ok(mc.poller_wake(self.poller))
        self.assertIsNone(self.next(listener, -1))

    def test_next_of_a_listener_with_a_handler_and_of_a_closed_one(self):
        packet = mc.packet_pointer()
        listener = self.new_listener(lambda data: 0)
        self.assert_fails(mc.listener_next(listener, ctypes.byref(packet), 0), mc.ERROR_HANDLER)
        pulled = self.new_listener(port=new_port())
        ok(mc.listener_close(pulled))
        self.assert_fails(mc.listener_next(pulled, ctypes.byref(packet), 0), mc.ERROR_CLOSED)
        self.assertFalse(packet)  # untouched

    def test_a_slow_reader_loses_in_the_kernel_and_it_is_counted(self):
        listener = self.new_listener(
            set_up=lambda new: ok(mc.listener_set_receive_buffer(new, 20000)))
        for first in range(0, 1000, 100):
            send_singly(numbered(first, 100), port=self.port)
        heard = 0
        while self.next(listener, 0) is not None:
            heard += 1
        counts = stats_of(mc.listener_stats, listener)
        self.assertEqual((counts.arrived, counts.delivered), (1000, heard))
        self.assertGreater(counts.lost, 0)
        self.assertEqual(counts.lost, 1000 - heard)


class Packets(Case):
    def test_a_packet_tells_where_it_comes_from_and_when(self):
        all_details = mc.PACKET_TIME | mc.PACKET_TTL | mc.PACKET_DSCP
        listener = self.new_listener(
            set_up=lambda new: ok(mc.listener_set_details(new, all_details)))
        before = time.time_ns()
        multicaster = self.new_multicaster()
        ok(mc.multicaster_set_ttl(multicaster, 17))
        ok(mc.multicaster_send(multicaster, b"hello", 5))
        packet = mc.packet_pointer()
        self.assertEqual(ok(mc.listener_next(listener, ctypes.byref(packet), DEADLINE)), 1)
        packet = packet.contents
        self.assertEqual((packet.size, packet.wire_size), (5, 5))
        self.assertEqual(packet.flags & all_details, all_details)
        self.assertEqual((packet.ttl, packet.dscp), (17, 0))
        self.assertTrue(before <= packet.time <= time.time_ns())
        self.assertEqual(packet.interface_index, 1)
        own = mc.address()
        ok(mc.multicaster_source(multicaster, ctypes.byref(own)))
        self.assertEqual((packet.source.family, packet.source.port), (mc.IPV4, own.port))
        self.assertEqual(bytes(packet.group.bytes[:4]), bytes([239, 2, 1, 1]))

    def test_the_device_s_time_is_asked_for_and_its_place_taken_by_the_kernel_s(self):
        listener = self.new_listener(
            set_up=lambda new: ok(mc.listener_set_details(new, mc.PACKET_HARDWARE_TIME)))
        send_singly([b"hello"], port=self.port)
        packet = mc.packet_pointer()
        self.assertEqual(ok(mc.listener_next(listener, ctypes.byref(packet), DEADLINE)), 1)
        told = packet.contents.flags & (mc.PACKET_TIME | mc.PACKET_HARDWARE_TIME)
        self.assertEqual(told, mc.PACKET_TIME)  # lo stamps nothing

    def test_a_copy_outlives_what_was_lent(self):
        copies = []

        @mc.packet_fn
        def handler(packet, _):
            copy = mc.packet_pointer()
            ok(mc.packet_copy(ctypes.byref(copy), packet))
            copies.append(copy)
            return 0

        listener = self.new_listener(
            set_up=lambda new: ok(mc.listener_set_handler(new, handler, None, mc.destroy_fn())))
        send(numbered(0, 50), port=self.port)
        self.poll_until(lambda: len(copies) == 50)
        self.free(mc.listener_free, listener)
        self.assertEqual([bytes_of(copy) for copy in copies], numbered(0, 50))
        for copy in copies:
            mc.packet_free(copy)

    def test_own_packets_are_left_out_when_asked(self):
        listener = self.new_listener(set_up=lambda new: ok(mc.listener_set_ignore_own(new, 1)))
        send([b"own"], port=self.port)
        self.assertIsNone(self.next(listener, 0))
        self.assertEqual(stats_of(mc.listener_stats, listener).not_for_us, 1)
        ok(mc.listener_set_ignore_own(listener, 0))
        send([b"heard"], port=self.port)
        self.assertEqual(self.next(listener), b"heard")


class Following(Case):
    def events_of(self, told):
        def tell(event, user):
            told.append((event.contents.kind, event.contents.group, event.contents.interface))
            self.assertTrue(event.contents.sentence)
            return 0
        return self.keep(mc.event_fn(tell))

    def test_events_pending_and_silence(self):
        told = []
        tell = self.events_of(told)

        def set_up(new):
            ok(mc.listener_add(new, b"239.1.2.3%eth9", self.port))
            ok(mc.listener_set_pending(new, 1))
            ok(mc.listener_set_event_handler(new, tell, None, mc.destroy_fn()))
            ok(mc.listener_set_silence(new, 0.02))

        listener = self.new_listener(lambda _: 0, set_up=set_up)
        group = f"{GROUP.decode()}:{self.port}".encode()
        other = f"239.1.2.3:{self.port}".encode()
        self.poll_until(lambda: (mc.EVENT_SILENCE, group, b"lo") in told)
        self.assertEqual(told[:2], [(mc.EVENT_JOINED, group, b"lo"),
                                    (mc.EVENT_PENDING, other, b"")])
        self.assertEqual(stats_of(mc.listener_stats, listener).absent, 1)
        send([b"a"], port=self.port)
        self.poll_until(lambda: (mc.EVENT_HEARD, group, b"lo") in told)
        self.assert_fails(mc.listener_set_pending(listener, 0), mc.ERROR_OPEN)
        self.assert_fails(mc.listener_set_silence(listener, -1), mc.ERROR_TIME)

    def test_a_multicaster_tells_too(self):
        told = []
        multicaster = self.new(mc.multicaster_new, mc.multicaster_free, self.poller, GROUP,
                               self.port, 1)
        ok(mc.multicaster_set_event_handler(multicaster, self.events_of(told), None,
                                            mc.destroy_fn()))
        ok(mc.poller_poll(self.poller, 0))
        self.assertEqual(told, [])  # nothing happens to lo

    def test_a_multicaster_may_be_made_before_its_interface(self):
        told = []
        elsewhere = b"239.1.2.3%eth9"
        self.assert_fails(mc.multicaster_new(ctypes.byref(mc.handle()), self.poller, elsewhere,
                                             self.port, 1), mc.ERROR_INTERFACE)
        multicaster = self.new(mc.multicaster_new_pending, mc.multicaster_free, self.poller,
                               elsewhere, self.port, 1)
        ok(mc.multicaster_set_event_handler(multicaster, self.events_of(told), None,
                                            mc.destroy_fn()))
        self.assertEqual(mc.multicaster_send(multicaster, b"a", 1), -errno.ENODEV)
        ok(mc.poller_poll(self.poller, 0))
        self.assertEqual(told, [(mc.EVENT_PENDING, f"239.1.2.3:{self.port}".encode(), b"")])


class Sources(Case):
    def setUp(self):
        super().setUp()
        self.heard = []
        self.listener = self.new_listener(self.heard.append)

    def hear(self):
        """What is heard of each of two hosts, who say their names."""
        self.heard.clear()
        for host in (b"127.0.0.1", b"127.0.0.2"):
            ok(mc.sendto(host, len(host), host + b"@" + GROUP, self.port, 1))
        while ok(mc.poller_poll(self.poller, 0.05)) > 0:
            pass
        return self.heard

    def test_they_change_while_it_is_open(self):
        ok(mc.listener_block_source(self.listener, GROUP, b"127.0.0.1"))
        self.assertEqual(self.hear(), [b"127.0.0.2"])
        ok(mc.listener_unblock_source(self.listener, None, b"127.0.0.1"))
        self.assertEqual(self.hear(), [b"127.0.0.1", b"127.0.0.2"])
        only = (ctypes.c_char_p * 1)(b"127.0.0.1")
        ok(mc.listener_set_sources(self.listener, None, mc.SOURCES_ONLY, only, 1))
        ok(mc.listener_allow_source(self.listener, None, b"127.0.0.2"))
        ok(mc.listener_drop_source(self.listener, None, b"127.0.0.1"))
        self.assertEqual(self.hear(), [b"127.0.0.2"])
        self.assert_fails(mc.listener_block_source(self.listener, None, b"127.0.0.2"),
                          mc.ERROR_SOURCES, "mc_listener_drop_source")
        ok(mc.listener_set_sources(self.listener, None, mc.SOURCES_EXCEPT, None, 0))
        self.assertEqual(self.hear(), [b"127.0.0.1", b"127.0.0.2"])
        self.assertEqual(stats_of(mc.listener_stats, self.listener).source_lists_shortened, 0)


if __name__ == "__main__":
    unittest.main()
