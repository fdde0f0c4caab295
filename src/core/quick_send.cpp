#include "core/quick_send.h"

#include <algorithm>
#include <cerrno>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/fork.h"
#include "base/per_thread.h"
#include "base/text.h"
#include "io/transmitter.h"
#include "net/group.h"
#include "net/lookup.h"

namespace mc {
namespace {

constexpr size_t kKept = 16;
constexpr int64_t kFreshNs = 1'000'000'000;

// Errors that a newly made sender may not have: its interface went away, and perhaps came back.
bool is_stale(int error) {
  return io::is_of_gone_interface(error) || error == EINVAL;
}

void sleep_out(int64_t ns) noexcept {
  const int64_t until = monotonic_ns() + ns;
  while (!sleep_until(until)) {
  }
}

// Failures to look anything up that say nothing about the sender at hand.
bool is_shortage(int code) {
  return code == -EMFILE || code == -ENFILE || code == -ENOBUFS || code == -ENOMEM;
}

struct Sender {
  std::string group;  // as the caller wrote it
  uint16_t port;
  int ttl;
  net::GroupText text;
  net::Endpoint endpoint;
  io::Transmitter transmitter;
  int64_t resolved_ns;
  uint64_t last_use;

  bool is_for(std::string_view wanted_group, uint16_t wanted_port, int wanted_ttl) const noexcept {
    return port == wanted_port && ttl == wanted_ttl && group == wanted_group;
  }
};

// The thread's senders; of too many, the one least recently used goes.
class Senders {
 public:
  Senders() = default;
  Senders(const Senders&) = delete;
  Senders& operator=(const Senders&) = delete;

  Sent send(std::span<const net::Buffer> packets, const char* group, uint16_t port, int ttl,
            bool is_renewed = false);

 private:
  [[gnu::noinline]] Sent send_on(std::span<const net::Buffer> packets, Sender& sender,
                                 net::SendOutcome outcome, bool is_renewed);
  Result<Sender*> find(std::string_view group, uint16_t port, int ttl);
  void forget(const Sender& sender) {
    senders_.erase(senders_.begin() + (&sender - senders_.data()));
  }
  static Result<Sender> open(std::string_view group, uint16_t port, int ttl);
  static bool is_current(Sender& sender);

  std::vector<Sender> senders_;
  net::SendBatch batch_;
  uint64_t uses_ = 0;
  Birthplace birthplace_;
};

Result<Sender> Senders::open(std::string_view group, uint16_t port, int ttl) {
  std::string written(group);
  Result<net::GroupText> text = net::parse_group(written.c_str(), port);
  if (!text.ok()) return std::move(text).status();
  const std::string wanted = cat("cannot send to ", text->group.text_with_port());
  Result<net::Endpoint> endpoint = net::resolve(*text);
  if (!endpoint.ok()) return std::move(endpoint).status().in_context(wanted);
  Result<io::Transmitter> transmitter =
      io::Transmitter::open(*endpoint, ttl, io::Transmitter::Mode::kWaitWhenFull);
  if (!transmitter.ok()) return std::move(transmitter).status().in_context(wanted);
  return Sender{std::move(written),
                port,
                ttl,
                std::move(*text),
                std::move(*endpoint),
                std::move(*transmitter),
                coarse_monotonic_ns(),
                0};
}

// Whether the interface is still the one that a new sender would take.
bool Senders::is_current(Sender& sender) {
  const int64_t now = coarse_monotonic_ns();
  if (now - sender.resolved_ns < kFreshNs) return true;
  const Result<net::Endpoint> endpoint = net::resolve(sender.text);
  if (!endpoint.ok()) return is_shortage(endpoint.status().code());
  if (endpoint->interface_index != sender.endpoint.interface_index) return false;
  sender.resolved_ns = now;
  return true;
}

Result<Sender*> Senders::find(std::string_view group, uint16_t port, int ttl) {
  auto found = std::find_if(senders_.begin(), senders_.end(),
                            [&](const Sender& each) { return each.is_for(group, port, ttl); });
  if (found == senders_.end() || !is_current(*found)) {
    Result<Sender> opened = open(group, port, ttl);
    if (found != senders_.end()) found = senders_.erase(found);
    if (!opened.ok()) return std::move(opened).status();
    if (senders_.size() == kKept) {
      senders_.erase(std::min_element(
          senders_.begin(), senders_.end(),
          [](const Sender& a, const Sender& b) { return a.last_use < b.last_use; }));
    }
    found = senders_.insert(senders_.end(), std::move(*opened));
  }
  found->last_use = ++uses_;
  return &*found;
}

// Not to throw once something was sent: that must be told.
Sent Senders::send(std::span<const net::Buffer> packets, const char* group, uint16_t port, int ttl,
                   bool is_renewed) {
  if (Status checked = io::check_packets(packets); !checked.ok()) return {0, std::move(checked)};
  const std::string_view wanted = group == nullptr ? std::string_view() : std::string_view(group);
  if (birthplace_.is_elsewhere()) {
    senders_.clear();  // they are the parent's
    birthplace_ = Birthplace();
  }
  Result<Sender*> sender = find(wanted, port, ttl);
  if (!sender.ok()) return {0, std::move(sender).status()};
  const net::SendOutcome outcome = (*sender)->transmitter.send(packets, batch_);
  if (outcome.error == 0) return {outcome.taken, {}};
  return send_on(packets, **sender, outcome, is_renewed);
}

// Goes on behind a refusal, as long as there is hope.
Sent Senders::send_on(std::span<const net::Buffer> packets, Sender& sender,
                      net::SendOutcome outcome, bool is_renewed) {
  size_t sent = outcome.taken;
  for (int shortages = 0; io::is_shortage(outcome.error) && ++shortages < io::kShortageTries;) {
    sleep_out(io::shortage_wait_ns(shortages));
    outcome = sender.transmitter.send(packets.subspan(sent), batch_);
    sent += outcome.taken;
    if (outcome.taken > 0) shortages = 0;
  }
  if (outcome.error == 0) return {sent, {}};
  if (sent > 0 || !is_stale(outcome.error) || is_renewed) {
    return {sent, io::refused_send(outcome.error, sender.endpoint, packets[sent].size)};
  }
  const std::string group = sender.group;
  const uint16_t port = sender.port;
  const int ttl = sender.ttl;
  forget(sender);
  return send(packets, group.c_str(), port, ttl, true);
}

}  // namespace

Sent quick_send(std::span<const net::Buffer> packets, const char* group, uint16_t port, int ttl) {
  if (Senders* const kept = PerThread<Senders>::get()) {
    return kept->send(packets, group, port, ttl);
  }
  Senders once;  // the thread is ending, and what it kept is gone
  return once.send(packets, group, port, ttl);
}

}  // namespace mc
