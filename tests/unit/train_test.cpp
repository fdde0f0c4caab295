// net/send_batch: runs of packets leave as trains, or singly, and arrive as what they were.
#include <gmock/gmock.h>

#include <cerrno>
#include <numeric>
#include <string>
#include <vector>

#include "core/multicaster.h"
#include "core/quick_send.h"
#include "fake_kernel.h"
#include "world.h"

namespace mc::test {
namespace {

constexpr uint16_t kPort = 5009;
constexpr size_t kLargest = 65507;

using Sizes = std::vector<size_t>;

Sizes repeated(size_t count, size_t size) {
  return Sizes(count, size);
}

// What leaves as trains, in every way, and what does not.
const std::vector<Sizes>& all_sizes() {
  static const std::vector<Sizes> all = {
      {0},
      {0, 0, 0},
      {1, 1},
      repeated(63, 1),
      repeated(64, 64),
      repeated(65, 64),
      repeated(128, 63),
      repeated(129, 63),
      repeated(300, 100),
      {100, 100, 99},
      {100, 100, 101},
      {100, 100, 0, 100, 100},
      {700, 1},
      {1, 700},
      {3, 2, 1, 0, 1, 2, 3},
      {511, 511, 512, 512, 513, 513, 513, 1},
      repeated(60, 1200),
      {1472, 1472, 1473, 1473, 1471},
      {kLargest, kLargest, 5, 5},
      {32753, 32753, 32753, 1},
      {32754, 32754},
  };
  return all;
}

// Numbers the bytes, so that a byte at a wrong place is seen.
class Payloads {
 public:
  explicit Payloads(const Sizes& sizes, bool in_one_piece) {
    size_t total = std::accumulate(sizes.begin(), sizes.end(), size_t{0});
    bytes_.reserve(total + sizes.size());
    for (const size_t size : sizes) {
      starts_.push_back(bytes_.size());
      for (size_t i = 0; i < size; ++i) bytes_ += static_cast<char>(bytes_.size() * 31 / 7);
      if (!in_one_piece) bytes_ += '|';  // belongs to nobody
    }
    for (size_t i = 0; i < sizes.size(); ++i) {
      packets_.push_back({bytes_.data() + starts_[i], sizes[i]});
      texts_.push_back(bytes_.substr(starts_[i], sizes[i]));
    }
  }
  std::span<const net::Buffer> packets() const { return packets_; }
  const std::vector<std::string>& texts() const { return texts_; }

 private:
  std::string bytes_;
  std::vector<size_t> starts_;
  std::vector<net::Buffer> packets_;
  std::vector<std::string> texts_;
};

class TrainsOut : public testing::TestWithParam<const char*> {
 protected:
  TrainsOut() {
    EXPECT_TRUE(listener_.set_handler(std::make_unique<Collector>(log_)).ok());
    EXPECT_TRUE(listener_.set_mtu(net::kMaxPayload).ok());
    EXPECT_TRUE(listener_.add(GetParam(), kPort).ok());
    EXPECT_TRUE(listener_.open().ok());
    forget();
  }

  // A sender that knows nothing of its path.
  void forget() {
    Result<std::unique_ptr<Multicaster>> made = Multicaster::create(*poller_, GetParam(), kPort, 1);
    EXPECT_TRUE(made.ok()) << made.status().sentence();
    sender_ = std::move(*made);
  }
  void send(const Sizes& sizes, bool in_one_piece) {
    const Payloads payloads(sizes, in_one_piece);
    const Sent sent = sender_->send(payloads.packets());
    ASSERT_EQ(sizes.size(), sent.count) << sent.reason.sentence();
    EXPECT_TRUE(sent.reason.ok());
    expect(payloads.texts());
  }
  void expect(const std::vector<std::string>& texts) {
    ASSERT_TRUE(poll_until(*poller_, [&] { return log_.size() >= texts.size(); }));
    EXPECT_EQ(0, *poller_->poll(0));
    ASSERT_EQ(texts.size(), log_.size());
    for (size_t i = 0; i < texts.size(); ++i) EXPECT_TRUE(texts[i] == log_[i].data) << i;
    log_.clear();
  }
  void send_all() {
    for (const Sizes& each : all_sizes()) {
      for (const bool in_one_piece : {false, true}) {
        SCOPED_TRACE(testing::Message() << testing::PrintToString(each) << in_one_piece);
        send(each, in_one_piece);
        if (HasFatalFailure()) return;
      }
    }
  }

