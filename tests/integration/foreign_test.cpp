// Next to one socket of another program on the same port, of every kind: ours gets everything, and
// the other one loses nothing that it would get without us.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "peer.h"

namespace peer {
namespace {

enum class Member { kNo, kAnySource, kOtherSource };

struct Foreign {
  bool is_dual;  // an IPv6 socket that carries IPv4, as Java makes them
  raw::Reuse reuse;
  bool is_bound_to_group;
  bool is_bound_to_interface;
  bool takes_all;  // IP_MULTICAST_ALL
  bool is_first;
  Member member;

  std::string text() const {
    return std::string(is_dual ? "dual " : "") + (reuse.address ? "REUSEADDR " : "") +
           (reuse.port ? "REUSEPORT " : "") + (is_bound_to_group ? "group " : "any ") +
           (is_bound_to_interface ? "interface " : "") + (takes_all ? "all " : "") +
           (is_first ? "before us " : "after us ") +
           (member == Member::kNo          ? "not joined"
            : member == Member::kAnySource ? "joined"
                                           : "joined for another source");
  }
  // The one kind that still takes packets from ours, by the kernel's fault that tests/kernel proves:
  // it is an IPv6 socket as ours is, bound to the very same group, port and interface, and does not
  // want the packets.
  bool is_thief() const {
    return is_dual && reuse.port && is_bound_to_group && is_bound_to_interface &&
           (member == Member::kOtherSource || (member == Member::kNo && !takes_all));
  }
};

std::vector<Foreign> every_kind(bool ipv4) {
  std::vector<Foreign> all;
  for (const raw::Reuse reuse : {raw::Reuse{true, false}, {false, true}, {true, true}}) {
    for (const Member member : {Member::kNo, Member::kAnySource, Member::kOtherSource}) {
      for (unsigned bits = 0; bits < (ipv4 ? 32 : 16); ++bits) {
        const auto bit = [bits](unsigned n) { return (bits >> n & 1) != 0; };
        const Foreign kind{bit(4), reuse, bit(0), bit(1), bit(2), bit(3), member};
        if (!kind.is_thief()) all.push_back(kind);
      }
    }
  }
  return all;
}

class NextToAForeignSocket : public Links {
 protected:
  static constexpr size_t kFlows = 12;  // The fault depends on the ports, so there are several.

  NextToAForeignSocket() {
    for (size_t flow = 0; flow < kFlows; ++flow) {
      for (unsigned link = 0; link < 2; ++link) {
        flows_.push_back({source_socket(flow & 1, link), link, static_cast<unsigned>(flow & 1)});
      }
    }
    const std::string first = name(1, 0, 0), second = name(1, 1, 0);
    add(on(1, 0), {first, second});
    add(source(0, 0) + "@" + on(1, 0), {first});
    add(on(1, 1), {name(1, 0, 1), name(1, 1, 1)});
    add(source(1, 0) + "@" + on(2, 0), {name(2, 1, 0)});
  }

  void add(const std::string& group, const std::vector<std::string>& wanted) {
    std::vector<std::string> expected;
    for (const std::string& each : wanted) expected.insert(expected.end(), kFlows / 2, each);
    ours_.push_back(
        {std::make_unique<Listener>(poller_, std::vector<std::string>{group}), sorted(expected)});
  }
  void open_ours() const {
    for (const Ours& each : ours_) each.listener->open();
  }
  void close_ours() const {
    for (const Ours& each : ours_) each.listener->close();
  }
  void check_ours() const {
    poller_.drain();
    for (const Ours& each : ours_) EXPECT_EQ(each.expected, sorted(each.listener->take_texts()));
  }

  lab::Fd open_foreign(const Foreign& kind) const {
    lab::Fd fd = raw::udp(kind.is_dual ? AF_INET6 : GetParam());
    const unsigned index = there("eth0");
    raw::set(fd, SOL_SOCKET, SO_REUSEADDR, kind.reuse.address);
    raw::set(fd, SOL_SOCKET, SO_REUSEPORT, kind.reuse.port);
    if (kind.is_dual) raw::set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
    if (kind.is_bound_to_interface) {
      raw::set(fd, SOL_SOCKET, SO_BINDTOIFINDEX, static_cast<int>(index));
    }
    raw::take_all(fd, GetParam(), kind.takes_all);
    raw::bind(fd, address_of(kind));
    int error = 0;
    if (kind.member == Member::kAnySource) error = raw::join(fd, to(1), index);
    if (kind.member == Member::kOtherSource) {
      error = raw::join_source(fd, to(1), raw::address(source(1, 0)), index);
    }
    if (error != 0) lab::fail("join");
    return fd;
  }

  raw::Address address_of(const Foreign& kind) const {
    if (kind.is_bound_to_group) {
      return raw::address((kind.is_dual ? "::ffff:" : "") + group_text(1));
    }
    return raw::address(ipv4() && !kind.is_dual ? "0.0.0.0" : "::");
  }

  // A datagram of each flow to each group: "group source link".
  void send_all() {
    for (const Flow& flow : flows_) {
      for (unsigned group = 1; group <= 2; ++group) {
        ASSERT_EQ(0, raw::send(flow.from, to(group), name(group, flow.source, flow.link)));
      }
    }
    settle();
  }

  static std::string name(unsigned group, unsigned source, unsigned link) {
    return std::to_string(group) + " " + std::to_string(source) + " " + std::to_string(link);
  }
  static std::vector<std::string> sorted(std::vector<std::string> all) {
    std::sort(all.begin(), all.end());
    return all;
  }

 private:
  struct Flow {
    lab::Fd from;
    unsigned link;
    unsigned source;
  };
  struct Ours {
    std::unique_ptr<Listener> listener;
    std::vector<std::string> expected;
  };
  std::vector<Flow> flows_;
  Poller poller_;
  std::vector<Ours> ours_;
};
IN_BOTH_FAMILIES(NextToAForeignSocket);

TEST_P(NextToAForeignSocket, OursGetsEverythingAndTheOtherLosesNothing) {
  for (const Foreign& kind : every_kind(ipv4())) {
    SCOPED_TRACE("foreign socket: " + kind.text());
    lab::Fd foreign = open_foreign(kind);
    send_all();
    const std::vector<std::string> without_us = sorted(raw::receive_all(foreign));
    if (!kind.is_first) foreign = lab::Fd();
    open_ours();
    if (!kind.is_first) foreign = open_foreign(kind);
    send_all();
    check_ours();
    const std::vector<std::string> with_us = sorted(raw::receive_all(foreign));
    EXPECT_TRUE(std::includes(with_us.begin(), with_us.end(), without_us.begin(), without_us.end()))
        << "it got " << without_us.size() << " without us and " << with_us.size() << " with us";
    close_ours();
  }
}

}  // namespace
}  // namespace peer
