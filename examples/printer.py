"""The Python module's Printer by ctypes: listens for a single packet, prints it, and is done.

    class Printer(MulticastListener):
        filter = lambda packet, addr: True
        def handle_packet(self, packet, addr):
            print packet
            return True # Stop listening
    Printer()
    sendto('test')
    poll()
"""
import ctypes
import sys
from ctypes import CFUNCTYPE, POINTER, byref, c_int, c_size_t, c_uint16, c_void_p

mc = ctypes.CDLL("libmulticast.so.0")
mc.mc_last_error.restype = ctypes.c_char_p
GROUP, PORT, TTL = b"224.0.42.42", c_uint16(4242), 1


class Packet(ctypes.Structure):
    """The first members of mc_packet, which are all that is needed here."""
    _fields_ = [("data", c_void_p), ("size", c_size_t)]


packet_function = CFUNCTYPE(c_int, POINTER(Packet), c_void_p)


@packet_function
def accept_all(packet, user):
    return 1


@packet_function
def show(packet, user):
    print(ctypes.string_at(packet[0].data, packet[0].size).decode())
    return 1  # stop listening


def check(outcome):
    if outcome < 0:
        sys.exit("printer: " + mc.mc_last_error().decode())


printer, keeper = c_void_p(), c_void_p()
check(mc.mc_listener_new(byref(printer), None))
check(mc.mc_filter_callable(byref(keeper), accept_all, None, None))
check(mc.mc_listener_set_filter(printer, keeper))
check(mc.mc_listener_set_handler(printer, show, None, None))
check(mc.mc_listener_add(printer, GROUP, PORT))
check(mc.mc_listener_open(printer))
check(mc.mc_sendto(b"test", c_size_t(4), GROUP, PORT, TTL))
check(mc.mc_poll(ctypes.c_double(5)))
is_open = mc.mc_listener_is_open(printer)
mc.mc_listener_free(printer)
mc.mc_filter_free(keeper)
sys.exit(is_open)
