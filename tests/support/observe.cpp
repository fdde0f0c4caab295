#include "observe.h"

#include <map>
#include <sstream>
#include <stdexcept>
#include <string>

namespace lab {
namespace {

using Table = std::map<std::string, uint64_t>;

// /proc/net/snmp: pairs of lines, names and values, both beginning with the protocol.
Table read_snmp() {
  Table table;
  std::istringstream lines(read_file("/proc/thread-self/net/snmp"));
  for (std::string names, values; std::getline(lines, names) && std::getline(lines, values);) {
    std::istringstream name_words(names);
    std::istringstream value_words(values);
    std::string protocol, name, value;
    name_words >> protocol;
    value_words >> value;
    while (name_words >> name && value_words >> value) {
      table[protocol + name] = std::stoull(value.front() == '-' ? "0" : value);
    }
  }
  return table;
}

// /proc/net/snmp6: one name and value a line.
void read_snmp6(Table& table) {
  std::istringstream words(read_file("/proc/thread-self/net/snmp6"));
  std::string name;
  for (uint64_t value = 0; words >> name >> value;) table[name] = value;
}

uint64_t read_interface_drops() {
  std::istringstream lines(read_file("/proc/thread-self/net/dev"));
  uint64_t sum = 0;
  for (std::string line; std::getline(lines, line);) {
    const size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    std::istringstream columns(line.substr(colon + 1));
    uint64_t bytes = 0, packets = 0, errors = 0, drops = 0;
    if (columns >> bytes >> packets >> errors >> drops) sum += drops;
  }
  return sum;
}

UdpCounters udp_counters(Table& table, const std::string& prefix) {
  return {table[prefix + "InDatagrams"], table[prefix + "NoPorts"], table[prefix + "InErrors"],
          table[prefix + "RcvbufErrors"], table[prefix + "InCsumErrors"]};
}

}  // namespace

bool drop_one_in(const Host& host, unsigned n) {
  stop_dropping(host);
  try {
    host.run({"nft", "-f", "-"},
             "table inet lab_loss { chain input { type filter hook input priority 0;\n"
             "meta l4proto udp numgen inc mod " +
                 std::to_string(n) + " == " + std::to_string(n - 1) + " counter drop\n}\n}\n");
  } catch (const std::runtime_error&) {
    return false;
  }
  return true;
}

void stop_dropping(const Host& host) {
  try {
    host.run("nft delete table inet lab_loss");
  } catch (const std::runtime_error&) {
    // There was none.
  }
}

uint64_t dropped_on_purpose(const Host& host) {
  std::istringstream words(host.run("nft list table inet lab_loss"));
  std::string word;
  uint64_t packets = 0;
  while (words >> word) {
    if (word == "packets" && words >> packets) return packets;
  }
  return 0;
}

uint64_t Counters::losses() const {
  return ipv4.in_errors + ipv4.receive_buffer_errors + ipv4.checksum_errors + ipv6.in_errors +
         ipv6.receive_buffer_errors + ipv6.checksum_errors + ipv4_in_discards + ipv6_in_discards +
         interface_drops;
}

Counters counters(const Host& host) {
  const Inside scope(host);
  Table table = read_snmp();
  read_snmp6(table);
  Counters result;
  result.ipv4 = udp_counters(table, "Udp:");
  result.ipv6 = udp_counters(table, "Udp6");
  result.ipv4_in_discards = table["Ip:InDiscards"];
  result.ipv6_in_discards = table["Ip6InDiscards"];
  result.interface_drops = read_interface_drops();
  return result;
}

}  // namespace lab