  std::unique_ptr<Poller> poller_ = make_poller();
  Collector::Log log_;
  Listener listener_{*poller_};
  std::unique_ptr<Multicaster> sender_;
};
INSTANTIATE_TEST_SUITE_P(Families, TrainsOut, testing::Values("239.77.0.9%lo", "ff15::77:9%lo"),
                         [](const auto& given) { return given.index == 0 ? "IPv4" : "IPv6"; });

TEST_P(TrainsOut, ArriveAsTheDatagramsThatWereSent) {
  send_all();
  EXPECT_GT(sender_->counts().trains, 20u);
  EXPECT_EQ(0u, sender_->trains_refused());
}

TEST_P(TrainsOut, AreNoneWhereTheUserWantsNone) {
  ASSERT_TRUE(sender_->set_train_limit(1).ok());
  send_all();
  EXPECT_EQ(0u, sender_->counts().trains);
}

TEST_P(TrainsOut, AreNoLongerThanTheUserAllows) {
  ASSERT_TRUE(sender_->set_train_limit(10).ok());
  const Payloads payloads(repeated(100, 50), false);
  ASSERT_EQ(100u, sender_->send(payloads.packets()).count);
  EXPECT_EQ(10u, sender_->counts().trains);
  expect(payloads.texts());
  send_all();
  for (const size_t bad : {size_t{0}, size_t{129}, ~size_t{0}}) {
    EXPECT_EQ(kErrorSize, sender_->set_train_limit(bad).code());
  }
}

TEST_P(TrainsOut, OfEqualSizesLeaveInAsFewBuffersAsTheKernelTakes) {
  FakeKernel kernel;
  send(repeated(128, 511), false);
  EXPECT_EQ(1u, sender_->counts().trains);
  EXPECT_EQ(1u, kernel.calls(Call::kSendmmsg));
  send(repeated(54, 1200), false);
  EXPECT_EQ(2u, sender_->counts().trains);
  send({1000, 1000, 1000, 7}, false);  // the last one is shorter
  EXPECT_EQ(3u, sender_->counts().trains);
  send({7, 1000}, false);
  EXPECT_EQ(3u, sender_->counts().trains);
}

TEST_P(TrainsOut, ThatAreRefusedGoAgainSinglyAtOnce) {
  for (const int error : {EIO, EINVAL, EMSGSIZE}) {
    SCOPED_TRACE(strerrorname_np(error));
    FakeKernel kernel;
    kernel.refuse_trains(error);
    forget();
    send_all();
    EXPECT_GT(kernel.trains_refused(), 0u);
    EXPECT_EQ(0u, sender_->counts().send_failed + sender_->counts().send_again);
  }
}

TEST_P(TrainsOut, ThatAreRefusedInMidRunLoseAndRepeatNothing) {
  const Sizes sizes = [] {
    Sizes mixed;
    for (size_t i = 0; i < 400; ++i) mixed.push_back(i / 7 % 2 == 0 ? 1400 : 900 - i);
    return mixed;
  }();
  for (const int error : {EIO, EINVAL, EMSGSIZE}) {
    FakeKernel kernel;
    forget();
    send(sizes, false);
    kernel.refuse_trains(error, 1300);
    send(sizes, true);
    EXPECT_GT(kernel.trains_refused(), 0u);
    kernel.take_at_most(3);
    send(sizes, false);
  }
}

TEST_P(TrainsOut, OfARefusedSizeAreNotTriedAgain) {
  FakeKernel kernel;
  kernel.refuse_trains(EMSGSIZE, 1000);
  send(repeated(20, 1400), false);
  EXPECT_EQ(1u, kernel.trains_refused());
  send(repeated(20, 1400), false);
  send(repeated(20, 1450), false);
  EXPECT_EQ(1u, kernel.trains_refused());
  const uint64_t trains = sender_->counts().trains;
  send(repeated(20, 1000), false);  // those are taken
  EXPECT_EQ(trains + 1, sender_->counts().trains);
  send(repeated(20, 1399), false);  // and these nobody knew of
  EXPECT_EQ(2u, kernel.trains_refused());
  EXPECT_EQ(2u, sender_->trains_refused());
}

TEST_P(TrainsOut, AreAsLongAsAnOlderKernelTakes) {
  FakeKernel kernel;
  kernel.refuse_trains(EINVAL, 0, 64);
  send(repeated(128, 50), false);
  EXPECT_EQ(1u, kernel.trains_refused());
  EXPECT_EQ(2u, sender_->counts().trains);
}

TEST_P(TrainsOut, ThatMeetAnotherErrorAreNotTakenApart) {
  const Payloads payloads(repeated(20, 100), false);
  for (const int error : {EAGAIN, EPERM, ENOBUFS, ENETUNREACH}) {
    FakeKernel kernel;
    kernel.refuse_trains(error);
    const Sent sent = sender_->send(payloads.packets());
    EXPECT_EQ(0u, sent.count);
    EXPECT_EQ(-error, sent.reason.code());
    EXPECT_EQ(1u, kernel.trains_refused());
  }
  EXPECT_EQ(0u, sender_->trains_refused());
}

// Singly they may be refused for the same reason, which then is what counts.
TEST_P(TrainsOut, WhoseDatagramsAreRefusedTooTellThatError) {
  FakeKernel kernel;
  kernel.fail(Call::kSendmmsg, EINVAL);
  const Payloads payloads(repeated(100, 100), false);
  const Sent sent = sender_->send(payloads.packets());
  EXPECT_EQ(0u, sent.count);
  EXPECT_EQ(-EINVAL, sent.reason.code());
}

TEST_P(TrainsOut, KeepTheirLimitWhenTheSourcePortChanges) {
  ASSERT_TRUE(sender_->set_train_limit(1).ok());
  ASSERT_TRUE(sender_->set_source_port({4499, false}).ok());
  send(repeated(20, 100), false);
  EXPECT_EQ(0u, sender_->counts().trains);
}

TEST_P(TrainsOut, LeaveWithoutAHandle) {
  FakeKernel kernel;
  const Payloads payloads(repeated(128, 200), false);
  EXPECT_EQ(128u, quick_send(payloads.packets(), GetParam(), kPort, 1).count);
  EXPECT_EQ(1u, kernel.calls(Call::kSendmmsg));
  expect(payloads.texts());
}

}  // namespace
}  // namespace mc::test
