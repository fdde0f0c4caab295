-- libmulticast's C interface for LuaJIT. Made by tools/abi/generate.py.
--
--   local mc = require("multicast")
--   print(ffi.string(mc.mc_version()), mc.MC_DEFAULT_PORT)
local ffi = require("ffi")

ffi.cdef [[
/* libmulticast's C interface for ffi.cdef. Made by tools/abi/generate.py. */

enum { MC_IPV4 = 2 };
enum { MC_IPV6 = 10 };
enum { MC_PACKET_TRUNCATED = 1 };
enum { MC_PACKET_TRAIN = 2 };
enum { MC_PACKET_TIME = 4 };
enum { MC_PACKET_TTL = 8 };
enum { MC_PACKET_DSCP = 16 };
enum { MC_INTERFACE_UP = 1 };
enum { MC_INTERFACE_MULTICAST = 2 };
enum { MC_INTERFACE_LOOPBACK = 4 };
enum { MC_SOURCE_END = 0 };
enum { MC_SOURCE_PACKET = 1 };
enum { MC_SOURCE_PAUSE = 2 };
enum { MC_LOG_ERROR = 1 };
enum { MC_LOG_WARNING = 2 };
enum { MC_LOG_INFO = 3 };
enum { MC_ERROR_NULL = -5001 };
enum { MC_ERROR_ADDRESS = -5002 };
enum { MC_ERROR_NOT_MULTICAST = -5003 };
enum { MC_ERROR_FAMILY = -5004 };
enum { MC_ERROR_SCOPE = -5005 };
enum { MC_ERROR_PORT = -5006 };
enum { MC_ERROR_MTU = -5007 };
enum { MC_ERROR_TTL = -5008 };
enum { MC_ERROR_INTERFACE = -5009 };
enum { MC_ERROR_NO_INTERFACE = -5010 };
enum { MC_ERROR_PATTERN = -5011 };
enum { MC_ERROR_PACKET_TOO_LARGE = -5012 };
enum { MC_ERROR_CLOSED = -5013 };
enum { MC_ERROR_OPEN = -5014 };
enum { MC_ERROR_REGISTERED = -5015 };
enum { MC_ERROR_NOT_REGISTERED = -5016 };
enum { MC_ERROR_BUSY = -5017 };
enum { MC_ERROR_TIME = -5018 };
enum { MC_ERROR_FLAGS = -5019 };
enum { MC_ERROR_NO_HANDLER = -5020 };
enum { MC_ERROR_NO_GROUP = -5021 };
enum { MC_ERROR_SIZE = -5022 };
enum { MC_ERROR_DESCRIPTOR = -5023 };
enum { MC_ERROR_INTERNAL = -5024 };
enum { MC_ERROR_THREAD = -5025 };
enum { MC_ERROR_FORKED = -5026 };
enum { MC_ERROR_INTERRUPTED = -5027 };
enum { MC_ERROR_HANDLER = -5028 };
enum { MC_ERROR_FILTER = -5029 };
enum { MC_ERROR_COSTLY = -5030 };
enum { MC_MAX_BATCH = 64 };
enum { MC_MAX_TRAIN = 128 };
enum { MC_READABLE = 1 };
enum { MC_PRIORITY = 2 };
enum { MC_WRITABLE = 4 };
enum { MC_FAILED = 8 };
enum { MC_HANGUP = 16 };
enum { MC_EDGE_TRIGGERED = 1 };
enum { MC_ONCE = 2 };
enum { MC_STOPPED = 1 };
enum { MC_WAIT_BLOCK = 0 };
enum { MC_WAIT_HYBRID = 1 };
enum { MC_WAIT_COALESCE = 2 };
enum { MC_VERSION_MAJOR = 0 };
enum { MC_VERSION_MINOR = 1 };
enum { MC_VERSION_PATCH = 0 };
enum { MC_VERSION_NUMBER = 1000 };
/* MC_DEFAULT_GROUP "224.0.42.42" */
enum { MC_DEFAULT_PORT = 4242 };
enum { MC_DEFAULT_TTL = 1 };
enum { MC_DEFAULT_MTU = 4096 };
enum { MC_TTL_HOST = 0 };
enum { MC_TTL_SUBNET = 1 };
enum { MC_TTL_SITE = 32 };
enum { MC_TTL_REGION = 64 };
enum { MC_TTL_CONTINENT = 128 };
enum { MC_TTL_UNRESTRICTED = 255 };
enum { MC_MAX_PACKET = 65507 };
enum { MC_ADDRESS_TEXT_SIZE = 80 };
enum { MC_INTERFACE_NAME_SIZE = 16 };

typedef struct mc_poller mc_poller;
typedef struct mc_listener mc_listener;
typedef struct mc_multicaster mc_multicaster;
typedef struct mc_timer mc_timer;
typedef struct mc_filter mc_filter;

typedef struct mc_address {
  uint16_t family;
  uint16_t port;
  uint8_t bytes[16];
  uint32_t scope;
  uint32_t flow;
} mc_address;

typedef struct mc_packet {
  const uint8_t* data;
  size_t size;
  size_t wire_size;
  mc_address source;
  mc_address group;
  uint32_t interface_index;
  uint32_t flags;
  uint64_t time;
  uint8_t ttl;
  uint8_t dscp;
} mc_packet;

typedef struct mc_packed {
  const uint8_t* data;
  size_t size;
  const uint32_t* offsets;
  const uint32_t* sizes;
  size_t count;
  const mc_packet* const* packets;
} mc_packed;

typedef struct mc_buffer {
  const void* data;
  size_t size;
} mc_buffer;

typedef struct mc_interface {
  const char* name;
  const mc_address* addresses;
  size_t address_count;
  uint32_t index;
  uint32_t flags;
} mc_interface;

typedef struct mc_stats {
  uint64_t arrived;
  uint64_t delivered;
  uint64_t delivered_bytes;
  uint64_t filtered;
  uint64_t not_for_us;
  uint64_t lost;
  uint64_t lost_is_lower_bound;
  uint64_t truncated;
  uint64_t receive_buffer_asked;
  uint64_t receive_buffer_granted;
  uint64_t sent;
  uint64_t sent_bytes;
  uint64_t send_failed;
  uint64_t send_again;
  uint64_t turns;
  uint64_t events;
  uint64_t received;
  uint64_t read_errors;
  uint64_t channels;
  uint64_t memberships;
  uint64_t holders;
  uint64_t descriptors;
  uint64_t trains;
  uint64_t trains_refused;
  uint64_t waiting;
  uint64_t lost_or_rejected;
} mc_stats;

typedef void (*mc_destroy_fn)(void* user);
typedef int (*mc_packet_fn)(const mc_packet* packet, void* user);
typedef int (*mc_batch_fn)(const mc_packet* const* packets, size_t count, void* user);
typedef int (*mc_packed_fn)(const mc_packed* batch, void* user);
typedef int (*mc_filter_fn)(const mc_packet* packet, void* user);
typedef int (*mc_source_fn)(mc_buffer* packet, void* user);
typedef int (*mc_send_error_fn)(int code, const char* sentence, uint64_t datagrams, void* user);
typedef int (*mc_timer_fn)(void* user);
typedef int (*mc_descriptor_fn)(int fd, uint32_t events, void* user);
typedef void (*mc_post_fn)(void* user);
typedef void (*mc_log_fn)(int level, int code, const char* sentence, void* user);

int mc_filter_callable(mc_filter** out, mc_filter_fn fn, void* user, mc_destroy_fn destroy);
int mc_filter_regex(mc_filter** out, const char* pattern, size_t size);
int mc_filter_regex_costly(mc_filter** out, const char* pattern, size_t size);
int mc_filter_everything(mc_filter** out);
int mc_filter_prefix(mc_filter** out, const void* data, size_t size);
int mc_filter_bytes(mc_filter** out, size_t offset, const void* value, const void* mask, size_t size);
int mc_filter_size(mc_filter** out, size_t least, size_t most);
int mc_filter_source(mc_filter** out, const char* network);
int mc_filter_source_port(mc_filter** out, uint16_t first, uint16_t last);
int mc_filter_all_of(mc_filter** out, const mc_filter* const* parts, size_t count);
int mc_filter_any_of(mc_filter** out, const mc_filter* const* parts, size_t count);
int mc_filter_not(mc_filter** out, const mc_filter* part);
int mc_filter_matches(const mc_filter* filter, const void* data, size_t size, const mc_address* source);
int mc_filter_describe(const mc_filter* filter, char* text, size_t size);
void mc_filter_free(mc_filter* filter);
int mc_listener_new(mc_listener** out, mc_poller* poller);
void mc_listener_free(mc_listener* listener);
int mc_listener_add(mc_listener* listener, const char* group, uint16_t port);
int mc_listener_remove(mc_listener* listener, const char* group, uint16_t port);
int mc_listener_set_handler(mc_listener* listener, mc_packet_fn handler, void* user, mc_destroy_fn destroy);
int mc_listener_set_batch_handler(mc_listener* listener, mc_batch_fn handler, void* user, mc_destroy_fn destroy);
int mc_listener_set_packed_handler(mc_listener* listener, mc_packed_fn handler, void* user, mc_destroy_fn destroy);
int mc_listener_set_filter(mc_listener* listener, const mc_filter* filter);
int mc_listener_set_mtu(mc_listener* listener, size_t mtu);
int mc_listener_set_limit(mc_listener* listener, uint64_t packets);
int mc_listener_set_details(mc_listener* listener, uint32_t details);
int mc_listener_set_ignore_own(mc_listener* listener, int on);
int mc_listener_set_kernel_filter(mc_listener* listener, int on);
int mc_listener_set_receive_buffer(mc_listener* listener, uint32_t bytes);
int mc_listener_open(mc_listener* listener);
int mc_listener_close(mc_listener* listener);
int mc_listener_is_open(const mc_listener* listener);
int mc_listener_next(mc_listener* listener, const mc_packet** packet, double timeout);
int mc_listener_next_many(mc_listener* listener, const mc_packet* const** packets, size_t most, double timeout);
int mc_listener_next_packed(mc_listener* listener, const mc_packed** packed, size_t most, double timeout);
int mc_listener_fd(mc_listener* listener);
int mc_packet_copy(mc_packet** out, const mc_packet* packet);
void mc_packet_free(mc_packet* packet);
int mc_reply(const mc_packet* packet, const void* data, size_t size);
int mc_multicaster_new(mc_multicaster** out, mc_poller* poller, const char* group, uint16_t port, int ttl);
void mc_multicaster_free(mc_multicaster* multicaster);
int mc_multicaster_send(mc_multicaster* multicaster, const void* data, size_t size);
int mc_multicaster_send_many(mc_multicaster* multicaster, const mc_buffer* packets, size_t count);
int mc_multicaster_send_packed(mc_multicaster* multicaster, const void* data, const uint32_t* sizes, size_t count);
int mc_multicaster_set_source(mc_multicaster* multicaster, mc_source_fn fn, void* user, mc_destroy_fn destroy);
int mc_multicaster_resume(mc_multicaster* multicaster);
int mc_multicaster_set_batching(mc_multicaster* multicaster, int on);
int mc_multicaster_flush(mc_multicaster* multicaster);
int mc_multicaster_set_pace(mc_multicaster* multicaster, uint64_t bytes_per_second, uint64_t burst);
int mc_multicaster_set_error_handler(mc_multicaster* multicaster, mc_send_error_fn fn, void* user, mc_destroy_fn destroy);
int mc_multicaster_set_ttl(mc_multicaster* multicaster, int ttl);
int mc_multicaster_set_loopback(mc_multicaster* multicaster, int on);
int mc_multicaster_set_train_limit(mc_multicaster* multicaster, size_t datagrams);
int mc_multicaster_set_source_port(mc_multicaster* multicaster, uint16_t port, int shared);
int mc_multicaster_source(const mc_multicaster* multicaster, mc_address* source);
int mc_multicaster_send_to(mc_multicaster* multicaster, const mc_address* to, const void* data, size_t size);
int mc_multicaster_set_handler(mc_multicaster* multicaster, mc_packet_fn handler, void* user, mc_destroy_fn destroy);
int mc_multicaster_set_filter(mc_multicaster* multicaster, const mc_filter* filter);
int mc_multicaster_fd(const mc_multicaster* multicaster);
int mc_multicaster_close(mc_multicaster* multicaster);
int mc_multicaster_is_open(const mc_multicaster* multicaster);
mc_poller* mc_default_poller(void);
int mc_poller_new(mc_poller** out);
void mc_poller_free(mc_poller* poller);
int mc_poller_adopt(mc_poller* poller);
int mc_poller_register(mc_poller* poller, int fd, uint32_t flags, mc_descriptor_fn on_read, mc_descriptor_fn on_write, void* user, mc_destroy_fn destroy);
int mc_poller_watch(mc_poller* poller, int fd, uint32_t events);
int mc_poller_unregister(mc_poller* poller, int fd);
int mc_poller_poll(mc_poller* poller, double timeout);
int mc_poller_loop(mc_poller* poller, double timeout, double interval);
int mc_poller_stop(mc_poller* poller);
int mc_poller_wake(mc_poller* poller);
int mc_poller_post(mc_poller* poller, mc_post_fn fn, void* user, mc_destroy_fn destroy);
int mc_poller_set_interruptible(mc_poller* poller, int on);
int mc_poller_set_wait(mc_poller* poller, int policy, double seconds);
int mc_poller_set_log(mc_poller* poller, mc_log_fn fn, void* user, mc_destroy_fn destroy);
int mc_poller_is_polling(const mc_poller* poller);
int mc_poller_fd(mc_poller* poller);
int mc_register(int fd, uint32_t flags, mc_descriptor_fn on_read, mc_descriptor_fn on_write, void* user, mc_destroy_fn destroy);
int mc_unregister(int fd);
int mc_poll(double timeout);
int mc_loop(double timeout, double interval);
int mc_timer_new(mc_timer** out, mc_poller* poller, double after, double every, mc_timer_fn fn, void* user, mc_destroy_fn destroy);
int mc_timer_set(mc_timer* timer, double after, double every);
int mc_timer_stop(mc_timer* timer);
int mc_timer_is_running(const mc_timer* timer);
void mc_timer_free(mc_timer* timer);
const char* mc_version(void);
int mc_version_number(void);
const char* mc_last_error(void);
int mc_last_error_code(void);
const char* mc_strerror(int code);
const char* mc_error_name(int code);
int mc_address_format(const mc_address* address, char* text, size_t size);
int mc_address_parse(mc_address* out, const char* text);
int mc_interfaces(const mc_interface* const** out);
void mc_interfaces_free(const mc_interface* const* interfaces);
int mc_interface_default(const char* group, char* name, size_t size);
int mc_sendto(const void* data, size_t size, const char* group, uint16_t port, int ttl);
int mc_sendto_many(const mc_buffer* packets, size_t count, const char* group, uint16_t port, int ttl);
int mc_sendto_packed(const void* data, const uint32_t* sizes, size_t count, const char* group, uint16_t port, int ttl);
int mc_listen(mc_packet_fn handler, void* user, const char* group, uint16_t port, size_t mtu, uint64_t limit);
int mc_listener_stats(const mc_listener* listener, mc_stats* stats, size_t size);
int mc_multicaster_stats(const mc_multicaster* multicaster, mc_stats* stats, size_t size);
int mc_poller_stats(const mc_poller* poller, mc_stats* stats, size_t size);
]]

return ffi.load("libmulticast.so.0")
