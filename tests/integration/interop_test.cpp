// With programs that we did not write, both ways: socat, Python's socket module and iperf 2.
#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "peer.h"

namespace peer {
namespace {

// Receives datagrams and prints each as a line: group, interface, port.
constexpr const char* kPythonReceiver = R"(
import socket, struct, sys
group, interface, port = sys.argv[1], socket.if_nametoindex(sys.argv[2]), int(sys.argv[3])
family = socket.AF_INET6 if ':' in group else socket.AF_INET
packed = socket.inet_pton(family, group)
receiver = socket.socket(family, socket.SOCK_DGRAM)
receiver.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
receiver.bind((group, port))
if family == socket.AF_INET:
    receiver.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                        struct.pack('4s4si', packed, b'', interface))
else:
    receiver.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP,
                        struct.pack('16si', packed, interface))
print('ready', flush=True)
while True:
    print(receiver.recv(65536).decode(), flush=True)
)";

// Sends each further argument as a datagram.
constexpr const char* kPythonSender = R"(
import socket, struct, sys
group, interface, port = sys.argv[1], socket.if_nametoindex(sys.argv[2]), int(sys.argv[3])
family = socket.AF_INET6 if ':' in group else socket.AF_INET
sender = socket.socket(family, socket.SOCK_DGRAM)
if family == socket.AF_INET:
    sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF,
                      struct.pack('4s4si', b'', b'', interface))
else:
    sender.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, interface)
for text in sys.argv[4:]:
    sender.sendto(text.encode(), (group, port))
)";

// Everything goes over the second link, which is nobody's default.
class Interop : public Links {
 protected:
  static constexpr const char* kInterface = "eth1";
  const std::string port_ = std::to_string(raw::kPort);
  const std::string group_ = group_text(1);
  const std::string our_group_ = group_ + "%" + kInterface;

  lab::Process start(const lab::Host& host, const std::vector<std::string>& argv,
                     bool with_input = false) const {
    return lab::Process::spawn(argv, {&host, with_input, {}});
  }
  // For programs that do not tell when they listen: waits until the kernel tells that the port is
  // bound, by a socket of either family, and the group joined by so many.
  bool wait_until_joined(const lab::Host& host, int members = 1) const {
    const lab::Inside scope(host);
    std::array<char, 8> port;
    std::snprintf(port.data(), port.size(), ":%04X ", raw::kPort);
    const auto is_bound = [&](const char* sockets) {
      return lab::read_file(sockets).find(port.data()) != std::string::npos;
    };
    const auto is_joined = [&] {
      const std::string groups = lab::run_here({"ip", "maddr", "show", "dev", kInterface});
      return groups.find(group_ + (members == 1 ? "" : " users " + std::to_string(members))) !=
             std::string::npos;
    };
    return lab::wait_until(
        [&] {
          return (is_bound("/proc/thread-self/net/udp") ||
                  is_bound("/proc/thread-self/net/udp6")) &&
                 is_joined();
        },
        in(10s));
  }
  // Our example program on the receiver, listening for so many packets.
  lab::Process start_listen(size_t packets, int members = 1) const {
    lab::Process listen =
        start(receiver_, {LISTEN, "-n", std::to_string(packets), our_group_, port_});
    EXPECT_TRUE(wait_until_joined(receiver_, members)) << listen.errors();
    return listen;
  }
  // Each of its lines is "address:port: text".
  void expect_printed(lab::Process& listen, const std::vector<std::string>& texts) const {
    ASSERT_EQ(0, listen.wait(in(10s))) << listen.output() << listen.errors();
    const std::string from = ipv4() ? "10.2.0." : "[fd00:a:2::";
    std::string_view rest = listen.output();
    for (const std::string& text : texts) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      EXPECT_TRUE(line.substr(0, from.size()) == from) << line;
      EXPECT_TRUE(line.size() > text.size() && line.substr(line.size() - text.size()) == text)
          << line;
      rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    }
    EXPECT_TRUE(rest.empty()) << rest;
  }
  // Our example program on the sender, which sends each text as a packet.
  void send(const std::vector<std::string>& texts) const {
    std::vector<std::string> argv = {SEND, "-t", "2", our_group_, port_};
    argv.insert(argv.end(), texts.begin(), texts.end());
    lab::Process sender = start(sender_, argv);
    ASSERT_EQ(0, sender.wait(in(10s))) << sender.errors();
  }
  std::vector<std::string> python(const char* script, const std::vector<std::string>& more) const {
    std::vector<std::string> argv = {"python3", "-c", script, group_, kInterface, port_};
    argv.insert(argv.end(), more.begin(), more.end());
    return argv;
  }
  lab::Process start_socat_receiver() const {
    lab::Process socat = start(
        receiver_, {"socat", "-u", socat_address("RECV") + ",reuseaddr," + socat_join(), "STDOUT"});
    EXPECT_TRUE(wait_until_joined(receiver_)) << socat.errors();
    return socat;
  }
  // socat 1.8.0.0 takes ipv6-join-group and joins nothing, so the socket option itself:
  // IPV6_JOIN_GROUP with an ipv6_mreq in hexadecimal digits.
  std::string socat_join() const {
    if (ipv4()) return "ip-add-membership=" + group_ + ":" + kInterface;
    ipv6_mreq request{};
    inet_pton(AF_INET6, group_.c_str(), &request.ipv6mr_multiaddr);
    request.ipv6mr_interface = receiver_.index_of(kInterface);
    std::string digits;
    for (const std::byte each : std::as_bytes(std::span(&request, 1))) {
      constexpr char kDigits[] = "0123456789abcdef";
      digits += kDigits[std::to_integer<size_t>(each) >> 4];
      digits += kDigits[std::to_integer<size_t>(each) & 15];
    }
    return "setsockopt-listen=41:20:x" + digits;
  }
  std::string socat_address(const std::string& kind) const {
    const std::string prefix = std::string(ipv4() ? "UDP4-" : "UDP6-") + kind + ":";
    return kind == "RECV" ? prefix + port_ : prefix + bracketed() + ":" + port_;
  }
  std::string bracketed() const { return ipv4() ? group_ : "[" + group_ + "]"; }

  const std::vector<std::string> texts_ = {"one", "two words", "three"};
};
IN_BOTH_FAMILIES(Interop);

