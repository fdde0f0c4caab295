// Beside other programs, with their group and port open on the same host before and after they come:
// ffmpeg, Node and the mDNS responder Avahi.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "peer.h"

namespace peer {
namespace {

using Texts = std::vector<std::string>;

// Two hosts and a link, made once.
struct Pair {
  Pair() {
    lab::keep_order();
    lab::connect(near, "eth0", "10.5.0.1/24", far, "eth0", "10.5.0.2/24");
    // A program that names no interface gets this one.
    for (const lab::Host* host : {&near, &far}) {
      host->ip("route add ff15::/16 dev eth0 table local\n");
    }
  }
  lab::Host near{"near"};
  lab::Host far{"far"};
};

const Pair& pair() {
  static const Pair shared;
  return shared;
}

// How many sockets of this host have joined the group.
int members(const std::string& group) {
  std::istringstream words(lab::run_here({"ip", "maddr", "show", "dev", "eth0"}));
  for (std::string word; words >> word;) {
    if (word != group) continue;
    int users = 1;  // It is left out if it is one.
    if (words >> word && word == "users") words >> users;
    return users;
  }
  return 0;
}

bool wait_for_members(const std::string& group, int wanted) {
  return lab::wait_until([&] { return members(group) >= wanted; }, in(10s));
}

// A listener with a poller of its own, and so with a socket of its own.
struct Own {
  explicit Own(const std::string& group) : listener(poller, {group + "%eth0"}) { listener.open(); }
  Texts heard(size_t packets) {
    poller.serve_until([&] { return listener.packets.size() >= packets; }, in(kPatience));
    poller.drain();
    return listener.take_texts();
  }
  Poller poller;
  Listener listener;
};

// The test runs on the near host.
class Beside : public testing::TestWithParam<int> {
 protected:
  bool is_ipv4() const { return GetParam() == AF_INET; }
  std::string bracketed() const { return is_ipv4() ? group_ : "[" + group_ + "]"; }
  std::string own_address(const lab::Host& host) const {
    const std::string last = &host == &pair().near ? "1" : "2";
    return (is_ipv4() ? "10.5.0." : "fd00:a:5::") + last;
  }
  void send_from_far(const Texts& texts) const {
    const lab::Inside scope(pair().far);
    for (const std::string& text : texts) {
      check(mc_sendto(text.data(), text.size(), (group_ + "%eth0").c_str(), raw::kPort, 2));
    }
  }

