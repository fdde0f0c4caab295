#include "outsider.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"

enum { kDigits = 4, kMostInTrain = 60 };

struct address {
  struct sockaddr_storage storage;
  socklen_t size;
};

static struct address address_of(const char* text, uint16_t port) {
  struct address made = {.size = 0};
  struct sockaddr_in* v4 = (struct sockaddr_in*)&made.storage;
  struct sockaddr_in6* v6 = (struct sockaddr_in6*)&made.storage;
  if (check_is_ipv6) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    CHECK_EQ(inet_pton(AF_INET6, text != NULL ? text : "::1", &v6->sin6_addr), 1);
    made.size = sizeof *v6;
  } else {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    CHECK_EQ(inet_pton(AF_INET, text != NULL ? text : "127.0.0.1", &v4->sin_addr), 1);
    made.size = sizeof *v4;
  }
  return made;
}

static void send_out_of_lo(int fd) {
  const struct ip_mreqn v4 = {.imr_address = {htonl(INADDR_LOOPBACK)}, .imr_ifindex = 1};
  const int v6 = 1;
  CHECK_EQ(check_is_ipv6 ? setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, &v6, sizeof v6)
                         : setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &v4, sizeof v4),
           0);
}

int outsider_at(uint16_t port, int shared) {
  const struct address here = address_of(check_is_ipv6 ? "::" : "0.0.0.0", port);
  const int fd = socket(check_is_ipv6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  CHECK_EQ(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &shared, sizeof shared), 0);
  CHECK_EQ(bind(fd, (const struct sockaddr*)&here.storage, here.size), 0);
  send_out_of_lo(fd);
  return fd;
}

int outsider(void) {
  return outsider_at(0, 0);
}

uint16_t outsider_port(int fd) {
  struct sockaddr_storage storage = {.ss_family = 0};
  socklen_t size = sizeof storage;
  CHECK_EQ(getsockname(fd, (struct sockaddr*)&storage, &size), 0);
  return ntohs(storage.ss_family == AF_INET6 ? ((struct sockaddr_in6*)&storage)->sin6_port
                                             : ((struct sockaddr_in*)&storage)->sin_port);
}

void outsider_send(int fd, const char* to, uint16_t port, const void* data, size_t size) {
  const struct address there = address_of(to, port);
  CHECK_EQ(sendto(fd, data, size, 0, (const struct sockaddr*)&there.storage, there.size), size);
}

void outsider_send_numbers(int fd, const char* to, uint16_t port, int first, int count) {
  for (int i = first; i < first + count; ++i) {
    char text[16];
    snprintf(text, sizeof text, "%04d", i);
    outsider_send(fd, to, port, text, kDigits);
  }
}

void outsider_send_train(int fd, const char* to, uint16_t port, int first, int count) {
  char text[kMostInTrain * kDigits + 16] = "";
  int segment = kDigits;
  if (!CHECK(count <= kMostInTrain)) return;
  const size_t size = (size_t)kDigits * (size_t)count;
  for (int i = 0; i < count; ++i) snprintf(text + (ptrdiff_t)kDigits * i, 16, "%04d", first + i);
  CHECK_EQ(setsockopt(fd, SOL_UDP, UDP_SEGMENT, &segment, sizeof segment), 0);
  outsider_send(fd, to, port, text, size);
  segment = 0;
  CHECK_EQ(setsockopt(fd, SOL_UDP, UDP_SEGMENT, &segment, sizeof segment), 0);
}

int outsider_receive(int fd, char* text, size_t size, uint16_t* from) {
  struct pollfd coming = {fd, POLLIN, 0};
  struct sockaddr_storage source = {.ss_family = 0};
  socklen_t source_size = sizeof source;
  *text = '\0';
  if (!CHECK_EQ(poll(&coming, 1, 10000), 1)) return -1;
  const ssize_t got =
      recvfrom(fd, text, size - 1, MSG_DONTWAIT, (struct sockaddr*)&source, &source_size);
  if (!CHECK(got >= 0)) return -1;
  text[got] = '\0';
  if (from != NULL) {
    *from = ntohs(source.ss_family == AF_INET6 ? ((struct sockaddr_in6*)&source)->sin6_port
                                               : ((struct sockaddr_in*)&source)->sin_port);
  }
  return (int)got;
}

void outsider_settle(void) {
  char text[8];
  const int fd = outsider();
  outsider_send(fd, NULL, outsider_port(fd), "last", 4);
  outsider_receive(fd, text, sizeof text, NULL);
  close(fd);
}
