"""What both Python rivals share: sockets as a careful programmer opens them, and the check."""
import dataclasses
import os
import socket
import struct
import time

SO_MEMINFO, MEMINFO_DROPS = 55, 8
SO_RCVBUFFORCE, SO_BINDTOIFINDEX, IP_MULTICAST_ALL = 33, 62, 49
RECEIVE_BUFFER = 4 << 20
BATCH = 64
SEQUENCE = struct.Struct('=Q')


@dataclasses.dataclass
class Place:
    interface: str
    port: int
    size: int
    groups: tuple
    arrived: memoryview  # the page of flow.h: first the count that the other process looks at

    def index(self):
        return socket.if_nametoindex(self.interface)

    def wait_for_room(self, sent, window):
        """As a sender, until there are at most `window` packets on the way; False after 2 s."""
        if not window or sent - self.arrived[0] <= window:
            return True
        end = time.monotonic() + 2
        while sent - self.arrived[0] > window:
            if self.arrived[1]:  # the two processes share a processor
                os.sched_yield()
            if time.monotonic() > end:
                return False
        return True


def open_receiver(place, group):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setsockopt(socket.SOL_SOCKET, SO_BINDTOIFINDEX, place.index())
    try:
        sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER)
    except PermissionError:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
    sock.bind((group, place.port))
    sock.setsockopt(socket.IPPROTO_IP, IP_MULTICAST_ALL, 0)
    join = struct.pack('=4s4si', socket.inet_aton(group), bytes(4), place.index())
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, join)
    return sock


def open_sender(place):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF,
                    struct.pack('=4s4si', bytes(4), bytes(4), place.index()))
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
    return sock


def drops_of(sock):
    return struct.unpack('=9I', sock.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, 36))[MEMINFO_DROPS]


class Tally:
    """The same check as in every rival (candidates/tally.h)."""

    def __init__(self, place, source_port):
        self.size, self.source_port, self.arrived = place.size, source_port, place.arrived
        self.drops = 0
        self.begin(0)

    def begin(self, first):
        self.next, self.count, self.bad = first, 0, 0
        self.cpu, self.wall = time.process_time_ns(), time.monotonic_ns()

    def take(self, data, size, source):
        sequence, = SEQUENCE.unpack_from(data)
        if size != self.size or sequence != self.next or self.source_port not in (0, source[1]):
            self.bad += 1
        self.next = sequence + 1
        self.count += 1
        self.arrived[0] = self.count

    def end(self, sock):
        """Processor time, elapsed time, packets, lost, wrong."""
        cpu, wall = time.process_time_ns() - self.cpu, time.monotonic_ns() - self.wall
        drops = drops_of(sock)
        lost, self.drops = drops - self.drops, drops
        self.arrived[0] = 0
        return f'{cpu} {wall} {self.count} {lost} {self.bad}'


def trips_text(trips, tally):
    """How many, how many wrong, and their percentiles 0 to 100 in nanoseconds."""
    trips.sort()
    last = len(trips) - 1
    percentiles = [trips[round(last * percent / 100)] for percent in range(101)] if trips else []
    return ' '.join(map(str, [len(trips), tally.bad, *percentiles]))


class Packets:
    """A batch of packets that differ in their sequence numbers."""

    def __init__(self, size):
        self.packets = [bytearray(b'x' * size) for _ in range(BATCH)]

    def stamp(self, sequence):
        packet = self.packets[sequence % BATCH]
        SEQUENCE.pack_into(packet, 0, sequence)
        return packet
