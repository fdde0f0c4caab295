// Who is there? discover.c in C++; the two understand each other.
//
//   discover answer NAME [GROUP [PORT]]     answers every question with its name, until Ctrl-C
//   discover ask [GROUP [PORT]]             asks, and prints who answers within a second
#include <chrono>
#include <csignal>
#include <cstdint>
#include <exception>
#include <iostream>
#include <multicast/multicast.hpp>
#include <span>
#include <string>

namespace {

using namespace std::chrono_literals;

struct Destination {
  std::string group = MC_DEFAULT_GROUP;
  std::uint16_t port = MC_DEFAULT_PORT;

  explicit Destination(std::span<char*> words) {
    if (!words.empty()) group = words[0];
    if (words.size() > 1) port = static_cast<std::uint16_t>(std::stoul(words[1]));
  }
};

void ask(const Destination& where) {
  multicast::multicaster asker(where.group, where.port);
  asker.set_handler([](multicast::packet_view answer) {
    std::cout << answer.text() << " at " << answer.source() << std::endl;
  });
  if (!asker.send("who is there?")) std::cerr << "discover: no room to ask\n";
  const multicast::timer enough(1s, [] { multicast::default_poller().stop(); });
  multicast::loop();
}

void answer(const std::string& name, const Destination& where) {
  static const multicast::poller_ref poller = multicast::default_poller();
  std::signal(SIGINT, [](int) { poller.stop(); });
  std::signal(SIGTERM, [](int) { poller.stop(); });

  multicast::listener listener;
  listener.add(where.group, where.port);
  listener.set_filter(multicast::filter::regex("who is there"));
  listener.set_handler([&name](multicast::packet_view question) {
    if (!reply(question, name)) std::cerr << "discover: no room to answer\n";
  });
  listener.open();
  std::cerr << name << " answers" << std::endl;
  multicast::loop();
}

}  // namespace

int main(int argc, char** argv) try {
  const std::span words(argv, static_cast<std::size_t>(argc));
  const std::string what = argc > 1 ? argv[1] : "";
  if (what == "answer" && argc > 2) {
    answer(argv[2], Destination(words.subspan(3)));
  } else if (what == "ask") {
    ask(Destination(words.subspan(2)));
  } else {
    std::cerr << "usage: discover answer NAME [GROUP [PORT]] | discover ask [GROUP [PORT]]\n";
    return 2;
  }
  return 0;
} catch (const std::exception& failure) {
  std::cerr << "discover: " << failure.what() << '\n';
  return 1;
}
