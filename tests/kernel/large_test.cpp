// The smallest and the largest datagrams.
#include <string>

#include "raw.h"

namespace raw {
namespace {

class Size : public TwoLinks {};
IN_BOTH_FAMILIES(Size);

TEST_P(Size, DatagramsOfNoneAndOf65507BytesArriveWhole) {
  const Fd membership = holder();
  const Fd socket = data(group(1), "eth0");
  const Fd from = out("eth0");
  ASSERT_EQ(0, join(membership, group(1), there("eth0")));
  std::string large(65'507, 'x');
  large.back() = 'y';
  ASSERT_EQ(0, send(from, group(1), ""));
  ASSERT_EQ(0, send(from, group(1), large));
  ASSERT_EQ(0, send(from, group(1), ""));
  settle();
  EXPECT_THAT(receive_all(socket), testing::ElementsAre("", large, ""));
}

TEST_P(Size, OneByteMoreThanTheLargestIsRefused) {
  const Fd from = out("eth0");
  const size_t largest = ipv4() ? 65'507 : 65'527;
  EXPECT_EQ(0, send(from, group(1), std::string(largest, 'x')));
  EXPECT_EQ(EMSGSIZE, send(from, group(1), std::string(largest + 1, 'x')));
}

}  // namespace
}  // namespace raw
