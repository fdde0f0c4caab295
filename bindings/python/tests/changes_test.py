"""What a handler sets holds from the next packet on, although that was read together with its own."""
import socket
import unittest

import multicast
from fixture import GROUP, Case
from multicast import MulticastListener, filters


class Oops(Exception):
    pass


class Changing(Case):
    def changing(self, **actions):
        """A listener whose handler changes it so at the packets of these names."""
        options = {"filter": actions.pop("filter", None), "mtu": actions.pop("mtu", 4096),
                   "limit": actions.pop("limit", None)}

        class Made(MulticastListener):
            def handle_packet(made, packet, addr):
                self.heard.append(packet.decode())
                action = actions.get(packet.decode())
                if action is not None:
                    action(made)

        return Made(options["filter"], GROUP, self.port, options["mtu"], limit=options["limit"])

    def together(self, packets):
        """What was heard of packets that were read together."""
        self.heard.clear()
        self.send(packets.split())
        multicast.poll(5)
        multicast.poll()
        return " ".join(self.heard)

    def test_a_filter(self):
        listener = self.changing(a1=lambda made: setattr(made, "filter", filters.prefix(b"b")),
                                 b2=lambda made: setattr(made, "filter", None))
        self.assertEqual(self.together("a1 a2 a3 b1 b2 a4"), "a1 b1 b2 a4")
        stats = listener.stats()
        self.assertEqual((stats.arrived, stats.delivered, stats.filtered), (6, 4, 2))
        self.assertEqual(listener._filtered, 2)  # by the package: they were read together
        self.assertEqual(stats.delivered_bytes, 8)
        self.assertEqual(self.together("a5 b1"), "a5 b1")

    def test_a_function_as_filter_is_asked_once_about_each(self):
        asked = []

        def new_ones(packet, addr):
            asked.append(packet)
            self.assertEqual(addr[0], "127.0.0.1")
            return asked.count(packet) == 1

        self.changing(a=lambda made: setattr(made, "filter", new_ones))
        self.assertEqual(self.together("a b c b c d"), "a b c d")
        self.assertEqual(self.together("b e d"), "e")
        self.assertEqual(asked, list(map(str.encode, "b c b c d b e d".split())))

    def test_a_filter_that_raises_refuses_its_packet(self):
        def choose(packet, addr):
            if packet == b"c":
                raise Oops("c")
            return True

        listener = self.changing(a=lambda made: setattr(made, "filter", choose))
        self.send([b"a", b"b", b"c", b"d"])
        with self.assertRaises(Oops):
            multicast.poll(5)
        self.assertEqual(self.heard, ["a", "b"])
        multicast.poll()
        self.assertEqual(self.heard, ["a", "b", "d"])
        self.assertEqual(listener.stats().filtered, 1)

    def test_an_mtu(self):
        listener = self.changing(**{"12345": lambda made: setattr(made, "mtu", 2),
                                    "34": lambda made: setattr(made, "mtu", 4)})
        self.assertEqual(self.together("12345 23456 34567 45678 5"), "12345 23 34 4567 5")
        self.assertEqual((listener.stats().delivered_bytes, listener.stats().truncated), (14, 3))
        self.assertEqual(self.together("678901"), "6789")
        self.assertEqual(listener.stats().truncated, 4)

    def test_a_filter_sees_what_the_mtu_hides(self):
        def change(made):
            made.filter = filters.size(4)

        self.changing(mtu=2, **{"12": change})
        self.assertEqual(self.together("1234 234 3456 4567"), "12 34 45")

    def test_sources(self):
        here, other = "127.0.0.1", "10.0.0.1"
        for change, expected in (
                (lambda made: made.block_source(here), "x1"),
                (lambda made: made.block_source(here, GROUP), "x1"),
                (lambda made: made.block_source(other), "x1 x2 x3"),
                (lambda made: (made.block_source(here), made.unblock_source(here)), "x1 x2 x3"),
                (lambda made: (made.block_source(here), made.hear_all_but()), "x1 x2 x3"),
                (lambda made: made.hear_only([other]), "x1"),
                (lambda made: made.hear_only([]), "x1"),
                (lambda made: made.hear_only([other, here]), "x1 x2 x3"),
                (lambda made: (made.hear_only([other]), made.allow_source(here)), "x1 x2 x3"),
                (lambda made: (made.hear_only([here, other]), made.drop_source(here)), "x1"),
                (lambda made: (made.hear_only([other]), made.hear_all_but()), "x1 x2 x3"),
                (lambda made: made.hear_all_but(iter([here])), "x1")):
            with self.changing(x1=change) as listener:
                self.assertEqual(self.together("x1 x2 x3"), expected)
                stats = listener.stats()
                refused = 3 - len(expected.split())
                self.assertEqual((stats.arrived, stats.not_for_us), (3, refused))

    def test_sources_that_are_heard_again(self):
        listener = self.changing(x1=lambda made: made.block_source("127.0.0.1"),
                                 y1=lambda made: setattr(made, "mtu", 9))

        def fail(packet, addr):
            raise Oops()

        self.assertEqual(self.together("x1 x2"), "x1")
        listener.unblock_source("127.0.0.1")
        self.assertEqual(self.together("y1 y2"), "y1 y2")
        self.assertEqual(self.together("x1 x2"), "x1")
        listener.unblock_source("127.0.0.1")
        with MulticastListener(None, GROUP, self.port, handler=fail):
            multicast.Timer(0, lambda: fail(None, None))
            self.send([b"y1", b"y2"])
            with self.assertRaises(Oops):
                multicast.poll(5)
        self.heard.clear()
        self.poll_until(lambda: self.heard == ["y1", "y2"], poll=self.poll_quietly)

    def poll_quietly(self, timeout):
        try:
            multicast.poll(timeout)
        except Oops:
            pass

    def test_sources_of_the_other_family(self):
        def change(made):
            made.block_source("::1")
            made.hear_all_but(["10.0.0.9"])

        made = self.changing(x1=change)
        made.close()
        made.add("ff11::1%lo", self.port)
        made.open()
        with multicast.Multicaster("ff11::1%lo", self.port, 0) as sender:
            sender.set_source_address("::1")
            sender.send_many([b"x1", b"x2", b"x3"])
            self.assertEqual(sorted(self.together("y1 y2").split()), ["x1", "y1", "y2"])

    def test_sources_of_ipv6_in_other_words(self):
        heard = []

        def handler(packet, addr):
            heard.append(packet)
            if packet == b"1":
                listener.block_source("0:0::0001")
            if packet == b"2":
                listener.hear_only(["::2"])

        with MulticastListener(None, "ff11::1%lo", self.port, handler=handler) as listener:
            with multicast.Multicaster("ff11::1%lo", self.port, 0) as sender:
                sender.set_source_address("::1")
                sender.send_many([b"1", b"2"])
                multicast.poll(5)
                self.assertEqual(heard, [b"1"])
                listener.hear_all_but()
                sender.send_many([b"2", b"3"])
                multicast.poll(5)
                self.assertEqual(heard, [b"1", b"2"])

    def test_one_group_of_several(self):
        other = "239.2.3.5"

        def change(made):
            made.block_source("127.0.0.1")
            made.unblock_source("127.0.0.1", GROUP)

        made = self.changing(x1=change)
        made.close()
        made.add(other, self.port)
        made.open()
        self.assertEqual(self.together("x1 x2"), "x1 x2")  # none is lost of who is heard
        multicast.sendto(b"x3", other, self.port, 0)
        self.send(b"x4")
        multicast.poll(5)
        multicast.poll(0)
        self.assertEqual(self.heard[2:], ["x4"])

    def test_what_an_exception_kept_back(self):
        def fail(made):
            made.filter = filters.not_(filters.prefix(b"b"))
            made.mtu = 1
            raise Oops("a")

        listener = self.changing(aa=fail)
        self.send([b"aa", b"bb", b"cc", b"bb", b"dd"])
        with self.assertRaises(Oops):
            multicast.poll(5)
        self.assertEqual(self.heard, ["aa"])
        listener.mtu = 2
        multicast.poll()
        self.assertEqual(self.heard, ["aa", "cc", "dd"])
        self.send([b"aa", b"bb", b"cc", b"dd"])
        with self.assertRaises(Oops):
            multicast.poll(5)
        listener.block_source("127.0.0.1")
        multicast.poll()
        self.assertEqual(self.heard[3:], ["aa"])

    def test_what_was_kept_back_is_asked_about_once(self):
        asked = []

        def fail(made):
            made.filter = lambda packet, addr: asked.append(packet) or asked.count(packet) == 1
            raise Oops("0")

        listener = self.changing(**{"0": fail})
        self.send([b"%d" % number for number in range(200)])
        with self.assertRaises(Oops):
            multicast.poll(5)
        self.poll_until(lambda: self.heard[-1:] == ["199"])
        self.assertEqual(self.heard, [str(number) for number in range(200)])
        self.assertEqual(sorted(asked), sorted(b"%d" % number for number in range(1, 200)))
        self.assertEqual(listener.stats().delivered, 200)

    def test_a_limit_counts_what_is_heard(self):
        listener = self.changing(limit=4, a=lambda made: setattr(made, "filter", "[^b]"))
        self.assertEqual(self.together("a b b c d e f"), "a c d e")
        self.assertFalse(listener.is_open)
        listener.filter = None
        listener.open()
        self.assertEqual(self.together("b b b b b"), "b b b b")
        self.assertFalse(listener.is_open)

    def test_a_limit_begins_where_it_is_set(self):
        listener = self.changing(a=lambda made: setattr(made, "limit", 2))
        self.assertEqual(self.together("a b c d"), "a b c")
        self.assertFalse(listener.is_open)
        self.assertEqual(listener.stats().delivered, 3)
        other = self.changing(a=lambda made: setattr(made, "limit", 3))
        self.assertEqual(self.together("a b"), "a b")
        self.assertEqual(self.together("c d e"), "c d")
        self.assertFalse(other.is_open)

    def test_the_last_of_a_limit_sets_another(self):
        for limit, expected in ((2, "a b c d"), (None, "a b c d e")):
            listener = self.changing(a=lambda made: setattr(made, "limit", 1),
                                     b=lambda made: setattr(made, "limit", limit))
            self.assertEqual(self.together("a b c d e"), expected)
            self.assertEqual(listener.is_open, limit is None)
            listener.close()

    def test_the_last_of_a_limit_sets_another_and_raises(self):
        def change(made):
            made.limit = 2
            raise Oops("b")

        listener = self.changing(a=lambda made: setattr(made, "limit", 1), b=change)
        self.send([b"a", b"b", b"c", b"d", b"e"])
        with self.assertRaises(Oops):
            multicast.poll(5)
        multicast.poll()
        self.assertEqual(self.heard, ["a", "b", "c", "d"])
        self.assertFalse(listener.is_open)
        self.assertEqual(listener.stats().delivered, 4)

    def test_the_last_of_a_limit_raises(self):
        def fail(made):
            raise Oops("b")

        listener = self.changing(a=lambda made: setattr(made, "limit", 1), b=fail)
        self.send([b"a", b"b", b"c"])
        with self.assertRaises(Oops):
            multicast.poll(5)
        multicast.poll()
        self.assertEqual(self.heard, ["a", "b"])
        self.assertFalse(listener.is_open)

    def test_packets_that_were_sent_singly(self):
        self.changing(**{"70": lambda made: setattr(made, "filter", ".*5$")})
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for number in range(200):
                sender.sendto(b"%d" % number, (GROUP, self.port))
        self.poll_until(lambda: self.heard[-1:] == ["195"])
        self.assertEqual(self.heard, [str(number) for number in range(200)
                                      if number <= 70 or number % 10 == 5])


if __name__ == "__main__":
    unittest.main()
