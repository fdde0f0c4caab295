// A packet costs no memory on its way through a callable: nothing is allocated once all is open.
#include <cstdlib>
#include <new>

#include "lab_cpp.h"

namespace {

std::size_t allocations = 0;

}  // namespace

// NOLINTBEGIN(misc-new-delete-overloads): counted, for all of the program
void* operator new(std::size_t size) {
  ++allocations;
  if (void* made = std::malloc(size)) return made;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  ++allocations;
  const auto unit = static_cast<std::size_t>(alignment);
  if (void* made = std::aligned_alloc(unit, (size + unit - 1) / unit * unit)) return made;
  throw std::bad_alloc();
}
void operator delete(void* dead, std::align_val_t) noexcept {
  std::free(dead);
}
void operator delete(void* dead, std::size_t, std::align_val_t) noexcept {
  std::free(dead);
}
void operator delete(void* dead) noexcept {
  std::free(dead);
}
void operator delete(void* dead, std::size_t) noexcept {
  std::free(dead);
}
// NOLINTEND(misc-new-delete-overloads)

namespace {

using multicast::packet_view;
using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)

constexpr int kPackets = 100;

class Allocations : public testing::Test {
 protected:
  Allocations() {
    listener_.add(hpp::kGroup, port_);
    listener_.set_filter([this](packet_view packet) { return packet.size() > filtered_; });
  }
  // Sends and takes packets; `take` is given how many it has to wait for.
  template <typename Take>
  std::size_t counted(Take take) {
    const std::size_t before = allocations;
    for (int i = 0; i < kPackets; ++i) {
      EXPECT_TRUE(sender_.send("packet"));
      take(i + 1);
    }
    return allocations - before;
  }

  const std::uint16_t port_ = hpp::fresh_port();
  multicast::poller poller_;
  multicast::listener listener_{poller_};
  multicast::multicaster sender_{hpp::kGroup, port_, MC_TTL_HOST, poller_};
  std::size_t filtered_ = 0;
  std::size_t bytes_ = 0;
};

TEST_F(Allocations, AreNotMadeForAHandlersPackets) {
  std::unique_ptr<int> heard = std::make_unique<int>(0);
  int& count = *heard;
  listener_.set_handler([this, heard = std::move(heard)](packet_view packet) {
    ++*heard;
    bytes_ += packet.text().size();
  });
  listener_.open();
  const auto serve = [&](int much) {
    EXPECT_TRUE(hpp::serve_until(poller_, [&] { return count >= much; }));
  };
  counted(serve);
  count = 0;
  EXPECT_EQ(counted(serve), 0U);
  EXPECT_EQ(bytes_, 2U * kPackets * 6);
}

TEST_F(Allocations, AreNotMadeForPacketsThatArePulled) {
  listener_.open();
  const auto pull = [&](int) { EXPECT_EQ(listener_.next(hpp::kLong).value().size(), 6U); };
  counted(pull);
  EXPECT_EQ(counted(pull), 0U);
}

TEST_F(Allocations, AreNotMadeForASourcesPackets) {
  int given = 0;
  sender_.set_source([&]() -> multicast::supply {
    if (given == 0) return multicast::no_packet::pause;
    --given;
    return std::string_view("packet");
  });
  const auto send = [&] {
    given = kPackets;
    sender_.resume();
    EXPECT_TRUE(hpp::serve_until(poller_, [&] { return given == 0; }));
  };
  send();
  const std::size_t before = allocations;
  send();
  EXPECT_EQ(allocations - before, 0U);
}

}  // namespace
