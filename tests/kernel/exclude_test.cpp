// Memberships for any source except some: what the wire carries, and changing them under a stream.
#include <string>
#include <vector>

#include "stream.h"

namespace raw {
namespace {

class Exclude : public TwoLinks {
 protected:
  Exclude() {
    std::string lines;
    for (unsigned n = 0; n < kSources; ++n) {
      lines += "address replace " + unicast(1, kFirst + n) +
               (ipv4() ? "/24 dev eth0\n" : "/64 dev eth0 nodad\n");
    }
    sender_.ip(lines);
  }
  Address source(unsigned n) const { return address(unicast(1, kFirst + n)); }
  Fd from(unsigned n) const { return out("eth0", unicast(1, kFirst + n)); }
  int block_on(const Fd& fd, unsigned n) const { return block(fd, group(1), source(n), index_); }
  int unblock_on(const Fd& fd, unsigned n) const {
    return unblock(fd, group(1), source(n), index_);
  }
  // Which of the sources the host lets in: one datagram of each, whose text is its number.
  std::vector<std::string> let_in() {
    for (unsigned n = 0; n < kSources; ++n) {
      EXPECT_EQ(0, send(from(n), group(1), std::to_string(n)));
    }
    settle();
    return receive_all(socket_);
  }

  static constexpr unsigned kFirst = 11;
  static constexpr unsigned kSources = 3;
  unsigned index_ = there("eth0");
  Fd socket_ = data(group(1), "eth0");
};
IN_BOTH_FAMILIES(Exclude);

using testing::ElementsAre;

TEST_P(Exclude, AHolderBlocksAndUnblocksOneSourceAtATime) {
  const Fd any = holder();
  EXPECT_EQ(EINVAL, block_on(any, 0));  // Only of a group that was joined.
  ASSERT_EQ(0, join(any, group(1), index_));
  ASSERT_EQ(0, block_on(any, 0));
  EXPECT_EQ(EADDRNOTAVAIL, block_on(any, 0));
  EXPECT_THAT(let_in(), ElementsAre("1", "2"));
  ASSERT_EQ(0, block_on(any, 2));
  EXPECT_THAT(let_in(), ElementsAre("1"));
  ASSERT_EQ(0, unblock_on(any, 0));
  EXPECT_EQ(EADDRNOTAVAIL, unblock_on(any, 0));
  EXPECT_THAT(let_in(), ElementsAre("0", "1"));
  ASSERT_EQ(0, leave(any, group(1), index_));  // The list goes with it.
  EXPECT_THAT(let_in(), ElementsAre());
  ASSERT_EQ(0, join(any, group(1), index_));
  EXPECT_THAT(let_in(), ElementsAre("0", "1", "2"));
}

TEST_P(Exclude, TheWireIsWithoutWhatAllExcludeAndNobodyIncludes) {
  const Fd first = holder();
  const Fd second = holder();
  const Fd include = holder();
  ASSERT_EQ(0, join(first, group(1), index_));
  ASSERT_EQ(0, block_on(first, 0));
  ASSERT_EQ(0, block_on(first, 1));
  EXPECT_THAT(let_in(), ElementsAre("2"));
  ASSERT_EQ(0, join(second, group(1), index_));
  EXPECT_THAT(let_in(), ElementsAre("0", "1", "2"));
  ASSERT_EQ(0, block_on(second, 1));
  ASSERT_EQ(0, block_on(second, 2));
  EXPECT_THAT(let_in(), ElementsAre("0", "2"));
  ASSERT_EQ(0, join_source(include, group(1), source(1), index_));
  EXPECT_THAT(let_in(), ElementsAre("0", "1", "2"));
  ASSERT_EQ(0, leave(second, group(1), index_));
  EXPECT_THAT(let_in(), ElementsAre("1", "2"));
  ASSERT_EQ(0, leave(first, group(1), index_));
  EXPECT_THAT(let_in(), ElementsAre("1"));
}

TEST_P(Exclude, ASocketBlocksSourcesUpToTheLimitOnly) {
  const unsigned limit = ipv4() ? 10 : 64;
  const Fd any = holder();
  ASSERT_EQ(0, join(any, group(1), index_));
  for (unsigned n = 0; n < limit; ++n) ASSERT_EQ(0, block_on(any, n)) << n;
  EXPECT_EQ(ENOBUFS, block_on(any, limit));
  ASSERT_EQ(0, unblock_on(any, 0));
  EXPECT_EQ(0, block_on(any, limit));
}

constexpr int kChanges = 2'500;

TEST_P(Exclude, ChangingTheListOfAHolderLosesNothingOfTheOtherSources) {
  const Fd any = holder();
  ASSERT_EQ(0, join(any, group(1), index_));
  const Fd sending = from(1);
  Stream stream(sending, group(1));
  Heard heard(socket_, stream);
  for (int changes = 0; changes < kChanges; ++changes) {
    heard.wait_for_some();
    // None, the one, both, the other, none, and so on.
    const unsigned which = changes % 2 == 0 ? 0 : 2;
    ASSERT_EQ(0, changes % 4 < 2 ? block_on(any, which) : unblock_on(any, which));
  }
  heard.outlive_looks();
  EXPECT_EQ(0u, drops(socket_));
}

// A socket that leaves with a list is first one less of those who exclude, and only then its list is
// taken back: in between, what it excluded is blocked for another socket, too. So it unblocks first.
TEST_P(Exclude, UnblockingBeforeLeavingLosesNothingOfWhatAnotherSocketHears) {
  const Fd other = holder();
  ASSERT_EQ(0, join(other, group(1), index_));
  ASSERT_EQ(0, block_on(other, 0));
  const Fd sending = from(1);
  const Fd changing = holder();
  Stream stream(sending, group(1));
  Heard heard(socket_, stream);
  for (int changes = 0; changes < kChanges; ++changes) {
    heard.wait_for_some();
    if (changes % 2 == 0) {
      ASSERT_EQ(0, join(changing, group(1), index_));
      ASSERT_EQ(0, block_on(changing, 1));
    } else {
      ASSERT_EQ(0, unblock_on(changing, 1));
      if (!ipv4()) heard.outlive_looks();
      ASSERT_EQ(0, leave(changing, group(1), index_));
    }
  }
  heard.outlive_looks();
}

}  // namespace
}  // namespace raw
