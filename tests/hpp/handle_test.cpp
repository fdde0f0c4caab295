// The lives of the owners: moved, given up, taken, ended.
#include <optional>
#include <type_traits>
#include <utility>

#include "lab_cpp.h"

namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using hpp::fresh_port;
using hpp::kGroup;
using multicast::packet_view;

template <typename T>
inline constexpr bool is_owner =
    !std::is_copy_constructible_v<T> && !std::is_copy_assignable_v<T> &&
    std::is_nothrow_move_constructible_v<T> && std::is_nothrow_move_assignable_v<T> &&
    std::is_nothrow_destructible_v<T>;
static_assert(is_owner<multicast::poller> && is_owner<multicast::listener>);
static_assert(is_owner<multicast::multicaster> && is_owner<multicast::timer>);
static_assert(is_owner<multicast::filter> && is_owner<multicast::packet>);
static_assert(std::is_trivially_copyable_v<multicast::poller_ref>);
static_assert(std::is_trivially_copyable_v<packet_view>);
static_assert(std::is_trivially_copyable_v<multicast::packet_batch>);
static_assert(std::is_trivially_copyable_v<multicast::packed_batch>);

// Moves an owner about; `handle_of(it)` is what must stay the same.
template <typename Owner>
void move_about(Owner owner, Owner other) {
  const auto* const handle = owner.get();
  const auto* const others = other.get();
  ASSERT_NE(handle, nullptr);

  Owner second(std::move(owner));
  EXPECT_EQ(second.get(), handle);
  // NOLINTNEXTLINE(bugprone-use-after-move,clang-analyzer-cplusplus.Move): that is the question
  EXPECT_EQ(owner.get(), nullptr);
  EXPECT_FALSE(owner);
  EXPECT_TRUE(second);

  owner = std::move(second);
  EXPECT_EQ(owner.get(), handle);

  Owner& itself = owner;
  owner = std::move(itself);
  EXPECT_EQ(owner.get(), handle);

  std::swap(owner, other);
  EXPECT_EQ(owner.get(), others);
  EXPECT_EQ(other.get(), handle);

  owner = std::move(other);  // what it had ends
  EXPECT_EQ(owner.get(), handle);

  Owner taken(owner.release());
  EXPECT_EQ(owner.get(), nullptr);
  EXPECT_EQ(taken.get(), handle);
}

TEST(Poller, MovesAndIsGivenUp) {
  move_about(multicast::poller(), multicast::poller());
}

TEST(Listener, MovesAndIsGivenUp) {
  move_about(multicast::listener(), multicast::listener());
}

TEST(Multicaster, MovesAndIsGivenUp) {
  move_about(multicast::multicaster(kGroup, fresh_port()),
             multicast::multicaster(kGroup, fresh_port()));
}

TEST(Timer, MovesAndIsGivenUp) {
  move_about(multicast::timer(1h, [] {}), multicast::timer(1h, [] {}));
}

TEST(Filter, MovesAndIsGivenUp) {
  move_about(multicast::filter::regex("a"), multicast::filter::regex("b"));
}

TEST(Packet, MovesAndIsGivenUp) {
  mc_packet lent{};
  const std::string bytes = "kept";
  lent.data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  lent.size = lent.wire_size = bytes.size();
  move_about(multicast::packet(packet_view(lent)), multicast::packet(packet_view(lent)));

  multicast::packet first{packet_view(lent)};
  multicast::packet second{packet_view(lent)};
  second = std::move(first);
  EXPECT_EQ(second.text(), "kept");
  EXPECT_NE(second.get(), &lent);
}

TEST(Poller, ThatIsAssignedToEndsWhatLivedOnIt) {
  multicast::poller poller;
  int living = 0;
  poller.post([witness = hpp::Witness(living)] {});
  const multicast::timer timer(
      1h, [] {}, poller);
  EXPECT_TRUE(timer.is_running());
  poller = multicast::poller();
  EXPECT_EQ(living, 0);
  EXPECT_FALSE(timer.is_running());
  EXPECT_FALSE(poller.is_polling());
}

