// A user's own descriptors.
#include <fcntl.h>
#include <unistd.h>

#include "lab_cpp.h"

namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using hpp::error_of;

class Descriptors : public testing::Test {
 protected:
  Descriptors() {
    if (pipe2(ends_, O_CLOEXEC | O_NONBLOCK) != 0) throw std::runtime_error("no pipe");
  }
  ~Descriptors() override {
    close(ends_[0]);
    close(ends_[1]);
  }
  void write_one() const { ASSERT_EQ(write(ends_[1], "x", 1), 1); }

  int ends_[2] = {-1, -1};
  multicast::poller poller_;
  int calls_ = 0;
};

TEST_F(Descriptors, TellTheirEvents) {
  poller_.register_descriptor(ends_[0], [this](int fd, std::uint32_t events) {
    EXPECT_EQ(fd, ends_[0]);
    EXPECT_EQ(events, MC_READABLE);
    ++calls_;
    return true;
  });
  write_one();
  EXPECT_EQ(poller_.poll(hpp::kLong), 1);
  EXPECT_EQ(calls_, 1);
  EXPECT_FALSE(poller_.is_polling());  // true was enough
  EXPECT_EQ(error_of([&] { poller_.unregister_descriptor(ends_[0]); }),
            multicast::errc::not_registered);
}

TEST_F(Descriptors, AreWatchedForWhatIsWanted) {
  int reads = 0;
  int writes = 0;
  poller_.register_descriptor(
      ends_[1], [&] { ++reads; }, [&](int, std::uint32_t) { ++writes; });
  EXPECT_EQ(poller_.poll(hpp::kLong), 1);
  EXPECT_EQ(writes, 1);
  poller_.watch_descriptor(ends_[1], 0);
  EXPECT_EQ(poller_.poll(0s), 0);
  poller_.watch_descriptor(ends_[1], MC_WRITABLE);
  EXPECT_EQ(poller_.poll(hpp::kLong), 1);
  EXPECT_EQ(writes, 2);
  EXPECT_EQ(reads, 0);
}

TEST_F(Descriptors, AreToldOnceWhereThatWasAsked) {
  poller_.register_descriptor(
      ends_[0], [this] { ++calls_; }, nullptr, MC_ONCE);
  write_one();
  EXPECT_EQ(poller_.poll(hpp::kLong), 1);
  EXPECT_EQ(poller_.poll(0s), 0);
  EXPECT_EQ(calls_, 1);
}

TEST_F(Descriptors, HaveHandlersThatAreDestroyedWithTheRegistration) {
  int living = 0;
  poller_.register_descriptor(
      ends_[0], [a = hpp::Witness(living)] {}, [b = hpp::Witness(living)] {});
  EXPECT_EQ(living, 2);
  EXPECT_EQ(error_of([&] { poller_.register_descriptor(ends_[0], [] {}); }),
            multicast::errc::registered);
  EXPECT_EQ(living, 2);
  poller_.unregister_descriptor(ends_[0]);
  EXPECT_EQ(living, 0);
}

TEST_F(Descriptors, AreServedByTheDefaultPollerToo) {
  multicast::register_descriptor(ends_[0], [this] { return ++calls_; });
  write_one();
  EXPECT_FALSE(multicast::loop());
  EXPECT_EQ(calls_, 1);
  multicast::register_descriptor(
      ends_[0], [] {}, nullptr, MC_EDGE_TRIGGERED);
  EXPECT_EQ(multicast::poll(hpp::kLong), 1);
  multicast::unregister_descriptor(ends_[0]);
}

}  // namespace
