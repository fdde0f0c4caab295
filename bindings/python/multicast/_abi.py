"""The C interface of libmulticast, for ctypes. Made by tools/abi/generate.py: not to be edited.

Names are C's. Pointers are numbers (c_void_p), which also takes bytes, arrays, byref() and None;
texts are c_char_p. What a function does is told by the headers, and by docs/abi.json.
"""
from ctypes import (CDLL, CFUNCTYPE, Array, Structure, c_char_p, c_double, c_int, c_size_t, c_uint8,
                    c_uint16, c_uint32, c_uint64, c_void_p)
from typing import Any, Callable, Optional

# ---- Constants ---------------------------------------------------

MC_IPV4 = 2
MC_IPV6 = 10
MC_PACKET_TRUNCATED = 1
MC_PACKET_TRAIN = 2
MC_PACKET_TIME = 4
MC_PACKET_TTL = 8
MC_PACKET_DSCP = 16
MC_PACKET_HARDWARE_TIME = 32
MC_INTERFACE_UP = 1
MC_INTERFACE_MULTICAST = 2
MC_INTERFACE_LOOPBACK = 4
MC_EVENT_JOINED = 1
MC_EVENT_PENDING = 2
MC_EVENT_LOST = 3
MC_EVENT_REJOINED = 4
MC_EVENT_UP = 5
MC_EVENT_DOWN = 6
MC_EVENT_SILENCE = 7
MC_EVENT_HEARD = 8
MC_SOURCE_END = 0
MC_SOURCE_PACKET = 1
MC_SOURCE_PAUSE = 2
MC_LOG_ERROR = 1
MC_LOG_WARNING = 2
MC_LOG_INFO = 3
MC_ERROR_NULL = -5001
MC_ERROR_ADDRESS = -5002
MC_ERROR_NOT_MULTICAST = -5003
MC_ERROR_FAMILY = -5004
MC_ERROR_SCOPE = -5005
MC_ERROR_PORT = -5006
MC_ERROR_MTU = -5007
MC_ERROR_TTL = -5008
MC_ERROR_INTERFACE = -5009
MC_ERROR_NO_INTERFACE = -5010
MC_ERROR_PATTERN = -5011
MC_ERROR_PACKET_TOO_LARGE = -5012
MC_ERROR_CLOSED = -5013
MC_ERROR_OPEN = -5014
MC_ERROR_REGISTERED = -5015
MC_ERROR_NOT_REGISTERED = -5016
MC_ERROR_BUSY = -5017
MC_ERROR_TIME = -5018
MC_ERROR_FLAGS = -5019
MC_ERROR_NO_HANDLER = -5020
MC_ERROR_NO_GROUP = -5021
MC_ERROR_SIZE = -5022
MC_ERROR_DESCRIPTOR = -5023
MC_ERROR_INTERNAL = -5024
MC_ERROR_THREAD = -5025
MC_ERROR_FORKED = -5026
MC_ERROR_INTERRUPTED = -5027
MC_ERROR_HANDLER = -5028
MC_ERROR_FILTER = -5029
MC_ERROR_COSTLY = -5030
MC_ERROR_SOURCES = -5031
MC_ERROR_DSCP = -5032
MC_MAX_BATCH = 64
MC_SOURCES_ONLY = 1
MC_SOURCES_EXCEPT = 2
MC_MAX_TRAIN = 128
MC_READABLE = 1
MC_PRIORITY = 2
MC_WRITABLE = 4
MC_FAILED = 8
MC_HANGUP = 16
MC_EDGE_TRIGGERED = 1
MC_ONCE = 2
MC_STOPPED = 1
MC_WAIT_BLOCK = 0
MC_WAIT_HYBRID = 1
MC_WAIT_COALESCE = 2
MC_VERSION_MAJOR = 0
MC_VERSION_MINOR = 1
MC_VERSION_PATCH = 0
MC_VERSION_NUMBER = 1000
MC_DEFAULT_GROUP = b'224.0.42.42'
MC_DEFAULT_PORT = 4242
MC_DEFAULT_TTL = 1
MC_DEFAULT_MTU = 4096
MC_TTL_HOST = 0
MC_TTL_SUBNET = 1
MC_TTL_SITE = 32
MC_TTL_REGION = 64
MC_TTL_CONTINENT = 128
MC_TTL_UNRESTRICTED = 255
MC_MAX_PACKET = 65507
MC_ADDRESS_TEXT_SIZE = 80
MC_INTERFACE_NAME_SIZE = 16

