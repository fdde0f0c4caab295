"""libmulticast's C interface for Python: every function, declared for ctypes, and nothing more.

`import mc`, and mc_listener_next is mc.listener_next. What a function does is told in the headers.
The library is the file that MC_LIBRARY names, else what the system finds. ctypes gives up Python's
lock while a function runs, and takes it for callbacks, so that other threads run meanwhile. As
with every use of ctypes, callbacks and bytes that the library keeps must be kept alive by Python.
"""
import ctypes
import os
from ctypes import (POINTER, c_char_p, c_double, c_int, c_size_t, c_uint16, c_uint32, c_uint64,
                    c_void_p)

from mc_types import *  # noqa: F403 - it is one interface, in two files

library = ctypes.CDLL(os.environ.get("MC_LIBRARY", "libmulticast.so.0"))


def function(name, result, *arguments):
    declared = getattr(library, name)
    declared.restype = result
    declared.argtypes = arguments
    return declared


# ---- Version -------------------------------------------------------------------------------------

version = function("mc_version", c_char_p)
version_number = function("mc_version_number", c_int)

# ---- Errors --------------------------------------------------------------------------------------

last_error = function("mc_last_error", c_char_p)
last_error_code = function("mc_last_error_code", c_int)
strerror = function("mc_strerror", c_char_p, c_int)
error_name = function("mc_error_name", c_char_p, c_int)

# ---- Addresses -----------------------------------------------------------------------------------

address_parse = function("mc_address_parse", c_int, POINTER(address), c_char_p)
address_format = function("mc_address_format", c_int, POINTER(address), c_char_p, c_size_t)

# ---- Defaults and limits -------------------------------------------------------------------------

ttl_parse = function("mc_ttl_parse", c_int, c_char_p)

# ---- Interfaces ----------------------------------------------------------------------------------

interfaces = function("mc_interfaces", c_int, POINTER(interfaces_pointer))
interfaces_free = function("mc_interfaces_free", None, interfaces_pointer)
interface_explain = function("mc_interface_explain", c_int, c_char_p, c_char_p, c_size_t)
interface_default = function("mc_interface_default", c_int, c_char_p, c_char_p, c_size_t)

# ---- Simple sending and listening ----------------------------------------------------------------

sendto = function("mc_sendto", c_int, c_void_p, c_size_t, c_char_p, c_uint16, c_int)
sendto_many = function("mc_sendto_many", c_int, POINTER(buffer), c_size_t, c_char_p, c_uint16,
                       c_int)
sendto_packed = function("mc_sendto_packed", c_int, c_void_p, POINTER(c_uint32), c_size_t, c_char_p,
                         c_uint16, c_int)
listen = function("mc_listen", c_int, packet_fn, c_void_p, c_char_p, c_uint16, c_size_t, c_uint64)

# ---- Counters ------------------------------------------------------------------------------------

listener_stats = function("mc_listener_stats", c_int, handle, POINTER(stats), c_size_t)
multicaster_stats = function("mc_multicaster_stats", c_int, handle, POINTER(stats), c_size_t)
poller_stats = function("mc_poller_stats", c_int, handle, POINTER(stats), c_size_t)

# ---- Filters -------------------------------------------------------------------------------------

filter_callable = function("mc_filter_callable", c_int, POINTER(handle), filter_fn, c_void_p,
                           destroy_fn)
filter_regex = function("mc_filter_regex", c_int, POINTER(handle), c_char_p, c_size_t)
filter_regex_costly = function("mc_filter_regex_costly", c_int, POINTER(handle), c_char_p, c_size_t)
filter_everything = function("mc_filter_everything", c_int, POINTER(handle))
filter_prefix = function("mc_filter_prefix", c_int, POINTER(handle), c_void_p, c_size_t)
filter_bytes = function("mc_filter_bytes", c_int, POINTER(handle), c_size_t, c_void_p, c_void_p,
                        c_size_t)
filter_size = function("mc_filter_size", c_int, POINTER(handle), c_size_t, c_size_t)
filter_source = function("mc_filter_source", c_int, POINTER(handle), c_char_p)
filter_source_port = function("mc_filter_source_port", c_int, POINTER(handle), c_uint16, c_uint16)
filter_all_of = function("mc_filter_all_of", c_int, POINTER(handle), POINTER(handle), c_size_t)
filter_any_of = function("mc_filter_any_of", c_int, POINTER(handle), POINTER(handle), c_size_t)
filter_not = function("mc_filter_not", c_int, POINTER(handle), handle)
filter_describe = function("mc_filter_describe", c_int, handle, c_char_p, c_size_t)
filter_matches = function("mc_filter_matches", c_int, handle, c_void_p, c_size_t, POINTER(address))
filter_free = function("mc_filter_free", None, handle)

