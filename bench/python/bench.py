"""What a packet costs in Python: the package against Python's own socket module, in one run.

usage: netlab here -- python3 bench.py [--rounds N] [--size BYTES]

Each round sends a thousand packets on lo for each candidate, in turn, and takes the processor time
of what receives them (or what sends them), in this one thread. Printed are the medians, and of the
ratios to the socket of the same round the median and the quartiles. MC_LIBRARY names the shared
library, PYTHONPATH the folder of the package.
"""
import argparse
import os
import platform
import socket
import statistics
import time

import multicast

GROUP, COUNT = "239.5.6.7", 1000
SO_RCVBUFFORCE = 33


def received_by(sender, take):
    """A trial: sends, then times the taking."""
    def trial():
        sender()
        begin = time.thread_time()
        took = take()
        seconds = time.thread_time() - begin
        assert took == COUNT, f"{took} of {COUNT} packets came"
        return seconds
    return trial


def timed(call, tidy):
    def trial():
        begin = time.thread_time()
        call()
        seconds = time.thread_time() - begin
        tidy()
        return seconds
    return trial


def raw_receiver(port):
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20)
    made.bind((GROUP, port))
    made.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                    socket.inet_aton(GROUP) + socket.inet_aton("127.0.0.1"))
    return made


def raw_sender():
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
    return made