  const std::string group_ = is_ipv4() ? "239.5.0.1" : "ff15::5:1";
  const lab::Inside on_near_{pair().near};
};
IN_BOTH_FAMILIES(Beside);

// What ffmpeg takes for sound, as it is.
constexpr size_t kBlock = 1024;
const Texts kSound = {"-hide_banner", "-loglevel", "error", "-nostdin", "-f",
                      "u8",           "-ar",       "8000",  "-ac",      "1"};

Texts sound() {
  Texts blocks;
  for (size_t i = 0; i < 32; ++i) blocks.push_back(numbered(i, kBlock));
  return blocks;
}

std::string joined(const Texts& texts) {
  std::string all;
  for (const std::string& each : texts) all += each;
  return all;
}

TEST_P(Beside, FfmpegAndWeReceiveTheSame) {
  SKIP_WITHOUT("ffmpeg");
  Own before(group_);
  const std::string port = std::to_string(raw::kPort);
  Texts argv = {"ffmpeg"};
  argv.insert(argv.end(), kSound.begin(), kSound.end());
  argv.insert(argv.end(), {"-probesize", "32", "-i",
                           "udp://" + bracketed() + ":" + port +
                               (is_ipv4() ? "?localaddr=" + own_address(pair().near) : ""),
                           "-c", "copy", "-f", "u8", "-flush_packets", "1", "pipe:1"});
  lab::Process ffmpeg = lab::Process::spawn(argv);
  ASSERT_TRUE(wait_for_members(group_, 2)) << ffmpeg.errors();
  Own after(group_);
  const Texts blocks = sound();
  send_from_far(blocks);
  // It reads hundreds of bytes at a time, and so keeps the last few.
  EXPECT_TRUE(ffmpeg.wait_for_output(joined({blocks.begin(), blocks.end() - 1}), in(kPatience)))
      << ffmpeg.output().size() << ffmpeg.errors();
  EXPECT_EQ(blocks, before.heard(blocks.size()));
  EXPECT_EQ(blocks, after.heard(blocks.size()));
}

TEST_P(Beside, WhatFfmpegSendsArrives) {
  SKIP_WITHOUT("ffmpeg");
  Own own(group_);
  Texts argv = {"ffmpeg"};
  argv.insert(argv.end(), kSound.begin(), kSound.end());
  argv.insert(argv.end(), {"-i", "pipe:0", "-c", "copy", "-f", "u8",
                           "udp://" + bracketed() + ":" + std::to_string(raw::kPort) +
                               "?ttl=2&pkt_size=" + std::to_string(kBlock) +
                               (is_ipv4() ? "&localaddr=" + own_address(pair().far) : "")});
  lab::Process ffmpeg = lab::Process::spawn(argv, {&pair().far, true, {}});
  const Texts blocks = sound();
  ASSERT_TRUE(ffmpeg.write_input(joined(blocks)));
  ffmpeg.close_input();
  const std::string all = joined(blocks);
  std::string heard;
  own.listener.on_packet = [&](const mc_packet& packet) {
    heard.append(reinterpret_cast<const char*>(packet.data), packet.size);
    return 0;
  };
  own.poller.serve_until([&] { return heard.size() >= all.size(); }, in(kPatience));
  EXPECT_TRUE(heard == all) << heard.size() << ffmpeg.errors();
  EXPECT_EQ(0, ffmpeg.wait(in(kPatience))) << ffmpeg.errors();
}

// Prints what it receives, and sends each line of its input.
constexpr const char* kNode = R"(
const [group, own, port] = [process.argv[1], process.argv[2], Number(process.argv[3])];
const is6 = group.includes(':');
const socket = require('dgram').createSocket({type: is6 ? 'udp6' : 'udp4', reuseAddr: true});
socket.on('message', message => console.log(String(message)));
socket.bind(port, () => {
  socket.addMembership(group, is6 ? '::%eth0' : own);
  socket.setMulticastInterface(is6 ? '::%eth0' : own);
  console.log('ready');
});
require('readline').createInterface({input: process.stdin})
    .on('line', line => socket.send(line, port, group));
)";

TEST_P(Beside, NodeAndWeHearEachOther) {
  SKIP_WITHOUT("node");
  Own before(group_);
  lab::Process node = lab::Process::spawn(
      {"node", "-e", kNode, group_, own_address(pair().near), std::to_string(raw::kPort)},
      {nullptr, true, {}});
  ASSERT_TRUE(node.wait_for_output("ready\n", in(10s))) << node.errors();
  Own after(group_);
  const Texts texts = {"one", "two", "three"};
  send_from_far(texts);
  EXPECT_TRUE(node.wait_for_output("ready\none\ntwo\nthree\n", in(kPatience)))
      << node.output() << node.errors();
  EXPECT_EQ(texts, before.heard(texts.size()));
  EXPECT_EQ(texts, after.heard(texts.size()));
  ASSERT_TRUE(node.write_input("four\n"));
  EXPECT_EQ(Texts{"four"}, before.heard(1));
  EXPECT_EQ(Texts{"four"}, after.heard(1));
}

// ---- mDNS ---------------------------------------------------------------------------------------

constexpr uint16_t kMdnsPort = 5353;

constexpr const char* kAvahi = R"([server]
host-name=labhost
use-ipv4=yes
use-ipv6=yes
allow-interfaces=eth0
enable-dbus=no
[publish]
publish-workstation=no
)";

