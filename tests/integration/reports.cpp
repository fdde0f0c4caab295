#include "reports.h"

#include <linux/if_packet.h>
#include <net/ethernet.h>

#include <cstdint>
#include <sstream>
#include <stdexcept>

namespace peer {
namespace {

// The formats of the file (pcap-savefile(5)), in this machine's order of bytes.
struct FileHeader {
  uint32_t magic = 0xa1b2c3d4;
  uint16_t major = 2;
  uint16_t minor = 4;
  uint32_t reserved[2] = {};
  uint32_t longest = 65535;
  uint32_t type = 101;  // Packets begin with their IP header.
};

struct PacketHeader {
  uint32_t seconds = 0;
  uint32_t microseconds = 0;
  uint32_t captured;
  uint32_t size;
};

template <typename T>
std::string bytes_of(const T& header) {
  return {reinterpret_cast<const char*>(&header), sizeof header};
}

lab::Fd packets_at(const lab::Host& host, uint16_t protocol) {
  const lab::Inside scope(host);
  lab::Fd fd{::socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  sockaddr_ll at{};
  at.sll_family = AF_PACKET;
  at.sll_protocol = htons(protocol);
  at.sll_ifindex = static_cast<int>(host.index_of("eth0"));
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0) {
    lab::fail("bind a packet socket");
  }
  return fd;
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

// The fields of a line, of which each is there twice, for either family, and one of them empty.
std::vector<Record> records_of(const std::string& line) {
  const std::vector<std::string> fields = split(line, '\t');
  const auto field = [&](size_t n) { return split(fields.at(2 * n) + fields.at(2 * n + 1), ','); };
  std::vector<Record> records;
  const auto types = field(0), groups = field(1), counts = field(2), sources = field(3);
  auto source = sources.begin();
  for (size_t i = 0; i < types.size(); ++i) {
    const auto last = source + std::stol(counts.at(i));
    records.push_back({static_cast<unsigned>(std::stoul(types[i])), groups.at(i), {source, last}});
    source = last;
  }
  if (source != sources.end())
    throw std::runtime_error("tshark tells sources of no group: " + line);
  return records;
}

std::vector<std::string> command() {
  std::vector<std::string> words{"tshark", "-n", "-l", "-r", "-", "-T", "fields"};
  for (const char* each :
       {"igmp.record_type", "icmpv6.mldr.mar.record_type", "igmp.maddr",
        "icmpv6.mldr.mar.multicast_address", "igmp.num_src", "icmpv6.mldr.mar.nb_sources",
        "igmp.saddr", "icmpv6.mldr.mar.source_address", "frame.number"}) {
    words.insert(words.end(), {"-e", each});
  }
  return words;
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Asked& asked) {
  out << (asked.is_except ? "all except" : "only");
  for (const std::string& each : asked.sources) out << " " << each;
  return out;
}

std::ostream& operator<<(std::ostream& out, const Record& record) {
  out << "record " << record.type << " of " << record.group << ":";
  for (const std::string& each : record.sources) out << " " << each;
  return out;
}

void Record::change(Asked& asked) const {
  const auto list = [&](bool on) {
    for (const std::string& each : sources) {
      on ? static_cast<void>(asked.sources.insert(each))
         : static_cast<void>(asked.sources.erase(each));
    }
  };
  switch (type) {
    case 1:  // MODE_IS_INCLUDE, CHANGE_TO_INCLUDE_MODE
    case 3:
      asked = {false, sources};
      return;
    case 2:  // the same of EXCLUDE
    case 4:
      asked = {true, sources};
      return;
    case 5:  // ALLOW_NEW_SOURCES
      return list(!asked.is_except);
    case 6:  // BLOCK_OLD_SOURCES
      return list(asked.is_except);
    default:
      throw std::runtime_error("an unknown type of group record: " + std::to_string(type));
  }
}

Reports::Reports(const lab::Host& host)
    : ipv4_(packets_at(host, ETH_P_IP)),
      ipv6_(packets_at(host, ETH_P_IPV6)),
      tshark_(
          lab::Process::spawn(command(), {nullptr, true, {"WIRESHARK_CONFIG_DIR=/nonexistent"}})) {
  tshark_.write_input(bytes_of(FileHeader()));
}

std::vector<Record> Reports::next(int family, lab::Deadline deadline) {
  const lab::Fd& fd = family == AF_INET ? ipv4_ : ipv6_;
  while (lab::wait_readable(fd.get(), deadline)) {
    const auto packet = raw::receive(fd, 65536, false);
    if (!packet) continue;
    const auto size = static_cast<uint32_t>(packet->data.size());
    tshark_.write_input(bytes_of(PacketHeader{.captured = size, .size = size}) + packet->data);
    const std::string end = "\t" + std::to_string(++packets_) + "\n";
    const size_t before = tshark_.output().size();
    if (!tshark_.wait_for_output(end, in(10s))) {
      throw std::runtime_error("tshark does not read a packet: " + tshark_.errors());
    }
    std::string line = tshark_.output().substr(before);
    line.pop_back();
    std::vector<Record> records = records_of(line);
    if (!records.empty()) return records;
  }
  throw std::runtime_error("no report comes any more");
}

}  // namespace peer
