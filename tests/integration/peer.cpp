#include "peer.h"

#include <array>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace peer {

int check(int result) {
  if (result < 0) {
    throw std::runtime_error(std::string(mc_error_name(result)) + ": " + mc_last_error());
  }
  return result;
}

Poller::Poller() {
  mc_poller* made = nullptr;
  check(mc_poller_new(&made));
  handle_.reset(made);
  // Once opened, it watches the links, on descriptors of its own that it keeps.
  mc_listener* first = nullptr;
  check(mc_listener_new(&first, made));
  const std::unique_ptr<mc_listener, Free<mc_listener, mc_listener_free>> closing(first);
  check(mc_listener_add(first, "239.90.255.1%lo", 1));
  check(mc_listener_open(first));
}

mc_stats Poller::stats() const {
  mc_stats stats{};
  check(mc_poller_stats(get(), &stats, sizeof stats));
  return stats;
}

void Poller::drain() const {
  while (check(mc_poller_poll(get(), 0)) > 0) {
  }
}

bool Poller::serve_until(const std::function<bool()>& predicate, lab::Deadline deadline) const {
  while (!predicate()) {
    const int left = lab::milliseconds_left(deadline);
    if (left == 0) return false;
    check(mc_poller_poll(get(), left / 1000.0));
  }
  return true;
}

Listener::Listener(const Poller& poller, const std::vector<std::string>& groups) {
  mc_listener* made = nullptr;
  check(mc_listener_new(&made, poller.get()));
  handle_.reset(made);
  check(mc_listener_set_handler(get(), handle, this, nullptr));
  for (const std::string& group : groups) check(mc_listener_add(get(), group.c_str(), raw::kPort));
}

void Listener::filter(const std::string& expression) const {
  mc_filter* made = nullptr;
  check(mc_filter_regex(&made, expression.data(), expression.size()));
  const std::unique_ptr<mc_filter, Free<mc_filter, mc_filter_free>> filter(made);
  check(mc_listener_set_filter(get(), made));
}

mc_stats Listener::stats() const {
  mc_stats stats{};
  check(mc_listener_stats(get(), &stats, sizeof stats));
  return stats;
}

std::vector<std::string> Listener::texts() const {
  std::vector<std::string> texts;
  for (const Packet& each : packets) texts.push_back(each.data);
  return texts;
}

std::vector<std::string> Listener::take_texts() {
  std::vector<std::string> taken = texts();
  packets.clear();
  return taken;
}

int Listener::handle(const mc_packet* packet, void* user) {
  auto& self = *static_cast<Listener*>(user);
  if (self.on_packet) return self.on_packet(*packet);
  self.packets.push_back({std::string(reinterpret_cast<const char*>(packet->data), packet->size),
                          packet->wire_size, packet->flags});
  return 0;
}

size_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<size_t>(std::distance(begin(all), end(all)));
}

std::string numbered(size_t n, size_t size) {
  std::array<char, 24> digits;
  std::snprintf(digits.data(), digits.size(), "%08zu", n);
  std::string text = digits.data();
  text.resize(size, '.');
  return text;
}

std::vector<std::string> numbered_run(size_t first, size_t count) {
  std::vector<std::string> run;
  for (size_t i = 0; i < count; ++i) run.push_back(numbered(first + i));
  return run;
}

Links::Links() : on_receiver_(receiver_) {
  std::string lines;
  for (unsigned link = 0; link < 2; ++link) {
    const std::string second = "10." + std::to_string(link + 1) + ".0.3/24";
    lines += "address replace " + second + " dev " + interface(link) + "\n";
    lines += "address replace " + lab::ipv6_of(second) + " dev " + interface(link) + " nodad\n";
  }
  sender_.ip(lines);
}

std::string Links::source(unsigned number, unsigned link) const {
  return unicast(link + 1, 1 + 2 * number);
}

std::string Links::group_text(unsigned n) const {
  std::array<char, 32> text;
  if (ipv4()) {
    std::snprintf(text.data(), text.size(), "239.1.%u.%u", n >> 8, n & 0xff);
  } else {
    std::snprintf(text.data(), text.size(), "ff15::1:%x", n);
  }
  return text.data();
}

lab::Fd Links::join_for_host(unsigned n, unsigned link) const {
  lab::Fd fd = raw::udp(GetParam());
  if (raw::join(fd, to(n), there(interface(link))) != 0) lab::fail("join");
  return fd;
}

KernelLists Links::kernel_lists(unsigned n) const {
  // The kernel shows an interface only if the group that was joined last there has sources.
  const lab::Fd sentinel = raw::udp(GetParam());
  raw::join_source(sentinel, to(99), raw::address(unicast(9, 9)), there("eth0"));
  std::istringstream lines(lab::read_file(ipv4() ? "/proc/thread-self/net/mcfilter"
                                                 : "/proc/thread-self/net/mcfilter6"));
  KernelLists lists;
  std::string line;
  std::getline(lines, line);  // The heading.
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string index, device, group, source;
    unsigned included = 0, excluded = 0;
    words >> index >> device >> group >> source >> included >> excluded;
    if (device == "eth0" && group == hex(group_text(n))) lists[source] = {included, excluded};
  }
  return lists;
}

std::string Links::hex(const std::string& text) const {
  const raw::Address address = raw::address(text);
  std::string digits = ipv4() ? "0x" : "";
  const auto* bytes = ipv4()
                          ? reinterpret_cast<const uint8_t*>(
                                &reinterpret_cast<const sockaddr_in&>(address.storage).sin_addr)
                          : reinterpret_cast<const uint8_t*>(
                                &reinterpret_cast<const sockaddr_in6&>(address.storage).sin6_addr);
  for (int i = 0; i < (ipv4() ? 4 : 16); ++i) {
    std::array<char, 3> two;
    std::snprintf(two.data(), two.size(), "%02x", bytes[i]);
    digits += two.data();
  }
  return digits;
}

}  // namespace peer
