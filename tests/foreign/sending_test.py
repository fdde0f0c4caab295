"""Multicasters, their sources, and answers from Python."""
import ctypes
import errno
import select
import unittest

import mc
from fixture import DEADLINE, GROUP, Case, buffers, bytes_of, numbered, ok, send, stats_of


def supply(buffer, packet):
    """What a source does with its bytes, which it keeps until it is called again."""
    buffer.contents.data = ctypes.cast(ctypes.c_char_p(packet), ctypes.c_void_p)
    buffer.contents.size = len(packet)
    return mc.SOURCE_PACKET


def address(text):
    """What the text writes: b"127.0.0.1:4242"."""
    parsed = mc.address()
    ok(mc.address_parse(ctypes.byref(parsed), text))
    return parsed


def loopback(port):
    return address(b"127.0.0.1:%d" % port)


class Sending(Case):
    def test_one_and_many_directly(self):
        listener = self.new_listener()
        multicaster = self.new_multicaster()
        ok(mc.multicaster_send(multicaster, b"one", 3))
        ok(mc.multicaster_send(multicaster, None, 0))
        self.assertEqual(ok(mc.multicaster_send_many(multicaster, buffers(numbered(0, 9)), 9)), 9)
        heard = [self.next(listener) for _ in range(11)]
        self.assertEqual(heard, [b"one", b""] + numbered(0, 9))
        counts = stats_of(mc.multicaster_stats, multicaster)
        self.assertEqual((counts.sent, counts.sent_bytes), (11, 12))
        ok(mc.multicaster_close(multicaster))
        self.assertEqual(mc.multicaster_is_open(multicaster), 0)
        self.assert_fails(mc.multicaster_send(multicaster, b"x", 1), mc.ERROR_CLOSED)

    def test_room_is_waited_for_elsewhere(self):
        multicaster = self.new_multicaster()
        fd = ok(mc.multicaster_fd(multicaster))
        self.assertEqual(select.select([], [fd], [], DEADLINE), ([], [fd], []))
        ok(mc.multicaster_send(multicaster, b"one", 3))
        ok(mc.multicaster_close(multicaster))
        self.assert_fails(mc.multicaster_fd(multicaster), mc.ERROR_CLOSED)

    def test_addresses_are_read_as_they_are_written(self):
        for text in (b"10.0.0.1:53", b"[fe80::1%1]:53", b"[ff15::1]:0"):
            shown = ctypes.create_string_buffer(mc.ADDRESS_TEXT_SIZE)
            ok(mc.address_format(ctypes.byref(address(text)), shown, len(shown)))
            self.assertEqual(shown.value, text)
        self.assertEqual((address(b"10.0.0.1:53").family, address(b"10.0.0.1:53").port),
                         (mc.IPV4, 53))
        self.assertEqual(bytes(address(b"::1").bytes), bytes(15) + b"\1")
        untouched = mc.address(port=7)
        for text, code in ((b"10.0.0", mc.ERROR_ADDRESS), (b"fe80::1%eth9", mc.ERROR_INTERFACE),
                           (None, mc.ERROR_NULL)):
            self.assert_fails(mc.address_parse(ctypes.byref(untouched), text), code)
        self.assertEqual(untouched.port, 7)

    def test_packets_that_lie_one_behind_the_other(self):
        listener = self.new_listener()
        multicaster = self.new_multicaster()
        packets = numbered(0, 9) + [b"", b"x" * 1000]
        sizes = (ctypes.c_uint32 * len(packets))(*map(len, packets))
        block = bytearray(b"".join(packets))  # one buffer, which is not copied either
        data = (ctypes.c_char * len(block)).from_buffer(block)
        self.assertEqual(ok(mc.multicaster_send_packed(multicaster, data, sizes, 11)), 11)
        self.assertEqual(ok(mc.sendto_packed(data, sizes, 2, GROUP, self.port, 0)), 2)
        self.assertEqual([self.next(listener) for _ in range(13)], packets + packets[:2])
        sizes[1] = mc.MAX_PACKET + 1
        self.assert_fails(mc.multicaster_send_packed(multicaster, data, sizes, 11),
                          mc.ERROR_PACKET_TOO_LARGE, "packet 2 of 11")
        self.assertEqual(stats_of(mc.multicaster_stats, multicaster).sent, 11)

    def test_many_together_at_the_end_of_a_turn_and_at_a_pace(self):
        listener = self.new_listener()
        multicaster = self.new_multicaster()
        ok(mc.multicaster_set_batching(multicaster, 1))
        for packet in numbered(0, 9):
            ok(mc.multicaster_send(multicaster, packet, len(packet)))
        self.assertIsNone(self.next(listener, 0))
        self.assertEqual(ok(mc.poller_loop(self.poller, -1, 0)), 0)
        self.assertEqual([self.next(listener) for _ in range(9)], numbered(0, 9))
        self.assertEqual(stats_of(mc.multicaster_stats, multicaster).trains, 1)
        ok(mc.multicaster_set_pace(multicaster, 1, 29))
        for packet in numbered(0, 3):
            ok(mc.multicaster_send(multicaster, packet, len(packet)))
        self.assertEqual(ok(mc.multicaster_flush(multicaster)), 2)
        self.assert_fails(mc.multicaster_set_pace(multicaster, 1, 0), mc.ERROR_SIZE)
        self.assert_fails(mc.multicaster_set_train_limit(multicaster, 129), mc.ERROR_SIZE)

    def test_a_source_pauses_is_resumed_and_ends(self):
        waiting, lent, given_back = [], [], []

        @mc.source_fn
        def source(buffer, user):
            self.assertEqual(user, 9)
            if not waiting:
                return mc.SOURCE_PAUSE
            lent[:] = [waiting.pop(0)]
            return mc.SOURCE_END if lent[0] is None else supply(buffer, lent[0])

        listener = self.new_listener()
        multicaster = self.new_multicaster()
        destroy = self.keep(mc.destroy_fn(given_back.append))
        ok(mc.multicaster_set_source(multicaster, source, 9, destroy))
        self.assertEqual(ok(mc.poller_poll(self.poller, 0.01)), 1)  # asked, and it paused
        self.assertEqual(ok(mc.poller_poll(self.poller, 0)), 0)  # not asked again
        waiting += [b"a", b"b"]
        ok(mc.multicaster_resume(multicaster))
        self.poll_until(lambda: not waiting)
        self.assertEqual([self.next(listener), self.next(listener)], [b"a", b"b"])
        waiting += [b"c", None]
        ok(mc.multicaster_resume(multicaster))
        self.assertEqual(ok(mc.poller_loop(self.poller, -1, 0)), 0)
        self.assertEqual(self.next(listener), b"c")
        self.assertEqual(mc.multicaster_is_open(multicaster), 0)
        self.assertEqual(given_back, [9])

    def test_a_source_is_told_what_could_not_be_sent(self):
        too_large = bytes(mc.MAX_PACKET + 1)
        packets = [too_large, b"fits"]
        told = []

        @mc.source_fn
        def source(buffer, _):
            return supply(buffer, packets.pop(0)) if packets else mc.SOURCE_END

        @mc.send_error_fn
        def failed(code, sentence, datagrams, user):
            told.append((code, datagrams, user))
            self.assertIn(str(mc.MAX_PACKET), sentence.decode())
            return 0

        listener = self.new_listener()
        multicaster = self.new_multicaster()
        ok(mc.multicaster_set_error_handler(multicaster, failed, 3, mc.destroy_fn()))
        ok(mc.multicaster_set_source(multicaster, source, None, mc.destroy_fn()))
        ok(mc.poller_loop(self.poller, -1, 0))
        self.assertEqual(told, [(mc.ERROR_PACKET_TOO_LARGE, 1, 3)])
        self.assertEqual(self.next(listener), b"fits")
        counts = stats_of(mc.multicaster_stats, multicaster)
        self.assertEqual((counts.sent, counts.send_failed), (1, 1))

    def test_the_source_port_is_chosen_and_shared_or_not(self):
        first, second = self.new_multicaster(), self.new_multicaster()
        ok(mc.multicaster_set_source_port(first, 5353, 1))
        ok(mc.multicaster_set_source_port(second, 5353, 1))
        source = mc.address()
        ok(mc.multicaster_source(second, ctypes.byref(source)))
        self.assertEqual(source.port, 5353)
        third = self.new_multicaster()
        self.assert_fails(mc.multicaster_set_source_port(third, 5353, 0), -errno.EADDRINUSE, "5353")

    def test_dscp_ttl_and_address_are_those_that_were_chosen(self):
        listener = self.new_listener(
            set_up=lambda new: ok(mc.listener_set_details(new, mc.PACKET_TTL | mc.PACKET_DSCP)))
        multicaster = self.new_multicaster()
        ok(mc.multicaster_set_dscp(multicaster, 46))
        ok(mc.multicaster_set_ttl(multicaster, ok(mc.ttl_parse(b"same region"))))
        ok(mc.multicaster_set_source_address(multicaster, b"127.0.0.9"))
        ok(mc.multicaster_send(multicaster, b"x", 1))
        packet = mc.packet_pointer()
        self.assertEqual(ok(mc.listener_next(listener, ctypes.byref(packet), DEADLINE)), 1)
        packet = packet.contents
        self.assertEqual((packet.dscp, packet.ttl), (46, 64))
        self.assertEqual(bytes(packet.source.bytes[:4]), bytes([127, 0, 0, 9]))
        self.assert_fails(mc.multicaster_set_dscp(multicaster, 64), mc.ERROR_DSCP, "64")
        self.assert_fails(mc.ttl_parse(b"near"), mc.ERROR_TTL, "near", "same site")
        self.assert_fails(mc.multicaster_set_source_address(multicaster, b"192.0.2.1"),
                          -errno.EADDRNOTAVAIL, "192.0.2.1", "lo has", "127.0.0.1")
        ok(mc.multicaster_set_source_address(multicaster, None))

    def test_loopback_set_to_off_or_on(self):
        # On lo a listener of this host hears it either way; what is promised is that it may be set.
        listener = self.new_listener()
        multicaster = self.new_multicaster()
        for on in (0, 1):
            ok(mc.multicaster_set_loopback(multicaster, on))
            ok(mc.multicaster_send(multicaster, b"%d" % on, 1))
            self.assertEqual(self.next(listener), b"%d" % on)


