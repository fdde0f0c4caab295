"""The library nests in asyncio: add_reader() on the descriptor of a poller, and of a pulled
listener."""
import asyncio
import threading
import unittest

import mc
import nested
from fixture import DEADLINE, Case, numbered, ok, send, stats_of


class Asyncio(Case):
    def run_loop(self, main):
        return asyncio.run(asyncio.wait_for(main(), DEADLINE))

    def test_work_of_every_kind_is_served(self):
        async def main():
            loop = asyncio.get_running_loop()
            done = loop.create_future()
            work = nested.Work(self, lambda: done.set_result(None))
            loop.add_reader(work.poller_fd, work.serve)
            loop.add_reader(work.pulled_fd, work.pull)
            work.start()
            await done
            # The loop goes on, idle: what has nothing to do does not wake it.
            before = work.serves, work.pulls
            for _ in range(100):
                await asyncio.sleep(0)
            self.assertEqual((work.serves, work.pulls), before)
            loop.remove_reader(work.poller_fd)
            loop.remove_reader(work.pulled_fd)
            return work

        self.run_loop(main).check()

    def test_a_pulled_listener_as_an_asynchronous_iterator(self):
        listener = self.new_listener()

        async def packets():
            loop = asyncio.get_running_loop()
            fd = ok(mc.listener_fd(listener))
            readable = asyncio.Event()
            loop.add_reader(fd, readable.set)
            try:
                while True:
                    packet = self.next(listener, 0)
                    if packet is not None:
                        yield packet
                        continue
                    readable.clear()
                    await readable.wait()
            finally:
                loop.remove_reader(fd)

        async def speak():
            for first in range(0, 1000, 50):
                send(numbered(first, 50), port=self.port)
                await asyncio.sleep(0)

        async def main():
            heard = []
            speaker = asyncio.create_task(speak())
            async for packet in packets():
                heard.append(packet)
                if len(heard) == 1000:
                    break
            await speaker
            return heard

        self.assertEqual(self.run_loop(main), numbered(0, 1000))

    def test_a_callback_resolves_a_future_and_a_coroutine_sends(self):
        async def main():
            loop = asyncio.get_running_loop()
            answers = {}
            listener = self.new_listener(lambda data: answers[data].set_result(data) or False)
            multicaster = self.new_multicaster()
            fd = ok(mc.poller_fd(self.poller))
            loop.add_reader(fd, lambda: ok(mc.poller_poll(self.poller, 0)))

            async def ask(number):
                question = b"%d" % number
                answers[question] = loop.create_future()
                ok(mc.multicaster_send(multicaster, question, len(question)))
                return await answers[question]

            heard = await asyncio.gather(*(ask(number) for number in range(100)))
            loop.remove_reader(fd)
            self.assertEqual(stats_of(mc.listener_stats, listener).delivered, 100)
            return heard

        self.assertEqual(self.run_loop(main), numbered(0, 100))

    def test_another_thread_wakes_the_loop_by_posting(self):
        async def main():
            loop = asyncio.get_running_loop()
            done = loop.create_future()
            fd = ok(mc.poller_fd(self.poller))
            loop.add_reader(fd, lambda: ok(mc.poller_poll(self.poller, 0)))
            function = mc.post_fn(lambda user: done.set_result((user, threading.get_ident())))
            thread = threading.Thread(
                target=lambda: mc.poller_post(self.poller, function, 12, mc.destroy_fn()))
            thread.start()
            outcome = await done
            thread.join()
            loop.remove_reader(fd)
            return outcome

        self.assertEqual(self.run_loop(main), (12, threading.get_ident()))


if __name__ == "__main__":
    unittest.main()
