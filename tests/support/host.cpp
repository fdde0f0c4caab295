#include "host.h"

#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <stdexcept>

#include "private_network.h"
#include "process.h"
#include "wait.h"

namespace lab {
namespace {

Fd current_namespace() {
  Fd fd{::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)};
  if (!fd) fail("open /proc/thread-self/ns/net");
  return fd;
}

std::string sysctl_path(std::string path) {
  // Interface names may contain dots; such a path is written with slashes.
  if (path.find('/') == std::string::npos) std::replace(path.begin(), path.end(), '.', '/');
  return "/proc/sys/" + path;
}

// The kernel looks at changes of carrier once a second, and until then the interface is not in use.
// Asking for the state of the link makes it look at once.
void notice_carrier(const std::string& interface) {
  const Fd socket{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  ethtool_value value{};
  value.cmd = ETHTOOL_GLINK;
  ifreq request{};
  interface.copy(request.ifr_name, IFNAMSIZ - 1);
  request.ifr_data = reinterpret_cast<char*>(&value);
  ::ioctl(socket.get(), SIOCETHTOOL, &request);  // Without it the wait is longer, nothing worse.
}

// A thread that cannot return to its namespace would go on in the wrong one.
void enter_or_abort(const Fd& target) {
  if (::setns(target.get(), CLONE_NEWNET) == 0) return;
  std::perror("lab: cannot return to the namespace");
  std::abort();
}

}  // namespace

Host::Host(std::string name) : name_(std::move(name)) {
  require_private();
  const Fd before = current_namespace();
  if (::unshare(CLONE_NEWNET) != 0) fail("cannot make a namespace for host " + name_);
  try {
    namespace_ = current_namespace();
    prepare_namespace();
  } catch (...) {
    enter_or_abort(before);
    throw;
  }
  enter_or_abort(before);
}

std::string Host::path() const {
  return "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(fd());
}

std::string Host::run(const std::string& command) const {
  std::istringstream words(command);
  std::vector<std::string> argv;
  for (std::string word; words >> word;) argv.push_back(word);
  return run(argv);
}

std::string Host::run(const std::vector<std::string>& argv, const std::string& input) const {
  const Inside scope(*this);
  return run_here(argv, input);
}

void Host::ip(const std::string& lines) const {
  run({"ip", "-batch", "-"}, lines);
}

bool Host::write_sysctl(const std::string& path, const std::string& value) const {
  const Inside scope(*this);
  return write_file(sysctl_path(path), value);
}

std::optional<std::string> Host::read_sysctl(const std::string& path) const {
  const Inside scope(*this);
  std::string text = read_file(sysctl_path(path));
  if (text.empty()) return std::nullopt;
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

unsigned Host::index_of(const std::string& interface) const {
  const Inside scope(*this);
  return ::if_nametoindex(interface.c_str());
}

void Host::set_up(const std::string& interface, bool up) const {
  ip("link set dev " + interface + (up ? " up\n" : " down\n"));
}

void Host::delete_link(const std::string& interface) const {
  ip("link delete dev " + interface + "\n");
}

void Host::route_multicast(const std::string& interface) const {
  if (interface.empty()) return ip("route delete 224.0.0.0/4\n");
  ip("route replace 224.0.0.0/4 dev " + interface + "\n");
}

void Host::route_default(const std::string& gateway) const {
  if (gateway.empty()) return ip("route delete default\n");
  ip("route replace default via " + gateway + "\n");
}

void Host::wait_for_link_local(const std::string& interface) const {
  const Inside scope(*this);
  const auto usable = [&] {
    notice_carrier(interface);
    std::istringstream lines(read_file("/proc/thread-self/net/if_inet6"));
    std::string address, index, prefix, scope_of, flags, device;
    while (lines >> address >> index >> prefix >> scope_of >> flags >> device) {
      constexpr unsigned kTentative = 0x40;
      if (device == interface && scope_of == "20" &&
          (std::stoul(flags, nullptr, 16) & kTentative) == 0) {
        return true;
      }
    }
    return false;
  };
  if (wait_until(usable, in(kPatience))) return;
  throw std::runtime_error("lab: " + interface + " of host " + name_ +
                           " has no usable link-local address");
}

Inside::Inside(const Host& host) : before_(current_namespace()) {
  if (::setns(host.fd(), CLONE_NEWNET) != 0) fail("cannot enter host " + host.name());
}

Inside::~Inside() {
  enter_or_abort(before_);
}

}  // namespace lab