class Answers(Case):
    def test_a_question_to_a_group_is_answered_to_who_asked(self):
        answers = []

        @mc.packet_fn
        def reply(packet, _):
            answer = b"re: " + bytes_of(packet)
            return ok(mc.reply(packet, answer, len(answer)))

        self.new_listener(set_up=lambda new: ok(
            mc.listener_set_handler(new, reply, None, mc.destroy_fn())))
        asker = self.new_multicaster()
        handler = self.keep(mc.packet_fn(lambda packet, _: answers.append(bytes_of(packet)) or 0))
        ok(mc.multicaster_set_handler(asker, handler, None, mc.destroy_fn()))
        for question in (b"who?", b"where?"):
            ok(mc.multicaster_send(asker, question, len(question)))
        self.poll_until(lambda: len(answers) == 2)
        self.assertEqual(answers, [b"re: who?", b"re: where?"])
        self.assertEqual(stats_of(mc.multicaster_stats, asker).delivered, 2)

    def test_a_copy_is_answered_later_and_the_answers_are_filtered(self):
        copy = mc.packet_pointer()

        @mc.packet_fn
        def keep_it(packet, _):
            return ok(mc.packet_copy(ctypes.byref(copy), packet)) or 1

        self.new_listener(set_up=lambda new: ok(
            mc.listener_set_handler(new, keep_it, None, mc.destroy_fn())))
        asker = self.new_multicaster()
        answers = []
        handler = self.keep(mc.packet_fn(lambda packet, _: answers.append(bytes_of(packet)) or 0))
        ok(mc.multicaster_set_handler(asker, handler, None, mc.destroy_fn()))
        ok(mc.multicaster_set_filter(asker, self.new(mc.filter_regex, mc.filter_free, b"yes", 3)))
        ok(mc.multicaster_send(asker, b"?", 1))
        self.poll_until(lambda: copy)
        for answer in (b"no", b"yes"):
            ok(mc.reply(copy, answer, len(answer)))
        mc.packet_free(copy)
        self.poll_until(lambda: answers)
        self.assertEqual(answers, [b"yes"])
        counts = stats_of(mc.multicaster_stats, asker)
        self.assertEqual((counts.arrived, counts.delivered, counts.filtered), (2, 1, 1))

    def test_one_host_is_addressed_directly(self):
        heard = []
        hearer, speaker = self.new_multicaster(), self.new_multicaster()
        own = mc.address()
        ok(mc.multicaster_source(hearer, ctypes.byref(own)))
        handler = self.keep(mc.packet_fn(lambda packet, _: heard.append(bytes_of(packet)) or 1))
        ok(mc.multicaster_set_handler(hearer, handler, None, mc.destroy_fn()))
        to = loopback(own.port)
        ok(mc.multicaster_send_to(speaker, ctypes.byref(to), b"you", 3))
        self.assertEqual(ok(mc.poller_loop(self.poller, DEADLINE, 0)), 0)
        self.assertEqual(heard, [b"you"])
        self.assertEqual(mc.multicaster_is_open(hearer), 0)  # it had enough
        group = mc.address(family=mc.IPV4, port=own.port)
        group.bytes[:4] = [239, 2, 1, 1]
        self.assert_fails(mc.multicaster_send_to(speaker, ctypes.byref(group), b"x", 1),
                          mc.ERROR_ADDRESS, "239.2.1.1")


