// A user's program in C++: what main.c does, by multicast.hpp, which two of its files include.
#include <chrono>
#include <cstdio>
#include <multicast/multicast.hpp>
#include <string_view>

void send(std::string_view text);  // other.cpp

int main() {
  try {
    bool heard = false;
    multicast::listener listener;
    listener.set_filter(multicast::filter::regex("h[a-z]+"));
    listener.set_handler([&heard](multicast::packet_view packet) {
      heard = packet.text() == "hello";
      return true;  // Enough.
    });
    listener.add("239.1.2.3", 4444);
    listener.open();
    send("noise?");
    send("hello");
    for (int turns = 0; turns < 10 && listener.is_open(); ++turns) {
      multicast::poll(std::chrono::seconds(1));
    }
    std::printf("%s, %s\n", heard ? "heard hello" : "heard nothing", mc_version());
    return heard ? 0 : 1;
  } catch (const multicast::error& error) {
    std::printf("%s\n", error.what());
    return 1;
  }
}
