"""The program of examples/ffi in Python: by the declarations of tests/foreign, for the matrix.

    talk.py listen GROUP PORT EXPRESSION [COUNT]
    talk.py send GROUP PORT TEXT...
"""
import ctypes
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "foreign"))
import mc  # noqa: E402


def check(result):
    if result < 0:
        sys.exit("talk: " + mc.last_error().decode())
    return result


def listen(group, port, expression, count):
    poller = mc.default_poller()
    listener, chosen = mc.handle(), mc.handle()
    stop = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.append(1))
    check(mc.poller_set_interruptible(poller, 1))
    check(mc.listener_new(listener, poller))
    check(mc.filter_regex(chosen, expression, len(expression)))
    check(mc.listener_set_filter(listener, chosen))
    check(mc.listener_add(listener, group, port))
    check(mc.listener_open(listener))
    print("listening", file=sys.stderr)
    packet, text, heard = ctypes.POINTER(mc.packet)(), ctypes.create_string_buffer(80), 0
    while not stop and heard != (count or -1):
        came = mc.listener_next(listener, packet, 1)
        if came == 1:
            mc.address_format(packet[0].source, text, 80)
            shown = ctypes.string_at(packet[0].data, packet[0].size)
            print(f"{text.value.decode()}: {shown.decode(errors='replace')}", flush=True)
            heard += 1
        elif came != mc.ERROR_INTERRUPTED:
            check(came)
    stats = mc.stats()
    check(mc.listener_stats(listener, stats, ctypes.sizeof(stats)))
    print(f"{stats.arrived} arrived, {stats.delivered} delivered, {stats.filtered} filtered, "
          f"{stats.lost} lost", file=sys.stderr)
    mc.filter_free(chosen)
    mc.listener_free(listener)


def main():
    verb, group, port, *words = [os.fsencode(word) for word in sys.argv[1:]]
    if verb == b"listen":
        listen(group, int(port), words[0], int(words[1]) if words[1:] else 0)
    for word in words if verb == b"send" else ():
        check(mc.sendto(word, len(word), group, int(port), 1))


main()
