/* Every function of the headers, once. random.knows_every_function compares this list with them.
 *
 * CALLED(name, where, weight): `name` has an act_NAME() that makes a random call of it, chosen with
 * this weight. BESIDE(name, where): it is called inside the acts of others.
 *
 * `where`: kOwner functions return MC_ERROR_THREAD in a thread that does not own their handle;
 * kAnywhere functions may be called in any.
 */
#ifndef FUNCTIONS_H_
#define FUNCTIONS_H_

#define FUNCTIONS(CALLED, BESIDE)                      \
  CALLED(mc_poller_new, kAnywhere, 5)                  \
  CALLED(mc_poller_free, kAnywhere, 1)                 \
  CALLED(mc_default_poller, kAnywhere, 3)              \
  CALLED(mc_poller_adopt, kAnywhere, 2)                \
  CALLED(mc_poller_register, kOwner, 10)               \
  CALLED(mc_poller_watch, kOwner, 6)                   \
  CALLED(mc_poller_unregister, kOwner, 6)              \
  CALLED(mc_poller_poll, kOwner, 60)                   \
  CALLED(mc_poller_loop, kOwner, 14)                   \
  CALLED(mc_poller_stop, kAnywhere, 3)                 \
  CALLED(mc_poller_wake, kAnywhere, 3)                 \
  CALLED(mc_poller_post, kAnywhere, 12)                \
  CALLED(mc_poller_set_interruptible, kOwner, 2)       \
  CALLED(mc_poller_set_wait, kOwner, 4)                \
  CALLED(mc_poller_set_log, kOwner, 8)                 \
  CALLED(mc_poller_is_polling, kOwner, 3)              \
  CALLED(mc_poller_fd, kOwner, 2)                      \
  CALLED(mc_poller_stats, kOwner, 8)                   \
  CALLED(mc_register, kAnywhere, 3)                    \
  CALLED(mc_unregister, kAnywhere, 2)                  \
  CALLED(mc_poll, kAnywhere, 15)                       \
  CALLED(mc_loop, kAnywhere, 3)                        \
  CALLED(mc_listen, kAnywhere, 3)                      \
  CALLED(mc_timer_new, kOwner, 10)                     \
  CALLED(mc_timer_set, kOwner, 8)                      \
  CALLED(mc_timer_stop, kOwner, 4)                     \
  CALLED(mc_timer_is_running, kOwner, 4)               \
  CALLED(mc_timer_free, kAnywhere, 6)                  \
  CALLED(mc_listener_new, kOwner, 16)                  \
  CALLED(mc_listener_free, kAnywhere, 5)               \
  CALLED(mc_listener_add, kOwner, 18)                  \
  CALLED(mc_listener_remove, kOwner, 6)                \
  CALLED(mc_listener_allow_source, kOwner, 6)          \
  CALLED(mc_listener_drop_source, kOwner, 4)           \
  CALLED(mc_listener_block_source, kOwner, 6)          \
  CALLED(mc_listener_unblock_source, kOwner, 4)        \
  CALLED(mc_listener_set_sources, kOwner, 6)           \
  CALLED(mc_listener_set_handler, kOwner, 8)           \
  CALLED(mc_listener_set_batch_handler, kOwner, 8)     \
  CALLED(mc_listener_set_packed_handler, kOwner, 8)    \
  CALLED(mc_listener_set_filter, kOwner, 8)            \
  CALLED(mc_listener_set_mtu, kOwner, 4)               \
  CALLED(mc_listener_set_limit, kOwner, 4)             \
  CALLED(mc_listener_set_details, kOwner, 4)           \
  CALLED(mc_listener_set_ignore_own, kOwner, 3)        \
  CALLED(mc_listener_set_kernel_filter, kOwner, 3)     \
  CALLED(mc_listener_set_pending, kOwner, 3)           \
  CALLED(mc_listener_set_event_handler, kOwner, 6)     \
  CALLED(mc_listener_set_silence, kOwner, 4)           \
  CALLED(mc_listener_set_receive_buffer, kOwner, 4)    \
  CALLED(mc_listener_open, kOwner, 16)                 \
  CALLED(mc_listener_close, kOwner, 5)                 \
  CALLED(mc_listener_is_open, kOwner, 4)               \
  CALLED(mc_listener_next, kOwner, 16)                 \
  CALLED(mc_listener_next_many, kOwner, 16)            \
  CALLED(mc_listener_next_packed, kOwner, 16)          \
  CALLED(mc_listener_fd, kOwner, 4)                    \
  CALLED(mc_listener_stats, kOwner, 12)                \
  CALLED(mc_multicaster_new, kOwner, 10)               \
  CALLED(mc_multicaster_new_pending, kOwner, 5)        \
  CALLED(mc_multicaster_free, kAnywhere, 4)            \
  CALLED(mc_multicaster_send, kOwner, 25)              \
  CALLED(mc_multicaster_send_many, kOwner, 12)         \
  CALLED(mc_multicaster_send_packed, kOwner, 12)       \
  CALLED(mc_multicaster_send_to, kOwner, 10)           \
  CALLED(mc_multicaster_set_source, kOwner, 12)        \
  CALLED(mc_multicaster_resume, kOwner, 6)             \
  CALLED(mc_multicaster_set_error_handler, kOwner, 10) \
  CALLED(mc_multicaster_set_event_handler, kOwner, 4)  \
  CALLED(mc_multicaster_set_handler, kOwner, 10)       \
  CALLED(mc_multicaster_set_filter, kOwner, 4)         \
  CALLED(mc_multicaster_set_ttl, kOwner, 3)            \
  CALLED(mc_multicaster_set_dscp, kOwner, 3)           \
  CALLED(mc_multicaster_set_loopback, kOwner, 3)       \
  CALLED(mc_multicaster_set_train_limit, kOwner, 3)    \
  CALLED(mc_multicaster_set_batching, kOwner, 4)       \
  CALLED(mc_multicaster_flush, kOwner, 4)              \
  CALLED(mc_multicaster_set_pace, kOwner, 3)           \
  CALLED(mc_multicaster_set_source_port, kOwner, 4)    \
  CALLED(mc_multicaster_set_source_address, kOwner, 4) \
  CALLED(mc_multicaster_source, kOwner, 6)             \
  CALLED(mc_multicaster_fd, kOwner, 3)                 \
  CALLED(mc_multicaster_close, kOwner, 2)              \
  CALLED(mc_multicaster_is_open, kOwner, 3)            \
  CALLED(mc_multicaster_stats, kOwner, 8)              \
  CALLED(mc_filter_callable, kAnywhere, 6)             \
  CALLED(mc_filter_regex, kAnywhere, 6)                \
  CALLED(mc_filter_regex_costly, kAnywhere, 4)         \
  CALLED(mc_filter_everything, kAnywhere, 1)           \
  CALLED(mc_filter_prefix, kAnywhere, 3)               \
  CALLED(mc_filter_bytes, kAnywhere, 3)                \
  CALLED(mc_filter_size, kAnywhere, 2)                 \
  CALLED(mc_filter_source, kAnywhere, 2)               \
  CALLED(mc_filter_source_port, kAnywhere, 2)          \
  CALLED(mc_filter_all_of, kAnywhere, 5)               \
  CALLED(mc_filter_any_of, kAnywhere, 5)               \
  CALLED(mc_filter_not, kAnywhere, 3)                  \
  CALLED(mc_filter_describe, kAnywhere, 4)             \
  CALLED(mc_filter_matches, kAnywhere, 8)              \
  CALLED(mc_filter_free, kAnywhere, 8)                 \
  CALLED(mc_packet_copy, kAnywhere, 8)                 \
  CALLED(mc_packet_free, kAnywhere, 6)                 \
  CALLED(mc_reply, kAnywhere, 8)                       \
  CALLED(mc_sendto, kAnywhere, 40)                     \
  CALLED(mc_sendto_many, kAnywhere, 8)                 \
  CALLED(mc_sendto_packed, kAnywhere, 8)               \
  CALLED(mc_interfaces, kAnywhere, 1)                  \
  CALLED(mc_interface_default, kAnywhere, 2)           \
  CALLED(mc_interface_explain, kAnywhere, 2)           \
  CALLED(mc_address_format, kAnywhere, 3)              \
  CALLED(mc_address_parse, kAnywhere, 3)               \
  CALLED(mc_ttl_parse, kAnywhere, 2)                   \
  CALLED(mc_strerror, kAnywhere, 2)                    \
  BESIDE(mc_error_name, kAnywhere)                     \
  BESIDE(mc_last_error, kAnywhere)                     \
  BESIDE(mc_last_error_code, kAnywhere)                \
  BESIDE(mc_version, kAnywhere)                        \
  BESIDE(mc_version_number, kAnywhere)                 \
  BESIDE(mc_interfaces_free, kAnywhere)

#define NAME_CALLED(name, where, weight) k_##name,
#define NAME_BESIDE(name, where) k_##name,
enum function { FUNCTIONS(NAME_CALLED, NAME_BESIDE) kFunctions };
#undef NAME_CALLED
#undef NAME_BESIDE

#endif /* FUNCTIONS_H_ */
