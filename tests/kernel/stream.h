// Numbered datagrams, one after the other, that wait for their receiver.
#pragma once

#include <atomic>
#include <string>
#include <thread>

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

}  // namespace raw
