// Answers between hosts: mc_reply to the asker, conversations of two multicasters, discovery.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "remote.h"

namespace peer {
namespace {

constexpr uint16_t kAskPort = 4510;

std::string text_of(const mc_packet& packet) {
  return {reinterpret_cast<const char*>(packet.data), packet.size};
}

// The address alone, without its port, as the tests of the library write it.
std::string host_of(const mc_address& address) {
  mc_address host = address;
  host.port = 0;
  std::array<char, 100> text;
  check(mc_address_format(&host, text.data(), text.size()));
  std::string written = text.data();
  written.resize(written.rfind(':'));
  if (written.front() == '[') written = written.substr(1, written.size() - 2);
  return written;
}

// The same for an address as text, which may be written in several ways.
std::string written(const std::string& text) {
  const raw::Address address = raw::address(text, 0);
  mc_address same{};
  same.family = static_cast<uint16_t>(address.family());
  if (address.family() == AF_INET) {
    const auto& ipv4 = reinterpret_cast<const sockaddr_in&>(address.storage);
    std::memcpy(same.bytes, &ipv4.sin_addr, sizeof ipv4.sin_addr);
  } else {
    const auto& ipv6 = reinterpret_cast<const sockaddr_in6&>(address.storage);
    std::memcpy(same.bytes, &ipv6.sin6_addr, sizeof ipv6.sin6_addr);
  }
  return host_of(same);
}

// A multicaster on a host, that keeps the answers it gets.
class Asker {
 public:
  Asker(const Poller& poller, const lab::Host& host, const std::string& group, uint16_t port = 0) {
    const lab::Inside scope(host);
    mc_multicaster* made = nullptr;
    check(mc_multicaster_new(&made, poller.get(), group.c_str(), raw::kPort, 1));
    handle_.reset(made);
    check(mc_multicaster_set_source_port(get(), port, 0));
    check(mc_multicaster_set_handler(get(), take, this, nullptr));
  }
  Asker(const Asker&) = delete;
  Asker& operator=(const Asker&) = delete;

  mc_multicaster* get() const { return handle_.get(); }
  void ask(const std::string& question) const {
    check(mc_multicaster_send(get(), question.data(), question.size()));
  }
  uint16_t port() const {
    mc_address source{};
    check(mc_multicaster_source(get(), &source));
    return source.port;
  }

  std::vector<std::string> texts;
  mc_packet last{};
  std::string reply_with;  // to each answer, unless empty

 private:
  static int take(const mc_packet* packet, void* user) {
    auto& self = *static_cast<Asker*>(user);
    self.texts.push_back(text_of(*packet));
    self.last = *packet;
    if (!self.reply_with.empty()) {
      EXPECT_EQ(0, mc_reply(packet, self.reply_with.data(), self.reply_with.size()))
          << mc_last_error();
    }
    return 0;
  }
  std::unique_ptr<mc_multicaster, Free<mc_multicaster, mc_multicaster_free>> handle_;
};

class Answers : public Links {
 protected:
  // A listener on the receiver that answers each question, and keeps what it was told of the last.
  void respond(Listener& listener) {
    listener.on_packet = [this](const mc_packet& packet) {
      question_ = packet;
      const std::string answer = text_of(packet) + "!";
      EXPECT_EQ(0, mc_reply(&packet, answer.data(), answer.size())) << mc_last_error();
      return 0;
    };
    listener.open();
  }
  static bool await(const Poller& poller, const Asker& asker, size_t answers) {
    return poller.serve_until([&] { return asker.texts.size() >= answers; }, in(10s));
  }

