#include "private_network.h"

#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "files.h"
#include "lab.h"
#include "process.h"

namespace lab {
namespace {

constexpr std::string_view kMark = "lab-private-network";

struct LinkRequest {
  nlmsghdr header;
  ifinfomsg link;
};

// The alias of `lo` in the calling thread's namespace, empty when it has none. Asked over netlink:
// /sys shows the namespace in which it was mounted.
std::string alias_of_lo() {
  const Fd socket{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)};
  if (!socket) return {};
  LinkRequest request{};
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = RTM_GETLINK;
  request.header.nlmsg_flags = NLM_F_REQUEST;
  request.link.ifi_index = 1;  // The kernel gives the index 1 to every namespace's loopback.
  if (::send(socket.get(), &request, sizeof request, 0) < 0) return {};
  alignas(nlmsghdr) std::array<char, 16384> answer;
  const ssize_t size = ::recv(socket.get(), answer.data(), answer.size(), 0);
  if (size < static_cast<ssize_t>(sizeof(LinkRequest))) return {};
  const auto* header = reinterpret_cast<const nlmsghdr*>(answer.data());
  if (header->nlmsg_type != RTM_NEWLINK) return {};
  for (size_t at = sizeof(LinkRequest); at + sizeof(rtattr) <= static_cast<size_t>(size);) {
    rtattr attribute;
    std::memcpy(&attribute, answer.data() + at, sizeof attribute);
    if (attribute.rta_len < sizeof attribute) break;
    if (attribute.rta_type == IFLA_IFALIAS) {
      const char* text = answer.data() + at + sizeof attribute;
      return {text, ::strnlen(text, attribute.rta_len - sizeof attribute)};
    }
    at += RTA_ALIGN(attribute.rta_len);
  }
  return {};
}

// Says why the namespaces were refused and what helps, and ends the process.
[[noreturn]] void refuse(int error) {
  std::fprintf(stderr, "lab: this system refuses a private network namespace: %s.\n",
               std::strerror(error));
  if (error == ENOSPC) {
    std::fputs(
        "lab: the limit on namespaces is reached; raise it:\n"
        "  sudo sysctl -w user.max_user_namespaces=15000 user.max_net_namespaces=15000\n",
        stderr);
  } else {
    std::fputs(
        "lab: allow user namespaces for ordinary users, or run as root:\n"
        "  Debian:         sudo sysctl -w kernel.unprivileged_userns_clone=1\n"
        "  Ubuntu 24.04:   sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0\n"
        "  everywhere:     sudo sysctl -w user.max_user_namespaces=15000\n"
        "  in a container: give it CAP_SYS_ADMIN and a seccomp profile that allows unshare\n",
        stderr);
  }
  std::fflush(stderr);
  ::_exit(kRefused);
}

// Makes the caller root of the user namespace that it just created. Zero, or what went wrong.
int map_to_root(uid_t user, gid_t group) {
  // Kernels before 3.19 have no such file; the maps are accepted without it there.
  static_cast<void>(write_file("/proc/self/setgroups", "deny"));
  if (!write_file("/proc/self/uid_map", "0 " + std::to_string(user) + " 1")) return errno;
  if (!write_file("/proc/self/gid_map", "0 " + std::to_string(group) + " 1")) return errno;
  return 0;
}

int unshare_as_user() {
  const uid_t user = ::geteuid();
  const gid_t group = ::getegid();
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return errno;
  return map_to_root(user, group);
}

// A sanitizer may have made a thread before main, and a process of several threads cannot enter a
// user namespace. So a child, made without the sanitizer's knowledge and thus of one thread, enters
// it and executes this very program anew; this process waits and ends as the child does.
[[noreturn]] void enter_through_child() {
  std::string arguments = read_file("/proc/self/cmdline");
  std::vector<char*> argv;
  for (size_t at = 0; at < arguments.size(); at += std::strlen(&arguments[at]) + 1) {
    argv.push_back(&arguments[at]);
  }
  argv.push_back(nullptr);
  const auto child =
      static_cast<pid_t>(::syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, 0));
  if (child < 0) refuse(errno);
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (const int error = unshare_as_user(); error != 0) refuse(error);
    prepare_namespace();
    ::execv("/proc/self/exe", argv.data());
    ::_exit(127);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  ::_exit(exit_status(status));
}

void unshare_network() {
  int error = EPERM;
  if (::geteuid() == 0) {
    if (::unshare(CLONE_NEWNET) == 0) return;
    error = errno;
  }
  const int user_error = unshare_as_user();
  if (user_error == 0) return;
  if (user_error == EINVAL) enter_through_child();
  refuse(user_error == EPERM ? error : user_error);
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// The commands live in /usr/sbin, which an ordinary user's path may lack.
void complete_path() {
  const char* path = std::getenv("PATH");
  const std::string complete = std::string(path != nullptr ? path : "/usr/bin:/bin");
  if (complete.find("/usr/sbin") != std::string::npos) return;
  ::setenv("PATH", (complete + ":/usr/sbin:/sbin").c_str(), 1);
}

// Settings that make the network quick and quiet. Where /proc/sys is read-only the fixture works
// all the same; addresses then take a second or two to become usable.
void calm_the_network() {
  const std::array<std::array<const char*, 2>, 6> settings{{
      {"/proc/sys/net/ipv6/conf/all/accept_dad", "0"},
      {"/proc/sys/net/ipv6/conf/default/accept_dad", "0"},
      {"/proc/sys/net/ipv6/conf/all/router_solicitations", "0"},
      {"/proc/sys/net/ipv6/conf/default/router_solicitations", "0"},
      {"/proc/sys/net/ipv4/conf/all/rp_filter", "0"},
      {"/proc/sys/net/ipv4/conf/default/rp_filter", "0"},
  }};
  for (const auto& [path, value] : settings) {
    if (write_file(path, value)) continue;
    std::fprintf(stderr, "lab: cannot write %s: %s; going on without.\n", path,
                 std::strerror(errno));
    return;
  }
}

}  // namespace

bool is_private() {
  return alias_of_lo() == kMark;
}

void require_private() {
  if (is_private()) return;
  std::fputs(
      "lab: refusing to work outside a private network namespace; call "
      "lab::enter_private_network() first in main.\n",
      stderr);
  std::abort();
}

void prepare_namespace() {
  calm_the_network();
  run_here({"ip", "-batch", "-"}, "link set dev lo up alias " + std::string(kMark) +
                                      "\n"
                                      "route add 224.0.0.0/4 dev lo\n"
                                      "route add local ff00::/8 dev lo table local\n");
}

void enter_private_network() {
  raise_descriptor_limit();
  complete_path();
  if (is_private()) return;
  unshare_network();
  try {
    prepare_namespace();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "lab: cannot set up the private network: %s\n", error.what());
    std::fputs("lab: iproute2 and a kernel with IPv6 are needed.\n", stderr);
    ::_exit(kRefused);
  }
}

}  // namespace lab

extern "C" void lab_enter_private_network(void) {
  lab::enter_private_network();
}
extern "C" void lab_require_private(void) {
  lab::require_private();
}
