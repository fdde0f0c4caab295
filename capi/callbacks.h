// Internal header: the user's functions as objects of the core.
#pragma once

#include <memory>
#include <span>
#include <utility>

#include "core/descriptor.h"
#include "core/multicaster.h"
#include "core/packed.h"
#include "core/subscriber.h"
#include "core/timer.h"
#include "faces.h"
#include "filter/kinds.h"
#include "multicast/multicast.h"

namespace mc::capi {

// Set while a thread's default poller ends with its thread.
extern thread_local bool user_code_is_off;

// `user` and its finaliser. The finaliser runs once, at the end of this object, if the call that
// brought them succeeded and therefore called take().
class UserData {
 public:
  UserData(void* user, mc_destroy_fn destroy) noexcept : user_(user), destroy_(destroy) {}
  ~UserData() {
    if (is_taken_ && destroy_ != nullptr && !user_code_is_off) destroy_(user_);
  }
  UserData(const UserData&) = delete;
  UserData& operator=(const UserData&) = delete;

  void take() noexcept { is_taken_ = true; }
  void leave() noexcept { is_taken_ = false; }
  void* get() const noexcept { return user_; }

 private:
  void* user_;
  mc_destroy_fn destroy_;
  bool is_taken_ = false;
};

// Hands an object with UserData to `call`, and takes the user's data when that succeeds.
template <typename Object, typename Call>
Status give(std::unique_ptr<Object> object, Call call) {
  UserData& data = object->data;
  MC_TRY(call(std::move(object)));
  data.take();
  return {};
}

class PacketFunction final : public PacketHandler {
 public:
  PacketFunction(mc_packet_fn fn, void* user, mc_destroy_fn destroy)
      : data(user, destroy), fn_(fn) {}
  int handle(const net::Packet& packet) override { return fn_(face(packet), data.get()); }
  UserData data;

 private:
  mc_packet_fn fn_;
};

class BatchFunction final : public BatchHandler {
 public:
  BatchFunction(mc_batch_fn fn, void* user, mc_destroy_fn destroy) : data(user, destroy), fn_(fn) {}
  int handle(std::span<const net::Packet* const> packets) override {
    return fn_(faces(packets), packets.size(), data.get());
  }
  UserData data;

 private:
  mc_batch_fn fn_;
};

class PackedFunction final : public BatchHandler {
 public:
  PackedFunction(mc_packed_fn fn, void* user, mc_destroy_fn destroy)
      : data(user, destroy), fn_(fn) {}
  int handle(std::span<const net::Packet* const> packets) override {
    return fn_(face(packing_.of(packets)), data.get());
  }
  UserData data;

 private:
  mc_packed_fn fn_;
  Packing packing_{MC_MAX_BATCH};
};

class FilterFunction final : public filter::Callable {
 public:
  FilterFunction(mc_filter_fn fn, void* user, mc_destroy_fn destroy)
      : data(user, destroy), fn_(fn) {}
  bool call(const net::Packet& packet) const override { return fn_(face(packet), data.get()) != 0; }
  UserData data;

 private:
  mc_filter_fn fn_;
};

class SourceFunction final : public PacketSource {
 public:
  SourceFunction(mc_source_fn fn, void* user, mc_destroy_fn destroy)
      : data(user, destroy), fn_(fn) {}
  int next(net::Buffer& packet) override {
    mc_buffer given = {nullptr, 0};
    const int verdict = fn_(&given, data.get());
    packet = {given.data, given.size};
    return verdict;
  }
  UserData data;

 private:
  mc_source_fn fn_;
};

class SendErrorFunction final : public SendErrorHandler {
 public:
  SendErrorFunction(mc_send_error_fn fn, void* user, mc_destroy_fn destroy)
      : data(user, destroy), fn_(fn) {}
  int failed(const Status& reason, uint64_t datagrams) override {
    return fn_(reason.code(), reason.sentence(), datagrams, data.get());
  }
  UserData data;

 private:
  mc_send_error_fn fn_;
};

class EventFunction final : public EventHandler {
 public:
  EventFunction(mc_event_fn fn, void* user, mc_destroy_fn destroy) : data(user, destroy), fn_(fn) {}
  int tell(const Event& event) override {
    const std::string sentence = event.text();
    const mc_event shown = {event.group.c_str(), event.interface.c_str(), sentence.c_str(),
                            event.interface_index, static_cast<int>(event.kind)};
    return fn_(&shown, data.get());
  }
  UserData data;

 private:
  mc_event_fn fn_;
};

class TimerFunction final : public TimerHandler {
 public:
  TimerFunction(mc_timer_fn fn, void* user, mc_destroy_fn destroy) : data(user, destroy), fn_(fn) {}
  int fire() override { return fn_(data.get()); }
  UserData data;

 private:
  mc_timer_fn fn_;
};

// A function that another thread wants to be run; runs once, as a letter.
class PostedFunction final : public Mortal {
 public:
  PostedFunction(mc_post_fn fn, void* user, mc_destroy_fn destroy) : data(user, destroy), fn_(fn) {}
  void arrive() override {
    if (!user_code_is_off) fn_(data.get());
  }
  UserData data;

 private:
  mc_post_fn fn_;
};

class LogFunction final : public LogHandler {
 public:
  LogFunction(mc_log_fn fn, void* user, mc_destroy_fn destroy) : data(user, destroy), fn_(fn) {}
  void tell(LogLevel level, const Status& line) override {
    if (!user_code_is_off) fn_(static_cast<int>(level), line.code(), line.sentence(), data.get());
  }
  UserData data;

 private:
  mc_log_fn fn_;
};

class DescriptorFunctions final : public DescriptorHandler {
 public:
  DescriptorFunctions(mc_descriptor_fn on_read, mc_descriptor_fn on_write, void* user,
                      mc_destroy_fn destroy)
      : data(user, destroy), on_read_(on_read), on_write_(on_write) {}
  bool reads() const noexcept override { return on_read_ != nullptr; }
  bool writes() const noexcept override { return on_write_ != nullptr; }
  int read(int fd, uint32_t events) override { return on_read_(fd, events, data.get()); }
  int write(int fd, uint32_t events) override { return on_write_(fd, events, data.get()); }
  UserData data;

 private:
  mc_descriptor_fn on_read_;
  mc_descriptor_fn on_write_;
};

static_assert(MC_SOURCE_END == PacketSource::kEnd && MC_SOURCE_PACKET == PacketSource::kPacket);
static_assert(MC_SOURCE_PAUSE == PacketSource::kPause);
static_assert(MC_MAX_BATCH == Subscriber::kMostAtOnce);
static_assert(MC_EDGE_TRIGGERED == kEdgeTriggered && MC_ONCE == kOnce);
static_assert(MC_READABLE == io::kReadable && MC_PRIORITY == io::kPriority &&
              MC_WRITABLE == io::kWritable);
static_assert(MC_LOG_ERROR == static_cast<int>(LogLevel::kError) &&
              MC_LOG_WARNING == static_cast<int>(LogLevel::kWarning) &&
              MC_LOG_INFO == static_cast<int>(LogLevel::kInfo));
static_assert(MC_FAILED == io::kError && MC_HANGUP == io::kHangUp);

}  // namespace mc::capi
