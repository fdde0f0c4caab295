/* Sends or receives a number of packets by the library, for instructions.py to count what that takes.
 *
 * usage: work CASE PACKETS     in a private network; CASE is one of the table at the end
 *
 * One thread, one processor, lo: the same calls bring the same batches each time. What is received is
 * sent by a plain socket, whose cost is not the library's. */

#include <arpa/inet.h>
#include <multicast/multicast.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { kPort = 4500, kBatch = 64, kSize = 64, kListeners = 100, kFilters = 200 };
static const char* const kGroup = "239.1.2.3%lo";

static long received;

static void require(int outcome) {
  if (outcome >= 0) return;
  fprintf(stderr, "%d: %s\n", outcome, mc_last_error());
  exit(1);
}

/* ---- Sending -------------------------------------------------------------------------------- */

static mc_multicaster* caster(void) {
  mc_multicaster* made = NULL;
  require(mc_multicaster_new(&made, NULL, kGroup, kPort, MC_TTL_SUBNET));
  return made;
}

static char bytes[kBatch][kSize + 64]; /* apart, as a program's packets are */

static void send_singly(long packets) {
  mc_multicaster* const sender = caster();
  for (long i = 0; i < packets; ++i) require(mc_multicaster_send(sender, bytes[0], kSize));
  mc_multicaster_free(sender);
}

static void send_without_a_handle(long packets) {
  for (long i = 0; i < packets; ++i)
    require(mc_sendto(bytes[0], kSize, kGroup, kPort, MC_TTL_SUBNET));
}

static void send_many(long packets) {
  mc_multicaster* const sender = caster();
  mc_buffer batch[kBatch];
  for (int i = 0; i < kBatch; ++i) batch[i] = (mc_buffer){bytes[i], kSize};
  for (long i = 0; i < packets; i += kBatch)
    require(mc_multicaster_send_many(sender, batch, kBatch));
  mc_multicaster_free(sender);
}

static int next(mc_buffer* packet, void* left) {
  *packet = (mc_buffer){bytes[0], kSize};
  return --*(long*)left >= 0 ? MC_SOURCE_PACKET : MC_SOURCE_END;
}

static void send_from_a_source(long packets) {
  mc_multicaster* const sender = caster();
  require(mc_multicaster_set_source(sender, next, &packets, NULL));
  require(mc_loop(-1, 0));
  mc_multicaster_free(sender);
}

/* ---- Receiving ------------------------------------------------------------------------------ */

static int outsider(void) {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  struct ip_mreqn out = {.imr_ifindex = (int)if_nametoindex("lo")};
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(kPort)};
  inet_pton(AF_INET, "239.1.2.3", &to.sin_addr);
  if (setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &out, sizeof out) != 0 ||
      connect(fd, (struct sockaddr*)&to, sizeof to) != 0) {
    perror("outsider");
    exit(1);
  }
  return fd;
}

static int on_packet(const mc_packet* packet, void* user) {
  (void)user;
  received += packet->size == kSize;
  return 0;
}
static int on_batch(const mc_packet* const* packets, size_t count, void* user) {
  for (size_t i = 0; i < count; ++i) on_packet(packets[i], user);
  return 0;
}

static mc_listener* listener(int takes_batches) {
  mc_listener* made = NULL;
  require(mc_listener_new(&made, NULL));
  require(mc_listener_add(made, kGroup, kPort));
  require(takes_batches ? mc_listener_set_batch_handler(made, on_batch, NULL, NULL)
                        : mc_listener_set_handler(made, on_packet, NULL, NULL));
  require(mc_listener_open(made));
  return made;
}

/* Sends a batch, singly or as one train, and has it received, until all are through. */
static void have_received(long packets, int in_trains, int copies) {
  static char train[kBatch * kSize];
  const int from = outsider();
  const int segment = kSize;
  if (in_trains && setsockopt(from, SOL_UDP, UDP_SEGMENT, &segment, sizeof segment) != 0) exit(1);
  for (long i = 0; i < packets; i += kBatch) {
    if (in_trains) {
      if (send(from, train, sizeof train, 0) < 0) exit(1);
    } else {
      for (int j = 0; j < kBatch; ++j)
        if (send(from, bytes[j], kSize, 0) < 0) exit(1);
    }
    while (received < (i + kBatch) * copies) require(mc_poll(1));
  }
  close(from);
}

