"""Sources of groups, and what becomes of groups."""
import unittest

import multicast
from fixture import GROUP, Case
from multicast import MulticastListener


class Sources(Case):
    def test_whom_to_hear(self):
        listener = self.pull()

        def hears(packet):
            self.send(packet)
            try:
                return listener.next(0) == packet
            except TimeoutError:
                return False

        self.assertTrue(hears(b"1"))
        listener.hear_only(["10.0.0.1"])
        self.assertFalse(hears(b"2"))
        listener.allow_source("127.0.0.1")
        self.assertTrue(hears(b"3"))
        listener.drop_source("127.0.0.1", GROUP)
        self.assertFalse(hears(b"4"))
        listener.hear_all_but(["127.0.0.1"])
        self.assertFalse(hears(b"5"))
        listener.unblock_source("127.0.0.1")
        self.assertTrue(hears(b"6"))
        listener.block_source("127.0.0.1")
        listener.hear_all_but()
        self.assertTrue(hears(b"7"))
        for call in (lambda: listener.allow_source("nobody"),
                     lambda: listener.hear_only("10.0.0.1"),
                     lambda: listener.drop_source("10.0.0.1")):
            with self.assertRaises((multicast.Error, TypeError)):
                call()


class Events(Case):
    def test_silence(self):
        class Told(MulticastListener):
            def handle_event(told, event):
                self.heard.append(event)

        with Told(None, GROUP, self.port, handler=print, silence=0.02):
            self.poll_until(lambda: any(each.kind == multicast.EVENT_SILENCE
                                        for each in self.heard))
        told = self.heard[-1]
        self.assertEqual(told.group, f"{GROUP}:{self.port}")
        self.assertIn(GROUP, told.sentence)

    def test_an_interface_that_may_come_later(self):
        with self.assertRaises(multicast.InterfaceError):
            MulticastListener(None, GROUP + "%eth9", self.port)

        class Told(MulticastListener):
            def handle_event(told, event):
                self.heard.append(event.kind)
                return event.kind == multicast.EVENT_PENDING

        listener = Told(None, GROUP + "%eth9", self.port, handler=print, pending=True)
        self.poll_until(lambda: self.heard)
        self.assertEqual(self.heard, [multicast.EVENT_PENDING])
        self.assertFalse(listener.is_open)  # it had enough

    def test_a_sender_whose_interface_may_come_later(self):
        with self.assertRaises(multicast.InterfaceError):
            multicast.Multicaster(GROUP + "%eth9", self.port)
        sender = multicast.Multicaster(GROUP + "%eth9", self.port, pending=True)
        with self.assertRaisesRegex(multicast.Error, "not there yet"):
            sender.send("early")

    def test_what_it_raises_surfaces(self):
        class Told(MulticastListener):
            def handle_event(told, event):
                raise KeyError(event.kind)

        Told(None, GROUP + "%eth9", self.port, handler=print, pending=True)
        with self.assertRaises(KeyError):
            self.poll_until(lambda: False)


if __name__ == "__main__":
    unittest.main()
