// Looking a packet up among many filters against asking each; making the set.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "../markdown.h"
#include "filter/index.h"
#include "filter/keys.h"
#include "tools.h"

namespace bench {
namespace {

using mc::filter::Index;
using mc::net::Packet;

// ---- What is looked for, and in what --------------------------------------------------------------

struct Kind {
  const char* name;
  std::function<FilterRef(size_t number)> filter;
  // A packet's text that the filter of this number matches, and one alike that none does.
  std::function<std::string(size_t number)> matching;
  std::function<std::string()> other;
};

std::string padded(const char* format, size_t number) {
  char buffer[128];
  std::snprintf(buffer, sizeof buffer, format, static_cast<unsigned>(number));
  return buffer;
}

// Five kinds of messages, each expression with a number of its own.
std::string mixed_pattern(size_t number) {
  static const char* const kForms[] = {
      "\\$GP(GGA|RMC),%05u,\\d+", "(NOTIFY|M-SEARCH) \\* HTTP/1.1 %05u",
      "8=FIX\\.4\\.[24]\\x019=\\d+\\x0135=[D8]\\x01%05u\\x01",
      "\\{\"type\":\"\\w+\",\"symbol\":\"S%05u\"", "<\\d{1,3}>1 \\S+ host%05u "};
  return padded(kForms[number % std::size(kForms)], number);
}

std::string mixed_text(size_t number) {
  static const char* const kForms[] = {
      "$GPGGA,%05u,123519,", "NOTIFY * HTTP/1.1 %05u", "8=FIX.4.2\0019=176\00135=D\001%05u\001",
      "{\"type\":\"trade\",\"symbol\":\"S%05u\"", "<34>1 2026-11-26T10:00:00 host%05u "};
  return padded(kForms[number % std::size(kForms)], number);
}

std::vector<Kind> kinds() {
  return {
      {"expressions", [](size_t i) { return made(mc::filter::regex(mixed_pattern(i))); },
       mixed_text, [] { return mixed_text(99999); }},
      {"expressions that scan",
       [](size_t i) { return made(mc::filter::regex(padded(".*\"symbol\":\"S%05u\"", i))); },
       [](size_t i) { return padded("{\"type\":\"trade\",\"symbol\":\"S%05u\",", i); },
       [] { return std::string("{\"type\":\"trade\",\"symbol\":\"X\","); }},
      {"prefixes", [](size_t i) { return made(mc::filter::prefix(padded("SYM%05u", i))); },
       [](size_t i) { return padded("SYM%05u,", i); }, [] { return std::string("SYMBOL"); }},
      {"source networks",
       [](size_t i) {
         return made(
             mc::filter::source_network(padded("10.%u.", i / 256) + padded("%u.0/24", i % 256)));
       },
       [](size_t i) { return padded("%u", i); }, [] { return std::string("99999"); }},
  };
}

// The text, filled up to the size with what no expression knows.
struct Datagram {
  Datagram(const std::string& begin, size_t size) : bytes(begin) {
    bytes.resize(std::max(size, bytes.size()), '.');
    packet.data = reinterpret_cast<const uint8_t*>(bytes.data());
    packet.size = packet.wire_size = bytes.size();
    const auto number = static_cast<unsigned>(std::strtoul(begin.c_str(), nullptr, 10));
    packet.source.family = mc::net::Family::kIpv4;
    packet.source.bytes = {10, static_cast<uint8_t>(number / 256), static_cast<uint8_t>(number), 1};
    if (number == 99999) packet.source.bytes[0] = 172;
  }
  Datagram(const Datagram&) = delete;
  Datagram& operator=(const Datagram&) = delete;
  std::string bytes;
  Packet packet;
};

// ---- Measuring ------------------------------------------------------------------------------------

struct Filled {
  std::vector<FilterRef> filters;
  Index index;
  double build_ns = 0;
  double first_ns = 0;  // the first packet after that
};

void fill(Filled& filled, const Kind& kind, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    filled.filters.push_back(kind.filter(i));
    filled.index.add(static_cast<Index::Id>(i), *mc::filter::keys_of(*filled.filters.back()));
  }
  {
    const Stopwatch watch;
    filled.index.build();
    filled.build_ns = static_cast<double>(watch.read().cpu_ns);
  }
  const Datagram datagram(kind.matching(count / 2), 256);
  std::vector<Index::Candidate> found;
  const Stopwatch watch;
  filled.index.find(datagram.packet, found);
  filled.first_ns = static_cast<double>(watch.read().cpu_ns);
}

// How many match, by one way and the other: they must agree.
size_t look_up(Filled& filled, const Packet& packet, std::vector<Index::Candidate>& found) {
  found.clear();
  filled.index.find(packet, found);
  size_t matching = 0;
  for (const Index::Candidate& each : found)
    matching += each.is_exact || filled.filters[each.id]->matches(packet) ? 1 : 0;
  return matching;
}

size_t ask_each(const Filled& filled, const Packet& packet) {
  size_t matching = 0;
  for (const FilterRef& each : filled.filters) matching += each->matches(packet) ? 1 : 0;
  return matching;
}

}  // namespace

std::string measure_many(bool is_quick) {
  std::vector<Line> table = {{"filters of listeners on one channel", "how many", "packet",
                              "matches", "looked up", "each asked", "ratio"}};
  std::vector<Line> building = {
      {"filters", "how many", "made into a set in", "first packet after"}};
  const std::vector<size_t> counts =
      is_quick ? std::vector<size_t>{10, 1000} : std::vector<size_t>{1, 10, 100, 1000, 10000};
  for (const Kind& kind : kinds()) {
    for (const size_t count : counts) {
      Filled filled;
      fill(filled, kind, count);
      if (filled.index.expressions() > 0)
        building.push_back({kind.name, std::to_string(count), nanoseconds(filled.build_ns),
                            nanoseconds(filled.first_ns)});
      for (const size_t size : {size_t{64}, size_t{256}, size_t{1400}}) {
        for (const bool matches : {true, false}) {
          const Datagram datagram(matches ? kind.matching(count / 2) : kind.other(), size);
          std::vector<Index::Candidate> found;
          const size_t expected = matches ? 1 : 0;
          if (look_up(filled, datagram.packet, found) != expected ||
              ask_each(filled, datagram.packet) != expected)
            throw std::runtime_error(std::string(kind.name) + ": wrong matches");
          const double looked_up =
              cost_of([&] { look_up(filled, datagram.packet, found); }, is_quick);
          const double asked = cost_of([&] { ask_each(filled, datagram.packet); }, is_quick);
          table.push_back({kind.name, std::to_string(count), std::to_string(size),
                           std::to_string(expected), nanoseconds(looked_up), nanoseconds(asked),
                           text("%.4f", looked_up / asked)});
        }
      }
    }
  }
  return "### Many filters on one channel\n\n" + markdown_table(table) +
         "\nFinding those that match one packet, delivery apart.\n\n### Making the set\n\n" +
         markdown_table(building) +
         "\nAt the end of a turn, when enough changed: the pause that other packets see.\n";
}

}  // namespace bench