TEST_P(Interop, SocatSendsAndWePrint) {
  SKIP_WITHOUT("socat");
  lab::Process listen = start_listen(texts_.size());
  lab::Process socat =
      start(sender_,
            {"socat", "-u", "STDIN",
             socat_address("SENDTO") + (ipv4() ? ",ip-multicast-if=" + source(0, 1)
                                               : std::string(",so-bindtodevice=") + kInterface)},
            true);
  for (const std::string& text : texts_) {
    // One read of socat's is one datagram, so the next waits for this one.
    ASSERT_TRUE(socat.write_input(text));
    ASSERT_TRUE(listen.wait_for_output(": " + text + "\n", in(10s)))
        << socat.errors() << listen.errors();
  }
  expect_printed(listen, texts_);
}

TEST_P(Interop, WeSendAndSocatPrints) {
  SKIP_WITHOUT("socat");
  lab::Process socat = start_socat_receiver();
  send(texts_);
  EXPECT_TRUE(socat.wait_for_output("onetwo wordsthree", in(10s)))
      << socat.output() << socat.errors();
}

TEST_P(Interop, PythonSendsAndWePrint) {
  SKIP_WITHOUT("python3");
  lab::Process listen = start_listen(texts_.size());
  lab::Process python3 = start(sender_, python(kPythonSender, texts_));
  ASSERT_EQ(0, python3.wait(in(10s))) << python3.errors();
  expect_printed(listen, texts_);
}

TEST_P(Interop, WeSendAndPythonPrints) {
  SKIP_WITHOUT("python3");
  lab::Process python3 = start(receiver_, python(kPythonReceiver, {}));
  ASSERT_TRUE(python3.wait_for_output("ready\n", in(10s))) << python3.errors();
  send(texts_);
  EXPECT_TRUE(python3.wait_for_output("ready\none\ntwo words\nthree\n", in(10s)))
      << python3.output() << python3.errors();
}

TEST_P(Interop, SocatPythonAndWeHearTheSamePacketsOnOneHost) {
  SKIP_WITHOUT("socat");
  SKIP_WITHOUT("python3");
  lab::Process socat = start_socat_receiver();
  lab::Process python3 = start(receiver_, python(kPythonReceiver, {}));
  ASSERT_TRUE(python3.wait_for_output("ready\n", in(10s))) << python3.errors();
  lab::Process listen = start_listen(texts_.size(), 3);
  send(texts_);
  EXPECT_TRUE(socat.wait_for_output("onetwo wordsthree", in(10s))) << socat.errors();
  EXPECT_TRUE(python3.wait_for_output("ready\none\ntwo words\nthree\n", in(10s)));
  expect_printed(listen, texts_);
}

