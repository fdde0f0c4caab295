"""A rival in Python: answers one request a line; rivals/program.h says which.

usage: rival.py socket|asyncio INTERFACE PORT SIZE FLOW GROUP [OTHER-GROUP]

FLOW is the descriptor of the memory that the two processes share (flow.h).
"""
import mmap
import sys

import with_asyncio
import with_socket
from shared import Place


def serve(way):
    while line := sys.stdin.readline():
        verb, *numbers = line.split()
        answer = getattr(way, verb)(*map(int, numbers))
        print(answer or verb, flush=True)


def main(name, interface, port, size, flow, *groups):
    page = mmap.mmap(int(flow), mmap.PAGESIZE)
    place = Place(interface, int(port), int(size), groups, memoryview(page).cast('Q'))
    serve({'socket': with_socket.Way, 'asyncio': with_asyncio.Way}[name](place))


if __name__ == '__main__':
    main(*sys.argv[1:])
