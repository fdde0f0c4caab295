// The second file of the C++ program: what the header defines must be inline.
#include <multicast/multicast.hpp>
#include <string_view>

void send(std::string_view text) {
  multicast::send_to("239.1.2.3", 4444, text, MC_TTL_HOST);
}
