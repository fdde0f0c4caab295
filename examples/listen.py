# Prints what it hears, until Ctrl-C.
import ctypes as c, signal

signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends it, in the library and in show(), too
mc = c.CDLL("libmulticast.so.0")
mc.mc_last_error.restype = c.c_char_p

@c.CFUNCTYPE(c.c_int, c.POINTER(c.c_size_t), c.c_void_p)
def show(packet, user):  # a packet begins with where its bytes are, and how many
    print(c.string_at(packet[0], packet[1]).decode(errors="replace"))
    return 0  # non-zero would end it

if mc.mc_listen(show, None, b"239.1.2.3", 4242, c.c_size_t(4096), c.c_uint64(0)) < 0:
    print(mc.mc_last_error().decode())
