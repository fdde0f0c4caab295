// mc_multicaster_…, mc_sendto and mc_sendto_many.
#include <climits>
#include <utility>

#include "base/text.h"
#include "callbacks.h"
#include "core/quick_send.h"
#include "core/send_packed.h"
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
using mc::capi::with;

namespace {

// The count; or, where it is 0, the code of the reason. A reason is kept for mc_last_error() in any
// case.
int outcome_of(const mc::Sent& sent) {
  const int code = sent.reason.ok() ? 0 : mc::capi::report(sent.reason);
  return sent.count != 0 ? static_cast<int>(sent.count) : code;
}

// `packets` is the array that says them, which is called `name`.
Status check_count(const void* packets, const char* name, size_t count) {
  if (count == 0) return {};
  if (count <= INT_MAX) return given(packets, name);
  return Status(mc::kErrorSize, mc::cat(count, " packets are more than ", INT_MAX));
}

mc::PackedBuffers packed(const void* data, const uint32_t* sizes, size_t count) {
  return {static_cast<const uint8_t*>(data), {sizes, count}};
}

int make(mc_multicaster** out, mc_poller* poller, const char* group, uint16_t port, int ttl,
         Multicaster::WhenMissing when_missing) {
  return guard([&]() -> Status {
    MC_TRY(given(out, "out"));
    Result<Poller*> home = mc::capi::poller_of(poller);
    if (!home.ok()) return std::move(home).status();
    Result<std::unique_ptr<Multicaster>> core =
        Multicaster::create(**home, group, port, ttl, when_missing);
    if (!core.ok()) return std::move(core).status();
    *out = new mc_multicaster{std::move(*core)};
    return {};
  });
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
    MC_TRY(check_count(packets, "packets", count));
    return outcome_of(mc::quick_send(mc::capi::core_of(packets, count), group, port, ttl));
  });
}

int mc_sendto_packed(const void* data, const uint32_t* sizes, size_t count, const char* group,
                     uint16_t port, int ttl) {
  return guard([&]() -> Result<int> {
    MC_TRY(check_count(sizes, "sizes", count));
    return outcome_of(mc::send_packed(packed(data, sizes, count), [&](auto packets) {
      return mc::quick_send(packets, group, port, ttl);
    }));
  });
}

int mc_multicaster_new(mc_multicaster** out, mc_poller* poller, const char* group, uint16_t port,
                       int ttl) {
  return make(out, poller, group, port, ttl, Multicaster::WhenMissing::kFail);
}

int mc_multicaster_new_pending(mc_multicaster** out, mc_poller* poller, const char* group,
                               uint16_t port, int ttl) {
  return make(out, poller, group, port, ttl, Multicaster::WhenMissing::kWait);
}

void mc_multicaster_free(mc_multicaster* multicaster) {
  mc::capi::end_handle(multicaster);
}

int mc_multicaster_send(mc_multicaster* multicaster, const void* data, size_t size) {
  return with(multicaster, [&](Multicaster& core) {
    const mc::net::Buffer packet{data, size};
    return core.send({&packet, 1}).reason;
  });
}

int mc_multicaster_send_many(mc_multicaster* multicaster, const mc_buffer* packets, size_t count) {
  return with(multicaster, [&](Multicaster& core) -> Result<int> {
    MC_TRY(check_count(packets, "packets", count));
    return outcome_of(core.send(mc::capi::core_of(packets, count)));
  });
}

int mc_multicaster_send_packed(mc_multicaster* multicaster, const void* data, const uint32_t* sizes,
                               size_t count) {
  return with(multicaster, [&](Multicaster& core) -> Result<int> {
    MC_TRY(check_count(sizes, "sizes", count));
    return outcome_of(mc::send_packed(packed(data, sizes, count),
                                      [&](auto packets) { return core.send(packets); }));
  });
}

int mc_multicaster_send_to(mc_multicaster* multicaster, const mc_address* to, const void* data,
                           size_t size) {
  return with(multicaster, [&](Multicaster& core) -> Status {
    MC_TRY(given(to, "to"));
    return core.send_to(mc::capi::core_of(*to), {data, size});
  });
}

int mc_multicaster_set_source(mc_multicaster* multicaster, mc_source_fn fn, void* user,
                              mc_destroy_fn destroy) {
  return change(multicaster, [&](Multicaster& core) {
    if (fn == nullptr) return core.set_source(nullptr);
    return give(std::make_unique<mc::capi::SourceFunction>(fn, user, destroy),
                [&](auto source) { return core.set_source(std::move(source)); });
  });
}

int mc_multicaster_resume(mc_multicaster* multicaster) {
  return with(multicaster, [](Multicaster& core) { return core.resume(); });
}

int mc_multicaster_set_error_handler(mc_multicaster* multicaster, mc_send_error_fn fn, void* user,
                                     mc_destroy_fn destroy) {
  return change(multicaster, [&](Multicaster& core) {
    const auto set = [&](std::unique_ptr<mc::SendErrorHandler> handler) {
      core.set_error_handler(std::move(handler));
      return Status();
    };
    if (fn == nullptr) return set(nullptr);
    return give(std::make_unique<mc::capi::SendErrorFunction>(fn, user, destroy), set);
  });
}

