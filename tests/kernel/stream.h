// Numbered datagrams, one after the other, that wait for their receiver.
#pragma once

#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <utility>

#include "raw.h"

namespace raw {

// A stream that never has more than a hundred datagrams under way, so that no buffer overflows and
// every loss is the membership's.
class Stream {
 public:
  Stream(const Fd& from, const Address& to, int count)
      : thread_([this, &from, to, count] { run(from, to, count); }) {}
  ~Stream() {
    stop_ = true;
    thread_.join();
  }
  void acknowledge(int received) { received_ = received; }

 private:
  void run(const Fd& from, const Address& to, int count) {
    send_from_another_processor();
    for (int sent = 0; sent < count && !stop_; ++sent) {
      while (sent - received_ > 100 && !stop_) std::this_thread::yield();
      send(from, to, std::to_string(sent));
    }
  }

  std::atomic<int> received_ = 0;
  std::atomic<bool> stop_ = false;
  std::thread thread_;  // the last: it uses the others
};

// What arrives of a stream.
class Numbers {
 public:
  // False where it, or one behind it, came before.
  bool take(const std::string& data) {
    const int number = std::stoi(data);
    if (number < next_) return false;
    missing_ += number - std::exchange(next_, number + 1);
    return true;
  }
  int next() const { return next_; }
  int missing() const { return missing_; }

 private:
  int next_ = 0;
  int missing_ = 0;
};

// What the library does before it leaves a group for any source: IPv6 looks at the lists for a packet
// while they change.
inline void let_looks_end(int family) {
  if (family == AF_INET6) std::this_thread::sleep_for(std::chrono::microseconds(20));
}

}  // namespace raw