TEST(Poller, LendsItselfToWhatLivesOnIt) {
  multicast::poller poller;
  const multicast::timer timer(
      1h, [] {}, poller);
  EXPECT_TRUE(poller.is_polling());
  EXPECT_EQ(multicast::poller_ref(poller).get(), poller.get());
}

TEST(DefaultPoller, IsTheThreadsOwn) {
  EXPECT_EQ(multicast::default_poller().get(), mc_default_poller());
}

TEST(Listener, WorksAfterAMove) {
  const std::uint16_t port = fresh_port();
  std::string heard;
  multicast::listener first;
  first.add(kGroup, port);
  first.set_handler([&heard](packet_view packet) { heard = packet.text(); });
  first.open();
  const multicast::listener second = std::move(first);
  multicast::send_to(kGroup, port, "moved");
  EXPECT_TRUE(hpp::serve_until(multicast::default_poller(), [&] { return !heard.empty(); }));
  EXPECT_EQ(heard, "moved");
  EXPECT_TRUE(second.is_open());
}

TEST(Listener, ClosesWhenItEnds) {
  multicast::poller poller;
  {
    multicast::listener listener(poller);
    listener.add(kGroup, fresh_port());
    listener.set_handler([](packet_view) {});
    listener.open();
    EXPECT_TRUE(poller.is_polling());
  }
  EXPECT_FALSE(poller.is_polling());
}

// ---- Ended inside its own callback --------------------------------------------------------------

TEST(Listener, MayEndInItsOwnHandler) {
  const std::uint16_t port = fresh_port();
  int living = 0;
  int calls = 0;
  std::optional<multicast::listener> listener(std::in_place);
  listener->add(kGroup, port);
  listener->set_handler([&, witness = hpp::Witness(living)](packet_view packet) {
    listener.reset();
    EXPECT_EQ(living, 1);  // it runs on
    EXPECT_EQ(packet.text(), "x");
    ++calls;
  });
  listener->open();
  multicast::send_to(kGroup, port, "x");
  multicast::send_to(kGroup, port, "x");
  EXPECT_TRUE(hpp::serve_until(multicast::default_poller(), [&] { return living == 0; }));
  EXPECT_EQ(calls, 1);
}

TEST(Timer, MayEndInItsOwnFunction) {
  int living = 0;
  std::optional<multicast::timer> timer;
  timer.emplace(0s, 1ms, [&, witness = hpp::Witness(living)] {
    timer.reset();
    EXPECT_EQ(living, 1);
  });
  EXPECT_TRUE(hpp::serve_until(multicast::default_poller(), [&] { return living == 0; }));
}

TEST(Poller, MayEndInItsOwnCallback) {
  int living = 0;
  int calls = 0;
  std::optional<multicast::poller> poller(std::in_place);
  for (int i = 0; i < 2; ++i) {
    poller->post([&, witness = hpp::Witness(living)] {
      poller.reset();
      EXPECT_GE(living, 1);  // it runs on
      ++calls;
    });
  }
  EXPECT_FALSE(poller->loop());
  EXPECT_FALSE(poller.has_value());
  EXPECT_EQ(living, 0);
  EXPECT_EQ(calls, 1);
}

TEST(Handler, IsReplacedInsideItself) {
  const std::uint16_t port = fresh_port();
  int living = 0;
  std::string heard;
  multicast::listener listener;
  listener.add(kGroup, port);
  listener.set_handler([&, witness = hpp::Witness(living)](packet_view packet) {
    listener.set_handler(
        [&](packet_view later) { heard += "second " + std::string(later.text()); });
    EXPECT_EQ(living, 1);
    heard += "first " + std::string(packet.text()) + ", ";
  });
  listener.open();
  multicast::send_to(kGroup, port, "a");
  multicast::send_to(kGroup, port, "b");
  EXPECT_TRUE(hpp::serve_until(multicast::default_poller(), [&] { return heard.size() > 12; }));
  EXPECT_EQ(heard, "first a, second b");
  EXPECT_EQ(living, 0);
}

}  // namespace