// The head of iperf's datagrams: the number, the time, the number's upper half.
struct IperfHead {
  int32_t id;
  uint32_t seconds;
  uint32_t microseconds;
  int32_t id_upper;
};
constexpr size_t kIperfSize = 200;

std::string iperf_datagram(int32_t id) {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  const auto network = [](auto value) { return htonl(static_cast<uint32_t>(value)); };
  IperfHead head{};
  head.id = static_cast<int32_t>(network(id));
  head.seconds = network(now.tv_sec);
  head.microseconds = network(now.tv_nsec / 1000);
  head.id_upper = static_cast<int32_t>(network(id < 0 ? -1 : 0));
  std::string datagram(kIperfSize, '\0');
  std::memcpy(datagram.data(), &head, sizeof head);
  return datagram;
}

int32_t iperf_id(const std::string& datagram) {
  IperfHead head{};
  datagram.copy(reinterpret_cast<char*>(&head), sizeof head);
  return static_cast<int32_t>(ntohl(static_cast<uint32_t>(head.id)));
}

TEST_P(Interop, AllDatagramsOfIperfArriveInOrder) {
  SKIP_WITHOUT("iperf");
  constexpr int kDatagrams = 500;
  Poller poller;
  // Over which link iperf sends IPv6 is its own affair.
  Listener listener(poller, {on(1, 0), on(1, 1)});
  listener.open();
  std::vector<std::string> argv = {"iperf", "-u",
                                   "-c",    our_group_,
                                   "-p",    port_,
                                   "-T",    "2",
                                   "-b",    "20M",
                                   "-l",    std::to_string(kIperfSize),
                                   "-n",    std::to_string(kDatagrams * kIperfSize)};
  if (!ipv4()) argv.emplace_back("-V");
  if (ipv4()) argv.insert(argv.end(), {"-B", source(0, 1)});
  lab::Process iperf = start(sender_, argv);
  // The last one has the negative number, and is perhaps repeated.
  const auto is_last = [](const Packet& packet) { return iperf_id(packet.data) < 0; };
  ASSERT_TRUE(poller.serve_until(
      [&] { return !listener.packets.empty() && is_last(listener.packets.back()); }, in(20s)))
      << listener.packets.size() << iperf.output() << iperf.errors();
  ASSERT_EQ(kDatagrams + 1u, listener.packets.size());
  for (int i = 0; i < kDatagrams; ++i) {
    ASSERT_EQ(i + 1, iperf_id(listener.packets[static_cast<size_t>(i)].data));
    ASSERT_EQ(kIperfSize, listener.packets[static_cast<size_t>(i)].wire_size);
  }
  EXPECT_EQ(0u, listener.stats().lost);
}

// Three numbers are left out, to see that iperf understands what it counts.
TEST_P(Interop, IperfCountsOurDatagramsAndMissesThoseThatWeLeaveOut) {
  SKIP_WITHOUT("iperf");
  std::vector<std::string> argv = {"iperf", "-s", "-u", "-P", "1", "-B", our_group_, "-p", port_};
  if (!ipv4()) argv.emplace_back("-V");
  lab::Process iperf = start(receiver_, argv);
  ASSERT_TRUE(wait_until_joined(receiver_)) << iperf.output() << iperf.errors();
  std::vector<std::string> datagrams;
  for (int32_t id = 1; id <= 100; ++id) {
    if (id % 30 != 0) datagrams.push_back(iperf_datagram(id));
  }
  datagrams.push_back(iperf_datagram(-101));
  std::vector<mc_buffer> buffers;
  for (const std::string& each : datagrams) buffers.push_back({each.data(), each.size()});
  {
    const lab::Inside scope(sender_);
    ASSERT_EQ(static_cast<int>(buffers.size()),
              mc_sendto_many(buffers.data(), buffers.size(), our_group_.c_str(), raw::kPort, 2))
        << mc_last_error();
  }
  EXPECT_TRUE(iperf.wait_for_match(" 3/101 ", in(10s))) << iperf.output() << iperf.errors();
}

}  // namespace
}  // namespace peer