# ---- Listener ------------------------------------------------------------------------------------

listener_new = function("mc_listener_new", c_int, POINTER(handle), handle)
listener_free = function("mc_listener_free", None, handle)
listener_add = function("mc_listener_add", c_int, handle, c_char_p, c_uint16)
listener_remove = function("mc_listener_remove", c_int, handle, c_char_p, c_uint16)
listener_allow_source = function("mc_listener_allow_source", c_int, handle, c_char_p, c_char_p)
listener_drop_source = function("mc_listener_drop_source", c_int, handle, c_char_p, c_char_p)
listener_block_source = function("mc_listener_block_source", c_int, handle, c_char_p, c_char_p)
listener_unblock_source = function("mc_listener_unblock_source", c_int, handle, c_char_p, c_char_p)
listener_set_sources = function("mc_listener_set_sources", c_int, handle, c_char_p, c_int,
                                POINTER(c_char_p), c_size_t)
listener_set_handler = function("mc_listener_set_handler", c_int, handle, packet_fn, c_void_p,
                                destroy_fn)
listener_set_batch_handler = function("mc_listener_set_batch_handler", c_int, handle, batch_fn,
                                      c_void_p, destroy_fn)
listener_set_packed_handler = function("mc_listener_set_packed_handler", c_int, handle, packed_fn,
                                       c_void_p, destroy_fn)
listener_set_filter = function("mc_listener_set_filter", c_int, handle, handle)
listener_set_mtu = function("mc_listener_set_mtu", c_int, handle, c_size_t)
listener_set_limit = function("mc_listener_set_limit", c_int, handle, c_uint64)
listener_set_details = function("mc_listener_set_details", c_int, handle, c_uint32)
listener_set_ignore_own = function("mc_listener_set_ignore_own", c_int, handle, c_int)
listener_set_kernel_filter = function("mc_listener_set_kernel_filter", c_int, handle, c_int)
listener_set_pending = function("mc_listener_set_pending", c_int, handle, c_int)
listener_set_event_handler = function("mc_listener_set_event_handler", c_int, handle, event_fn,
                                      c_void_p, destroy_fn)
listener_set_silence = function("mc_listener_set_silence", c_int, handle, c_double)
listener_set_receive_buffer = function("mc_listener_set_receive_buffer", c_int, handle, c_uint32)
listener_open = function("mc_listener_open", c_int, handle)
listener_close = function("mc_listener_close", c_int, handle)
listener_is_open = function("mc_listener_is_open", c_int, handle)

# ---- Pulling -------------------------------------------------------------------------------------

listener_next = function("mc_listener_next", c_int, handle, POINTER(packet_pointer), c_double)
listener_next_many = function("mc_listener_next_many", c_int, handle, POINTER(packets_pointer),
                              c_size_t, c_double)
listener_next_packed = function("mc_listener_next_packed", c_int, handle, POINTER(packed_pointer),
                                c_size_t, c_double)
listener_fd = function("mc_listener_fd", c_int, handle)

# ---- Packets -------------------------------------------------------------------------------------

packet_copy = function("mc_packet_copy", c_int, POINTER(packet_pointer), packet_pointer)
packet_free = function("mc_packet_free", None, packet_pointer)
reply = function("mc_reply", c_int, packet_pointer, c_void_p, c_size_t)

# ---- Multicaster ---------------------------------------------------------------------------------

multicaster_new = function("mc_multicaster_new", c_int, POINTER(handle), handle, c_char_p,
                           c_uint16, c_int)
multicaster_new_pending = function("mc_multicaster_new_pending", c_int, POINTER(handle), handle,
                                   c_char_p, c_uint16, c_int)
multicaster_free = function("mc_multicaster_free", None, handle)
multicaster_send = function("mc_multicaster_send", c_int, handle, c_void_p, c_size_t)
multicaster_send_many = function("mc_multicaster_send_many", c_int, handle, POINTER(buffer),
                                 c_size_t)
multicaster_send_packed = function("mc_multicaster_send_packed", c_int, handle, c_void_p,
                                   POINTER(c_uint32), c_size_t)
