// Numbered datagrams, one after the other, that wait for their receiver.
#pragma once

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>

#include "raw.h"

namespace raw {

// A stream that ends with this object and never has more than a hundred datagrams under way, so that no
// buffer overflows and every loss is the membership's.
class Stream {
 public:
  static constexpr int kMostUnderWay = 100;

  Stream(const Fd& from, const Address& to) : thread_([this, &from, to] { run(from, to); }) {}
  ~Stream() {
    stop_ = true;
    thread_.join();
  }
  void acknowledge(int received) { received_ = received; }

 private:
  void run(const Fd& from, const Address& to) {
    send_from_another_processor();
    for (int sent = 0; !stop_; ++sent) {
      while (sent - received_ >= kMostUnderWay && !stop_) std::this_thread::yield();
      send(from, to, std::to_string(sent));
    }
  }

  std::atomic<int> received_ = 0;
  std::atomic<bool> stop_ = false;
  std::thread thread_;  // the last: it uses the others
};

// What arrives of a stream: each, and in order; what is missing is an exception.
class Heard {
 public:
  Heard(const Fd& socket, Stream& stream) : socket_(socket), stream_(stream) {}

  // At least one, and few.
  void wait_for_some() {
    if (!lab::wait_readable(socket_.get(), in(kPatience)))
      throw std::runtime_error("nothing comes behind " + std::to_string(next_ - 1));
    constexpr int kFew = 8;
    for (int i = 0; i < kFew && take(); ++i) {
    }
  }
  // Until what the kernel looks at now has come: one more than can be under way, as one processor looks at
  // the packets of a stream one after the other.
  void outlive_looks() {
    for (const int end = next_ + Stream::kMostUnderWay; next_ <= end;) wait_for_some();
  }

 private:
  bool take() {
    const auto message = receive(socket_);
    if (!message) return false;
    if (message->data != std::to_string(next_)) {
      throw std::runtime_error(message->data + " comes and not " + std::to_string(next_));
    }
    stream_.acknowledge(++next_);
    return true;
  }

  const Fd& socket_;
  Stream& stream_;
  int next_ = 0;
};

}  // namespace raw
