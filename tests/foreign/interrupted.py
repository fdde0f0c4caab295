"""A program that waits in the library until Ctrl-C reaches it: interrupted.py KIND GROUP PORT

Says that it begins, and at the end what ended it, and when. KIND is listen, loop or next; or traffic: listen
with a handler for Ctrl-C that raises nothing, and says what it heard first; or busy: then it
interrupts itself again and again while callbacks run all the time.
"""
import ctypes
import signal
import sys
import time

import mc
from fixture import Failure, ok

kind, group, port = sys.argv[1], sys.argv[2].encode(), int(sys.argv[3])
# Where a shell starts programs in the background, SIGINT is ignored and Python leaves it so.
signal.signal(signal.SIGINT, signal.default_int_handler)
poller = mc.default_poller()
ok(mc.poller_set_interruptible(poller, 1))
handler = mc.packet_fn(lambda packet, user: 0)


def begin():
    print("begins", flush=True)


def listen():
    begin()
    return mc.listen(handler, None, group, port, mc.DEFAULT_MTU, 0)


def traffic():
    """What docs/threading.md says for languages that drop the exceptions of callbacks."""
    came, heard = [], []

    def on_ctrl_c(number, frame):
        came.append(number)
        ok(mc.poller_stop(poller))

    @mc.packet_fn
    def take(packet, user):
        heard.append(packet.contents.size)
        if len(heard) == 1:
            print("heard", flush=True)
        return 0

    signal.signal(signal.SIGINT, on_ctrl_c)
    begin()
    while not came:
        outcome = mc.listen(take, None, group, port, mc.DEFAULT_MTU, 0)
        if outcome != mc.ERROR_INTERRUPTED:
            ok(outcome)
    raise KeyboardInterrupt


def open_listener(function):
    listener = mc.handle()
    ok(mc.listener_new(ctypes.byref(listener), poller))
    ok(mc.listener_set_handler(listener, function, None, mc.destroy_fn()))
    ok(mc.listener_add(listener, group, port))
    ok(mc.listener_open(listener))
    begin()
    return listener


def loop():
    open_listener(handler)
    return mc.loop(-1, 0)


def pull():
    packet = mc.packet_pointer()
    return mc.listener_next(open_listener(mc.packet_fn()), ctypes.byref(packet), -1)


def busy():
    """A handler of one's own that stops the loop loses no signal, also of those that come while a
    callback runs."""
    signal.signal(signal.SIGALRM, lambda number, frame: ok(mc.poller_stop(poller)))
    timer, fired = mc.handle(), []
    tick = mc.timer_fn(lambda user: fired.append(0) or 0)
    ok(mc.timer_new(ctypes.byref(timer), poller, 0, 1e-6, tick, None, mc.destroy_fn()))
    begin()
    rounds = 0
    while rounds < 200:
        signal.setitimer(signal.ITIMER_REAL, 0.0005 + rounds * 1e-6)
        outcome = mc.loop(-1, 0)
        if outcome == mc.ERROR_INTERRUPTED:  # the handler runs only now that Python goes on
            outcome = mc.loop(-1, 0)
        assert ok(outcome) == mc.STOPPED
        rounds += 1
    assert len(fired) > rounds
    print("rounds", rounds)


try:
    outcome = {"listen": listen, "loop": loop, "next": pull, "traffic": traffic,
               "busy": busy}[kind]()
    print("returned", outcome)
except KeyboardInterrupt:
    ended = time.monotonic()
    print("KeyboardInterrupt", mc.error_name(mc.last_error_code()).decode(), ended)
    sys.stdout.flush()
    sys.exit(130)
except Failure as failure:
    print(failure)
    sys.exit(1)
