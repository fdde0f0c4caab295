// Failures as exceptions: their codes, their sentences, their category.
#include <cerrno>
#include <system_error>

#include "lab_cpp.h"
#include "second_unit.h"

namespace {

using hpp::error_of;
using multicast::errc;

TEST(Errors, SayTheSentenceOfTheLibraryAndNothingElse) {
  multicast::listener listener;
  try {
    listener.add("10.1.2.3", 4242);
    FAIL() << "a unicast group was taken";
  } catch (const multicast::error& failure) {
    EXPECT_STREQ(failure.what(), mc_last_error());
    EXPECT_NE(std::string(failure.what()).find("10.1.2.3"), std::string::npos) << failure.what();
    EXPECT_STREQ(failure.name(), "MC_ERROR_NOT_MULTICAST");
  }
}

TEST(Errors, AreSystemErrorsWithTheCodeOfC) {
  try {
    multicast::send_to(hpp::kGroup, 0, "x");
    FAIL() << "port 0 was taken";
  } catch (const std::system_error& failure) {
    EXPECT_EQ(failure.code().value(), MC_ERROR_PORT);
    EXPECT_EQ(failure.code(), errc::port);
    EXPECT_NE(failure.code(), errc::ttl);
    EXPECT_EQ(failure.code().message(), mc_strerror(MC_ERROR_PORT));
    EXPECT_STREQ(failure.code().category().name(), "multicast");
  }
}

TEST(Errors, OfTheSystemEqualTheStandardConditions) {
  multicast::multicaster taker(hpp::kGroup, hpp::fresh_port());
  const std::uint16_t port = hpp::fresh_port();
  taker.set_source_port(port);
  multicast::multicaster second(hpp::kGroup, hpp::fresh_port());
  const std::error_code code = error_of([&] { second.set_source_port(port); });
  EXPECT_EQ(code, std::errc::address_in_use);
  EXPECT_NE(code, std::errc::permission_denied);
  EXPECT_EQ(code.value(), -EADDRINUSE);
}

TEST(Errors, OfTheLibraryEqualTheConditionsThatMeanTheSame) {
  const auto code = [](errc own) { return make_error_code(own); };
  EXPECT_EQ(code(errc::busy), std::errc::device_or_resource_busy);
  EXPECT_EQ(code(errc::interrupted), std::errc::interrupted);
  EXPECT_EQ(code(errc::packet_too_large), std::errc::message_size);
  EXPECT_NE(code(errc::port), std::errc::invalid_argument);
  EXPECT_NE(code(errc::port).default_error_condition(), code(errc::ttl).default_error_condition());
}

TEST(Errors, OfSendsWithoutRoomAreNone) {
  EXPECT_FALSE(multicast::detail::check_room(-EAGAIN));
  EXPECT_TRUE(multicast::detail::check_room(0));
  EXPECT_TRUE(multicast::detail::check_room(3));
  EXPECT_EQ(error_of([] { multicast::detail::check_room(-EPERM); }),
            std::errc::operation_not_permitted);
}

TEST(Errors, CopiesKeepTheSentence) {
  auto original = std::make_unique<multicast::error>(MC_ERROR_PORT, "one sentence");
  const multicast::error copy = *original;
  original.reset();
  EXPECT_STREQ(copy.what(), "one sentence");
  static_assert(std::is_nothrow_copy_constructible_v<multicast::error>);
}

TEST(Errors, HaveOneCategoryInAllTranslationUnits) {
  EXPECT_EQ(&multicast::category(), &second_unit::category());
  EXPECT_EQ(error_of(second_unit::fail_with_port), errc::port);
}

TEST(Errors, OfHandlesThatWereMovedFromAreNull) {
  multicast::poller poller;
  multicast::listener listener(poller);
  multicast::multicaster multicaster(hpp::kGroup, hpp::fresh_port(), MC_TTL_HOST, poller);
  multicast::timer timer(
      std::chrono::hours(1), [] {}, poller);
  const multicast::filter filter([](multicast::packet_view) { return true; });
  {
    const multicast::listener taken_listener = std::move(listener);
    const multicast::multicaster taken_multicaster = std::move(multicaster);
    const multicast::timer taken_timer = std::move(timer);
    const multicast::poller taken_poller = std::move(poller);
  }
  // NOLINTBEGIN(bugprone-use-after-move,clang-analyzer-cplusplus.Move)
  EXPECT_EQ(error_of([&] { listener.open(); }), errc::null);
  EXPECT_EQ(error_of([&] { (void)listener.next(); }), errc::null);
  EXPECT_EQ(error_of([&] { listener.set_handler([](multicast::packet_view) {}); }), errc::null);
  EXPECT_EQ(error_of([&] { (void)multicaster.send("x"); }), errc::null);
  EXPECT_EQ(error_of([&] { timer.set(std::chrono::seconds(1)); }), errc::null);
  EXPECT_EQ(error_of([&] { poller.poll(std::chrono::seconds(0)); }), errc::null);
  EXPECT_EQ(error_of([&] { poller.loop(); }), errc::null);
  EXPECT_FALSE(poller.stop());
  EXPECT_FALSE(poller.wake());
  // NOLINTEND(bugprone-use-after-move,clang-analyzer-cplusplus.Move)
}

}  // namespace
