"""A busy neighbour: flood.py GROUP PORT COUNT sends so many packets, one every 0.1 ms."""
import ctypes
import sys

import mc
from fixture import ok

group, port, count = sys.argv[1].encode(), int(sys.argv[2]), int(sys.argv[3])
sent, timer = 0, mc.handle()


@mc.timer_fn
def tick(_):
    global sent
    sent += 1
    ok(mc.sendto(b"flood", 5, group, port, mc.TTL_HOST))
    return sent == count


ok(mc.timer_new(ctypes.byref(timer), None, 0, 1e-4, tick, None, mc.destroy_fn()))
ok(mc.loop(-1, 0))