// Where its files are, and whose, is built in: it gets a /run of its own, where the user that it
// wants, whom an ordinary user cannot give files to, is root.
constexpr const char* kStartAvahi =
    "mount -t tmpfs tmpfs /run && "
    "mount --bind \"$0/passwd\" /etc/passwd && mount --bind \"$0/group\" /etc/group && "
    "exec avahi-daemon --no-drop-root --no-rlimits -f \"$0/conf\"";

// "labhost.local", as DNS writes it.
const std::string kName = std::string("\7labhost\5local", 14) + '\0';

// A question for the host's address: of type A or AAAA.
std::string question(bool is_ipv4) {
  std::string text("\x12\x34\0\0\0\1\0\0\0\0\0\0", 12);
  text += kName;
  text += is_ipv4 ? std::string("\0\1", 2) : std::string("\0\x1c", 2);
  return text + std::string("\0\1", 2);
}

// Whether it is an answer that tells the address of the host.
bool is_answer(const std::string& text, bool is_ipv4) {
  const std::string address =
      is_ipv4 ? std::string("\0\4\x0a\5\0\1", 6) : std::string("\0\x10\xfd\0\0\x0a\0\5", 8);
  return text.size() > 12 && (text[2] & '\x80') != 0 &&
         text.find("\7labhost") != std::string::npos && text.find(address) != std::string::npos;
}

struct Mdns {
  explicit Mdns(const std::string& group) : listener(poller, {}) {
    check(mc_listener_add(listener.get(), (group + "%eth0").c_str(), kMdnsPort));
    listener.open();
  }
  bool hears_answer(bool is_ipv4) {
    return poller.serve_until(
        [&] {
          for (const Packet& each : listener.packets) {
            if (is_answer(each.data, is_ipv4)) return true;
          }
          return false;
        },
        in(10s));
  }
  bool hears(const std::string& text) {
    return poller.serve_until(
        [&] {
          const Texts texts = listener.texts();
          return std::find(texts.begin(), texts.end(), text) != texts.end();
        },
        in(kPatience));
  }
  Poller poller;
  Listener listener;
};

TEST_P(Beside, WeHearWhatAvahiAnnouncesAndItAnswersUs) {
  SKIP_WITHOUT("avahi-daemon");
  SKIP_WITHOUT("unshare");
  const std::string group = is_ipv4() ? "224.0.0.251" : "ff02::fb";
  Mdns before(group);
  const lab::TemporaryFolder folder;
  folder.make_file("conf", kAvahi);
  folder.make_file("passwd", "root:x:0:0::/:/bin/sh\navahi:x:0:0::/:/bin/sh\n");
  folder.make_file("group", "root:x:0:\navahi:x:0:\n");
  lab::Process avahi =
      lab::Process::spawn({"unshare", "--mount", "sh", "-c", kStartAvahi, folder.path()});
  EXPECT_TRUE(before.hears_answer(is_ipv4())) << (avahi.terminate(), avahi.errors());
  Mdns after(group);

  mc_multicaster* made = nullptr;
  check(mc_multicaster_new(&made, after.poller.get(), (group + "%eth0").c_str(), kMdnsPort, 255));
  const std::unique_ptr<mc_multicaster, Free<mc_multicaster, mc_multicaster_free>> asker(made);
  Texts answers;
  const auto keep = [](const mc_packet* packet, void* user) {
    static_cast<Texts*>(user)->emplace_back(reinterpret_cast<const char*>(packet->data),
                                            packet->size);
    return 0;
  };
  check(mc_multicaster_set_handler(made, keep, &answers, nullptr));
  const std::string asked = question(is_ipv4());
  check(mc_multicaster_send(made, asked.data(), asked.size()));
  // To who asks from another port it answers alone.
  EXPECT_TRUE(after.poller.serve_until(
      [&] { return !answers.empty() && is_answer(answers.back(), is_ipv4()); }, in(kPatience)))
      << avahi.errors();
  EXPECT_TRUE(before.hears(asked));
  EXPECT_TRUE(after.hears(asked));
}

}  // namespace
}  // namespace peer
