// Packet sources and error handlers of multicasters, made of functions.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>

#include "core/outflow.h"

namespace mc::test {

class Source final : public PacketSource {
 public:
  using Next = std::function<int(net::Buffer& packet)>;
  explicit Source(Next next, std::function<void()> at_end = nullptr)
      : next_(std::move(next)), at_end_(std::move(at_end)) {}
  ~Source() override {
    if (at_end_) at_end_();
  }
  int next(net::Buffer& packet) override { return next_(packet); }

 private:
  Next next_;
  std::function<void()> at_end_;
};

class OnError final : public SendErrorHandler {
 public:
  using Failed = std::function<int(const Status& reason, uint64_t datagrams)>;
  explicit OnError(Failed failed) : failed_(std::move(failed)) {}
  int failed(const Status& reason, uint64_t datagrams) override {
    return failed_(reason, datagrams);
  }

 private:
  Failed failed_;
};

}  // namespace mc::test
