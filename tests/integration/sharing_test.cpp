// Who shares a port with whom: another program's socket, whatever it sets, binds to and is owned by,
// and whoever comes first. The outcome is the table of docs/networks.md, "Sharing a port".
#include <sys/fsuid.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "peer.h"

namespace peer {
namespace {

constexpr uid_t kOtherUser = 12345;
constexpr const char* kShared = "both get everything";
constexpr const char* kRefused = "who comes second is refused";

struct Cell {
  raw::Reuse reuse;
  bool is_bound_to_group = false;
  bool is_first = false;
  bool is_of_other_user = false;

  std::string text() const {
    return flags() + (is_bound_to_group ? ", group" : ", any") +
           (is_first ? ", before" : ", after") +
           (is_of_other_user ? ", another user" : ", same user");
  }
  // As the table has it.
  std::string flags() const {
    if (reuse.address && reuse.port) return "`SO_REUSEADDR` and `SO_REUSEPORT`";
    if (reuse.address) return "`SO_REUSEADDR`";
    return reuse.port ? "`SO_REUSEPORT` alone" : "neither";
  }
};

// Only root of the machine is anybody else; root of a private namespace is alone there.
bool may_be_other_user() {
  ::setfsuid(kOtherUser);
  const bool may = ::setfsuid(::geteuid()) == static_cast<int>(kOtherUser);
  return may;
}

class Sharing : public Links {
 protected:
  // Bound, or nothing where the kernel says EADDRINUSE; then joined. The kernel asks who owns a
  // socket, which is who made it.
  std::optional<lab::Fd> open_other(const Cell& cell) const {
    if (cell.is_of_other_user) ::setfsuid(kOtherUser);
    lab::Fd fd = raw::udp(GetParam());
    ::setfsuid(::geteuid());
    struct stat owner {};
    EXPECT_EQ(0, ::fstat(fd.get(), &owner));
    EXPECT_EQ(cell.is_of_other_user ? kOtherUser : ::geteuid(), owner.st_uid);
    raw::set(fd, SOL_SOCKET, SO_REUSEADDR, cell.reuse.address);
    raw::set(fd, SOL_SOCKET, SO_REUSEPORT, cell.reuse.port);
    const raw::Address at =
        cell.is_bound_to_group ? to(1) : raw::address(ipv4() ? "0.0.0.0" : "::");
    if (::bind(fd.get(), at.get(), at.size) != 0) {
      EXPECT_EQ(EADDRINUSE, errno);
      return std::nullopt;
    }
    if (raw::join(fd, to(1), there("eth0")) != 0) lab::fail("join");
    return fd;
  }
  // Each side that is there gets every datagram of a numbered stream, once and in order.
  void expect_all(const lab::Fd* other) {
    const std::vector<std::string> numbers = numbered_run(next_, kFlows);
    next_ += kFlows;
    for (size_t i = 0; i < kFlows; ++i) ASSERT_EQ(0, raw::send(flows_[i], to(1), numbers[i]));
    settle();
    poller_.drain();
    EXPECT_EQ(numbers, ours_.take_texts());
    if (other != nullptr) {
      EXPECT_EQ(numbers, raw::receive_all(*other));
    }
  }
  const char* outcome_of(const Cell& cell) {
    return cell.is_first ? after_the_other(cell) : before_the_other(cell);
  }

 private:
  static constexpr size_t kFlows = 10;  // what goes wrong depends on the ports

  const char* after_the_other(const Cell& cell) {
    std::optional<lab::Fd> other = open_other(cell);
    EXPECT_TRUE(other.has_value());
    const int opened = mc_listener_open(ours_.get());
    if (opened == 0) {
      expect_all(&*other);
      ours_.close();
      return kShared;
    }
    EXPECT_EQ(-EADDRINUSE, opened);
    const std::string sentence = mc_last_error();
    for (const std::string& words :
         {group_text(1), std::string("eth0"),
          std::string("shares it with nobody, or only within its own user"),
          std::string("it must set SO_REUSEADDR")}) {
      EXPECT_NE(std::string::npos, sentence.find(words)) << sentence;
    }
    other.reset();
    ours_.open();  // nothing is left of the refusal
    expect_all(nullptr);
    ours_.close();
    return kRefused;
  }
  const char* before_the_other(const Cell& cell) {
    ours_.open();
    const std::optional<lab::Fd> other = open_other(cell);
    expect_all(other ? &*other : nullptr);
    ours_.close();
    return other ? kShared : kRefused;
  }

  std::array<lab::Fd, kFlows> flows_ = [this] {
    std::array<lab::Fd, kFlows> made;
    for (lab::Fd& each : made) each = out("eth0");
    return made;
  }();
  Poller poller_;
  Listener ours_{poller_, {on(1, 0)}};
  size_t next_ = 0;
};
IN_BOTH_FAMILIES(Sharing);

std::string page() {
  std::ifstream file(NETWORKS_PAGE);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST_P(Sharing, IsAsTheDocumentationSays) {
  const bool has_others = may_be_other_user();
  const std::string documented = page();
  for (const raw::Reuse reuse :
       {raw::Reuse{true, false}, {true, true}, {false, true}, {false, false}}) {
    std::array<std::string, 2> outcomes;
    for (const bool is_other : {false, true}) {
      if (is_other && !has_others) continue;
      for (const bool is_group : {true, false}) {
        for (const bool is_first : {true, false}) {
          const Cell cell{reuse, is_group, is_first, is_other};
          SCOPED_TRACE(cell.text());
          const std::string outcome = outcome_of(cell);
          if (outcomes[is_other].empty()) outcomes[is_other] = outcome;
          EXPECT_EQ(outcomes[is_other], outcome);
        }
      }
    }
    const std::string row = "| " + Cell{reuse}.flags() + " | " + outcomes[0] + " | " + outcomes[1];
    EXPECT_NE(std::string::npos, documented.find(row)) << row;
  }
  if (!has_others) GTEST_SKIP() << "sockets of another user need root; all else was tested";
}

}  // namespace
}  // namespace peer
