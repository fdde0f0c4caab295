// core/channel: filters that are replaced while packets keep coming from another thread.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "core/listener.h"
#include "filter/filter.h"
#include "lab.h"
#include "world.h"

namespace mc::test {
namespace {

constexpr uint16_t kPort = 5015;
constexpr uint64_t kPackets = 6000;
constexpr uint64_t kMostOnTheWay = 200;  // so that the socket always has room

filter::FilterRef made(Result<filter::FilterRef> filter) {
  EXPECT_TRUE(filter.ok()) << filter.status().sentence();
  return *filter;
}

// Filters that all accept "both" and none accepts "none"; each is looked up in another way.
filter::FilterRef another(uint64_t number) {
  const std::string own = "own" + std::to_string(number % 50);
  switch (number % 5) {
    case 0:
      return made(filter::prefix("both"));
    case 1:
      return made(filter::regex("both|" + own));
    case 2:
      return made(filter::regex("b[a-z]+h"));
    case 3:
      return made(filter::all_of({made(filter::prefix("b")), made(filter::size_range(1, 99))}));
    default:
      return made(filter::any_of({made(filter::prefix(own)), made(filter::regex("bo+th"))}));
  }
}

class Replacing : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(Filters, Replacing, testing::Bool(),
                         [](const auto& of) { return of.param ? "InTheKernel" : "InTheProcess"; });

TEST_P(Replacing, UnderAFloodLosesNothingThatBothAcceptAndDeliversNothingThatNeitherDoes) {
  const auto poller = make_poller();
  std::vector<std::unique_ptr<Listener>> listeners;
  std::atomic<uint64_t> heard{0};  // of "both", by the slowest
  std::vector<uint64_t> each(6);
  uint64_t number = 0;
  uint64_t wrong = 0;

  class Ears final : public PacketHandler {
   public:
    explicit Ears(std::function<void(std::string_view)> hear) : hear_(std::move(hear)) {}
    int handle(const net::Packet& packet) override {
      hear_({reinterpret_cast<const char*>(packet.data), packet.size});
      return 0;
    }

   private:
    std::function<void(std::string_view)> hear_;
  };
  for (size_t i = 0; i < each.size(); ++i) {
    listeners.push_back(std::make_unique<Listener>(*poller));
    Listener& ears = *listeners.back();
    ASSERT_TRUE(ears.set_handler(std::make_unique<Ears>([&, i](std::string_view packet) {
                      if (packet != "both") ++wrong;
                      ++each[i];
                      // Its own filter, and another's.
                      if (each[i] % 3 == 0) listeners[i]->set_filter(another(++number));
                      if (each[i] % 7 == 0)
                        listeners[(i + 1) % each.size()]->set_filter(another(++number));
                    }))
                    .ok());
    ASSERT_TRUE(ears.add("239.77.0.15%lo", kPort).ok());
    ASSERT_TRUE(ears.set_kernel_filter(GetParam()).ok());
    ears.set_filter(another(i));
    ASSERT_TRUE(ears.open().ok());
  }

  std::atomic<bool> failed{false};
  std::thread flood([&] {
    Outsider outsider(net::Family::kIpv4);
    const net::Address group = address("239.77.0.15", kPort);
    for (uint64_t sent = 0; sent < kPackets && !failed;) {
      if (sent - heard.load() > kMostOnTheWay) {
        std::this_thread::yield();
        continue;
      }
      if (outsider.send(group, "none") != 0 || outsider.send(group, "both") != 0) failed = true;
      ++sent;
    }
  });
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (heard < kPackets && !failed && std::chrono::steady_clock::now() < deadline) {
    EXPECT_TRUE(poller->poll(0.05).ok());
    heard = *std::min_element(each.begin(), each.end());
  }
  if (heard < kPackets) failed = true;  // the flood is to end, too
  flood.join();
  while (*poller->poll(0) > 0) {
  }
  for (size_t i = 0; i < each.size(); ++i) {
    const ListenerStats stats = listeners[i]->stats();
    EXPECT_EQ(kPackets, each[i]);
    EXPECT_EQ(kPackets, stats.counts.delivered);
    EXPECT_EQ(0u, stats.lost);
    EXPECT_EQ(kPackets, stats.counts.filtered + stats.lost_or_rejected);
    EXPECT_TRUE(GetParam() || stats.lost_or_rejected == 0);
  }
  EXPECT_EQ(0u, wrong);
  EXPECT_LT(1000u, number);
}

}  // namespace
}  // namespace mc::test
