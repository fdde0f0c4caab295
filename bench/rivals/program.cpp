#include "rivals/program.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>

#include "candidates/names.h"

namespace bench {
namespace {

struct Script {
  std::string_view name;
  std::vector<std::string> argv;
};

// Python may be anywhere, but for this: the distribution's is what people have.
std::string python() {
  return ::access("/usr/bin/python3", X_OK) == 0 ? "/usr/bin/python3" : "python3";
}

const std::vector<Script>& scripts() {
  static const std::string rival = MCBENCH_SOURCE_DIR "/bench/rivals/python/rival.py";
  static const std::vector<Script> all{
      {"Python socket", {python(), "-B", rival, "socket"}},
      {"Python asyncio", {python(), "-B", rival, "asyncio"}},
      {"Go x/net", {MCBENCH_GO_RIVAL}},
  };
  return all;
}

const Script* find(std::string_view candidate) {
  const std::string_view name = without_again(candidate);
  const auto found = std::find_if(scripts().begin(), scripts().end(),
                                  [&](const Script& each) { return each.name == name; });
  return found == scripts().end() ? nullptr : &*found;
}

std::vector<std::string> argv_of(const std::string& candidate, const Target& target,
                                 const Flow& flow) {
  const Script* const script = find(candidate);
  if (script == nullptr) throw std::invalid_argument("no program is called " + candidate);
  std::vector<std::string> argv = script->argv;
  argv.insert(argv.end(), {target.interface, std::to_string(kPort), std::to_string(target.size),
                           std::to_string(flow.fd())});
  for (unsigned i = 0; i < target.groups; ++i) {
    const std::string text = group_text(target, i);
    argv.push_back(text.substr(0, text.find('%')));
  }
  return argv;
}

int execute(std::vector<std::string> argv) {
  std::vector<char*> pointers;
  pointers.reserve(argv.size() + 1);
  for (std::string& each : argv) pointers.push_back(each.data());
  pointers.push_back(nullptr);
  ::execvp(pointers[0], pointers.data());
  ::dprintf(STDERR_FILENO, "cannot execute %s: %s\n", pointers[0], std::strerror(errno));
  return 127;
}

}  // namespace

bool is_program(std::string_view candidate) {
  return find(candidate) != nullptr;
}

std::string why_no_program(std::string_view candidate) {
  const Script& script = *find(candidate);
  const std::string& program = script.argv.front();
  if (program.empty()) {
    return "not built (golang-go, golang-golang-x-net-dev)";
  }
  // What is given without a path is looked for when it is started.
  if (program.find('/') == std::string::npos || ::access(program.c_str(), X_OK) == 0) return {};
  return "cannot execute " + program;
}

Programs::Running::Running(const std::vector<std::string>& argv)
    : process(lab::Process::fork([&] {
        channel.become_standard_io();
        return execute(argv);
      })) {}

std::string Programs::ask(const std::string& candidate, const std::string& request) {
  using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
  auto place = running_.find(candidate);
  if (place == running_.end()) {
    place = running_.try_emplace(candidate, argv_of(candidate, target_, *flow_)).first;
  }
  Running& running = place->second;
  running.channel.send(request);
  if (std::optional<std::string> answer = running.channel.receive(lab::in(15s))) return *answer;
  running.process.wait(lab::in(1s));
  throw std::runtime_error(candidate + ", asked \"" + request +
                           "\": no answer: " + running.process.errors());
}

}  // namespace bench
