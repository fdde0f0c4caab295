#include "net/netlink.h"

#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cerrno>
#include <vector>

#include "net/kernel.h"

namespace mc::net {
namespace {

// What libmnl recommends for dumps: the kernel never writes larger pieces.
constexpr size_t kAnswerSize = 32768;

int visit_message(const nlmsghdr* message, void* visit) {
  (*static_cast<const std::function<void(const nlmsghdr&)>*>(visit))(*message);
  return MNL_CB_OK;
}

}  // namespace

Result<Netlink> Netlink::open() {
  UniqueFd fd(kernel().socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!fd) return Status::system(errno, "cannot open a routing socket to look up interfaces");
  return Netlink(std::move(fd));
}

Status Netlink::ask(nlmsghdr& request, const char* tried,
                    const std::function<void(const nlmsghdr&)>& visit) {
  request.nlmsg_seq = ++sequence_;
  request.nlmsg_flags |= NLM_F_REQUEST;
  // A dump ends with NLMSG_DONE; any other question has exactly one answer or an error.
  const bool is_dump = (request.nlmsg_flags & NLM_F_DUMP) != 0;
  sockaddr_nl to{};
  to.nl_family = AF_NETLINK;
  if (kernel().sendto(fd_.get(), &request, request.nlmsg_len, 0, reinterpret_cast<sockaddr*>(&to),
                      sizeof to) < 0) {
    return Status::system(errno, tried);
  }
  std::vector<char> answer(kAnswerSize);
  while (true) {
    ptrdiff_t size = kernel().recv(fd_.get(), answer.data(), answer.size(), 0);
    if (size < 0) return Status::system(errno, tried);
    int outcome = mnl_cb_run(answer.data(), static_cast<size_t>(size), sequence_, 0, visit_message,
                             const_cast<std::function<void(const nlmsghdr&)>*>(&visit));  // NOLINT
    if (outcome < 0) return Status::system(errno, tried);
    if (outcome == MNL_CB_STOP || !is_dump) return {};
  }
}

}  // namespace mc::net
