#include "fake_kernel.h"

#include <netinet/udp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "io/reactor.h"
#include "net/kernel.h"

namespace mc::test {
namespace {

FakeKernel* fake = nullptr;

bool covers(const What& what, Call call, int level, int detail) {
  return what.call == call && what.level.value_or(level) == level &&
         what.detail.value_or(detail) == detail;
}

// Moves what message `from` carries into message `to`; each keeps its own buffers.
void move_message(mmsghdr& to, const mmsghdr& from) {
  std::memcpy(to.msg_hdr.msg_iov->iov_base, from.msg_hdr.msg_iov->iov_base, from.msg_len);
  std::memcpy(to.msg_hdr.msg_name, from.msg_hdr.msg_name, from.msg_hdr.msg_namelen);
  std::memcpy(to.msg_hdr.msg_control, from.msg_hdr.msg_control, from.msg_hdr.msg_controllen);
  to.msg_hdr.msg_namelen = from.msg_hdr.msg_namelen;
  to.msg_hdr.msg_controllen = from.msg_hdr.msg_controllen;
  to.msg_hdr.msg_flags = from.msg_hdr.msg_flags;
  to.msg_len = from.msg_len;
}

}  // namespace

struct Calls {
  // Counts the call and either refuses it or makes it.
  template <typename Real>
  static auto pass(Call call, int level, int detail, Real real) -> decltype(real()) {
    if (const int error = fake->enter(call, level, detail); error != 0) {
      errno = error;
      return -1;
    }
    return real();
  }

  static int socket(int domain, int type, int protocol) {
    return pass(Call::kSocket, 0, domain,
                [=] { return net::kKernel.socket(domain, type, protocol); });
  }
  static int bind(int fd, const sockaddr* address, unsigned size) {
    return pass(Call::kBind, 0, 0, [=] { return net::kKernel.bind(fd, address, size); });
  }
  static int getsockname(int fd, sockaddr* address, unsigned* size) {
    return pass(Call::kGetsockname, 0, 0,
                [=] { return net::kKernel.getsockname(fd, address, size); });
  }
  static int setsockopt(int fd, int level, int option, const void* value, unsigned size) {
    return pass(Call::kSetsockopt, level, option,
                [=] { return net::kKernel.setsockopt(fd, level, option, value, size); });
  }
  static int getsockopt(int fd, int level, int option, void* value, unsigned* size) {
    return pass(Call::kGetsockopt, level, option,
                [=] { return net::kKernel.getsockopt(fd, level, option, value, size); });
  }
  static int recvmmsg(int fd, mmsghdr* messages, unsigned count, int flags) {
    return pass(Call::kRecvmmsg, 0, 0, [=] {
      while (true) {
        const int read = net::kKernel.recvmmsg(fd, messages, count, flags);
        if (read <= 0) return read;
        const int left = lose_some(messages, read);
        if (left > 0 && fake->change_) fake->change_({messages, static_cast<size_t>(left)});
        if (left > 0) return left;
      }
    });
  }
  static int sendmmsg(int fd, mmsghdr* messages, unsigned count, int flags) {
    return pass(Call::kSendmmsg, 0, 0, [=] {
      const unsigned most = std::min(count, fake->most_);
      const unsigned good = before_refused_train(messages, most);
      if (good > 0 || most == 0) return net::kKernel.sendmmsg(fd, messages, good, flags);
      ++fake->trains_refused_;
      errno = fake->train_error_;
      return -1;
    });
  }
  static ptrdiff_t sendto(int fd, const void* data, size_t size, int flags, const sockaddr* to,
                          unsigned to_size) {
    return pass(Call::kSendto, 0, to->sa_family,
                [=] { return net::kKernel.sendto(fd, data, size, flags, to, to_size); });
  }
  static ptrdiff_t recv(int fd, void* data, size_t size, int flags) {
    return pass(Call::kRecv, 0, 0, [=] {
      const ptrdiff_t got = net::kKernel.recv(fd, data, size, flags);
      if (got > 0 && fake->look_) fake->look_(data, static_cast<size_t>(got));
      return got;
    });
  }
  static int bpf(int command, bpf_attr* attributes, unsigned size) {
    return pass(Call::kBpf, 0, command,
                [=] { return net::kKernel.bpf(command, attributes, size); });
  }
  static int epoll_create(int flags) {
    return pass(Call::kEpollCreate, 0, 0, [=] { return io::kEpollCalls.create(flags); });
  }
  static int epoll_control(int epoll, int operation, int fd, epoll_event* event) {
    return pass(Call::kEpollControl, 0, operation,
                [=] { return io::kEpollCalls.control(epoll, operation, fd, event); });
  }
  static int epoll_wait(int epoll, epoll_event* events, int capacity, int timeout_ms,
                        const sigset_t* signals) {
    if (timeout_ms != 0) ++fake->sleeps_;
    return pass(Call::kEpollWait, 0, 0,
                [=] { return io::kEpollCalls.wait(epoll, events, capacity, timeout_ms, signals); });
  }