class Interfaces(Case):
    def test_they_are_listed_with_their_addresses(self):
        listed = mc.interfaces_pointer()
        count = ok(mc.interfaces(ctypes.byref(listed)))
        self.assertEqual(count, 1)
        lo = listed[0].contents
        self.assertEqual((lo.name, lo.index), (b"lo", 1))
        self.assertEqual(lo.flags & mc.INTERFACE_LOOPBACK, mc.INTERFACE_LOOPBACK)
        self.assertEqual(lo.flags & mc.INTERFACE_UP, mc.INTERFACE_UP)
        addresses = [lo.addresses[i] for i in range(lo.address_count)]
        self.assertIn((mc.IPV4, bytes([127, 0, 0, 1])),
                      [(each.family, bytes(each.bytes[:4])) for each in addresses])
        self.assertIn(mc.IPV6, [each.family for each in addresses])
        mc.interfaces_free(listed)
        mc.interfaces_free(None)

    def test_the_default_one_is_told(self):
        name = ctypes.create_string_buffer(mc.INTERFACE_NAME_SIZE)
        self.assertEqual(ok(mc.interface_default(None, name, len(name))), 1)
        self.assertEqual(name.value, b"lo")
        self.assertEqual(ok(mc.interface_default(b"239.1.2.3%lo", None, 0)), 1)
        self.assert_fails(mc.interface_default(b"239.1.2.3%eth9", None, 0), mc.ERROR_INTERFACE,
                          "eth9", "lo")

    def test_the_choice_is_explained(self):
        length = ok(mc.interface_explain(None, None, 0))
        text = ctypes.create_string_buffer(length + 1)
        self.assertEqual(ok(mc.interface_explain(None, text, len(text))), length)
        self.assertIn(b"224.0.42.42 goes by lo", text.value)
        self.assert_fails(mc.interface_explain(b"239.1.2.3%eth9", None, 0), mc.ERROR_INTERFACE,
                          "eth9", "lo")

    def test_the_version_that_runs(self):
        self.assertEqual(mc.version_number(), mc.VERSION_NUMBER)
        numbers = (mc.VERSION_MAJOR, mc.VERSION_MINOR, mc.VERSION_PATCH)
        self.assertEqual(mc.version().decode(), "%d.%d.%d" % numbers)
        self.assertEqual(send([b"and it sends"], port=self.port), 1)


if __name__ == "__main__":
    unittest.main()
