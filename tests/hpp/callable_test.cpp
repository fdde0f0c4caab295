// What may be a callback, what its return value means, and when it is destroyed.
#include <functional>
#include <memory>
#include <ranges>

#include "lab_cpp.h"

namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using hpp::fresh_port;
using hpp::kGroup;
using multicast::packet_batch;
using multicast::packet_view;

class Callable : public testing::Test {
 protected:
  Callable() { listener_.add(kGroup, port_); }

  void send(multicast::bytes_view bytes) const { multicast::send_to(kGroup, port_, bytes); }
  template <typename Predicate>
  bool serve_until(Predicate predicate) const {
    return hpp::serve_until(poller_, predicate);
  }

  const std::uint16_t port_ = fresh_port();
  multicast::poller poller_;
  multicast::listener listener_{poller_};
  int calls_ = 0;
};

int calls_of_function = 0;
void count_calls(packet_view) {
  ++calls_of_function;
}

TEST_F(Callable, MayOwnWhatOnlyMoves) {
  auto owned = std::make_unique<std::string>("> ");
  std::string heard;
  listener_.set_handler([owned = std::move(owned), &heard](packet_view packet) {
    heard = *owned + std::string(packet.text());
  });
  listener_.open();
  send("x");
  EXPECT_TRUE(serve_until([&] { return heard == "> x"; }));
}

TEST_F(Callable, MayTakeAPacketAsItLikes) {
  std::string heard;
  listener_.set_limit(1);
  const auto hear = [&](auto handler) {
    listener_.set_handler(std::move(handler));
    listener_.open();
    send("x");
    EXPECT_TRUE(serve_until([&] { return !listener_.is_open(); }));
  };
  hear([&](const mc_packet& packet) { heard += std::to_string(packet.size); });
  hear([&](const packet_view& packet) { heard += packet.text(); });
  hear([&](const auto& packet) { heard += packet.text(); });
  hear(std::function<void(packet_view)>([&](packet_view) { heard += "f"; }));
  hear(count_calls);
  hear(&count_calls);
  EXPECT_EQ(heard, "1xxf");
  EXPECT_EQ(calls_of_function, 2);
}

TEST_F(Callable, ThatReturnsTrueHasHadEnough) {
  listener_.set_handler([this](packet_view) { return ++calls_ == 2; });
  listener_.open();
  for (int i = 0; i < 5; ++i) send("x");
  EXPECT_TRUE(serve_until([&] { return !listener_.is_open(); }));
  EXPECT_EQ(calls_, 2);
}

TEST_F(Callable, ThatReturnsAnIntegerHasHadEnoughWhenItIsNotZero) {
  listener_.set_handler([this](packet_view) -> int { return ++calls_ == 2 ? 256 : 0; });
  listener_.open();
  for (int i = 0; i < 5; ++i) send("x");
  EXPECT_TRUE(serve_until([&] { return !listener_.is_open(); }));
  EXPECT_EQ(calls_, 2);
}

TEST_F(Callable, OfBatchesGetsARangeOfPackets) {
  static_assert(std::ranges::random_access_range<packet_batch>);
  static_assert(std::ranges::view<packet_batch> && std::ranges::borrowed_range<packet_batch>);
  static_assert(std::ranges::sized_range<packet_batch>);
  std::string heard;
  std::size_t count = 0;
  listener_.set_batch_handler([&](packet_batch batch) {
    EXPECT_FALSE(batch.empty());
    EXPECT_EQ(batch.front().get(), batch[0].get());
    EXPECT_EQ(batch.back().get(), batch.end()[-1].get());
    EXPECT_EQ(batch.end() - batch.begin(), static_cast<std::ptrdiff_t>(batch.size()));
    for (const packet_view packet : batch) heard += packet.text();
    count += batch.size();
    return count == 3;
  });
  listener_.open();
  for (const char* each : {"a", "b", "c"}) send(each);
  EXPECT_TRUE(serve_until([&] { return !listener_.is_open(); }));
  EXPECT_EQ(heard, "abc");
}

TEST_F(Callable, OfPackedBatchesGetsSpansOfOneBlock) {
  std::string heard;
  listener_.set_packed_handler([&](multicast::packed_batch batch) {
    EXPECT_EQ(batch.offsets().size(), batch.size());
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const std::span<const std::byte> bytes = batch[i];
      EXPECT_EQ(bytes.data(), batch.packets()[i].data());
      heard.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }
    return heard == "abc";
  });
  listener_.open();
  for (const char* each : {"a", "b", "c"}) send(each);
  EXPECT_TRUE(serve_until([&] { return !listener_.is_open(); }));
  EXPECT_EQ(heard, "abc");
}

TEST_F(Callable, IsDestroyedOnceWithItsListener) {
  int living = 0;
  {
    multicast::listener listener(poller_);
    listener.set_handler([witness = hpp::Witness(living)](packet_view) {});
    EXPECT_EQ(living, 1);
    listener.set_batch_handler([witness = hpp::Witness(living)](packet_batch) {});
    EXPECT_EQ(living, 1);  // the first is gone
  }
  EXPECT_EQ(living, 0);
}

TEST_F(Callable, ThatTheLibraryRefusesIsDestroyedOnce) {
  int living = 0;
  listener_.set_handler([](packet_view) {});
  listener_.open();
  const multicast::poller other;
  EXPECT_THROW(multicast::timer(-1s, [witness = hpp::Witness(living)] {}), multicast::error);
  EXPECT_THROW(poller_.register_descriptor(-1, [witness = hpp::Witness(living)] {}),
               multicast::error);
  multicast::listener none(nullptr, poller_);
  EXPECT_THROW(none.set_handler([witness = hpp::Witness(living)](packet_view) {}),
               multicast::error);
  EXPECT_EQ(living, 0);
}

// What is refused when it is compiled.
template <typename F>
concept handles = requires(multicast::listener& listener, F function) {
  listener.set_handler(std::move(function));
};
struct ThrowsWhenDestroyed {
  ThrowsWhenDestroyed() = default;
  ThrowsWhenDestroyed(ThrowsWhenDestroyed&&) = default;
  ~ThrowsWhenDestroyed() noexcept(false) {}
  void operator()(packet_view) const {}
};
static_assert(handles<void (*)(packet_view)> && handles<bool (*)(const packet_view&)>);
static_assert(!handles<void (*)()> && !handles<void (*)(int)>);
static_assert(!handles<std::string (*)(packet_view)>, "a verdict, or nothing");
static_assert(!handles<ThrowsWhenDestroyed>);

}  // namespace