# ---- Structs ---------------------------------------------------


class mc_address(Structure):
    # 28 bytes
    family: "int"
    port: "int"
    bytes: "Array[c_uint8]"
    scope: "int"
    flow: "int"
    _fields_ = [
        ("family", c_uint16),
        ("port", c_uint16),
        ("bytes", c_uint8 * 16),
        ("scope", c_uint32),
        ("flow", c_uint32),
    ]


class mc_packet(Structure):
    # 104 bytes
    data: "Optional[int]"
    size: "int"
    wire_size: "int"
    source: "mc_address"
    group: "mc_address"
    interface_index: "int"
    flags: "int"
    time: "int"
    ttl: "int"
    dscp: "int"
    _fields_ = [
        ("data", c_void_p),
        ("size", c_size_t),
        ("wire_size", c_size_t),
        ("source", mc_address),
        ("group", mc_address),
        ("interface_index", c_uint32),
        ("flags", c_uint32),
        ("time", c_uint64),
        ("ttl", c_uint8),
        ("dscp", c_uint8),
    ]


class mc_packed(Structure):
    # 48 bytes
    data: "Optional[int]"
    size: "int"
    offsets: "Optional[int]"
    sizes: "Optional[int]"
    count: "int"
    packets: "Optional[int]"
    _fields_ = [
        ("data", c_void_p),
        ("size", c_size_t),
        ("offsets", c_void_p),
        ("sizes", c_void_p),
        ("count", c_size_t),
        ("packets", c_void_p),
    ]


class mc_buffer(Structure):
    # 16 bytes
    data: "Optional[int]"
    size: "int"
    _fields_ = [
        ("data", c_void_p),
        ("size", c_size_t),
    ]


class mc_interface(Structure):
    # 32 bytes
    name: "Optional[bytes]"
    addresses: "Optional[int]"
    address_count: "int"
    index: "int"
    flags: "int"
    _fields_ = [
        ("name", c_char_p),
        ("addresses", c_void_p),
        ("address_count", c_size_t),
        ("index", c_uint32),
        ("flags", c_uint32),
    ]


class mc_event(Structure):
    # 32 bytes
    group: "Optional[bytes]"
    interface: "Optional[bytes]"
    sentence: "Optional[bytes]"
    interface_index: "int"
    kind: "int"
    _fields_ = [
        ("group", c_char_p),
        ("interface", c_char_p),
        ("sentence", c_char_p),
        ("interface_index", c_uint32),
        ("kind", c_int),
    ]


class mc_stats(Structure):
    # 232 bytes
    arrived: "int"
    delivered: "int"
    delivered_bytes: "int"
    filtered: "int"
    not_for_us: "int"
    lost: "int"
    lost_is_lower_bound: "int"
    truncated: "int"
    receive_buffer_asked: "int"
    receive_buffer_granted: "int"
    sent: "int"
    sent_bytes: "int"
    send_failed: "int"
    send_again: "int"
    turns: "int"
    events: "int"
    received: "int"
    read_errors: "int"
    channels: "int"
    memberships: "int"
    holders: "int"
    descriptors: "int"
    trains: "int"
    trains_refused: "int"
    waiting: "int"
    lost_or_rejected: "int"
    source_lists_shortened: "int"
    absent: "int"
    rejoined: "int"
    _fields_ = [
        ("arrived", c_uint64),
        ("delivered", c_uint64),
        ("delivered_bytes", c_uint64),
        ("filtered", c_uint64),
        ("not_for_us", c_uint64),
        ("lost", c_uint64),
        ("lost_is_lower_bound", c_uint64),
        ("truncated", c_uint64),
        ("receive_buffer_asked", c_uint64),
        ("receive_buffer_granted", c_uint64),
        ("sent", c_uint64),
        ("sent_bytes", c_uint64),
        ("send_failed", c_uint64),
        ("send_again", c_uint64),
        ("turns", c_uint64),
        ("events", c_uint64),
        ("received", c_uint64),
        ("read_errors", c_uint64),
        ("channels", c_uint64),
        ("memberships", c_uint64),
        ("holders", c_uint64),
        ("descriptors", c_uint64),
        ("trains", c_uint64),
        ("trains_refused", c_uint64),
        ("waiting", c_uint64),
        ("lost_or_rejected", c_uint64),
        ("source_lists_shortened", c_uint64),
        ("absent", c_uint64),
        ("rejoined", c_uint64),
    ]


