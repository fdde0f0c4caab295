"""asyncio: listeners and pollers on a running loop."""
import asyncio
import unittest

import multicast
from fixture import DEADLINE, GROUP, Case
from multicast import Multicaster, aio


class Asyncio(Case):
    def run_loop(self, main):
        return asyncio.run(asyncio.wait_for(main(), DEADLINE))

    def test_async_for(self):
        listener = self.pull()

        async def speak():
            for number in range(500):
                self.send(b"%d" % number)
                if number % 50 == 0:
                    await asyncio.sleep(0)

        async def main():
            speaker = asyncio.create_task(speak())
            async for packet in listener:
                self.heard.append(packet)
                if len(self.heard) == 500:
                    break
            await speaker

        self.run_loop(main)
        self.assertEqual(self.heard, [b"%d" % number for number in range(500)])

    def test_closing_ends_it_and_a_limit_does(self):
        async def main():
            listener, limited = self.pull(), self.pull(limit=2)
            waiting = asyncio.create_task(aio.receive(listener))
            await asyncio.sleep(0.01)
            both = [asyncio.create_task(self.count(listener)) for _ in range(2)]
            await asyncio.sleep(0.01)
            listener.close()
            self.assertEqual(await asyncio.gather(*both), [0, 0])
            with self.assertRaises((StopAsyncIteration, RuntimeError)):
                await waiting
            self.send([b"1", b"2", b"3"])
            self.assertEqual(await self.count(limited), 2)

        self.run_loop(main)

    @staticmethod
    async def count(listener):
        count = 0
        async for _ in listener:
            count += 1
        return count

    def test_a_wait_that_is_cancelled_leaves_nothing_behind(self):
        async def main():
            listener = self.pull()
            for _ in range(3):
                with self.assertRaises(asyncio.TimeoutError):
                    await asyncio.wait_for(aio.receive(listener), 0.01)
            self.send(b"x")
            packet = await aio.receive(listener)
            self.assertEqual((packet.data, packet.addr[0]), (b"x", "127.0.0.1"))
            self.assertFalse(asyncio.get_running_loop().remove_reader(listener.fileno()))
            self.assertEqual(listener._waiting, [])

        self.run_loop(main)

    def test_a_poller_that_is_served(self):
        class Countdown(Multicaster):
            def __iter__(self):
                yield from (b"3", b"2", b"1")

        async def main():
            done = asyncio.get_running_loop().create_future()
            async with aio.serving():
                self.hear(lambda packet: packet == b"1" and (done.set_result(None) or True))
                Countdown(GROUP, self.port, 0)
                await done
            self.assertEqual(self.heard, [b"3", b"2", b"1"])

        self.run_loop(main)

    def test_what_a_callback_raises_surfaces(self):
        async def main():
            with self.assertRaisesRegex(KeyError, "oops"):
                async with aio.serving() as poller:
                    def fail():
                        raise KeyError("oops")
                    poller.post(fail)
                    await asyncio.sleep(DEADLINE)
            await asyncio.sleep(0)  # nobody is being cancelled any more
            with self.assertRaises(multicast.ClosedError):
                async with aio.serving(multicast.Poller()) as other:
                    other.close()
                    other.poll()

        self.run_loop(main)


if __name__ == "__main__":
    unittest.main()
