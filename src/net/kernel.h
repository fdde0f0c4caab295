// Internal header: every call that the library makes to the kernel's network, in one table.
//
// Tests replace the table to count calls, to make one fail, or to lose datagrams with a seed. EINTR
// is retried here and nowhere else, except in waits, which a signal may end.
#pragma once

#include <cstddef>

struct mmsghdr;
struct msghdr;
struct sockaddr;
union bpf_attr;

namespace mc::net {

struct Kernel {
  int (*socket)(int domain, int type, int protocol);
  int (*bind)(int fd, const sockaddr* address, unsigned size);
  int (*getsockname)(int fd, sockaddr* address, unsigned* size);
  int (*setsockopt)(int fd, int level, int option, const void* value, unsigned size);
  int (*getsockopt)(int fd, int level, int option, void* value, unsigned* size);
  int (*recvmmsg)(int fd, mmsghdr* messages, unsigned count, int flags);
  int (*sendmmsg)(int fd, mmsghdr* messages, unsigned count, int flags);
  ptrdiff_t (*sendto)(int fd, const void* data, size_t size, int flags, const sockaddr* to,
                      unsigned to_size);
  ptrdiff_t (*recv)(int fd, void* data, size_t size, int flags);
  int (*bpf)(int command, bpf_attr* attributes, unsigned size);
};

// The real one.
extern const Kernel kKernel;

// The one in force. Replaced only by tests, and only while no other thread uses the library. Hidden, as
// -fvisibility says it of definitions alone.
[[gnu::visibility("hidden")]] extern const Kernel* kernel_in_force;
inline const Kernel& kernel() noexcept {
  return *kernel_in_force;
}

}  // namespace mc::net
