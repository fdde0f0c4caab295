#include "remote.h"

#include <net/if.h>
#include <netinet/udp.h>

#include <algorithm>
#include <memory>
#include <sstream>
#include <stdexcept>

namespace peer {
namespace {

constexpr auto kPatience = 20s;

// The other side of RemoteListeners: obeys until its parent is gone.
class Servant {
 public:
  explicit Servant(const std::vector<std::string>& groups) {
    for (const std::string& group : groups) {
      listeners_.push_back(std::make_unique<Listener>(poller_, std::vector<std::string>{group}));
    }
    told_.resize(groups.size());
  }

  std::string obey(const std::string& order) {
    std::istringstream words(order);
    std::string verb;
    size_t which = 0;
    words >> verb >> which;
    if (verb == "report") return report();
    verb == "open" ? listeners_.at(which)->open() : listeners_.at(which)->close();
    return "done";
  }

 private:
  std::string report() {
    poller_.drain();
    std::string line;
    for (size_t i = 0; i < listeners_.size(); ++i) {
      std::string data;
      for (const std::string& each : listeners_[i]->take_texts()) {
        data += (data.empty() ? "" : ",") + each;
      }
      const uint64_t not_for_us = listeners_[i]->stats().not_for_us;
      line += data + "/" + std::to_string(not_for_us - told_[i]) + " ";
      told_[i] = not_for_us;
    }
    return line;
  }

  Poller poller_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::vector<uint64_t> told_;
};

int serve(lab::Channel& line, const std::vector<std::string>& groups) {
  Servant servant(groups);
  while (const auto order = line.receive(in(kPatience))) {
    try {
      line.send(servant.obey(*order));
    } catch (const std::exception& error) {
      line.send(std::string("failed: ") + error.what());
    }
  }
  return 0;
}

// The other side of RemoteSender.
class Source {
 public:
  explicit Source(const RemoteSender::Plan& plan) : plan_(plan) {
    const unsigned index = ::if_nametoindex(plan.interface.c_str());
    for (const std::string& address : plan.sources) {
      sockets_.push_back(raw::sender(plan.family, index, address));
      if (plan.train > 1) {
        raw::set(sockets_.back(), SOL_UDP, UDP_SEGMENT, static_cast<int>(plan.size));
      }
    }
  }

  void send(size_t first, size_t count) {
    for (size_t sent = 0; sent < count; sent += plan_.train) {
      std::string payload;
      const size_t length = std::min(plan_.train, count - sent);
      for (size_t i = 0; i < length; ++i) payload += numbered(first + sent + i, plan_.size);
      const size_t turn = (first + sent) / plan_.train;
      if (raw::send(sockets_[turn % sockets_.size()], plan_.to, payload) != 0) lab::fail("send");
    }
  }

  // Until the parent says something.
  size_t flood(lab::Channel& line) {
    constexpr size_t kBurst = 16;
    size_t sent = 0;
    for (; !line.receive(in(0s)); sent += kBurst) send(sent, kBurst);
    return sent;
  }

 private:
  RemoteSender::Plan plan_;
  std::vector<lab::Fd> sockets_;
};

int emit(lab::Channel& line, const RemoteSender::Plan& plan) {
  Source source(plan);
  while (const auto order = line.receive(in(kPatience))) {
    std::istringstream words(*order);
    std::string verb;
    size_t first = 0, count = 0;
    words >> verb >> first >> count;
    if (verb == "flood") {
      count = source.flood(line);
    } else {
      source.send(first, count);
    }
    line.send(std::to_string(count));
  }
  return 0;
}

std::string expect_line(lab::Channel& line, lab::Process& process) {
  const auto answer = line.receive(in(kPatience));
  if (answer) return *answer;
  process.wait(in(1s));
  throw std::runtime_error("the other process does not answer: " + process.errors());
}

}  // namespace

RemoteListeners::RemoteListeners(const lab::Host& host, const std::vector<std::string>& groups)
    : process_(lab::Process::fork([&] { return serve(line_, groups); }, {&host, false, {}})) {}

std::vector<std::string> RemoteListeners::report() {
  std::istringstream words(ask("report"));
  std::vector<std::string> all;
  for (std::string word; words >> word;) all.push_back(word);
  return all;
}

std::string RemoteListeners::ask(const std::string& order) {
  line_.send(order);
  const std::string answer = expect_line(line_, process_);
  if (answer.rfind("failed: ", 0) == 0) throw std::runtime_error(order + " " + answer);
  return answer;
}

RemoteSender::RemoteSender(const lab::Host& host, const Plan& plan)
    : process_(lab::Process::fork([&] { return emit(line_, plan); }, {&host, false, {}})) {}

void RemoteSender::send(size_t first, size_t count) {
  line_.send("send " + std::to_string(first) + " " + std::to_string(count));
  expect_line(line_, process_);
}

void RemoteSender::start() {
  line_.send("flood");
}

size_t RemoteSender::stop() {
  line_.send("stop");
  return std::stoul(expect_line(line_, process_));
}

}  // namespace peer