multicaster_set_source = function("mc_multicaster_set_source", c_int, handle, source_fn, c_void_p,
                                  destroy_fn)
multicaster_resume = function("mc_multicaster_resume", c_int, handle)
multicaster_set_event_handler = function("mc_multicaster_set_event_handler", c_int, handle,
                                         event_fn, c_void_p, destroy_fn)
multicaster_set_error_handler = function("mc_multicaster_set_error_handler", c_int, handle,
                                         send_error_fn, c_void_p, destroy_fn)
multicaster_set_ttl = function("mc_multicaster_set_ttl", c_int, handle, c_int)
multicaster_set_dscp = function("mc_multicaster_set_dscp", c_int, handle, c_int)
multicaster_set_loopback = function("mc_multicaster_set_loopback", c_int, handle, c_int)
multicaster_set_batching = function("mc_multicaster_set_batching", c_int, handle, c_int)
multicaster_flush = function("mc_multicaster_flush", c_int, handle)
multicaster_set_pace = function("mc_multicaster_set_pace", c_int, handle, c_uint64, c_uint64)
multicaster_set_train_limit = function("mc_multicaster_set_train_limit", c_int, handle, c_size_t)
multicaster_set_source_port = function("mc_multicaster_set_source_port", c_int, handle, c_uint16,
                                       c_int)
multicaster_set_source_address = function("mc_multicaster_set_source_address", c_int, handle,
                                          c_char_p)
multicaster_source = function("mc_multicaster_source", c_int, handle, POINTER(address))
multicaster_send_to = function("mc_multicaster_send_to", c_int, handle, POINTER(address), c_void_p,
                               c_size_t)
multicaster_set_handler = function("mc_multicaster_set_handler", c_int, handle, packet_fn,
                                   c_void_p, destroy_fn)
multicaster_set_filter = function("mc_multicaster_set_filter", c_int, handle, handle)
multicaster_fd = function("mc_multicaster_fd", c_int, handle)
multicaster_close = function("mc_multicaster_close", c_int, handle)
multicaster_is_open = function("mc_multicaster_is_open", c_int, handle)

# ---- Poller --------------------------------------------------------------------------------------

default_poller = function("mc_default_poller", handle)
poller_new = function("mc_poller_new", c_int, POINTER(handle))
poller_free = function("mc_poller_free", None, handle)
poller_adopt = function("mc_poller_adopt", c_int, handle)
poller_register = function("mc_poller_register", c_int, handle, c_int, c_uint32, descriptor_fn,
                           descriptor_fn, c_void_p, destroy_fn)
poller_watch = function("mc_poller_watch", c_int, handle, c_int, c_uint32)
poller_unregister = function("mc_poller_unregister", c_int, handle, c_int)
poller_poll = function("mc_poller_poll", c_int, handle, c_double)
poller_loop = function("mc_poller_loop", c_int, handle, c_double, c_double)
poller_stop = function("mc_poller_stop", c_int, handle)
poller_wake = function("mc_poller_wake", c_int, handle)
poller_post = function("mc_poller_post", c_int, handle, post_fn, c_void_p, destroy_fn)
poller_set_interruptible = function("mc_poller_set_interruptible", c_int, handle, c_int)
poller_set_wait = function("mc_poller_set_wait", c_int, handle, c_int, c_double)
poller_set_log = function("mc_poller_set_log", c_int, handle, log_fn, c_void_p, destroy_fn)
poller_is_polling = function("mc_poller_is_polling", c_int, handle)
poller_fd = function("mc_poller_fd", c_int, handle)
register = function("mc_register", c_int, c_int, c_uint32, descriptor_fn, descriptor_fn, c_void_p,
                    destroy_fn)
unregister = function("mc_unregister", c_int, c_int)
poll = function("mc_poll", c_int, c_double)
loop = function("mc_loop", c_int, c_double, c_double)

# ---- Timer ---------------------------------------------------------------------------------------

timer_new = function("mc_timer_new", c_int, POINTER(handle), handle, c_double, c_double, timer_fn,
                     c_void_p, destroy_fn)
timer_set = function("mc_timer_set", c_int, handle, c_double, c_double)
timer_stop = function("mc_timer_stop", c_int, handle)
timer_is_running = function("mc_timer_is_running", c_int, handle)
timer_free = function("mc_timer_free", None, handle)
