#include "worker.h"

#include <stdexcept>

namespace bench {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)

// Opening or closing a thousand listeners is the longest thing that is ever asked for.
constexpr auto kLate = 20s;

int serve(lab::Channel& channel, int processor, const std::function<Worker::Answer()>& make) {
  pin_to(processor);
  const Worker::Answer answer = make();
  while (std::optional<std::string> line = channel.receive(lab::in(10min))) {
    std::istringstream request(*line);
    channel.send(answer(request));
  }
  return 0;
}

}  // namespace

Worker::Worker(const lab::Host& host, int processor, const std::function<Answer()>& make)
    : process_(lab::Process::fork([&] { return serve(channel_, processor, make); },
                                  {&host, false, {}})) {}

std::istringstream Worker::ask(const std::string& request) {
  tell(request);
  return hear();
}

void Worker::tell(const std::string& request) {
  request_ = request;
  channel_.send(request);
}

std::istringstream Worker::hear() {
  std::optional<std::string> answer = channel_.receive(lab::in(kLate));
  if (answer) return std::istringstream(*answer);
  process_.wait(lab::in(1s));
  throw std::runtime_error("no answer to \"" + request_ + "\": " + process_.errors());
}

std::istream& operator>>(std::istream& in, Burst& burst) {
  return in >> burst.cost.cpu_ns >> burst.cost.wall_ns >> burst.packets >> burst.lost >>
         burst.wrong;
}

std::string text_of(const Burst& burst) {
  std::ostringstream text;
  text << burst.cost.cpu_ns << ' ' << burst.cost.wall_ns << ' ' << burst.packets << ' '
       << burst.lost << ' ' << burst.wrong;
  return text.str();
}

}  // namespace bench
