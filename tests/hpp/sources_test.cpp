// Lists of sources of listeners.
#include <string>
#include <vector>

#include "lab_cpp.h"

namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using hpp::error_of;
using hpp::fresh_port;
using hpp::kGroup;

class Sources : public testing::Test {
 protected:
  Sources() {
    listener_.add(kGroup, port_);
    listener_.open();
  }
  // What is heard when each of two hosts says its name.
  std::string heard() {
    for (const char* host : {"127.0.0.1", "127.0.0.2"})
      multicast::send_to(std::string(host) + "@" + kGroup, port_, host);
    std::string all;
    while (const auto packet = listener_.next(100ms)) {
      all += packet->text();
      all += ' ';
      if (packet->text() == "127.0.0.2") break;
    }
    return all;
  }

  const std::uint16_t port_ = fresh_port();
  multicast::listener listener_;
};

TEST_F(Sources, ChangeWhileItIsOpen) {
  EXPECT_EQ(heard(), "127.0.0.1 127.0.0.2 ");
  listener_.block_source(kGroup, "127.0.0.1");
  EXPECT_EQ(heard(), "127.0.0.2 ");
  listener_.unblock_source(nullptr, std::string("127.0.0.1"));
  EXPECT_EQ(heard(), "127.0.0.1 127.0.0.2 ");
  listener_.set_sources(nullptr, MC_SOURCES_ONLY, {"127.0.0.1"});
  listener_.allow_source(kGroup, "127.0.0.2");
  listener_.drop_source(kGroup, "127.0.0.1");
  EXPECT_EQ(heard(), "127.0.0.2 ");
  listener_.set_sources(kGroup, MC_SOURCES_EXCEPT, std::vector<std::string>{"127.0.0.1"});
  EXPECT_EQ(heard(), "127.0.0.2 ");
  listener_.set_sources(kGroup, MC_SOURCES_EXCEPT, std::vector<const char*>{});
  EXPECT_EQ(heard(), "127.0.0.1 127.0.0.2 ");
}

TEST_F(Sources, ThatContradictAreRefused) {
  EXPECT_EQ(error_of([&] { listener_.drop_source(kGroup, "127.0.0.1"); }),
            multicast::errc::sources);
  listener_.set_sources(nullptr, MC_SOURCES_ONLY, {});
  EXPECT_EQ(error_of([&] { listener_.block_source(nullptr, "127.0.0.1"); }),
            multicast::errc::sources);
}

}  // namespace