int mc_multicaster_set_event_handler(mc_multicaster* multicaster, mc_event_fn fn, void* user,
                                     mc_destroy_fn destroy) {
  return change(multicaster, [&](Multicaster& core) -> Status {
    if (fn == nullptr) return core.set_event_handler(nullptr);
    return give(std::make_unique<mc::capi::EventFunction>(fn, user, destroy),
                [&](auto handler) { return core.set_event_handler(std::move(handler)); });
  });
}

int mc_multicaster_set_handler(mc_multicaster* multicaster, mc_packet_fn handler, void* user,
                               mc_destroy_fn destroy) {
  return change(multicaster, [&](Multicaster& core) {
    if (handler == nullptr) return core.set_handler(nullptr);
    return give(std::make_unique<mc::capi::PacketFunction>(handler, user, destroy),
                [&](auto function) { return core.set_handler(std::move(function)); });
  });
}

int mc_multicaster_set_filter(mc_multicaster* multicaster, const mc_filter* filter) {
  return change(multicaster, [&](Multicaster& core) {
    return core.set_filter(filter != nullptr ? filter->core : nullptr);
  });
}

int mc_multicaster_set_source_port(mc_multicaster* multicaster, uint16_t port, int shared) {
  return with(multicaster, [&](Multicaster& core) {
    return core.set_source_port({port, shared != 0});
  });
}

int mc_multicaster_set_source_address(mc_multicaster* multicaster, const char* address) {
  return with(multicaster, [&](Multicaster& core) { return core.set_source_address(address); });
}

int mc_multicaster_source(const mc_multicaster* multicaster, mc_address* source) {
  return with(multicaster, [&](Multicaster& core) -> Status {
    MC_TRY(given(source, "source"));
    *source = mc::capi::face(core.source());
    return {};
  });
}

int mc_multicaster_set_ttl(mc_multicaster* multicaster, int ttl) {
  return with(multicaster, [&](Multicaster& core) { return core.set_ttl(ttl); });
}

int mc_multicaster_set_dscp(mc_multicaster* multicaster, int dscp) {
  return with(multicaster, [&](Multicaster& core) { return core.set_dscp(dscp); });
}

int mc_multicaster_set_loopback(mc_multicaster* multicaster, int on) {
  return with(multicaster, [&](Multicaster& core) { return core.set_loopback(on != 0); });
}

int mc_multicaster_set_batching(mc_multicaster* multicaster, int on) {
  return change(multicaster, [&](Multicaster& core) { return core.set_batching(on != 0); });
}

int mc_multicaster_flush(mc_multicaster* multicaster) {
  return change(multicaster, [](Multicaster& core) -> Result<int> {
    Result<size_t> waiting = core.flush();
    if (!waiting.ok()) return std::move(waiting).status();
    return static_cast<int>(*waiting);
  });
}

int mc_multicaster_set_pace(mc_multicaster* multicaster, uint64_t bytes_per_second,
                            uint64_t burst) {
  return with(multicaster,
              [&](Multicaster& core) { return core.set_pace(bytes_per_second, burst); });
}

int mc_multicaster_set_train_limit(mc_multicaster* multicaster, size_t datagrams) {
  return with(multicaster, [&](Multicaster& core) { return core.set_train_limit(datagrams); });
}

int mc_multicaster_fd(const mc_multicaster* multicaster) {
  return with(multicaster, [](const Multicaster& core) -> Result<int> {
    MC_TRY(core.check_open());
    return core.fd();
  });
}

int mc_multicaster_close(mc_multicaster* multicaster) {
  return change(multicaster, [](Multicaster& core) -> Status {
    core.close();
    return {};
  });
}

int mc_multicaster_is_open(const mc_multicaster* multicaster) {
  return with(multicaster,
              [](const Multicaster& core) -> Result<int> { return core.is_open() ? 1 : 0; });
}

int mc_multicaster_stats(const mc_multicaster* multicaster, mc_stats* stats, size_t size) {
  return with(multicaster, [&](Multicaster& core) {
    mc_stats filled = {};
    if (mc::Answers* const answers = core.answers()) {
      mc::capi::fill_delivery(filled, answers->counts(), answers->lost(), 0);
      filled.receive_buffer_asked = mc::kDefaultReceiveBuffer;
      filled.receive_buffer_granted = core.is_open() ? answers->granted_receive_buffer() : 0;
    }
    filled.sent = core.counts().sent;
    filled.sent_bytes = core.counts().sent_bytes;
    filled.send_failed = core.counts().send_failed;
    filled.send_again = core.counts().send_again;
    filled.trains = core.counts().trains;
    filled.trains_refused = core.trains_refused();
    filled.waiting = core.waiting();
    return mc::capi::fill(stats, size, filled);
  });
}

}  // extern "C"