static void receive(long packets) {
  mc_listener* const ears = listener(0);
  have_received(packets, 0, 1);
  mc_listener_free(ears);
}
static void receive_trains(long packets) {
  mc_listener* const ears = listener(0);
  have_received(packets, 1, 1);
  mc_listener_free(ears);
}
static void receive_trains_in_batches(long packets) {
  mc_listener* const ears = listener(1);
  have_received(packets, 1, 1);
  mc_listener_free(ears);
}
/* A batch is complete in the middle of a train. */
static void receive_trains_across_batches(long packets) {
  static const int lengths[] = {kBatch / 2, kBatch, kBatch / 2};
  static char train[kBatch * kSize];
  const int from = outsider();
  const int segment = kSize;
  mc_listener* const ears = listener(1);
  if (setsockopt(from, SOL_UDP, UDP_SEGMENT, &segment, sizeof segment) != 0) exit(1);
  for (long sent = 0; sent < packets;) {
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; ++i) {
      if (send(from, train, (size_t)(lengths[i] * kSize), 0) < 0) exit(1);
      sent += lengths[i];
    }
    while (received < sent) require(mc_poll(1));
  }
  close(from);
  mc_listener_free(ears);
}
static void fan_out(long packets) {
  mc_listener* ears[kListeners];
  for (int i = 0; i < kListeners; ++i) ears[i] = listener(0);
  have_received(packets, 0, kListeners);
  for (int i = 0; i < kListeners; ++i) mc_listener_free(ears[i]);
}

/* Each has an expression of its own, and one of them matches. They are put together at the end of the
 * first turn that brings packets; its share is that of beginning. */
static void find_one_of_many_filters(long packets) {
  mc_listener* ears[kFilters];
  for (int i = 0; i < kFilters; ++i) {
    char pattern[32];
    mc_filter* filter = NULL;
    const int size = i == 0 ? snprintf(pattern, sizeof pattern, "\\x00+")
                            : snprintf(pattern, sizeof pattern, "[a-c]+%d", i);
    require(mc_filter_regex(&filter, pattern, (size_t)size));
    ears[i] = listener(0);
    require(mc_listener_set_filter(ears[i], filter));
    mc_filter_free(filter);
  }
  have_received(packets, 0, 1);
  for (int i = 0; i < kFilters; ++i) mc_listener_free(ears[i]);
}

/* ---- Following ------------------------------------------------------------------------------ */

static void give_lo_an_address(void) {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  struct ifreq request = {.ifr_name = "lo:1"};
  struct sockaddr_in* const address = (struct sockaddr_in*)&request.ifr_addr;
  address->sin_family = AF_INET;
  inet_pton(AF_INET, "10.9.9.9", &address->sin_addr);
  if (ioctl(fd, SIOCSIFADDR, &request) != 0) {
    perror("SIOCSIFADDR");
    exit(1);
  }
  close(fd);
}

/* Not packets but groups of one listener, an eighth as many: what opening them takes, and following a
 * change that moves none of them. */
static void follow(long packets) {
  mc_listener* ears = NULL;
  require(mc_listener_new(&ears, NULL));
  for (long i = 0; i < packets / 8; ++i) {
    char group[32];
    snprintf(group, sizeof group, "239.1.%d.%d%%lo", (int)(i >> 8), (int)(i & 255));
    require(mc_listener_add(ears, group, kPort));
  }
  require(mc_listener_set_handler(ears, on_packet, NULL, NULL));
  require(mc_listener_open(ears));
  give_lo_an_address();
  require(mc_poll(1));
  mc_listener_free(ears);
}

static const struct {
  const char* name;
  void (*run)(long packets);
} cases[] = {
    {"send", send_singly},
    {"sendto", send_without_a_handle},
    {"send-many", send_many},
    {"source", send_from_a_source},
    {"receive", receive},
    {"receive-trains", receive_trains},
    {"receive-trains-in-batches", receive_trains_in_batches},
    {"receive-trains-across-batches", receive_trains_across_batches},
    {"fan-out-to-100", fan_out},
    {"one-of-200-filters", find_one_of_many_filters},
    {"follow", follow},
};

int main(int argc, char** argv) {
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    if (argc == 1) puts(cases[i].name);
    if (argc != 3 || strcmp(argv[1], cases[i].name) != 0) continue;
    cases[i].run(strtol(argv[2], NULL, 10));
    return 0;
  }
  return argc == 1 ? 0 : 2;
}
