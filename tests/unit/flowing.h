// A multicaster that sends by and by, and what of it is heard.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "core/multicaster.h"
#include "world.h"

namespace mc::test {

inline constexpr uint16_t kFlowingPort = 5010;
inline constexpr const char* kFlowingGroup = "239.77.0.10%lo";

class Flowing : public testing::Test {
 protected:
  Flowing() {
    EXPECT_TRUE(listener_.set_handler(std::make_unique<Collector>(log_)).ok());
    EXPECT_TRUE(listener_.add(kFlowingGroup, kFlowingPort).ok());
    EXPECT_TRUE(listener_.open().ok());
    Result<std::unique_ptr<Multicaster>> made =
        Multicaster::create(*sending_, kFlowingGroup, kFlowingPort, 1);
    EXPECT_TRUE(made.ok()) << made.status().sentence();
    sender_ = std::move(*made);
  }
  int send(const std::string& text) {
    const net::Buffer packet{text.data(), text.size()};
    return sender_->send({&packet, 1}).reason.code();
  }
  void send_numbers(int first, int count) {
    for (int i = first; i < first + count; ++i) ASSERT_EQ(0, send(std::to_string(1000 + i)));
  }
  // Runs `body` in a turn of the sender's poller.
  Result<int> turn_with(std::function<void()> body) {
    class Letter final : public Mortal {
     public:
      explicit Letter(std::function<void()> body) : body_(std::move(body)) {}
      void arrive() override { body_(); }

     private:
      std::function<void()> body_;
    };
    std::unique_ptr<Mortal> letter = std::make_unique<Letter>(std::move(body));
    EXPECT_TRUE(sending_->home()->send(letter));
    return sending_->poll(1);
  }
  void in_a_turn(std::function<void()> body) { ASSERT_TRUE(turn_with(std::move(body)).ok()); }
  std::string heard() {
    while (*receiving_->poll(0) > 0) {
    }
    std::string all;
    for (const Collector::Seen& each : log_) all += each.data + ' ';
    log_.clear();
    return all;
  }
  static std::string numbers(int first, int count) {
    std::string all;
    for (int i = first; i < first + count; ++i) all += std::to_string(1000 + i) + ' ';
    return all;
  }

  std::unique_ptr<Poller> receiving_ = make_poller();
  std::unique_ptr<Poller> sending_ = make_poller();
  Collector::Log log_;
  Listener listener_{*receiving_};
  std::unique_ptr<Multicaster> sender_;
};

}  // namespace mc::test
