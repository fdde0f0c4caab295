// The event loops that people use today, in this process: made only where they were installed when
// the benchmark was built (rivals/missing.h).
#pragma once

#include <memory>

#include "candidates/echo.h"
#include "candidates/receiver.h"
#include "candidates/sender.h"

namespace bench {

/// libuv: UV_UDP_RECVMMSG, uv_udp_try_send.
std::unique_ptr<Receiver> make_uv_receiver(const Target& target, Tallies& tallies);
std::unique_ptr<Sender> make_uv_sender(const Target& target);
std::unique_ptr<Echo> make_uv_echo(const Target& target, Side side, Hearer& hearer);

/// asio: async_receive_from, send_to.
std::unique_ptr<Receiver> make_asio_receiver(const Target& target, Tallies& tallies);
std::unique_ptr<Sender> make_asio_sender(const Target& target);
std::unique_ptr<Echo> make_asio_echo(const Target& target, Side side, Hearer& hearer);

}  // namespace bench