  mc_packet question_{};
};
IN_BOTH_FAMILIES(Answers);

TEST_P(Answers, ReachTheAskerOnAnotherHostOverEitherLink) {
  Poller poller;
  for (unsigned link = 0; link < 2; ++link) {
    SCOPED_TRACE(link);
    Listener listener(poller, {on(1, link)});
    respond(listener);
    Asker asker(poller, sender_, source(0, link) + "@" + on(1, link), kAskPort);
    asker.ask("who");
    asker.ask("where");
    ASSERT_TRUE(await(poller, asker, 2));
    EXPECT_EQ((std::vector<std::string>{"who!", "where!"}), asker.texts);
    EXPECT_EQ(kAskPort, question_.source.port);
    EXPECT_EQ(written(source(0, link)), host_of(question_.source));
    EXPECT_EQ(written(unicast(link + 1, 2)), host_of(asker.last.source));
    EXPECT_EQ(written(source(0, link)), host_of(asker.last.group));  // its own address
    EXPECT_EQ(kAskPort, asker.last.group.port);
    EXPECT_EQ(here(interface(link)), asker.last.interface_index);
  }
}

// Every link has addresses of this kind; they mean nothing without the link.
TEST_P(Answers, ToALinkLocalAddressLeaveByTheLinkOfTheQuestion) {
  Poller poller;
  if (ipv4()) {
    for (unsigned link = 0; link < 2; ++link) {
      const std::string n = std::to_string(link);
      sender_.ip("address replace 169.254." + n + ".1/16 dev " + interface(link));
      receiver_.ip("address replace 169.254." + n + ".2/16 dev " + interface(link));
    }
  }
  for (unsigned link = 0; link < 2; ++link) {
    SCOPED_TRACE(link);
    const std::string own = "169.254." + std::to_string(link) + ".1";
    const std::string group = ipv4() ? group_text(1) : "ff02::77";
    Listener listener(poller, {group + "%" + interface(link)});
    respond(listener);
    Asker asker(poller, sender_, (ipv4() ? own + "@" : "") + group + "%" + interface(link));
    asker.ask("who");
    EXPECT_TRUE(await(poller, asker, 1));
    EXPECT_EQ((std::vector<std::string>{"who!"}), asker.texts);
    EXPECT_EQ(ipv4() ? own.substr(0, 7) : "fe80::",
              host_of(question_.source).substr(0, ipv4() ? 7 : 6));
    EXPECT_EQ(ipv4() ? 0 : there(interface(link)), question_.source.scope);
    EXPECT_EQ(there(interface(link)), question_.interface_index);
    EXPECT_EQ(here(interface(link)), asker.last.interface_index);
    EXPECT_EQ(ipv4() ? 0 : here(interface(link)), asker.last.source.scope);
    EXPECT_EQ(ipv4() ? 0 : here(interface(link)), asker.last.group.scope);
    // By mc_multicaster_send_to the same.
    Asker other(poller, receiver_, group + "%" + interface(link));
    EXPECT_EQ(0, mc_multicaster_send_to(other.get(), &question_.source, "again", 5))
        << mc_last_error();
    EXPECT_TRUE(await(poller, asker, 2));
    EXPECT_EQ("again", asker.texts.back());
    EXPECT_EQ(other.port(), asker.last.source.port);
  }
  if (ipv4()) {
    for (unsigned link = 0; link < 2; ++link) {
      const std::string n = std::to_string(link);
      sender_.ip("address delete 169.254." + n + ".1/16 dev " + interface(link));
      receiver_.ip("address delete 169.254." + n + ".2/16 dev " + interface(link));
    }
  }
}

TEST_P(Answers, AreAnsweredFromThePortThatTheyCameTo) {
  Poller poller;
  Asker first(poller, sender_, on(1, 0), kAskPort);
  Asker second(poller, receiver_, on(1, 0));
  Listener listener(poller, {on(1, 0)});
  listener.on_packet = [&](const mc_packet& packet) {
    EXPECT_EQ(0, mc_multicaster_send_to(second.get(), &packet.source, "answer", 6));
    return 0;
  };
  listener.open();
  first.reply_with = "thanks";
  first.ask("who");
  ASSERT_TRUE(await(poller, second, 1));
  EXPECT_EQ((std::vector<std::string>{"answer"}), first.texts);
  EXPECT_EQ(second.port(), first.last.source.port);
  EXPECT_EQ((std::vector<std::string>{"thanks"}), second.texts);
  EXPECT_EQ(kAskPort, second.last.source.port);
}

TEST_P(Answers, OfThreeProcessesAreThree) {
  // What a responder does: answers one question, and ends.
  const auto serve = [this](const std::string& letter) {
    Poller poller;
    Listener listener(poller, {on(1, 0)});
    listener.on_packet = [&](const mc_packet& packet) {
      check(mc_reply(&packet, letter.data(), letter.size()));
      return 1;
    };
    listener.open();
    if (::write(STDOUT_FILENO, "ready\n", 6) != 6) return 1;
    return check(mc_poller_loop(poller.get(), -1, 0));
  };
  std::vector<lab::Process> responders;
  for (const char* letter : {"a", "b", "c"}) {
    responders.push_back(
        lab::Process::fork([&] { return serve(letter); }, {&receiver_, false, {}}));
    ASSERT_TRUE(responders.back().wait_for_output("ready\n", in(10s)))
        << responders.back().errors();
  }
  Poller poller;
  Asker asker(poller, sender_, on(1, 0));
  asker.ask("who is there?");
  ASSERT_TRUE(await(poller, asker, 3));
  for (lab::Process& each : responders) EXPECT_EQ(0, each.wait(in(10s))) << each.errors();
  settle();
  poller.drain();
  std::sort(asker.texts.begin(), asker.texts.end());
  EXPECT_EQ((std::vector<std::string>{"a", "b", "c"}), asker.texts);
  mc_stats stats{};
  check(mc_multicaster_stats(asker.get(), &stats, sizeof stats));
  EXPECT_EQ(3u, stats.arrived);
}

TEST_P(Answers, OnesOwnPacketsAreLeftOutAndThoseOfAnotherHostFromTheSamePortAreHeard) {
  Poller poller;
  Listener listener(poller, {on(1, 0)});
  check(mc_listener_set_ignore_own(listener.get(), 1));
  listener.open();
  const Asker own(poller, receiver_, on(1, 0), kAskPort);
  own.ask("own");
  const lab::Fd elsewhere = [&] {
    const unsigned index = here("eth0");
    const lab::Inside scope(sender_);
    lab::Fd fd = raw::sender(GetParam(), index);
    raw::bind(fd, raw::address(source(0, 0), kAskPort));
    return fd;
  }();
  ASSERT_EQ(0, raw::send(elsewhere, to(1), "theirs"));
  RemoteSender process(sender_, {GetParam(), "eth0", {source(0, 0)}, to(1), 8, 1});
  process.send(7, 1);
  own.ask("own");
  settle();
  poller.drain();
  EXPECT_EQ((std::vector<std::string>{"theirs", numbered(7)}), listener.texts());
  EXPECT_EQ(2u, listener.stats().not_for_us);
  EXPECT_EQ(4u, listener.stats().arrived);
}

}  // namespace
}  // namespace peer
