"""The types and constants of libmulticast's C interface, as ctypes has them.

The names are C's without their mc_ and MC_; headers_test.py compares all of it with the headers.
"""
from ctypes import (CFUNCTYPE, POINTER, Structure, c_char_p, c_int, c_size_t, c_uint8, c_uint16,
                    c_uint32, c_uint64, c_void_p)

# ---- Handles: opaque pointers --------------------------------------------------------------------

handle = c_void_p

# ---- Constants -----------------------------------------------------------------------------------

VERSION_MAJOR, VERSION_MINOR, VERSION_PATCH = 0, 1, 0
VERSION_NUMBER = VERSION_MAJOR * 1000000 + VERSION_MINOR * 1000 + VERSION_PATCH

DEFAULT_GROUP = b"224.0.42.42"
DEFAULT_PORT = 4242
DEFAULT_TTL = 1
DEFAULT_MTU = 4096
MAX_PACKET = 65507
MAX_BATCH = 64
MAX_TRAIN = 128
ADDRESS_TEXT_SIZE = 80
INTERFACE_NAME_SIZE = 16

TTL_HOST = 0
TTL_SUBNET = 1
TTL_SITE = 32
TTL_REGION = 64
TTL_CONTINENT = 128
TTL_UNRESTRICTED = 255

IPV4 = 2
IPV6 = 10

PACKET_TRUNCATED = 0x01
PACKET_TRAIN = 0x02
PACKET_TIME = 0x04
PACKET_TTL = 0x08
PACKET_DSCP = 0x10
PACKET_HARDWARE_TIME = 0x20

INTERFACE_UP = 0x1
INTERFACE_MULTICAST = 0x2
INTERFACE_LOOPBACK = 0x4

SOURCE_END = 0
SOURCE_PACKET = 1
SOURCE_PAUSE = 2

READABLE = 0x001
PRIORITY = 0x002
WRITABLE = 0x004
FAILED = 0x008
HANGUP = 0x010
EDGE_TRIGGERED = 1
ONCE = 2
STOPPED = 1

EVENT_JOINED = 1
EVENT_PENDING = 2
EVENT_LOST = 3
EVENT_REJOINED = 4
EVENT_UP = 5
EVENT_DOWN = 6
EVENT_SILENCE = 7
EVENT_HEARD = 8
SOURCES_ONLY = 1
SOURCES_EXCEPT = 2

WAIT_BLOCK = 0
WAIT_HYBRID = 1
WAIT_COALESCE = 2

LOG_ERROR = 1
LOG_WARNING = 2
LOG_INFO = 3

ERROR_NULL = -5001
ERROR_ADDRESS = -5002
ERROR_NOT_MULTICAST = -5003
ERROR_FAMILY = -5004
ERROR_SCOPE = -5005
ERROR_PORT = -5006
ERROR_MTU = -5007
ERROR_TTL = -5008
ERROR_INTERFACE = -5009
ERROR_NO_INTERFACE = -5010
ERROR_PATTERN = -5011
ERROR_PACKET_TOO_LARGE = -5012
ERROR_CLOSED = -5013
ERROR_OPEN = -5014
ERROR_REGISTERED = -5015
ERROR_NOT_REGISTERED = -5016
ERROR_BUSY = -5017
ERROR_TIME = -5018
ERROR_FLAGS = -5019
ERROR_NO_HANDLER = -5020
ERROR_NO_GROUP = -5021
ERROR_SIZE = -5022
ERROR_DESCRIPTOR = -5023
ERROR_INTERNAL = -5024
ERROR_THREAD = -5025
ERROR_FORKED = -5026
ERROR_INTERRUPTED = -5027
ERROR_HANDLER = -5028
ERROR_FILTER = -5029
ERROR_COSTLY = -5030
ERROR_SOURCES = -5031
ERROR_DSCP = -5032

# ---- Structs -------------------------------------------------------------------------------------


class address(Structure):
    _fields_ = [
        ("family", c_uint16),
        ("port", c_uint16),
        ("bytes", c_uint8 * 16),
        ("scope", c_uint32),
        ("flow", c_uint32),
    ]


class packet(Structure):
    _fields_ = [
        ("data", POINTER(c_uint8)),  # ctypes.string_at(data, size) copies the bytes
        ("size", c_size_t),
        ("wire_size", c_size_t),
        ("source", address),
        ("group", address),
        ("interface_index", c_uint32),
        ("flags", c_uint32),
        ("time", c_uint64),
        ("ttl", c_uint8),
        ("dscp", c_uint8),
    ]


class packed(Structure):
    _fields_ = [
        ("data", POINTER(c_uint8)),
        ("size", c_size_t),
        ("offsets", POINTER(c_uint32)),
        ("sizes", POINTER(c_uint32)),
        ("count", c_size_t),
        ("packets", POINTER(POINTER(packet))),
    ]


class buffer(Structure):
    _fields_ = [("data", c_void_p), ("size", c_size_t)]


class interface(Structure):
    _fields_ = [
        ("name", c_char_p),
        ("addresses", POINTER(address)),
        ("address_count", c_size_t),
        ("index", c_uint32),
        ("flags", c_uint32),
    ]


class event(Structure):
    _fields_ = [
        ("group", c_char_p),
        ("interface", c_char_p),
        ("sentence", c_char_p),
        ("interface_index", c_uint32),
        ("kind", c_int),
    ]


class stats(Structure):
    _fields_ = [(name, c_uint64) for name in (
        "arrived", "delivered", "delivered_bytes", "filtered", "not_for_us", "lost",
        "lost_is_lower_bound", "truncated", "receive_buffer_asked", "receive_buffer_granted",
        "sent", "sent_bytes", "send_failed", "send_again",
        "turns", "events", "received", "read_errors", "channels", "memberships", "holders",
        "descriptors", "trains", "trains_refused", "waiting", "lost_or_rejected",
        "source_lists_shortened", "absent", "rejoined")]


packet_pointer = POINTER(packet)
packets_pointer = POINTER(packet_pointer)
packed_pointer = POINTER(packed)
interfaces_pointer = POINTER(POINTER(interface))

# ---- Callbacks -----------------------------------------------------------------------------------

destroy_fn = CFUNCTYPE(None, c_void_p)
packet_fn = CFUNCTYPE(c_int, packet_pointer, c_void_p)
batch_fn = CFUNCTYPE(c_int, packets_pointer, c_size_t, c_void_p)
packed_fn = CFUNCTYPE(c_int, packed_pointer, c_void_p)
filter_fn = CFUNCTYPE(c_int, packet_pointer, c_void_p)
source_fn = CFUNCTYPE(c_int, POINTER(buffer), c_void_p)
event_fn = CFUNCTYPE(c_int, POINTER(event), c_void_p)
send_error_fn = CFUNCTYPE(c_int, c_int, c_char_p, c_uint64, c_void_p)
timer_fn = CFUNCTYPE(c_int, c_void_p)
descriptor_fn = CFUNCTYPE(c_int, c_int, c_uint32, c_void_p)
post_fn = CFUNCTYPE(None, c_void_p)
log_fn = CFUNCTYPE(None, c_int, c_int, c_char_p, c_void_p)
