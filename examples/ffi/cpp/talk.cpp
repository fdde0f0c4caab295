// Hears a group, or speaks to it. docs/languages.md has the same program in other languages.
//
//   talk listen GROUP PORT EXPRESSION [COUNT]   prints what matches, until COUNT packets or Ctrl-C
//   talk send GROUP PORT TEXT...                each text as one packet
#include <charconv>
#include <csignal>
#include <cstdint>
#include <exception>
#include <iostream>
#include <limits>
#include <multicast/multicast.hpp>
#include <optional>
#include <span>
#include <string_view>

namespace {

void listen(const char* group, std::uint16_t port, std::string_view expression,
            std::uint64_t count) {
  static const multicast::poller_ref poller = multicast::default_poller();
  multicast::listener listener;
  listener.add(group, port);
  listener.set_filter(multicast::filter::regex(expression));
  listener.set_limit(count);
  listener.set_handler([](multicast::packet_view packet) {
    std::cout << packet.source() << ": " << packet.text() << std::endl;
  });
  listener.open();
  std::signal(SIGINT, [](int) { poller.stop(); });
  std::signal(SIGTERM, [](int) { poller.stop(); });
  std::cerr << "listening\n";
  multicast::loop();

  const mc_stats stats = listener.stats();
  std::cerr << stats.arrived << " arrived, " << stats.delivered << " delivered, " << stats.filtered
            << " filtered, " << stats.lost << " lost\n";
}

// The number that a text is.
template <typename Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.begin(), text.end(), value);
  if (error != std::errc() || end != text.end()) return std::nullopt;
  return value;
}

int usage() {
  std::cerr << "usage: talk listen GROUP PORT EXPRESSION [COUNT] | talk send GROUP PORT TEXT...\n";
  return 2;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 5) return usage();
  const std::string_view verb = argv[1];
  const auto port = number<std::uint16_t>(argv[3]);
  if (!port) return usage();
  if (multicast::version_number() < MC_VERSION_NUMBER) {
    std::cerr << "talk: libmulticast " << multicast::version() << " is older than this program\n";
    return 1;
  }
  if (verb == "send") {
    for (const char* text : std::span(argv + 4, argv + argc)) {
      multicast::send_to(argv[2], *port, text, MC_TTL_SUBNET);
    }
    return 0;
  }
  const auto count = argc == 6 ? number<std::uint64_t>(argv[5]) : 0;
  if (verb != "listen" || argc > 6 || !count) return usage();
  listen(argv[2], *port, argv[4], *count);
  return 0;
} catch (const std::exception& failure) {
  std::cerr << "talk: " << failure.what() << '\n';
  return 1;
}
