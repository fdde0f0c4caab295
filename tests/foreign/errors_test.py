"""Codes, sentences and the log from Python; what a failing call leaves alone."""
import ctypes
import errno
import threading
import unittest

import mc
from fixture import GROUP, Case, ok, send, send_singly, stats_of


class Codes(Case):
    def test_every_code_has_a_name_and_a_few_words(self):
        codes = {name: value for name, value in vars(mc).items() if name.startswith("ERROR_")}
        self.assertGreaterEqual(len(codes), 28)
        words = set()
        for name, code in codes.items():
            self.assertEqual(mc.error_name(code).decode(), "MC_" + name)
            words.add(mc.strerror(code))
        self.assertEqual(len(words), len(codes))  # each its own
        self.assertEqual(mc.error_name(-errno.ENODEV), b"ENODEV")
        self.assertTrue(mc.strerror(-errno.ENODEV))
        self.assertTrue(mc.error_name(-12345678))
        self.assertTrue(mc.strerror(12345678))

    def test_a_sentence_names_what_was_wrong_and_what_to_do(self):
        for text, port, ttl, code, parts in (
                (b"239.1.2.3%eth9", 1, 1, mc.ERROR_INTERFACE, ("239.1.2.3", "eth9", "lo")),
                (b"10.1.2.3", 1, 1, mc.ERROR_NOT_MULTICAST, ("10.1.2.3",)),
                (b"sesame", 1, 1, mc.ERROR_ADDRESS, ("sesame",)),
                (b"\xff\xfe", 1, 1, mc.ERROR_ADDRESS, ("\\xff",)),
                (b"ff02::1", 1, 1, mc.ERROR_SCOPE, ("ff02::1", "%")),
                (b"::1@239.1.2.3", 1, 1, mc.ERROR_FAMILY, ("239.1.2.3",)),
                (GROUP, 0, 1, mc.ERROR_PORT, ("port",)),
                (GROUP, 1, 256, mc.ERROR_TTL, ("256",)),
                (GROUP, 1, -1, mc.ERROR_TTL, ("-1",))):
            with self.subTest(text=text, port=port, ttl=ttl):
                self.assert_fails(mc.sendto(b"x", 1, text, port, ttl), code, *parts)

    def test_success_leaves_the_last_error_and_each_thread_has_its_own(self):
        self.assertEqual((mc.last_error(), mc.last_error_code()), (b"", 0))
        self.assert_fails(mc.poll(float("nan")), mc.ERROR_TIME)
        ok(mc.poll(0))
        self.assertEqual(mc.last_error_code(), mc.ERROR_TIME)
        seen = []
        thread = threading.Thread(target=lambda: seen.append((mc.last_error(),
                                                              mc.last_error_code())))
        thread.start()
        thread.join()
        self.assertEqual(seen, [(b"", 0)])

    def test_null_for_what_must_be_given(self):
        for outcome in (mc.listener_open(None), mc.multicaster_send(None, b"x", 1),
                        mc.poller_poll(None, 0), mc.poller_post(None, mc.post_fn(), None,
                                                                mc.destroy_fn()),
                        mc.listener_new(None, self.poller), mc.timer_stop(None),
                        mc.reply(None, b"x", 1), mc.packet_copy(None, None),
                        mc.interfaces(None), mc.poller_post(self.poller, mc.post_fn(), None,
                                                            mc.destroy_fn()),
                        mc.sendto(None, 1, GROUP, self.port, 1)):
            self.assert_fails(outcome, mc.ERROR_NULL, "NULL")
        for free in (mc.poller_free, mc.listener_free, mc.multicaster_free, mc.timer_free,
                     mc.filter_free, mc.packet_free, mc.interfaces_free):
            free(None)


