#include "net/kernel.h"

#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace mc::net {
namespace {

template <typename Call>
auto retry(Call call) noexcept {
  auto outcome = call();
  while (outcome < 0 && errno == EINTR) outcome = call();
  return outcome;
}

int real_socket(int domain, int type, int protocol) {
  return ::socket(domain, type, protocol);
}
int real_bind(int fd, const sockaddr* address, unsigned size) {
  return ::bind(fd, address, size);
}
int real_getsockname(int fd, sockaddr* address, unsigned* size) {
  return ::getsockname(fd, address, size);
}
int real_setsockopt(int fd, int level, int option, const void* value, unsigned size) {
  return ::setsockopt(fd, level, option, value, size);
}
int real_getsockopt(int fd, int level, int option, void* value, unsigned* size) {
  return ::getsockopt(fd, level, option, value, size);
}
// What the calls for many say of one message, by the calls for one, which cost less.
int one(mmsghdr* message, ssize_t size) {
  if (size < 0) return -1;
  message->msg_len = static_cast<unsigned>(size);
  return 1;
}
int real_recvmmsg(int fd, mmsghdr* messages, unsigned count, int flags) {
  if (count != 1) return retry([=] { return ::recvmmsg(fd, messages, count, flags, nullptr); });
  return one(messages, retry([=] { return ::recvmsg(fd, &messages->msg_hdr, flags); }));
}
int real_sendmmsg(int fd, mmsghdr* messages, unsigned count, int flags) {
  if (count != 1) return retry([=] { return ::sendmmsg(fd, messages, count, flags); });
  return one(messages, retry([=] { return ::sendmsg(fd, &messages->msg_hdr, flags); }));
}
ptrdiff_t real_sendto(int fd, const void* data, size_t size, int flags, const sockaddr* to,
                      unsigned to_size) {
  return retry([=] { return ::sendto(fd, data, size, flags, to, to_size); });
}
ptrdiff_t real_recv(int fd, void* data, size_t size, int flags) {
  return retry([=] { return ::recv(fd, data, size, flags); });
}
int real_bpf(int command, bpf_attr* attributes, unsigned size) {
  return static_cast<int>(::syscall(SYS_bpf, command, attributes, size));
}

}  // namespace

const Kernel kKernel = {real_socket,     real_bind,     real_getsockname, real_setsockopt,
                        real_getsockopt, real_recvmmsg, real_sendmmsg,    real_sendto,
                        real_recv,       real_bpf};

const Kernel* kernel_in_force = &kKernel;

}  // namespace mc::net
