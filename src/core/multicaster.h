// Internal header: what a user sends with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/status.h"
#include "core/answers.h"
#include "core/event.h"
#include "core/outflow.h"
#include "core/poller.h"
#include "core/resident.h"
#include "core/sent.h"
#include "io/transmitter.h"
#include "net/group.h"

namespace mc {

struct SendCounts {
  uint64_t sent = 0;  // datagrams that the kernel took
  uint64_t sent_bytes = 0;
  uint64_t send_failed = 0;  // datagrams that it refused for good, or that closing discarded
  uint64_t send_again = 0;   // times that it had no room for now
  uint64_t trains = 0;       // of several datagrams each, that the kernel took
};

// Sends to one group: directly, or by and by. What comes back to its port it gives to a handler. Open
// from birth until closed, and follows its interface (core/following.h) on the same socket: its port
// stays. A pending one was made before its interface, or the address to send from, was there: its
// socket is of no interface and sends nothing to the group until then. Every method is allowed inside
// any callback. Lives on a poller, whose end closes it.
class Multicaster final : public Resident, private io::Watcher {
 public:
  enum class WhenMissing { kFail, kWait };  // what is to be sent by
  static Result<std::unique_ptr<Multicaster>> create(Poller& poller, const char* group,
                                                     uint16_t port, int ttl,
                                                     WhenMissing when_missing = WhenMissing::kFail);
  ~Multicaster() override { Multicaster::close(); }

  // In order, at once; keeps none. Where sends are batched, accepts them: as many as there is room for.
  Sent send(std::span<const net::Buffer> packets);

  // One, to one host of the group's family, from the same port; to a link-local address out of the
  // interface (0: the multicaster's own).
  Status send_to(const net::Address& to, net::Buffer packet, uint32_t interface_index = 0);
  int fd() const noexcept { return transmitter_.fd(); }

  // Pulls from `source` (null: from none) from the poller's next turn on.
  Status set_source(std::unique_ptr<PacketSource> source);
  Status resume();  // after the source paused
  void set_error_handler(std::unique_ptr<SendErrorHandler> handler);
  // Whether what is sent waits for the end of the poller's turn, to leave in trains; or for flush():
  // how many packets then still wait.
  Status set_batching(bool on);
  Result<size_t> flush();
  // At most `bytes_per_second` (0: as fast as may be) of what waits, and `burst` bytes together.
  Status set_pace(uint64_t bytes_per_second, uint64_t burst);
  Status set_ttl(int ttl);
  Status set_loopback(bool on);
  Status set_train_limit(size_t datagrams);
  Status set_dscp(int dscp);
  Status set_source_port(io::SourcePort port);
  Status set_source_address(const char* text);  // null: the interface's
  const net::Address& source() const noexcept { return transmitter_.source(); }

  // Who is told when its interface goes and comes; null: nobody (but the log).
  Status set_event_handler(std::unique_ptr<EventHandler> handler);
  void follow(net::Lookup& lookup, const net::LinkChanges& changes) override;

  // Who takes what comes back to that port (null: nobody), and which of it.
  Status set_handler(std::unique_ptr<PacketHandler> handler);
  Status set_filter(filter::FilterRef filter);
  Answers* answers() const noexcept { return answers_.get(); }  // null before the first handler
  bool is_answered() const noexcept { return answers_ && answers_->has_handler(); }

  void close() noexcept override;
  bool is_open() const noexcept { return is_open_; }
  Status check_open() const {
    if (is_open_) [[likely]]
      return {};
    return why_closed();
  }
  const SendCounts& counts() const noexcept { return counts_; }
  uint64_t trains_refused() const noexcept { return transmitter_.train_limit().refusals(); }
  size_t waiting() const noexcept { return outflow_ ? outflow_->waiting() : 0; }

  // For its outflow.
  Poller& poller() const noexcept { return *poller_; }
  // Hands packets to the kernel and counts what it took.
  net::SendOutcome transmit(std::span<const net::Buffer> packets) noexcept;
  // Whether to be told when there is room in the socket.
  Status watch_room(bool on);
  void count_again() noexcept { ++counts_.send_again; }
  void count_failed(uint64_t datagrams) noexcept { counts_.send_failed += datagrams; }
  Status refusal(int error_number, size_t size, std::string_view advice = {}) const noexcept;
  bool has_interface() const noexcept { return has_interface_; }
  // Whether something waits for it to come back: the poller is not done then.
  void await_interface(bool on) noexcept;

 private:
  Multicaster(Poller& poller, net::GroupText text, net::Endpoint endpoint,
              io::Transmitter transmitter, int ttl) noexcept;
  void ready(uint32_t events) override;

  net::SendOutcome transmit_after(net::SendOutcome refused,
                                  std::span<const net::Buffer> packets) noexcept;
  Status why_closed() const;
  void announce(EventKind kind);
  void complain(const Status& refusal) noexcept;
  void count_refusal(int error) noexcept;
  Status begin_change();
  Status send_from(net::Endpoint changed);
  Status take_over(io::Transmitter fresh);
  Status check_host(const net::Address& to) const;
  Answers& ensure_answers();
  Outflow& ensure_outflow();
  Status watch_for(uint32_t interest);
  void unwatch(uint32_t interest) noexcept;

  net::GroupText text_;
  net::Endpoint endpoint_;
  io::Transmitter transmitter_;
  std::unique_ptr<Outflow> outflow_;  // made when something is first to be sent by and by
  std::unique_ptr<Answers> answers_;  // made with the first handler or filter of them
  SendCounts counts_;
  int ttl_;
  int dscp_ = 0;
  bool is_looped_back_ = true;
  io::SourcePort source_port_;
  bool is_open_ = true;
  uint64_t followed_look_ = 0;  // what the links told until then, it knows
  bool is_followed_ = false;    // the links tell it of changes
  bool has_interface_ = true;   // endpoint_'s is there
  bool has_complained_ = false;
  bool is_pending_ = false;  // and has never been; the socket has not endpoint_'s source either
  bool awaits_interface_ = false;
  uint64_t ways_ = 0;  // how often it took another
  std::unique_ptr<Events> events_;
  uint32_t watched_ = 0;  // kWritable, kReadable; not 0: counts as the poller's work
};

}  // namespace mc
