"""Filters of every kind from Python: what each accepts, combinations, text, refusals."""
import ctypes
import unittest

import mc
from fixture import Case, ok, send, stats_of


def source(text):
    address = mc.address()
    ok(mc.address_parse(ctypes.byref(address), text))
    return ctypes.byref(address)


class Filters(Case):
    def make(self, constructor, *arguments):
        return self.new(constructor, mc.filter_free, *arguments)

    def prefix(self, data):
        return self.make(mc.filter_prefix, data, len(data))

    def combine(self, constructor, *parts):
        array = (mc.handle * len(parts))(*parts)
        return self.make(constructor, array, len(parts))

    def assert_accepts(self, filter, *packets, sender=None):
        for packet in packets:
            self.assertEqual(mc.filter_matches(filter, packet, len(packet), sender), 1, packet)

    def assert_refuses(self, filter, *packets, sender=None):
        for packet in packets:
            self.assertEqual(mc.filter_matches(filter, packet, len(packet), sender), 0, packet)

    def text(self, filter):
        size = ok(mc.filter_describe(filter, None, 0))
        text = ctypes.create_string_buffer(size + 1)
        self.assertEqual(mc.filter_describe(filter, text, len(text)), size)
        self.assertEqual(len(text.value), size)
        return text.value.decode()

    def test_everything(self):
        self.assert_accepts(self.make(mc.filter_everything), b"", b"a")

    def test_what_a_packet_begins_with(self):
        filter = self.prefix(b"a\0")
        self.assert_accepts(filter, b"a\0", b"a\0b")
        self.assert_refuses(filter, b"", b"a", b"ab", b"ba\0")
        self.assertEqual(self.text(filter), 'prefix "a\\x00"')

    def test_bytes_at_an_offset_under_a_mask(self):
        plain = self.make(mc.filter_bytes, 1, b"b\0", None, 2)
        self.assert_accepts(plain, b"ab\0", b"?b\0?")
        self.assert_refuses(plain, b"ab", b"abc", b"")
        masked = self.make(mc.filter_bytes, 0, b"\x40\0", b"\xf0\0", 2)
        self.assert_accepts(masked, b"\x4f?", b"\x40\0\0")
        self.assert_refuses(masked, b"\x4f", b"\x50?")
        self.assertEqual(self.text(masked), "bytes 4000 at 0 under f000")

    def test_sizes(self):
        filter = self.make(mc.filter_size, 2, 3)
        self.assert_accepts(filter, b"ab", b"abc")
        self.assert_refuses(filter, b"a", b"abcd")
        no_end = self.make(mc.filter_size, 2, ctypes.c_size_t(-1).value)
        self.assertEqual(self.text(no_end), "size 2 or more")

    def test_sources(self):
        filter = self.make(mc.filter_source, b"10.0.0.0/8")
        self.assert_accepts(filter, b"", sender=source(b"10.1.2.3:9"))
        self.assert_refuses(filter, b"", sender=source(b"[fd00::1]:9"))
        self.assert_refuses(filter, b"")
        link = self.make(mc.filter_source, b"fe80::/10")
        self.assert_accepts(link, b"", sender=source(b"fe80::1%lo"))
        port = self.make(mc.filter_source_port, 53, 54)
        self.assert_accepts(port, b"", sender=source(b"10.1.2.3:54"))
        self.assert_refuses(port, b"", sender=source(b"10.1.2.3:55"))

    def test_combinations(self):
        begin, size = self.prefix(b"a"), self.make(mc.filter_size, 2, 3)
        both = self.combine(mc.filter_all_of, begin, size)
        either = self.combine(mc.filter_any_of, begin, size)
        other = self.make(mc.filter_not, begin)
        self.free(mc.filter_free, begin)
        self.free(mc.filter_free, size)
        self.assert_accepts(both, b"ab")
        self.assert_refuses(both, b"a", b"bb")
        self.assert_accepts(either, b"a", b"bb")
        self.assert_refuses(either, b"b")
        self.assert_accepts(other, b"b", b"")
        self.assert_refuses(other, b"a")
        self.assert_accepts(self.combine(mc.filter_all_of), b"")
        self.assert_refuses(self.combine(mc.filter_any_of), b"")
        self.assertEqual(self.text(both), 'all of (size 2 to 3, prefix "a")')

    def test_a_callable_is_asked_last_and_once(self):
        calls, given_back = [], []

        @mc.filter_fn
        def even(packet, _):
            calls.append(packet.contents.size)
            return packet.contents.size % 2 == 0

        destroy = self.keep(mc.destroy_fn(given_back.append))
        call = self.make(mc.filter_callable, even, 7, destroy)
        odd = self.make(mc.filter_not, call)
        either = self.combine(mc.filter_any_of, odd, call)
        wanted = self.combine(mc.filter_all_of, call, self.prefix(b"a"), either)
        for part in (call, odd, either):
            self.free(mc.filter_free, part)
        self.assert_refuses(wanted, b"bb")
        self.assertEqual(calls, [])
        self.assert_accepts(wanted, b"ab")
        self.assert_refuses(wanted, b"abc")
        self.assertEqual(calls, [2, 3])
        self.assertEqual(given_back, [])
        self.free(mc.filter_free, wanted)
        self.assertEqual(given_back, [7])

    def test_a_listener_takes_any_of_them_at_any_time(self):
        listener = self.new_listener(
            set_up=lambda new: ok(mc.listener_set_filter(new, self.prefix(b"a"))))
        packets = [b"a1", b"b1", b"a22", b"b22"]
        send(packets, port=self.port)
        self.assertEqual([self.next(listener), self.next(listener), self.next(listener, 0)],
                         [b"a1", b"a22", None])
        ok(mc.listener_set_filter(listener, self.combine(
            mc.filter_all_of, self.make(mc.filter_not, self.prefix(b"a")),
            self.make(mc.filter_size, 3, 3))))
        send(packets, port=self.port)
        self.assertEqual([self.next(listener), self.next(listener, 0)], [b"b22", None])
        self.assertEqual(stats_of(mc.listener_stats, listener).filtered, 5)

    def test_a_listener_may_have_the_kernel_ask_it(self):
        wanted = self.prefix(b"yes")

        def set_up(new):
            ok(mc.listener_set_filter(new, wanted))
            ok(mc.listener_set_kernel_filter(new, 1))

        listener = self.new_listener(set_up=set_up)
        send([b"no", b"yes", b"never"], port=self.port)
        self.assertEqual(self.next(listener), b"yes")
        stats = stats_of(mc.listener_stats, listener)
        # With privilege it counts what it rejects.
        self.assertIn((stats.lost_or_rejected, stats.filtered, stats.lost), ((2, 0, 0), (0, 2, 0)))
        self.assertEqual(stats.arrived, 3)
        self.assertEqual(mc.listener_set_kernel_filter(listener, 0), mc.ERROR_OPEN)

    def test_what_makes_no_sense_is_refused_and_nothing_handed_out(self):
        out = mc.handle()
        place = ctypes.byref(out)
        one = self.make(mc.filter_everything)
        parts = (mc.handle * 2)(one, None)
        self.assert_fails(mc.filter_source(place, b"10.1.2.3/8"), mc.ERROR_ADDRESS, "10.0.0.0/8")
        self.assert_fails(mc.filter_source(place, b"fe80::1%lo"), mc.ERROR_ADDRESS, "scope")
        self.assert_fails(mc.filter_source_port(place, 2, 1), mc.ERROR_PORT, "2 to 1")
        self.assert_fails(mc.filter_size(place, 2, 1), mc.ERROR_SIZE, "2 to 1")
        self.assert_fails(mc.filter_bytes(place, 65507, b"a", None, 1), mc.ERROR_SIZE, "65507")
        self.assert_fails(mc.filter_prefix(place, b"a", 65508), mc.ERROR_SIZE, "65508")
        self.assert_fails(mc.filter_all_of(place, parts, 2), mc.ERROR_NULL, "parts[1]")
        self.assert_fails(mc.filter_any_of(place, parts, 65536), mc.ERROR_FILTER, "65536")
        self.assertIsNone(out.value)

    def test_deeper_than_the_limit_is_refused(self):
        filter = self.prefix(b"a")
        for _ in range(31):
            filter = self.make(mc.filter_not, filter)
        self.assert_refuses(filter, b"a")
        self.assert_fails(mc.filter_not(ctypes.byref(mc.handle()), filter), mc.ERROR_FILTER, "33")


if __name__ == "__main__":
    unittest.main()
