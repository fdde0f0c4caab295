#include "kernel_counts.h"

#include <sstream>
#include <string>

#include "files.h"

namespace bench {
namespace {

// The fourth number of the second line that begins with "Udp:": OutDatagrams.
uint64_t udp4_sent() {
  std::istringstream lines(lab::read_file("/proc/thread-self/net/snmp"));
  bool is_second = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("Udp:", 0) != 0) continue;
    if (!is_second) {
      is_second = true;
      continue;
    }
    std::istringstream words(line);
    std::string name;
    uint64_t received = 0, no_ports = 0, errors = 0, sent = 0;
    words >> name >> received >> no_ports >> errors >> sent;
    return sent;
  }
  return 0;
}

uint64_t udp6_sent() {
  std::istringstream words(lab::read_file("/proc/thread-self/net/snmp6"));
  std::string name;
  for (uint64_t value = 0; words >> name >> value;) {
    if (name == "Udp6OutDatagrams") return value;
  }
  return 0;
}

// The ninth number after "interface:": bytes sent.
uint64_t bytes_sent(const std::string& interface) {
  std::istringstream lines(lab::read_file("/proc/thread-self/net/dev"));
  for (std::string line; std::getline(lines, line);) {
    const size_t colon = line.find(interface + ":");
    if (colon == std::string::npos) continue;
    std::istringstream words(line.substr(colon + interface.size() + 1));
    uint64_t value = 0;
    for (int i = 0; i < 9; ++i) words >> value;
    return value;
  }
  return 0;
}

}  // namespace

KernelCounts count_packets(const Target& target) {
  return {target.family == AF_INET ? udp4_sent() : udp6_sent(), bytes_sent(target.interface)};
}

}  // namespace bench
