// Internal header: what comes back to a multicaster.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/status.h"
#include "core/channel.h"
#include "core/socket_log.h"
#include "core/subscriber.h"
#include "io/datagrams.h"
#include "io/transmitter.h"
#include "net/batch.h"

namespace mc {

class Multicaster;

// Reads the datagrams that were sent to a multicaster's source port, and gives them to its handler.
class Answers final : public Subscriber, public Mortal {
 public:
  // `transmitter` is the multicaster's; `name` is what the log calls the answers.
  Answers(Multicaster& multicaster, io::Transmitter& transmitter, std::string name);

  // There will be a handler: from now on answers are expected; those of before are dropped.
  Status begin();
  // There is none any more.
  void pause() noexcept;

  void set_handler(std::unique_ptr<PacketHandler> handler, Graveyard& graveyard) noexcept {
    exchange(std::move(handler), graveyard);
  }
  void set_filter(filter::FilterRef filter, Graveyard& graveyard) {
    exchange(std::move(filter), graveyard);
  }
  using Subscriber::has_handler;

  // The multicaster's socket is about to be replaced; it has been.
  void leave_socket() noexcept { lost(); }
  void take_socket() noexcept;
  // Reads until the socket is empty or a turn's worth is done.
  void read_turn(net::ReceiveBatch& batch);
  void close() noexcept {
    lost();
    is_expecting_ = false;
    ++generation_;
  }

  uint64_t lost() noexcept;
  uint32_t granted_receive_buffer() const noexcept;

 private:
  void finish() noexcept override;

  Multicaster& multicaster_;
  io::Transmitter& transmitter_;
  net::Address here_;  // where answers are sent to
  SocketLog log_;
  uint64_t failures_ = 0;
  uint64_t lost_ = 0;
  uint32_t last_drops_ = 0;
  bool is_expecting_ = false;
};

// The answer that this thread's innermost handler of answers looks at, and whose it is; null
// outside.
struct PresentAnswer {
  const net::Packet* packet = nullptr;
  Multicaster* multicaster = nullptr;
};
const PresentAnswer& present_answer() noexcept;

}  // namespace mc