def candidates(size):
    """Tables of (name, trial); the first of each is the socket's."""
    packet, ports = b"x" * size, iter(range(5000, 5100))
    packets = [packet] * COUNT
    sender, senders = raw_sender(), {}

    def singly(port):
        def send():
            for _ in range(COUNT):
                sender.sendto(packet, (GROUP, port))
        return send

    def in_trains(port):
        senders[port] = multicast.Multicaster(GROUP, port, 0)

        def send():
            sent = 0
            while sent < COUNT:
                sent += senders[port].send_many(packets[sent:])
        return send

    def socket_takes(port):
        receiver = raw_receiver(port)

        def take():
            count = 0
            for _ in range(COUNT):
                data, addr = receiver.recvfrom(4096)
                count += 1
            return count
        return take

    def into(port):
        receiver, buffer = raw_receiver(port), bytearray(4096)

        def take():
            count = 0
            for _ in range(COUNT):
                receiver.recvfrom_into(buffer)
                count += 1
            return count
        return take

    def handler(port):
        counted = [0]

        def handle(packet, addr):
            counted[0] += 1

        return served(port, counted, handler=handle)

    def batches(port, look):
        counted = [0]

        def handle_views(batch):
            for view in batch:
                counted[0] += 1

        def handle_block(batch):
            batch.data
            counted[0] += len(batch)

        return served(port, counted, batch_handler=handle_views if look else handle_block)

    def served(port, counted, **options):
        poller = multicast.Poller()
        listener = multicast.MulticastListener(None, GROUP, port, poller=poller,
                                               receive_buffer=8 << 20, **options)

        def take():
            before = counted[0]
            while counted[0] - before < COUNT:
                poller.poll(0.5)
            assert listener.is_open
            return counted[0] - before
        return take

    def pulled(port):
        listener = multicast.MulticastListener(None, GROUP, port, receive_buffer=8 << 20)

        def take():
            count = 0
            for _ in range(COUNT):
                listener.next()
                count += 1
            return count
        return take

    def pulled_batches(port):
        listener = multicast.MulticastListener(None, GROUP, port, receive_buffer=8 << 20)

        def take():
            count = 0
            while count < COUNT:
                count += len(listener.receive_batch().packets())
            return count
        return take

    def raw_callbacks(port):
        """One packet, one callback of ctypes: what the package does not do."""
        from multicast import _abi, _memory
        from multicast._library import C
        counted, poller = [0], multicast.Poller()
        listener = multicast.MulticastListener(None, GROUP, port, poller=poller, is_open=False,
                                               handler=lambda packet, addr: None)

        def handle(packet, user):
            data, size = _memory.pointers(packet, 2)
            counted[0] += len(_memory.at(data)[:size]) > 0
            return 0

        function = _abi.mc_packet_fn(handle)
        C.mc_listener_set_handler(listener._handle, function, None, None)
        listener.add(GROUP, port)
        listener.open()

        def take(kept=(function, listener)):  # ctypes does not
            before = counted[0]
            while counted[0] - before < COUNT:
                poller.poll(0.5)
            return counted[0] - before
        return take

    def received(sends, takes, *arguments):
        port = next(ports)
        take = takes(port, *arguments)
        return received_by(sends(port), take)

    def sends(call_of):
        port = next(ports)
        receiver = raw_receiver(port)
        receiver.setblocking(False)

        def tidy():
            try:
                while True:
                    receiver.recv(4096)
            except BlockingIOError:
                pass
        return timed(call_of(port), tidy)

    def one_by_one(port):
        made = multicast.Multicaster(GROUP, port, 0)

        def send():
            for _ in range(COUNT):
                made.send(packet)
        return send

    def sendto_of_module(port):
        def send():
            for _ in range(COUNT):
                multicast.sendto(packet, GROUP, port, 0)
        return send

    def iteration(port):
        class Source(multicast.Multicaster):
            def __iter__(self):
                return iter(packets)

        def send():
            poller = multicast.Poller()
            made = Source(GROUP, port, 0, poller=poller)
            while made.is_open:
                poller.poll(0.5)
            poller.close()
        return send

    return {
        f"receiving packets of {size} bytes that were sent singly": [
            ("socket: recvfrom", received(singly, socket_takes)),
            ("socket: recvfrom_into", received(singly, into)),
            ("handle_packet(packet, addr)", received(singly, handler)),
            ("handle_batch, a view of each", received(singly, batches, True)),
            ("next()", received(singly, pulled)),
            ("receive_batch().packets()", received(singly, pulled_batches)),
            ("ctypes, a callback a packet", received(singly, raw_callbacks))],
        f"receiving packets of {size} bytes that were sent in trains": [
            ("socket: recvfrom", received(in_trains, socket_takes)),
            ("handle_packet(packet, addr)", received(in_trains, handler)),
            ("handle_batch, the block", received(in_trains, batches, False)),
            ("handle_batch, a view of each", received(in_trains, batches, True)),
            ("next()", received(in_trains, pulled)),
            ("receive_batch().packets()", received(in_trains, pulled_batches)),
            ("ctypes, a callback a packet", received(in_trains, raw_callbacks))],
        f"sending packets of {size} bytes": [
            ("socket: sendto", sends(singly)), ("multicast.sendto", sends(sendto_of_module)),
            ("Multicaster.send", sends(one_by_one)), ("Multicaster.send_many", sends(in_trains)),
            ("a Multicaster that yields", sends(iteration))],
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--size", type=int, default=64)
    given = parser.parse_args()
    if [name for _, name in socket.if_nameindex()] != ["lo"]:
        raise SystemExit("run this inside a private network: netlab here -- python3 ...")
    if "MC_LIBRARY" in os.environ:
        multicast.use_library(os.environ["MC_LIBRARY"])
    print(f"Python {platform.python_version()}, libmulticast {multicast.library_version()}")
    for title, table in candidates(given.size).items():
        times = {name: [] for name, _ in table}
        for number in range(given.rounds + 2):
            for name, trial in table:
                seconds = trial()
                if number >= 2:  # the first ones warm up
                    times[name].append(seconds / COUNT * 1e9)
        first = times[table[0][0]]
        print(f"\n{title}\n\n| | ns a packet | packets a second | times the socket's rate |"
              "\n|---|---|---|---|")
        for name, each in times.items():
            ratios = [one / other for one, other in zip(first, each)]
            low, middle, high = statistics.quantiles(ratios, n=4)
            nanoseconds = statistics.median(each)
            print(f"| {name} | {nanoseconds:.0f} | {1e3 / nanoseconds:.2f} M |"
                  f" {middle:.2f} ({low:.2f}-{high:.2f}) |")


if __name__ == "__main__":
    main()
