"""The module socket: one blocking recvfrom or sendto a packet."""
import socket
import struct
import time

from shared import BATCH, Packets, Tally, drops_of, open_receiver, open_sender, trips_text


class Way:
    def __init__(self, place):
        self.place = place
        self.packets = Packets(place.size)
        self.buffer = bytearray(65536)
        self.sender = open_sender(place)
        self.to = place.groups[0], place.port

    def open(self, source_port):
        self.receiver = open_receiver(self.place, self.place.groups[0])
        self.tally = Tally(self.place, source_port)

    def close(self):
        self.receiver.close()

    def drain(self, first, count, patience):
        wait = max(patience, 20)
        self.receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO,
                                 struct.pack('@ll', wait // 1000, wait % 1000 * 1000))
        receive, take, buffer = self.receiver.recvfrom_into, self.tally.take, self.buffer
        self.tally.begin(first)
        try:
            for n in range(count):
                size, source = receive(buffer)
                take(buffer, size, source)
                if n % BATCH == 0:
                    drops_of(self.receiver)
        except BlockingIOError:
            pass  # nothing comes any more
        return self.tally.end(self.receiver)

    def send(self, first, count, window):
        cpu, wall = time.process_time_ns(), time.monotonic_ns()
        sendto, stamp, to = self.sender.sendto, self.packets.stamp, self.to
        for n in range(count):
            if n % BATCH == 0 and not self.place.wait_for_room(n + BATCH, window):
                count = n
                break
            sendto(stamp(first + n), to)
        return f'{time.process_time_ns() - cpu} {time.monotonic_ns() - wall} {count} 0 0'

    def meet(self, side):
        """As the side that begins (0), or as the other."""
        self.receiver = open_receiver(self.place, self.place.groups[1 - side])
        self.receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack('@ll', 1, 0))
        self.echo_to = self.place.groups[side], self.place.port
        self.tally = Tally(self.place, 0)

    def hear(self):
        size, source = self.receiver.recvfrom_into(self.buffer)
        self.tally.take(self.buffer, size, source)
        return size

    def ping(self, count):
        trips = []
        try:
            for _ in range(count):
                packet = self.packets.stamp(self.tally.next)
                start = time.perf_counter_ns()
                self.sender.sendto(packet, self.echo_to)
                self.hear()
                trips.append(time.perf_counter_ns() - start)
                drops_of(self.receiver)
        except BlockingIOError:
            pass
        return trips_text(trips, self.tally)

    def pong(self, count):
        try:
            while self.tally.count < count:
                size = self.hear()
                self.sender.sendto(memoryview(self.buffer)[:size], self.echo_to)
                drops_of(self.receiver)
        except BlockingIOError:
            pass
        return f'{self.tally.count} {self.tally.bad}'

    def part(self):
        self.receiver.close()
        self.place.arrived[0] = 0
