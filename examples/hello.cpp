// Listens to a group, says hello to it, prints what it hears, and ends with the word "bye".
#include <iostream>
#include <multicast/multicast.hpp>

int main() try {
  multicast::listener listener;
  listener.add("239.1.2.3", 4242);
  listener.set_handler([](multicast::packet_view packet) {
    std::cout << packet.source() << ": " << packet.text() << std::endl;
    return packet.text() == "bye";
  });
  listener.open();
  multicast::send_to("239.1.2.3", 4242, "hello");
  multicast::send_to("239.1.2.3", 4242, "bye");
  multicast::loop();
} catch (const multicast::error& failure) {
  std::cerr << failure.what() << '\n';
  return 1;
}