class NothingIsHalfDone(Case):
    def test_a_constructor_that_fails_leaves_its_handle_alone(self):
        handle = mc.handle(77)
        out = ctypes.byref(handle)
        self.assert_fails(mc.multicaster_new(out, self.poller, GROUP, 0, 1), mc.ERROR_PORT)
        self.assert_fails(mc.filter_regex(out, b"a(b", 3), mc.ERROR_PATTERN, "a(b")
        self.assert_fails(mc.filter_regex(out, b".*x.{20}y", 9), mc.ERROR_COSTLY,
                          "mc_filter_regex_costly")
        self.assert_fails(mc.filter_callable(out, mc.filter_fn(), None, mc.destroy_fn()),
                          mc.ERROR_NULL)
        self.assert_fails(mc.timer_new(out, self.poller, -1, 0, mc.timer_fn(lambda _: 0), None,
                                       mc.destroy_fn()), mc.ERROR_TIME)
        self.assertEqual(handle.value, 77)

    def test_a_call_that_fails_takes_no_user(self):
        given_back = []
        destroy = self.keep(mc.destroy_fn(given_back.append))
        listener = self.new_listener()  # pulled, and open
        function = self.keep(mc.packet_fn(lambda packet, user: 0))
        self.assert_fails(mc.listener_set_handler(listener, function, 1, destroy), mc.ERROR_OPEN)
        timer = mc.handle()
        self.assert_fails(mc.timer_new(ctypes.byref(timer), self.poller, -1, 0,
                                       mc.timer_fn(lambda _: 0), 1, destroy), mc.ERROR_TIME)
        ok(mc.listener_close(listener))
        ok(mc.listener_set_handler(listener, function, 2, destroy))
        self.free(mc.listener_free, listener)
        self.assertEqual(given_back, [2])

    def test_a_group_that_cannot_be_joined_opens_nothing(self):
        listener = self.new(mc.listener_new, mc.listener_free, self.poller)
        self.assert_fails(mc.listener_open(listener), mc.ERROR_NO_GROUP)
        ok(mc.listener_add(listener, GROUP, self.port))
        ok(mc.listener_add(listener, b"239.1.2.3%eth9", self.port))
        self.assert_fails(mc.listener_open(listener), mc.ERROR_INTERFACE, "eth9", "lo")
        self.assertEqual(mc.listener_is_open(listener), 0)
        self.assertEqual(stats_of(mc.poller_stats, self.poller).memberships, 0)
        ok(mc.listener_remove(listener, b"239.1.2.3%eth9", self.port))
        ok(mc.listener_open(listener))
        self.assert_fails(mc.listener_add(listener, b"239.1.2.4", self.port), mc.ERROR_OPEN)

    def test_values_out_of_their_range_keep_the_old_one(self):
        listener = self.new_listener(set_up=lambda new: (
            ok(mc.listener_set_mtu(new, 2)),
            self.assert_fails(mc.listener_set_mtu(new, 0), mc.ERROR_MTU),
            self.assert_fails(mc.listener_set_mtu(new, mc.MAX_PACKET + 1), mc.ERROR_MTU),
            self.assert_fails(mc.listener_set_details(new, mc.PACKET_TRAIN), mc.ERROR_FLAGS),
            self.assert_fails(mc.listener_set_receive_buffer(new, 0), mc.ERROR_SIZE)))
        send([b"123"], port=self.port)
        self.assertEqual(self.next(listener), b"12")


class Log(Case):
    def set_log(self):
        lines, given_back = [], []
        function = self.keep(mc.log_fn(
            lambda level, code, sentence, user: lines.append((level, code, sentence.decode(),
                                                              user))))
        ok(mc.poller_set_log(self.poller, function, 11, self.keep(mc.destroy_fn(
            given_back.append))))
        return lines, given_back

    def test_a_loop_with_nothing_to_do_is_explained(self):
        lines, given_back = self.set_log()
        self.assertEqual(ok(mc.poller_loop(self.poller, -1, 0)), 0)
        self.assertEqual(len(lines), 1)
        level, code, sentence, user = lines[0]
        self.assertEqual((level, code, user), (mc.LOG_WARNING, 0, 11))
        self.assertIn("nothing", sentence)
        ok(mc.poller_set_log(self.poller, mc.log_fn(), None, mc.destroy_fn()))
        self.assertEqual(given_back, [11])
        ok(mc.poller_loop(self.poller, -1, 0))
        self.assertEqual(len(lines), 1)

    def test_loss_is_told(self):
        lines, _ = self.set_log()
        heard = []
        self.new_listener(heard.append,
                          set_up=lambda new: ok(mc.listener_set_receive_buffer(new, 20000)))
        for _ in range(10):
            send_singly([b"x"] * 100, port=self.port)
        self.poll_until(lambda: lines)
        level, _, sentence, _ = lines[0]
        self.assertEqual(level, mc.LOG_WARNING)
        self.assertIn("lost", sentence.replace("dropped", "lost"))

    def test_a_packet_that_could_not_be_sent_is_told_where_nobody_else_is(self):
        lines, _ = self.set_log()
        too_large = bytes(mc.MAX_PACKET + 1)
        packets = [too_large]

        @mc.source_fn
        def source(buffer, _):
            if not packets:
                return mc.SOURCE_END
            packets.clear()
            buffer.contents.data = ctypes.cast(ctypes.c_char_p(too_large), ctypes.c_void_p)
            buffer.contents.size = len(too_large)
            return mc.SOURCE_PACKET

        ok(mc.multicaster_set_source(self.new_multicaster(), source, None, mc.destroy_fn()))
        ok(mc.poller_loop(self.poller, -1, 0))
        self.assertEqual([line[:2] for line in lines],
                         [(mc.LOG_ERROR, mc.ERROR_PACKET_TOO_LARGE)])


if __name__ == "__main__":
    unittest.main()
