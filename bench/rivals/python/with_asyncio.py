"""The module asyncio: a datagram protocol, and its transport's sendto."""
import asyncio
import time

from shared import BATCH, Packets, Tally, drops_of, open_receiver, open_sender, trips_text


class Hearing(asyncio.DatagramProtocol):
    def __init__(self, tally):
        self.tally = tally
        self.expected = 0
        self.done = None

    def datagram_received(self, data, source):
        self.tally.take(data, len(data), source)
        if self.tally.count % BATCH == 0:
            drops_of(self.sock)
        if self.tally.count == self.expected:
            self.done.set_result(None)


class Talking(asyncio.DatagramProtocol):
    """One side of a ping-pong: the next packet is sent when the one before was heard."""

    def __init__(self, way, to):
        self.way, self.to = way, to
        self.tally = Tally(way.place, 0)
        self.trips = None  # of the side that begins
        self.done = None

    def begin(self):
        packet = self.way.packets.stamp(self.tally.next)
        self.start = time.perf_counter_ns()
        self.way.sending.sendto(packet, self.to)

    def datagram_received(self, data, source):
        now = time.perf_counter_ns()
        self.tally.take(data, len(data), source)
        if self.trips is None:
            self.way.sending.sendto(data, self.to)
        else:
            self.trips.append(now - self.start)
        drops_of(self.sock)
        if self.tally.count == self.expected:
            self.done.set_result(None)
        elif self.trips is not None:
            self.begin()


class Way:
    def __init__(self, place):
        self.place = place
        self.loop = asyncio.new_event_loop()
        self.packets = Packets(place.size)
        self.to = place.groups[0], place.port
        self.sending = self.endpoint(asyncio.DatagramProtocol(), open_sender(place))

    def endpoint(self, protocol, sock):
        sock.setblocking(False)
        made = self.loop.create_datagram_endpoint(lambda: protocol, sock=sock)
        return self.loop.run_until_complete(made)[0]

    def open(self, source_port):
        self.tally = Tally(self.place, source_port)
        self.hearing = Hearing(self.tally)
        self.hearing.sock = open_receiver(self.place, self.place.groups[0])
        self.receiving = self.endpoint(self.hearing, self.hearing.sock)

    def close(self):
        self.receiving.close()
        self.loop.run_until_complete(asyncio.sleep(0))  # closes it

    async def until_done(self, patience):
        """Until all has come, or nothing has for so many milliseconds."""
        wait, before = max(patience, 20) / 1000, -1
        while self.tally.count < self.hearing.expected and self.tally.count != before:
            before = self.tally.count
            await asyncio.wait([self.hearing.done], timeout=wait)

    def drain(self, first, count, patience):
        self.tally.begin(first)
        self.hearing.expected, self.hearing.done = count, self.loop.create_future()
        self.loop.run_until_complete(self.until_done(patience))
        return self.tally.end(self.hearing.sock)

    async def send_all(self, first, count, window):
        sendto, stamp, to = self.sending.sendto, self.packets.stamp, self.to
        for n in range(count):
            if n % BATCH == 0:
                await asyncio.sleep(0)  # so that what the kernel did not take is sent
                if not self.place.wait_for_room(n + BATCH, window):
                    return n
            sendto(stamp(first + n), to)
        while self.sending.get_write_buffer_size() > 0:
            await asyncio.sleep(0)
        return count

    def send(self, first, count, window):
        cpu, wall = time.process_time_ns(), time.monotonic_ns()
        sent = self.loop.run_until_complete(self.send_all(first, count, window))
        return f'{time.process_time_ns() - cpu} {time.monotonic_ns() - wall} {sent} 0 0'

    def meet(self, side):
        """As the side that begins (0), or as the other."""
        self.talking = Talking(self, (self.place.groups[side], self.place.port))
        self.talking.sock = open_receiver(self.place, self.place.groups[1 - side])
        self.receiving = self.endpoint(self.talking, self.talking.sock)

    def talk(self, expected):
        self.talking.expected, self.talking.done = expected, self.loop.create_future()
        waiting = asyncio.wait([self.talking.done], timeout=1 + expected / 1000)
        self.loop.run_until_complete(waiting)

    def ping(self, count):
        self.talking.trips = []
        self.loop.call_soon(self.talking.begin)
        self.talk(self.talking.tally.count + count)
        return trips_text(self.talking.trips, self.talking.tally)

    def pong(self, count):
        self.talk(count)
        return f'{self.talking.tally.count} {self.talking.tally.bad}'

    def part(self):
        self.close()
        self.place.arrived[0] = 0