 private:
  // How many messages the kernel would take before it met a train that it refuses.
  static unsigned before_refused_train(const mmsghdr* messages, unsigned count) {
    unsigned good = 0;
    while (good < count && !is_refused(messages[good].msg_hdr)) ++good;
    return good;
  }
  static bool is_refused(const msghdr& message) {
    const cmsghdr* const control = CMSG_FIRSTHDR(&message);
    if (fake->train_error_ == 0 || control == nullptr || control->cmsg_level != SOL_UDP ||
        control->cmsg_type != UDP_SEGMENT) {
      return false;
    }
    uint16_t segment = 0;
    std::memcpy(&segment, CMSG_DATA(control), sizeof segment);
    size_t size = 0;
    for (size_t i = 0; i < message.msg_iovlen; ++i) size += message.msg_iov[i].iov_len;
    return segment > fake->above_segment_ &&
           (size + segment - 1) / segment > fake->above_datagrams_;
  }

  static int lose_some(mmsghdr* messages, int count) {
    int kept = 0;
    for (int i = 0; i < count; ++i) {
      if (fake->is_lost()) {
        ++fake->lost_;
      } else if (kept++ != i) {
        move_message(messages[kept - 1], messages[i]);
      }
    }
    return kept;
  }
};

namespace {

constexpr net::Kernel kFakeKernel = {
    Calls::socket,   Calls::bind,     Calls::getsockname, Calls::setsockopt, Calls::getsockopt,
    Calls::recvmmsg, Calls::sendmmsg, Calls::sendto,      Calls::recv,       Calls::bpf};
constexpr io::EpollCalls kFakeEpoll = {Calls::epoll_create, Calls::epoll_control,
                                       Calls::epoll_wait};

}  // namespace

What setting(int level, int option) {
  What what(Call::kSetsockopt);
  what.level = level;
  what.detail = option;
  return what;
}

What reading(int level, int option) {
  What what(Call::kGetsockopt);
  what.level = level;
  what.detail = option;
  return what;
}

What socket_of(int family) {
  What what(Call::kSocket);
  what.detail = family;
  return what;
}

What bpf(int command) {
  What what(Call::kBpf);
  what.detail = command;
  return what;
}

What send_to(int family) {
  What what(Call::kSendto);
  what.detail = family;
  return what;
}

What control(int operation) {
  What what(Call::kEpollControl);
  what.detail = operation;
  return what;
}

FakeKernel::FakeKernel() {
  if (fake != nullptr) std::abort();  // two would undo each other in the wrong order
  fake = this;
  net::kernel_in_force = &kFakeKernel;
  io::epoll_calls_in_force = &kFakeEpoll;
}

FakeKernel::~FakeKernel() {
  net::kernel_in_force = &net::kKernel;
  io::epoll_calls_in_force = &io::kEpollCalls;
  fake = nullptr;
}

void FakeKernel::fail(What what, int error, unsigned nth, unsigned times) {
  faults_.push_back({what, error, nth - 1, times});
}

void FakeKernel::before(Call call, unsigned nth, std::function<void()> act) {
  acts_.push_back({call, calls(call) + nth, std::move(act)});
}

void FakeKernel::lose(double chance, unsigned seed) {
  chance_ = chance;
  generator_.seed(seed);
}

void FakeKernel::heal() {
  faults_.clear();
  acts_.clear();
  nth_ = 0;
  most_ = kForEver;
  train_error_ = 0;
  chance_ = 0;
  look_ = nullptr;
  change_ = nullptr;
}

int FakeKernel::enter(Call call, int level, int detail) {
  const unsigned count = ++counts_[static_cast<size_t>(call)];
  for (const Act& each : acts_) {
    if (each.call == call && each.at == count) each.act();
  }
  int error = ++total_ == nth_ ? nth_error_ : 0;
  for (Fault& fault : faults_) {
    if (error != 0) break;
    if (!covers(fault.what, call, level, detail)) continue;
    if (fault.skip > 0) {
      --fault.skip;
    } else if (fault.times > 0) {
      if (fault.times != kForEver) --fault.times;
      error = fault.error;
    }
  }
  failures_ += error != 0 ? 1U : 0U;
  return error;
}

}  // namespace mc::test