# ---- Callbacks ---------------------------------------------------

mc_destroy_fn = CFUNCTYPE(None, c_void_p)
mc_packet_fn = CFUNCTYPE(c_int, c_void_p, c_void_p)
mc_batch_fn = CFUNCTYPE(c_int, c_void_p, c_size_t, c_void_p)
mc_packed_fn = CFUNCTYPE(c_int, c_void_p, c_void_p)
mc_filter_fn = CFUNCTYPE(c_int, c_void_p, c_void_p)
mc_source_fn = CFUNCTYPE(c_int, c_void_p, c_void_p)
mc_send_error_fn = CFUNCTYPE(c_int, c_int, c_char_p, c_uint64, c_void_p)
mc_event_fn = CFUNCTYPE(c_int, c_void_p, c_void_p)
mc_timer_fn = CFUNCTYPE(c_int, c_void_p)
mc_descriptor_fn = CFUNCTYPE(c_int, c_int, c_uint32, c_void_p)
mc_post_fn = CFUNCTYPE(None, c_void_p)
mc_log_fn = CFUNCTYPE(None, c_int, c_int, c_char_p, c_void_p)


# ---- Functions ---------------------------------------------------


class Functions:
    """Every function of the library, declared. AttributeError: it lacks one."""

    def __init__(self, library: CDLL) -> None:
        def declared(name: str, result: Any, *arguments: Any) -> Callable[..., Any]:
            function = getattr(library, name)
            function.restype = result
            function.argtypes = arguments
            return function  # type: ignore[no-any-return]

        self.mc_filter_callable = declared("mc_filter_callable", c_int, c_void_p, c_void_p,
                                           c_void_p, c_void_p)
        self.mc_filter_regex = declared("mc_filter_regex", c_int, c_void_p, c_char_p, c_size_t)
        self.mc_filter_regex_costly = declared("mc_filter_regex_costly", c_int, c_void_p,
                                               c_char_p, c_size_t)
        self.mc_filter_everything = declared("mc_filter_everything", c_int, c_void_p)
        self.mc_filter_prefix = declared("mc_filter_prefix", c_int, c_void_p, c_void_p, c_size_t)
        self.mc_filter_bytes = declared("mc_filter_bytes", c_int, c_void_p, c_size_t, c_void_p,
                                        c_void_p, c_size_t)
        self.mc_filter_size = declared("mc_filter_size", c_int, c_void_p, c_size_t, c_size_t)
        self.mc_filter_source = declared("mc_filter_source", c_int, c_void_p, c_char_p)
        self.mc_filter_source_port = declared("mc_filter_source_port", c_int, c_void_p, c_uint16,
                                              c_uint16)
        self.mc_filter_all_of = declared("mc_filter_all_of", c_int, c_void_p, c_void_p, c_size_t)
        self.mc_filter_any_of = declared("mc_filter_any_of", c_int, c_void_p, c_void_p, c_size_t)
        self.mc_filter_not = declared("mc_filter_not", c_int, c_void_p, c_void_p)
        self.mc_filter_matches = declared("mc_filter_matches", c_int, c_void_p, c_void_p,
                                          c_size_t, c_void_p)
        self.mc_filter_describe = declared("mc_filter_describe", c_int, c_void_p, c_void_p,
                                           c_size_t)
        self.mc_filter_free = declared("mc_filter_free", None, c_void_p)
        self.mc_listener_new = declared("mc_listener_new", c_int, c_void_p, c_void_p)
        self.mc_listener_free = declared("mc_listener_free", None, c_void_p)
        self.mc_listener_add = declared("mc_listener_add", c_int, c_void_p, c_char_p, c_uint16)
        self.mc_listener_remove = declared("mc_listener_remove", c_int, c_void_p, c_char_p,
                                           c_uint16)
        self.mc_listener_set_handler = declared("mc_listener_set_handler", c_int, c_void_p,
                                                c_void_p, c_void_p, c_void_p)
        self.mc_listener_set_batch_handler = declared("mc_listener_set_batch_handler", c_int,
                                                      c_void_p, c_void_p, c_void_p, c_void_p)
        self.mc_listener_set_packed_handler = declared("mc_listener_set_packed_handler", c_int,
                                                       c_void_p, c_void_p, c_void_p, c_void_p)
        self.mc_listener_set_filter = declared("mc_listener_set_filter", c_int, c_void_p,
                                               c_void_p)
        self.mc_listener_set_mtu = declared("mc_listener_set_mtu", c_int, c_void_p, c_size_t)
        self.mc_listener_set_limit = declared("mc_listener_set_limit", c_int, c_void_p, c_uint64)
        self.mc_listener_set_details = declared("mc_listener_set_details", c_int, c_void_p,
                                                c_uint32)
        self.mc_listener_set_ignore_own = declared("mc_listener_set_ignore_own", c_int, c_void_p,
                                                   c_int)
        self.mc_listener_set_kernel_filter = declared("mc_listener_set_kernel_filter", c_int,
                                                      c_void_p, c_int)
        self.mc_listener_set_pending = declared("mc_listener_set_pending", c_int, c_void_p, c_int)
        self.mc_listener_set_event_handler = declared("mc_listener_set_event_handler", c_int,
                                                      c_void_p, c_void_p, c_void_p, c_void_p)
        self.mc_listener_set_silence = declared("mc_listener_set_silence", c_int, c_void_p,
                                                c_double)
        self.mc_listener_set_receive_buffer = declared("mc_listener_set_receive_buffer", c_int,
                                                       c_void_p, c_uint32)
        self.mc_listener_open = declared("mc_listener_open", c_int, c_void_p)
        self.mc_listener_close = declared("mc_listener_close", c_int, c_void_p)
        self.mc_listener_is_open = declared("mc_listener_is_open", c_int, c_void_p)
        self.mc_listener_allow_source = declared("mc_listener_allow_source", c_int, c_void_p,
                                                 c_char_p, c_char_p)
        self.mc_listener_drop_source = declared("mc_listener_drop_source", c_int, c_void_p,
                                                c_char_p, c_char_p)
        self.mc_listener_block_source = declared("mc_listener_block_source", c_int, c_void_p,
                                                 c_char_p, c_char_p)
        self.mc_listener_unblock_source = declared("mc_listener_unblock_source", c_int, c_void_p,
                                                   c_char_p, c_char_p)
        self.mc_listener_set_sources = declared("mc_listener_set_sources", c_int, c_void_p,
                                                c_char_p, c_int, c_void_p, c_size_t)
        self.mc_listener_next = declared("mc_listener_next", c_int, c_void_p, c_void_p, c_double)
        self.mc_listener_next_many = declared("mc_listener_next_many", c_int, c_void_p, c_void_p,
                                              c_size_t, c_double)
        self.mc_listener_next_packed = declared("mc_listener_next_packed", c_int, c_void_p,
                                                c_void_p, c_size_t, c_double)
        self.mc_listener_fd = declared("mc_listener_fd", c_int, c_void_p)
        self.mc_packet_copy = declared("mc_packet_copy", c_int, c_void_p, c_void_p)
        self.mc_packet_free = declared("mc_packet_free", None, c_void_p)
        self.mc_reply = declared("mc_reply", c_int, c_void_p, c_void_p, c_size_t)
        self.mc_multicaster_new = declared("mc_multicaster_new", c_int, c_void_p, c_void_p,
                                           c_char_p, c_uint16, c_int)
        self.mc_multicaster_new_pending = declared("mc_multicaster_new_pending", c_int, c_void_p,
                                                   c_void_p, c_char_p, c_uint16, c_int)
        self.mc_multicaster_free = declared("mc_multicaster_free", None, c_void_p)
        self.mc_multicaster_send = declared("mc_multicaster_send", c_int, c_void_p, c_void_p,
                                            c_size_t)
        self.mc_multicaster_send_many = declared("mc_multicaster_send_many", c_int, c_void_p,
                                                 c_void_p, c_size_t)
        self.mc_multicaster_send_packed = declared("mc_multicaster_send_packed", c_int, c_void_p,
                                                   c_void_p, c_void_p, c_size_t)
        self.mc_multicaster_set_source = declared("mc_multicaster_set_source", c_int, c_void_p,
                                                  c_void_p, c_void_p, c_void_p)
        self.mc_multicaster_resume = declared("mc_multicaster_resume", c_int, c_void_p)
        self.mc_multicaster_set_batching = declared("mc_multicaster_set_batching", c_int,
                                                    c_void_p, c_int)
        self.mc_multicaster_flush = declared("mc_multicaster_flush", c_int, c_void_p)
        self.mc_multicaster_set_pace = declared("mc_multicaster_set_pace", c_int, c_void_p,
                                                c_uint64, c_uint64)
        self.mc_multicaster_set_error_handler = declared("mc_multicaster_set_error_handler",
                                                         c_int, c_void_p, c_void_p, c_void_p,
                                                         c_void_p)
        self.mc_multicaster_set_event_handler = declared("mc_multicaster_set_event_handler",
                                                         c_int, c_void_p, c_void_p, c_void_p,
                                                         c_void_p)
        self.mc_multicaster_set_ttl = declared("mc_multicaster_set_ttl", c_int, c_void_p, c_int)
        self.mc_multicaster_set_dscp = declared("mc_multicaster_set_dscp", c_int, c_void_p, c_int)
        self.mc_multicaster_set_loopback = declared("mc_multicaster_set_loopback", c_int,
                                                    c_void_p, c_int)
        self.mc_multicaster_set_train_limit = declared("mc_multicaster_set_train_limit", c_int,
                                                       c_void_p, c_size_t)
        self.mc_multicaster_set_source_port = declared("mc_multicaster_set_source_port", c_int,
                                                       c_void_p, c_uint16, c_int)
        self.mc_multicaster_set_source_address = declared("mc_multicaster_set_source_address",
                                                          c_int, c_void_p, c_char_p)
        self.mc_multicaster_source = declared("mc_multicaster_source", c_int, c_void_p, c_void_p)
        self.mc_multicaster_send_to = declared("mc_multicaster_send_to", c_int, c_void_p,
                                               c_void_p, c_void_p, c_size_t)
        self.mc_multicaster_set_handler = declared("mc_multicaster_set_handler", c_int, c_void_p,
                                                   c_void_p, c_void_p, c_void_p)
        self.mc_multicaster_set_filter = declared("mc_multicaster_set_filter", c_int, c_void_p,
                                                  c_void_p)
        self.mc_multicaster_fd = declared("mc_multicaster_fd", c_int, c_void_p)
        self.mc_multicaster_close = declared("mc_multicaster_close", c_int, c_void_p)
        self.mc_multicaster_is_open = declared("mc_multicaster_is_open", c_int, c_void_p)
        self.mc_default_poller = declared("mc_default_poller", c_void_p)
        self.mc_poller_new = declared("mc_poller_new", c_int, c_void_p)
        self.mc_poller_free = declared("mc_poller_free", None, c_void_p)
        self.mc_poller_adopt = declared("mc_poller_adopt", c_int, c_void_p)
        self.mc_poller_register = declared("mc_poller_register", c_int, c_void_p, c_int,
                                           c_uint32, c_void_p, c_void_p, c_void_p, c_void_p)
        self.mc_poller_watch = declared("mc_poller_watch", c_int, c_void_p, c_int, c_uint32)
        self.mc_poller_unregister = declared("mc_poller_unregister", c_int, c_void_p, c_int)
        self.mc_poller_poll = declared("mc_poller_poll", c_int, c_void_p, c_double)
        self.mc_poller_loop = declared("mc_poller_loop", c_int, c_void_p, c_double, c_double)
        self.mc_poller_stop = declared("mc_poller_stop", c_int, c_void_p)
        self.mc_poller_wake = declared("mc_poller_wake", c_int, c_void_p)
        self.mc_poller_post = declared("mc_poller_post", c_int, c_void_p, c_void_p, c_void_p,
                                       c_void_p)
        self.mc_poller_set_interruptible = declared("mc_poller_set_interruptible", c_int,
                                                    c_void_p, c_int)
        self.mc_poller_set_wait = declared("mc_poller_set_wait", c_int, c_void_p, c_int, c_double)
        self.mc_poller_set_log = declared("mc_poller_set_log", c_int, c_void_p, c_void_p,
                                          c_void_p, c_void_p)
        self.mc_poller_is_polling = declared("mc_poller_is_polling", c_int, c_void_p)
        self.mc_poller_fd = declared("mc_poller_fd", c_int, c_void_p)
        self.mc_register = declared("mc_register", c_int, c_int, c_uint32, c_void_p, c_void_p,
                                    c_void_p, c_void_p)
        self.mc_unregister = declared("mc_unregister", c_int, c_int)
        self.mc_poll = declared("mc_poll", c_int, c_double)
        self.mc_loop = declared("mc_loop", c_int, c_double, c_double)
        self.mc_timer_new = declared("mc_timer_new", c_int, c_void_p, c_void_p, c_double,
                                     c_double, c_void_p, c_void_p, c_void_p)
        self.mc_timer_set = declared("mc_timer_set", c_int, c_void_p, c_double, c_double)
        self.mc_timer_stop = declared("mc_timer_stop", c_int, c_void_p)
        self.mc_timer_is_running = declared("mc_timer_is_running", c_int, c_void_p)
        self.mc_timer_free = declared("mc_timer_free", None, c_void_p)
        self.mc_version = declared("mc_version", c_char_p)
        self.mc_version_number = declared("mc_version_number", c_int)
        self.mc_ttl_parse = declared("mc_ttl_parse", c_int, c_char_p)
        self.mc_last_error = declared("mc_last_error", c_char_p)
        self.mc_last_error_code = declared("mc_last_error_code", c_int)
        self.mc_strerror = declared("mc_strerror", c_char_p, c_int)
        self.mc_error_name = declared("mc_error_name", c_char_p, c_int)
        self.mc_address_format = declared("mc_address_format", c_int, c_void_p, c_void_p,
                                          c_size_t)
        self.mc_address_parse = declared("mc_address_parse", c_int, c_void_p, c_char_p)
        self.mc_interfaces = declared("mc_interfaces", c_int, c_void_p)
        self.mc_interfaces_free = declared("mc_interfaces_free", None, c_void_p)
        self.mc_interface_default = declared("mc_interface_default", c_int, c_char_p, c_void_p,
                                             c_size_t)
        self.mc_interface_explain = declared("mc_interface_explain", c_int, c_char_p, c_void_p,
                                             c_size_t)
        self.mc_sendto = declared("mc_sendto", c_int, c_void_p, c_size_t, c_char_p, c_uint16,
                                  c_int)
        self.mc_sendto_many = declared("mc_sendto_many", c_int, c_void_p, c_size_t, c_char_p,
                                       c_uint16, c_int)
        self.mc_sendto_packed = declared("mc_sendto_packed", c_int, c_void_p, c_void_p, c_size_t,
                                         c_char_p, c_uint16, c_int)
        self.mc_listen = declared("mc_listen", c_int, c_void_p, c_void_p, c_char_p, c_uint16,
                                  c_size_t, c_uint64)
        self.mc_listener_stats = declared("mc_listener_stats", c_int, c_void_p, c_void_p,
                                          c_size_t)
        self.mc_multicaster_stats = declared("mc_multicaster_stats", c_int, c_void_p, c_void_p,
                                             c_size_t)
        self.mc_poller_stats = declared("mc_poller_stats", c_int, c_void_p, c_void_p, c_size_t)
