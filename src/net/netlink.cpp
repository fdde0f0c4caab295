#include "net/netlink.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "net/kernel.h"

namespace mc::net {
namespace {

// What libmnl recommends for lists: the kernel never writes larger pieces.
constexpr size_t kPieceSize = 32768;
constexpr int kAttempts = 5;

// The errno that an error, or the end of a list that broke off, begins with; 0 where all went well.
int error_of(const nlmsghdr& message) {
  int error = 0;
  if (mnl_nlmsg_get_payload_len(&message) < sizeof error) return 0;
  std::memcpy(&error, mnl_nlmsg_get_payload(&message), sizeof error);
  return error < 0 ? -error : 0;
}

}  // namespace

void NetlinkAnswer::add(const nlmsghdr& message) {
  const char* const bytes = reinterpret_cast<const char*>(&message);
  messages_.emplace_back(bytes, bytes + message.nlmsg_len);
}

Result<Netlink> Netlink::open() {
  UniqueFd fd(kernel().socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!fd) return Status::system(errno, "cannot open a routing socket to look up interfaces");
  return Netlink(std::move(fd));
}

Result<NetlinkAnswer> Netlink::ask(nlmsghdr& request, const char* tried) {
  request.nlmsg_flags |= NLM_F_REQUEST;
  const bool is_list = (request.nlmsg_flags & NLM_F_DUMP) != 0;
  int error = EINTR;
  for (int attempt = 0; attempt < kAttempts && error == EINTR; ++attempt) {
    NetlinkAnswer answer;
    error = send(request);
    if (error == 0) error = receive(is_list, answer);
    if (error == 0) return answer;
  }
  return Status::system(error, tried);
}

int Netlink::send(nlmsghdr& request) {
  request.nlmsg_seq = ++sequence_;
  sockaddr_nl to{};
  to.nl_family = AF_NETLINK;
  const ptrdiff_t sent = kernel().sendto(fd_.get(), &request, request.nlmsg_len, 0,
                                         reinterpret_cast<const sockaddr*>(&to), sizeof to);
  return sent < 0 ? errno : 0;
}

// A list ends with NLMSG_DONE; any other question has one message in answer, or an error.
int Netlink::receive(bool is_list, NetlinkAnswer& answer) {
  alignas(nlmsghdr) char piece[kPieceSize];
  bool was_interrupted = false;
  while (true) {
    const ptrdiff_t size = kernel().recv(fd_.get(), piece, sizeof piece, 0);
    if (size < 0) return errno;
    int left = static_cast<int>(size);
    for (const auto* each = reinterpret_cast<const nlmsghdr*>(piece); mnl_nlmsg_ok(each, left);
         each = mnl_nlmsg_next(each, &left)) {
      if (each->nlmsg_seq != sequence_) continue;  // the rest of an answer that was given up
      was_interrupted = was_interrupted || (each->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
      if (each->nlmsg_type == NLMSG_DONE) return was_interrupted ? EINTR : error_of(*each);
      if (each->nlmsg_type == NLMSG_ERROR) {
        return error_of(*each);
      }
      answer.add(*each);
      if (!is_list) return 0;
    }
  }
}

}  // namespace mc::net
