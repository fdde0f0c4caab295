// mc_multicaster_…, mc_sendto and mc_sendto_many.
#include <climits>
#include <utility>

#include "base/text.h"
#include "callbacks.h"
#include "core/quick_send.h"
#include "guard.h"
#include "handles.h"

using mc::Multicaster;
using mc::Poller;
using mc::Result;
using mc::Status;
using mc::capi::change;
using mc::capi::give;
using mc::capi::given;
using mc::capi::guard;

namespace {

// Runs `body` with the core's multicaster.
template <typename Body>
int with(const mc_multicaster* multicaster, Body&& body) {
  return guard([&]() -> decltype(body(*multicaster->core)) {
    MC_TRY(given(multicaster, "multicaster"));
    return body(*multicaster->core);
  });
}

// The count; or, where it is 0, the code of the reason. A reason is kept for mc_last_error() in any
// case.
int outcome_of(const mc::Sent& sent) {
  const int code = sent.reason.ok() ? 0 : mc::capi::report(sent.reason);
  return sent.count != 0 ? static_cast<int>(sent.count) : code;
}

Status check_count(const mc_buffer* packets, size_t count) {
  if (count == 0) return {};
  if (count <= INT_MAX) return given(packets, "packets");
  return Status(mc::kErrorSize, mc::cat(count, " packets are more than ", INT_MAX));
}

}  // namespace

extern "C" {

int mc_sendto(const void* data, size_t size, const char* group, uint16_t port, int ttl) {
  return guard([&] {
    const mc::net::Buffer packet{data, size};
    return mc::quick_send({&packet, 1}, group, port, ttl).reason;
  });
}

int mc_sendto_many(const mc_buffer* packets, size_t count, const char* group, uint16_t port,
                   int ttl) {
  return guard([&]() -> Result<int> {
    MC_TRY(check_count(packets, count));
    return outcome_of(mc::quick_send(mc::capi::core_of(packets, count), group, port, ttl));
  });
}

int mc_multicaster_new(mc_multicaster** out, mc_poller* poller, const char* group, uint16_t port,
                       int ttl) {
  return guard([&]() -> Status {
    MC_TRY(given(out, "out"));
    Result<Poller*> home = mc::capi::poller_of(poller);
    if (!home.ok()) return std::move(home).status();
    Result<std::unique_ptr<Multicaster>> core = Multicaster::create(**home, group, port, ttl);
    if (!core.ok()) return std::move(core).status();
    *out = new mc_multicaster{std::move(*core)};
    return {};
  });
}

void mc_multicaster_free(mc_multicaster* multicaster) {
  const std::unique_ptr<mc_multicaster> dead(multicaster);
  if (dead) Multicaster::end(std::move(dead->core));
}

int mc_multicaster_send(mc_multicaster* multicaster, const void* data, size_t size) {
  return with(multicaster, [&](Multicaster& core) {
    const mc::net::Buffer packet{data, size};
    return core.send({&packet, 1}).reason;
  });
}

int mc_multicaster_send_many(mc_multicaster* multicaster, const mc_buffer* packets, size_t count) {
  return with(multicaster, [&](Multicaster& core) -> Result<int> {
    MC_TRY(check_count(packets, count));
    return outcome_of(core.send(mc::capi::core_of(packets, count)));
  });
}

int mc_multicaster_set_source(mc_multicaster* multicaster, mc_source_fn fn, void* user,
                              mc_destroy_fn destroy) {
  return with(multicaster, [&](Multicaster& core) {
    return change(core, [&](Multicaster& changed) {
      if (fn == nullptr) return changed.set_source(nullptr);
      return give(std::make_unique<mc::capi::SourceFunction>(fn, user, destroy),
                  [&](auto source) { return changed.set_source(std::move(source)); });
    });
  });
}

int mc_multicaster_resume(mc_multicaster* multicaster) {
  return with(multicaster, [](Multicaster& core) { return core.resume(); });
}

int mc_multicaster_set_error_handler(mc_multicaster* multicaster, mc_send_error_fn fn, void* user,
                                     mc_destroy_fn destroy) {
  return with(multicaster, [&](Multicaster& core) {
    return change(core, [&](Multicaster& changed) {
      const auto set = [&](std::unique_ptr<mc::SendErrorHandler> handler) {
        changed.set_error_handler(std::move(handler));
        return Status();
      };
      if (fn == nullptr) return set(nullptr);
      return give(std::make_unique<mc::capi::SendErrorFunction>(fn, user, destroy), set);
    });
  });
}

int mc_multicaster_set_ttl(mc_multicaster* multicaster, int ttl) {
  return with(multicaster, [&](Multicaster& core) { return core.set_ttl(ttl); });
}

int mc_multicaster_set_loopback(mc_multicaster* multicaster, int on) {
  return with(multicaster, [&](Multicaster& core) { return core.set_loopback(on != 0); });
}

int mc_multicaster_close(mc_multicaster* multicaster) {
  return with(multicaster, [](Multicaster& core) {
    return change(core, [](Multicaster& changed) {
      changed.close();
      return Status();
    });
  });
}

int mc_multicaster_is_open(const mc_multicaster* multicaster) {
  return with(multicaster,
              [](const Multicaster& core) -> Result<int> { return core.is_open() ? 1 : 0; });
}

int mc_multicaster_stats(mc_multicaster* multicaster, mc_stats* stats, size_t size) {
  return with(multicaster, [&](Multicaster& core) {
    mc_stats filled = {};
    filled.sent = core.counts().sent;
    filled.sent_bytes = core.counts().sent_bytes;
    filled.send_failed = core.counts().send_failed;
    filled.send_again = core.counts().send_again;
    return mc::capi::fill(stats, size, filled);
  });
}

}  // extern "C"
