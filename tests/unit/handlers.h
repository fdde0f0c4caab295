// Handlers of a poller's descriptors, made of functions.
#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "core/descriptor.h"
#include "files.h"

namespace mc::test {

class Functions final : public DescriptorHandler {
 public:
  using Function = std::function<int(int fd, uint32_t events)>;

  Functions(Function on_read, Function on_write, std::function<void()> at_end)
      : on_read_(std::move(on_read)), on_write_(std::move(on_write)), at_end_(std::move(at_end)) {}
  ~Functions() override {
    if (at_end_) at_end_();
  }
  bool reads() const noexcept override { return on_read_ != nullptr; }
  bool writes() const noexcept override { return on_write_ != nullptr; }
  int read(int fd, uint32_t events) override { return on_read_(fd, events); }
  int write(int fd, uint32_t events) override { return on_write_(fd, events); }

 private:
  Function on_read_;
  Function on_write_;
  std::function<void()> at_end_;
};

inline std::unique_ptr<DescriptorHandler> handler(Functions::Function on_read,
                                                  Functions::Function on_write = nullptr,
                                                  std::function<void()> at_end = nullptr) {
  return std::make_unique<Functions>(std::move(on_read), std::move(on_write), std::move(at_end));
}

// A descriptor that is readable from the first ring until it is silenced; always writable.
class EventFd {
 public:
  explicit EventFd(bool rings = false)
      : fd_(::eventfd(rings ? 1 : 0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
  int get() const { return fd_.get(); }
  void ring() const {
    const uint64_t one = 1;
    if (::write(get(), &one, sizeof one) != sizeof one) lab::fail("ring");
  }
  void silence() const {
    uint64_t rings = 0;
    if (::read(get(), &rings, sizeof rings) != sizeof rings) lab::fail("silence");
  }
  void close() { fd_.reset(); }

 private:
  lab::Fd fd_;
};

}  // namespace mc::test
